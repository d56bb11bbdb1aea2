package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"
)

// DefaultListen is where the API listens unless told otherwise.
const DefaultListen = "127.0.0.1:7245"

// Config says how the API is served.
type Config struct {
	// Listen is host:port; empty: DefaultListen. Port 0 takes a free one.
	Listen string
	// AllowRemote permits an address that other machines can reach. The API speaks
	// plain HTTP: put TLS in front of it.
	AllowRemote bool
	// TokenFile receives the admin token when it is made; empty: no file.
	TokenFile string
	// AddressFile receives the address at each start, for the command line; empty: no
	// file.
	AddressFile string
	// RenewToken makes a new admin token; the old one is void.
	RenewToken bool
	// FreshToken is told the admin token when it was made, the only time it can be
	// shown; nil: nobody is.
	FreshToken func(token string)
	// Listening is told the address once requests are answered; nil: nobody is.
	Listening func(url string)
}

// The server's timeouts. Answers may take a minute: decisions can be waited for.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 90 * time.Second
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 10 * time.Second
)

// Run serves the API until ctx ends, then lets running requests finish. It loads or
// makes the admin token; d.TokenHash need not be set.
func Run(ctx context.Context, cfg Config, d Deps) error {
	listener, err := listen(ctx, cfg)
	if err != nil {
		return err
	}
	defer listener.Close()
	token, err := EnsureToken(ctx, d.Engine.Store, cfg.RenewToken)
	if err != nil {
		return err
	}
	if token.Fresh != "" && cfg.FreshToken != nil {
		cfg.FreshToken(token.Fresh) // first: its hash is stored, and nothing tells it again
	}
	if token.Fresh != "" && cfg.TokenFile != "" {
		if err := note(cfg.TokenFile, token.Fresh); err != nil {
			return err
		}
	}
	d.TokenHash = token.Hash
	if cfg.AddressFile != "" {
		if err := note(cfg.AddressFile, "http://"+listener.Addr().String()); err != nil {
			return err
		}
	}
	return serve(ctx, cfg, listener, d)
}

func serve(ctx context.Context, cfg Config, listener net.Listener, d Deps) error {
	srv := &http.Server{
		Handler: New(d), ErrorLog: slog.NewLogLogger(d.Log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: 64 << 10,
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(listener) }()
	if cfg.Listening != nil {
		cfg.Listening("http://" + listener.Addr().String())
	}
	select {
	case err := <-done:
		return fmt.Errorf("serve the API: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	err := srv.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close() // what still waits is cut off
	}
	if serr := <-done; !errors.Is(serr, http.ErrServerClosed) {
		err = errors.Join(err, serr)
	}
	if err != nil {
		return fmt.Errorf("stop the API: %w", err)
	}
	return nil
}

// Check says why the API cannot be served so, as far as it can be told without listening.
func (cfg Config) Check() error {
	address := or(cfg.Listen, DefaultListen)
	host, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("listen on %q: want host:port, such as %s", address, DefaultListen)
	}
	ip := net.ParseIP(host)
	if !cfg.AllowRemote && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("listen on %s: other machines could reach it; use a loopback address, or add --allow-remote and put TLS in front", address)
	}
	return nil
}

// listen opens the socket, on loopback unless more was allowed.
func listen(ctx context.Context, cfg Config) (net.Listener, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	address := or(cfg.Listen, DefaultListen)
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; stop what uses it, or choose another address with --listen", address, err)
	}
	return l, nil
}

package killable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"

	"github.com/extsync/extsync/api"
	"github.com/extsync/extsync/starter"
	"github.com/extsync/extsync/worker"
)

// childVariable makes a test binary a process of the product; it holds the settings.
const childVariable = "EXTSYNC_KILLABLE"

// What a process tells on its standard output, a line each: that it works, and which
// activity begins and ends.
const (
	sayReady = "ready"
	sayBegin = "begin"
	sayEnd   = "end"
)

// CallTimeout is the hard limit of one call to an external system, in place of
// production's 30 seconds.
const CallTimeout = 3 * time.Second

// Settings are what a process is told.
type Settings struct {
	Role                                  Role
	Postgres, Temporal, Namespace, Keyset string
	// Listen is the API's host:port; TokenFile receives its admin token.
	Listen, TokenFile string
	Clock             FastClock
}

// Config is the product's configuration under these settings.
func (s Settings) Config() worker.Config {
	return worker.Config{
		PostgresURL: s.Postgres, TemporalAddress: s.Temporal, Namespace: s.Namespace, KeysetFile: s.Keyset,
		AllowAddresses: worker.Loopback(), CallTimeout: CallTimeout,
		Clock: s.Clock, LookUpAfter: CallTimeout * 4 / 3 * time.Duration(max(1, s.Clock.Speed)),
		TuneClient: func(o *client.Options) { o.Interceptors = append(o.Interceptors, &quick{clock: s.Clock}) },
		Log:        slog.New(slog.DiscardHandler),
	}
}

// Main plays the process that the environment asks for, and then exits. In a test binary
// that was started as such it does nothing.
func Main() {
	text := os.Getenv(childVariable)
	if text == "" {
		return
	}
	if err := child(text); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// child is the whole process: the product, until its input ends, which it does with the
// parent at the latest.
func child(text string) error {
	var s Settings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	// Without a cache no task is sent to a worker that is no more.
	sdkworker.SetStickyWorkflowCacheSize(0)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // that it ends is all there is to know
		stop()
	}()
	out := &lines{}
	cfg := s.Config()
	cfg.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	cfg.TuneClient = func(o *client.Options) {
		o.Interceptors = append(o.Interceptors, &quick{clock: s.Clock, tell: out.say})
	}
	services, err := worker.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer services.Close()
	if s.Role == API {
		return api.Run(ctx, api.Config{
			Listen: s.Listen, TokenFile: s.TokenFile, Listening: func(string) { out.say(sayReady, "") },
		}, starter.APIDeps(services))
	}
	go tellReady(ctx, services, out)
	return services.Run(ctx)
}

// tellReady says once that the worker polls for tasks.
func tellReady(ctx context.Context, s *worker.Services, out *lines) {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for s.Ready(ctx) != nil {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
	out.say(sayReady, "")
}

// lines writes whole lines, whoever says them.
type lines struct{ mu sync.Mutex }

func (l *lines) say(word, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(os.Stdout, word, what)
}

package demo

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// host serves one simulator on loopback and delivers its webhooks.
type host struct {
	// URL is the root of the simulated system.
	URL     string
	name    string
	server  *http.Server
	stop    context.CancelFunc
	workers sync.WaitGroup
}

// open listens on a free loopback port and lets the simulator answer there. ready hears
// the address before the first call; deliver sends webhooks until its context ends.
func (h *host) open(ctx context.Context, handler http.Handler, ready func(url string), deliver func(context.Context, *http.Client) error) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the simulated %s: %w", h.name, err)
	}
	h.URL = "http://" + l.Addr().String()
	ready(h.URL)
	h.server = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.stop = stop
	h.workers.Go(func() { _ = h.server.Serve(l) })                // ends with Close, which has the error
	h.workers.Go(func() { _ = deliver(run, http.DefaultClient) }) // ends with its context only
	return nil
}

// Close ends the server and the delivery of webhooks.
func (h *host) Close() error {
	if h.server == nil {
		return nil
	}
	h.stop()
	err := h.server.Close()
	h.workers.Wait()
	if err != nil {
		return fmt.Errorf("stop the simulated %s: %w", h.name, err)
	}
	return nil
}

// Log is where a person sees the last calls that the simulator answered.
func (h *host) Log() string { return h.URL + "/_sim/requests" }

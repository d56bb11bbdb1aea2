package fleet

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Wire is the way to a simulator: it keeps what goes over it.
type Wire struct {
	under http.RoundTripper
	// before, where it is not nil, may change a request.
	before func(r *http.Request, body []byte)
	// counters are the simulator's, by which it is known what a request was.
	counters func() Counters

	mu         sync.Mutex
	sent       []Request
	meanwhile  func(r *http.Request)
	afterwards func()
}

// Meanwhile calls f before each request is passed on, as when others act between two of
// ours; nil: no more.
func (w *Wire) Meanwhile(f func(r *http.Request)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.meanwhile = f
}

// Afterwards calls f after each request was done, and before its answer comes; nil: no more.
func (w *Wire) Afterwards(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.afterwards = f
}

// Request is one request as it left.
type Request struct {
	Method string
	URL    string // with query
	Body   string
	Kind   string // as in Counters; empty: the simulator did not count it
	Write  bool
}

// Holds reports whether the text stands in the address or in the body, as it is or in
// one of the escapings that addresses and JSON give it.
func (r Request) Holds(text string) bool {
	return strings.Contains(r.URL, text) || strings.Contains(r.Body, text)
}

// RoundTrip keeps the request and passes it on.
func (w *Wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	r = r.Clone(r.Context())
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, fmt.Errorf("read the request: %w", err)
		}
		if err := r.Body.Close(); err != nil {
			return nil, fmt.Errorf("close the request: %w", err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if w.before != nil {
		w.before(r, body)
	}
	w.mu.Lock()
	meanwhile := w.meanwhile
	w.mu.Unlock()
	if meanwhile != nil {
		meanwhile(r)
	}
	was := w.counters()
	res, err := w.under.RoundTrip(r)
	sent := Request{Method: r.Method, URL: r.URL.String(), Body: string(body)}
	sent.Kind, sent.Write = was.step(w.counters())
	w.mu.Lock()
	w.sent = append(w.sent, sent)
	afterwards := w.afterwards
	w.mu.Unlock()
	if afterwards != nil {
		afterwards()
	}
	return res, err
}

// step tells the one call by which the counters grew.
func (c Counters) step(now Counters) (kind string, write bool) {
	for k, n := range now.Kinds {
		if n > c.Kinds[k] {
			kind = k
		}
	}
	return kind, now.Writes > c.Writes
}

// Sent returns all requests since the last Forget, oldest first.
func (w *Wire) Sent() []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Request(nil), w.sent...)
}

// Forget empties the log.
func (w *Wire) Forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = nil
}

// restamp signs outgoing Standard Webhooks by the virtual time. The adapter signs by the
// wall clock, as it must, and a simulated peer would find that too old.
func restamp(secret string, now func() time.Time) func(*http.Request, []byte) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		key = nil // every signature fails then, which no test overlooks
	}
	return func(r *http.Request, body []byte) {
		id := r.Header.Get("Webhook-Id")
		if id == "" {
			return
		}
		stamp := strconv.FormatInt(now().Unix(), 10)
		h := hmac.New(sha256.New, key)
		fmt.Fprintf(h, "%s.%s.%s", id, stamp, body)
		r.Header.Set("Webhook-Timestamp", stamp)
		r.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
}

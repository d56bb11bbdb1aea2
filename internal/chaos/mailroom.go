package chaos

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// mailroom stands between the vendors and the API's intake: here webhooks are lost,
// doubled, delayed and forged. Whatever it sends on goes over HTTP, signed by its vendor.
type mailroom struct {
	w      *world
	server *httptest.Server
	client *http.Client
	group  sync.WaitGroup

	mu     sync.Mutex
	rng    *rand.Rand
	counts map[string]int // what the API answered
}

func newMailroom(w *world) *mailroom {
	m := &mailroom{w: w, client: &http.Client{Timeout: 5 * time.Second}, rng: w.stream("mail"), counts: map[string]int{}}
	m.server = httptest.NewServer(m)
	return m
}

// close ends the mailroom, with all that is still on its way.
func (m *mailroom) close() {
	m.server.Close()
	m.group.Wait()
	m.client.CloseIdleConnections()
}

// letter is one webhook on its way.
type letter struct {
	path   string // of the API
	header http.Header
	body   []byte
}

// ServeHTTP takes a webhook in. The path names the vendor by its number.
func (m *mailroom) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	n, perr := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil || perr != nil || n >= len(m.w.vendors) {
		http.NotFound(rw, r)
		return
	}
	if m.w.calm.Load() {
		return // all are lost
	}
	v := m.w.vendors[n]
	l := letter{"/v1/hooks/" + string(v.System()) + "/" + v.m.ID, r.Header.Clone(), body}
	rw.WriteHeader(m.fate(r.Context(), v, l))
}

// fate decides what becomes of a webhook, and returns the status that its sender sees.
func (m *mailroom) fate(ctx context.Context, v *vendor, l letter) int {
	m.mu.Lock()
	n, delay := m.rng.IntN(100), time.Duration(200+m.rng.IntN(2500))*time.Millisecond
	m.mu.Unlock()
	fault := func(k Kind) { m.w.story.fault(k, m.w.crew.doing(), v.m.Name) }
	switch {
	case n < 10:
		fault(HookLost)
		return http.StatusOK
	case n < 20:
		fault(HookDoubled)
		m.send(ctx, l)
	case n < 30:
		fault(HookLate)
		m.group.Go(func() { m.later(delay, l) })
		return http.StatusOK
	case n < 35:
		fault(HookForged)
		m.forge(ctx, l)
	case n < 40:
		fault(HookUnknown)
		m.lose(ctx, l)
	}
	if status := m.send(ctx, l); status != 0 {
		return status
	}
	return http.StatusServiceUnavailable
}

// later sends a webhook after others that came after it.
func (m *mailroom) later(delay time.Duration, l letter) {
	t := time.NewTimer(delay)
	defer t.Stop()
	select {
	case <-t.C:
		m.send(m.w.ctx, l)
	case <-m.w.ctx.Done():
	}
}

// forge sends what the vendor never signed, which must be refused.
func (m *mailroom) forge(ctx context.Context, l letter) {
	l.body = append(bytes.Clone(l.body), ' ')
	if status := m.send(ctx, l); status != 0 && status != http.StatusUnauthorized && status < 500 {
		m.w.story.violate("the API answered %d to a forged webhook", status)
	}
}

// lose sends a webhook to a project that does not exist.
func (m *mailroom) lose(ctx context.Context, l letter) {
	l.path = l.path[:strings.LastIndex(l.path, "/")+1] + uuid.NewString()
	if status := m.send(ctx, l); status != 0 && status != http.StatusNotFound && status < 500 {
		m.w.story.violate("the API answered %d to a webhook for an unknown project", status)
	}
}

// send delivers to the API and returns its status, or 0 when no answer came.
func (m *mailroom) send(ctx context.Context, l letter) int {
	status := m.try(ctx, l)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts[strconv.Itoa(status)]++
	return status
}

func (m *mailroom) try(ctx context.Context, l letter) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.w.apiURL+l.path, bytes.NewReader(l.body))
	if err != nil {
		return 0
	}
	r.Header = l.header.Clone()
	res, err := m.client.Do(r)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, res.Body) // only the status counts
	_ = res.Body.Close()
	return res.StatusCode
}

package jira

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/simulator/stage"
)

// hook is an admin webhook.
type hook struct {
	id       int
	url      string
	secret   string
	projects []string // keys; empty: all
	events   []string // empty: all
}

// delivery is one webhook with what became of it.
type delivery struct {
	Delivery
	hook    *hook
	payload []byte
	delayed bool
}

// Delivery tells about one webhook.
type Delivery struct {
	ID       string    `json:"id"` // X-Atlassian-Webhook-Identifier; retries and doubles keep it
	HookID   int       `json:"hook_id"`
	Event    string    `json:"event"`
	Type     string    `json:"type,omitempty"` // issue_event_type_name
	Issue    string    `json:"issue"`          // key
	Fault    FaultKind `json:"fault,omitempty"`
	Attempts int       `json:"attempts"`
	Status   int       `json:"status"` // of the last attempt; 0: never sent or not answered
	Queued   time.Time `json:"queued"`
}

// HookSettings set an admin webhook up. With a secret it is signed (X-Hub-Signature: sha256=...).
type HookSettings struct {
	URL      string   `json:"url"`
	Secret   string   `json:"secret"`
	Projects []string `json:"projects,omitempty"` // keys; default all
	Events   []string `json:"events,omitempty"`   // default all: jira:issue_created, jira:issue_updated, jira:issue_deleted, comment_created, ...
}

// AddHook sets an admin webhook up.
func (s *Sim) AddHook(h HookSettings) {
	s.locked(func() {
		s.hooks = append(s.hooks, &hook{id: len(s.hooks) + 1, url: h.URL, secret: h.Secret, projects: h.Projects, events: h.Events})
	})
}

func (h *hook) wants(n model.Notice) bool {
	return (len(h.projects) == 0 || slices.Contains(h.projects, n.Issue.Project.Key)) && (len(h.events) == 0 || slices.Contains(h.events, n.Event))
}

// enqueue turns a notice into deliveries. It runs inside the change, so that the payload shows the world as it was.
func (s *Sim) enqueue(n model.Notice) {
	for _, h := range s.hooks {
		if !h.wants(n) {
			continue
		}
		d := &delivery{hook: h, payload: stage.Marshal(s.payload(n)), Delivery: Delivery{ID: s.guid(), HookID: h.id, Event: n.Event, Type: n.Type,
			Issue: n.Issue.Key, Queued: s.opts.Now(), Fault: s.faults.DrawWebhook(s.rng, n.Event)}}
		s.hookLog.Add(d)
		switch {
		case d.Fault == WebhookLost:
		case d.Fault == WebhookEarly && s.cause != nil:
			s.cause.early = append(s.cause.early, d)
		default:
			s.queue = append(s.queue, d)
		}
	}
	if len(s.queue) > 0 {
		select {
		case s.wake <- struct{}{}:
		default: // already awake
		}
	}
}

// guid draws a random UUID from the seed.
func (s *Sim) guid() string {
	a, b := s.rng.Uint64(), s.rng.Uint64()
	a, b = a&^0xf000|0x4000, b&^(3<<62)|2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&0xffffffffffff)
}

// Deliver sends what is queued, in order, and returns how many requests it made. Jira's own retries, up to five over some minutes
// after 408, 409, 425, 429 and 5xx, are played with Redeliver. The error is the context's.
func (s *Sim) Deliver(ctx context.Context, client *http.Client) (int, error) {
	sent := 0
	for _, d := range s.takeQueue() {
		if ctx.Err() != nil {
			s.locked(func() { s.queue = append(s.queue, d) })
			continue
		}
		sent += s.send(ctx, client, d)
	}
	return sent, ctx.Err()
}

// takeQueue empties the queue; what is late goes back into it once, and then comes last.
func (s *Sim) takeQueue() []*delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ready, delayed, back []*delivery
	for _, d := range s.queue {
		switch {
		case d.Fault == WebhookLate && !d.delayed:
			d.delayed = true
			back = append(back, d)
		case d.delayed:
			delayed = append(delayed, d)
		default:
			ready = append(ready, d)
		}
	}
	s.queue = back
	return append(ready, delayed...)
}

// DeliverLoop sends webhooks as they are queued until the context ends. It blocks.
func (s *Sim) DeliverLoop(ctx context.Context, client *http.Client) error {
	for {
		if _, err := s.Deliver(ctx, client); err != nil {
			return err
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Redeliver sends a webhook of the log again, with its old identifier, as Jira's retry does.
func (s *Sim) Redeliver(ctx context.Context, client *http.Client, id string) error {
	var found *delivery
	s.locked(func() {
		for _, d := range s.hookLog.Latest() {
			if d.ID == id {
				found = d
			}
		}
	})
	if found == nil {
		return fmt.Errorf("redeliver webhook %s: no such delivery", id)
	}
	s.attempt(ctx, client, found)
	return ctx.Err()
}

// Deliveries lists the latest webhooks, lost ones too, oldest first, Options.LogSize of them.
func (s *Sim) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Delivery, 0, len(s.hookLog.Latest()))
	for _, d := range s.hookLog.Latest() {
		out = append(out, d.Delivery)
	}
	return out
}

func (s *Sim) send(ctx context.Context, client *http.Client, d *delivery) int {
	s.attempt(ctx, client, d)
	if d.Fault != WebhookDoubled {
		return 1
	}
	s.attempt(ctx, client, d)
	return 2
}

// attempt posts one webhook and notes the answer. No lock is held: the receiver may call back at once.
func (s *Sim) attempt(ctx context.Context, client *http.Client, d *delivery) {
	status := 0
	if r, err := d.request(ctx); err == nil {
		if resp, err := client.Do(r); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body) // only the status counts
			_ = resp.Body.Close()
			status = resp.StatusCode
		}
	}
	s.locked(func() {
		d.Attempts++
		d.Status = status
		s.counts.Webhooks++
	})
}

func (d *delivery) request(ctx context.Context) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.hook.url, bytes.NewReader(d.payload))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json;charset=UTF-8")
	r.Header.Set("User-Agent", "Atlassian Webhook HTTP Client")
	r.Header.Set("X-Atlassian-Webhook-Identifier", d.ID)
	r.Header.Set("X-Atlassian-Webhook-Flow", "Primary")
	if d.Attempts > 0 && d.Fault != WebhookDoubled {
		r.Header.Set("X-Atlassian-Webhook-Retry", strconv.Itoa(d.Attempts))
	}
	if d.hook.secret != "" {
		mac := hmac.New(sha256.New, []byte(d.hook.secret))
		mac.Write(d.payload)
		r.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	return r, nil
}

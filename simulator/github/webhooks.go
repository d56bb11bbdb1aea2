package github

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

	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/simulator/stage"
)

// hook is a webhook set up on a repository.
type hook struct {
	id     int64
	repo   *model.Repo
	url    string
	secret string
	events []string
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
	ID       string    `json:"id"` // X-GitHub-Delivery; a redelivery and a double keep it
	HookID   int64     `json:"hook_id"`
	Event    string    `json:"event"`
	Action   string    `json:"action"`
	Issue    int       `json:"issue"`
	Fault    FaultKind `json:"fault,omitempty"`
	Attempts int       `json:"attempts"`
	Status   int       `json:"status"` // of the last attempt; 0: never sent or not answered
	Queued   time.Time `json:"queued"`
}

// AddHook makes the repository tell the URL of events (default issues and issue_comment), signed with the secret.
func (r *Repo) AddHook(url, secret string, events ...string) {
	if len(events) == 0 {
		events = []string{"issues", "issue_comment"}
	}
	r.s.locked(func() {
		h := &hook{id: int64(500_000 + len(r.s.hooks)), repo: r.m, url: url, secret: secret, events: events}
		r.s.hooks = append(r.s.hooks, h)
	})
}

// enqueue turns a notice into deliveries. It runs inside the change, so that the payload shows the world as it was.
func (s *Sim) enqueue(n model.Notice) {
	for _, h := range s.hooks {
		if h.repo != n.Repo || !slices.Contains(h.events, n.Event) {
			continue
		}
		d := &delivery{hook: h, payload: stage.Marshal(payload(s.payloadView(), n)), Delivery: Delivery{
			ID: s.guid(), HookID: h.id, Event: n.Event, Action: n.Action, Issue: n.Issue.Number, Queued: s.opts.Now(),
			Fault: s.faults.DrawWebhook(s.rng, n.Event+"."+n.Action)}}
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

func (s *Sim) payloadView() view {
	if s.cause != nil {
		return s.cause.view
	}
	return viewAt(s.opts.BaseURL)
}

// guid draws a random UUID from the seed.
func (s *Sim) guid() string {
	a, b := s.rng.Uint64(), s.rng.Uint64()
	a, b = a&^0xf000|0x4000, b&^(3<<62)|2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&0xffffffffffff)
}

// Deliver sends what is queued, in order, and returns how many requests it made. Like GitHub it does not try again: what is
// refused or lost stays so until Redeliver. The error is the context's.
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

// Redeliver sends a webhook of the log again, with its old id.
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
	return renderAll(s.hookLog.Latest(), func(d *delivery) Delivery { return d.Delivery })
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
	mac := hmac.New(sha256.New, []byte(d.hook.secret))
	mac.Write(d.payload)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "GitHub-Hookshot/5318008")
	r.Header.Set("X-GitHub-Event", d.Event)
	r.Header.Set("X-GitHub-Delivery", d.ID)
	r.Header.Set("X-GitHub-Hook-ID", strconv.FormatInt(d.HookID, 10))
	r.Header.Set("X-GitHub-Hook-Installation-Target-Type", "repository")
	r.Header.Set("X-GitHub-Hook-Installation-Target-ID", strconv.FormatInt(d.hook.repo.ID, 10))
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return r, nil
}

// payload is the body of a webhook.
func payload(v view, n model.Notice) map[string]any {
	p := map[string]any{"action": n.Action, "issue": v.issue(n.Issue), "repository": v.repository(n.Repo), "sender": v.user(n.Sender)}
	switch {
	case n.MovedTo != nil:
		p["changes"] = map[string]any{"new_issue": v.issue(n.MovedTo), "new_repository": v.repository(n.MovedTo.Repo)}
	case n.Changes != nil:
		p["changes"] = n.Changes
	}
	if n.Comment != nil {
		p["comment"] = v.comment(n.Comment)
	}
	if n.Label != nil {
		p["label"] = v.label(n.Repo)(n.Label)
	}
	if n.Assignee != nil {
		p["assignee"] = v.user(n.Assignee)
	}
	if n.Milestone != nil {
		p["milestone"] = v.milestone(n.Repo)(n.Milestone)
	}
	return p
}

package jira

import (
	"context"
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
}

// Delivery tells about one webhook. Its ID is X-Atlassian-Webhook-Identifier.
type Delivery struct {
	stage.Receipt
	HookID int    `json:"hook_id"`
	Event  string `json:"event"`
	Type   string `json:"type,omitempty"` // issue_event_type_name
	Issue  string `json:"issue"`          // key
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
		d := &delivery{hook: h, payload: stage.Marshal(s.payload(n)), Delivery: Delivery{
			Receipt: stage.Receipt{ID: stage.UUID(s.rng), Fault: s.faults.DrawWebhook(s.rng, n.Event)},
			HookID:  h.id, Event: n.Event, Type: n.Type, Issue: n.Issue.Key}}
		if s.post.Put(d, s.cause != nil) {
			s.cause.early = append(s.cause.early, d)
		}
	}
}

// Deliver sends what is queued, in order, and returns how many requests it made. Jira's own retries, up to five over some minutes
// after 408, 409, 425, 429 and 5xx, are played with Redeliver. The error is the context's.
func (s *Sim) Deliver(ctx context.Context, client *http.Client) (int, error) {
	return s.post.Deliver(ctx, client)
}

// DeliverLoop sends webhooks as they are queued until the context ends. It blocks.
func (s *Sim) DeliverLoop(ctx context.Context, client *http.Client) error {
	return s.post.Loop(ctx, client)
}

// Redeliver sends a webhook of the log again, with its old identifier, as Jira's retry does.
func (s *Sim) Redeliver(ctx context.Context, client *http.Client, id string) error {
	return s.post.Redeliver(ctx, client, id)
}

// Deliveries lists the latest webhooks, lost ones too, oldest first, Options.LogSize of them.
func (s *Sim) Deliveries() []Delivery {
	out := []Delivery{}
	s.post.Each(func(d *delivery) { out = append(out, d.Delivery) })
	return out
}

// Compose makes an attempt as Jira does.
func (d *delivery) Compose(so stage.Receipt, _ time.Time) stage.Letter {
	h := http.Header{}
	h.Set("Content-Type", "application/json;charset=UTF-8")
	h.Set("User-Agent", "Atlassian Webhook HTTP Client")
	h.Set("X-Atlassian-Webhook-Identifier", so.ID)
	h.Set("X-Atlassian-Webhook-Flow", "Primary")
	if so.Attempts > 0 && so.Fault != WebhookDoubled {
		h.Set("X-Atlassian-Webhook-Retry", strconv.Itoa(so.Attempts))
	}
	if d.hook.secret != "" {
		h.Set("X-Hub-Signature", "sha256="+stage.Signature(d.hook.secret, d.payload))
	}
	return stage.Letter{URL: d.hook.url, Header: h, Body: d.payload}
}

package github

import (
	"context"
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
}

// Delivery tells about one webhook. Its ID is X-GitHub-Delivery.
type Delivery struct {
	stage.Receipt
	HookID int64  `json:"hook_id"`
	Event  string `json:"event"`
	Action string `json:"action"`
	Issue  int    `json:"issue"`
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
			Receipt: stage.Receipt{ID: stage.UUID(s.rng), Fault: s.faults.DrawWebhook(s.rng, n.Event+"."+n.Action)},
			HookID:  h.id, Event: n.Event, Action: n.Action, Issue: n.Issue.Number}}
		if s.post.Put(d, s.cause != nil) {
			s.cause.early = append(s.cause.early, d)
		}
	}
}

func (s *Sim) payloadView() view {
	if s.cause != nil {
		return s.cause.view
	}
	return viewAt(s.opts.BaseURL)
}

// Deliver sends what is queued, in order, and returns how many requests it made. Like GitHub it does not try again: what is
// refused or lost stays so until Redeliver. The error is the context's.
func (s *Sim) Deliver(ctx context.Context, client *http.Client) (int, error) {
	return s.post.Deliver(ctx, client)
}

// DeliverLoop sends webhooks as they are queued until the context ends. It blocks.
func (s *Sim) DeliverLoop(ctx context.Context, client *http.Client) error {
	return s.post.Loop(ctx, client)
}

// Redeliver sends a webhook of the log again, with its old id.
func (s *Sim) Redeliver(ctx context.Context, client *http.Client, id string) error {
	return s.post.Redeliver(ctx, client, id)
}

// Deliveries lists the latest webhooks, lost ones too, oldest first, Options.LogSize of them.
func (s *Sim) Deliveries() []Delivery {
	out := []Delivery{}
	s.post.Each(func(d *delivery) { out = append(out, d.Delivery) })
	return out
}

// Compose makes an attempt as GitHub does.
func (d *delivery) Compose(so stage.Receipt, _ time.Time) stage.Letter {
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "GitHub-Hookshot/5318008")
	h.Set("X-GitHub-Event", d.Event)
	h.Set("X-GitHub-Delivery", so.ID)
	h.Set("X-GitHub-Hook-ID", strconv.FormatInt(d.HookID, 10))
	h.Set("X-GitHub-Hook-Installation-Target-Type", "repository")
	h.Set("X-GitHub-Hook-Installation-Target-ID", strconv.FormatInt(d.hook.repo.ID, 10))
	h.Set("X-Hub-Signature-256", "sha256="+stage.Signature(d.hook.secret, d.payload))
	return stage.Letter{URL: d.hook.url, Header: h, Body: d.payload}
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

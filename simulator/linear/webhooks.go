package linear

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/extsync/extsync/simulator/linear/model"
	"github.com/extsync/extsync/simulator/stage"
)

// retries are the waits after a delivery that was not answered 200. Source: linear.app/developers/webhooks.
func retries() []time.Duration { return []time.Duration{time.Minute, time.Hour, 6 * time.Hour} }

// AnswerTime is how long Linear waits for the answer to a webhook.
const AnswerTime = 5 * time.Second

// hook is a webhook that is set up.
type hook struct {
	model.Meta
	url     string
	label   *string
	secret  string
	types   []string
	team    *model.Team // nil: all public teams
	enabled bool
	creator *model.User
}

// delivery is one webhook with what became of it.
type delivery struct {
	Delivery
	hook    *hook
	payload map[string]any
}

// Delivery tells about one webhook. Its ID is Linear-Delivery.
type Delivery struct {
	stage.Receipt
	HookID  string `json:"hook_id"`
	Type    string `json:"type"`   // Issue, Comment, IssueLabel, Attachment
	Action  string `json:"action"` // create, update, remove
	Subject string `json:"subject"`
	Body    string `json:"body,omitempty"` // of the last attempt
}

// AddHook makes the workspace tell the URL of changes, signed with the secret: those of one team (by key or id), of all for "".
// Default types: Issue, Comment. It returns the webhook's id.
func (s *Sim) AddHook(url, secret, team string, types ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(types) == 0 {
		types = []string{"Issue", "Comment"}
	}
	h := &hook{Meta: s.newMeta(""), url: url, secret: secret, types: types, team: s.world.Team(team), enabled: true,
		creator: s.world.User("Admin")}
	s.hooks = append(s.hooks, h)
	return h.ID
}

func (s *Sim) newMeta(id string) model.Meta {
	if id == "" {
		id = s.world.UUID()
	}
	now := s.world.Now()
	return model.Meta{ID: id, Seq: int64(len(s.hooks)), CreatedAt: now, UpdatedAt: now}
}

// wants says whether the webhook is told of a notice.
func (h *hook) wants(n model.Notice) bool {
	if !h.enabled || !slices.Contains(h.types, n.Type) {
		return false
	}
	var team *model.Team
	if n.Issue != nil {
		team = n.Issue.Team
	} else if n.Label != nil {
		team = n.Label.Team
	}
	if h.team != nil {
		return team == h.team
	}
	return team == nil || !team.Private
}

// enqueue turns a notice into deliveries. It runs inside the change, so that the payload shows the world as it was.
func (s *Sim) enqueue(n model.Notice) {
	for _, h := range s.hooks {
		if !h.wants(n) {
			continue
		}
		body, subject := s.payload(h, n)
		d := &delivery{hook: h, payload: body, Delivery: Delivery{
			Receipt: stage.Receipt{ID: s.world.UUID(), Fault: s.faults.DrawWebhook(s.rng, n.Type+"."+n.Action)},
			HookID:  h.ID, Type: n.Type, Action: n.Action, Subject: subject}}
		if s.post.Put(d, s.cause != nil) {
			s.cause.early = append(s.cause.early, d)
		}
	}
}

// Deliver sends what is due by the clock, in order, and returns how many requests it made. What is not answered 200 is due again
// after a minute, an hour and six hours. The error is the context's.
func (s *Sim) Deliver(ctx context.Context, client *http.Client) (int, error) {
	return s.post.Deliver(ctx, client)
}

// DeliverLoop sends webhooks as they come due until the context ends. It blocks.
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
	s.post.Each(func(d *delivery) {
		tell := d.Delivery
		tell.Body = string(d.Sent())
		out = append(out, tell)
	})
	return out
}

// retry says when a failed delivery is tried again. After the last retry the webhook may be switched off.
func (s *Sim) retry(d *delivery, so stage.Receipt) (time.Duration, bool) {
	if so.Status == http.StatusOK {
		return 0, false
	}
	tries := so.Attempts
	if so.Fault == WebhookDoubled {
		tries--
	}
	waits := retries()
	if tries <= len(waits) {
		return waits[max(0, tries-1)], true
	}
	if s.opts.DisableHooks {
		s.locked(func() { d.hook.enabled = false })
	}
	return 0, false
}

// Compose makes an attempt as Linear does; its body says when it is sent.
func (d *delivery) Compose(so stage.Receipt, at time.Time) stage.Letter {
	stamped := map[string]any{"webhookTimestamp": at.UnixMilli()}
	maps.Copy(stamped, d.payload)
	body := stage.Marshal(stamped)
	h := http.Header{}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("User-Agent", "Linear-Webhook")
	h.Set("Linear-Event", d.Type)
	h.Set("Linear-Delivery", so.ID)
	h.Set("Linear-Signature", stage.Signature(d.hook.secret, body))
	h.Set("Linear-Timestamp", strconv.FormatInt(at.UnixMilli(), 10))
	return stage.Letter{URL: d.hook.url, Header: h, Body: body}
}

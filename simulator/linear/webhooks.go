package linear

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
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
	delayed bool
	due     time.Time
}

// Delivery tells about one webhook.
type Delivery struct {
	ID       string    `json:"id"` // Linear-Delivery; retries and doubles keep it
	HookID   string    `json:"hook_id"`
	Type     string    `json:"type"`   // Issue, Comment, IssueLabel, Attachment
	Action   string    `json:"action"` // create, update, remove
	Subject  string    `json:"subject"`
	Fault    FaultKind `json:"fault,omitempty"`
	Attempts int       `json:"attempts"`
	Status   int       `json:"status"` // of the last attempt; 0: never sent or not answered
	Queued   time.Time `json:"queued"`
	Body     string    `json:"body,omitempty"` // of the last attempt
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
		d := &delivery{hook: h, payload: body, due: s.opts.Now(), Delivery: Delivery{
			ID: s.world.UUID(), HookID: h.ID, Type: n.Type, Action: n.Action, Subject: subject, Queued: s.opts.Now(),
			Fault: s.faults.DrawWebhook(s.rng, n.Type+"."+n.Action)}}
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

// Deliver sends what is due by the clock, in order, and returns how many requests it made. What is not answered 200 is due again
// after a minute, an hour and six hours. The error is the context's.
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

// takeQueue takes what is due; what is late goes back once, and then comes last.
func (s *Sim) takeQueue() []*delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Now()
	var ready, delayed, back []*delivery
	for _, d := range s.queue {
		switch {
		case d.due.After(now):
			back = append(back, d)
		case d.Fault == WebhookLate && !d.delayed:
			d.delayed = true
			back = append(back, d)
		case d.delayed && d.Attempts == 0:
			delayed = append(delayed, d)
		default:
			ready = append(ready, d)
		}
	}
	s.queue = back
	return append(ready, delayed...)
}

// DeliverLoop sends webhooks as they come due until the context ends. It blocks.
func (s *Sim) DeliverLoop(ctx context.Context, client *http.Client) error {
	for {
		if _, err := s.Deliver(ctx, client); err != nil {
			return err
		}
		timer := time.NewTimer(s.nextDue())
		select {
		case <-s.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// nextDue is how long until something queued comes due, at most a minute: a virtual clock may run faster.
func (s *Sim) nextDue() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := time.Minute
	for _, d := range s.queue {
		wait = min(wait, d.due.Sub(s.opts.Now()))
	}
	return max(wait, 10*time.Millisecond)
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
	out := make([]Delivery, 0, len(s.hookLog.Latest()))
	for _, d := range s.hookLog.Latest() {
		out = append(out, d.Delivery)
	}
	return out
}

func (s *Sim) send(ctx context.Context, client *http.Client, d *delivery) int {
	times := 1
	if d.Fault == WebhookDoubled && d.Attempts == 0 {
		times = 2
	}
	for range times {
		s.attempt(ctx, client, d)
	}
	s.locked(func() { s.again(d) })
	return times
}

// again queues a failed delivery for its next attempt.
func (s *Sim) again(d *delivery) {
	if d.Status == http.StatusOK {
		return
	}
	tries := d.Attempts
	if d.Fault == WebhookDoubled {
		tries--
	}
	waits := retries()
	if tries <= len(waits) {
		d.due = s.opts.Now().Add(waits[max(0, tries-1)])
		s.queue = append(s.queue, d)
	} else if s.opts.DisableHooks {
		d.hook.enabled = false
	}
}

// attempt posts one webhook and notes the answer. No lock is held: the receiver may call back at once.
func (s *Sim) attempt(ctx context.Context, client *http.Client, d *delivery) {
	ctx, cancel := context.WithTimeout(ctx, AnswerTime)
	defer cancel()
	status, body := 0, d.sealed(s.opts.Now())
	if r, err := d.request(ctx, body); err == nil {
		if resp, err := client.Do(r); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body) // only the status counts
			_ = resp.Body.Close()
			status = resp.StatusCode
		}
	}
	s.locked(func() {
		d.Attempts++
		d.Status, d.Body = status, string(body)
		s.counts.Webhooks++
	})
}

// sealed is the body of an attempt: it says when it is sent.
func (d *delivery) sealed(now time.Time) []byte {
	body := map[string]any{"webhookTimestamp": now.UnixMilli()}
	for k, v := range d.payload {
		body[k] = v
	}
	return stage.Marshal(body)
}

func (d *delivery) request(ctx context.Context, body []byte) (*http.Request, error) {
	var sent struct {
		At int64 `json:"webhookTimestamp"`
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.hook.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte(d.hook.secret))
	mac.Write(body)
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Linear-Webhook")
	r.Header.Set("Linear-Event", d.Type)
	r.Header.Set("Linear-Delivery", d.ID)
	r.Header.Set("Linear-Signature", hex.EncodeToString(mac.Sum(nil)))
	r.Header.Set("Linear-Timestamp", strconv.FormatInt(sent.At, 10))
	return r, nil
}

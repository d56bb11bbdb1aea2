package webhook

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/stage"
	"github.com/extsync/extsync/simulator/webhook/model"
)

// Hook is an address that hears of a project's changes.
type Hook struct {
	Project string `json:"project"`
	URL     string `json:"url"`
	Mode    Mode   `json:"mode"`
	Secret  string `json:"secret"`
	Header  string `json:"header,omitempty"` // of the signature; default that of the mode
}

// Delivery is one webhook on its way.
type Delivery struct {
	ID    string    `json:"id"` // a repeat keeps it
	Event string    `json:"event"`
	Body  []byte    `json:"body"`
	At    time.Time `json:"at"`
	Tries []int     `json:"tries,omitempty"` // the status of each try; 0: no answer

	hook *Hook
}

// AddHook makes an address hear of changes from now on.
func (s *Sim) AddHook(h Hook) { s.locked(func() { s.hooks = append(s.hooks, &h) }) }

// payload is the body of a webhook.
type payload struct {
	Event    string    `json:"event"`
	Delivery string    `json:"delivery"`
	Project  string    `json:"project"`
	Actor    string    `json:"actor"`
	SentAt   int64     `json:"sent_at"` // milliseconds
	Ticket   *itemJSON `json:"ticket,omitempty"`
	Comment  *itemJSON `json:"comment,omitempty"`
}

// enqueue makes the deliveries of an event. It runs inside a change, under the lock.
func (s *Sim) enqueue(e model.Event) {
	for _, h := range s.hooks {
		if h.Project != e.Project {
			continue
		}
		s.lastSent++
		id := fmt.Sprintf("msg_%d", s.lastSent)
		p := payload{Event: e.Name, Delivery: id, Project: e.Project, Actor: e.Actor, SentAt: e.At.UnixMilli()}
		item := view(e.Project, e.Item)
		if e.Item.Kind == model.Ticket {
			p.Ticket = &item
		} else {
			p.Comment = &item
		}
		s.queue = append(s.queue, &Delivery{ID: id, Event: e.Name, Body: stage.Marshal(p), At: e.At, hook: h})
	}
}

// Take returns the queued deliveries, oldest first, as requests that are signed at this moment, without sending them: for a random
// simulation, which loses, doubles and reorders them itself.
func (s *Sim) Take(ctx context.Context) ([]*http.Request, error) {
	var due []*Delivery
	s.locked(func() { due, s.queue = s.queue, nil })
	out := make([]*http.Request, 0, len(due))
	for _, d := range due {
		r, err := s.request(ctx, d)
		if err != nil {
			return out, err
		}
		out = append(out, r)
	}
	return out, nil
}

// Deliver sends the queued deliveries, each once, and returns how many. What is not answered with success is kept for Redeliver.
func (s *Sim) Deliver(ctx context.Context, client *http.Client) (int, error) {
	var due []*Delivery
	s.locked(func() { due, s.queue = s.queue, nil })
	for n, d := range due {
		if err := s.send(ctx, client, d); err != nil {
			return n, err
		}
	}
	return len(due), nil
}

// Redeliver sends a delivery again under the id that it had.
func (s *Sim) Redeliver(ctx context.Context, client *http.Client, id string) error {
	s.mu.Lock()
	n := slices.IndexFunc(s.sent, func(d *Delivery) bool { return d.ID == id })
	if n < 0 {
		s.mu.Unlock()
		return fmt.Errorf("no delivery %q was sent", id)
	}
	d := s.sent[n]
	s.mu.Unlock()
	return s.send(ctx, client, d)
}

func (s *Sim) send(ctx context.Context, client *http.Client, d *Delivery) error {
	r, err := s.request(ctx, d)
	if err != nil {
		return err
	}
	status := 0
	resp, sendErr := client.Do(r)
	if sendErr == nil {
		status = resp.StatusCode
		_, sendErr = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close() // read to its end; there is nothing left to fail
	}
	s.locked(func() {
		if len(d.Tries) == 0 {
			s.sent = append(s.sent, d)
		}
		d.Tries = append(d.Tries, status)
	})
	if sendErr != nil {
		return fmt.Errorf("deliver %s: %w", d.ID, sendErr)
	}
	return nil
}

// request signs a delivery as its address wants it.
func (s *Sim) request(ctx context.Context, d *Delivery) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.hook.URL, bytes.NewReader(d.Body))
	if err != nil {
		return nil, fmt.Errorf("deliver %s: %w", d.ID, err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Desk-Event", d.Event)
	r.Header.Set("X-Desk-Delivery", d.ID)
	if err := sign(r.Header, *d.hook, d.ID, d.Body, s.o.Now()); err != nil {
		return nil, fmt.Errorf("deliver %s: %w", d.ID, err)
	}
	return r, nil
}

// Deliveries returns what was sent, oldest first.
func (s *Sim) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Delivery, 0, len(s.sent))
	for _, d := range s.sent {
		c := *d
		c.Tries, c.Body = slices.Clone(d.Tries), []byte(strings.Clone(string(d.Body)))
		out = append(out, c)
	}
	return out
}

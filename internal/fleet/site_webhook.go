package fleet

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/simulator/webhook"
	"github.com/extsync/extsync/simulator/webhook/model"
)

// Webhook is a project of a small tracker that nobody wrote an adapter for. Its people
// write Markdown; it has no priorities and no parents.
type Webhook struct {
	Sim  *webhook.Sim
	key  string
	wire *Wire
}

//go:embed webhook.json
var webhookSettings []byte

const (
	webhookToken = "peer-fleet"
	webhookKey   = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

// Webhook makes an empty project in a tracker of its own.
func (f *Fleet) Webhook() *Webhook { return f.Peer(webhook.Options{}) }

// Peer makes one in a tracker that has ways of its own.
func (f *Fleet) Peer(o webhook.Options) *Webhook {
	o.Now, o.Seed, o.LogSize = f.Clock.Now, f.options.Seed, 1
	if f.options.Lag {
		o.Lag = lagOfLists
	}
	s := &Webhook{Sim: webhook.New(o), key: "desk" + f.number("webhook")}
	s.Sim.AddProject(s.key)
	s.Sim.AddToken(webhookToken, webhook.Account{Login: bot})
	s.Sim.Trust(s.key, webhook.Account{Login: bot}, webhookKey)
	s.wire = &Wire{under: s.Sim.Transport(), before: restamp(webhookKey, f.Clock.Now), counters: s.Counters}
	return s
}

// Handler serves the tracker over HTTP. What comes in is signed anew by the fleet's time,
// see restamp.
func (s *Webhook) Handler() http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // whoever sent it is gone
		}
		s.wire.before(r, body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.Sim.ServeHTTP(rw, r)
	})
}

// System is webhook.
func (s *Webhook) System() external.System { return "webhook" }

// Account is a bearer token and a signing key.
func (s *Webhook) Account() Account {
	return Account{BaseURL: "https://desk.example", Key: s.key, Token: webhookToken + " " + webhookKey, Settings: webhookSettings, Login: bot}
}

// Wire is the way to the simulator.
func (s *Webhook) Wire() *Wire { return s.wire }

// Vocabulary has the tracker's four states. People are called there as they are here.
func (s *Webhook) Vocabulary() Vocabulary {
	v := Vocabulary{States: model.States(), Accounts: map[string]string{}}
	for _, who := range People() {
		v.Accounts[who] = who
	}
	return v
}

// item is a change in the tracker's words, without what its labels become.
func (c Change) item(labels []string) map[string]any {
	out := map[string]any{}
	for name, v := range map[string]*string{"title": c.Title, "text": c.Body, "state": c.State} {
		if v != nil {
			out[name] = *v
		}
	}
	if c.Assignee != nil {
		out["people"] = slices.DeleteFunc([]string{*c.Assignee}, func(s string) bool { return s == "" })
	}
	if len(c.Label)+len(c.Unlabel) > 0 {
		labels = slices.DeleteFunc(append(slices.Clone(labels), c.Label...), func(l string) bool { return slices.Contains(c.Unlabel, l) })
		out["labels"] = labels
	}
	return out
}

func (s *Webhook) act(a webhook.Act, item map[string]any) (model.Item, error) {
	a.Project = s.key
	if item != nil {
		raw, err := json.Marshal(item)
		if err != nil {
			return model.Item{}, fmt.Errorf("encode an act: %w", err)
		}
		a.Item = raw
	}
	return s.Sim.Act(a)
}

func itemID(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return -1 // nobody's
	}
	return n
}

// Create makes a ticket.
func (s *Webhook) Create(who string, c Change) (string, error) {
	made, err := s.act(webhook.Act{Login: who, Do: "create", Kind: model.Ticket}, c.item(nil))
	return strconv.FormatInt(made.ID, 10), err
}

// Edit changes a ticket.
func (s *Webhook) Edit(who, id string, c Change) error {
	var labels []string
	if err := s.Sim.View(s.key, func(p *model.Project) {
		if i, err := p.Find(model.Ticket, itemID(id)); err == nil {
			labels = i.Labels
		}
	}); err != nil {
		return err
	}
	_, err := s.act(webhook.Act{Login: who, Do: "edit", Kind: model.Ticket, ID: itemID(id)}, c.item(labels))
	return err
}

// Comment adds a comment.
func (s *Webhook) Comment(who, id, body string) (string, error) {
	key := ""
	for _, t := range s.Look() {
		if t.ID == id {
			key = t.Key
		}
	}
	made, err := s.act(webhook.Act{Login: who, Do: "create", Kind: model.Comment}, map[string]any{"ticket": key, "text": body})
	return strconv.FormatInt(made.ID, 10), err
}

// EditComment changes a comment.
func (s *Webhook) EditComment(who, _, comment, body string) error {
	_, err := s.act(webhook.Act{Login: who, Do: "edit", Kind: model.Comment, ID: itemID(comment)}, map[string]any{"text": body})
	return err
}

// DeleteComment deletes a comment.
func (s *Webhook) DeleteComment(who, _, comment string) error {
	_, err := s.act(webhook.Act{Login: who, Do: "delete", Kind: model.Comment, ID: itemID(comment)}, nil)
	return err
}

// Delete deletes a ticket.
func (s *Webhook) Delete(who, id string) error {
	_, err := s.act(webhook.Act{Login: who, Do: "delete", Kind: model.Ticket, ID: itemID(id)}, nil)
	return err
}

// Look returns the tickets.
func (s *Webhook) Look() (all []Seen) {
	err := s.Sim.View(s.key, func(p *model.Project) {
		remarks := map[string][]Remark{}
		for _, c := range p.All(model.Comment) {
			remarks[c.Parent] = append(remarks[c.Parent], Remark{strconv.FormatInt(c.ID, 10), c.Author, c.Text, c.Text})
		}
		for _, i := range p.All(model.Ticket) {
			all = append(all, Seen{
				ID: strconv.FormatInt(i.ID, 10), Key: i.Key, Author: i.Author, Title: i.Title, Body: i.Text, Raw: i.Text, State: i.State,
				Labels: i.Labels, Assignees: i.People, Comments: remarks[i.Key],
			})
		}
	})
	if err != nil {
		return nil // the project was made with the site
	}
	return all
}

// Lose makes the next calls go wrong. Skip is not offered.
func (s *Webhook) Lose(f Fault) error {
	if f.Skip > 0 {
		return errors.New("the tracker's faults hit the next calls; it offers no skip")
	}
	fault := webhook.Fault{Kind: webhook.FaultKind(f.Kind), Calls: f.Calls, Next: max(1, f.Next)}
	if f.Kind == Limited {
		fault.Kind, fault.Status, fault.RetryAfter = webhook.Status, 429, strconv.Itoa(int(f.RetryAfter.Seconds()))
	}
	if f.Kind == FailAfter {
		fault.Kind, fault.Status = webhook.StatusAfter, 503
	}
	s.Sim.Faults(fault)
	return nil
}

// Counters tell what was called.
func (s *Webhook) Counters() Counters {
	c := s.Sim.Counters()
	return Counters{Total: c.Total, Reads: c.Reads, Writes: c.Writes, Kinds: c.Kinds}
}

// Reset starts counting anew.
func (s *Webhook) Reset() { s.Sim.ResetCounters() }

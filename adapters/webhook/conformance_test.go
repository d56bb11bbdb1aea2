package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/adaptertest"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/webhook"
	"github.com/extsync/extsync/simulator/webhook/model"
	"github.com/extsync/extsync/ticket"
)

// TestConformance runs the suite that every adapter passes over peers of several
// habits.
func TestConformance(t *testing.T) {
	for name, c := range map[string]struct {
		options  func(*simulator.Options)
		settings func(*desk)
	}{
		"exact": {func(*simulator.Options) {}, func(*desk) {}},
		"coarse and late": {func(o *simulator.Options) {
			o.Precision, o.Lag, o.Touch = time.Second, 5*time.Second, true
		}, func(*desk) {}},
		"found by delivery id alone": {func(o *simulator.Options) { o.Lag = time.Second }, func(d *desk) {
			d.with(`"create_key": ".external_key", `, ``).with(`"create_key": ".external_key", `, ``)
		}},
		"read back after each write": {func(*simulator.Options) {}, func(d *desk) {
			d.with(`"address": "/api/projects/{project}/tickets", "item": "."`, `"address": "/api/projects/{project}/tickets", "id": ".id", "key": ".number"`).
				with(`"address": "/api/projects/{project}/tickets/{id}", "item": "."`, `"address": "/api/projects/{project}/tickets/{id}"`)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			adaptertest.Run(t, adaptertest.Harness{Tickets: 25, Open: func(t *testing.T) adaptertest.Site {
				t.Helper()
				d := newDesk(t, "bidirectional.json", func(o *simulator.Options) { o.PageSize = 7 }, c.options)
				c.settings(d)
				return &site{d}
			}})
		})
	}
}

// site is the suite's view of a desk.
type site struct{ *desk }

// Context is the test's own, for both of what the suite embeds have one.
func (s *site) Context() context.Context { return s.T.Context() }

func (*site) Ticket(n int) external.Fields {
	states := model.States()
	return external.Fields{
		"title": ticket.Text(fmt.Sprintf("  title %d \t", n)), "body": ticket.Text(fmt.Sprintf("line one\r\nbody %d\n\n", n)),
		"state": ticket.Text(states[n%len(states)]), "labels": ticket.Set(fmt.Sprintf("label %d", n), fmt.Sprintf("label %d", n+10)),
		"assignees": ticket.Set(fmt.Sprintf("person%d", n)), "estimate": ticket.Text(fmt.Sprintf("%d.50", n)),
	}
}

func (*site) Comment(n int) external.Fields {
	return external.Fields{"body": ticket.Text(fmt.Sprintf("comment\r\n%d\n", n))}
}

// raw spells fields as the peer's own pages send them.
func (s *site) raw(f external.Fields) map[string]any {
	s.Helper()
	names := map[string]string{"title": "title", "body": "text", "state": "state", "labels": "labels", "assignees": "people", "estimate": "points"}
	out := map[string]any{}
	for name, v := range f {
		switch {
		case v.IsSet():
			out[names[name]] = v.Elements()
		case name == "estimate":
			out[names[name]] = json.Number(v.Text())
		default:
			out[names[name]] = v.Text()
		}
	}
	return out
}

func (s *site) do(a simulator.Act, item map[string]any) external.Ref {
	s.Helper()
	body, err := json.Marshal(item)
	if err != nil {
		s.Fatal(err)
	}
	a.Item = body
	return ticketRef(s.act(a))
}

func (s *site) CreateTicket(login string, f external.Fields) external.Ref {
	s.Helper()
	return s.do(simulator.Act{Login: login, Do: "create", Kind: model.Ticket}, s.raw(f))
}

func (s *site) AddComment(login string, on external.Ref, f external.Fields) external.Ref {
	s.Helper()
	item := s.raw(f)
	item["ticket"] = on.Key
	return s.do(simulator.Act{Login: login, Do: "create", Kind: model.Comment}, item)
}

func (s *site) Edit(login string, ref external.Ref, f external.Fields) {
	s.Helper()
	s.do(simulator.Act{Login: login, Do: "edit", Kind: string(ref.Kind), ID: id(s.T, ref)}, s.raw(f))
}

func (s *site) Delete(login string, ref external.Ref) bool {
	s.Helper()
	s.act(simulator.Act{Login: login, Do: "delete", Kind: string(ref.Kind), ID: id(s.T, ref)})
	return true
}

func (s *site) LoseReply() {
	s.sim.Faults(simulator.Fault{Kind: simulator.ReplyLost, Calls: []string{"write"}})
}

func (s *site) LoseRequest() {
	s.sim.Faults(simulator.Fault{Kind: simulator.RequestLost, Calls: []string{"write"}})
}

func (s *site) Limit(retryAfter time.Duration) {
	s.sim.Faults(simulator.Fault{Kind: simulator.Status, Status: 429, RetryAfter: fmt.Sprint(int(retryAfter.Seconds())), Calls: []string{"write"}})
}

func (s *site) LimitRead(retryAfter time.Duration) {
	s.sim.Faults(simulator.Fault{Kind: simulator.Status, Status: 429, RetryAfter: fmt.Sprint(int(retryAfter.Seconds())), Calls: []string{"read"}})
}

func (s *site) Permissions() []adaptertest.Permission {
	return []adaptertest.Permission{{
		Name: "tickets:write", Give: func() { s.sim.AddToken(bearer, simulator.Account{Login: bot}) },
		Take:    func() { s.Deny() },
		Hinders: adaptertest.Deed{Kind: external.KindTicket, Action: outbound.Update, Field: "title"},
	}}
}

// Call has the edit delivered to an address that hears of the project.
func (s *site) Call(login string, ref external.Ref, f external.Fields) adaptertest.Signed {
	s.Helper()
	s.sim.AddHook(simulator.Hook{Project: project, URL: "http://us.example/hook", Mode: simulator.ModeStandard, Secret: signingKey})
	s.Edit(login, ref, f)
	return adaptertest.Catch(s.T, signingKey, s.sim.Deliver)
}

func (s *site) Deny() string {
	s.sim.AddToken(bearer, simulator.Account{Login: bot, ReadOnly: true})
	return "tickets:write"
}

func (s *site) Writes() int { return s.sim.Counters().Writes }

package linear_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/adaptertest"
	"github.com/extsync/extsync/adapters/linear"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/simulator/linear/model"
)

// TestConformance runs the suite that every adapter passes, over a Linear whose lists lag
// behind by a few seconds.
func TestConformance(t *testing.T) {
	adaptertest.Run(t, harness())
}

// TestBent bends an adapter against each law, and sees the law fail.
func TestBent(t *testing.T) { adaptertest.Bent(t, harness()) }

// TestConformanceAsConfigured runs it once more for each way in which a connection or a team can be set.
func TestConformanceAsConfigured(t *testing.T) {
	for name, set := range map[string]setting{
		"a token of OAuth":              {kind: simulator.OAuth, settings: `{"auth": "oauth"}`},
		"an app":                        {kind: simulator.App, settings: `{"auth": "oauth"}`},
		"a filter":                      {filter: `{"or": [{"title": {"contains": "title"}}, {"title": {"contains": "t"}}, {"number": {"gte": 0}}]}`},
		"a private team with triage":    {team: func(t *simulator.Team) { t.SetPrivate(true); t.SetTriage(true) }},
		"other refusals, other updates": {options: func(o *simulator.Options) { o.MutationErrors, o.CommentsTouch = 200, true }},
	} {
		t.Run(name, func(t *testing.T) { adaptertest.Run(t, harness(set)) })
	}
}

// setting is how a connection, a team or a workspace is configured.
type setting struct {
	kind             simulator.TokenKind
	settings, filter string
	team             func(*simulator.Team)
	options          func(*simulator.Options)
}

func harness(as ...setting) adaptertest.Harness {
	var set setting
	if len(as) > 0 {
		set = as[0]
	}
	return adaptertest.Harness{Tickets: 160, Open: func(t *testing.T) adaptertest.Site {
		t.Helper()
		s := &site{newDesk(t, func(o *simulator.Options) {
			o.Lag = 5 * time.Second
			if set.options != nil {
				set.options(o)
			}
		}), set}
		s.sim.AddToken(token, s.rights())
		if set.team != nil {
			set.team(s.team)
		}
		return s
	}}
}

// site is the suite's view of a desk.
type site struct {
	*desk
	set setting
}

// rights are those of our account.
func (s *site) rights() simulator.Token { return simulator.Token{Login: bot, Kind: s.set.kind} }

func (s *site) Adapter(change func(*adapters.Config)) adapters.Adapter {
	s.Helper()
	cfg := adapters.Config{ProjectKey: "ENG", ProjectID: s.team.ID(), Token: token, Transport: s.sim.Transport(),
		OwnKey: adaptertest.OwnKey, KeyOf: adaptertest.KeyOf, Filter: s.set.filter, Settings: json.RawMessage(s.set.settings),
		Made: func(string) bool { return true }}
	if change != nil {
		change(&cfg)
	}
	a, err := linear.New(cfg)
	if err != nil {
		s.Fatal(err)
	}
	return a
}

// Ticket has an untidy title and a description in another spelling than Linear's.
func (s *site) Ticket(n int) external.Fields {
	states := []string{"Todo", "In Progress", "Done", "Canceled"}
	priorities := []string{"High", "Low", "Urgent", "Medium"}
	return external.Fields{
		"title":       text(fmt.Sprintf("  title   %d \t", n)),
		"description": text(fmt.Sprintf("- one\r\n- two %d\n\n\n__bold__\n", n)),
		"state":       text(states[n%4]), "priority": text(priorities[n%4]),
		"estimate": text([]string{"1.0", "2", "3", "5"}[n%4]),
		"dueDate":  text(fmt.Sprintf("2026-06-%02d", 1+n%28)),
		"assignee": text(s.sim.User(fmt.Sprintf("person%d", n%10))),
		"labels":   set(fmt.Sprintf("label %d", n), fmt.Sprintf("label %d", n+10)),
	}
}

func (*site) Comment(n int) external.Fields {
	return external.Fields{"body": text(fmt.Sprintf("comment\n\n\n%d\n", n))}
}

func (s *site) CreateTicket(login string, f external.Fields) external.Ref {
	s.Helper()
	title, body := f["title"].Text(), f["description"].Text()
	made := s.act(simulator.Act{Login: login, Do: "create", Title: &title, Body: &body, Names: f["labels"].Elements(), Input: s.input(f)})
	return external.Ref{Kind: external.KindTicket, ID: made.Issue, Key: made.Identifier}
}

// input is what Act has no words of its own for.
func (s *site) input(f external.Fields) model.Input {
	s.Helper()
	in := model.Input{}
	for name, v := range f {
		switch name {
		case "state":
			in["stateId"] = s.team.State(v.Text())
		case "priority":
			in["priority"] = map[string]int{"No priority": 0, "Urgent": 1, "High": 2, "Medium": 3, "Low": 4}[v.Text()]
		case "estimate":
			var n float64
			if _, err := fmt.Sscan(v.Text(), &n); err != nil {
				s.Fatal(err)
			}
			in["estimate"] = n
		case "dueDate":
			in["dueDate"] = v.Text()
		case "assignee":
			in["assigneeId"] = v.Text()
		case "title", "description", "labels":
		default:
			s.Fatalf("nobody edits %s", name)
		}
	}
	return in
}

func (s *site) AddComment(login string, on external.Ref, f external.Fields) external.Ref {
	s.Helper()
	body := f["body"].Text()
	id := s.act(simulator.Act{Login: login, Do: "comment", Issue: on.ID, Body: &body}).Comment
	return external.Ref{Kind: external.KindComment, ID: id, Key: id, Parent: on.Key}
}

// Edit waits until changes leave a history: for three minutes they count as part of the
// issue's creation.
func (s *site) Edit(login string, ref external.Ref, f external.Fields) {
	s.Helper()
	if age := s.Now().Sub(s.issue(ref.ID).CreatedAt); age < model.Grace {
		s.Advance(model.Grace - age)
	}
	a := simulator.Act{Login: login, Do: "edit", Issue: ref.ID, Input: s.input(f)}
	for _, name := range []string{"title", "description"} {
		if v, ok := f[name]; ok {
			a.Input[name] = v.Text()
		}
	}
	s.act(a)
	if v, ok := f["labels"]; ok {
		s.act(simulator.Act{Login: login, Do: "set_labels", Issue: ref.ID, Names: v.Elements()})
	}
}

func (s *site) Delete(login string, ref external.Ref) bool {
	s.Helper()
	if ref.Kind == external.KindComment {
		s.act(simulator.Act{Login: login, Do: "delete_comment", Comment: ref.ID})
		return true
	}
	s.act(simulator.Act{Login: login, Do: "trash", Issue: ref.ID})
	return true
}

func (s *site) LoseReply() { s.fail(simulator.ReplyLost, "write") }

func (s *site) LoseRequest() { s.fail(simulator.RequestLost, "write") }

func (s *site) Limit(retryAfter time.Duration) {
	s.sim.Faults().Add(simulator.Fault{Kind: simulator.RequestLimit, Calls: []string{"write"}, Next: 1,
		RetryAfter: fmt.Sprint(int(retryAfter.Seconds()))})
}

func (s *site) LimitRead(retryAfter time.Duration) {
	s.sim.Faults().Add(simulator.Fault{Kind: simulator.RequestLimit, Calls: []string{"read"}, Next: 1,
		RetryAfter: fmt.Sprint(int(retryAfter.Seconds()))})
}

// Permissions are the scopes of a key: it may read, or read and write.
func (s *site) Permissions() []adaptertest.Permission {
	return []adaptertest.Permission{{
		Name: simulator.ScopeWrite, Give: func() { s.sim.AddToken(token, s.rights()) },
		Take:    func() { s.Deny() },
		Hinders: adaptertest.Deed{Kind: external.KindTicket, Action: outbound.Update, Field: "title"},
	}}
}

// Call has the edit delivered to an address that hears of the team.
func (s *site) Call(login string, ref external.Ref, f external.Fields) adaptertest.Signed {
	s.Helper()
	s.sim.AddHook("http://us.example/hook", secret, "ENG")
	s.Edit(login, ref, f)
	return adaptertest.Catch(s.T, secret, s.sim.Deliver)
}

// Move moves an issue to another team, where it has another identifier.
func (s *site) Move(login string, ref external.Ref) {
	s.Helper()
	s.sim.AddTeam("OPS", "Operations").AddMember(login)
	s.act(simulator.Act{Login: login, Do: "team", Issue: ref.ID, Team: "OPS"})
}

// Deny leaves a key that may only read.
func (s *site) Deny() string {
	less := s.rights()
	less.Scopes = []string{simulator.ScopeRead}
	s.sim.AddToken(token, less)
	return "write"
}

func (s *site) Writes() int { return s.sim.Counters().Writes }

// Context is the test's own, for both of what is embedded have one.
func (s *site) Context() context.Context { return s.T.Context() }

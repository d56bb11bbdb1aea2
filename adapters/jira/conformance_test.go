package jira_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/adaptertest"
	"github.com/extsync/extsync/adapters/jira"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/ticket"
)

// TestConformance runs the suite that every adapter passes, over both editions; the
// search of Cloud lags behind by half a minute.
func TestConformance(t *testing.T) {
	for _, e := range []simulator.Edition{simulator.Cloud, simulator.DataCenter} {
		t.Run(string(e), func(t *testing.T) { adaptertest.Run(t, harness(e)) })
	}
}

// TestBent bends an adapter against each law, and sees the law fail.
func TestBent(t *testing.T) { adaptertest.Bent(t, harness(simulator.Cloud)) }

func harness(e simulator.Edition) adaptertest.Harness {
	return adaptertest.Harness{Tickets: 250, Open: func(t *testing.T) adaptertest.Site {
		t.Helper()
		d := newDesk(t, func(o *simulator.Options) {
			o.Edition = e
			if e == simulator.Cloud {
				o.Lag = 30 * time.Second
			}
		})
		if err := d.project.Grant(bot, model.DeleteIssues); err != nil { // not everybody has it by default
			t.Fatal(err)
		}
		return &site{d}
	}}
}

// site is the suite's view of a desk.
type site struct{ *desk }

func (s *site) Adapter(change func(*adapters.Config)) adapters.Adapter {
	s.Helper()
	cfg := adapters.Config{ProjectKey: s.project.Key(), ProjectID: s.project.ID(), OwnKey: adaptertest.OwnKey, Token: token}
	if s.edition == simulator.Cloud {
		cfg.User = bot + "@example.com"
	}
	cfg.BaseURL, cfg.Settings, cfg.Transport = "https://jira.example.com", s.settings(nil), s.sim.Transport()
	if s.edition == simulator.Cloud {
		cfg.BaseURL = "https://example.atlassian.net"
	}
	if change != nil {
		change(&cfg)
	}
	a, err := jira.New(cfg)
	s.must(err)
	return a
}

// Ticket walks along the workflow, one transition from each sample to the next but the
// last. The summary and the description are untidy.
func (*site) Ticket(n int) external.Fields {
	return external.Fields{
		"summary":     text(fmt.Sprintf("  summary %d \t", n)),
		"description": text(fmt.Sprintf("* one\r\n* two %d\n\n\n__bold__ and `code`\n", n)),
		"status":      text([]string{"To Do", "In Progress", "In Review"}[n%3]),
		"priority":    text([]string{"High", "Low", "Highest", "Lowest"}[n%4]),
		"labels":      set(fmt.Sprintf("label%d", n), fmt.Sprintf("label%d", n+10)),
		"assignee":    set(fmt.Sprintf("person%d", n%10)),
		"fixVersions": set(fmt.Sprintf("v%d", n%20)), "components": set(fmt.Sprintf("part%d", n%20), fmt.Sprintf("part%d", (n+7)%20)),
		"duedate":  text(fmt.Sprintf("2026-06-%02d", 1+n%28)),
		"estimate": text([]string{"1.0", "2", "3.50", "5"}[n%4]),
	}
}

// Scripts are wiki markup, which people type in both editions.
func (*site) Scripts() []string {
	return []string{
		"h1. A title\n\nWords with *bold*, _slanted_, -gone-, +under+ and {{code}}.\n\n----\n\nh3. Another",
		"* one\n** nested\n*# numbered\n# two\n\nafter  two blanks ",
		"{code:java}\nint x = 1; // *not bold*\n{code}\n\n{noformat}\nas [it] is\n{noformat}",
		"{quote}\nsaid\n{quote}\n\nbq. said too\n\n{panel:title=Mind}\ninside\n{panel}",
		"||name||count||\n|a|1|\n|*b*| |\n\n[a link|https://example.com/x_y?z=1] https://example.com/ [~ann] !picture.png|thumbnail!",
		"{color:red}red{color} and \\*escaped\\* and (!) and -- and --- and a\\\\b",
	}
}

func (s *site) Scribble(login, raw string) external.Ref {
	s.Helper()
	made := s.act(simulator.Act{Login: login, Do: "create", Summary: "scribbled", Fields: map[string]any{"description": raw}})
	return external.Ref{Kind: external.KindTicket, ID: made.Issue, Key: made.Key}
}

func (*site) DistantState() (from, to external.Fields) {
	return nil, external.Fields{"status": text("Done")}
}

func (*site) Comment(n int) external.Fields {
	return external.Fields{"body": text(fmt.Sprintf("comment\n\n\n%d\n", n))}
}

// rest is what fields are called and look like in Jira's interface.
func (s *site) rest(f external.Fields) map[string]any {
	s.Helper()
	out := map[string]any{}
	for name, v := range f {
		switch name {
		case "summary":
			out[name] = v.Text()
		case "description":
			out[name] = s.markup(v.Text())
		case "priority":
			out[name] = map[string]any{"name": v.Text()}
		case "labels":
			out[name] = list(v, func(e string) any { return e })
		case "fixVersions", "components":
			out[name] = list(v, func(e string) any { return map[string]any{"name": e} })
		case "assignee":
			out[name] = map[string]any{"accountId": v.Text(), "name": v.Text()}
		case "duedate":
			out[name] = v.Text()
		case "estimate":
			var n float64
			if _, err := fmt.Sscan(v.Text(), &n); err != nil {
				s.Fatal(err)
			}
			out["customfield_10030"] = n
		case "status":
		default:
			s.Fatalf("nobody edits %s", name)
		}
	}
	return out
}

func list(v ticket.Value, f func(string) any) []any {
	out := []any{}
	for _, e := range v.Elements() {
		out = append(out, f(e))
	}
	return out
}

func (s *site) CreateTicket(login string, f external.Fields) external.Ref {
	s.Helper()
	made := s.act(simulator.Act{Login: login, Do: "create", Fields: s.rest(f)})
	return external.Ref{Kind: external.KindTicket, ID: made.Issue, Key: made.Key}
}

func (s *site) AddComment(login string, on external.Ref, f external.Fields) external.Ref {
	s.Helper()
	body := s.markup(f["body"].Text())
	id := s.act(simulator.Act{Login: login, Do: "comment", Issue: on.ID, Text: &body}).Comment
	return external.Ref{Kind: external.KindComment, ID: id, Key: id, Parent: on.Key}
}

func (s *site) Edit(login string, ref external.Ref, f external.Fields) {
	s.Helper()
	if rest := s.rest(f); len(rest) > 0 {
		s.act(simulator.Act{Login: login, Do: "edit", Issue: ref.ID, Fields: rest})
	}
	if v, ok := f["status"]; ok {
		s.act(simulator.Act{Login: login, Do: "transition", Issue: ref.ID, To: v.Text()})
	}
}

func (s *site) Delete(login string, ref external.Ref) bool {
	s.Helper()
	if ref.Kind == external.KindComment {
		s.act(simulator.Act{Login: login, Do: "delete_comment", Issue: ref.Parent, Comment: ref.ID})
		return true
	}
	s.act(simulator.Act{Login: login, Do: "delete", Issue: ref.ID})
	return true
}

func (s *site) fail(k simulator.FaultKind, retryAfter string) {
	s.sim.Faults().Add(simulator.Fault{Kind: k, Calls: []string{"write"}, Next: 1, RetryAfter: retryAfter})
}

func (s *site) LimitRead(retryAfter time.Duration) {
	s.sim.Faults().Add(simulator.Fault{Kind: simulator.BurstLimit, Calls: []string{"read"}, Next: 1,
		RetryAfter: fmt.Sprint(int(retryAfter.Seconds()))})
}

// Permissions are those that Jira knows of a project, but for browsing it.
func (s *site) Permissions() []adaptertest.Permission {
	s.Helper()
	var out []adaptertest.Permission
	for p, hinders := range map[model.Permission]adaptertest.Deed{
		model.CreateIssues:      {Kind: external.KindTicket, Action: outbound.Create},
		model.EditIssues:        {Kind: external.KindTicket, Action: outbound.Update, Field: "summary"},
		model.TransitionIssues:  {Kind: external.KindTicket, Action: outbound.Update, Field: "status"},
		model.AssignIssues:      {Kind: external.KindTicket, Action: outbound.Update, Field: "assignee"},
		model.AddComments:       {Kind: external.KindComment, Action: outbound.Create},
		model.EditOwnComments:   {Kind: external.KindComment, Action: outbound.Update, Field: "body"},
		model.DeleteOwnComments: {Kind: external.KindComment, Action: outbound.Delete},
	} {
		out = append(out, adaptertest.Permission{
			Name: string(p), Hinders: hinders, Vague: p == model.AssignIssues, // the field "is not on the screen, or unknown"
			Take: func() { s.must(s.project.Revoke(bot, p)) }, Give: func() { s.must(s.project.Grant(bot, p)) },
		})
	}
	return out
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// Call has the edit delivered to an address that hears of the site.
func (s *site) Call(login string, ref external.Ref, f external.Fields) adaptertest.Signed {
	s.Helper()
	s.sim.AddHook(simulator.HookSettings{URL: "http://us.example/hook", Secret: secret})
	s.Edit(login, ref, f)
	return adaptertest.Catch(s.T, secret, s.sim.Deliver)
}

// Move moves an issue to another project, where it has another key.
func (s *site) Move(login string, ref external.Ref) {
	s.Helper()
	s.add(s.spec("MOV"))
	s.act(simulator.Act{Login: login, Do: "move", Issue: ref.ID, To: "MOV"})
}

func (s *site) LoseReply()   { s.fail(simulator.ReplyLost, "") }
func (s *site) LoseRequest() { s.fail(simulator.RequestLost, "") }

func (s *site) Limit(retryAfter time.Duration) {
	s.fail(simulator.BurstLimit, fmt.Sprint(int(retryAfter.Seconds())))
}

// Deny leaves the right to look.
func (s *site) Deny() string {
	s.Helper()
	if err := s.project.SetPermissions(bot, model.Browse); err != nil {
		s.Fatal(err)
	}
	return "EDIT_ISSUES"
}

func (s *site) Writes() int { return s.sim.Counters().Writes }

// Context is the test's own, for both of what is embedded have one.
func (s *site) Context() context.Context { return s.T.Context() }

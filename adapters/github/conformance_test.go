package github_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/adaptertest"
	"github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/official"
	"github.com/extsync/extsync/ticket"
)

// TestConformance runs the suite that every adapter passes, over a GitHub whose
// lists lag behind by a few seconds.
func TestConformance(t *testing.T) {
	adaptertest.Run(t, harness(nil))
}

// TestConformanceAsConfigured runs it once more for an Enterprise server, and for a private repository.
func TestConformanceAsConfigured(t *testing.T) {
	for name, set := range map[string]func(*site){
		"an Enterprise server": func(s *site) { s.base = "https://github.example.com/api/v3" },
		"a private repository": func(s *site) { s.private = true; s.repo.SetPrivate(true) },
	} {
		t.Run(name, func(t *testing.T) {
			h := harness(nil)
			open := h.Open
			h.Open = func(t *testing.T) adaptertest.Site {
				t.Helper()
				s := open(t).(*site) //nolint:errcheck // harness makes no other
				set(s)
				return s
			}
			adaptertest.Run(t, h)
		})
	}
}

// TestBent bends an adapter against each law, and sees the law fail.
func TestBent(t *testing.T) { adaptertest.Bent(t, harness(nil)) }

// TestTrafficFitsTheOfficialDescription runs the suite once more, with every request and
// every answer held against GitHub's description of its interface.
func TestTrafficFitsTheOfficialDescription(t *testing.T) {
	c := official.GitHub(t, 2, nil)
	adaptertest.Run(t, harness(c))
	if c.Operations() < 15 {
		t.Errorf("only %d operations passed the description: the suite did not go through it", c.Operations())
	}
}

// harness opens desks; through, when it is not nil, sees all that passes.
func harness(through *official.Checker) adaptertest.Harness {
	return adaptertest.Harness{Tickets: 250, Open: func(t *testing.T) adaptertest.Site {
		t.Helper()
		d := newDesk(t, func(o *simulator.Options) { o.Lag = 5 * time.Second })
		for n := range 10 {
			d.repo.AddCollaborator(fmt.Sprintf("person%d", n))
		}
		s := &site{desk: d, transport: d.sim.Transport()}
		if through != nil {
			s.transport = described{s.transport, through}
		}
		return s
	}}
}

// described lets a checker see all but refusals of the whole interface, which GitHub's
// description does not repeat for each operation, and labels whose name has a slash,
// which the checker's router takes for two parts of an address.
type described struct {
	next    http.RoundTripper
	checker *official.Checker
}

// RoundTrip makes the call once.
func (d described) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := d.next.RoundTrip(r)
	if err != nil || resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden ||
		strings.Contains(r.URL.RawPath, "%2F") {
		return resp, err
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	return d.checker.Before(roundTrip(func(*http.Request) (*http.Response, error) { return resp, nil })).RoundTrip(r)
}

// site is the suite's view of a desk.
type site struct {
	*desk
	transport http.RoundTripper
	base      string
	private   bool
}

func (s *site) Adapter(change func(*adapters.Config)) adapters.Adapter {
	s.Helper()
	cfg := adapters.Config{BaseURL: s.base, ProjectKey: "octo/hello", Token: "tok", Transport: s.transport, OwnKey: adaptertest.OwnKey}
	if change != nil {
		change(&cfg)
	}
	a, err := github.New(cfg)
	if err != nil {
		s.Fatal(err)
	}
	return a
}

// Ticket alternates between open and closed: GitHub changes a reason only with the
// state. The title is untidy; bodies GitHub keeps as they are.
func (*site) Ticket(n int) external.Fields {
	f := external.Fields{
		"title": ticket.Text(fmt.Sprintf("  title %d \t", n)), "body": ticket.Text(fmt.Sprintf("line one\n\nbody %d\n", n)),
		"state": ticket.Text("open"), "state_reason": {},
		"labels":    ticket.Set(fmt.Sprintf("label %d", n), fmt.Sprintf("label %d", n+10)),
		"assignees": ticket.Set(fmt.Sprintf("person%d", n%10)),
	}
	if n%2 == 1 {
		f["state"], f["state_reason"] = ticket.Text("closed"), ticket.Text("not_planned")
	}
	return f
}

func (*site) Comment(n int) external.Fields {
	return external.Fields{"body": ticket.Text(fmt.Sprintf("comment\n%d\n", n))}
}

func (s *site) CreateTicket(login string, f external.Fields) external.Ref {
	s.Helper()
	title, body := f["title"].Text(), f["body"].Text()
	n := s.act(simulator.Act{Login: login, Do: "open", Title: &title, Body: &body, Names: f["labels"].Elements()}).Issue
	s.act(simulator.Act{Login: login, Do: "assign", Issue: n, Names: f["assignees"].Elements()})
	if f["state"].Text() == "closed" {
		s.act(simulator.Act{Login: login, Do: "close", Issue: n, To: f["state_reason"].Text()})
	}
	return external.Ref{Kind: external.KindTicket, ID: s.issue(n).NodeID, Key: itoa(n)}
}

func (s *site) AddComment(login string, on external.Ref, f external.Fields) external.Ref {
	s.Helper()
	body := f["body"].Text()
	id := s.act(simulator.Act{Login: login, Do: "comment", Issue: int(atoi(on.Key)), Body: &body}).Comment
	return s.Look(external.Ref{Kind: external.KindComment, Key: fmt.Sprint(id)}).Ref
}

func (s *site) Edit(login string, ref external.Ref, f external.Fields) {
	s.Helper()
	n := int(atoi(ref.Key))
	for name, v := range f {
		text := v.Text()
		a := simulator.Act{Login: login, Issue: n}
		switch name {
		case "title":
			a.Do, a.Title = "edit", &text
		case "body":
			a.Do, a.Body = "edit", &text
		case "state":
			a.Do = map[string]string{"open": "reopen", "closed": "close"}[text]
		case "state_reason":
			a.Do, a.To = "close", text
		case "labels":
			a.Do, a.Names = "set_labels", v.Elements()
		case "assignees":
			a.Do, a.Names = "assign", v.Elements()
		default:
			s.Fatalf("nobody edits %s", name)
		}
		s.act(a)
	}
}

func (s *site) Delete(login string, ref external.Ref) bool {
	s.Helper()
	if ref.Kind == external.KindComment {
		s.act(simulator.Act{Login: login, Do: "delete_comment", Comment: atoi(ref.Key)})
		return true
	}
	s.act(simulator.Act{Login: login, Do: "delete", Issue: int(atoi(ref.Key))})
	return true
}

// DistantState is another reason of a closed issue, for which it must be opened first.
func (*site) DistantState() (from, to external.Fields) {
	closed := func(reason string) external.Fields {
		return external.Fields{"state": ticket.Text("closed"), "state_reason": ticket.Text(reason)}
	}
	return closed("completed"), closed("not_planned")
}

func (s *site) LimitRead(retryAfter time.Duration) {
	s.sim.Faults().Add(simulator.Fault{Kind: simulator.SecondaryLimit, Calls: []string{"read"}, Next: 1,
		RetryAfter: fmt.Sprint(int(retryAfter.Seconds()))})
}

// Permissions are a role that may push and a token that reaches issues.
func (s *site) Permissions() []adaptertest.Permission {
	give := func() {
		s.repo.SetPrivate(s.private)
		s.sim.AddToken("tok", simulator.Token{Login: bot, Push: true})
	}
	return []adaptertest.Permission{
		{
			Name: "push access (without it labels, assignees and milestones are dropped)", Give: give,
			Take:    func() { s.sim.AddToken("tok", simulator.Token{Login: bot, Roles: reads()}) },
			Hinders: adaptertest.Deed{Kind: external.KindTicket, Action: outbound.Update, Field: "labels"},
		},
		{
			Name: "Issues: read and write", Give: give,
			Take: func() {
				s.repo.SetPrivate(true)
				s.sim.AddToken("tok", simulator.Token{Login: bot, Push: true, Issues: simulator.PermissionNone})
			},
			Hinders: adaptertest.Deed{Kind: external.KindTicket, Action: outbound.Update, Field: "title"},
		},
	}
}

// Call has the edit delivered to an address that hears of this repository.
func (s *site) Call(login string, ref external.Ref, f external.Fields) adaptertest.Signed {
	s.Helper()
	s.repo.AddHook("http://us.example/hook", secret)
	s.Edit(login, ref, f)
	return adaptertest.Catch(s.T, secret, s.sim.Deliver)
}

// Move transfers an issue to another repository.
func (s *site) Move(login string, ref external.Ref) {
	s.Helper()
	s.sim.AddRepo("octo", "elsewhere")
	s.act(simulator.Act{Login: login, Do: "transfer", Issue: int(atoi(ref.Key)), To: "octo/elsewhere"})
}

func (s *site) LoseReply() {
	s.sim.Faults().Add(simulator.Fault{Kind: simulator.ReplyLost, Calls: []string{"write"}, Next: 1})
}

func (s *site) LoseRequest() {
	s.sim.Faults().Add(simulator.Fault{Kind: simulator.RequestLost, Calls: []string{"write"}, Next: 1})
}

func (s *site) Limit(retryAfter time.Duration) {
	s.sim.Faults().Add(simulator.Fault{Kind: simulator.SecondaryLimit, Calls: []string{"write"}, Next: 1,
		RetryAfter: fmt.Sprint(int(retryAfter.Seconds()))})
}

// reads is the role of who may see a repository, be it private, and no more.
func reads() map[string]simulator.Role {
	return map[string]simulator.Role{"octo/hello": simulator.RoleRead}
}

// Deny leaves a reader's role and a token that may not write.
func (s *site) Deny() string {
	s.sim.AddToken("tok", simulator.Token{Login: bot, Issues: simulator.PermissionRead, Roles: reads()})
	return "push access (without it labels, assignees and milestones are dropped)"
}

func (s *site) Writes() int { return s.sim.Counters().Writes }

// Context is the test's own, for both of what is embedded have one.
func (s *site) Context() context.Context { return s.T.Context() }

package api_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/internal/apitest"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/ticket"
)

// disagree connects, and edits one field on both sides.
func disagree(s *service) (v1.Project, v1.Conflict) {
	s.t.Helper()
	issue := s.outside(simulator.Act{Do: "open", Title: ptr("Login fails")}).Issue
	p := s.connect()
	page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil)
	path := "/v1/tickets/" + page.Tickets[0].ID
	_, h := want[v1.Ticket](s, 200, http.MethodGet, path, nil)
	want[v1.Ticket](s, 200, http.MethodPatch, path, v1.TicketEdit{Title: ptr("Login fails on Mondays")}, "If-Match", h.Get("ETag"))
	s.outside(simulator.Act{Do: "edit", Issue: issue, Title: ptr("Sign-in fails")})
	want[v1.Project](s, 202, http.MethodPost, "/v1/projects/"+p.ID+"/sync", nil)
	list, _ := want[v1.Conflicts](s, 200, http.MethodGet, "/v1/conflicts?state=open&project="+p.ID, nil)
	if len(list.Conflicts) != 1 {
		s.t.Fatalf("conflicts: %+v", list)
	}
	return p, list.Conflicts[0]
}

// TestDecide decides a conflict and waits for the outcome.
func TestDecide(t *testing.T) {
	s := newService(t)
	p, c := disagree(s)
	path := "/v1/conflicts/" + c.ID
	if c.Local.Text() != "Login fails on Mondays" || c.External.Text() != "Sign-in fails" || c.BaseLocal.Text() != "Login fails" || c.Title != "Login fails on Mondays" {
		t.Fatalf("conflict: %+v", c)
	}
	if one, _ := want[v1.Conflict](s, 200, http.MethodGet, path, nil); one.Digest != c.Digest {
		t.Errorf("one: %+v", one)
	}
	if got, _ := want[v1.Project](s, 200, http.MethodGet, "/v1/projects/"+p.ID, nil); got.Conflicts != 1 {
		t.Errorf("the project must count its open conflicts: %+v", got)
	}

	decided, _ := want[v1.Conflict](s, 202, http.MethodPost, path+"/decide", v1.Decision{Choice: "external", Digest: c.Digest, By: "ann"})
	if decided.State != "decided" || decided.DecidedBy != "ann" || decided.Value.Text() != "Sign-in fails" {
		t.Fatalf("decided: %+v", decided)
	}
	again := s.problem(s.call(http.MethodPost, path+"/decide", v1.Decision{Choice: "local", Digest: c.Digest}), v1.Decided)
	if again.Status != 409 || again.Conflict == nil || again.Conflict.DecidedBy != "ann" {
		t.Errorf("decided already: %+v", again)
	}
	if err := s.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ := want[v1.Conflict](s, 200, http.MethodGet, path, nil); got.State != "resolved" || got.ClosedAt.IsZero() {
		t.Errorf("carried out: %+v", got)
	}
}

// TestDecideAndWait answers once a session has carried the decision out.
func TestDecideAndWait(t *testing.T) {
	s := newService(t)
	_, c := disagree(s)
	worked := make(chan error, 1)
	go func() {
		for {
			got := s.call(http.MethodGet, "/v1/conflicts/"+c.ID, nil)
			if got.Status != 200 || !contains(got.Body, `"state":"open"`) {
				break
			}
		}
		worked <- s.Work(t.Context())
	}()
	start := time.Now()
	list := v1.Decision{Choice: "value", Digest: c.Digest, Value: ptr(ticket.Set("a", "b"))}
	if p := s.problem(s.call(http.MethodPost, "/v1/conflicts/"+c.ID+"/decide", list), v1.InvalidRequest); !strings.Contains(p.Detail, "want a text") {
		t.Errorf("a list for a title: %s", p.Detail)
	}
	value := v1.Decision{Choice: "value", Digest: c.Digest}
	value.Value = ptr(text("Neither"))
	got, _ := want[v1.Conflict](s, 200, http.MethodPost, "/v1/conflicts/"+c.ID+"/decide?wait=30", value)
	if got.State != "resolved" || time.Since(start) > 25*time.Second {
		t.Errorf("after %s: %+v", time.Since(start), got)
	}
	if err := <-worked; err != nil {
		t.Fatal(err)
	}
	page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil)
	if page.Tickets[0].Title != "Neither" {
		t.Errorf("ticket: %+v", page.Tickets[0])
	}
}

// TestWhatWasDecidedBeforeTheValuesMoved: a decision holds a text that stands nowhere else, and is void
// as somebody edits outside before it is carried out. Whoever decides next sees that text.
func TestWhatWasDecidedBeforeTheValuesMoved(t *testing.T) {
	s := newService(t)
	p, c := disagree(s)
	path := "/v1/conflicts/" + c.ID
	want[v1.Conflict](s, 202, http.MethodPost, path+"/decide", v1.Decision{Choice: "value", Value: ptr(text("Both in one")), Digest: c.Digest, By: "ann"})
	s.outside(simulator.Act{Do: "edit", Issue: 1, Title: ptr("Sign-in fails again")})
	want[v1.Project](s, 202, http.MethodPost, "/v1/projects/"+p.ID+"/sync", nil)
	now, _ := want[v1.Conflict](s, 200, http.MethodGet, path, nil)
	if now.State != "open" || now.Value != nil || now.Earlier == nil || now.Earlier.Text() != "Both in one" {
		t.Errorf("shown anew: %+v", now)
	}
}

// TestDecideAndWaitForWhatMoved: a decision that is void by the time it is to be carried out is told as what it
// is, with the values of now, to whoever waits for it.
func TestDecideAndWaitForWhatMoved(t *testing.T) {
	s := newService(t)
	_, c := disagree(s)
	worked := make(chan error, 1)
	go func() {
		for got := s.call(http.MethodGet, "/v1/conflicts/"+c.ID, nil); got.Status == 200 && contains(got.Body, `"state":"open"`); {
			got = s.call(http.MethodGet, "/v1/conflicts/"+c.ID, nil)
		}
		s.Advance(2e9)
		_, err := s.Sim.Act(simulator.Act{Repo: apitest.Repo, Login: "bob", Do: "edit", Issue: 1, Title: ptr("Sign-in fails again")})
		worked <- errors.Join(err, s.Work(t.Context()))
	}()
	p := s.problem(s.call(http.MethodPost, "/v1/conflicts/"+c.ID+"/decide?wait=30", v1.Decision{Choice: "local", Digest: c.Digest}), v1.Moved)
	if p.Status != 409 || p.Conflict == nil || p.Conflict.State != "open" || p.Conflict.External.Text() != "Sign-in fails again" {
		t.Errorf("void: %+v", p.Conflict)
	}
	if err := <-worked; err != nil {
		t.Fatal(err)
	}
}

// TestDecideOnMovedValues: the answer shows the values of now, and deciding on those works.
func TestDecideOnMovedValues(t *testing.T) {
	s := newService(t)
	_, c := disagree(s)
	want[v1.Ticket](s, 200, http.MethodPatch, "/v1/tickets/"+c.Ticket, v1.TicketEdit{Title: ptr("Login fails on Tuesdays")}, "If-Match", `"2"`)
	path := "/v1/conflicts/" + c.ID + "/decide"
	p := s.problem(s.call(http.MethodPost, path, v1.Decision{Choice: "local", Digest: c.Digest}), v1.Moved)
	if p.Status != 409 || p.Conflict == nil || p.Conflict.Local.Text() != "Login fails on Tuesdays" || p.Conflict.Digest == c.Digest {
		t.Fatalf("moved: %+v", p.Conflict)
	}
	want[v1.Conflict](s, 202, http.MethodPost, path, v1.Decision{Choice: "local", Digest: p.Conflict.Digest})
}

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
)

// TestProjectLife connects a repository, looks at what came in, pauses, resumes,
// changes and disconnects it.
func TestProjectLife(t *testing.T) {
	s := newService(t)
	s.outside(simulator.Act{Do: "open", Title: ptr("Login fails"), Names: []string{"bug"}})
	p := s.connect()
	path := "/v1/projects/" + p.ID

	got, _ := want[v1.Project](s, 200, http.MethodGet, path, nil)
	if got.Status != "active" || got.Login != "extsync-bot" || got.Links == nil || got.Links.Tickets != 1 || got.SyncedAt.IsZero() {
		t.Fatalf("connected: %+v", got)
	}
	all, _ := want[v1.Projects](s, 200, http.MethodGet, "/v1/projects", nil)
	if len(all.Projects) != 1 || all.Projects[0].ID != p.ID {
		t.Fatalf("all: %+v", all)
	}

	got, _ = want[v1.Project](s, 200, http.MethodPost, path+"/pause", nil, "Extsync-Actor", "ann")
	if got.Status != "paused" || !strings.Contains(got.StatusReason, "ann") {
		t.Errorf("paused: %+v", got)
	}
	s.problem(s.call(http.MethodPost, path+"/sync", nil), v1.WrongStatus)
	got, _ = want[v1.Project](s, 200, http.MethodPost, path+"/resume", v1.Resume{Allow: true})
	if got.Status != "active" {
		t.Errorf("resumed: %+v", got)
	}
	want[v1.Project](s, 202, http.MethodPost, path+"/sync", v1.SyncRequest{Full: true})
	want[v1.Project](s, 202, http.MethodPost, path+"/sync", nil)

	got, _ = want[v1.Project](s, 200, http.MethodPatch, path, v1.ProjectChange{
		Direction: "pull", PollEvery: ptr(v1.Duration(5 * time.Minute)), Pace: &v1.Pace{WritesPerHour: 100},
		Strategies: []v1.NewStrategy{{Strategy: "local_wins"}, {Field: "title", Strategy: "external_wins", Confirm: true}, {Field: "body", Strategy: "external_wins"}},
		PassOn:     &[]v1.PassOn{{From: p.ID, To: p.ID}},
	}, "Extsync-Actor", "ann")
	if got.Direction != "pull" || got.PollEvery != v1.Duration(5*time.Minute) || got.Pace.WritesPerHour != 100 || len(got.PassOn) != 1 {
		t.Errorf("changed: %+v", got)
	}
	confirmed := map[string]string{}
	for _, st := range got.Strategies {
		confirmed[st.Field+"="+st.Strategy] = st.ConfirmedBy
	}
	if len(confirmed) != 3 || confirmed["title=external_wins"] != "ann" || confirmed["body=external_wins"] != "" {
		t.Errorf("strategies: %v", confirmed)
	}

	sessions, _ := want[v1.Sessions](s, 200, http.MethodGet, path+"/sessions", nil)
	if len(sessions.Sessions) != 3 || sessions.Sessions[2].Kind != "initial" || sessions.Sessions[2].Report.CreatedHere != 1 {
		t.Fatalf("sessions: %+v", sessions)
	}
	first, _ := want[v1.Session](s, 200, http.MethodGet, "/v1/sessions/"+sessions.Sessions[2].ID+"?limit=1", nil)
	if len(first.Steps) != 1 || first.Next == 0 || first.Steps[0].Reason == "" {
		t.Errorf("journal: %+v", first)
	}
	audit, _ := want[v1.Audit](s, 200, http.MethodGet, path+"/audit?limit=2", nil)
	if len(audit.Entries) != 2 || audit.Next != 2 || audit.Entries[0].Action != "connect" || audit.Entries[1].Prev != audit.Entries[0].Hash {
		t.Errorf("audit: %+v", audit)
	}

	got, _ = want[v1.Project](s, 200, http.MethodPost, path+"/disconnect", nil)
	if got.Status != "disconnected" {
		t.Errorf("disconnected: %+v", got)
	}
	s.problem(s.call(http.MethodPatch, path, v1.ProjectChange{Direction: "push"}), v1.WrongStatus)
	s.problem(s.call(http.MethodPost, path+"/resume", nil), v1.WrongStatus)
	if again := s.connect(); again.ID != p.ID {
		t.Errorf("connecting again must continue project %s, not begin %s", p.ID, again.ID)
	}
}

// TestASweepThatIsLate: whatever keeps a project from being swept, whoever looks at it reads so.
func TestASweepThatIsLate(t *testing.T) {
	s := newService(t)
	p := s.connect()
	path := "/v1/projects/" + p.ID
	want[v1.Project](s, 202, http.MethodPost, path+"/sync", v1.SyncRequest{Full: true})
	got, _ := want[v1.Project](s, 200, http.MethodGet, path, nil)
	if got.SweptAt.IsZero() || got.SweepOverdue {
		t.Errorf("after a sweep: swept %s, overdue %t", got.SweptAt, got.SweepOverdue)
	}
	s.Advance(49 * time.Hour)
	if got, _ = want[v1.Project](s, 200, http.MethodGet, path, nil); !got.SweepOverdue {
		t.Errorf("two days later: swept %s, overdue %t", got.SweptAt, got.SweepOverdue)
	}
}

// TestConnectRefused: each mistake is named, and nothing is stored.
func TestConnectRefused(t *testing.T) {
	for _, c := range []struct {
		reason string
		break_ func(*v1.NewProject, *service)
		uri    string
		says   string
	}{
		{"wrong token", func(n *v1.NewProject, _ *service) { n.Token = "ghp_wrong" }, v1.ExternalRefused, ""},
		{"missing permission, named", func(n *v1.NewProject, _ *service) { n.Token = apitest.ReadOnly }, v1.ExternalForbidden, "push access"},
		{"issues not readable", func(_ *v1.NewProject, s *service) {
			s.Repo.SetPrivate(true) // everyone reads the issues of a public one
			s.Sim.AddToken(apitest.Token, simulator.Token{Login: "extsync-bot", Push: true, Issues: simulator.PermissionNone})
		}, v1.ExternalForbidden, "Issues: read and write"},
		{"unknown repository", func(n *v1.NewProject, _ *service) { n.Address = "octo/none" }, v1.ExternalNotFound, ""},
		{"not a repository's name", func(n *v1.NewProject, _ *service) { n.Address = "octo" }, v1.ExternalInvalid, "owner/name"},
		{"not an address", func(n *v1.NewProject, _ *service) { n.APIURL = "ftp://x" }, v1.ExternalInvalid, "https://"},
		{"unknown system", func(n *v1.NewProject, _ *service) { n.System = "trello" }, v1.InvalidRequest, "known: github"},
		{"no token", func(n *v1.NewProject, _ *service) { n.Token = "" }, v1.InvalidRequest, "body.token"},
		{"unknown direction", func(n *v1.NewProject, _ *service) { n.Direction = "sideways" }, v1.InvalidRequest, "body.direction"},
		{"short webhook secret", func(n *v1.NewProject, _ *service) { n.WebhookSecret = "short" }, v1.InvalidRequest, "body.webhook_secret"},
		{"a server that only fails", func(_ *v1.NewProject, s *service) {
			s.Sim.Faults().Set(simulator.Fault{Kind: simulator.ServerError})
		}, v1.ExternalDown, "GitHub"},
		{"a host that does not answer", func(_ *v1.NewProject, s *service) {
			s.Sim.Faults().Set(simulator.Fault{Kind: simulator.RequestLost})
		}, v1.ExternalDown, "check the address"},
		{"a proxy's page in place of an API", func(_ *v1.NewProject, s *service) {
			s.Sim.Faults().Set(simulator.Fault{Kind: simulator.HTMLPage})
		}, v1.ExternalDown, "check the API address"},
		{"a limit", func(_ *v1.NewProject, s *service) {
			s.Sim.Faults().Set(simulator.Fault{Kind: simulator.SecondaryLimit})
		}, v1.ExternalLimited, "later"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			s := newService(t)
			n := newProject()
			c.break_(&n, s)
			p := s.problem(s.call(http.MethodPost, "/v1/projects", n), c.uri)
			if !strings.Contains(p.Error(), c.says) {
				t.Errorf("got %q, want it to say %q", p.Error(), c.says)
			}
			all, _ := want[v1.Projects](s, 200, http.MethodGet, "/v1/projects", nil)
			if len(all.Projects) != 0 {
				t.Errorf("something was stored: %+v", all)
			}
		})
	}
}

func TestConnectTwice(t *testing.T) {
	s := newService(t)
	p := s.connect()
	if got := s.problem(s.call(http.MethodPost, "/v1/projects", newProject()), v1.Exists); !strings.Contains(got.Detail, p.ID) {
		t.Errorf("it must name the project that there is: %s", got.Detail)
	}
}

// TestSetupNotStarted: the project is kept, and its setup can be started later.
func TestSetupNotStarted(t *testing.T) {
	s := newService(t)
	s.Break(errors.New("connection refused"))
	p := s.problem(s.call(http.MethodPost, "/v1/projects", newProject()), v1.Unavailable)
	all, _ := want[v1.Projects](s, 200, http.MethodGet, "/v1/projects", nil)
	id := all.Projects[0].ID
	if all.Projects[0].Status != "configuring" || !strings.Contains(p.Detail, "/v1/projects/"+id+"/setup") {
		t.Fatalf("%s: %+v", p.Detail, all)
	}
	s.problem(s.call(http.MethodPost, "/v1/projects/"+id+"/sync", nil), v1.WrongStatus)
	s.Break(nil)
	want[v1.Project](s, 202, http.MethodPost, "/v1/projects/"+id+"/setup", nil)
	if got, _ := want[v1.Project](s, 200, http.MethodGet, "/v1/projects/"+id, nil); got.Status != "active" {
		t.Errorf("set up: %+v", got)
	}
	s.problem(s.call(http.MethodPost, "/v1/projects/"+id+"/setup", nil), v1.WrongStatus)

	s.Break(errors.New("connection refused"))
	if got, _ := want[v1.Project](s, 200, http.MethodPost, "/v1/projects/"+id+"/pause", nil); got.Status != "paused" {
		t.Errorf("a pause counts from its row on, whether the workflow hears of it or not: %+v", got)
	}
	want[v1.Project](s, 200, http.MethodPost, "/v1/projects/"+id+"/resume", nil)
	s.problem(s.call(http.MethodPost, "/v1/projects/"+id+"/sync", nil), v1.Unavailable)
}

func TestHealth(t *testing.T) {
	s := newService(t)
	noToken := []string{"Authorization", ""}
	want[map[string]string](s, 200, http.MethodGet, "/healthz", nil, noToken...)
	want[map[string]string](s, 200, http.MethodGet, "/readyz", nil, noToken...)
	s.Break(errors.New("connection refused"))
	want[map[string]string](s, 200, http.MethodGet, "/healthz", nil, noToken...)
	p := s.problem(s.call(http.MethodGet, "/readyz", nil, noToken...), v1.Unavailable)
	if len(p.Errors) != 1 || p.Errors[0].Where != "workflows" {
		t.Errorf("it must name the part: %+v", p)
	}
}

// TestPreview: nothing leaves before the preview was approved.
func TestPreview(t *testing.T) {
	s := newService(t)
	want[v1.Ticket](s, 201, http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "goes out", Privacy: "public"})
	want[v1.Ticket](s, 201, http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "stays"})
	n := newProject()
	n.Preview = true
	p, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", n)
	path := "/v1/projects/" + p.ID
	st, _ := want[v1.Setup](s, 200, http.MethodGet, path+"/setup", nil)
	if !st.NeedsApproval || st.CreateOutside != 1 || st.Withheld != 1 || st.Done || st.Name != "preview and approval" {
		t.Fatalf("setup: %+v", st)
	}
	if issues, _ := s.Repo.Marked("extsync"); issues != 0 {
		t.Fatalf("%d issues were made", issues)
	}
	want[v1.Project](s, 202, http.MethodPost, path+"/approve", nil)
	if st, _ = want[v1.Setup](s, 200, http.MethodGet, path+"/setup", nil); !st.Done || st.Step != 8 {
		t.Fatalf("setup: %+v", st)
	}
	if issues, _ := s.Repo.Marked("extsync"); issues != 1 {
		t.Errorf("%d issues were made", issues)
	}
	s.problem(s.call(http.MethodPost, path+"/approve", nil), v1.WrongStatus)
}

// TestAnApprovalOfNothing: whoever approves while no preview waits is told, for nobody hears of it later.
func TestAnApprovalOfNothing(t *testing.T) {
	s := newService(t)
	s.Break(errors.New("connection refused"))
	s.problem(s.call(http.MethodPost, "/v1/projects", newProject()), v1.Unavailable)
	s.Break(nil)
	all, _ := want[v1.Projects](s, 200, http.MethodGet, "/v1/projects", nil)
	id := all.Projects[0].ID
	s.Sim.Faults().Set(simulator.Fault{Kind: simulator.ServerError})
	want[v1.Project](s, 202, http.MethodPost, "/v1/projects/"+id+"/setup", nil)
	got := s.problem(s.call(http.MethodPost, "/v1/projects/"+id+"/approve", nil), v1.WrongStatus)
	if !strings.Contains(got.Detail, "no preview waits") {
		t.Errorf("it says %s", got.Detail)
	}
}

// TestReplaceToken: a new credential is tried before it takes the old one's place, and whom it speaks
// as is known at once.
func TestReplaceToken(t *testing.T) {
	s := newService(t)
	p := s.connect()
	path := "/v1/projects/" + p.ID + "/token"
	s.problem(s.call(http.MethodPut, path, v1.Token{Token: "ghp_wrong"}), v1.ExternalRefused)
	want[v1.Project](s, 202, http.MethodPost, "/v1/projects/"+p.ID+"/sync", nil)

	s.Sim.AddToken("ghp_next", simulator.Token{Login: "another-bot", Push: true})
	s.Sim.AddToken(apitest.Token, simulator.Token{Login: "extsync-bot", Revoked: true})
	want[v1.Project](s, 202, http.MethodPost, "/v1/projects/"+p.ID+"/sync", nil)
	if got, _ := want[v1.Project](s, 200, http.MethodGet, "/v1/projects/"+p.ID, nil); got.Status != "error" {
		t.Fatalf("a revoked token: %+v", got)
	}
	if got, _ := want[v1.Project](s, 200, http.MethodPut, path, v1.Token{Token: "ghp_next"}); got.Login != "another-bot" {
		t.Errorf("it speaks as %q, and what that account makes would pass for somebody's", got.Login)
	}
	if err := s.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ := want[v1.Project](s, 200, http.MethodGet, "/v1/projects/"+p.ID, nil); got.Status != "active" {
		t.Errorf("it recovers by itself: %+v", got)
	}
	want[v1.Project](s, 200, http.MethodPost, "/v1/projects/"+p.ID+"/disconnect", nil)
	s.problem(s.call(http.MethodPut, path, v1.Token{Token: "ghp_next"}), v1.WrongStatus)
}

// TestDirectionOpens: what drifted while it might not flow, flows once it may.
func TestDirectionOpens(t *testing.T) {
	s := newService(t)
	s.outside(simulator.Act{Do: "open", Title: ptr("Login fails")})
	n := newProject()
	n.Direction = "pull"
	p, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", n)
	page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil)
	want[v1.Ticket](s, 200, http.MethodPatch, "/v1/tickets/"+page.Tickets[0].ID, v1.TicketEdit{Title: ptr("Login fails on Mondays")}, "If-Match", `"1"`)
	want[v1.Project](s, 202, http.MethodPost, "/v1/projects/"+p.ID+"/sync", nil)
	sessions, _ := want[v1.Sessions](s, 200, http.MethodGet, "/v1/projects/"+p.ID+"/sessions", nil)
	if r := sessions.Sessions[0].Report; r.Drift != 1 || r.Writes != 0 {
		t.Fatalf("while it may only be pulled: %+v", r)
	}
	want[v1.Project](s, 200, http.MethodPatch, "/v1/projects/"+p.ID, v1.ProjectChange{Direction: "bidirectional"})
	if err := s.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	sessions, _ = want[v1.Sessions](s, 200, http.MethodGet, "/v1/projects/"+p.ID+"/sessions", nil)
	if r := sessions.Sessions[0].Report; r.PushedOutside != 1 {
		t.Errorf("once it may go both ways: %+v", r)
	}
}

package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/store"
)

// setAside puts the links of a project aside, one state after the other.
func (s *service) setAside(projectID string, states ...store.LinkState) []string {
	s.t.Helper()
	ctx := s.t.Context()
	var ids []string
	err := s.Store.Tx(ctx, func(tx store.Tx) error {
		links, err := tx.LinksOf(ctx, projectID, external.KindTicket, "", len(states))
		if err != nil {
			return err
		}
		for i, l := range links {
			l.State, l.Reason, l.Attempts, l.FirstTry = states[i], "it failed "+string(states[i]), 5, s.Engine.Clock.Now()
			l.NextTry = l.FirstTry.Add(100 * time.Hour)
			if err := tx.UpdateLink(ctx, l); err != nil {
				return err
			}
			ids = append(ids, l.ID)
		}
		return nil
	})
	if err != nil || len(ids) != len(states) {
		s.t.Fatalf("%d links set aside, want %d: %v", len(ids), len(states), err)
	}
	return ids
}

func (s *service) audited(projectID, action string) (out []v1.AuditEntry) {
	s.t.Helper()
	log, _ := want[v1.Audit](s, 200, http.MethodGet, "/v1/projects/"+projectID+"/audit?limit=1000", nil)
	for _, e := range log.Entries {
		if e.Action == action {
			out = append(out, e)
		}
	}
	return out
}

// TestWhatWaitsForAPerson: it is listed with its reason, and put back to work.
func TestWhatWaitsForAPerson(t *testing.T) {
	s := newService(t)
	for _, title := range []string{"one", "two", "three", "four"} {
		s.outside(simulator.Act{Do: "open", Title: ptr(title)})
	}
	p := s.connect()
	path := "/v1/projects/" + p.ID
	ids := s.setAside(p.ID, store.Quarantined, store.ParkedLink, store.MaybeGone, store.Quarantined)

	all, _ := want[v1.Asides](s, 200, http.MethodGet, path+"/links", nil)
	if len(all.Asides) != 4 || all.Next != "" {
		t.Fatalf("all: %+v", all)
	}
	first := all.Asides[0]
	if first.Link != ids[0] || first.State != "quarantined" || first.Reason != "it failed quarantined" || first.Tries != 5 || first.Title == "" || first.Key == "" {
		t.Errorf("the first: %+v", first)
	}
	page, _ := want[v1.Asides](s, 200, http.MethodGet, path+"/links?limit=1&state=quarantined", nil)
	if len(page.Asides) != 1 || page.Next != ids[0] {
		t.Errorf("a page: %+v", page)
	}
	page, _ = want[v1.Asides](s, 200, http.MethodGet, path+"/links?state=quarantined&after="+page.Next, nil)
	if len(page.Asides) != 1 || page.Asides[0].Link != ids[3] {
		t.Errorf("the next page: %+v", page)
	}
	s.problem(s.call(http.MethodGet, path+"/links?state=live", nil), v1.InvalidRequest)

	missing := s.problem(s.call(http.MethodPost, path+"/retry", v1.Retry{Links: []string{"nonsense"}}), v1.NotFound)
	if !strings.Contains(missing.Detail, "nonsense") {
		t.Errorf("a link that does not wait: %s", missing.Detail)
	}
	one, _ := want[v1.Retried](s, 202, http.MethodPost, path+"/retry", v1.Retry{Links: ids[:1]}, "Extsync-Actor", "ann")
	if one.Links != 1 || s.pending() == 0 {
		t.Errorf("one: %+v, %d wake-ups", one, s.pending())
	}
	rest, _ := want[v1.Retried](s, 202, http.MethodPost, path+"/retry", nil)
	if rest.Links != 2 {
		t.Errorf("the rest: %+v; what is gone outside cannot be tried", rest)
	}
	if log := s.audited(p.ID, "retry"); len(log) != 3 || log[0].Actor != "ann" || log[0].Subject != ids[0] {
		t.Errorf("audit: %+v", log)
	}
	if err := s.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, _ := want[v1.Asides](s, 200, http.MethodGet, path+"/links", nil)
	if len(left.Asides) > 1 || len(left.Asides) == 1 && left.Asides[0].Link != ids[2] {
		t.Errorf("left: %+v", left)
	}
	got, _ := want[v1.Project](s, 200, http.MethodGet, path, nil)
	if got.Links.Waiting != 0 {
		t.Errorf("what was put back to work must have been planned: %+v", got.Links)
	}
	want[v1.Project](s, 200, http.MethodPost, path+"/pause", nil)
	s.problem(s.call(http.MethodPost, path+"/retry", nil), v1.WrongStatus)
}

// TestWhatWaitsBehindAThousand: what was deleted outside in bulk waits for decisions, and what
// failed can be tried all the same.
func TestWhatWaitsBehindAThousand(t *testing.T) {
	s := newService(t)
	for _, title := range []string{"one", "two"} {
		s.outside(simulator.Act{Do: "open", Title: ptr(title)})
	}
	p := s.connect()
	failed := s.setAside(p.ID, store.Quarantined, store.Quarantined)
	err := s.Store.Tx(t.Context(), func(tx store.Tx) error {
		for n := range 1000 { // their ids come before all others
			l := store.Link{
				ID: fmt.Sprintf("00000000-0000-0000-0000-%012d", n), ProjectID: p.ID, Kind: external.KindTicket,
				ExternalID: fmt.Sprint("gone", n), State: store.MaybeGone, CreatedAt: s.Engine.Clock.Now(),
			}
			if err := tx.InsertLink(t.Context(), l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, named := range [][]string{failed[:1], nil} { // one by its name, then what is left
		if got, _ := want[v1.Retried](s, 202, http.MethodPost, "/v1/projects/"+p.ID+"/retry", v1.Retry{Links: named}); got.Links != 1 {
			t.Errorf("retry of %v: %d links put back to work, want 1", named, got.Links)
		}
	}
}

// TestPassOn: a rule stands with the project that tickets may reach, and says who made it.
func TestPassOn(t *testing.T) {
	s := newService(t)
	from := s.connect()
	s.Sim.AddRepo("octo", "other")
	n := newProject()
	n.Address = "octo/other"
	to, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", n)
	path := "/v1/projects/" + to.ID + "/pass-on/"
	rule := []v1.PassOn{{From: from.ID, To: to.ID}}
	for range 2 { // once is enough, twice is no mistake
		got, _ := want[v1.Project](s, 200, http.MethodPut, path+from.ID, nil, "Extsync-Actor", "ann")
		if !slices.Equal(got.PassOn, rule) {
			t.Errorf("made: %+v", got.PassOn)
		}
	}
	if log := s.audited(to.ID, "pass on"); len(log) != 2 || log[0].Actor != "ann" || log[0].Subject != from.ID {
		t.Errorf("audit: %+v", log)
	}
	s.problem(s.call(http.MethodPut, path+to.ID, nil), v1.InvalidRequest)
	s.problem(s.call(http.MethodPut, path+"00000000-0000-4000-8000-00000000dead", nil), v1.NotFound)
	s.problem(s.call(http.MethodPut, path+"other", nil), v1.NotFound)
	wrong := s.problem(s.call(http.MethodPatch, "/v1/projects/"+from.ID, v1.ProjectChange{PassOn: &rule}), v1.InvalidRequest)
	if !strings.Contains(wrong.Detail, "to must be this project") {
		t.Errorf("a rule with the wrong project: %s", wrong.Detail)
	}
	got, _ := want[v1.Project](s, 200, http.MethodDelete, path+from.ID, nil)
	if len(got.PassOn) != 0 || len(s.audited(to.ID, "stop passing on")) != 1 {
		t.Errorf("taken back: %+v", got.PassOn)
	}
}

// TestSystems: what can be connected is described, each word one of the schema.
func TestSystems(t *testing.T) {
	s := newService(t)
	all, _ := want[v1.Systems](s, 200, http.MethodGet, "/v1/systems", nil)
	i := slices.IndexFunc(all.Systems, func(x v1.System) bool { return x.System == "github" })
	if i < 0 {
		t.Fatalf("no github among %d systems", len(all.Systems))
	}
	g := all.Systems[i]
	if g.CreateKey != "marker" || len(g.Directions) != 3 || !g.Webhooks || g.Limits.WritesPerHour != 500 || g.Custom != nil {
		t.Errorf("github: %+v", g)
	}
	want := v1.SystemField{Name: "title", Type: "text", MaxLength: 256, History: "full"}
	if g.Fields[0] != want {
		t.Errorf("its first field: %+v", g.Fields[0])
	}
}

// TestLessPassedOnIsTakenBack: whichever way a rule that passes tickets on ends, what left by it is taken
// back as the project's rules say.
func TestLessPassedOnIsTakenBack(t *testing.T) {
	s := newService(t)
	s.outside(simulator.Act{Do: "open", Title: ptr("what only some may see")})
	from := s.connect()
	other := s.Sim.AddRepo("octo", "other")
	n := newProject()
	n.Address = "octo/other"
	to, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", n)
	path := "/v1/projects/" + to.ID
	want[v1.Rules](s, 200, http.MethodPatch, path+"/rules", v1.RulesChange{Default: "redact"})
	standing := func() int {
		t.Helper()
		for range 3 {
			if err := s.Work(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.Advance(time.Minute)
		}
		issues, _ := other.Marked("what only some may see")
		return issues
	}
	rule := []v1.PassOn{{From: from.ID, To: to.ID}}
	want[v1.Project](s, 200, http.MethodPatch, path, v1.ProjectChange{PassOn: &rule})
	if got := standing(); got != 1 {
		t.Fatalf("passed on: %d issues, want 1", got)
	}
	want[v1.Project](s, 200, http.MethodPatch, path, v1.ProjectChange{PassOn: &[]v1.PassOn{}})
	if got := standing(); got != 0 {
		t.Errorf("%d issues still say what may not be there any more, want 0", got)
	}
}

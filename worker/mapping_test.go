package worker_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/extsync/extsync/activities"
	githubadapter "github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
	"github.com/extsync/extsync/workflows"
)

// reviewed waits until a version is under review, and returns what is shown of it.
func (s *stack) reviewed(version int) (st workflows.MappingState) {
	s.t.Helper()
	s.eventually("a mapping is under review", func() bool {
		got, err := workflows.ReadMapping(s.ctx, s.Temporal, s.project)
		st = got
		return err == nil && st.Step == workflows.MappingReview && st.Draft.Version == version
	})
	return st
}

func (s *stack) mappings() (list []store.MappingVersion) {
	s.t.Helper()
	s.view(func(tx store.Tx) (err error) {
		list, err = tx.ListMappings(s.ctx, s.project)
		return err
	})
	return list
}

// TestAMappingIsReviewedBeforeAnythingIsSynchronised: on the real stack, a person edits
// the proposal and confirms the edit; labels then come in and do not go out.
func TestAMappingIsReviewedBeforeAnythingIsSynchronised(t *testing.T) {
	s := newStack(t)
	title := "Login fails"
	_, err := s.sim.Act(github.Act{Repo: repoName, Login: "bob", Do: "open", Title: &title, Names: []string{"bug"}})
	s.must(err)
	s.create(0, token)
	s.must(workflows.StartSetup(s.ctx, s.Temporal, workflows.SetupInput{
		ProjectID: s.project, System: githubadapter.System, Key: repoName, By: "op", AutoApprove: true, Mapping: workflows.MappingByReview,
	}))
	st := s.reviewed(1)
	if st.Verdict.Errors != 0 || st.Draft.Mapped == 0 || st.Trial.Outside != 1 || st.Trial.Exact == 0 || st.Trial.Lossy+st.Trial.Withheld != 0 {
		t.Errorf("the proposal: %+v", st)
	}
	if len(s.sessions()) != 0 || len(s.tickets()) != 0 {
		t.Error("something was synchronised before the mapping was confirmed")
	}

	desk := s.Mappings()
	_, m, err := desk.Load(s.ctx, s.project, 1)
	s.must(err)
	i := slices.IndexFunc(m.Tickets, func(r mapping.Rule) bool { return r.Field == ticket.Labels })
	m.Tickets = slices.Clone(m.Tickets)
	m.Tickets[i].Direction = mapping.In
	v, found, err := desk.Add(s.ctx, s.project, "ann", m)
	s.must(err)
	if v.Version != 2 || mapping.Failed(found) {
		t.Fatalf("the edit is version %d: %+v", v.Version, found)
	}
	word := activities.MappingOrder{ProjectID: s.project, Version: 2, By: "ann"}
	s.must(workflows.SignalMappingEdit(s.ctx, s.Temporal, word))
	if st := s.reviewed(2); st.Verdict.Errors != 0 {
		t.Errorf("the edit: %+v", st)
	}
	s.must(workflows.SignalMappingConfirm(s.ctx, s.Temporal, word))
	out := s.setUpEnds()
	if out.Mapping != 2 {
		t.Errorf("the setup ended with %+v", out)
	}
	if all := s.mappings(); all[0].State != store.MappingActive || all[0].ActivatedBy != "ann" || all[1].State != store.MappingDraft {
		t.Errorf("versions: %+v", all)
	}

	s.quiet()
	one := s.tickets()[0]
	if got := one.Fields[ticket.Labels].Elements(); !slices.Equal(got, []string{"bug"}) {
		t.Errorf("labels came in as %v", got)
	}
	_, err = s.Engine.EditTicket(s.ctx, one.ID, ticket.Patch{Seen: one.Revision, By: "ann", Set: ticket.Fields{ticket.Labels: ticket.Set("bug", "ours")}})
	s.must(err)
	s.walk()
	s.quiet()
	for _, x := range s.sessions() {
		if x.Counts.Writes != 0 {
			t.Errorf("a field that only comes in went out: %+v", x.Counts)
		}
	}
}

// TestTheDeskMakesNoVersionTwice: an activity is repeated when its answer is lost.
func TestTheDeskMakesNoVersionTwice(t *testing.T) {
	s := newStack(t)
	s.connect(0)
	desk := s.Mappings()
	for range 2 {
		v, p, err := desk.Propose(s.ctx, s.project, "ann")
		s.must(err)
		if v.Version != 1 || len(p.Warnings) != 0 {
			t.Errorf("version %d, warnings %v", v.Version, p.Warnings)
		}
	}
	for range 2 {
		if found, err := desk.Activate(s.ctx, s.project, 1, "ann"); err != nil || mapping.Failed(found) {
			t.Fatalf("activate: %v, %+v", err, found)
		}
	}
	broken := mapping.Mapping{Tickets: []mapping.Rule{{Field: ticket.Title, External: []string{"headline"}, Convert: mapping.Same}}}
	v, found, err := desk.Add(s.ctx, s.project, "ann", broken)
	s.must(err)
	if v.Version != 2 || !mapping.Failed(found) {
		t.Fatalf("a mapping to a field that does not exist: version %d, %+v", v.Version, found)
	}
	if found, err := desk.Activate(s.ctx, s.project, 2, "ann"); err != nil || !mapping.Failed(found) {
		t.Errorf("it was put in force: %v, %+v", err, found)
	}
	all := s.mappings()
	if len(all) != 2 || all[1].State != store.MappingActive || !json.Valid(all[1].Document) {
		t.Errorf("versions: %+v", all)
	}
}

// TestAMappingOutlivesTheConnection: ann says whose account is whose, somebody disconnects the project and
// connects it again. Her mapping stays in force, and nothing changes here.
func TestAMappingOutlivesTheConnection(t *testing.T) {
	s := newStack(t)
	title := "Login fails"
	_, err := s.sim.Act(github.Act{Repo: repoName, Login: "bob", Do: "open", Title: &title, Names: []string{"bug"}})
	s.must(err)
	again := workflows.SetupInput{System: githubadapter.System, Key: repoName, By: "op", AutoApprove: true, Mapping: workflows.MappingAuto}
	s.create(0, token)
	again.ProjectID = s.project
	s.must(workflows.StartSetupAnew(s.ctx, s.Temporal, again))
	s.setUpEnds()

	desk := s.Mappings()
	_, m, err := desk.Load(s.ctx, s.project, 0)
	s.must(err)
	m.Users, err = mapping.NewUsers(map[string]string{"bertha": "bob"})
	s.must(err)
	v, _, err := desk.Add(s.ctx, s.project, "ann", m)
	s.must(err)
	found, err := desk.Activate(s.ctx, s.project, v.Version, "ann")
	s.must(err)
	if mapping.Failed(found) {
		t.Fatalf("her mapping: %+v", found)
	}
	s.quiet()

	_, err = s.Engine.Disconnect(s.ctx, s.project, "op")
	s.must(err)
	s.create(0, token)
	s.must(workflows.StartSetupAnew(s.ctx, s.Temporal, again))
	if out := s.setUpEnds(); out.Mapping != v.Version {
		t.Errorf("the setup ended with version %d; ann's is %d", out.Mapping, v.Version)
	}
	if all := s.mappings(); len(all) != 2 || all[0].State != store.MappingActive || all[0].ActivatedBy != "ann" {
		t.Errorf("there are %d versions, the newest %s, put in force by %s", len(all), all[0].State, all[0].ActivatedBy)
	}
}

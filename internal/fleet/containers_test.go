package fleet_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
	jiramodel "github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// stones is a GitHub whose milestones are made, renamed and deleted outside, which no list tells.
type stones struct {
	*world
	repo   *github.Repo
	member *fleet.Member
}

func newStones(t *testing.T, seed uint64) *stones {
	t.Helper()
	w := newWorld(t, fleet.Options{Seed: seed, Allow: true})
	site := w.GitHub()
	m, err := w.Connect(t.Context(), fleet.Spec{Site: site})
	w.must(err)
	return &stones{world: w, repo: site.Repo, member: m}
}

// create makes a ticket here that names a milestone; empty: none.
func (s *stones) create(title, milestone string) string {
	s.Helper()
	made, err := s.Engine.CreateTicket(s.Context(), ticket.Fields{ticket.Title: ticket.Text(title), ticket.Milestone: ticket.Text(milestone)}, ticket.Public, "ada")
	s.must(err)
	s.settle()
	return made.ID
}

// put names another milestone here.
func (s *stones) put(id, milestone string) {
	s.Helper()
	s.must(s.EditLocal(s.Context(), "ada", id, ticket.Fields{ticket.Milestone: ticket.Text(milestone)}))
}

// drop deletes a milestone outside.
func (s *stones) drop(title string) {
	s.repo.View(func(r *model.Repo) { r.DeleteMilestone(titled(r, title)) })
}

// rename gives a milestone another title outside.
func (s *stones) rename(from, to string) {
	s.Helper()
	var err error
	s.repo.View(func(r *model.Repo) { err = r.EditMilestone(titled(r, from), model.MilestonePatch{Title: &to}) })
	s.must(err)
}

func titled(r *model.Repo, title string) *model.Milestone {
	for _, m := range r.Milestones() {
		if m.Title == title {
			return m
		}
	}
	return nil
}

// stands fails unless an issue is in a milestone.
func (s *stones) stands(title, want string) {
	s.Helper()
	got := ""
	s.repo.View(func(r *model.Repo) {
		for _, i := range r.All(false) {
			if i.Title == title && i.Milestone != nil {
				got = i.Milestone.Title
			}
		}
	})
	if got != want {
		s.Errorf("%s is in %q, want %q", title, got, want)
	}
}

// asksNobody fails if anything waits for a person.
func (s *stones) asksNobody() {
	s.Helper()
	open, err := s.Conflicts(s.Context(), nil)
	s.must(err)
	for _, c := range open {
		s.Errorf("asked: %s of %s: %s", c.Kind, c.Field, c.Reason)
	}
}

// TestAMilestoneThatIsNotThereAnyMore: somebody deletes a milestone outside, which no list tells.
// A ticket that names it here gets one of that name all the same, whether it is new or not.
func TestAMilestoneThatIsNotThereAnyMore(t *testing.T) {
	t.Parallel()
	s := newStones(t, 12)
	s.create("one", "v1")
	two := s.create("two", "")
	s.stands("one", "v1")
	s.drop("v1")
	s.create("three", "v1")
	s.put(two, "v1")
	s.settle()
	s.stands("two", "v1")
	s.stands("three", "v1")
	s.asksNobody()
}

// TestAMilestoneThatBearsAnothersName: one milestone is deleted outside, and another one gets its
// title. The session that reads the milestones anew knows each by its title from then on.
func TestAMilestoneThatBearsAnothersName(t *testing.T) {
	t.Parallel()
	s := newStones(t, 13)
	s.create("one", "v1")
	s.create("two", "v2")
	s.drop("v2")
	s.rename("v1", "v2")
	s.Clock.Advance(25 * time.Hour)
	s.create("three", "v3") // which nobody knows: all are read
	s.create("four", "v2")
	s.create("five", "v1")
	s.stands("three", "v3")
	s.stands("four", "v2")
	s.stands("five", "v1")
	s.asksNobody()
}

// TestAMilestoneThatIsRenamed: a ticket that names the old title gets a milestone of that title,
// and does not go into the one that has another title by now.
func TestAMilestoneThatIsRenamed(t *testing.T) {
	t.Parallel()
	s := newStones(t, 14)
	s.create("one", "v1")
	two := s.create("two", "")
	s.rename("v1", "v1.0")
	s.put(two, "v1")
	s.create("three", "v1")
	s.stands("two", "v1")
	s.stands("three", "v1")
	s.stands("one", "v1.0")
	s.asksNobody()
}

// TestAnUndoNamesAMilestoneThatIsNotThereAnyMore: a session took a ticket out of a milestone that
// was deleted outside since. Its undo puts the ticket into one of that name.
func TestAnUndoNamesAMilestoneThatIsNotThereAnyMore(t *testing.T) {
	t.Parallel()
	s := newStones(t, 15)
	one := s.create("one", "v1")
	s.create("two", "v1")
	s.put(one, "")
	did := s.one(s.member)
	s.stands("one", "")
	s.drop("v1")
	_, _, err := s.Rollback(s.Context(), did.ID)
	s.must(err)
	s.stands("one", "v1")
}

// TestASprintThatIsMadeLater: nobody but the team makes sprints. One that is named here before it is there is refused, and who
// makes it then, as he is told, and decides for ours once more, has the ticket in it; so has who names one made a moment ago.
func TestASprintThatIsMadeLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fleet.Options{Seed: 15, Allow: true})
	site, err := w.Jira(fleet.JiraOptions{})
	w.must(err)
	board := site.Project.AddBoard("the team's")
	sprint := func(name string) {
		_, err := site.Sim.AddSprint(board, name, "active")
		w.must(err)
	}
	sprint("Sprint 1")
	m, err := w.Connect(t.Context(), fleet.Spec{Site: site})
	w.must(err)
	made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a ticket"), ticket.Iteration: ticket.Text("Sprint 1")}, ticket.Public, "ada")
	w.must(err)
	w.settle()
	for n, told := range []bool{true, false} {
		w.Clock.Advance(time.Hour)
		name := fmt.Sprintf("Sprint %d", n+2)
		if !told {
			sprint(name)
		}
		w.must(w.EditLocal(t.Context(), "ada", made.ID, ticket.Fields{ticket.Iteration: ticket.Text(name)}))
		w.settle()
		open, err := w.Conflicts(t.Context(), nil)
		w.must(err)
		if told {
			if len(open) != 1 {
				t.Fatalf("a person is asked %+v, want once", open)
			}
			sprint(name)
			w.Clock.Advance(5 * time.Minute)
			_, err = w.Engine.Decide(t.Context(), open[0].ID, engine.Decision{Choice: store.ChooseLocal, Digest: open[0].Digest, By: "ada"})
			w.must(err)
			w.settle()
		}
		if open, err = w.Conflicts(t.Context(), nil); err != nil || len(open) > 0 {
			t.Errorf("%s: a person is asked %+v (%v)", name, open, err)
		}
		l, err := w.LinkOf(t.Context(), m, made.ID)
		w.must(err)
		site.Sim.World(func(jira *jiramodel.World) {
			if in := jira.Issue(l.ExternalID).Sprints(); len(in) == 0 || in[len(in)-1].Name != name {
				t.Errorf("it is in %d sprints, want it in %s", len(in), name)
			}
		})
	}
	w.quiet()
}

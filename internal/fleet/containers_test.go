package fleet_test

import (
	"testing"

	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/ticket"
)

// TestAMilestoneThatIsNotThereAnyMore: somebody deletes a milestone outside, which no list tells.
// A ticket that names it here gets one of that name all the same, whether it is new or not.
func TestAMilestoneThatIsNotThereAnyMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fleet.Options{Seed: 12, Allow: true})
	site := w.GitHub()
	_, err := w.Connect(t.Context(), fleet.Spec{Site: site})
	w.must(err)
	create := func(title, milestone string) string {
		made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text(title), ticket.Milestone: ticket.Text(milestone)}, ticket.Public, "ada")
		w.must(err)
		w.settle()
		return made.ID
	}
	stone := func(title string) (name string) {
		site.Repo.View(func(r *model.Repo) {
			for _, i := range r.All(false) {
				if i.Title == title && i.Milestone != nil {
					name = i.Milestone.Title
				}
			}
		})
		return name
	}
	create("one", "v1")
	two := create("two", "")
	if got := stone("one"); got != "v1" {
		t.Fatalf("before: %q", got)
	}
	site.Repo.View(func(r *model.Repo) { r.DeleteMilestone(r.Milestones()[0]) })
	create("three", "v1")
	w.must(w.EditLocal(t.Context(), "ada", two, ticket.Fields{ticket.Milestone: ticket.Text("v1")}))
	w.settle()
	for _, title := range []string{"two", "three"} {
		if got := stone(title); got != "v1" {
			t.Errorf("%s is in %q, want v1", title, got)
		}
	}
	open, err := w.Conflicts(t.Context(), nil)
	w.must(err)
	for _, c := range open {
		t.Errorf("asked: %s of %s: %s", c.Kind, c.Field, c.Reason)
	}
}

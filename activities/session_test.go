package activities_test

import (
	"context"
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestAStepWhoseDatabaseGoesBack: the database is restored from a backup while a step of a
// session goes on. The step finds out itself, and every project is read anew.
func TestAStepWhoseDatabaseGoesBack(t *testing.T) {
	w := newWorld(t)
	w.mem.Backup()
	for range 3 {
		w.session()
	}
	steps := &activities.Session{Engine: w.engine}
	run := activities.SessionRun{ProjectID: w.project, SessionID: "under-way", Kind: activities.Incremental}
	w.onCall = w.mem.Restore
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(steps.Observe)
	if _, err := env.ExecuteActivity(steps.Observe, activities.ObserveInput{SessionRun: run, Walk: true}); activities.KindOf(err) != activities.Fenced {
		t.Errorf("the step ended with %v", err)
	}
	w.must(w.engine.Store.Tx(t.Context(), func(tx store.Tx) error {
		p, err := tx.Project(context.Background(), w.project)
		if !p.Restored.Open() {
			t.Error("nobody knows that the database was restored")
		}
		return err
	}))
}

// TestAStepRestsWhenItsTimeIsUp: the time is a span by the worker's own clock, which is
// weeks from Temporal's here.
func TestAStepRestsWhenItsTimeIsUp(t *testing.T) {
	for _, c := range []struct {
		reason string
		within time.Duration
		rests  bool
	}{
		{"there is time left after a slow call", 10 * time.Minute, false},
		{"a slow call took all of it", 5 * time.Minute, true},
		{"no time is set", 0, false},
	} {
		t.Run(c.reason, func(t *testing.T) {
			w := newWorld(t)
			_, err := w.engine.CreateTicket(t.Context(), ticket.Fields{"title": ticket.Text("ours")}, ticket.Public, "ann")
			w.must(err)
			run := activities.SessionRun{ProjectID: w.project, SessionID: "slow", Kind: activities.Incremental}
			steps := &activities.Session{Engine: w.engine}
			activity[activities.Observed](w, steps.Observe, activities.ObserveInput{SessionRun: run})
			w.onCall = func() { w.clock.now = w.clock.now.Add(6 * time.Minute) }
			p := activity[activities.Progress](w, steps.Sync, activities.SyncInput{SessionRun: run, Limit: 100, Within: c.within})
			if p.More != c.rests || (p.Tickets == 0) != c.rests {
				t.Errorf("planned %d tickets, more are left: %t", p.Tickets, p.More)
			}
		})
	}
}

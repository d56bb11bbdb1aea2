package activities_test

import (
	"context"
	"testing"

	"go.temporal.io/sdk/testsuite"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/store"
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

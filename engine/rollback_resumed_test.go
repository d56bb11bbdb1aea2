package engine_test

import (
	"context"
	"errors"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// resumed has something happen right before the next transaction that locks a project, once.
type resumed struct {
	store.Store
	then func()
}

func (r *resumed) Tx(ctx context.Context, fn func(store.Tx) error) error {
	if then := r.then; then != nil && errors.Is(r.Store.Tx(ctx, func(tx store.Tx) error { return fn(lockless{tx}) }), errLocks) {
		r.then = nil
		then()
	}
	return r.Store.Tx(ctx, fn)
}

var errLocks = errors.New("it locks a project")

type lockless struct{ store.Tx }

func (lockless) ProjectForUpdate(context.Context, string) (store.Project, error) {
	return store.Project{}, errLocks
}

// TestASessionThatGoesOnIsNotRolledBack: a session was stopped by a pause, and somebody approves of its
// rollback. While what he has seen is looked at once more, somebody else resumes, and the session goes on:
// what it does from now on nobody has approved of to be undone.
func TestASessionThatGoesOnIsNotRolledBack(t *testing.T) {
	w := newWorld(t)
	s := &resumed{Store: w.store}
	w.engine = w.over(s)
	p := w.connect("octo/hello", memory.Options{})
	w.create("ours", ticket.Public)
	r, err := w.engine.Begin(t.Context(), "stopped", p.ID, store.Incremental)
	w.must(err)
	_, err = w.engine.Sync(t.Context(), r, 10)
	w.must(err)
	_, err = w.engine.Record(t.Context(), r, engine.Outcome{State: store.Stopped, Reason: "paused"})
	w.must(err)
	pv, err := w.engine.PreviewRollback(t.Context(), "stopped")
	w.must(err)
	s.then = func() {
		_, err := w.engine.Begin(t.Context(), "stopped", p.ID, store.Incremental)
		w.must(err)
	}
	_, _, err = w.engine.OrderRollback(t.Context(), "stopped", pv.Digest, "op")
	if !errors.Is(err, engine.ErrRunning) || s.then != nil {
		t.Errorf("its rollback is ordered: %v", err)
	}
}

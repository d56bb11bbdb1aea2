package engine_test

import (
	"errors"
	"testing"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// TestNothingGoesOnPastAWish: a setup that asked nobody, for nobody wanted to see the preview, comes too late
// where somebody wants to by now. Once he has approved it, it goes on.
func TestNothingGoesOnPastAWish(t *testing.T) {
	w := newWorld(t)
	p, err := w.engine.CreateProject(t.Context(), engine.Connection{System: "memory", Key: "octo/hello", By: "op"},
		func(string) ([]byte, error) { return []byte("sealed"), nil })
	w.must(err)
	_, err = w.engine.Configure(t.Context(), p.ID, "ann", func(p *store.Project) error { p.Wishes.Preview = true; return nil })
	w.must(err)
	if _, err = w.engine.ActivateUnasked(t.Context(), p.ID, "op", engine.Preview{}); !errors.Is(err, store.ErrStale) {
		t.Errorf("it went on: %v", err)
	}
	if got := w.project(p.ID).Status; got != external.Configuring {
		t.Errorf("it is %s", got)
	}
	if _, err = w.engine.Activate(t.Context(), p.ID, "ann", engine.Preview{}); err != nil {
		t.Errorf("approved: %v", err)
	}
}

package engine_test

import (
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// flows sets the direction of a project.
func (w *world) flows(p store.Project, d external.Direction) {
	w.t.Helper()
	_, err := w.engine.Configure(w.t.Context(), p.ID, "op", func(row *store.Project) error { row.Direction = d; return nil })
	w.must(err)
}

// TestDirectionChangedInTheMiddleOfASession: somebody says that nothing is to leave for a project any more
// while a session writes to it. No call begins after his word; what he said no more about is told then.
func TestDirectionChangedInTheMiddleOfASession(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("done"), ticket.State: ticket.Text(ticket.StateDone)}, ticket.Public)
	writes := 0
	w.watch(func(call string) error {
		if call == "write" {
			if writes++; writes == 1 {
				w.flows(p, external.Pull)
			}
		}
		return nil
	}, func(string) {})
	w.sync(p.ID)
	if writes != 1 {
		t.Errorf("%d writes, the last of them after the direction was %s", writes, external.Pull)
	}
	w.wrap = nil
	w.flows(p, external.Bidirectional)
	w.syncs(p.ID, 2)
	if got := w.outside(p.ID, id).Fields[memory.FieldState].Text(); got != ticket.StateDone {
		t.Errorf("outside it is %s", got)
	}
}

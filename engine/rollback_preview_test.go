package engine_test

import (
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// TestARollbackPreviewSaysHowItemsGo: what a session made outside is closed where it cannot be deleted, and a ticket
// that it made here may have gone on to another project since, where a person is asked. Both are told before.
func TestARollbackPreviewSaysHowItemsGo(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	mine := w.create("born here", ticket.Public)
	_, err := w.engine.AddComment(t.Context(), mine.ID, "a remark", "", "ann")
	w.must(err)
	w.makeOutside(p, made("born there", "words"))
	s := w.sync(p.ID)
	q := w.connect("octo/second", memory.Options{})
	for _, tk := range w.tickets() {
		_, err := w.engine.SetPrivacy(t.Context(), tk.ID, ticket.Public, "ann")
		w.must(err)
	}
	w.syncs(q.ID, 2)
	pv, err := w.engine.PreviewRollback(t.Context(), s.ID)
	w.must(err)
	seen := map[string]bool{}
	for _, r := range pv.Rows {
		switch {
		case r.Action == plan.Withdraw && r.CommentID != "":
			seen["comment"] = !r.There.Done
		case r.Action == plan.Withdraw:
			seen["ticket"] = r.There.Done && r.There.Before.Text() == ticket.StateOpen && r.There.After.Text() == ticket.StateNotPlanned
		case r.Action == plan.DeleteHere:
			seen["elsewhere"] = r.Elsewhere == 1
		}
	}
	for _, what := range []string{"comment", "ticket", "elsewhere"} {
		if !seen[what] {
			t.Errorf("%s is not told of: %+v", what, pv.Rows)
		}
	}
}

package engine_test

import (
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
)

// TestARemarkIsTakenBackFromWhatRests: a ticket rests until somebody edits it, since another program undoes
// each write. Then no comments may be outside any more: what was said below it is taken back all the same.
func TestARemarkIsTakenBackFromWhatRests(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	c, err := w.engine.AddComment(t.Context(), tk.ID, secret, "", "ann")
	w.must(err)
	w.syncs(p.ID, 2)
	w.must(w.store.Tx(t.Context(), func(tx store.Tx) error {
		l, err := tx.LinkByLocal(t.Context(), p.ID, external.KindTicket, tk.ID)
		w.must(err)
		l.State, l.Reason = store.ParkedLink, "another program seems to undo each write"
		return tx.UpdateLink(t.Context(), l)
	}))
	_, back, err := w.engine.ChangeRulesAndTakeBack(t.Context(), p.ID, "op", outbound.Redact, func(r *outbound.Rules) { r.Comments.Mode = outbound.NoComments })
	if w.must(err); back.Items != 1 {
		t.Errorf("%d are taken back", back.Items)
	}
	w.syncs(p.ID, 2)
	for _, it := range w.stands(p.ID, external.KindComment) {
		if got := it.Fields["body"].Text(); got != outbound.Notice {
			t.Errorf("outside it is still said %q; its link: %+v", got, w.link(p.ID, external.KindComment, c.ID))
		}
	}
	if l := w.link(p.ID, external.KindTicket, tk.ID); l.State != store.ParkedLink {
		t.Errorf("its ticket is %s", l.State)
	}
}

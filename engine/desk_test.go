package engine_test

import (
	"errors"
	"testing"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/ticket"
)

// TestAnEditThatComesAgain: the answer to an edit was lost, and its author sends it again. It is
// there, so it is no stale one, and no second edit. One that others have replaced since is refused.
func TestAnEditThatComesAgain(t *testing.T) {
	w := newWorld(t)
	tk := w.create("a ticket", ticket.Public)
	c, err := w.engine.AddComment(t.Context(), tk.ID, "a remark", "", "ann")
	w.must(err)
	edit := func(body string) (ticket.Comment, error) {
		return w.engine.EditComment(t.Context(), c.ID, body, c.Revision, "ann")
	}
	first, err := edit("a remark, edited")
	w.must(err)
	again, err := edit("a remark, edited")
	if err != nil || again.Revision != first.Revision {
		t.Errorf("revision %d, %v; want %d as before", again.Revision, err, first.Revision)
	}
	if _, err := edit("another one"); !engine.IsStale(err) {
		t.Errorf("%v; want an edit of what was edited since refused", err)
	}
}

// TestACommentThatSaysNothing is refused, for no system outside takes it.
func TestACommentThatSaysNothing(t *testing.T) {
	w := newWorld(t)
	tk := w.create("a ticket", ticket.Public)
	for _, body := range []string{"", " ", "\n\t\u00a0"} {
		if _, err := w.engine.AddComment(t.Context(), tk.ID, body, "", "ann"); !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("%q: %v", body, err)
		}
	}
}

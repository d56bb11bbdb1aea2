package simtest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
	"github.com/extsync/extsync/why"
)

// checkWhy: every value here has a story whose newest chapter is that very value, and
// whose origin is where the oracle knows that it was written (I23).
func (w *world) checkWhy(f final) {
	for _, t := range f.tickets {
		var rows why.Rows
		w.read(func(tx store.Tx) (err error) {
			rows, err = why.Load(w.ctx, tx, t.ID)
			return err
		})
		for _, c := range why.Tell(rows).Chapters {
			w.checkChapter(f, t.ID, c)
		}
	}
}

func (w *world) checkChapter(f final, ticketID string, c why.Chapter) {
	origin, told := c.Origin()
	name := fmt.Sprintf("why: %s of %s %s", c.Field, ticketID, c.CommentID)
	switch {
	case !told && c.Value.IsEmpty():
		return
	case !told:
		w.fail("I23", fmt.Sprintf("%s: nothing tells where %q comes from", name, c.Value.Elements()))
	case !origin.After.Equal(c.Value):
		w.fail("I23", fmt.Sprintf("%s: it holds %q, and the last that was told is %q", name, c.Value.Elements(), origin.After.Elements()))
	}
	// A text of several paragraphs holds what several people wrote; whoever wrote it as a
	// whole is told, and that need not be the author of any one of them.
	tok := w.oracle.token(tokenIn(c.Value.Text()))
	if tok != nil && tok.id <= w.past.upTo {
		return // how it came here was told by a database that is gone
	}
	if c.Value.IsSet() || len(tokensIn(c.Value)) != 1 || tok == nil || tok.field != c.Field || origin.Verb == why.Merged || origin.Verb == why.Restored {
		return
	}
	want := ""
	if tok.side > 0 {
		want = w.peers[tok.side-1].id
	}
	if origin.Verb == why.Decided && origin.Project == "" && origin.Who != "" {
		return // a person put it together, block by block, of what both sides held
	}
	if (origin.Verb == why.Wrote && want != "" || origin.Verb == why.Decided) && origin.Who != "" && kept(f, ticketID, c) {
		return // a person put back, or chose, what a conflict had shown, wherever it was written first
	}
	if tok.side > 0 && w.went(stay{tok.side - 1, tok.kind, tok.item}, func(at stay) bool { return w.peers[at.peer].id == origin.Project }) {
		return // it came in from where its item was moved to
	}
	// Where a person had another ticket made again without its moved item, that one came in as
	// this ticket, with what it held: who had written that, the other ticket's story tells.
	if origin.Verb == why.CameIn && slices.Contains(w.cameAnew(w.home(tok.id), cmp.Or(c.CommentID, ticketID)), origin.Project) {
		return
	}
	if origin.Project != want || want == "" && origin.Who == "" {
		w.fail("I23", fmt.Sprintf("%s: it is told that %q %s %q from %q, but it was written at %q", name, origin.Who, origin.Verb, c.Value.Text(), origin.Project, want))
	}
}

// kept reports whether a conflict record of the field holds the very value.
func kept(f final, ticketID string, c why.Chapter) bool {
	return slices.ContainsFunc(f.conflicts, func(k store.Conflict) bool {
		return k.TicketID == ticketID && k.CommentID == c.CommentID && k.Field == c.Field &&
			slices.ContainsFunc([]ticket.Value{k.External, k.Local, k.Value, k.Base.Local, k.Base.External}, c.Value.Equal)
	})
}

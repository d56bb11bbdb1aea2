package engine_test

import (
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// history returns what is known of all changes to tickets of a project, deleted ones too,
// the newest of each ticket first.
func (w *world) history(projectID string) (all []store.TicketChange) {
	w.t.Helper()
	w.view(func(tx store.Tx) error {
		links, err := tx.LinksOf(w.t.Context(), projectID, external.KindTicket, "", 1000)
		w.must(err)
		for _, l := range links {
			list, err := tx.TicketChanges(w.t.Context(), l.LocalID, 0, 1000)
			w.must(err)
			all = append(all, list...)
		}
		return nil
	})
	return all
}

// TestHistoryNamesWhoever: whichever way a ticket or comment is changed here, its history
// says who did it, also where no field is written that could carry a stamp.
func TestHistoryNamesWhoever(t *testing.T) {
	const project = "project"
	for _, tt := range []struct {
		reason  string
		by      string // "project": the session's project
		field   ticket.Field
		changes func(w *world, p store.Project, tk ticket.Ticket)
	}{
		{"a person deletes", "ann", store.ChangedDeleted, func(w *world, _ store.Project, tk ticket.Ticket) { w.dropHere(tk.ID) }},
		{"a person restores", "bob", store.ChangedDeleted, func(w *world, _ store.Project, tk ticket.Ticket) {
			w.dropHere(tk.ID)
			_, err := w.engine.RestoreTicket(t.Context(), tk.ID, "bob")
			w.must(err)
		}},
		{"a person makes it private", "eve", store.ChangedPrivacy, func(w *world, _ store.Project, tk ticket.Ticket) {
			_, err := w.engine.SetPrivacy(t.Context(), tk.ID, ticket.LocalOnly, "eve")
			w.must(err)
		}},
		{"a person edits", "ann", ticket.Title, func(w *world, _ store.Project, tk ticket.Ticket) { w.edit(tk.ID, text(ticket.Title, "b")) }},
		{"a session follows a deletion outside", project, store.ChangedDeleted, func(w *world, p store.Project, tk ticket.Ticket) {
			w.dropOutside(p, tk.ID)
			w.reconcile(p.ID)
			w.decide(w.asked(store.GoneOutside), store.ChooseExternal)
			w.syncs(p.ID, 2)
		}},
		{"a session brings back what was edited outside", project, store.ChangedDeleted, func(w *world, p store.Project, tk ticket.Ticket) {
			w.dropHere(tk.ID)
			w.sync(p.ID)
			w.decide(w.asked(store.GoneOutside), store.ChooseExternal)
			w.syncs(p.ID, 2)
		}},
		{"a person edits and deletes a comment", "eve", store.ChangedDeleted, func(w *world, _ store.Project, tk ticket.Ticket) {
			c, err := w.engine.AddComment(t.Context(), tk.ID, "soon", "", "ann")
			w.must(err)
			c, err = w.engine.EditComment(t.Context(), c.ID, "later", c.Revision, "bob")
			w.must(err)
			_, err = w.engine.DeleteComment(t.Context(), c.ID, c.Revision, "eve")
			w.must(err)
		}},
		{"an undo puts a field back", project, ticket.Title, func(w *world, p store.Project, tk ticket.Ticket) {
			w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, tk.ID).ID, "title", ticket.Text("theirs")))
			w.rollBack(w.sync(p.ID).ID)
			if got := w.ticket(tk.ID).Fields[ticket.Title].Text(); got != "a ticket" {
				t.Errorf("undone, the title is %q", got)
			}
		}},
		{"an undo deletes what a session made here", project, store.ChangedDeleted, func(w *world, p store.Project, _ ticket.Ticket) {
			_, err := w.trackers[p.ID].CreateTicket("bob", map[string]ticket.Value{"title": ticket.Text("theirs")})
			w.must(err)
			w.rollBack(w.sync(p.ID).ID)
		}},
	} {
		w, p, tk := pairOf(t, memory.Options{})
		tt.changes(w, p, tk)
		by := tt.by
		if by == project {
			by += ":" + p.ID
		}
		found := false
		for _, c := range w.history(p.ID) {
			if c.By == "" {
				t.Errorf("%s: nobody is named: %+v", tt.reason, c)
			}
			found = found || c.Field == tt.field && c.By == by
		}
		if !found {
			t.Errorf("%s: the history does not say that %s changed %s: %+v", tt.reason, by, tt.field, w.history(p.ID))
		}
	}
}

package engine_test

import (
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestAnAnswerWaitsForNoRelease: a person is asked about a ticket that is deleted on one side, and
// before he answers it may not flow any more: it has become private, or its project only pulls. His
// answer is carried out as far as it can be, and his question is closed. What is left of it waits for
// the ticket to flow again.
func TestAnAnswerWaitsForNoRelease(t *testing.T) {
	for _, c := range []struct {
		reason string
		drop   func(w *world, p store.Project, id string)
		choice store.Choice
		ours   bool // is there in the end
		items  int  // that stand outside, once it may flow again
	}{
		{"gone outside, ours goes too", (*world).goes, store.ChooseExternal, false, 0},
		{"gone outside, ours is made again", (*world).goes, store.ChooseLocal, true, 1},
		{"gone outside, unlinked", (*world).goes, store.ChooseUnlink, true, 0},
		{"deleted here, brought back", (*world).dropsHere, store.ChooseExternal, true, 1},
		{"deleted here, theirs goes too", (*world).dropsHere, store.ChooseLocal, false, 1},
		{"deleted here, unlinked", (*world).dropsHere, store.ChooseUnlink, false, 1},
	} {
		for why, stop := range map[string]func(w *world, p store.Project, id string, stop bool){"private": (*world).keepHere, "pull": (*world).pullOnly} {
			w, p, tk := pairOf(t, memory.Options{})
			c.drop(w, p, tk.ID)
			open := w.conflicts(store.OpenConflict)
			if len(open) != 1 {
				t.Fatalf("%s, %s: asked %+v", c.reason, why, open)
			}
			stop(w, p, tk.ID, true)
			w.syncs(p.ID, 1)
			w.decide(open[0], c.choice)
			w.syncs(p.ID, 2)
			for _, k := range w.conflicts("") {
				if !k.Closed() {
					t.Errorf("%s, %s: the question is %s, and stays so", c.reason, why, k.State)
				}
			}
			if got := w.ticket(tk.ID); got.Deleted == c.ours {
				t.Errorf("%s, %s: ours: deleted %t", c.reason, why, got.Deleted)
			}
			stop(w, p, tk.ID, false)
			w.syncs(p.ID, 3)
			if got := w.standing(p.ID); got != c.items {
				t.Errorf("%s, %s: %d items stand outside, want %d", c.reason, why, got, c.items)
			}
			asked := c.choice == store.ChooseLocal && !c.ours // what it came to nothing of is asked anew
			if open := w.conflicts(store.OpenConflict); (len(open) > 0) != asked {
				t.Errorf("%s, %s: asked %+v", c.reason, why, open)
			}
		}
	}
}

// dropsHere has a person delete a ticket, and a session ask what becomes of its twin.
func (w *world) dropsHere(p store.Project, id string) {
	w.t.Helper()
	w.dropHere(id)
	w.sync(p.ID)
}

// keepHere makes a ticket private, or public again.
func (w *world) keepHere(_ store.Project, id string, private bool) {
	w.t.Helper()
	level := ticket.Public
	if private {
		level = ticket.LocalOnly
	}
	_, err := w.engine.SetPrivacy(w.t.Context(), id, level, "ann")
	w.must(err)
}

// pullOnly has a project only pull, or go both ways again.
func (w *world) pullOnly(p store.Project, _ string, pull bool) {
	w.t.Helper()
	_, err := w.engine.Configure(w.t.Context(), p.ID, "ann", func(p *store.Project) error {
		if p.Direction = external.Bidirectional; pull {
			p.Direction = external.Pull
		}
		return nil
	})
	w.must(err)
}

// TestWhatIsTakenBackIsNotAskedAbout: a person is asked about a ticket that is deleted on one side, and
// it is made private and taken back. Nothing is left to be decided: the question is closed, and nobody
// is said to have decided it. What he has decided about ours is carried out.
func TestWhatIsTakenBackIsNotAskedAbout(t *testing.T) {
	type drop = func(w *world, p store.Project, id string)
	for _, c := range []struct {
		reason string
		drop   drop
		choice store.Choice // empty: nobody has decided before
		ours   bool         // is there in the end
	}{
		{"gone outside", (*world).goes, "", true},
		{"gone outside, and ours goes too", (*world).goes, store.ChooseExternal, false},
		{"gone outside, and ours is made again", (*world).goes, store.ChooseLocal, true},
		{"deleted here", (*world).dropsHere, "", false},
		{"deleted here, and brought back", (*world).dropsHere, store.ChooseExternal, true},
		{"deleted here, and theirs goes too", (*world).dropsHere, store.ChooseLocal, false},
	} {
		for _, how := range []outbound.TakeBack{outbound.Redact, outbound.Remove} {
			for _, del := range []bool{false, true} {
				w, p, tk := pairOf(t, memory.Options{TicketDel: del})
				c.drop(w, p, tk.ID)
				q := w.conflicts(store.OpenConflict)[0]
				if c.choice != "" {
					w.decide(q, c.choice)
				}
				w.hide(tk.ID, how)
				w.syncs(p.ID, 2)
				q = w.conflicts("")[0]
				if !q.Closed() || c.choice == "" && q.DecidedBy != "" {
					t.Errorf("%s, %s, deletes %t: the question is %s, decided by %q", c.reason, how, del, q.State, q.DecidedBy)
				}
				if got := w.ticket(tk.ID); got.Deleted == c.ours {
					t.Errorf("%s, %s, deletes %t: ours: deleted %t", c.reason, how, del, got.Deleted)
				}
			}
		}
	}
}

// TestAnUndoneTicketIsNotAskedAbout: a ticket that a session made here is deleted outside, a person is
// asked about that, and then the session is undone: nothing is left to be decided. Where the undo is
// undone, he is asked anew.
func TestAnUndoneTicketIsNotAskedAbout(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	_, err := w.trackers[p.ID].CreateTicket("mallory", external.Fields{"title": ticket.Text("theirs")})
	w.must(err)
	made := w.sync(p.ID)
	id := w.onlyTicket(p.ID)
	w.goes(p, id)
	q := w.asked(store.GoneOutside)
	undone := w.rollBack(made.ID)
	w.syncs(p.ID, 1)
	if open := w.conflicts(store.OpenConflict); len(open) > 0 || !w.ticket(id).Deleted {
		t.Errorf("undone, he is asked %+v; ours is deleted: %t", open, w.ticket(id).Deleted)
	}
	w.rollBack(undone.ID)
	w.syncs(p.ID, 2)
	if again := w.asked(store.GoneOutside); again.ID == q.ID || w.ticket(id).Deleted {
		t.Errorf("back again, he is asked %+v; ours is deleted: %t", again, w.ticket(id).Deleted)
	}
}

// onlyTicket returns the ticket of the one link of a project.
func (w *world) onlyTicket(projectID string) (id string) {
	w.t.Helper()
	w.view(func(tx store.Tx) error {
		links, err := tx.LinksOf(w.t.Context(), projectID, external.KindTicket, "", 2)
		if len(links) != 1 {
			w.t.Fatalf("links: %+v", links)
		}
		id = links[0].LocalID
		return err
	})
	return id
}

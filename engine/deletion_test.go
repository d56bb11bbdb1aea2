package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// dropOutside has a person delete the twin of a ticket.
func (w *world) dropOutside(p store.Project, ticketID string) {
	w.t.Helper()
	w.must(w.trackers[p.ID].Delete("mallory", w.outside(p.ID, ticketID).ID))
}

// dropHere has a person delete a ticket of ours.
func (w *world) dropHere(id string) {
	w.t.Helper()
	_, err := w.engine.DeleteTicket(w.t.Context(), id, w.ticket(id).Revision, "ann")
	w.must(err)
}

// reconcile runs a session that reads everything.
func (w *world) reconcile(projectID string) store.Session {
	w.t.Helper()
	s, err := w.session(projectID, store.Reconcile)
	w.must(err)
	return s
}

// asked returns the one conflict about a whole item that is open.
func (w *world) asked(kind store.ConflictKind) store.Conflict {
	w.t.Helper()
	var found []store.Conflict
	for _, c := range w.conflicts(store.OpenConflict) {
		if c.Field == "" {
			found = append(found, c)
		}
	}
	if len(found) != 1 || found[0].Kind != kind {
		w.t.Fatalf("asked: %+v; want one conflict of kind %s", found, kind)
	}
	return found[0]
}

func (w *world) decide(c store.Conflict, choice store.Choice) {
	w.t.Helper()
	_, err := w.engine.Decide(w.t.Context(), c.ID, engine.Decision{Choice: choice, Digest: c.Digest, By: "ann"})
	w.must(err)
}

// pairOf connects a project with one ticket that stands on both sides.
func pairOf(t *testing.T, o memory.Options) (*world, store.Project, ticket.Ticket) {
	t.Helper()
	w := newWorld(t)
	p := w.connect("octo/hello", o)
	tk := w.create("a ticket", ticket.Public)
	w.sync(p.ID)
	return w, p, tk
}

// TestGoneOutside: each decision about a ticket that somebody deleted outside.
func TestGoneOutside(t *testing.T) {
	for _, c := range []struct {
		reason  string
		choice  store.Choice
		deleted bool // ours, in the end
		items   int  // that stand outside
		state   store.LinkState
	}{
		{"ours goes too, softly", store.ChooseExternal, true, 0, store.Tombstone},
		{"ours stays and is made again", store.ChooseLocal, false, 1, store.Live},
		{"ours stays and nothing is made", store.ChooseUnlink, false, 0, store.Tombstone},
	} {
		t.Run(c.reason, func(t *testing.T) {
			w, p, tk := pairOf(t, memory.Options{})
			w.dropOutside(p, tk.ID)
			w.reconcile(p.ID)
			if got := w.ticket(tk.ID); got.Deleted {
				t.Fatal("ours was deleted before anybody decided")
			}
			w.decide(w.asked(store.GoneOutside), c.choice)
			w.syncs(p.ID, 2)
			if got := w.ticket(tk.ID); got.Deleted != c.deleted || got.Fields[ticket.Title].Text() != "a ticket" {
				t.Errorf("ours: deleted %v, %q", got.Deleted, got.Fields[ticket.Title].Text())
			}
			if got := w.standing(p.ID); got != c.items {
				t.Errorf("%d items stand outside, want %d", got, c.items)
			}
			if l := w.link(p.ID, external.KindTicket, tk.ID); l.State != c.state {
				t.Errorf("link: %s (%s)", l.State, l.Reason)
			}
			if open := w.conflicts(store.OpenConflict); len(open) > 0 {
				t.Errorf("still asked: %+v", open)
			}
			if n := w.setAside(p.ID); n > 0 {
				t.Errorf("%d links wait for a person, who has decided", n)
			}
			w.quiet(p)
		})
	}
}

// setAside counts the links of a project that rest until a person does something.
func (w *world) setAside(projectID string) (n int) {
	w.view(func(tx store.Tx) error {
		c, err := tx.CountLinks(w.t.Context(), projectID, w.clock.now)
		n = c.Parked + c.Quarantined + c.Gone
		return err
	})
	return n
}

// standing counts the tickets that stand in a tracker.
func (w *world) standing(projectID string) int {
	return len(w.stands(projectID, external.KindTicket))
}

// quiet checks that two more sessions of each kind write nothing.
func (w *world) quiet(p store.Project) {
	w.t.Helper()
	before := w.trackers[p.ID].Calls().Writes()
	w.syncs(p.ID, 1)
	w.reconcile(p.ID)
	w.syncs(p.ID, 1)
	if n := w.trackers[p.ID].Calls().Writes() - before; n > 0 {
		w.t.Errorf("%d writes without an edit", n)
	}
}

// TestDeletedHere: each decision about a ticket that somebody deleted here, where the
// system can delete and where it cannot.
func TestDeletedHere(t *testing.T) {
	for _, c := range []struct {
		reason string
		o      memory.Options
		choice store.Choice
		gone   bool   // here, in the end
		items  int    // that stand outside
		state  string // of the one that does
	}{
		{"the twin is deleted", memory.Options{TicketDel: true}, store.ChooseLocal, true, 0, ""},
		{"the twin is closed as not planned", memory.Options{}, store.ChooseLocal, true, 1, ticket.StateNotPlanned},
		{"ours comes back", memory.Options{TicketDel: true}, store.ChooseExternal, false, 1, ticket.StateOpen},
		{"the twin stays", memory.Options{TicketDel: true}, store.ChooseUnlink, true, 1, ticket.StateOpen},
	} {
		t.Run(c.reason, func(t *testing.T) {
			w, p, tk := pairOf(t, c.o)
			it := w.outside(p.ID, tk.ID)
			w.dropHere(tk.ID)
			w.sync(p.ID)
			if w.standing(p.ID) != 1 || w.trackers[p.ID].Calls().Writes() != 1 {
				t.Fatal("something outside was touched before anybody decided")
			}
			w.decide(w.asked(store.GoneOutside), c.choice)
			w.syncs(p.ID, 2)
			if got := w.ticket(tk.ID); got.Deleted != c.gone {
				t.Errorf("ours: deleted %v", got.Deleted)
			}
			now, _ := w.adapter(w.trackers[p.ID], p.ID).Peek(it.ID)
			if w.standing(p.ID) != c.items || c.items == 1 && now.Fields[memory.FieldState].Text() != c.state {
				t.Errorf("%d stand outside; the twin is %q", w.standing(p.ID), now.Fields[memory.FieldState].Text())
			}
			if open := w.conflicts(store.OpenConflict); len(open) > 0 {
				t.Errorf("still asked: %+v", open)
			}
			w.quiet(p)
		})
	}
}

// TestRestore: a deletion can be taken back at any point, and what it did outside with it.
func TestRestore(t *testing.T) {
	restore := func(w *world, id string) {
		w.t.Helper()
		_, err := w.engine.RestoreTicket(w.t.Context(), id, "ann")
		w.must(err)
	}
	t.Run("before anybody decided", func(t *testing.T) {
		w, p, tk := pairOf(t, memory.Options{TicketDel: true})
		w.dropHere(tk.ID)
		w.sync(p.ID)
		w.asked(store.GoneOutside)
		restore(w, tk.ID)
		w.sync(p.ID)
		if l := w.link(p.ID, external.KindTicket, tk.ID); l.State != store.Live || len(w.conflicts(store.OpenConflict)) > 0 {
			t.Errorf("%s; %+v", l.State, w.conflicts(""))
		}
		w.edit(tk.ID, text(ticket.Title, "a ticket again"))
		w.sync(p.ID)
		if got := w.outside(p.ID, tk.ID).Fields[memory.FieldTitle].Text(); got != "a ticket again" {
			t.Errorf("it does not go on: %q", got)
		}
	})
	t.Run("after the twin was closed, it is opened", func(t *testing.T) {
		w, p, tk := pairOf(t, memory.Options{})
		w.dropHere(tk.ID)
		w.sync(p.ID)
		w.decide(w.asked(store.GoneOutside), store.ChooseLocal)
		w.syncs(p.ID, 2)
		restore(w, tk.ID)
		w.syncs(p.ID, 2)
		if got := w.outside(p.ID, tk.ID).Fields[memory.FieldState].Text(); got != ticket.StateOpen {
			t.Errorf("the twin is %s", got)
		}
		if got := w.ticket(tk.ID).Fields[ticket.State].Text(); got != ticket.StateOpen {
			t.Errorf("ours is %s", got)
		}
		w.quiet(p)
	})
	t.Run("after the twin was deleted, a person is asked", func(t *testing.T) {
		w, p, tk := pairOf(t, memory.Options{TicketDel: true})
		w.dropHere(tk.ID)
		w.sync(p.ID)
		w.decide(w.asked(store.GoneOutside), store.ChooseLocal)
		w.syncs(p.ID, 2)
		restore(w, tk.ID)
		w.sync(p.ID)
		w.decide(w.asked(store.GoneOutside), store.ChooseLocal)
		w.syncs(p.ID, 2)
		if got := w.standing(p.ID); got != 1 {
			t.Errorf("%d stand outside", got)
		}
		w.quiet(p)
	})
	t.Run("what a person unlinked stays so", func(t *testing.T) {
		w, p, tk := pairOf(t, memory.Options{})
		w.dropHere(tk.ID)
		w.sync(p.ID)
		w.decide(w.asked(store.GoneOutside), store.ChooseUnlink)
		w.syncs(p.ID, 2)
		restore(w, tk.ID)
		w.edit(tk.ID, text(ticket.Title, "ours alone"))
		w.syncs(p.ID, 2)
		if l := w.link(p.ID, external.KindTicket, tk.ID); l.State != store.Tombstone {
			t.Errorf("%s (%s)", l.State, l.Reason)
		}
		w.quiet(p)
	})
}

// TestEditBeatsDeletion: deleted on one side and edited on the other is asked about as
// such, also where the edit comes later, and a decision on the sides as they were is void.
func TestEditBeatsDeletion(t *testing.T) {
	t.Run("deleted here, edited outside", func(t *testing.T) {
		w, p, tk := pairOf(t, memory.Options{TicketDel: true})
		id := w.outside(p.ID, tk.ID).ID
		w.dropHere(tk.ID)
		w.sync(p.ID)
		w.decide(w.asked(store.GoneOutside), store.ChooseLocal)
		w.must(w.trackers[p.ID].EditField("mallory", id, memory.FieldTitle, ticket.Text("still wanted")))
		w.syncs(p.ID, 2)
		if w.standing(p.ID) != 1 {
			t.Fatal("an edited ticket was deleted")
		}
		w.decide(w.asked(store.EditedAndDeleted), store.ChooseExternal)
		w.syncs(p.ID, 2)
		if got := w.ticket(tk.ID); got.Deleted || got.Fields[ticket.Title].Text() != "still wanted" {
			t.Errorf("ours: %v %q", got.Deleted, got.Fields[ticket.Title].Text())
		}
	})
	t.Run("deleted outside, edited here", func(t *testing.T) {
		w, p, tk := pairOf(t, memory.Options{})
		w.dropOutside(p, tk.ID)
		w.reconcile(p.ID)
		w.decide(w.asked(store.GoneOutside), store.ChooseExternal)
		w.edit(tk.ID, text(ticket.Title, "still wanted"))
		w.syncs(p.ID, 2)
		if w.ticket(tk.ID).Deleted {
			t.Fatal("an edited ticket was deleted")
		}
		w.asked(store.EditedAndDeleted)
	})
	t.Run("deleted here, remarked on outside", func(t *testing.T) {
		w, p, tk := pairOf(t, memory.Options{TicketDel: true})
		it := w.outside(p.ID, tk.ID)
		w.dropHere(tk.ID)
		w.sync(p.ID)
		w.decide(w.asked(store.GoneOutside), store.ChooseLocal)
		_, err := w.trackers[p.ID].AddComment("mallory", it.Key, "please keep it")
		w.must(err)
		w.syncs(p.ID, 3)
		if w.standing(p.ID) != 1 {
			t.Fatal("the ticket was deleted with a comment that nobody had seen")
		}
	})
}

// TestEditedThroughAnotherProject: a ticket is gone in one project, and a person is asked
// about it. An edit that comes in from another project is shown to him.
func TestEditedThroughAnotherProject(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	q := w.connect("octo/other", memory.Options{})
	w.sync(q.ID)
	w.dropOutside(p, tk.ID)
	w.reconcile(p.ID)
	w.asked(store.GoneOutside)
	w.must(w.trackers[q.ID].EditField("mallory", w.outside(q.ID, tk.ID).ID, memory.FieldTitle, ticket.Text("edited there")))
	w.syncs(q.ID, 1)
	w.syncs(p.ID, 1)
	w.asked(store.EditedAndDeleted)
}

// TestForbiddenIsNotGone: what cannot be seen any more is not taken for deleted, however
// often it is looked for, and goes on when it can be seen again.
func TestForbiddenIsNotGone(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{TicketDel: true})
	c, err := w.engine.AddComment(t.Context(), tk.ID, "a remark", "", "bob")
	w.must(err)
	w.sync(p.ID)
	id := w.outside(p.ID, tk.ID).ID
	w.trackers[p.ID].Hide(true)
	w.edit(tk.ID, text(ticket.Title, "edited meanwhile"))
	for range 6 {
		w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{{Kind: external.KindTicket, ID: id}}))
		w.clock.now = w.clock.now.Add(time.Hour)
		r, err := w.engine.Begin(t.Context(), w.engine.NewID(), p.ID, store.Incremental)
		w.must(err)
		if _, err = w.engine.Sync(t.Context(), r, 100); err != nil && external.KindOf(err) == "" {
			t.Fatal(err)
		}
	}
	var com ticket.Comment
	w.view(func(tx store.Tx) (err error) { com, err = tx.Comment(t.Context(), c.ID); return err })
	if w.ticket(tk.ID).Deleted || com.Deleted || len(w.conflicts("")) > 0 {
		t.Fatalf("taken for deleted: %+v", w.conflicts(""))
	}
	w.trackers[p.ID].Hide(false)
	w.syncs(p.ID, 2)
	if got := w.outside(p.ID, tk.ID).Fields[memory.FieldTitle].Text(); got != "edited meanwhile" {
		t.Errorf("it does not go on: %q", got)
	}
}

// TestDeletionsFollow: where a person confirmed it, a deletion that nobody answers is
// followed after the delay, on either side, and never an edit.
func TestDeletionsFollow(t *testing.T) {
	follow := func(t *testing.T) (*world, store.Project, ticket.Ticket) {
		t.Helper()
		w, p, tk := pairOf(t, memory.Options{TicketDel: true})
		_, err := w.engine.FollowDeletions(t.Context(), p.ID, "op", true, 0)
		w.must(err)
		return w, p, tk
	}
	t.Run("here, after a day", func(t *testing.T) {
		w, p, tk := follow(t)
		w.dropOutside(p, tk.ID)
		w.reconcile(p.ID)
		w.syncs(p.ID, 20)
		if w.ticket(tk.ID).Deleted {
			t.Fatal("followed before its time")
		}
		w.syncs(p.ID, 5)
		if !w.ticket(tk.ID).Deleted {
			t.Fatal("not followed after a day")
		}
		if c := w.conflicts(store.Resolved); len(c) != 1 || c[0].DecidedBy != "op, for all deletions" {
			t.Errorf("who decided is not told: %+v", c)
		}
	})
	t.Run("outside, after a day", func(t *testing.T) {
		w, p, tk := follow(t)
		w.dropHere(tk.ID)
		w.syncs(p.ID, 20)
		if w.standing(p.ID) != 1 {
			t.Fatal("followed before its time")
		}
		w.syncs(p.ID, 5)
		if w.standing(p.ID) != 0 {
			t.Fatal("not followed after a day")
		}
	})
	t.Run("an edit is asked about", func(t *testing.T) {
		w, p, tk := follow(t)
		w.dropOutside(p, tk.ID)
		w.reconcile(p.ID)
		w.edit(tk.ID, text(ticket.Title, "still wanted"))
		w.syncs(p.ID, 30)
		if w.ticket(tk.ID).Deleted {
			t.Fatal("an edit was deleted")
		}
		w.asked(store.EditedAndDeleted)
	})
	t.Run("unconfirmed it asks", func(t *testing.T) {
		w, p, tk := pairOf(t, memory.Options{})
		_, err := w.engine.Configure(t.Context(), p.ID, "op", func(p *store.Project) error {
			p.Deletions.Follow = true
			return nil
		})
		w.must(err)
		w.dropOutside(p, tk.ID)
		w.reconcile(p.ID)
		w.syncs(p.ID, 30)
		if w.ticket(tk.ID).Deleted {
			t.Fatal("followed without a person's word")
		}
	})
}

// TestMostDeletedOutside: 60 % of the tickets deleted outside stop the project before
// anything is asked or done, and a person lets it go on.
func TestMostDeletedOutside(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for range 25 {
		ids = append(ids, w.create("a ticket", ticket.Public).ID)
	}
	p := w.connect("octo/hello", memory.Options{TicketDel: true})
	w.sync(p.ID)
	for _, id := range ids[:15] {
		w.dropOutside(p, id)
	}
	s := w.reconcile(p.ID)
	if s.State != store.Held || w.project(p.ID).Status != external.Paused || len(w.conflicts("")) > 0 || len(w.tickets()) != 25 {
		t.Fatalf("%s (%s); %d conflicts; want it held before anything happened", s.State, s.Reason, len(w.conflicts("")))
	}
	if s.Reason != "15 of 25 items are gone outside" {
		t.Errorf("reason: %q", s.Reason)
	}
	_, err := w.engine.Resume(t.Context(), p.ID, "op", true)
	w.must(err)
	w.reconcile(p.ID)
	if n := len(w.conflicts(store.OpenConflict)); n != 15 || len(w.tickets()) != 25 {
		t.Errorf("%d are asked about, %d tickets here; want 15 and all", n, len(w.tickets()))
	}
}

// TestDeleteTicketNeedsThePresentOne: who deletes a ticket must have seen what is in it.
func TestDeleteTicketNeedsThePresentOne(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	w.edit(tk.ID, text(ticket.Title, "news"))
	_, err := w.engine.DeleteTicket(t.Context(), tk.ID, tk.Revision, "bob")
	var stale *engine.StaleError
	if !errors.As(err, &stale) || len(stale.Fields) != 1 || stale.Fields[0] != ticket.Title {
		t.Fatalf("got %v, want the title stale", err)
	}
	w.dropHere(tk.ID)
	if _, err := w.engine.DeleteTicket(t.Context(), tk.ID, 99, "bob"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleting again: %v", err)
	}
	if _, err := w.engine.EditTicket(t.Context(), tk.ID, ticket.Patch{Seen: 99, Set: text(ticket.Title, "x"), By: "bob"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("editing it: %v", err)
	}
	if _, err := w.engine.AddComment(t.Context(), tk.ID, "x", "", "bob"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a remark on it: %v", err)
	}
	_ = p
}

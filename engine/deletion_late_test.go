package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestStaleListResurrectsNothing: a list that lags shows what was read to be gone, under a
// newer stamp than any known: it is read again, and stays gone.
func TestStaleListResurrectsNothing(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{Lag: 4 * time.Hour, Precision: time.Second})
	w.syncs(p.ID, 6)
	id := w.outside(p.ID, tk.ID).ID
	w.must(w.trackers[p.ID].EditField("mallory", id, memory.FieldTitle, ticket.Text("shortly before")))
	w.clock.now = w.clock.now.Add(time.Minute)
	w.dropOutside(p, tk.ID)
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{{Kind: external.KindTicket, ID: id}}))
	w.sync(p.ID)
	w.decide(w.asked(store.GoneOutside), store.ChooseExternal)
	w.syncs(p.ID, 8) // the lists catch up, the edit first
	if !w.ticket(tk.ID).Deleted || w.link(p.ID, external.KindTicket, tk.ID).State != store.Tombstone {
		t.Error("resurrected by a list that lagged")
	}
}

// TestRemarksGoOnWhenTheirTicketIsSeenAgain: a comment that waited while its ticket could
// not be seen does not wait for ever.
func TestRemarksGoOnWhenTheirTicketIsSeenAgain(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	it := w.outside(p.ID, tk.ID)
	_, err := w.engine.AddComment(t.Context(), tk.ID, "a remark", "", "bob")
	w.must(err)
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{it.Ref}))
	w.trackers[p.ID].Hide(true)
	r, err := w.engine.Begin(t.Context(), "blind", p.ID, store.Incremental)
	w.must(err)
	_, err = w.engine.Sync(t.Context(), r, 100)
	w.must(err)
	w.trackers[p.ID].Hide(false)
	w.syncs(p.ID, 2)
	if n := len(w.look(p.ID, external.KindComment)); n != 1 {
		t.Errorf("%d comments outside, want the one", n)
	}
}

// refusesDelete lets our account do anything but delete a ticket.
type refusesDelete struct{ adapters.Adapter }

func (a refusesDelete) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	if c, err := op.Open(); err == nil && c.Action == outbound.Delete && c.Ref.Kind == external.KindTicket {
		return external.Item{}, &external.Error{Kind: external.Forbidden, Op: op.Name, Message: "the account may not"}
	}
	return a.Adapter.Write(ctx, op)
}

// TestWhatMayNotBeDeletedIsClosed: few accounts may delete tickets where the system can.
func TestWhatMayNotBeDeletedIsClosed(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{TicketDel: true})
	id := w.outside(p.ID, tk.ID).ID
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return refusesDelete{a} }
	w.dropHere(tk.ID)
	w.sync(p.ID)
	w.decide(w.asked(store.GoneOutside), store.ChooseLocal)
	w.syncs(p.ID, 2)
	it, _ := w.adapter(w.trackers[p.ID], p.ID).Peek(id)
	if got := it.Fields[memory.FieldState].Text(); it.Gone || got != ticket.StateNotPlanned {
		t.Errorf("gone %v, %s; want it closed as not planned", it.Gone, got)
	}
	if l := w.link(p.ID, external.KindTicket, tk.ID); l.State != store.Tombstone {
		t.Errorf("%s (%s)", l.State, l.Reason)
	}
	w.quiet(p)
}

// TestLostReplyOfAHiddenProject: what became of a write cannot be told while the project is
// out of sight; once it is seen again, the write is found to have landed.
func TestLostReplyOfAHiddenProject(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	w.edit(tk.ID, text(ticket.Title, "sent, and not answered"))
	w.lose(p, true)
	w.sync(p.ID)
	w.edit(tk.ID, text(ticket.Title, "and edited again"))
	w.trackers[p.ID].Hide(true)
	w.clock.now = w.clock.now.Add(time.Hour)
	r, err := w.engine.Begin(t.Context(), "blind", p.ID, store.Incremental)
	w.must(err)
	w.must(w.engine.Repair(t.Context(), r))
	w.trackers[p.ID].Hide(false)
	w.syncs(p.ID, 3)
	if got := w.outside(p.ID, tk.ID).Fields[memory.FieldTitle].Text(); got != "and edited again" || len(w.conflicts("")) > 0 {
		t.Errorf("outside %q, conflicts %+v", got, w.conflicts(""))
	}
}

// TestAQuestionCountsWhatIsLeft: a person is asked about a ticket that has a comment outside,
// whose deletion is in doubt. Once it is known, the question says that there is none.
func TestAQuestionCountsWhatIsLeft(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	c, err := w.engine.AddComment(t.Context(), tk.ID, "a remark", "", "bob")
	w.must(err)
	w.sync(p.ID)
	_, err = w.engine.DeleteComment(t.Context(), c.ID, c.Revision, "bob")
	w.must(err)
	w.dropHere(tk.ID)
	w.lose(p, true)
	w.sync(p.ID)
	if open := w.conflicts(store.OpenConflict); len(open) != 1 || !strings.Contains(open[0].External.Text(), "comments: 1") {
		t.Fatalf("while it is in doubt the question shows %+v", open)
	}
	w.clock.now = w.clock.now.Add(time.Hour)
	w.syncs(p.ID, 3)
	if open := w.conflicts(store.OpenConflict); len(open) != 1 || strings.Contains(open[0].External.Text(), "comments") {
		t.Errorf("afterwards it shows %+v", open)
	}
}

// TestDeletedUnderATicketThatCannotBeRead: a comment is deleted outside while the system
// cannot show its ticket, which would have to be read to tell whether the comment went
// elsewhere with it. The comment waits; it does not fail for its ticket's sake.
func TestDeletedUnderATicketThatCannotBeRead(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	on := w.outside(p.ID, tk.ID)
	said, err := w.trackers[p.ID].AddComment("mallory", on.Key, "a remark")
	w.must(err)
	w.syncs(p.ID, 2)
	w.must(w.trackers[p.ID].Delete("mallory", said.ID))
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return unreadable{Adapter: a, id: on.ID} }
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{said}))
	w.syncs(p.ID, 8)
	link := func() (l store.Link) {
		w.view(func(tx store.Tx) (err error) {
			l, err = tx.LinkByExternal(t.Context(), p.ID, external.KindComment, said.ID)
			return err
		})
		return l
	}
	if l := link(); l.State != store.Live || !strings.Contains(l.Reason, "its ticket cannot be read") {
		t.Errorf("its link is %s (%s), want it to wait for its ticket", l.State, l.Reason)
	}
	w.wrap = nil
	w.syncs(p.ID, 2)
	if l := link(); l.State != store.Tombstone {
		t.Errorf("once its ticket can be read its link is %s (%s), want it over", l.State, l.Reason)
	}
}

// TestBroughtBackAsItIsByThen: a person has a ticket brought back that he deleted here, and what
// became of its item meanwhile shows in no list yet. He meant the item that he was shown: it is
// read before anything comes back, in whatever order a session does what it has to do.
func TestBroughtBackAsItIsByThen(t *testing.T) {
	for reason, c := range map[string]struct {
		meanwhile func(w *world, p store.Project, id string)
		ours      bool // is there in the end
		link      store.LinkState
		asked     store.ConflictKind // once more
	}{
		"nothing": {func(*world, store.Project, string) {}, true, store.Live, ""},
		"it was deleted there too, so that there is nothing to bring back": {func(w *world, p store.Project, id string) {
			w.must(w.trackers[p.ID].Delete("mallory", id))
		}, false, store.Tombstone, ""},
		"it was edited there": {func(w *world, p store.Project, id string) {
			w.must(w.trackers[p.ID].EditField("mallory", id, memory.FieldTitle, ticket.Text("not what he saw")))
		}, false, store.Live, store.EditedAndDeleted},
	} {
		t.Run(reason, func(t *testing.T) {
			w, p, tk := pairOf(t, memory.Options{Lag: 4 * time.Hour, Precision: time.Second})
			w.syncs(p.ID, 6)
			id := w.outside(p.ID, tk.ID).ID
			w.dropHere(tk.ID)
			w.sync(p.ID)
			w.decide(w.asked(store.GoneOutside), store.ChooseExternal)
			c.meanwhile(w, p, id)
			w.syncs(p.ID, 1)
			if got := w.ticket(tk.ID); got.Deleted == c.ours {
				t.Errorf("ours: deleted %v", got.Deleted)
			}
			if l := w.link(p.ID, external.KindTicket, tk.ID); l.State != c.link {
				t.Errorf("its link is %s (%s), want %s", l.State, l.Reason, c.link)
			} else if l.State == store.Tombstone && !strings.Contains(l.Reason, "restore the ticket") {
				t.Errorf("whoever wanted it back is told %q", l.Reason)
			}
			if open := w.conflicts(store.OpenConflict); c.asked == "" && len(open) > 0 {
				t.Errorf("asked: %+v", open)
			} else if c.asked != "" {
				w.asked(c.asked)
			}
		})
	}
}

// TestSaidBeforeItsTicketWent: a comment was listed, and its ticket is deleted outside, with it,
// before it came in. What became of the ticket is found out first: on behalf of another comment, or
// because a webhook told. The comment comes in to ours, which stays, and goes along if it is made again.
func TestSaidBeforeItsTicketWent(t *testing.T) {
	for _, first := range []external.Kind{external.KindComment, external.KindTicket} {
		t.Run(string(first), func(t *testing.T) {
			w, p, tk := pairOf(t, memory.Options{})
			on := w.outside(p.ID, tk.ID)
			old, err := w.trackers[p.ID].AddComment("mallory", on.Key, "an old remark")
			w.must(err)
			w.syncs(p.ID, 2)
			_, err = w.trackers[p.ID].AddComment("mallory", on.Key, "the last word")
			w.must(err)
			r, err := w.engine.Begin(t.Context(), "sees it", p.ID, store.Incremental)
			w.must(err)
			_, err = w.engine.Observe(t.Context(), r, true)
			w.must(err)
			w.must(w.trackers[p.ID].Delete("mallory", old.ID))
			w.dropOutside(p, tk.ID)
			hint := old
			if first == external.KindTicket {
				hint = on.Ref
			}
			w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{hint}))
			w.syncs(p.ID, 3)
			w.reconcile(p.ID)
			w.decide(w.asked(store.GoneOutside), store.ChooseLocal)
			w.syncs(p.ID, 3)
			said := 0
			for _, it := range w.stands(p.ID, external.KindComment) {
				if it.Fields[memory.FieldBody].Text() == "the last word" {
					said++
				}
			}
			if said != 1 {
				t.Errorf("it stands %d times under what was made again, want once", said)
			}
			w.quiet(p)
		})
	}
}

// TestAskedAboutAndPrivate: a person is asked about a ticket that is gone, and it is made private. A webhook
// that tells of it once more, late, changes nothing: it waits for him as before.
func TestAskedAboutAndPrivate(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	id := w.outside(p.ID, tk.ID).ID
	w.dropOutside(p, tk.ID)
	w.reconcile(p.ID)
	w.asked(store.GoneOutside)
	_, err := w.engine.SetPrivacy(t.Context(), tk.ID, ticket.LocalOnly, "ann")
	w.must(err)
	w.sync(p.ID)
	was := w.link(p.ID, external.KindTicket, tk.ID)
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{{Kind: external.KindTicket, ID: id}}))
	w.sync(p.ID)
	w.asked(store.GoneOutside)
	if now := w.link(p.ID, external.KindTicket, tk.ID); now.State != was.State || now.State != store.MaybeGone {
		t.Errorf("its link is %s, and was %s; want it to wait for a person", now.State, was.State)
	}
}

// fading is a tracker whose project goes out of sight right after it was asked for, before an item is read.
type fading struct {
	*memory.Adapter
	tracker *memory.Tracker
	asked   bool
}

func (f *fading) Project(ctx context.Context) (external.Project, error) {
	f.asked = true
	return f.Adapter.Project(ctx)
}

func (f *fading) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	if f.asked {
		f.tracker.Hide(true)
	}
	return f.Adapter.Read(ctx, refs)
}

// TestOutOfSightBetweenTheProofAndTheLook: an item could not be seen with its project, and that goes out of sight
// again in the middle of the proof. Nobody is told that the item is deleted.
func TestOutOfSightBetweenTheProofAndTheLook(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	ref, tracker := w.outside(p.ID, tk.ID).Ref, w.trackers[p.ID]
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{ref}))
	r, err := w.engine.Begin(t.Context(), "first", p.ID, store.Incremental)
	w.must(err)
	tracker.Hide(true)
	_, err = w.engine.Sync(t.Context(), r, 100)
	w.must(err)
	tracker.Hide(false)
	w.clock.now = w.clock.now.Add(time.Hour)
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return &fading{Adapter: a, tracker: tracker} }
	r, err = w.engine.Begin(t.Context(), "second", p.ID, store.Incremental)
	w.must(err)
	_, err = w.engine.Sync(t.Context(), r, 100)
	w.must(err)
	if open := w.conflicts(store.OpenConflict); len(open) > 0 {
		t.Errorf("asked while the project is out of sight: %+v", open)
	}
	w.wrap = nil
	tracker.Hide(false)
	w.clock.now = w.clock.now.Add(time.Hour)
	w.sync(p.ID)
	if l := w.link(p.ID, external.KindTicket, tk.ID); l.State != store.Live || len(w.conflicts(store.OpenConflict)) > 0 {
		t.Errorf("in sight again: the link is %s (%s)", l.State, l.Reason)
	}
}

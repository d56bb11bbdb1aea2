package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestBackFromFarAway: an item of ours was moved to where nothing is connected, and back, where it has another id. No other project
// is connected. Its ticket goes on with it, and nobody is asked any more; one that was taken back meanwhile is overwritten.
func TestBackFromFarAway(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		w := newWorld(t)
		o := memory.Options{}
		p := w.connect("octo/hello", o)
		o.Key, o.Now, o.Beside = "octo/far", w.clock.Now, w.trackers[p.ID]
		far := memory.NewTracker(o)
		id := w.create("TITLE", ticket.Public).ID
		w.syncs(p.ID, 2)
		moved, err := w.trackers[p.ID].Transfer("bob", w.outside(p.ID, id).ID, far)
		w.must(err)
		_, err = w.session(p.ID, store.Reconcile)
		w.must(err)
		w.syncs(p.ID, 2)
		if open := w.conflicts(store.OpenConflict); len(open) != 1 || open[0].Kind != store.GoneOutside {
			t.Fatalf("moved away, a person is asked %+v", open)
		}
		if hidden {
			w.hide(id, outbound.Redact)
			w.syncs(p.ID, 2)
		}
		back, err := far.Transfer("bob", moved.ID, w.trackers[p.ID])
		w.must(err)
		w.syncs(p.ID, 6)
		l, got := w.link(p.ID, external.KindTicket, id), w.shown(p.ID)
		want := store.Live
		if hidden {
			want = store.Withdrawn
		}
		if l.State != want || l.ExternalID != back.ID || strings.Contains(got, "TITLE") == hidden || len(w.conflicts(store.OpenConflict)) > 0 || len(w.tickets()) != 1 {
			t.Errorf("hidden %t: the link is %s (%s) with %q, want it %s with %q; outside shows %q, and a person is asked %+v", hidden, l.State, l.Reason, l.ExternalID, want, back.ID, got, w.conflicts(store.OpenConflict))
		}
	}
}

// TestOthersAreBackFromFarAway: the same of an item that others made, which bears no key of ours. It is known by its author and
// moment, and what they say below it is there once, whether a list shows it before or after its ticket goes on.
func TestOthersAreBackFromFarAway(t *testing.T) {
	for _, noticed := range []string{"while it was away", "when it is back", "by a webhook, before any list shows it"} {
		for habit, o := range habits() {
			t.Run(habit+", noticed "+noticed, func(t *testing.T) {
				w := newWorld(t)
				o.Lag = 5 * time.Minute
				p := w.connect("octo/hello", o)
				o.Key, o.Now, o.Beside = "octo/far", w.clock.Now, w.trackers[p.ID]
				far := memory.NewTracker(o)
				ref := w.makeOutside(p, ticket.Fields{ticket.Title: ticket.Text("TITLE"), ticket.Body: ticket.Text("words")})
				_, err := w.trackers[p.ID].AddComment("bob", ref.Key, "a remark")
				w.must(err)
				w.later(p.ID, time.Hour)
				w.later(p.ID, time.Hour)
				moved, err := w.trackers[p.ID].Transfer("bob", ref.ID, far)
				w.must(err)
				if noticed == "while it was away" {
					_, err = w.session(p.ID, store.Reconcile)
					w.must(err)
					w.syncs(p.ID, 2)
				}
				back, err := far.Transfer("bob", moved.ID, w.trackers[p.ID])
				w.must(err)
				if noticed == "by a webhook, before any list shows it" {
					w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{ref}))
					w.syncs(p.ID, 2)
				}
				for range 12 {
					w.later(p.ID, 10*time.Minute)
				}
				all, open := w.tickets(), w.conflicts(store.OpenConflict)
				if len(all) != 1 || len(open) > 0 || w.outside(p.ID, all[0].ID).ID != back.ID {
					t.Fatalf("%d tickets are here, want the one; a person is asked %+v", len(all), open)
				}
				if here, _ := w.said(p, all[0]); len(here) != 1 || len(w.stands(p.ID, external.KindComment)) != 1 {
					t.Errorf("here it says %q, want the one remark", here)
				}
				w.quiet(p)
			})
		}
	}
}

// TestWhatIsDroppedOnTheWayAndBack: a vendor that keeps the ids of what is moved drops the labels that the other project does not
// know. Back under another key the item shows without them, which is nobody's edit: they stay here, and stand there again. What was
// edited on the way comes in.
func TestWhatIsDroppedOnTheWayAndBack(t *testing.T) {
	for _, seen := range []bool{true, false} { // that it was away
		w := newWorld(t)
		o := memory.Options{CreateKey: external.CreateKeyClientID, History: external.HistoryFull}
		p := w.connect("octo/hello", o)
		o.Key, o.Now, o.Beside = "octo/far", w.clock.Now, w.trackers[p.ID]
		far := memory.NewTracker(o)
		w.makeOutside(p, ticket.Fields{ticket.Title: ticket.Text("before")}) // so that keys are no other ticket's
		id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("TITLE"), ticket.Labels: ticket.Set("bug", "ui")}, ticket.Public)
		w.syncs(p.ID, 2)
		item := w.outside(p.ID, id).ID
		_, err := w.trackers[p.ID].Transfer("bob", item, far)
		w.must(err)
		w.must(far.RemoveLabel("bob", item, "bug"))
		if seen {
			_, err = w.session(p.ID, store.Reconcile)
			w.must(err)
			w.syncs(p.ID, 2)
		}
		w.must(far.EditField("bob", item, "title", ticket.Text("edited there")))
		w.must(far.AddLabel("bob", item, "theirs"))
		_, err = far.Transfer("bob", item, w.trackers[p.ID])
		w.must(err)
		w.syncs(p.ID, 4)
		want := ticket.Set("bug", "theirs", "ui")
		here, there := w.ticket(id).Fields, w.outside(p.ID, id).Fields
		if !here[ticket.Labels].Equal(want) || !there["labels"].Equal(want) || here[ticket.Title].Text() != "edited there" {
			t.Errorf("seen %t: here it is %v, there %v, want the labels %v and the new title", seen, here, there, want)
		}
		if open := w.conflicts(store.OpenConflict); len(open) > 0 {
			t.Errorf("seen %t: a person is asked %+v", seen, open)
		}
		w.quiet(p)
	}
}

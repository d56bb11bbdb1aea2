package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// crowd connects a project with many tickets that came in from it.
func crowd(t *testing.T, n int) (*world, store.Project) {
	t.Helper()
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull, ReadBatch: 10})
	for i := range n {
		_, err := w.trackers[p.ID].CreateTicket("mallory", external.Fields{
			"title": ticket.Text(fmt.Sprintf("ticket %d", i)), "body": ticket.Text("words"), "labels": ticket.Set("kept"),
		})
		w.must(err)
	}
	w.syncs(p.ID, 2)
	if got := len(w.tickets()); got != n {
		t.Fatalf("%d tickets came in, want %d", got, n)
	}
	return w, p
}

// TestEverythingChangedAtOnce outside stops the session and asks. Until a person allows it
// nothing is written on either side, and then all of it comes in.
func TestEverythingChangedAtOnce(t *testing.T) {
	for _, c := range []struct {
		reason string
		field  string
		value  func(n int) ticket.Value
		as     ticket.Field
	}{
		{"every title is another", "title", func(n int) ticket.Value { return ticket.Text(fmt.Sprintf("edited %d", n)) }, ticket.Title},
		{"every text is empty", "body", func(int) ticket.Value { return ticket.Text("") }, ticket.Body},
		{"every ticket is closed", "state", func(int) ticket.Value { return ticket.Text(ticket.StateDone) }, ticket.State},
		{"every label is gone", "labels", func(int) ticket.Value { return ticket.Set() }, ticket.Labels},
	} {
		t.Run(c.reason, func(t *testing.T) {
			const n = 30
			w, p := crowd(t, n)
			was := w.tickets()
			for i, it := range w.look(p.ID, external.KindTicket) {
				w.must(w.trackers[p.ID].EditField("mallory", it.ID, c.field, c.value(i)))
			}
			w.edit(was[0].ID, text(ticket.Body, "typed here meanwhile"))
			for _, allow := range []bool{false, true} {
				s, err := w.session(p.ID, store.Incremental)
				w.must(err)
				if s.State != store.Held || w.project(p.ID).Status != external.Paused || s.Reason == "" {
					t.Fatalf("the session is %s (%s), want it held for a person", s.State, s.Reason)
				}
				for i, tk := range w.tickets() {
					if i > 0 && !tk.Fields[c.as].Equal(was[i].Fields[c.as]) {
						t.Fatalf("%s of a ticket was changed before anybody allowed it", c.as)
					}
				}
				_, err = w.engine.Resume(t.Context(), p.ID, "op", allow)
				w.must(err)
			}
			w.syncs(p.ID, 2)
			for i, tk := range w.tickets() {
				parked := i == 0 && c.as == ticket.Body // edited on both sides
				if it := w.outside(p.ID, tk.ID); !parked && !tk.Fields[c.as].Equal(it.Fields[c.field]) {
					t.Errorf("%s is %q here and %q outside once it was allowed", c.as, tk.Fields[c.as].Elements(), it.Fields[c.field].Elements())
				}
			}
			if got := w.ticket(was[0].ID).Fields[ticket.Body].Text(); got != "typed here meanwhile" {
				t.Errorf("what was typed here meanwhile reads %q", got)
			}
			w.quiet(p)
		})
	}
}

// TestMostTicketsDeletedOutside stops the session and asks; once it is allowed a person is
// asked about each, and none is deleted here.
func TestMostTicketsDeletedOutside(t *testing.T) {
	const n = 30
	w, p := crowd(t, n)
	for i, it := range w.look(p.ID, external.KindTicket) {
		if i < n*6/10 {
			w.must(w.trackers[p.ID].Delete("mallory", it.ID))
		}
	}
	for _, allow := range []bool{false, true} {
		w.clock.now = w.clock.now.Add(time.Hour)
		s, err := w.session(p.ID, store.Reconcile)
		w.must(err)
		if s.State != store.Held || len(w.tickets()) != n || len(w.conflicts(store.OpenConflict)) > 11 {
			t.Fatalf("the session is %s (%s) with %d tickets and %d questions, want it held", s.State, s.Reason, len(w.tickets()), len(w.conflicts(store.OpenConflict)))
		}
		_, err = w.engine.Resume(t.Context(), p.ID, "op", allow)
		w.must(err)
	}
	w.reconcile(p.ID)
	w.syncs(p.ID, 2)
	if asked := len(w.conflicts(store.OpenConflict)); asked != n*6/10 || len(w.tickets()) != n {
		t.Errorf("%d questions and %d tickets, want %d and %d", asked, len(w.tickets()), n*6/10, n)
	}
}

// TestAQuotedMarkerIsAQuote: who is our account, by his own token, quotes the whole text of a ticket below it, with the key in it.
// No comment is a ticket's twin: it comes in, as anybody's does, and neither is called a duplicate.
func TestAQuotedMarkerIsAQuote(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	genuine := w.outside(p.ID, tk.ID)
	_, err := w.trackers[p.ID].AddComment("extsync-bot", genuine.Key, "I agree\n\n> a ticket\n<!-- memory-key:"+genuine.CreateKey+" -->")
	w.must(err)
	w.syncs(p.ID, 3)
	w.reconcile(p.ID)
	if here, _ := w.said(p, tk); len(here) != 1 || !strings.Contains(here[0], "I agree") {
		t.Errorf("here it says %q, want the quote", here)
	}
	if v := w.verify(p.ID); v.Unexplained > 0 || len(v.Differences) > 0 {
		t.Errorf("a verification finds %+v", v.Differences)
	}
	w.quiet(p)
}

// TestAForgedMarkerLinksNothing: somebody copies the key of an item of ours into another
// ticket, of his own or under our account. The true item stays linked, the copy is never
// adopted, nothing is made twice, and what our account made says why it stays out.
func TestAForgedMarkerLinksNothing(t *testing.T) {
	for _, c := range []struct {
		reason, author string
		tickets        int // here, in the end
		state          store.LinkState
	}{
		{"a stranger's copy is a ticket of its own", "mallory", 2, store.Live},
		{"a copy under our own account stays out", "extsync-bot", 1, store.ParkedLink},
	} {
		t.Run(c.reason, func(t *testing.T) {
			w, p, tk := pairOf(t, memory.Options{})
			genuine := w.outside(p.ID, tk.ID)
			if genuine.CreateKey == "" {
				t.Fatal("the item carries no key")
			}
			forged := ticket.Text("copied\n<!-- memory-key:" + genuine.CreateKey + " -->")
			ref, err := w.trackers[p.ID].CreateTicket(c.author, external.Fields{"title": ticket.Text("another"), "body": forged})
			w.must(err)
			_, err = w.trackers[p.ID].AddComment("mallory", genuine.Key, forged.Text())
			w.must(err)
			w.syncs(p.ID, 3)
			w.reconcile(p.ID)
			if l := w.link(p.ID, external.KindTicket, tk.ID); l.State != store.Live || l.ExternalID != genuine.ID {
				t.Errorf("the true link is %s with %q, want it live with %q", l.State, l.ExternalID, genuine.ID)
			}
			var copied store.Link
			w.view(func(tx store.Tx) (err error) {
				copied, err = tx.LinkByExternal(t.Context(), p.ID, external.KindTicket, ref.ID)
				return err
			})
			if copied.State != c.state || (c.state == store.ParkedLink) != (copied.Reason != "") {
				t.Errorf("the copy's link is %s (%q), want it %s", copied.State, copied.Reason, c.state)
			}
			if got := len(w.tickets()); got != c.tickets || w.standing(p.ID) != 2 {
				t.Errorf("%d tickets here and %d items outside, want %d and 2", got, w.standing(p.ID), c.tickets)
			}
			w.quiet(p)
		})
	}
}

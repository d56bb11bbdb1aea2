package engine_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// narrowed shows in lists what the filter lets in that the project had when it was opened: what has it as its title.
type narrowed struct {
	adapters.Adapter
	filter string
	during func()
}

func (n narrowed) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	n.during()
	out, err := n.Adapter.Changes(ctx, s, win, page, version)
	out.Items = slices.DeleteFunc(out.Items, func(it external.Item) bool {
		return n.filter != "" && it.Fields[memory.FieldTitle].Text() != n.filter
	})
	return out, err
}

// TestFilterWidenedInTheMiddleOfAWalk: somebody takes the filter of a project away while a session lists what it
// lets in. What it left out comes in with the next list, and does not wait for a sweep.
func TestFilterWidenedInTheMiddleOfAWalk(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	filter := func(to string) {
		_, err := w.engine.Configure(t.Context(), p.ID, "op", func(row *store.Project) error { row.Filter = to; return nil })
		w.must(err)
	}
	filter("in")
	for _, title := range []string{"out", "in"} {
		w.clock.now = w.clock.now.Add(time.Hour)
		_, err := w.trackers[p.ID].CreateTicket("eve", external.Fields{"title": ticket.Text(title)})
		w.must(err)
	}
	widen := once(func() { filter("") })
	w.wrap = func(a *memory.Adapter) adapters.Adapter {
		var row store.Project
		w.view(func(tx store.Tx) (err error) { row, err = tx.Project(t.Context(), p.ID); return err })
		return narrowed{a, row.Filter, widen}
	}
	w.syncs(p.ID, 2)
	var all []ticket.Ticket
	w.view(func(tx store.Tx) (err error) { all, err = tx.ListTickets(t.Context(), "", 10); return err })
	if len(all) != 2 {
		t.Errorf("of two tickets outside these came in: %+v", all)
	}
}

// TestFilterWidenedBeforeATicketIsDeleted: a session lists comments once more before it deletes a ticket outside, and
// tickets with them, as some systems do. Where the filter was taken away since the session began that list, too, shows
// what it let in no more than before: what it left out comes in with the next one.
func TestFilterWidenedBeforeATicketIsDeleted(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{TicketDel: true})
	filter := func(to string) {
		_, err := w.engine.Configure(t.Context(), p.ID, "op", func(row *store.Project) error { row.Filter = to; return nil })
		w.must(err)
	}
	filter("in")
	_, err := w.trackers[p.ID].CreateTicket("eve", external.Fields{"title": ticket.Text("out")})
	w.must(err)
	tk := w.create("in", ticket.Public)
	narrow := func(a *memory.Adapter) adapters.Adapter {
		var row store.Project
		w.view(func(tx store.Tx) (err error) { row, err = tx.Project(t.Context(), p.ID); return err })
		return narrowed{oneList{a}, row.Filter, func() {}}
	}
	w.wrap = narrow
	w.syncs(p.ID, 2)
	w.clock.now = w.clock.now.Add(time.Hour)
	_, _, err = w.engine.SetPrivacyAndTakeBack(t.Context(), tk.ID, ticket.LocalOnly, outbound.Remove, "ann")
	w.must(err)
	w.wrap = func(a *memory.Adapter) adapters.Adapter {
		defer filter("") // right after it was opened
		return narrow(a)
	}
	r, err := w.engine.Begin(t.Context(), "woken", p.ID, store.Incremental)
	w.must(err)
	_, err = w.engine.Sync(t.Context(), r, 100)
	w.must(err)
	w.wrap = narrow
	w.syncs(p.ID, 2)
	var all []ticket.Ticket
	w.view(func(tx store.Tx) (err error) { all, err = tx.ListTickets(t.Context(), "", 10); return err })
	if len(all) != 2 {
		t.Errorf("these tickets are here: %+v", all)
	}
}

// TestFilterWidenedWhileItIsPolled: somebody takes the filter of a project away while a poll asks what it lets in,
// and none of it was ever walked through. What the answer goes by is not kept as though it told of all there is.
func TestFilterWidenedWhileItIsPolled(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	filter := func(to string) {
		_, err := w.engine.Configure(t.Context(), p.ID, "op", func(row *store.Project) error { row.Filter = to; return nil })
		w.must(err)
	}
	_, err := w.trackers[p.ID].CreateTicket("eve", external.Fields{"title": ticket.Text("out")})
	w.must(err)
	filter("in")
	widen := once(func() { filter("") })
	w.wrap = func(a *memory.Adapter) adapters.Adapter {
		var row store.Project
		w.view(func(tx store.Tx) (err error) { row, err = tx.Project(t.Context(), p.ID); return err })
		return narrowed{a, row.Filter, widen}
	}
	if _, err = w.engine.Poll(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	if found, err := w.engine.Poll(t.Context(), p.ID); err != nil || !found.Changed {
		t.Errorf("the next poll finds nothing (%v)", err)
	}
	w.syncs(p.ID, 2)
	var all []ticket.Ticket
	w.view(func(tx store.Tx) (err error) { all, err = tx.ListTickets(t.Context(), "", 10); return err })
	if len(all) != 1 {
		t.Errorf("of one ticket outside this came in: %+v", all)
	}
}

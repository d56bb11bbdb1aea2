package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// limitedLists is at its limit once so many pages were listed, for an hour.
type limitedLists struct {
	adapters.Adapter
	left *int
}

func (l limitedLists) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	if *l.left--; *l.left == -1 {
		return external.Page{}, &external.Error{Kind: external.RateLimited, Op: "list", Message: "at its limit", RetryAfter: time.Hour}
	}
	return l.Adapter.Changes(ctx, s, win, page, version)
}

// TestASweepThatALimitInterrupted: it goes on where it was, and what its first pages showed is
// not read once more, item by item.
func TestASweepThatALimitInterrupted(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{PageSize: 10})
	for n := range 100 {
		w.clock.now = w.clock.now.Add(time.Second)
		_, err := w.trackers[p.ID].CreateTicket("bob", external.Fields{memory.FieldTitle: ticket.Text(fmt.Sprintf("ticket %d", n))})
		w.must(err)
	}
	w.syncs(p.ID, 1)
	gone := w.look(p.ID, external.KindTicket)[3]
	w.must(w.trackers[p.ID].Delete("bob", gone.ID))
	left := 6
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return limitedLists{a, &left} }
	before := w.trackers[p.ID].Calls().Read
	if _, err := w.session(p.ID, store.Reconcile); err != nil {
		t.Fatal(err)
	}
	w.clock.now = w.clock.now.Add(2 * time.Hour)
	w.reconcile(p.ID)
	if reads := w.trackers[p.ID].Calls().Read - before; reads > 10 {
		t.Errorf("%d items were read by themselves; one is gone", reads)
	}
	if c := w.conflicts(store.OpenConflict); len(c) != 1 || c[0].Kind != store.GoneOutside {
		t.Errorf("asked: %+v", c)
	}
}

// TestALabelThatIsLongerThanWeHold rests like everything that nobody could type here.
func TestALabelThatIsLongerThanWeHold(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, mine.ID).ID, memory.FieldLabels, ticket.Set("bug", strings.Repeat("x", 257))))
	w.sync(p.ID)
	w.rests(p.ID, mine.ID, ticket.Labels, store.Unmappable, "256")
	if got := w.ticket(mine.ID).Fields[ticket.Labels]; got.Len() != 0 {
		t.Errorf("here: %d labels", got.Len())
	}
}

// behind lists tickets as they were a moment ago, and reads them as they are.
type behind struct {
	adapters.Adapter
	shown *[]external.Item
}

func (b behind) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	if s == external.StreamTickets && len(*b.shown) > 0 {
		items := *b.shown
		*b.shown = nil
		return external.Page{Items: items}, nil
	}
	return b.Adapter.Changes(ctx, s, win, page, version)
}

// TestAHintIsNotAnsweredByAListThatLags: somebody edits a ticket outside and deletes it, and the
// webhook of that comes while the list shows the edit alone, which no list will ever correct.
func TestAHintIsNotAnsweredByAListThatLags(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("Write the manual", ticket.Public)
	w.syncs(p.ID, 1)
	item := w.outside(p.ID, mine.ID)
	w.clock.now = w.clock.now.Add(time.Minute)
	w.must(w.trackers[p.ID].EditField("bob", item.ID, memory.FieldTitle, ticket.Text("Write the book")))
	shown := w.look(p.ID, external.KindTicket)
	w.must(w.trackers[p.ID].Delete("bob", item.ID))
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{item.Ref}))
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return behind{a, &shown} }
	w.sync(p.ID)
	w.syncs(p.ID, 2)
	if c := w.conflicts(store.OpenConflict); len(c) != 1 || c[0].Kind != store.GoneOutside {
		t.Errorf("asked: %+v", c)
	}
}

// TestToldAgain: a ticket that only webhooks tell of is told to be gone and to be there again. What
// was said on it meanwhile comes in.
func TestToldAgain(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	_, err := w.engine.FollowDeletions(t.Context(), p.ID, "op", true, 0)
	w.must(err)
	at := w.clock.now
	tell := func(minute int, gone bool, kind external.Kind, id, field, value string) {
		it := external.Item{
			Ref: external.Ref{Kind: kind, ID: id, Key: id}, Author: "mallory", Gone: gone, UpdatedAt: at.Add(time.Duration(minute) * time.Minute),
			Fields: external.Fields{field: ticket.Text(value)},
		}
		if kind == external.KindComment {
			it.Parent = "77"
		} else {
			it.Fields[memory.FieldState] = ticket.Text(ticket.StateOpen)
		}
		w.view(func(tx store.Tx) error {
			return w.engine.ReceiveTx(t.Context(), tx, p.ID, w.adapter(w.trackers[p.ID], p.ID), []external.Item{it})
		})
	}
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return toldOnly{a} }
	tell(1, false, external.KindTicket, "77", memory.FieldTitle, "one")
	tell(1, false, external.KindComment, "78", memory.FieldBody, "said")
	w.syncs(p.ID, 2)
	tell(2, true, external.KindTicket, "77", memory.FieldTitle, "one")
	tell(2, false, external.KindComment, "78", memory.FieldBody, "said anew")
	w.syncs(p.ID, 2)
	tell(3, false, external.KindTicket, "77", memory.FieldTitle, "one")
	w.syncs(p.ID, 2)
	var said []ticket.Comment
	here := w.tickets()[0].ID
	w.view(func(tx store.Tx) (err error) {
		said, err = tx.CommentsOf(t.Context(), here)
		return err
	})
	if len(said) != 1 || said[0].Body.Text() != "said anew" {
		t.Errorf("here: %+v", said)
	}
}

// toldOnly cannot be read.
type toldOnly struct{ adapters.Adapter }

func (o toldOnly) Capabilities() external.Capabilities {
	c := o.Adapter.Capabilities()
	c.ReadBatch, c.Streams = 0, nil
	return c
}

// outOfSight does not show one item.
type outOfSight struct {
	adapters.Adapter
	id string
}

func (o outOfSight) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	items, err := o.Adapter.Read(ctx, refs)
	for n := range items {
		if refs[n].ID == o.id {
			items[n] = external.Item{Ref: refs[n], Gone: true}
		}
	}
	return items, err
}

func (o outOfSight) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	out, err := o.Adapter.Changes(ctx, s, win, page, version)
	out.Items = slices.DeleteFunc(out.Items, func(it external.Item) bool { return it.ID == o.id })
	return out, err
}

// TestAHintBringsBackWhatWasGone: a webhook tells of a ticket about whose deletion a person is
// asked; it is read, and found to be there again.
func TestAHintBringsBackWhatWasGone(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	item := w.outside(p.ID, mine.ID)
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return outOfSight{a, item.ID} }
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{item.Ref}))
	w.sync(p.ID)
	if c := w.conflicts(store.OpenConflict); len(c) != 1 || c[0].Kind != store.GoneOutside {
		t.Fatalf("asked: %+v", c)
	}
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{item.Ref})) // of something else
	w.sync(p.ID)
	if c, l := w.conflicts(store.OpenConflict), w.link(p.ID, external.KindTicket, mine.ID); len(c) != 1 || l.State != store.MaybeGone {
		t.Errorf("still gone, and: %+v, %+v", c, l)
	}
	w.wrap = nil
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{item.Ref}))
	r, err := w.engine.Begin(t.Context(), "woken", p.ID, store.Incremental)
	w.must(err)
	_, err = w.engine.Sync(t.Context(), r, 100) // a webhook's session walks no list
	w.must(err)
	if c, l := w.conflicts(store.OpenConflict), w.link(p.ID, external.KindTicket, mine.ID); len(c) != 0 || l.State != store.Live {
		t.Errorf("there again, and: %+v, %+v", c, l)
	}
}

package adaptertest

import (
	"time"

	"github.com/extsync/extsync/external"
)

// fill makes tickets that need several pages, a few with one stamp each time.
func (b *bench) fill() []external.Ref {
	b.Helper()
	var refs []external.Ref
	for i := range b.many {
		refs = append(refs, b.CreateTicket("ann", b.Ticket(i%4)))
		if i%5 == 4 {
			b.Advance(time.Second)
		}
	}
	b.settle()
	return refs
}

// missing fails for every item that the walk did not show.
func (b *bench) missing(items []external.Item, want []external.Ref) {
	b.Helper()
	seen := ids(items)
	for _, r := range want {
		if _, ok := seen[r.ID]; !ok {
			b.Errorf("the walk missed item %s (%s)", r.ID, r.Key)
		}
	}
}

// lawResume: a page token is good in another process. walk makes a new adapter for
// every page.
func lawResume(b *bench) {
	refs := b.fill()
	pages := 0
	items, _ := b.walk(external.StreamTickets, external.Window{}, func() { pages++ })
	if pages < 2 {
		b.Fatalf("only %d pages: the harness makes too few tickets", pages+1)
	}
	b.missing(items, refs)
	for _, i := range kindOf(items, external.KindTicket) {
		if i.UpdatedAt.IsZero() || i.ID == "" || i.Key == "" {
			b.Errorf("an item lacks its stamp, id or key: %+v", i.Ref)
		}
	}
}

// lawDrift: items that move while the walk goes on push others across page borders;
// none is missed.
func lawDrift(b *bench) {
	refs := b.fill()
	n := 0
	items, _ := b.walk(external.StreamTickets, external.Window{}, func() {
		if n < len(refs) { // the first are the oldest: they stand on pages already read
			b.Advance(time.Second)
			b.Edit("ann", refs[n], b.retitled(n+5))
			b.Edit("ann", refs[n+1], b.retitled(n+6))
			n += 2
		}
	})
	b.missing(items, refs)
	if n == 0 {
		b.Fatal("nothing moved during the walk")
	}
}

// lawWindow: the lower bound is inclusive, and what is older stays away.
func lawWindow(b *bench) {
	old := b.CreateTicket("ann", b.Ticket(0))
	b.Advance(time.Hour)
	at := b.CreateTicket("ann", b.Ticket(1))
	stamp := b.read(at).UpdatedAt
	same := b.CreateTicket("ann", b.Ticket(2)) // the same second, where stamps are that coarse
	b.settle()
	items, _ := b.walk(external.StreamTickets, external.Window{Lo: stamp}, nil)
	b.missing(items, []external.Ref{at, same})
	if _, shown := ids(items)[old.ID]; shown {
		b.Error("an item older than the window shows")
	}
}

// lawUnchanged: a version spares a second reading exactly as long as nothing changed.
func lawUnchanged(b *bench) {
	ref := b.CreateTicket("ann", b.Ticket(0))
	b.settle()
	_, version := b.walk(external.StreamTickets, external.Window{}, nil)
	if version == "" {
		b.notOffered("Page.Version")
	}
	again, err := b.a.Changes(b.Context(), external.StreamTickets, external.Window{}, "", version)
	if err != nil || !again.Unchanged || len(again.Items) != 0 {
		b.Errorf("nothing changed: got unchanged=%t and %d items, %v", again.Unchanged, len(again.Items), err)
	}
	b.Advance(2 * time.Second)
	b.Edit("ann", ref, b.retitled(1))
	b.settle()
	moved, err := b.a.Changes(b.Context(), external.StreamTickets, external.Window{}, "", version)
	if err != nil || moved.Unchanged || len(kindOf(moved.Items, external.KindTicket)) != 1 {
		b.Errorf("after an edit: got unchanged=%t and %d items, %v", moved.Unchanged, len(moved.Items), err)
	}
}

// retitled returns the title of sample n alone.
func (b *bench) retitled(n int) external.Fields {
	return external.Fields{b.title(): b.Ticket(n)[b.title()]}
}

// lawReadOrder: answers stand in the order of the questions, the gone among them.
func lawReadOrder(b *bench) {
	one := b.CreateTicket("ann", b.Ticket(0))
	two := b.CreateTicket("ann", b.Ticket(1))
	c := b.AddComment("bob", one, b.Comment(0))
	refs := []external.Ref{two, c, one}
	gone := b.Delete("ann", two)
	items, err := b.a.Read(b.Context(), refs)
	if err != nil || len(items) != len(refs) {
		b.Fatalf("got %d items, %v", len(items), err)
	}
	for i, it := range items {
		if it.ID != refs[i].ID || it.Kind != refs[i].Kind {
			b.Errorf("answer %d: got %s %s, want %s %s", i, it.Kind, it.ID, refs[i].Kind, refs[i].ID)
		}
	}
	if items[0].Gone != gone {
		b.Errorf("the first: got gone=%t, want %t", items[0].Gone, gone)
	}
}

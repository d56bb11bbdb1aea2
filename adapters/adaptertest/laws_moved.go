package adaptertest

import (
	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Mover is a site with a second project, to which people can move a ticket.
type Mover interface {
	Move(login string, ref external.Ref)
}

// lawMoved: a ticket that was moved to another project is gone from this one, when read
// and in lists, and has no history. Others stand where they stood. A write may still
// follow it, where ids outlive the move: the engine reads before it writes.
func lawMoved(b *bench) {
	site, ok := b.Site.(Mover)
	if !ok {
		b.notOffered("moving to another project")
	}
	moved := b.create(0)
	stays := b.CreateTicket("ann", b.Ticket(1))
	b.settle()
	stood := b.read(stays)
	site.Move("ann", moved.Ref)
	items, err := b.a.Read(b.Context(), []external.Ref{moved.Ref})
	switch {
	case external.KindOf(err) == external.Moved:
	case err != nil || len(items) != 1:
		b.Fatalf("read: got %d items, %v; want it gone, or kind moved", len(items), err)
	case !items[0].Gone || items[0].ID != moved.ID:
		b.Errorf("read: got %+v, want it gone", items[0].Ref)
	}
	b.same(b.read(stays).Fields, stood.Fields)
	b.settle()
	listed, _ := b.walk(external.StreamTickets, external.Window{}, nil)
	shown := ids(listed)
	if it, there := shown[moved.ID]; there && !it.Gone {
		b.Error("the ticket still shows in lists, and not as gone")
	}
	if _, there := shown[stays.ID]; !there {
		b.Error("another ticket does not show any more")
	}
	_, err = b.a.Write(b.Context(), b.ops(edit(moved, external.Fields{b.title(): ticket.Text("not to be")}))[0])
	switch external.KindOf(err) {
	case external.Gone, external.NotFound, external.Moved, "":
		b.Logf("editing it: %v", err)
	default:
		b.Errorf("editing it: got %v, want kind gone, not_found or moved", err)
	}
	if b.a.Capabilities().History > 0 {
		got, err := b.a.History(b.Context(), []adapters.HistoryQuery{{Ref: moved.Ref}, {Ref: stays}})
		if err != nil || len(got) != 2 {
			b.Errorf("its history, asked for with another's: got %d, %v", len(got), err)
		}
	}
}

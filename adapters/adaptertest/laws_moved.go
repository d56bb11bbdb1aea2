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
// and in lists, and has no history. A reading says where it lives now, by the immutable id
// of that project. Others stand where they stood. A write is refused, or, where ids outlive
// the move, it happens at the new place and its answer says so: the engine reads before it
// writes, but nobody can read and write at once.
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
	case items[0].MovedTo == "" || !somewhere(items[0].Home):
		b.Errorf("read: it moved to %q, %+v; want an address for people, and project, id and key", items[0].MovedTo, items[0].Home)
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
	b.writesMoved(moved)
	if b.a.Capabilities().History > 0 {
		got, err := b.a.History(b.Context(), []adapters.HistoryQuery{{Ref: moved.Ref}, {Ref: stays}})
		if err != nil || len(got) != 2 {
			b.Errorf("its history, asked for with another's: got %d, %v", len(got), err)
		}
	}
}

// writesMoved edits a ticket that was moved since it was read.
func (b *bench) writesMoved(moved external.Item) {
	b.Helper()
	title := ticket.Text("written too late")
	got, err := b.a.Write(b.Context(), b.ops(edit(moved, external.Fields{b.title(): title}))[0])
	switch external.KindOf(err) {
	case external.Gone, external.NotFound, external.Moved:
		b.Logf("editing it: %v", err)
	case "":
		if got.ID != moved.ID || !got.Gone || got.MovedTo == "" || !somewhere(got.Home) {
			b.Errorf("editing it went on at its new place, and the answer does not say so: %+v", got)
		}
		if !got.Fields[b.title()].Equal(title) {
			b.Errorf("editing it: the answer shows %q, want what was written", got.Fields[b.title()].Text())
		}
	default:
		b.Errorf("editing it: got %v, want kind gone, not_found or moved, or an answer that says where it was written", err)
	}
}

func somewhere(h external.Home) bool { return h.Project != "" && h.ID != "" && h.Key != "" }

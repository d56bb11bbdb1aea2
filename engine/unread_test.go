package engine_test

import (
	"context"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// blind is a system that only takes what is sent: it cannot be read or listed, and tells
// repeats of a create by its key, answering with what it made the first time.
type blind struct {
	*memory.Adapter
	made map[string]external.Item // by create key
}

func (b blind) Capabilities() external.Capabilities {
	c := b.Adapter.Capabilities()
	c.ReadBatch, c.Streams, c.History, c.CreateKey = 0, nil, 0, external.CreateKeyNone
	return c
}

func (b blind) Read(context.Context, []external.Ref) ([]external.Item, error) {
	return nil, &external.Error{Kind: external.Invalid, Op: "read", Message: "it cannot be read"}
}

func (b blind) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	c, err := op.Open()
	if err != nil {
		return external.Item{}, err
	}
	if was, ok := b.made[c.CreateKey]; ok && op.Creates {
		return was, nil
	}
	item, err := b.Adapter.Write(ctx, op)
	if op.Creates {
		for _, it := range b.Look(external.KindTicket) {
			if it.CreateKey == c.CreateKey {
				b.made[c.CreateKey] = it
			}
		}
	}
	return item, err
}

func (w *world) blind() {
	made := map[string]external.Item{}
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return blind{a, made} }
}

// TestUnreadableUpdateInDoubtIsMadeGood: the edit whose reply was lost is taken back
// here; what outside holds is not known, so it is told once more.
func TestUnreadableUpdateInDoubtIsMadeGood(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.blind()
	mine := w.create("first", ticket.Public)
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("docs")})
	w.syncs(p.ID, 1)
	for _, set := range []ticket.Fields{text(ticket.Title, "second"), {ticket.Labels: ticket.Set("docs", "urgent")}} {
		w.edit(mine.ID, set)
		w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: true})
		w.syncs(p.ID, 1)
	}
	w.edit(mine.ID, ticket.Fields{ticket.Title: ticket.Text("first"), ticket.Labels: ticket.Set("docs")})
	w.syncs(p.ID, 3)
	got := w.outside(p.ID, mine.ID).Fields
	if got[memory.FieldTitle].Text() != "first" || !got[memory.FieldLabels].Equal(ticket.Set("docs")) {
		t.Errorf("outside: %v, want what is here", got)
	}
	if s := w.sync(p.ID); s.Counts.Writes != 0 {
		t.Errorf("it does not settle: %+v", s.Counts)
	}
}

// TestUnreadableCreateInDoubtTakesTheEdit: the repeat of a create is answered from
// memory; what was edited since is written after it.
func TestUnreadableCreateInDoubtTakesTheEdit(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.blind()
	mine := w.create("first", ticket.Public)
	w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: true})
	w.syncs(p.ID, 1)
	w.edit(mine.ID, ticket.Fields{ticket.Title: ticket.Text("second"), ticket.Labels: ticket.Set("docs")})
	w.syncs(p.ID, 3)
	if n := len(w.look(p.ID, external.KindTicket)); n != 1 {
		t.Fatalf("%d tickets outside", n)
	}
	if got := w.outside(p.ID, mine.ID).Fields; got[memory.FieldTitle].Text() != "second" || !got[memory.FieldLabels].Equal(ticket.Set("docs")) {
		t.Errorf("outside: %v", got)
	}
	if s, l := w.sync(p.ID), w.link(p.ID, external.KindTicket, mine.ID); s.Counts.Writes != 0 || l.State != store.Live {
		t.Errorf("it does not settle: %+v, %s", s.Counts, l.State)
	}
}

package engine_test

import (
	"context"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// dropsLabels is a tracker that takes writes and silently leaves labels out, as
// GitHub does for a credential without push access (vendors: "silently dropped").
type dropsLabels struct {
	*memory.Adapter
	tracker *memory.Tracker
}

func (a dropsLabels) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	item, err := a.Adapter.Write(ctx, op)
	if err != nil || item.Kind != external.KindTicket {
		return item, err
	}
	if err := a.tracker.EditField(item.Author, item.ID, memory.FieldLabels, ticket.Set()); err != nil {
		return item, err
	}
	item.Fields[memory.FieldLabels] = ticket.Set()
	return item, nil
}

// TestDroppedLabelsStayHere: what the external system refuses to keep is reported,
// not taken for a removal, and not sent again and again.
func TestDroppedLabelsStayHere(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return dropsLabels{a, w.trackers[p.ID]} }
	mine := w.create("Write the manual", ticket.Public)
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("docs")})
	if s := w.sync(p.ID); s.Counts.Lossy != 1 {
		t.Errorf("after the create: %+v", s.Counts)
	}
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("docs", "help wanted")})
	if s := w.sync(p.ID); s.Counts.Lossy != 1 {
		t.Errorf("after a label was added: %+v", s.Counts)
	}
	if s := w.sync(p.ID); s.Counts.Writes != 0 || s.Counts.AppliedHere != 0 {
		t.Errorf("it does not settle: %+v", s.Counts)
	}
	for _, tk := range w.tickets() {
		if !tk.Fields[ticket.Labels].Equal(ticket.Set("docs", "help wanted")) {
			t.Errorf("here: %v", tk.Fields[ticket.Labels])
		}
	}
}

package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestWholeItemsOfDeliveries: what cannot be read is believed as told, and an old
// snapshot that comes late or twice changes nothing.
func TestWholeItemsOfDeliveries(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	at := w.clock.now
	item := func(title string, minute int) external.Item {
		return external.Item{
			Ref: external.Ref{Kind: external.KindTicket, ID: "77", Key: "77"}, Author: "mallory", UpdatedAt: at.Add(time.Duration(minute) * time.Minute),
			Fields: external.Fields{memory.FieldTitle: ticket.Text(title), memory.FieldState: ticket.Text(ticket.StateOpen)},
		}
	}
	for _, told := range []external.Item{item("second", 2), item("first", 1), item("second", 2)} {
		w.view(func(tx store.Tx) error {
			return w.engine.ReceiveTx(t.Context(), tx, p.ID, w.adapter(w.trackers[p.ID], p.ID), []external.Item{told})
		})
		w.sync(p.ID)
	}
	all := w.tickets()
	if len(all) != 1 || all[0].Fields[ticket.Title].Text() != "second" || all[0].Revision != 1 {
		t.Errorf("here: %+v", all)
	}
}

// TestATwinThatIsTold: an item that only webhooks tell of has a twin like any other.
func TestATwinThatIsTold(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.direct(p, external.Pull)
	_, err := w.engine.CreateTicket(t.Context(), made(twinTitle, ""), ticket.Public, "ann")
	w.must(err)
	told := external.Item{
		Ref: external.Ref{Kind: external.KindTicket, ID: "77", Key: "77"}, Author: "mallory", UpdatedAt: w.clock.now,
		Fields: external.Fields{memory.FieldTitle: ticket.Text(twinTitle), memory.FieldState: ticket.Text(ticket.StateOpen)},
	}
	w.view(func(tx store.Tx) error {
		return w.engine.ReceiveTx(t.Context(), tx, p.ID, w.adapter(w.trackers[p.ID], p.ID), []external.Item{told})
	})
	var seen store.Observation
	w.view(func(tx store.Tx) (err error) {
		seen, err = tx.Observation(t.Context(), p.ID, external.KindTicket, "77")
		return err
	})
	if seen.TitleKey != ticket.TitleKey(twinTitle) {
		t.Errorf("it is found by the title %q", seen.TitleKey)
	}
}

package engine_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestMoreThanWeHold: what nobody could type here does not come in; the field rests with
// the limit named, and the other fields flow.
func TestMoreThanWeHold(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine, other := w.create("Write the manual", ticket.Public), w.create("Read it", ticket.Public)
	w.sync(p.ID)
	labels := make([]string, 10_000)
	for n := range labels {
		labels[n] = fmt.Sprintf("label%d", n)
	}
	id := w.outside(p.ID, mine.ID).ID
	w.must(w.trackers[p.ID].EditField("mallory", id, memory.FieldLabels, ticket.Set(labels...)))
	w.must(w.trackers[p.ID].EditField("mallory", id, memory.FieldTitle, ticket.Text("Write the book")))
	w.edit(other.ID, text(ticket.Title, "Read it twice"))
	w.sync(p.ID)
	w.rests(p.ID, mine.ID, ticket.Labels, store.Unmappable, "at most 1000")
	if got := w.ticket(mine.ID).Fields; got[ticket.Labels].Len() != 0 || got[ticket.Title].Text() != "Write the book" {
		t.Errorf("here: %d labels, title %q", got[ticket.Labels].Len(), got[ticket.Title])
	}
	if w.outside(p.ID, other.ID).Fields[memory.FieldTitle].Text() != "Read it twice" {
		t.Error("another ticket was held up")
	}
}

// garbled shows titles, authors and addresses with bytes that no database keeps.
type garbled struct{ adapters.Adapter }

func (g garbled) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	out, err := g.Adapter.Changes(ctx, s, win, page, version)
	for n, item := range out.Items {
		if item.Kind == external.KindTicket {
			out.Items[n].Author, out.Items[n].URL = "mall\x00ory", "https://example.com/\xff"
			out.Items[n].Fields = external.Fields{
				memory.FieldTitle: ticket.Text("a\x00b\xff"), memory.FieldLabels: ticket.Set("x\x00"), memory.FieldState: item.Fields[memory.FieldState],
			}
		}
	}
	return out, err
}

// TestBytesThatNobodyKeeps: one garbled item does not stop the walk of all others.
func TestBytesThatNobodyKeeps(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return garbled{a} }
	made, err := w.trackers[p.ID].CreateTicket("mallory", external.Fields{memory.FieldTitle: ticket.Text("plain")})
	w.must(err)
	w.sync(p.ID)
	all := w.tickets()
	if len(all) != 1 || all[0].Fields[ticket.Title].Text() != "a\uFFFDb\uFFFD" || !all[0].Fields[ticket.Labels].Equal(ticket.Set("x\uFFFD")) {
		t.Errorf("here: %+v", all)
	}
	w.view(func(tx store.Tx) error {
		seen, err := tx.Observation(t.Context(), p.ID, external.KindTicket, made.ID)
		if seen.Item.Author != "mall\uFFFDory" || seen.Item.URL != "https://example.com/\uFFFD" {
			t.Errorf("seen by %q at %q", seen.Item.Author, seen.Item.URL)
		}
		return err
	})
}

// TestAHintThatNobodyKeeps: a webhook names an item by bytes that no database keeps. It is noted
// all the same, or its sender would send it for ever.
func TestAHintThatNobodyKeeps(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{{Kind: external.KindTicket, ID: "a\x00b", Key: "\xff"}}))
	w.sync(p.ID)
}

package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestWhatIsNotOverwrittenIsTold: who has a ticket overwritten hears that the people whom it names
// stay there. To empty that as well, he removes it there by hand.
func TestWhatIsNotOverwrittenIsTold(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a reorganisation"), ticket.Assignees: ticket.Set("ann")}, ticket.Public)
	w.sync(p.ID)
	_, back, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Redact, "ann")
	w.must(err)
	w.syncs(p.ID, 2)
	there := w.outside(p.ID, id)
	if there.Fields[memory.FieldTitle].Text() != outbound.Notice || there.Fields[memory.FieldAssignees].IsEmpty() {
		t.Fatalf("outside it is %v", there.Fields)
	}
	if !slices.ContainsFunc(back.Cannot, func(s string) bool { return strings.Contains(s, "such as people") }) {
		t.Errorf("that its people stay there is not told: %q", back.Cannot)
	}
}

// TestTakenBackOnceItIsConnected: who makes a ticket private hears that what stands in a disconnected project
// stays there. It is taken back once that is connected again.
func TestTakenBackOnceItIsConnected(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	id := w.create("a reorganisation", ticket.Public).ID
	w.sync(p.ID)
	_, err := w.engine.Disconnect(t.Context(), p.ID, "op")
	w.must(err)
	_, back, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Redact, "ann")
	w.must(err)
	if !slices.ContainsFunc(back.Cannot, func(s string) bool { return strings.Contains(s, p.Key) && strings.Contains(s, "disconnected") }) {
		t.Errorf("%d are taken back, and that the project is disconnected is not told: %q", back.Items, back.Cannot)
	}
	w.reconnect(p, external.Bidirectional)
	if got := w.outside(p.ID, id).Fields[memory.FieldTitle].Text(); got != outbound.Notice {
		t.Errorf("connected again, it reads %q", got)
	}
}

// textOfOurs is a ticket that others made, with a text of ours.
func textOfOurs(w *world, p store.Project) string {
	w.makeOutside(p, made("a reorganisation", "words"))
	w.sync(p.ID)
	id := w.onlyTicket(p.ID)
	w.edit(id, text(ticket.Body, secret))
	return id
}

// TestATextThatIsKnownLateIsOurs: we wrote the text of a ticket that others made, and the answer was lost. It is
// taken back like any other that we wrote.
func TestATextThatIsKnownLateIsOurs(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	id := textOfOurs(w, p)
	w.lose(p, true)
	w.syncs(p.ID, 3)
	w.hide(id, outbound.Redact)
	w.syncs(p.ID, 2)
	if got := w.outside(p.ID, id).Fields[memory.FieldBody].Text(); got != outbound.Notice {
		t.Errorf("outside it still reads %q: %s", got, w.link(p.ID, external.KindTicket, id).Reason)
	}
}

package engine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestUndoOfWhatIsToBeTakenBack: somebody asks for a ticket to be taken back, and the session that
// made it outside is undone first. Nobody comes back to what an undo has closed: it overwrites what
// the item says before, also where an answer is lost.
func TestUndoOfWhatIsToBeTakenBack(t *testing.T) {
	redacted := "title=" + outbound.Notice + ";body=" + outbound.Notice + ";state=not_planned;"
	for _, tt := range []struct {
		name string
		wrap func(*memory.Adapter) adapters.Adapter
		del  bool
		want string // what is shown outside afterwards
	}{
		{name: "it can be closed", want: redacted},
		{name: "it can be deleted", del: true},
		{name: "deleting is refused", del: true, want: redacted, wrap: func(a *memory.Adapter) adapters.Adapter { return refusesDelete{a} }},
		{name: "our notice is refused", want: "title=" + secret + ";body=" + outbound.Notice + ";state=not_planned;",
			wrap: func(a *memory.Adapter) adapters.Adapter { return choosy{a, []string{secret}} }},
	} {
		for _, how := range []outbound.TakeBack{outbound.Redact, outbound.Remove} {
			for _, lost := range []bool{false, true} {
				w := newWorld(t)
				w.wrap = tt.wrap
				p := w.connect("octo/hello", memory.Options{TicketDel: tt.del})
				id := w.createWith(ticket.Fields{ticket.Title: ticket.Text(secret), ticket.Body: ticket.Text(secret)}, ticket.Public)
				s := w.sync(p.ID)
				_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, how, "ann")
				w.must(err)
				if lost {
					w.lose(p, true)
				}
				undo := w.rollBack(s.ID)
				l := w.link(p.ID, external.KindTicket, id)
				if l.State != store.Withdrawn || l.TakeBack != "" || strings.Contains(tt.want, secret) != strings.Contains(l.Reason, "title") {
					t.Errorf("%s, %s: the link is %s (%s), to be taken back %q", tt.name, how, l.State, l.Reason, l.TakeBack)
				}
				w.rollBack(undo.ID) // it may not leave any more
				w.syncs(p.ID, 2)
				if got := w.shown(p.ID); got != tt.want {
					t.Errorf("%s, %s, an answer lost %t: outside shows %q, want %q", tt.name, how, lost, got, tt.want)
				}
			}
		}
	}
}

// betweenCalls does something once, right before a write of a state.
type betweenCalls struct {
	adapters.Adapter
	do *func()
}

func (a betweenCalls) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	if c, err := op.Open(); err == nil && !c.Set["state"].IsEmpty() && *a.do != nil {
		do := *a.do
		*a.do = nil
		do()
	}
	return a.Adapter.Write(ctx, op)
}

// TestTakenBackWhileAnUndoClosesIt: somebody asks for a ticket to be taken back just as an undo
// closes it outside. The undo does it, whether the answer to that is heard or not.
func TestTakenBackWhileAnUndoClosesIt(t *testing.T) {
	for _, lost := range []bool{false, true} {
		w := newWorld(t)
		var ask func()
		w.wrap = func(a *memory.Adapter) adapters.Adapter { return betweenCalls{a, &ask} }
		p, id := w.secretPair(memory.Options{})
		ask = func() {
			_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Redact, "ann")
			w.must(err)
			if lost {
				w.lose(p, true)
			}
		}
		w.rollBack("session-1")
		if got, want := w.shown(p.ID), "title="+outbound.Notice+";body="+outbound.Notice+";state=not_planned;"; got != want {
			t.Errorf("an answer lost %t: outside shows %q, want %q", lost, got, want)
		}
		if l := w.link(p.ID, external.KindTicket, id); l.State != store.Withdrawn || l.TakeBack != "" {
			t.Errorf("an answer lost %t: the link is %s (%s), to be taken back %q", lost, l.State, l.Reason, l.TakeBack)
		}
	}
}

package engine_test

import (
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// reach is how far a decision on a conflict goes, as the person is told who decides.
func (w *world) reach(c store.Conflict) (goes engine.Reach) {
	w.t.Helper()
	w.view(func(tx store.Tx) error {
		t, err := tx.Ticket(w.t.Context(), c.TicketID)
		if err == nil {
			goes, err = w.engine.Reaches(w.t.Context(), tx, c, t)
		}
		return err
	})
	return goes
}

// TestWhatWasLostComesBackHereAlone: what somebody had written outside was lost as a ticket was taken back, which is
// local_only since. Whoever has it back has it here alone: nothing is written anywhere.
func TestWhatWasLostComesBackHereAlone(t *testing.T) {
	for _, how := range []outbound.TakeBack{outbound.Redact, outbound.Remove} {
		w, p, tk := pairOf(t, memory.Options{})
		q := w.connect("octo/second", memory.Options{})
		w.syncs(q.ID, 2)
		w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, tk.ID).ID, memory.FieldTitle, ticket.Text("hers")))
		w.hide(tk.ID, how)
		w.syncs(p.ID, 2)
		w.syncs(q.ID, 2)
		open := w.conflicts(store.OpenConflict)
		if len(open) != 1 || open[0].Kind != store.Overwritten {
			t.Fatalf("%s: in the queue: %+v", how, open)
		}
		if got := w.reach(open[0]); got != engine.ReachOnly {
			t.Errorf("%s: told as %v", how, got)
		}
		before := w.trackers[p.ID].Calls().Writes() + w.trackers[q.ID].Calls().Writes()
		w.decideOn(open[0], store.ChooseExternal, ticket.Value{})
		w.syncs(p.ID, 3)
		w.syncs(q.ID, 3)
		if now := w.trackers[p.ID].Calls().Writes() + w.trackers[q.ID].Calls().Writes(); now != before {
			t.Errorf("%s: %d calls wrote something outside", how, now-before)
		}
		for _, it := range append(w.look(p.ID, external.KindTicket), w.look(q.ID, external.KindTicket)...) {
			if it.Fields[memory.FieldTitle].Text() == "hers" {
				t.Errorf("%s: it left: %+v", how, it)
			}
		}
		if got := w.ticket(tk.ID).Fields[ticket.Title].Text(); got != "hers" {
			t.Errorf("%s: here it reads %q", how, got)
		}
	}
}

// TestHowFarADecisionGoes: whoever decides is told on which side that will stand.
func TestHowFarADecisionGoes(t *testing.T) {
	for name, tt := range map[string]struct {
		turn func(w *world, p store.Project, id string)
		want engine.Reach
	}{
		"both sides":             {func(*world, store.Project, string) {}, engine.ReachBoth},
		"the ticket is private":  {func(w *world, p store.Project, id string) { w.keepTicket(p, id, true) }, engine.ReachOnly},
		"a rule keeps the texts": {func(w *world, p store.Project, id string) { w.keepText(p, id, true) }, engine.ReachHere},
		"it is not granted to this project": {func(w *world, _ store.Project, id string) {
			_, err := w.engine.SetPrivacy(w.t.Context(), id, ticket.Shareable, "ann")
			w.must(err)
		}, engine.ReachHere},
		"only some may see it there": {func(w *world, p store.Project, id string) {
			w.must(w.trackers[p.ID].Restrict("bob", w.outside(p.ID, id).ID, "the board"))
			w.sync(p.ID)
		}, engine.ReachHere},
	} {
		w, p, tk := pairOf(t, memory.Options{})
		w.edit(tk.ID, text(ticket.Body, "mine"))
		w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, tk.ID).ID, memory.FieldBody, ticket.Text("theirs")))
		w.sync(p.ID)
		c := w.conflicts(store.OpenConflict)[0]
		tt.turn(w, p, tk.ID)
		if got := w.reach(c); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

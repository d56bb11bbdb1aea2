package engine_test

import (
	"maps"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// reach is how far it goes to decide for the local side of a conflict, as the person is told who decides.
func (w *world) reach(c store.Conflict) engine.Reach {
	w.t.Helper()
	return w.reaches(c)[store.ChooseLocal]
}

func (w *world) reaches(c store.Conflict) (goes map[store.Choice]engine.Reach) {
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

// TestHowFarADecisionOnPassagesGoes: a rule keeps passages here. Whoever decides on a text is told what of it will
// stand outside, and that is so.
func TestHowFarADecisionOnPassagesGoes(t *testing.T) {
	cut, whole := outbound.Cut{Begin: "[[i]]", End: "[[/i]]"}, outbound.Cut{Pattern: "secret", Whole: true}
	for name, tt := range map[string]struct {
		rule                   outbound.Cut
		here, there            string
		local, external, value engine.Reach
		stands                 string // outside, once the local value is decided on
	}{
		"no passage":             {cut, "mine", "theirs", engine.ReachBoth, engine.ReachBoth, engine.ReachPart, "mine"},
		"a passage here":         {cut, "mine[[i]]y[[/i]]", "theirs", engine.ReachPart, engine.ReachPart, engine.ReachPart, "mine"},
		"a passage outside":      {cut, "mine", "theirs[[i]]y[[/i]]", engine.ReachHere, engine.ReachBoth, engine.ReachHere, "theirs[[i]]y[[/i]]"},
		"all of it stays":        {whole, "mine, secret", "theirs", engine.ReachHere, engine.ReachPart, engine.ReachPart, "theirs"},
		"all of theirs does":     {whole, "mine", "theirs, secret", engine.ReachHere, engine.ReachBoth, engine.ReachHere, "theirs, secret"},
		"it is about other text": {whole, "mine", "theirs", engine.ReachBoth, engine.ReachBoth, engine.ReachPart, "mine"},
	} {
		w, p, tk := pairOf(t, memory.Options{})
		w.edit(tk.ID, text(ticket.Body, tt.here))
		w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, tk.ID).ID, memory.FieldBody, ticket.Text(tt.there)))
		w.sync(p.ID)
		w.restrict(p.ID, func(r *outbound.Rules) { r.Cuts = []outbound.Cut{tt.rule} })
		c := w.conflicts(store.OpenConflict)[0]
		goes, want := w.reaches(c), map[store.Choice]engine.Reach{
			store.ChooseLocal: tt.local, store.ChooseExternal: tt.external, store.ChooseValue: tt.value,
		}
		if !maps.Equal(goes, want) {
			t.Errorf("%s: %v, want %v", name, goes, want)
		}
		w.decideOn(c, store.ChooseLocal, ticket.Value{})
		w.syncs(p.ID, 3)
		if got := w.outside(p.ID, tk.ID).Fields[memory.FieldBody].Text(); got != tt.stands {
			t.Errorf("%s: outside reads %q, want %q", name, got, tt.stands)
		}
	}
}

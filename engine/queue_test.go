package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// rests demands that one field of a ticket waits in the queue, that its link is at work,
// and that a further session opens nothing and writes nothing.
func (w *world) rests(projectID, ticketID string, f ticket.Field, kind store.ConflictKind, why string) store.Conflict {
	w.t.Helper()
	open := w.conflicts(store.OpenConflict)
	if len(open) != 1 || open[0].Field != f || open[0].Kind != kind || !strings.Contains(open[0].Reason, why) {
		w.t.Fatalf("open: %+v; want one %s of %s that says %q", open, kind, f, why)
	}
	if l := w.link(projectID, external.KindTicket, ticketID); l.State != store.Live {
		w.t.Errorf("the link is %s (%s)", l.State, l.Reason)
	}
	if s := w.sync(projectID); s.Counts.Conflicts != 0 || s.Counts.Writes != 0 || s.Counts.Failed != 0 {
		w.t.Errorf("it does not rest: %+v", s.Counts)
	}
	return open[0]
}

func (w *world) decideOn(c store.Conflict, choice store.Choice, value ticket.Value) {
	w.t.Helper()
	_, err := w.engine.Decide(w.t.Context(), c.ID, engine.Decision{Choice: choice, Value: value, Digest: c.Digest, By: "ann"})
	w.must(err)
}

// unmappable is a ticket whose state outside the mapping does not know.
func unmappable(t *testing.T) (*world, store.Project, ticket.Ticket) {
	t.Helper()
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("Write the manual", ticket.Public)
	w.activate(p.ID, done(ticket.StateDone))
	w.sync(p.ID)
	id := w.outside(p.ID, mine.ID).ID
	w.must(w.trackers[p.ID].EditField("mallory", id, memory.FieldState, ticket.Text(ticket.StateDuplicate)))
	w.sync(p.ID)
	return w, p, mine
}

// TestAnUnreadableValueIsDecided: what has no word here can be written over by ours or by
// another value, and by nothing else; only the very value that the person saw is.
func TestAnUnreadableValueIsDecided(t *testing.T) {
	for name, c := range map[string]struct {
		choice     store.Choice
		value      string
		here, over string
	}{
		"ours":          {store.ChooseLocal, "", ticket.StateOpen, ticket.StateOpen},
		"another value": {store.ChooseValue, ticket.StateDone, ticket.StateDone, ticket.StateDone},
	} {
		t.Run(name, func(t *testing.T) {
			w, p, mine := unmappable(t)
			open := w.rests(p.ID, mine.ID, ticket.State, store.Unmappable, "duplicate")
			if got := open.External.Text(); got != ticket.StateDuplicate {
				t.Errorf("the queue shows %q, want it as it stands outside", got)
			}
			_, err := w.engine.Decide(t.Context(), open.ID, engine.Decision{Choice: store.ChooseExternal, Digest: open.Digest, By: "ann"})
			if !errors.Is(err, ticket.ErrInvalid) {
				t.Errorf("taking what has no word here: %v", err)
			}
			w.decideOn(open, c.choice, ticket.Text(c.value))
			w.sync(p.ID)
			if got := w.outside(p.ID, mine.ID).Fields[memory.FieldState].Text(); got != c.over {
				t.Errorf("outside: %q, want %q", got, c.over)
			}
			if got := w.ticket(mine.ID).Fields[ticket.State].Text(); got != c.here {
				t.Errorf("here: %q, want %q", got, c.here)
			}
			if s := w.sync(p.ID); s.Counts.Writes != 0 || len(w.conflicts(store.OpenConflict)) != 0 {
				t.Errorf("it does not rest: %+v", s.Counts)
			}
		})
	}
}

// TestAnUnreadableValueThatMoved: a decision to write over one is void for the next.
func TestAnUnreadableValueThatMoved(t *testing.T) {
	w, p, mine := unmappable(t)
	open := w.conflicts(store.OpenConflict)
	w.decideOn(open[0], store.ChooseLocal, ticket.Value{})
	w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, mine.ID).ID, memory.FieldState, ticket.Text(ticket.StateNotPlanned)))
	w.sync(p.ID)
	if got := w.outside(p.ID, mine.ID).Fields[memory.FieldState].Text(); got != ticket.StateNotPlanned {
		t.Errorf("a state that nobody had seen was written over by %q", got)
	}
	if c := w.rests(p.ID, mine.ID, ticket.State, store.Unmappable, ticket.StateNotPlanned); c.ID != open[0].ID {
		t.Error("the question is asked a second time beside the first")
	}
}

// TestAnItemThatCannotBeMade: it is set aside, the queue names the field, nothing can be
// chosen, and an edit that helps makes it.
func TestAnItemThatCannotBeMade(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return fragile{a} }
	mine := w.create("Write the manual", ticket.Public)
	w.edit(mine.ID, text(ticket.Body, "a <video> of it"))
	w.sync(p.ID)
	open := w.conflicts(store.OpenConflict)
	if l := w.link(p.ID, external.KindTicket, mine.ID); l.State != store.Quarantined || len(open) != 1 || open[0].Field != ticket.Body || len(open[0].Choices()) != 0 {
		t.Fatalf("link %s (%s), open %+v", l.State, l.Reason, open)
	}
	_, err := w.engine.Decide(t.Context(), open[0].ID, engine.Decision{Choice: store.ChooseLocal, Digest: open[0].Digest, By: "ann"})
	if !errors.Is(err, ticket.ErrInvalid) {
		t.Errorf("a decision that helps nothing: %v", err)
	}
	w.edit(mine.ID, text(ticket.Body, "a film of it"))
	w.sync(p.ID)
	if w.outside(p.ID, mine.ID).Fields[memory.FieldBody].Text() != "a film of it" || len(w.conflicts(store.OpenConflict)) != 0 {
		t.Errorf("open: %+v", w.conflicts(store.OpenConflict))
	}
}

// picky refuses values that hold a word, wherever they stand in a call.
type picky struct {
	*memory.Adapter
	word string
}

func (a picky) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	c, err := op.Open()
	if err != nil {
		return external.Item{}, err
	}
	for _, v := range c.Set {
		for _, e := range append(v.Elements(), v.Text()) {
			if a.word != "" && strings.Contains(e, a.word) {
				return external.Item{}, &external.Error{Kind: external.Invalid, Op: op.Name, Message: "validation failed"}
			}
		}
	}
	return a.Adapter.Write(ctx, op)
}

func (w *world) later(projectID string, d time.Duration) store.Session {
	w.t.Helper()
	w.clock.now = w.clock.now.Add(d)
	return w.sync(projectID)
}

// TestOneRefusedField: one call carries two fields, of which the system refuses one. The
// other arrives, the refused one rests with the system's answer after its second refusal,
// and a new value tries again.
func TestOneRefusedField(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine, other := w.create("Write the manual", ticket.Public), w.create("Read it", ticket.Public)
	w.sync(p.ID)
	word := "forbidden"
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return picky{a, word} }
	w.edit(mine.ID, ticket.Fields{ticket.Title: ticket.Text("Write the book"), ticket.Body: ticket.Text("a forbidden word")})
	w.edit(other.ID, text(ticket.Title, "Read it twice"))
	w.sync(p.ID)
	if len(w.conflicts("")) != 0 {
		t.Error("one refusal is no verdict")
	}
	w.later(p.ID, time.Hour)
	c := w.rests(p.ID, mine.ID, ticket.Body, store.RefusedOutside, "validation failed")
	out := w.outside(p.ID, mine.ID).Fields
	if out[memory.FieldTitle].Text() != "Write the book" || out[memory.FieldBody].Text() != "" {
		t.Errorf("outside: %q, %q", out[memory.FieldTitle], out[memory.FieldBody])
	}
	if w.outside(p.ID, other.ID).Fields[memory.FieldTitle].Text() != "Read it twice" {
		t.Error("another ticket was held up")
	}
	w.edit(mine.ID, text(ticket.Body, "another word"))
	w.sync(p.ID)
	if got := w.outside(p.ID, mine.ID).Fields[memory.FieldBody].Text(); got != "another word" {
		t.Errorf("outside: %q", got)
	}
	if closed := w.conflicts(store.Converged); len(closed) != 1 || closed[0].ID != c.ID || closed[0].Local.Text() != "a forbidden word" {
		t.Errorf("closed: %+v", closed)
	}
	if l := w.link(p.ID, external.KindTicket, mine.ID); l.Reason != "" { // it is shown beside the link
		t.Errorf("the link is %s, and says %q", l.State, l.Reason)
	}
}

// TestARefusedValueIsDecided: ours once more, where the system has learned better, or theirs.
func TestARefusedValueIsDecided(t *testing.T) {
	for name, c := range map[string]struct {
		choice store.Choice
		want   string
	}{"ours, which goes through now": {store.ChooseLocal, "a forbidden word"}, "theirs": {store.ChooseExternal, "theirs"}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{})
			mine := w.create("Write the manual", ticket.Public)
			w.edit(mine.ID, text(ticket.Body, "theirs"))
			w.sync(p.ID)
			word := "forbidden"
			w.wrap = func(a *memory.Adapter) adapters.Adapter { return picky{a, word} }
			w.edit(mine.ID, text(ticket.Body, "a forbidden word"))
			w.sync(p.ID)
			w.later(p.ID, time.Hour)
			open := w.rests(p.ID, mine.ID, ticket.Body, store.RefusedOutside, "")
			word = ""
			w.decideOn(open, c.choice, ticket.Value{})
			w.sync(p.ID)
			here, there := w.ticket(mine.ID).Fields[ticket.Body].Text(), w.outside(p.ID, mine.ID).Fields[memory.FieldBody].Text()
			if here != c.want || there != c.want {
				t.Errorf("here %q, outside %q; want %q", here, there, c.want)
			}
		})
	}
}

// TestANewItemIsMadeWithoutWhatIsRefused: a label that the system refuses does not keep
// the ticket from being made, and is the one field that rests.
func TestANewItemIsMadeWithoutWhatIsRefused(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return picky{a, "forbidden"} }
	mine := w.create("Write the manual", ticket.Public)
	w.edit(mine.ID, ticket.Fields{ticket.Body: ticket.Text("in full"), ticket.Labels: ticket.Set("docs", "forbidden")})
	for range 3 {
		w.later(p.ID, time.Hour)
	}
	w.rests(p.ID, mine.ID, ticket.Labels, store.RefusedOutside, "validation failed")
	if got := w.outside(p.ID, mine.ID).Fields[memory.FieldBody].Text(); got != "in full" {
		t.Errorf("outside: %q", got)
	}
}

// TestRefusedValuesOfATicketAtWork: a ticket that people go on editing is not set aside
// because one value after the other is refused. Each rests, or makes way for the next.
func TestRefusedValuesOfATicketAtWork(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return picky{a, "forbidden"} }
	for n := range 8 { // more of them, over a longer time, than quarantine takes
		w.edit(mine.ID, text(ticket.Body, fmt.Sprintf("forbidden, try %d", n)))
		w.later(p.ID, 2*time.Hour)
		if l := w.link(p.ID, external.KindTicket, mine.ID); l.State != store.Live || !l.NextTry.After(w.clock.now) {
			t.Fatalf("after %d values the link is %s, and tries again at %s", n+1, l.State, l.NextTry)
		}
	}
	w.later(p.ID, 2*time.Hour)
	w.rests(p.ID, mine.ID, ticket.Body, store.RefusedOutside, "validation failed")
}

// TestATicketThatAlwaysFails: where nothing that could rest is to blame, the ticket is
// quarantined, all others go on, and a retry works once the cause is gone.
func TestATicketThatAlwaysFails(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	word := "poison"
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return picky{a, word} }
	bad := w.create("poison", ticket.Public)
	good := w.create("Read it", ticket.Public)
	for range 6 {
		w.later(p.ID, time.Hour)
	}
	l := w.link(p.ID, external.KindTicket, bad.ID)
	if l.State != store.Quarantined || l.Reason != "validation failed" || w.trackers[p.ID].Calls().Writes() != 1 {
		t.Fatalf("the link: %s, %q, after %d writes", l.State, l.Reason, w.trackers[p.ID].Calls().Writes())
	}
	w.edit(good.ID, text(ticket.Title, "Read it twice"))
	w.sync(p.ID)
	if w.outside(p.ID, good.ID).Fields[memory.FieldTitle].Text() != "Read it twice" {
		t.Error("another ticket was held up")
	}
	word = ""
	w.view(func(tx store.Tx) error { return w.engine.RetryTx(t.Context(), tx, l.ID) })
	w.sync(p.ID)
	if got := w.outside(p.ID, bad.ID).Fields[memory.FieldTitle].Text(); got != "poison" {
		t.Errorf("outside: %q", got)
	}
}

// TestADecisionIsOfWhatWasShown: outside the field is edited once more after a person has
// decided for its value, and no list shows that yet. He is asked anew, whichever he took.
func TestADecisionIsOfWhatWasShown(t *testing.T) {
	for _, choice := range []store.Choice{store.ChooseExternal, store.ChooseLocal} {
		w, p, mine := pairOf(t, memory.Options{Lag: 90 * time.Second, History: external.HistoryFull})
		w.clock.now = w.clock.now.Add(time.Hour)
		id := w.outside(p.ID, mine.ID).ID
		w.must(w.trackers[p.ID].EditField("mallory", id, memory.FieldTitle, ticket.Text("theirs")))
		w.edit(mine.ID, text(ticket.Title, "ours"))
		w.syncs(p.ID, 1)
		open := w.conflicts(store.OpenConflict)
		if len(open) != 1 {
			t.Fatalf("%d conflicts are open, want one", len(open))
		}
		w.decide(open[0], choice)
		w.must(w.trackers[p.ID].EditField("mallory", id, memory.FieldTitle, ticket.Text("theirs again")))
		w.sync(p.ID)
		open = w.conflicts(store.OpenConflict)
		if len(open) != 1 || open[0].External.Text() != "theirs again" || w.ticket(mine.ID).Fields[ticket.Title].Text() != "ours" {
			t.Errorf("decided for %s: here stands %q, and open is %+v; want the present value to be asked about", choice, w.ticket(mine.ID).Fields[ticket.Title].Text(), open)
		}
	}
}

// TestAnEditWhileTheLastTryFails: somebody puts right what the system refuses, in the very moment in which it refuses
// it for the last time. What he typed is tried, and does not rest with what it mends.
func TestAnEditWhileTheLastTryFails(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	bad := w.create("poison", ticket.Public)
	meant := func() {}
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return meddler{picky{a, "poison"}, func() { meant() }} }
	for n := range 6 {
		if n == 4 {
			meant = once(func() { w.edit(bad.ID, text(ticket.Title, "remedy")) })
		}
		w.later(p.ID, time.Hour)
	}
	if got := w.outside(p.ID, bad.ID).Fields[memory.FieldTitle].Text(); got != "remedy" {
		t.Errorf("outside: %q", got)
	}
}

// TestAWriteThatIsRedirectedForEver: the system says that a ticket lives elsewhere whenever we write to it, and shows it
// where it was whenever we look. That it is looked at for that is no edit, by which it would be tried for ever.
func TestAWriteThatIsRedirectedForEver(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	w.edit(tk.ID, text(ticket.Title, "typed"))
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return redirecting{a} }
	for range 8 {
		w.later(p.ID, time.Hour)
	}
	if l := w.link(p.ID, external.KindTicket, tk.ID); l.State != store.Quarantined {
		t.Errorf("the link is %s after %d tries (%s)", l.State, l.Attempts, l.Reason)
	}
}

// redirecting is a tracker that sends every write elsewhere.
type redirecting struct{ *memory.Adapter }

func (redirecting) Write(_ context.Context, op adapters.Op) (external.Item, error) {
	return external.Item{}, &external.Error{Kind: external.Moved, Op: op.Name, Message: "it moved"}
}

// TestADecisionOnWhatIsQuarantined: a ticket in dispute was set aside for another reason. Whoever
// decides has that carried out: the ticket is tried again, as after an edit.
func TestADecisionOnWhatIsQuarantined(t *testing.T) {
	w, p, all := disputed(t, 1)
	w.view(func(tx store.Tx) error {
		l, err := tx.LinkByLocal(t.Context(), p.ID, external.KindTicket, all[0].ID)
		w.must(err)
		l.State, l.Reason = store.Quarantined, "it failed for an hour"
		return tx.UpdateLink(t.Context(), l)
	})
	w.decideOn(w.conflicts(store.OpenConflict)[0], store.ChooseExternal, ticket.Value{})
	w.syncs(p.ID, 1)
	if got, c := w.ticket(all[0].ID).Fields[ticket.Title].Text(), w.conflicts("")[0]; got != "theirs 0" || c.State != store.Resolved {
		t.Errorf("here it reads %q, and the conflict is %s", got, c.State)
	}
}

// TestACommentIsNotDecidedAway: nobody decides that a comment says nothing, as nobody can write that:
// some systems refuse it, and it would not be carried out. Whoever wants it away deletes it.
func TestACommentIsNotDecidedAway(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	w.remarkInDispute(p, tk.ID)
	c := w.conflicts(store.OpenConflict)[0]
	for _, nothing := range []ticket.Value{ticket.Text(" \n"), ticket.Set(), {}} {
		_, err := w.engine.Decide(t.Context(), c.ID, engine.Decision{Choice: store.ChooseValue, Value: nothing, Digest: c.Digest, By: "ann"})
		if !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("%q: decided: %v", nothing.Text(), err)
		}
	}
	if open := w.conflicts(store.OpenConflict); len(open) != 1 {
		t.Errorf("in the queue: %+v", w.conflicts(""))
	}
}

// TestADecisionOnWhatIsFoughtOver: another program undoes each of our writes to a ticket, which rests since,
// and one of its fields is in dispute. Whoever decides that has it carried out, as whoever edits it.
func TestADecisionOnWhatIsFoughtOver(t *testing.T) {
	w, p, all := disputed(t, 1)
	id := all[0].ID
	for n := 0; w.link(p.ID, external.KindTicket, id).State == store.Live && n < 2*store.MaxPushes; n++ {
		w.clock.now = w.clock.now.Add(-50 * time.Second) // a fast bot: a round every ten seconds
		w.edit(id, ticket.Fields{ticket.Labels: ticket.Set("ours")})
		w.sync(p.ID)
		w.clock.now = w.clock.now.Add(-50 * time.Second)
		w.must(w.trackers[p.ID].RemoveLabel("bot", w.outside(p.ID, id).ID, "ours"))
		w.sync(p.ID)
	}
	if l := w.link(p.ID, external.KindTicket, id); l.State != store.ParkedLink {
		t.Fatalf("its link is %s", l.State)
	}
	w.decideOn(w.conflicts(store.OpenConflict)[0], store.ChooseExternal, ticket.Value{})
	w.syncs(p.ID, 2)
	if got, c := w.ticket(id).Fields[ticket.Title].Text(), w.conflicts("")[0]; got != "theirs 0" || c.State != store.Resolved {
		t.Errorf("here it reads %q, and the conflict is %s", got, c.State)
	}
}

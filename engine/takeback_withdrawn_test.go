package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// undoneSecret is a ticket that a session made outside, which was undone: its item is closed there.
func (w *world) undoneSecret(o memory.Options) (store.Project, string) {
	w.t.Helper()
	p, id := w.secretPair(o)
	w.rollBack("session-1")
	if l := w.link(p.ID, external.KindTicket, id); l.State != store.Withdrawn || !strings.Contains(w.shown(p.ID), secret) {
		w.t.Fatalf("undone the link is %s, and outside shows %q", l.State, w.shown(p.ID))
	}
	return p, id
}

// TestTakeBackOfWhatAnUndoClosed: an undo closed a ticket outside, where its text can still be read.
// Whoever has it taken back later means that text. The link stays over, though the ticket is made
// public again.
func TestTakeBackOfWhatAnUndoClosed(t *testing.T) {
	redacted := "title=" + outbound.Notice + ";body=" + outbound.Notice + ";state=not_planned;"
	for _, tt := range []struct {
		name string
		wrap func(*memory.Adapter) adapters.Adapter
		want string
		left bool // the link's reason says that something is left
	}{
		{name: "it is overwritten", want: redacted},
		{name: "our notice is refused", want: "title=" + secret + ";body=" + outbound.Notice + ";state=not_planned;", left: true,
			wrap: func(a *memory.Adapter) adapters.Adapter { return choosy{a, []string{secret}} }},
	} {
		for _, how := range []outbound.TakeBack{outbound.Redact, outbound.Remove} {
			for _, lost := range []bool{false, true} {
				w := newWorld(t)
				w.wrap = tt.wrap
				p, id := w.undoneSecret(memory.Options{})
				_, back, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, how, "ann")
				w.must(err)
				if lost {
					w.lose(p, true)
				}
				w.syncs(p.ID, 4)
				l := w.link(p.ID, external.KindTicket, id)
				if back.Items != 1 || l.State != store.Withdrawn || l.TakeBack != "" || strings.Contains(l.Reason, "title") != tt.left {
					t.Errorf("%s, %s, lost %t: of %d items the link is %s (%s), to be taken back %q", tt.name, how, lost, back.Items, l.State, l.Reason, l.TakeBack)
				}
				_, err = w.engine.SetPrivacy(t.Context(), id, ticket.Public, "ann")
				w.must(err)
				w.edit(id, text(ticket.Title, "public again"))
				w.syncs(p.ID, 3)
				if got := w.shown(p.ID); got != tt.want {
					t.Errorf("%s, %s, lost %t: outside shows %q, want %q", tt.name, how, lost, got, tt.want)
				}
			}
		}
	}
}

// TestTakeBackOfWhatAnUndoClosedIsCalledOff: the ticket may leave again before it is taken back. What
// the undo closed stays as it is, and its link over.
func TestTakeBackOfWhatAnUndoClosedIsCalledOff(t *testing.T) {
	w := newWorld(t)
	p, id := w.undoneSecret(memory.Options{})
	was := w.shown(p.ID)
	for _, level := range []ticket.Privacy{ticket.LocalOnly, ticket.Public} {
		_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, level, outbound.Redact, "ann")
		w.must(err)
	}
	w.edit(id, text(ticket.Title, "edited"))
	w.syncs(p.ID, 3)
	if l := w.link(p.ID, external.KindTicket, id); l.State != store.Withdrawn || l.TakeBack != "" || w.shown(p.ID) != was {
		t.Errorf("the link is %s, to be taken back %q, and outside shows %q", l.State, l.TakeBack, w.shown(p.ID))
	}
}

// TestTakeBackOfWhatWasTakenBack: nothing is left of what was overwritten, and no answer says that
// there was. Who has it removed then has it closed, too; and what is deleted here stays away restored.
func TestTakeBackOfWhatWasTakenBack(t *testing.T) {
	w := newWorld(t)
	p, id := w.secretPair(memory.Options{})
	ask := func(how outbound.TakeBack) int {
		_, back, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, how, "ann")
		w.must(err)
		w.syncs(p.ID, 3)
		return back.Items
	}
	if first, again := ask(outbound.Redact), ask(outbound.Redact); first != 1 || again != 0 {
		t.Errorf("asked twice it is %d and %d items", first, again)
	}
	w.dropHere(id)
	ask(outbound.Remove)
	if got, want := w.shown(p.ID), "title="+outbound.Notice+";body="+outbound.Notice+";state=not_planned;"; got != want {
		t.Errorf("removed outside shows %q", got)
	}
	if l := w.link(p.ID, external.KindTicket, id); l.State != store.Withdrawn || l.TakeBack != "" {
		t.Errorf("removed the link is %s (%s), to be taken back %q", l.State, l.Reason, l.TakeBack)
	}
}

// locked refuses to have an item written to.
type locked struct {
	adapters.Adapter
	is *bool
}

func (a locked) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	if *a.is {
		return external.Item{}, &external.Error{Kind: external.Forbidden, Op: op.Name, Message: "it is locked"}
	}
	return a.Adapter.Write(ctx, op)
}

// TestTakeBackOfWhatIsLocked: a system refuses to let go of what an undo closed there. After an hour
// the link says what is left, stays over, and holds nothing up; asked once more it is taken back.
func TestTakeBackOfWhatIsLocked(t *testing.T) {
	w := newWorld(t)
	is := false
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return locked{a, &is} }
	p, id := w.undoneSecret(memory.Options{})
	is = true
	ask := func() {
		_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Redact, "ann")
		w.must(err)
	}
	ask()
	for range 8 {
		w.clock.now = w.clock.now.Add(time.Hour)
		w.sync(p.ID)
	}
	if l := w.link(p.ID, external.KindTicket, id); l.State != store.Withdrawn || l.TakeBack != "" || !strings.Contains(l.Reason, "left: ") {
		t.Errorf("the link is %s (%s), to be taken back %q", l.State, l.Reason, l.TakeBack)
	}
	is = false
	ask()
	w.syncs(p.ID, 2)
	if l := w.link(p.ID, external.KindTicket, id); strings.Contains(w.shown(p.ID), secret) || strings.Contains(l.Reason, "left: ") {
		t.Errorf("outside shows %q, and the link says %s", w.shown(p.ID), l.Reason)
	}
}

// TestTakeBackOfWhatIsOver: a ticket was deleted here, so that its item was closed, or a person let the
// two alone. Who has it made private then, and taken back, means what stands there all the same.
func TestTakeBackOfWhatIsOver(t *testing.T) {
	for _, choice := range []plan.Choice{plan.LeadLocal, plan.LeadNone} {
		w := newWorld(t)
		p, id := w.secretPair(memory.Options{})
		w.dropHere(id)
		w.sync(p.ID)
		w.decide(w.asked(store.GoneOutside), store.Choice(choice))
		w.syncs(p.ID, 2)
		if l := w.link(p.ID, external.KindTicket, id); l.State != store.Tombstone || !strings.Contains(w.shown(p.ID), secret) {
			t.Fatalf("%s: the link is %s (%s), and outside shows %q", choice, l.State, l.Reason, w.shown(p.ID))
		}
		_, back, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Redact, "ann")
		w.must(err)
		w.syncs(p.ID, 3)
		if l := w.link(p.ID, external.KindTicket, id); back.Items != 1 || l.State != store.Withdrawn || strings.Contains(w.shown(p.ID), secret) {
			t.Errorf("%s: of %d items the link is %s (%s), and outside shows %q", choice, back.Items, l.State, l.Reason, w.shown(p.ID))
		}
	}
}

// TestRestoredAfterAPartWasTakenBack: a ticket was deleted here and closed outside, or let alone, and a rule that keeps
// its text has that taken back. Who restores the ticket, be it before that is done, has it synchronised again as
// before, but for its text; and what was let alone, or taken back as a whole, stays as it is.
func TestRestoredAfterAPartWasTakenBack(t *testing.T) {
	for _, tt := range []struct {
		choice store.Choice
		whole  bool
		state  store.LinkState
		want   string
	}{
		{store.ChooseLocal, false, store.Live, "title=again;body=" + outbound.Notice + ";state=open;"},
		{store.ChooseUnlink, false, store.Tombstone, "title=" + secret + ";body=" + outbound.Notice + ";state=open;"},
		{store.ChooseLocal, true, store.Withdrawn, "title=" + outbound.Notice + ";body=" + outbound.Notice + ";state=not_planned;"},
	} {
		for _, soon := range []bool{true, false} {
			w := newWorld(t)
			p, id := w.secretPair(memory.Options{})
			w.dropHere(id)
			w.sync(p.ID)
			w.decide(w.asked(store.GoneOutside), tt.choice)
			w.syncs(p.ID, 2)
			if tt.whole {
				w.hide(id, outbound.Redact)
				w.syncs(p.ID, 2)
				_, err := w.engine.SetPrivacy(t.Context(), id, ticket.Public, "ann")
				w.must(err)
			}
			_, _, err := w.engine.ChangeRulesAndTakeBack(t.Context(), p.ID, "op", outbound.Redact, func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Body} })
			if w.must(err); !soon {
				w.syncs(p.ID, 2)
			}
			_, err = w.engine.RestoreTicket(t.Context(), id, "ann")
			w.must(err)
			w.edit(id, text(ticket.Title, "again"))
			w.syncs(p.ID, 4)
			if l := w.link(p.ID, external.KindTicket, id); l.State != tt.state || l.TakeBack != "" || w.shown(p.ID) != tt.want {
				t.Errorf("%s, whole %t, soon %t: the link is %s (%s), to be taken back %q, and outside shows %q",
					tt.choice, tt.whole, soon, l.State, l.Reason, l.TakeBack, w.shown(p.ID))
			}
		}
	}
}

package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestCreatesShareCalls: a hundred new tickets of one plain kind take as many calls as
// batches, and a second synchronisation writes nothing.
func TestCreatesShareCalls(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{WriteBatch: 50})
	w.create100(p.ID)
	before := w.trackers[p.ID].Calls()
	if s := w.sync(p.ID); s.Counts.CreatedOutside != 100 || s.Counts.Failed != 0 {
		t.Fatalf("%+v", s.Counts)
	}
	if n := w.trackers[p.ID].Calls().Writes() - before.Writes(); n != 2 {
		t.Errorf("100 creates in batches of 50 took %d calls, want 2", n)
	}
	if s := w.sync(p.ID); s.Counts.Writes != 0 {
		t.Errorf("the second synchronisation: %+v", s.Counts)
	}
}

func (w *world) create100(projectID string) {
	w.t.Helper()
	for n := range 100 {
		w.create(fmt.Sprintf("ticket %d", n), ticket.Public)
	}
	_, err := w.engine.Configure(w.t.Context(), projectID, "op", func(p *store.Project) error {
		p.Guard = store.GuardWaiver{By: "op", All: true}
		return nil
	})
	w.must(err)
}

// TestBatchWhoseReplyWasLost: every element is looked up, none is made twice, whatever
// tells an item's create.
func TestBatchWhoseReplyWasLost(t *testing.T) {
	for _, kind := range []external.CreateKeyKind{external.CreateKeyMarker, external.CreateKeyClientID} {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{WriteBatch: 50, CreateKey: kind, Lag: 5 * time.Second})
			w.create100(p.ID)
			w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: true})
			w.syncs(p.ID, 3)
			if n := len(w.look(p.ID, external.KindTicket)); n != 100 {
				t.Errorf("%d tickets outside, want 100", n)
			}
		})
	}
}

// TestOneBadElement: what a tracker refuses of a batch is its own failure alone, also
// where the tracker then takes nothing of the whole batch.
func TestOneBadElement(t *testing.T) {
	for _, whole := range []bool{false, true} {
		t.Run(fmt.Sprintf("whole=%t", whole), func(t *testing.T) {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{WriteBatch: 50, Whole: whole})
			w.wrap = func(a *memory.Adapter) adapters.Adapter { return boundless{a} }
			good, bad := w.create("good", ticket.Public), w.create(strings.Repeat("x", 300), ticket.Public)
			if s := w.sync(p.ID); s.Counts.CreatedOutside != 1 || s.Counts.Failed != 1 {
				t.Errorf("%+v", s.Counts)
			}
			if w.outside(p.ID, good.ID).Fields[memory.FieldTitle].Text() != "good" {
				t.Error("the good ticket did not arrive")
			}
			if l := w.link(p.ID, external.KindTicket, bad.ID); l.Attempts != 1 || l.Reason == "" {
				t.Errorf("the bad one: %+v", l)
			}
		})
	}
}

// boundless promises more than the tracker holds, so that only the tracker refuses.
type boundless struct{ *memory.Adapter }

func (b boundless) Capabilities() external.Capabilities {
	caps := b.Adapter.Capabilities()
	caps.Fields = append([]external.FieldCapability(nil), caps.Fields...)
	for n := range caps.Fields {
		caps.Fields[n].MaxRunes = 0
	}
	return caps
}

// TestStateReachedThroughOthers: each call is one hop, and what a person changes
// meanwhile decides where it goes.
func TestStateReachedThroughOthers(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{Steps: true, History: external.HistoryFull})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	before := w.trackers[p.ID].Calls().Writes()
	w.edit(mine.ID, text(ticket.State, ticket.StateNotPlanned))
	w.sync(p.ID)
	if got := w.outside(p.ID, mine.ID).Fields[memory.FieldState].Text(); got != ticket.StateNotPlanned {
		t.Errorf("outside: %s", got)
	}
	if n := w.trackers[p.ID].Calls().Writes() - before; n != 2 {
		t.Errorf("two hops took %d calls", n)
	}
	if s := w.sync(p.ID); s.Counts.Writes != 0 || len(w.conflicts(store.OpenConflict)) != 0 {
		t.Errorf("it does not settle: %+v", s.Counts)
	}
}

// TestHopWhoseReplyWasLost: a state on the way is ours and no rival's.
func TestHopWhoseReplyWasLost(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{Steps: true, History: external.HistoryFull, Precision: time.Second})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	w.edit(mine.ID, text(ticket.State, ticket.StateNotPlanned))
	w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: true})
	w.syncs(p.ID, 3)
	if got := w.outside(p.ID, mine.ID).Fields[memory.FieldState].Text(); got != ticket.StateNotPlanned {
		t.Errorf("outside: %s", got)
	}
	if n := len(w.conflicts(store.OpenConflict)); n != 0 {
		t.Errorf("%d conflicts", n)
	}
}

// TestHalfwayAndBack: a person takes the edit back while the state is on its way.
func TestHalfwayAndBack(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{Steps: true, History: external.HistoryFull})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	w.edit(mine.ID, text(ticket.State, ticket.StateNotPlanned))
	calls := 0
	back := once(func() { w.edit(mine.ID, text(ticket.State, ticket.StateOpen)) })
	w.wrap = func(a *memory.Adapter) adapters.Adapter {
		return meddler{a, func() {
			if calls++; calls == 2 {
				back()
			}
		}}
	}
	w.syncs(p.ID, 2)
	if got := w.outside(p.ID, mine.ID).Fields[memory.FieldState].Text(); got != ticket.StateOpen {
		t.Errorf("outside: %s, want open again", got)
	}
}

// afterEach has something happen after each transaction.
type afterEach struct {
	store.Store
	then func()
}

func (b *afterEach) Tx(ctx context.Context, fn func(store.Tx) error) error {
	err := b.Store.Tx(ctx, fn)
	if then := b.then; then != nil {
		b.then = nil // it makes transactions of its own
		then()
		b.then = then
	}
	return err
}

// listening tells of calls that make several items before they are made.
type listening struct {
	*memory.Adapter
	hear func([]adapters.Op)
}

func (l listening) WriteBatch(ctx context.Context, ops []adapters.Op) ([]adapters.Result, error) {
	l.hear(ops)
	return l.Adapter.WriteBatch(ctx, ops)
}

// TestABatchIsMarkedAtOnce: from the commit of a change of privacy on no call begins that
// carries the ticket, also where it is to be made together with others, and is marked first.
func TestABatchIsMarkedAtOnce(t *testing.T) {
	w := newWorld(t)
	gap := &afterEach{Store: w.store}
	w.engine = w.over(gap)
	called, private := 0, map[string]bool{}
	w.wrap = func(a *memory.Adapter) adapters.Adapter {
		return listening{a, func(ops []adapters.Op) {
			called++
			for _, op := range ops {
				c, err := op.Open()
				w.must(err)
				if private[c.Set["title"].Text()] {
					t.Errorf("%q is sent, and it has been private since before the call", c.Set["title"].Text())
				}
			}
		}}
	}
	p := w.connect("octo/hello", memory.Options{WriteBatch: 50})
	for n := range 5 {
		w.create(fmt.Sprintf("ticket %d", n), ticket.Public)
	}
	gap.then = func() { // whoever is marked becomes private, if anything can happen before the call
		var marked []string
		w.view(func(tx store.Tx) error {
			open, err := tx.OpenIntents(t.Context(), p.ID)
			for _, i := range open {
				l, err := tx.Link(t.Context(), i.LinkID)
				if err != nil {
					return err
				}
				if i.State == store.Sent {
					marked = append(marked, l.LocalID)
				}
			}
			return err
		})
		if len(marked) != 1 || called > 0 {
			return
		}
		one, err := w.engine.SetPrivacy(t.Context(), marked[0], ticket.LocalOnly, "ann")
		w.must(err)
		private[one.Fields[ticket.Title].Text()] = true
	}
	if s := w.sync(p.ID); s.Counts.CreatedOutside != 5 || called != 1 {
		t.Errorf("%+v in %d calls", s.Counts, called)
	}
}

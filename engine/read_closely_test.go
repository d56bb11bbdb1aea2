package engine_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// The tests of this file are faults that reading the code closely brought to light.

// TestSweepOfAPeerThatCannotBeRead: a sweep casts doubt on what cannot be looked at; edits go out all the same.
func TestSweepOfAPeerThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.blind()
	mine := w.create("first", ticket.Public)
	w.syncs(p.ID, 1)
	_, err := w.session(p.ID, store.Reconcile)
	w.must(err)
	w.edit(mine.ID, text(ticket.Title, "second"))
	w.syncs(p.ID, 3)
	l := w.link(p.ID, external.KindTicket, mine.ID)
	t.Logf("link %s dirty=%v", l.State, l.Dirty())
	if got := w.outside(p.ID, mine.ID).Fields[memory.FieldTitle].Text(); got != "second" {
		t.Errorf("outside: %q", got)
	}
}

type racy struct {
	*memory.Adapter
	calls *int
	at    int
	do    func()
}

func (r racy) Damage(k external.Kind, f, n external.Fields) map[string]string {
	d := fragile{}.Damage(k, f, n)
	if d != nil {
		*r.calls++
		if *r.calls == r.at {
			r.do()
		}
	}
	return d
}

// TestEditBetweenPlanAndSettle: what was edited while its text was judged is not set aside with it.
func TestEditBetweenPlanAndSettle(t *testing.T) {
	for at := 1; at < 8; at++ {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		mine := w.create("Write", ticket.Public)
		w.edit(mine.ID, text(ticket.Body, "first"))
		w.sync(p.ID)
		n := 0
		w.wrap = func(a *memory.Adapter) adapters.Adapter {
			return racy{a, &n, at, func() { w.edit(mine.ID, text(ticket.Body, "a film")) }}
		}
		w.edit(mine.ID, text(ticket.Body, "a <video>"))
		for range 4 {
			w.sync(p.ID)
		}
		l := w.link(p.ID, external.KindTicket, mine.ID)
		got := w.outside(p.ID, mine.ID).Fields[memory.FieldBody].Text()
		t.Logf("at %d calls %d: %s dirty=%v outside %q", at, n, l.State, l.Dirty(), got)
		if n >= at && got != "a film" {
			t.Errorf("at %d: lost", at)
		}
	}
}

// TestHintWakesTheQuarantined: a webhook tries again what was set aside.
func TestHintWakesTheQuarantined(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("Write", ticket.Public)
	w.activate(p.ID, done(ticket.StateDone))
	w.sync(p.ID)
	tr, id := w.trackers[p.ID], w.outside(p.ID, mine.ID).ID
	w.must(tr.EditField("mallory", id, memory.FieldState, ticket.Text(ticket.StateDuplicate)))
	w.sync(p.ID)
	w.must(tr.EditField("mallory", id, memory.FieldState, ticket.Text(ticket.StateDone)))
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{{Kind: external.KindTicket, ID: id}}))
	pend, _ := w.engine.Pending(t.Context(), p.ID)
	r, err := w.engine.Begin(t.Context(), "zz", p.ID, store.Incremental)
	w.must(err)
	_, err = w.engine.Observe(t.Context(), r, false)
	w.must(err)
	_, err = w.engine.Sync(t.Context(), r, 100)
	w.must(err)
	l := w.link(p.ID, external.KindTicket, mine.ID)
	t.Logf("pending %v %s dirty %v here %v", pend, l.State, l.Dirty(), w.ticket(mine.ID).Fields[ticket.State])
	if l.State != store.Live {
		t.Error("hint ignored")
	}
}

// TestCommentsFlowWhileAFieldRests: one field that cannot be told holds up no comment.
func TestCommentsFlowWhileAFieldRests(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("Write", ticket.Public)
	w.activate(p.ID, done(ticket.StateDone))
	w.sync(p.ID)
	tr, id := w.trackers[p.ID], w.outside(p.ID, mine.ID).ID
	w.must(tr.EditField("mallory", id, memory.FieldState, ticket.Text(ticket.StateDuplicate)))
	w.sync(p.ID)
	_, err := w.engine.AddComment(t.Context(), mine.ID, "hello", ticket.Public, "ann")
	w.must(err)
	for n := range 4 {
		w.edit(mine.ID, text(ticket.Title, fmt.Sprint("t", n)))
		w.sync(p.ID)
	}
	t.Logf("title %v comments outside %d", w.outside(p.ID, mine.ID).Fields[memory.FieldTitle], len(w.look(p.ID, external.KindComment)))
	if len(w.look(p.ID, external.KindComment)) != 1 {
		t.Error("comment held")
	}
}

type hooked struct {
	*memory.Adapter
	do func()
}

func (h hooked) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	i, err := h.Adapter.Write(ctx, op)
	h.do()
	return i, err
}

// TestMappingActivatedDuringASession: the session that runs ends, so that nothing is settled in the old terms.
func TestMappingActivatedDuringASession(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("Write", ticket.Public)
	w.edit(mine.ID, text(ticket.State, ticket.StateDone))
	w.sync(p.ID)
	once := false
	w.wrap = func(a *memory.Adapter) adapters.Adapter {
		return hooked{a, func() {
			if !once {
				once = true
				w.activate(p.ID, done(ticket.StateNotPlanned))
			}
		}}
	}
	w.edit(mine.ID, text(ticket.Title, "Read"))
	w.sync(p.ID)
	w.sync(p.ID)
	w.sync(p.ID)
	t.Logf("here %v conflicts %d outside %v", w.ticket(mine.ID).Fields[ticket.State], len(w.conflicts(store.OpenConflict)), w.outside(p.ID, mine.ID).Fields)
	if w.ticket(mine.ID).Fields[ticket.State].Text() != ticket.StateDone || len(w.conflicts(store.OpenConflict)) != 1 {
		t.Error("overridden")
	}
}

// TestParentTakenBackInDoubt: a reference whose write is in doubt is looked up in our terms.
func TestParentTakenBackInDoubt(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.activate(p.ID, func(m *mapping.Mapping) {
		r := rule(m, ticket.Body)
		*r = mapping.Rule{Field: ticket.Parent, External: []string{memory.FieldBody}, Convert: mapping.Reference, Type: external.TypeReference}
	})
	a, b, c := w.create("a", ticket.Public), w.create("b", ticket.Public), w.create("c", ticket.Public)
	w.sync(p.ID)
	w.edit(c.ID, text(ticket.Parent, a.ID))
	w.syncs(p.ID, 2)
	t.Logf("a %s b %s: outside %v here %v", w.outside(p.ID, a.ID).ID, w.outside(p.ID, b.ID).ID, w.outside(p.ID, c.ID).Fields[memory.FieldBody], w.ticket(c.ID).Fields[ticket.Parent])
	w.edit(c.ID, text(ticket.Parent, b.ID))
	w.lose(p, true)
	w.syncs(p.ID, 1)
	w.edit(c.ID, text(ticket.Parent, a.ID))
	w.syncs(p.ID, 3)
	t.Logf("a %s b %s: outside %v here %v", a.ID, b.ID, w.outside(p.ID, c.ID).Fields[memory.FieldBody], w.ticket(c.ID).Fields[ticket.Parent])
	if w.ticket(c.ID).Fields[ticket.Parent].Text() != a.ID {
		t.Error("edit lost")
	}
}

type down struct {
	*memory.Adapter
	n *int
}

func (d down) WriteBatch(context.Context, []adapters.Op) ([]adapters.Result, error) {
	*d.n++
	return nil, &external.Error{Kind: external.Ambiguous, Op: "x", Message: "y"}
}

// TestBatchesNoticeAnOutage: a system that does not answer ends the session after a few calls.
func TestBatchesNoticeAnOutage(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{WriteBatch: 10})
	w.create100(p.ID)
	n := 0
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return down{a, &n} }
	w.sync(p.ID)
	t.Logf("calls %d", n)
	if n > 3 {
		t.Error("outage is not noticed")
	}
}

// TestMappingActivatedDuringAWrite: the old mapping overrides no value here.
func TestMappingActivatedDuringAWrite(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("Write", ticket.Public)
	w.edit(mine.ID, text(ticket.State, ticket.StateDone))
	w.sync(p.ID)
	once := false
	w.wrap = func(a *memory.Adapter) adapters.Adapter {
		return hooked{a, func() {
			if !once {
				once = true
				w.activate(p.ID, done(ticket.StateNotPlanned))
			}
		}}
	}
	w.edit(mine.ID, text(ticket.Title, "Read"))
	w.sync(p.ID)
	w.edit(mine.ID, text(ticket.Title, "Read it"))
	w.sync(p.ID)
	t.Logf("here %v conflicts %d", w.ticket(mine.ID).Fields[ticket.State], len(w.conflicts(store.OpenConflict)))
	if w.ticket(mine.ID).Fields[ticket.State].Text() != ticket.StateDone {
		t.Error("overridden")
	}
}

func (g noversion) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	out, err := g.Adapter.Changes(ctx, s, win, page, "")
	out.Version = ""
	return out, err
}

// noversion lists without a version, so that every poll shows the items.
type noversion struct{ adapters.Adapter }

// TestPollOfAGarbledItem: bytes that nobody keeps are no news at every poll.
func TestPollOfAGarbledItem(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return noversion{garbled{a}} }
	_, err := w.trackers[p.ID].CreateTicket("mallory", external.Fields{memory.FieldTitle: ticket.Text("plain")})
	w.must(err)
	w.syncs(p.ID, 3)
	for range 3 {
		r, err := w.engine.Poll(t.Context(), p.ID)
		w.must(err)
		if r.Changed {
			t.Errorf("%+v", r)
		}
		w.syncs(p.ID, 1)
	}
}

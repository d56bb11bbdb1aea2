package engine_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// poisoned is an adapter of which one item makes calls fail, whatever else they are about.
type poisoned struct {
	*memory.Adapter
	item      string // external id; empty: none
	read      external.ErrorKind
	history   external.ErrorKind
	together  int  // histories of one call; 0: as always
	lost      bool // the answer of the next write of the item does not come
	away      bool // nobody learns who he is
	reads     int
	histories int
}

func (a *poisoned) Capabilities() external.Capabilities {
	c := a.Adapter.Capabilities()
	c.History = max(c.History, a.together)
	return c
}

func (a *poisoned) Probe(ctx context.Context) (external.Identity, error) {
	if a.away {
		return external.Identity{}, &external.Error{Kind: external.Temporary, Op: "probe", Message: "no answer"}
	}
	return a.Adapter.Probe(ctx)
}

func (a *poisoned) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	a.reads++
	if a.read != "" && slices.ContainsFunc(refs, func(r external.Ref) bool { return r.ID == a.item }) {
		return nil, &external.Error{Kind: a.read, Op: "read", Message: "always fails"}
	}
	return a.Adapter.Read(ctx, refs)
}

func (a *poisoned) History(ctx context.Context, q []adapters.HistoryQuery) ([][]external.Revision, error) {
	a.histories++
	if a.history != "" && slices.ContainsFunc(q, func(q adapters.HistoryQuery) bool { return q.Ref.ID == a.item }) {
		return nil, &external.Error{Kind: a.history, Op: "history", Message: "always fails"}
	}
	return a.Adapter.History(ctx, q)
}

func (a *poisoned) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	c, err := op.Open()
	if err != nil {
		return external.Item{}, err
	}
	out, err := a.Adapter.Write(ctx, op)
	if a.lost && c.Ref.ID == a.item && err == nil {
		a.lost = false
		return external.Item{}, &external.Error{Kind: external.Ambiguous, Op: op.Name, Message: "no answer came"}
	}
	return out, err
}

// twoTickets connects a project with two tickets in step, the first of which is poisoned.
func twoTickets(t *testing.T) (w *world, p store.Project, bad, good ticket.Ticket, a *poisoned) {
	t.Helper()
	return twoTicketsOf(t, &poisoned{})
}

func twoTicketsOf(t *testing.T, a *poisoned) (w *world, p store.Project, bad, good ticket.Ticket, _ *poisoned) {
	t.Helper()
	w = newWorld(t)
	w.wrap = func(inner *memory.Adapter) adapters.Adapter {
		a.Adapter = inner
		return a
	}
	p = w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	bad, good = w.create("Bad", ticket.Public), w.create("Good", ticket.Public)
	w.sync(p.ID)
	a.item = w.outside(p.ID, bad.ID).ID
	return w, p, bad, good, a
}

// TestAWriteInDoubtOnAnItemThatCannotBeRead: what became of the write nobody can find out
// for a day. The other ticket goes out at once, the bad one is quarantined, and when it
// can be read again the write is settled, and trying again brings the two sides in step.
func TestAWriteInDoubtOnAnItemThatCannotBeRead(t *testing.T) {
	for _, kind := range []external.ErrorKind{external.Invalid, external.Temporary} {
		w, p, bad, good, a := twoTickets(t)
		w.edit(bad.ID, text(ticket.Title, "Bad, edited"))
		a.lost = true
		w.sync(p.ID)
		a.read = kind
		w.edit(good.ID, text(ticket.Title, "Good, edited"))
		w.clock.now = w.clock.now.Add(time.Hour)
		w.sync(p.ID)
		if got := w.outside(p.ID, good.ID).Fields["title"].Text(); got != "Good, edited" {
			t.Fatalf("%s: the other ticket waits: %q", kind, got)
		}
		for range 6 {
			w.clock.now = w.clock.now.Add(2 * time.Hour)
			before := a.reads
			if s := w.sync(p.ID); s.State != store.Succeeded {
				t.Fatalf("%s: the session %s: %s", kind, s.State, s.Reason)
			}
			if a.reads-before > 2 {
				t.Fatalf("%s: %d readings in one session", kind, a.reads-before)
			}
		}
		l := w.link(p.ID, external.KindTicket, bad.ID)
		if want := map[external.ErrorKind]store.LinkState{external.Invalid: store.Quarantined, external.Temporary: store.Live}[kind]; l.State != want {
			t.Fatalf("%s: the link is %s: %s, want %s", kind, l.State, l.Reason, want)
		}
		a.read = ""
		w.edit(bad.ID, text(ticket.Title, "Bad, edited twice"))
		w.must(w.store.Tx(t.Context(), func(tx store.Tx) error { return w.engine.RetryTx(t.Context(), tx, l.ID) }))
		w.clock.now = w.clock.now.Add(time.Hour)
		w.sync(p.ID)
		if got := w.outside(p.ID, bad.ID).Fields["title"].Text(); got != "Bad, edited twice" {
			t.Fatalf("%s: once it can be read it goes out: %q", kind, got)
		}
	}
}

// TestAHistoryThatCannotBeRead: the write of one item cannot be audited for the time being.
// Its neighbour's in the same batch is, sessions go on, and later its own is too.
func TestAHistoryThatCannotBeRead(t *testing.T) {
	for _, c := range []struct {
		kind external.ErrorKind
		size int // of a batch
	}{{external.Invalid, 1}, {external.Temporary, 1}, {external.Invalid, 10}, {external.Temporary, 10}} {
		kind := fmt.Sprintf("%s, batches of %d", c.kind, c.size)
		w, p, bad, good, a := twoTicketsOf(t, &poisoned{together: c.size})
		a.history = c.kind
		w.edit(bad.ID, text(ticket.Title, "Bad, edited"))
		w.edit(good.ID, text(ticket.Title, "Good, edited"))
		for range 3 {
			w.clock.now = w.clock.now.Add(time.Hour)
			before := a.histories
			if s := w.sync(p.ID); s.State != store.Succeeded {
				t.Fatalf("%s: the session %s: %s", kind, s.State, s.Reason)
			}
			if a.histories-before > 4 {
				t.Fatalf("%s: %d histories in one session", kind, a.histories-before)
			}
		}
		open := w.open(p.ID)
		if len(open) != 1 || open[0].LinkID != w.link(p.ID, external.KindTicket, bad.ID).ID {
			t.Fatalf("%s: not audited: %+v", kind, open)
		}
		a.history = ""
		w.sync(p.ID)
		if open = w.open(p.ID); len(open) != 0 {
			t.Fatalf("%s: not audited: %+v", kind, open)
		}
	}
}

func (w *world) open(projectID string) (open []store.Intent) {
	w.view(func(tx store.Tx) (err error) {
		open, err = tx.OpenIntents(w.t.Context(), projectID)
		return err
	})
	return open
}

// TestATicketWithoutAnswerAndWhatIsSaidBelow: there is no answer about one ticket, and several remarks below it wait for
// that. It is not the system that is away: all others have their turn.
func TestATicketWithoutAnswerAndWhatIsSaidBelow(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{Secludes: true}) // who may see a remark is asked of its ticket
	sick, well := w.create("sick", ticket.Public), w.create("well", ticket.Public)
	w.sync(p.ID)
	there := w.outside(p.ID, sick.ID)
	var poison *poisoned
	w.wrap = func(a *memory.Adapter) adapters.Adapter {
		if poison == nil {
			poison = &poisoned{Adapter: a, item: there.ID, read: external.Temporary}
		}
		poison.Adapter = a
		return poison
	}
	w.edit(sick.ID, text(ticket.Title, "sicker"))
	for n := range 5 {
		_, err := w.trackers[p.ID].AddComment("mallory", there.Key, fmt.Sprintf("remark %d", n))
		w.must(err)
	}
	w.sync(p.ID)
	_, err := w.engine.AddComment(t.Context(), well.ID, "better", ticket.Public, "ann")
	w.must(err)
	for range 3 {
		w.clock.now = w.clock.now.Add(time.Hour)
		if s, err := w.session(p.ID, store.Incremental); err != nil || s.State != store.Succeeded {
			t.Errorf("the session ended as %s: %v", s.State, err)
		}
	}
	if got := w.look(p.ID, external.KindComment); len(got) != 6 {
		t.Errorf("there are %d remarks outside; want the five below the sick ticket, and ours below the other one", len(got))
	}
}

// TestWhatIsGoneByTheLastTry: a remark was refused as its ticket was locked, and by its last try that ticket is
// deleted, or elsewhere. It waits for what becomes of that, and is not set aside.
func TestWhatIsGoneByTheLastTry(t *testing.T) {
	for _, moved := range []bool{false, true} {
		s := newAside(t, memory.Options{})
		s.stood()
		s.locked = true
		c, err := s.engine.AddComment(t.Context(), s.id, "REMARK-late", "", "ann")
		s.must(err)
		for range 4 {
			s.goOn(store.Incremental)
		}
		if l := s.link(s.p.ID, external.KindComment, c.ID); l.Attempts != 4 {
			t.Fatalf("moved %t: the remark was tried %d times (%s)", moved, l.Attempts, l.Reason)
		}
		if s.locked = false; moved {
			s.moves(s.far)
		} else {
			s.drops()
		}
		for range 3 {
			s.goOn(store.Incremental)
		}
		if l := s.link(s.p.ID, external.KindComment, c.ID); l.State == store.Quarantined {
			t.Errorf("moved %t: the remark is set aside: %s", moved, l.Reason)
		}
		if open := s.conflicts(store.OpenConflict); len(open) != 1 || open[0].Field != "" {
			t.Errorf("moved %t: asked: %+v", moved, open)
		}
	}
}

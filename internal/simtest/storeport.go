package simtest

import (
	"context"
	"errors"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// storePort decorates the store: processes die before and after transactions, and
// cursors and intents are watched.
type storePort struct {
	w   *world
	one txPort
}

// Tx runs a transaction.
func (s *storePort) Tx(ctx context.Context, fn func(store.Tx) error) error {
	w := s.w
	call := w.call
	w.call = callTx
	w.crashAt(faultCrashBeforeTx)
	w.actInGap()
	if m := w.mutant; m != nil && m.before != nil {
		m.before(w, fn)
	}
	if w.hits(faultRetriedTx) { // as a database does that cannot serialise it
		w.rehearse(fn)
	}
	if w.ledger != nil {
		w.ledger.pending = nil
	}
	w.keeping = w.keeping[:0]
	err := w.raw.Tx(ctx, func(tx store.Tx) error {
		s.one = txPort{Tx: tx, w: w, held: s.one.held[:0]} // transactions never nest
		var seen store.Tx = &s.one
		if m := w.mutant; m != nil && m.tx != nil {
			seen = m.tx(w, seen)
		}
		if w.torn != nil {
			seen = w.torn(s, seen)
		}
		return fn(seen)
	})
	w.commit(err)
	w.judgeKept(err)
	w.crashAt(faultCrashAfterTx)
	w.call = call
	return err
}

// tear stands between the engine and one of its transactions.
type tear func(s *storePort, tx store.Tx) store.Tx

// actInGap lets people act between two transactions of a step, where no call is made: what
// was read in the one is not what is there in the other.
func (w *world) actInGap() {
	if w.acting == 0 && w.depth > 0 && w.hits(faultInsideTx) {
		w.act()
	}
}

// rehearse runs a transaction that comes to nothing, and returns how cursors would
// have moved. fn may run more than once: it must have no effect beyond its tx.
func (w *world) rehearse(fn func(store.Tx) error) []movedCursor {
	var moved []movedCursor
	err := w.raw.Tx(w.ctx, func(tx store.Tx) error {
		rec := &cursorTx{Tx: tx}
		if err := fn(rec); err != nil {
			return err
		}
		moved = rec.moved
		return errUndone
	})
	if !errors.Is(err, errUndone) {
		return nil
	}
	return moved
}

var errUndone = errors.New("to be run again")

type movedCursor struct {
	project string
	cursor  external.Cursor
}

// cursorTx notes how cursors would move.
type cursorTx struct {
	store.Tx
	moved []movedCursor
}

// PutCursor notes the cursor.
func (t *cursorTx) PutCursor(ctx context.Context, projectID string, c external.Cursor) error {
	t.moved = append(t.moved, movedCursor{projectID, c})
	return t.Tx.PutCursor(ctx, projectID, c)
}

// txPort is one decorated transaction.
type txPort struct {
	store.Tx
	w    *world
	held []string // links and conflicts that it has locked, see mustHold
}

// PutCursor checks that a watermark never goes back (I9). A sweep begins anew each time
// and has a cursor of its own.
func (t *txPort) PutCursor(ctx context.Context, projectID string, c external.Cursor) error {
	old, err := t.Cursor(ctx, projectID, c.Stream)
	if err != nil {
		return err
	}
	if c.Stream != external.StreamTickets && c.Stream != external.StreamComments {
		return t.Tx.PutCursor(ctx, projectID, c)
	}
	if !slices.Contains(t.held, projectID) {
		t.w.fail("I9", "a cursor of "+projectID+" is written without the project's lock: whoever had it read from the beginning since is not obeyed")
	}
	anew := (t.w.past.happened || t.w.has(settings)) && c.Watermark.IsZero()
	if c.Watermark.Before(old.Watermark) && !anew {
		t.w.fail("I9", "the watermark of "+string(c.Stream)+" went back")
	}
	return t.Tx.PutCursor(ctx, projectID, c)
}

// AppendSteps shows in the trace what the engine did to our side and why.
func (t *txPort) AppendSteps(ctx context.Context, steps ...store.Step) error {
	for _, s := range steps {
		t.w.keeps("journal of "+s.SessionID, s.Before, s.After, s.Was.Local, s.Was.External)
		t.w.didStep(s.Action, s.Field)
		if t.w.ledger != nil {
			t.w.noteLeft(s)
		}
		if t.w.has(settings) {
			if err := t.judgeInward(ctx, s); err != nil {
				return err
			}
		}
		if s.Action != plan.Nothing && s.Action != plan.Withhold {
			t.w.trace.add("  ", "step", string(s.Action), s.TicketID, string(s.Field), s.After.Text(), "("+s.Reason+")", s.Outcome)
		}
	}
	return t.Tx.AppendSteps(ctx, steps...)
}

// InsertConflict notes that one was opened.
func (t *txPort) InsertConflict(ctx context.Context, c store.Conflict) error {
	t.held = append(t.held, c.ID)
	t.w.opened(c.Kind, c.Field)
	t.w.keepsConflict(c)
	return t.Tx.InsertConflict(ctx, c)
}

// InsertIntent remembers the intent.
func (t *txPort) InsertIntent(ctx context.Context, i store.Intent) error {
	t.w.intents[i.ID] = i
	return t.Tx.InsertIntent(ctx, i)
}

// UpdateIntent remembers the intent. A transaction that is undone afterwards leaves a
// wrong memory behind, which the checks put right by reading.
func (t *txPort) UpdateIntent(ctx context.Context, i store.Intent, from store.IntentState) error {
	t.w.intents[i.ID] = i
	if t.w.ledger != nil && i.State == store.Landed {
		t.w.ledger.landed(i.ID)
		if err := t.bookMet(ctx, i); err != nil {
			return err
		}
	}
	return t.Tx.UpdateIntent(ctx, i, from)
}

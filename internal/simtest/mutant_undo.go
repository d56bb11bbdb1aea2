package simtest

import (
	"context"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// undoMutants are bugs of rolling a session back.
func undoMutants() []Mutant {
	return []Mutant{
		{Name: "undo ignores later edits", Profile: Undone, Caught: []string{"I10", "I2"}, tx: whileUndoing(func(t undoTx) store.Tx { return &hastyTx{t} })},
		{Name: "undone field not parked", Profile: Undone, Caught: []string{"I10"}, tx: whileUndoing(func(t undoTx) store.Tx { return &unparkedTx{t} })},
		{Name: "undo restores only here", Profile: Undone, Caught: []string{"I10"}, tx: whileUndoing(func(t undoTx) store.Tx { return &homeTx{t} })},
		{Name: "undo forgets the other spokes", Profile: Undone, Caught: []string{"I1", "I9"}, tx: whileUndoing(func(t undoTx) store.Tx { return &lonelyTx{t} })},
	}
}

// undoTx is a transaction of a session that rolls another one back.
type undoTx struct {
	store.Tx
	of string // the session that is rolled back
}

// whileUndoing decorates the transactions of such sessions alone.
func whileUndoing(decorate func(undoTx) store.Tx) func(*world, store.Tx) store.Tx {
	return func(w *world, tx store.Tx) store.Tx {
		if n := len(w.running); n > 0 && w.acting == 0 && w.running[n-1].Kind == store.Rollback {
			s, err := tx.Session(w.ctx, w.running[n-1].SessionID)
			w.must(err)
			return decorate(undoTx{tx, s.Undoes})
		}
		return tx
	}
}

// hastyTx shows the journal as if the session had left everything as it is now.
type hastyTx struct{ undoTx }

func (t *hastyTx) Steps(ctx context.Context, sessionID string, after int64, limit int) ([]store.Step, error) {
	steps, err := t.Tx.Steps(ctx, sessionID, after, limit)
	if err != nil || sessionID != t.of {
		return steps, err
	}
	for n := range steps {
		s := &steps[n]
		l, err := t.Link(ctx, s.LinkID)
		if err != nil || s.Field == "" || s.Action != plan.Apply && s.Action != plan.Push {
			continue // joined with another one, or of a whole item
		}
		s.Met = ""
		if o, err := t.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID); err == nil && s.Action == plan.Push {
			s.After = o.Item.Fields[string(s.Field)]
		}
		if s.Action == plan.Apply {
			s.After = t.held(ctx, l, s.Field)
		}
	}
	return steps, nil
}

// held is what the local side holds.
func (t *hastyTx) held(ctx context.Context, l store.Link, f ticket.Field) ticket.Value {
	if l.Kind == external.KindComment {
		c, _ := t.Comment(ctx, l.LocalID)
		return c.Body
	}
	tk, _ := t.Tx.Ticket(ctx, l.LocalID)
	return tk.Fields[f]
}

func (t *hastyTx) Ticket(ctx context.Context, id string) (ticket.Ticket, error) {
	tk, err := t.Tx.Ticket(ctx, id)
	tk.Stamps = nil
	return tk, err
}

// unparkedTx leaves no conflict about what was undone.
type unparkedTx struct{ undoTx }

func (t *unparkedTx) InsertConflict(ctx context.Context, c store.Conflict) error {
	if c.Kind == store.Undone && !c.Kept {
		return nil
	}
	return t.Tx.InsertConflict(ctx, c)
}

// homeTx hides what the session wrote outside.
type homeTx struct{ undoTx }

func (t *homeTx) Steps(ctx context.Context, sessionID string, after int64, limit int) ([]store.Step, error) {
	steps, err := t.Tx.Steps(ctx, sessionID, after, limit)
	for n := range steps {
		if sessionID == t.of && steps[n].Action == plan.Push {
			steps[n].Action = plan.Adopt
		}
	}
	return steps, err
}

// lonelyTx does not tell the other projects.
type lonelyTx struct{ undoTx }

func (t *lonelyTx) LinksOfLocal(ctx context.Context, kind external.Kind, localID string) ([]store.Link, error) {
	all, err := t.Tx.LinksOfLocal(ctx, kind, localID)
	return all[:0], err
}

package activities

import (
	"context"
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Conflict holds the activities of the conflict queue.
type Conflict struct {
	Engine *engine.Engine
}

// ConflictView is what a workflow may know of a conflict: never its values.
type ConflictView struct {
	ID        string
	ProjectID string
	System    external.System
	Key       string
	TicketID  string
	CommentID string
	Field     ticket.Field
	State     store.ConflictState
	Choice    store.Choice
	By        string // who decided
	Kind      store.ConflictKind
	Reminders int
	// DueAt is when AttendConflict has something to do; zero: never, as things are.
	DueAt time.Time
}

// The states of a conflict, for workflows.
const (
	OpenConflict = store.OpenConflict
	Decided      = store.Decided
	Resolved     = store.Resolved
	Converged    = store.Converged
)

// Closed reports whether nothing is left to do.
func (v ConflictView) Closed() bool { return v.State == Resolved || v.State == Converged }

// ReadConflict returns how a conflict stands.
func (a *Conflict) ReadConflict(ctx context.Context, id string) (ConflictView, error) {
	v, err := ViewConflict(ctx, a.Engine.Store, id)
	return v, translate(ctx, a.Engine, err)
}

// AttendConflict does what the project's policy asks for about a conflict that nobody
// decides: it reminds, or decides. Before its time it does nothing.
func (a *Conflict) AttendConflict(ctx context.Context, id string) error {
	return translate(ctx, a.Engine, a.Engine.Attend(ctx, id))
}

// ViewConflict reads a conflict without its values.
func ViewConflict(ctx context.Context, s store.Store, id string) (ConflictView, error) {
	var v ConflictView
	err := s.Tx(ctx, func(tx store.Tx) (err error) {
		v, err = ViewConflictTx(ctx, tx, id)
		return err
	})
	return v, err
}

// ViewConflictTx is ViewConflict within a transaction.
func ViewConflictTx(ctx context.Context, tx store.Tx, id string) (ConflictView, error) {
	c, err := tx.Conflict(ctx, id)
	if err != nil {
		return ConflictView{}, err
	}
	p, err := tx.Project(ctx, c.ProjectID)
	return ConflictView{
		ID: c.ID, ProjectID: c.ProjectID, System: p.System, Key: p.Key, TicketID: c.TicketID, CommentID: c.CommentID,
		Field: c.Field, State: c.State, Choice: c.Choice, By: c.DecidedBy, Kind: c.Kind, Reminders: c.Reminders,
		DueAt: engine.NextDue(p, c),
	}, err
}

package activities

import (
	"context"
	"errors"
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// DefaultReconcile is the time between two full sweeps of a project.
const DefaultReconcile = 24 * time.Hour

// Steering starts, signals and schedules workflows. Package workflows implements it.
type Steering interface {
	// Wake asks a project's workflow for a session, and starts it where it does not run.
	Wake(ctx context.Context, projectID string, w Wake) error
	// Schedule makes a project's schedules what the plan says.
	Schedule(ctx context.Context, s Schedules) error
}

// Wake asks a project for a session. It carries no data: what is to be done stands in
// the store.
type Wake struct {
	Walk  bool // the streams must be read; else only what waits in the store
	Sweep bool // read everything, see the Reconcile workflow
	// Reschedule asks for no session: the project's schedules are to be made anew, for
	// somebody deleted or paused one of them in Temporal.
	Reschedule bool `json:",omitempty"`
}

// Project holds the activities in the life of a connection.
type Project struct {
	Engine         *engine.Engine
	Steering       Steering
	ReconcileEvery time.Duration
}

// ProjectState is what workflows know of a project.
type ProjectState struct {
	ID        string
	System    external.System
	Key       string // its address: "octo/hello"
	Login     string // whom the credential speaks as
	Status    external.Status
	Reason    string // why the status is what it is
	Direction external.Direction
	PollEvery time.Duration
	Reconcile time.Duration // between two full sweeps: the worker's setting
	Failures  int           // sessions that failed in a row
	Fresh     bool          // no session has succeeded yet
	Pending   bool          // something waits in the store for a session
	Epoch     int64         // of the project's writer, see SessionRun.Known
	// Rollback is the id of the rollback that the next session must carry on with, and Undoes
	// that of the session it undoes; empty: none waits.
	Rollback string
	Undoes   string
	// What is linked, and what needs a person.
	Tickets, Comments, Waiting, Quarantined, Gone, Parked int
}

// ReadProject returns what the store knows of a project.
func (a *Project) ReadProject(ctx context.Context, projectID string) (ProjectState, error) {
	s, err := a.read(ctx, projectID)
	return s, translate(ctx, a.Engine, err)
}

func (a *Project) read(ctx context.Context, projectID string) (ProjectState, error) {
	var p store.Project
	var c store.LinkCounts
	err := a.Engine.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if p, err = tx.Project(ctx, projectID); err != nil {
			return err
		}
		c, err = tx.CountLinks(ctx, projectID, a.Engine.Clock.Now())
		return err
	})
	if err != nil {
		return ProjectState{}, err
	}
	pending, err := a.Engine.Pending(ctx, projectID)
	if err != nil {
		return ProjectState{}, err
	}
	undo, err := a.Engine.NextRollback(ctx, projectID)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return ProjectState{
		Rollback: undo.ID, Undoes: undo.Undoes,
		ID: p.ID, System: p.System, Key: p.Key, Login: p.Login, Status: p.Status, Reason: p.StatusReason,
		Direction: p.Direction, PollEvery: p.PollEvery, Reconcile: a.ReconcileEvery, Failures: p.Failures, Fresh: p.SyncedAt.IsZero(), Pending: pending, Epoch: p.WriterEpoch,
		Tickets: c.Tickets, Comments: c.Comments, Waiting: c.Dirty, Quarantined: c.Quarantined, Gone: c.Gone, Parked: c.Parked,
	}, err
}

// Order is a person's word about a project.
type Order struct {
	ProjectID string
	By        string // a local handle
	Allow     bool   // with Resume: the next session may pass the guards
}

// Pause stops the project's sessions at their next ticket. A project that is paused
// stays so.
func (a *Project) Pause(ctx context.Context, o Order) error {
	return a.order(ctx, o, external.Paused, func() error {
		_, err := a.Engine.Pause(ctx, o.ProjectID, o.By)
		return err
	})
}

// Resume lets a paused project sync again.
func (a *Project) Resume(ctx context.Context, o Order) error {
	goal := external.Active
	if o.Allow {
		goal = "" // the permission must be noted, whatever the status is
	}
	return a.order(ctx, o, goal, func() error {
		_, err := a.Engine.Resume(ctx, o.ProjectID, o.By, o.Allow)
		return err
	})
}

// Disconnect ends the connection.
func (a *Project) Disconnect(ctx context.Context, o Order) error {
	return a.order(ctx, o, external.Disconnected, func() error {
		_, err := a.Engine.Disconnect(ctx, o.ProjectID, o.By)
		return err
	})
}

// order does what was asked unless it was done already: by the API, or by an attempt
// of this activity whose answer was lost.
func (a *Project) order(ctx context.Context, o Order, goal external.Status, do func() error) error {
	p, err := a.project(ctx, o.ProjectID)
	if err == nil && p.Status != goal {
		err = do()
	}
	return translate(ctx, a.Engine, err)
}

func (a *Project) project(ctx context.Context, id string) (store.Project, error) {
	var p store.Project
	err := a.Engine.Store.Tx(ctx, func(tx store.Tx) (err error) {
		p, err = tx.Project(ctx, id)
		return err
	})
	return p, err
}

// Wake asks a project's workflow for a session.
func (a *Project) Wake(ctx context.Context, projectID string, w Wake) error {
	return translate(ctx, a.Engine, a.Steering.Wake(ctx, projectID, w))
}

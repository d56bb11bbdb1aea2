package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
)

// ProjectID returns the workflow id of a project's ProjectSync.
func ProjectID(projectID string) string { return "project/" + projectID }

// ProjectSyncInput is what a ProjectSync is started with.
type ProjectSyncInput struct {
	ProjectID string
	// State is what the run before knew; the zero value for the first run.
	State ProjectSyncState
}

// ProjectSyncState is what a ProjectSync carries over when it continues as new.
type ProjectSyncState struct {
	Wanted  bool // a session is wanted
	Walk    bool // which reads every stream
	Sweep   bool // and everything in them
	Initial bool // the first synchronisation is not through yet
	// NotBefore delays the next session: the vendor's limits (Limit), or a failure.
	NotBefore time.Time `json:",omitzero"`
	Limit     bool
	NextDue   time.Time `json:",omitzero"` // when something that rests may be tried again
	Orders    []order   // heard and not yet carried out
	Scheduled activities.Schedules
	Sessions  int           // run since the connection was made
	Last      SessionResult // the last of them
	LastKind  activities.Kind
	LastEnd   time.Time `json:",omitzero"`
	Note      string    // why the last order was not carried out
	Epoch     int64     // the highest of the project's writer, see activities.SessionRun.Known
}

// ProjectSync is the only writer to one external project. It lives from the end of
// the setup until the project is disconnected, and runs bounded sessions one at a
// time. The project's row is the truth about its status: signals say that it is to
// change, or has changed.
func ProjectSync(ctx workflow.Context, in ProjectSyncInput) error {
	p := &project{id: in.ProjectID, ProjectSyncState: in.State, stale: true, fresh: true}
	p.open(ctx)
	return p.run(ctx)
}

// project is what one run of ProjectSync knows.
type project struct {
	id string
	ProjectSyncState
	now   activities.ProjectState // the row as it was last read
	stale bool                    // it must be read again
	fresh bool                    // it was not read in this run yet
	inbox
	// do names the activities; it is nil.
	do *activities.Project
}

// run is the life of a project: hear, obey, look, and then one session, one wait, or
// the end.
func (p *project) run(ctx workflow.Context) error {
	for ctx.Err() == nil {
		p.hear()
		if err := p.obey(ctx); err != nil {
			return err
		}
		if err := p.look(ctx); err != nil {
			return err
		}
		p.tell(ctx)
		switch {
		case p.now.Status == external.Disconnected:
			if p.end(ctx); p.hear() {
				continue // connected again meanwhile, perhaps
			}
			return nil
		case workflow.GetInfo(ctx).GetContinueAsNewSuggested():
			p.hear() // what came since is carried over
			return workflow.NewContinueAsNewError(ctx, ProjectSync, ProjectSyncInput{ProjectID: p.id, State: p.ProjectSyncState})
		case p.ready(ctx):
			if err := p.session(ctx); err != nil {
				return err
			}
		default:
			p.wait(ctx)
		}
	}
	return ctx.Err()
}

// ready reports whether a session is wanted and may run now.
func (p *project) ready(ctx workflow.Context) bool {
	return p.Wanted && p.now.Status.Syncs() && !workflow.Now(ctx).Before(p.NotBefore)
}

// look reads the project's row when it may have changed, and sees to all that
// follows from it.
func (p *project) look(ctx workflow.Context) error {
	if !p.stale {
		return nil
	}
	err := workflow.ExecuteActivity(quick(ctx, "read the project"), p.do.ReadProject, p.id).Get(ctx, &p.now)
	if activities.KindOf(err) == activities.Missing {
		p.now.Status = external.Disconnected // it was erased: nothing is left to do
	} else if err != nil {
		return err
	}
	p.takeOver(ctx)
	p.decide()
	if p.now.Epoch < p.Epoch && p.now.Status.Syncs() {
		p.Wanted = true // the database was restored: the session finds out
	}
	p.Epoch = max(p.Epoch, p.now.Epoch)
	p.stale, p.fresh = false, false
	return p.follow(ctx)
}

// changeTakeOver marks histories in which a workflow asks whether a setup waits for it.
const changeTakeOver = "take-over-first-sync"

// takeOver makes a first synchronisation its own of which this workflow knows nothing, for the one
// that began it was ended by hand, or lost with its Temporal. Where a setup waits it hears from us,
// and is told of the end in time. What was being listed is listed to its end.
func (p *project) takeOver(ctx workflow.Context) {
	if !p.fresh || p.Sessions > 0 || p.Initial || p.now.Fresh {
		return // it knows, or will tell by itself
	}
	if workflow.GetVersion(ctx, changeTakeOver, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	if p.tellSetup(ctx, FirstSync{}) {
		p.Wanted, p.Walk, p.Initial = true, true, true
	}
}

// decide says whether what was read makes a session worth while.
func (p *project) decide() {
	switch {
	case p.now.Rollback != "":
		p.Wanted = true
	case p.now.Fresh && p.now.Status.Syncs() && !p.Initial:
		p.Wanted, p.Walk, p.Initial = true, true, true
	case p.fresh && p.now.Pending:
		p.Wanted = true // whatever woke us before a restart
	case !p.now.Pending && !p.Walk && !p.Sweep && p.now.Failures == 0:
		p.Wanted = false
	}
}

// follow brings what the world sees in line with the status: the search attributes
// and the schedules.
func (p *project) follow(ctx workflow.Context) error {
	if err := showProject(ctx, p.now); err != nil {
		return err
	}
	want := activities.Schedules{
		ProjectID: p.id, System: p.now.System, Key: p.now.Key, Poll: p.now.PollEvery, Reconcile: p.now.Reconcile,
		Paused: !p.now.Status.Syncs(), Deleted: p.now.Status == external.Disconnected,
	}
	if want == p.Scheduled || p.now.Status == external.Configuring {
		return nil
	}
	if err := workflow.ExecuteActivity(quick(ctx, "set the schedules"), p.do.Schedule, want).Get(ctx, nil); err != nil {
		return err
	}
	p.Scheduled = want
	return nil
}

// end says good-bye to a setup that still waits for the first synchronisation.
func (p *project) end(ctx workflow.Context) {
	if p.Initial || p.now.Fresh {
		p.tellSetup(ctx, FirstSync{Ended: true, Reason: p.now.Reason})
	}
	p.Initial, p.now.Fresh = false, false
}

func (p *project) tell(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, projectDetails(p.now, p.ProjectSyncState))
}

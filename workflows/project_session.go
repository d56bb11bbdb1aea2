package workflows

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
)

// session runs one session and listens meanwhile: an order acts at the session's next
// ticket.
func (p *project) session(ctx workflow.Context) error {
	in := p.next(ctx)
	workflow.SetCurrentDetails(ctx, projectDetails(p.now, p.ProjectSyncState)+"\nA session is running: `"+in.SessionID+"`\n")
	child := workflow.ExecuteChildWorkflow(p.childContext(ctx, in), IncrementalSync, in)
	for !child.IsReady() {
		s := workflow.NewSelector(ctx).AddFuture(child, func(workflow.Future) {})
		p.listen(s)
		s.Select(ctx)
		if err := p.obey(ctx); err != nil {
			return err
		}
	}
	var out SessionResult
	if err := child.Get(ctx, &out); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// The session could not even write its end down; the row says how things stand.
		out = SessionResult{State: activities.Failed, Fault: activities.Internal, Reason: activities.Say(err)}
		out.Status, out.Failures = p.now.Status, p.now.Failures+1
	}
	return p.after(ctx, in, out)
}

// next says what the next session is to do, and takes it off the list.
func (p *project) next(ctx workflow.Context) SessionInput {
	p.Sessions++
	info := workflow.GetInfo(ctx)
	seed := fmt.Sprintf("%s/%s/%d", p.id, info.WorkflowExecution.RunID, p.Sessions)
	if p.now.Rollback != "" { // it comes before all else, and leaves what else is wanted as it is
		p.NotBefore, p.Limit = time.Time{}, false
		return SessionInput{SessionRun: activities.SessionRun{ProjectID: p.id, SessionID: p.now.Rollback, Kind: activities.RollBack, Known: p.Epoch}}
	}
	in := SessionInput{Walk: p.Walk}
	in.ProjectID, in.Kind, in.Known = p.id, activities.Incremental, p.Epoch
	in.SessionID = uuid.NewSHA1(uuid.NameSpaceOID, []byte(seed)).String()
	switch {
	case p.Initial:
		in.Kind = activities.Initial
	case p.Sweep:
		in.Kind, p.Sweep = activities.Reconcile, false
	}
	p.Wanted, p.Walk, p.NotBefore, p.Limit, p.NextDue = false, false, time.Time{}, false, time.Time{}
	return in
}

func (p *project) childContext(ctx workflow.Context, in SessionInput) workflow.Context {
	return workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            SessionID(p.id, in.SessionID),
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		WaitForCancellation:   true, // so that its end is recorded
		TypedSearchAttributes: ofProject(p.now.System, p.now.Key),
		StaticSummary:         fmt.Sprintf("%s session %d of %s", in.Kind, p.Sessions, short(p.now.Key)),
	})
}

// after takes a session's end in: what it left undone, and how long to wait.
func (p *project) after(ctx workflow.Context, in SessionInput, out SessionResult) error {
	now := workflow.Now(ctx)
	p.Last, p.LastKind, p.LastEnd, p.Epoch = out, in.Kind, now, max(p.Epoch, out.Epoch)
	if in.Walk && !out.Walked {
		p.Walk = true
		p.Sweep = p.Sweep || in.Kind == activities.Reconcile
	}
	p.stale = p.stale || in.Kind == activities.RollBack
	switch {
	case in.Kind == activities.RollBack && out.State == activities.WasStopped && (out.More || !out.RetryAt.IsZero()):
		p.Wanted, p.NotBefore, p.Limit = true, out.RetryAt, !out.RetryAt.IsZero()
	case in.Kind == activities.RollBack && out.State == activities.Succeeded:
		p.rolledBack(ctx)
	case out.State == activities.HeldByGuard:
		p.stale = true // it goes on when a person says so
	case out.State == activities.WasStopped:
		p.Wanted, p.stale = true, true
		if out.Status.Syncs() { // no pause: another writer began, or an operator cancelled it
			p.NotBefore = now.Add(firstPause)
		}
	case out.State == activities.Failed:
		p.Wanted, p.NotBefore = true, now.Add(pause(out))
	case !out.RetryAt.IsZero():
		p.Wanted, p.NotBefore, p.Limit = true, out.RetryAt, true
	case out.More:
		p.Wanted = true
	default:
		p.NextDue = out.NextDue
		p.drained(ctx, in)
	}
	if out.State != activities.Succeeded && in.Kind == activities.Initial {
		p.tellSetup(ctx, FirstSync{State: out.State, Fault: out.Fault, Reason: out.Reason})
	}
	return p.noteStatus(ctx, out)
}

// rolledBack tells the workflow that follows a rollback of its end.
func (p *project) rolledBack(ctx workflow.Context) {
	err := workflow.SignalExternalWorkflow(ctx, RollbackID(p.now.Undoes), "", signalRolledBack, nil).Get(ctx, nil)
	if err != nil { // a failed session's rollback was ordered by no workflow
		workflow.GetLogger(ctx).Info("no workflow follows the rollback", "project", p.id)
	}
}

// noteStatus shows the status that a session left. Other changes come with a wake-up.
func (p *project) noteStatus(ctx workflow.Context, out SessionResult) error {
	if out.Status == "" {
		return nil
	}
	p.now.Status, p.now.Reason, p.now.Failures = out.Status, out.StatusReason, out.Failures
	return p.follow(ctx)
}

// drained ends the first synchronisation once nothing due is left of it.
func (p *project) drained(ctx workflow.Context, in SessionInput) {
	if in.Kind == activities.Initial {
		p.Initial, p.now.Fresh = false, false
		p.tellSetup(ctx, FirstSync{State: activities.Succeeded, Done: true})
	}
}

// tellSetup tells the setup that waits for the first synchronisation, and reports whether one does.
func (p *project) tellSetup(ctx workflow.Context, f FirstSync) bool {
	err := workflow.SignalExternalWorkflow(ctx, SetupID(p.id), "", signalFirstSync, f).Get(ctx, nil)
	if err != nil { // it was ended by hand, or lost with its Temporal: nobody waits
		workflow.GetLogger(ctx).Info("no setup to tell of the first synchronisation", "project", p.id)
	}
	return err == nil
}

// The wait after failed sessions: doubled each time, longest while the status is
// error. A first refusal for want of a permission may have been a mistake, and is tried again soon.
// See woken for what cuts it short.
const (
	firstPause   = 30 * time.Second
	shortPause   = time.Minute
	longestPause = 15 * time.Minute
)

func pause(out SessionResult) time.Duration {
	if once := out.Fault == external.Forbidden && out.Failures <= 1; out.Status == external.InError && !once {
		return longestPause
	}
	return min(firstPause<<min(max(out.Failures-1, 0), 5), longestPause)
}

// wait lets time pass until there is something to do. Its one timer is cancelled when
// something else comes first.
func (p *project) wait(ctx workflow.Context) {
	ctx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	rang := false
	s := workflow.NewSelector(ctx)
	s.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	p.listen(s)
	at, why := p.alarm()
	if !at.IsZero() {
		timer := workflow.NewTimerWithOptions(ctx, at.Sub(workflow.Now(ctx)), workflow.TimerOptions{Summary: why})
		s.AddFuture(timer, func(workflow.Future) { rang = true })
	}
	// Signals that end no wait fill the history, too: a long limit is waited out by several runs.
	for !rang && !p.roused(at) && ctx.Err() == nil && !workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
		s.Select(ctx)
	}
	if rang && !p.Wanted {
		p.Wanted, p.stale = true, true
	}
}

// alarm says when to stop waiting, and what for.
func (p *project) alarm() (time.Time, string) {
	switch {
	case !p.now.Status.Syncs():
		return time.Time{}, ""
	case p.Wanted && p.Limit:
		return p.NotBefore, "the external system's limit"
	case p.Wanted:
		return p.NotBefore, "wait after a failure"
	case !p.NextDue.IsZero():
		return p.NextDue, "something may be tried again"
	}
	return time.Time{}, ""
}

// roused reports whether a signal ends a wait until then: every order does, and a
// wake-up unless there is a time to wait for that it did not change.
func (p *project) roused(until time.Time) bool {
	if len(p.Orders) > 0 {
		return true
	}
	return p.stale && (until.IsZero() || !p.NotBefore.Equal(until))
}

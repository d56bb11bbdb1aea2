package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
)

// The bounds of one session. A session that meets one of them ends well, and the next
// goes on from there.
const (
	// SessionTime is how long a session begins links. What is due then is the next one's,
	// which follows at once.
	SessionTime  = 5 * time.Minute
	sessionLinks = 500 // tickets and comments
	syncBatch    = 250 // links of one activity
)

// SessionID returns the workflow id of a session.
func SessionID(projectID, sessionID string) string { return "sync/" + projectID + "/" + sessionID }

// SessionInput says which session to run.
type SessionInput struct {
	activities.SessionRun
	Walk bool // read every stream first
}

// SessionResult is how a session ended.
type SessionResult struct {
	State   activities.State
	Fault   external.ErrorKind // for a failed one
	Reason  string             // why it did not simply succeed
	Walked  bool               // the streams were read to their end, if that was asked for
	More    bool               // due links are left
	Links   int                // tickets and comments that were planned
	RetryAt time.Time          `json:",omitzero"` // the vendor's limits allow the next call then
	activities.Recorded
}

// IncrementalSync is one session: observe, repair, plan, apply, push, record. Planning,
// applying and pushing go ticket by ticket within Sync. A session never fails as a
// workflow: how it ended is its result, and stands in the store.
func IncrementalSync(ctx workflow.Context, in SessionInput) (SessionResult, error) {
	s := &session{in: in, until: workflow.Now(ctx).Add(SessionTime)}
	err := s.run(ctx)
	s.conclude(ctx, err)
	return s.out, s.record(ctx)
}

// session is what one run of IncrementalSync knows.
type session struct {
	in    SessionInput
	until time.Time
	out   SessionResult
	// guarded: its guard was asked, and let it go on.
	guarded bool
	// steps names the activities; it is nil.
	steps *activities.Session
}

func (s *session) run(ctx workflow.Context) error {
	if s.in.Kind == activities.RollBack {
		return s.rollBack(ctx)
	}
	if err := s.observe(ctx); err != nil || s.paced() {
		return err
	}
	if err := s.repair(ctx); err != nil || s.paced() {
		return err
	}
	if err := s.guard(ctx); err != nil || s.paced() {
		return err
	}
	return s.sync(ctx)
}

// rollBack are the steps of a session that undoes another one: what it reads, it reads
// item by item.
func (s *session) rollBack(ctx workflow.Context) error {
	if err := s.repair(ctx); err != nil || s.paced() {
		return err
	}
	if err := s.guard(ctx); err != nil || s.paced() {
		return err
	}
	for s.out.More = true; s.out.More && !s.paced() && s.left(ctx) > 0; {
		s.tell(ctx, "undo")
		in := activities.SyncInput{SessionRun: s.in.SessionRun, Limit: syncBatch, Within: s.left(ctx)}
		summary := fmt.Sprintf("undo up to %d, after %d", syncBatch, s.out.Links)
		var p activities.Progress
		if err := workflow.ExecuteActivity(s.step(ctx, summary), s.steps.Undo, in).Get(ctx, &p); err != nil {
			return err
		}
		s.out.Links += p.Tickets + p.Comments
		s.out.More = p.More
		s.wait(ctx, p.Wait)
	}
	return nil
}

func (s *session) observe(ctx workflow.Context) error {
	summary := "look for a lost create"
	if s.in.Walk {
		summary = "read what changed outside"
	}
	s.tell(ctx, summary)
	var seen activities.Observed
	in := activities.ObserveInput{SessionRun: s.in.SessionRun, Walk: s.in.Walk}
	if err := workflow.ExecuteActivity(s.step(ctx, summary), s.steps.Observe, in).Get(ctx, &seen); err != nil {
		return err
	}
	s.wait(ctx, seen.Wait)
	s.out.Walked = !s.paced()
	return nil
}

func (s *session) repair(ctx workflow.Context) error {
	s.tell(ctx, "settle writes of unknown outcome")
	var wait activities.Wait
	err := workflow.ExecuteActivity(s.step(ctx, "settle writes of unknown outcome"), s.steps.Repair, s.in.SessionRun).Get(ctx, &wait)
	s.wait(ctx, wait)
	return err
}

func (s *session) guard(ctx workflow.Context) error {
	s.tell(ctx, "check the guards")
	in := activities.GuardInput{SessionRun: s.in.SessionRun, Limit: sessionLinks}
	var wait activities.Wait
	err := workflow.ExecuteActivity(s.step(ctx, "check the guards"), s.steps.Guard, in).Get(ctx, &wait)
	s.wait(ctx, wait)
	s.guarded = err == nil && !s.paced()
	return err
}

// sync goes through the due links in batches, until none is left or the session has
// done enough.
func (s *session) sync(ctx workflow.Context) error {
	for s.out.More = true; s.out.More && !s.paced() && s.out.Links < sessionLinks && s.left(ctx) > 0; {
		limit := min(syncBatch, sessionLinks-s.out.Links)
		s.tell(ctx, "plan, apply and push")
		in := activities.SyncInput{SessionRun: s.in.SessionRun, Limit: limit, Within: s.left(ctx)}
		summary := fmt.Sprintf("plan, apply and push up to %d, after %d", limit, s.out.Links)
		var p activities.Progress
		if err := workflow.ExecuteActivity(s.step(ctx, summary), s.steps.Sync, in).Get(ctx, &p); err != nil {
			return err
		}
		s.out.Links += p.Tickets + p.Comments
		s.out.More = p.More
		s.wait(ctx, p.Wait)
	}
	return nil
}

// left is the rest of the session's time.
func (s *session) left(ctx workflow.Context) time.Duration { return s.until.Sub(workflow.Now(ctx)) }

// wait takes a step's wait in.
func (s *session) wait(ctx workflow.Context, w activities.Wait) {
	s.in.Known = max(s.in.Known, w.Epoch) // what the next step knows outlives the database
	if !w.RetryAt.IsZero() {
		s.out.RetryAt, s.out.Reason = byTemporal(ctx, w.RetryAt, w.Now), w.Reason
	}
}

// byTemporal is a moment that a worker named at its now, by Temporal's clock. Of a worker
// that is behind it would be over already: session after session would find nothing to do.
func byTemporal(ctx workflow.Context, at, now time.Time) time.Time {
	if at.IsZero() || now.IsZero() {
		return at
	}
	return workflow.Now(ctx).Add(at.Sub(now))
}

// paced reports whether the vendor's limits end the session.
func (s *session) paced() bool { return !s.out.RetryAt.IsZero() }

// conclude says how the session ended.
func (s *session) conclude(ctx workflow.Context, err error) {
	switch kind := activities.KindOf(err); {
	case err == nil && s.in.Kind == activities.RollBack && (s.out.More || s.paced()):
		s.out.State = activities.WasStopped // it goes on as the same session
		if s.out.Reason == "" {
			s.out.Reason = "not through yet"
		}
	case err == nil:
		s.out.State = activities.Succeeded
	case ctx.Err() != nil || temporal.IsCanceledError(err):
		s.out.State, s.out.Reason = activities.WasStopped, "cancelled in Temporal"
	case kind == activities.Held:
		s.out.State, s.out.Reason = activities.HeldByGuard, activities.Say(err)
	case kind == activities.Stopped || kind == activities.Fenced:
		s.out.State, s.out.Reason = activities.WasStopped, activities.Say(err)
	default:
		s.out.State, s.out.Fault, s.out.Reason = activities.Failed, external.ErrorKind(kind), activities.Say(err)
	}
}

// record writes the end down, also when the session was cancelled.
func (s *session) record(ctx workflow.Context) error {
	s.tell(ctx, "record")
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	in := activities.RecordInput{SessionRun: s.in.SessionRun, State: s.out.State, Fault: s.out.Fault, Reason: s.out.Reason, Early: !s.guarded}
	in.Walked = s.in.Walk && s.out.Walked
	err := workflow.ExecuteActivity(quick(ctx, "record: "+string(s.out.State)), s.steps.Record, in).Get(ctx, &s.out.Recorded)
	s.out.NextDue = byTemporal(ctx, s.out.NextDue, s.out.Now)
	s.tell(ctx, "ended")
	return err
}

// tell shows how far the session is.
func (s *session) tell(ctx workflow.Context, doing string) {
	workflow.SetCurrentDetails(ctx, sessionDetails(s.in, s.out, doing))
}

package workflows

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
)

// RollbackID returns the workflow id of the rollback of a session.
func RollbackID(sessionID string) string { return "rollback/" + sessionID }

// The signals of a Rollback.
const (
	signalApproveRollback = "approve" // activities.RollbackOrder
	signalRolledBack      = "ended"   // without content: the row of the rollback changed
)

// RollbackInput says which session to undo.
type RollbackInput struct {
	SessionID string
	By        string // who asks
	// Digest approves the preview with that digest from the start; empty: the workflow shows
	// a preview and waits for a person to approve it.
	Digest string
	// Ordered is the id of the session that carries the rollback out, where it was ordered
	// already; empty: this workflow orders it.
	Ordered string
}

// Rollback undoes one session: it previews, waits for approval of the very preview that it
// shows, orders the rollback, which ProjectSync carries out as a session of its own, and
// follows that to its end. The order is a row in the store: it outlives this workflow.
func Rollback(ctx workflow.Context, in RollbackInput) (activities.RollbackState, error) {
	r := &rollback{in: in}
	r.approvals = workflow.GetSignalChannelWithOptions(ctx, signalApproveRollback,
		workflow.SignalChannelOptions{Description: "Approves the preview with that digest. Digest, By: who says so."})
	r.ended = workflow.GetSignalChannelWithOptions(ctx, signalRolledBack,
		workflow.SignalChannelOptions{Description: "The rollback's session ended: reads its row."})
	if err := r.order(ctx); err != nil {
		r.tell(ctx, "refused: "+activities.Say(err))
		return r.state, err
	}
	return r.state, r.follow(ctx)
}

// rollback is what one run of Rollback knows.
type rollback struct {
	in        RollbackInput
	view      activities.RollbackView
	state     activities.RollbackState
	approvals workflow.ReceiveChannel
	ended     workflow.ReceiveChannel
	// do names the activities; it is nil.
	do *activities.Rollback
}

// order gets the rollback approved and ordered, however often things move meanwhile.
func (r *rollback) order(ctx workflow.Context) error {
	if r.state.SessionID = r.in.Ordered; r.in.Ordered != "" {
		return nil
	}
	word := activities.RollbackOrder{SessionID: r.in.SessionID, Digest: r.in.Digest, By: r.in.By}
	for {
		if err := workflow.ExecuteActivity(call(ctx, "preview the rollback"), r.do.PreviewRollback, r.in.SessionID).Get(ctx, &r.view); err != nil {
			return err
		}
		if word.Digest != r.view.Digest {
			r.tell(ctx, "waits for approval of this preview")
			if err := r.await(ctx, &word); err != nil {
				return err
			}
		}
		err := workflow.ExecuteActivity(call(ctx, "order the rollback"), r.do.OrderRollback, word).Get(ctx, &r.state.SessionID)
		if activities.KindOf(err) != activities.Stale {
			return err
		}
		word.Digest = "" // things have moved: another preview, another approval
	}
}

// await waits for a person's approval.
func (r *rollback) await(ctx workflow.Context, word *activities.RollbackOrder) error {
	workflow.NewSelector(ctx).
		AddReceive(r.approvals, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, word) }).
		AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {}).
		Select(ctx)
	word.SessionID = r.in.SessionID
	return ctx.Err()
}

// follow waits until the rollback has succeeded. A failed one is tried again by ProjectSync
// until then.
func (r *rollback) follow(ctx workflow.Context) error {
	for {
		for r.ended.ReceiveAsync(nil) { // what they tell is read now
		}
		err := workflow.ExecuteActivity(quick(ctx, "read how the rollback stands"), r.do.ReadRollback, r.state.SessionID).Get(ctx, &r.state)
		if err != nil {
			return err
		}
		r.tell(ctx, string(r.state.State))
		if r.state.State == activities.Succeeded || r.state.State == activities.Cancelled {
			return nil
		}
		if err := r.wait(ctx); err != nil {
			return err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() { // it reads the row at once: no signal is lost
			in := r.in
			in.Ordered = r.state.SessionID
			return workflow.NewContinueAsNewError(ctx, Rollback, in)
		}
	}
}

// wait lets time pass until the row may have changed.
func (r *rollback) wait(ctx workflow.Context) error {
	timed, cancel := workflow.WithCancel(ctx)
	defer cancel()
	timer := workflow.NewTimerWithOptions(timed, time.Hour, workflow.TimerOptions{Summary: "look again, in case a signal was lost"})
	workflow.NewSelector(ctx).
		AddReceive(r.ended, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, nil) }).
		AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {}).
		AddFuture(timer, func(workflow.Future) {}).
		Select(ctx)
	return ctx.Err()
}

// tell shows how the rollback stands.
func (r *rollback) tell(ctx workflow.Context, now string) {
	workflow.SetCurrentDetails(ctx, rollbackDetails(r.in, r.view, r.state, now))
}

func rollbackDetails(in RollbackInput, v activities.RollbackView, s activities.RollbackState, now string) string {
	var b page
	b.add("**Rollback** of session `%s`, asked for by %s\n\n- now: **%s**\n", in.SessionID, in.By, now)
	if s.SessionID != "" {
		b.add("- carried out by session `%s`\n", s.SessionID)
	}
	if s.Reason != "" {
		b.add("- because: %s\n", s.Reason)
	}
	if v.Digest != "" {
		b.add("- preview `%s`: restores %d fields here and %d outside, deletes %d items here, withdraws %d outside, brings %d back; %d were edited since, %d cannot be undone\n",
			v.Digest, v.Counts.Here, v.Counts.Outside, v.Counts.Deleted, v.Counts.Withdrawn, v.Counts.Revived, v.Counts.Kept, v.Counts.Cannot)
	}
	return b.String()
}

// StartRollback starts the rollback of a session; one that runs is not disturbed.
func StartRollback(ctx context.Context, c client.Client, in RollbackInput, v activities.RollbackView) error {
	_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: RollbackID(in.SessionID), TaskQueue: TaskQueue, StaticSummary: "undo session " + in.SessionID,
		TypedSearchAttributes:    ofProject(v.System, v.Key),
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, Rollback, in)
	if err != nil {
		return fmt.Errorf("start the rollback of session %s: %w", in.SessionID, err)
	}
	return nil
}

// SignalApproveRollback approves the preview that a rollback shows. That none waits is no
// error.
func SignalApproveRollback(ctx context.Context, c client.Client, o activities.RollbackOrder) error {
	return signalRunning(ctx, c, RollbackID(o.SessionID), signalApproveRollback, o)
}

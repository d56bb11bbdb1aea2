package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/ticket"
)

// ConflictID returns the workflow id of a conflict.
func ConflictID(conflictID string) string { return "conflict/" + conflictID }

// signalDecide says that a conflict's row has changed: decided, applied, or shown
// anew. It carries the conflict's id; the row is the truth.
const signalDecide = "decide"

// lookAgain is how often an open conflict is read without a signal, so that a lost
// one costs a day at most.
const lookAgain = 24 * time.Hour

// soonest is how long it waits at least for what is due, so that a row that stays due for
// a while costs little.
const soonest = 30 * time.Second

// ConflictResolution follows one conflict until it is applied, or both sides agree.
// Whoever decides writes the decision into the row; its transaction wakes ProjectSync,
// which applies it, and signals this workflow, as does the one that closes the row. When
// the project's policy asks for a reminder, or the conflict expires, is told by the row
// too; the workflow only waits for it.
func ConflictResolution(ctx workflow.Context, conflictID string) (activities.ConflictView, error) {
	c := &conflict{id: conflictID, since: workflow.Now(ctx)}
	c.decides = workflow.GetSignalChannelWithOptions(ctx, signalDecide,
		workflow.SignalChannelOptions{Description: "The conflict's row changed: reads it. Carries the conflict's id."})
	for {
		if err := c.read(ctx); err != nil || c.view.Closed() {
			return c.view, err
		}
		if err := c.wait(ctx); err != nil {
			return c.view, err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() { // it reads the row at once: no signal is lost
			return c.view, workflow.NewContinueAsNewError(ctx, ConflictResolution, conflictID)
		}
	}
}

// conflict is what one run of ConflictResolution knows.
type conflict struct {
	id      string
	since   time.Time
	view    activities.ConflictView
	decides workflow.ReceiveChannel
	// do names the activities; it is nil.
	do *activities.Conflict
}

func (c *conflict) read(ctx workflow.Context) error {
	for c.decides.ReceiveAsync(nil) { // what they tell is read now
	}
	err := workflow.ExecuteActivity(quick(ctx, "read the conflict"), c.do.ReadConflict, c.id).Get(ctx, &c.view)
	workflow.SetCurrentDetails(ctx, conflictDetails(c.view, c.since))
	return err
}

// wait lets time pass until the row may have changed, or something is due, and has that
// done.
func (c *conflict) wait(ctx workflow.Context) error {
	timed, cancel := workflow.WithCancel(ctx)
	defer cancel()
	pause, summary := lookAgain, "look again, in case a signal was lost"
	if at := c.view.DueAt; !at.IsZero() && at.Sub(workflow.Now(ctx)) < lookAgain {
		pause, summary = max(at.Sub(workflow.Now(ctx)), soonest), "until somebody is reminded, or it expires"
	}
	elapsed := false
	timer := workflow.NewTimerWithOptions(timed, pause, workflow.TimerOptions{Summary: summary})
	workflow.NewSelector(ctx).
		AddReceive(c.decides, func(ch workflow.ReceiveChannel, _ bool) { ch.Receive(ctx, nil) }).
		AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {}).
		AddFuture(timer, func(workflow.Future) { elapsed = true }).
		Select(ctx)
	if err := ctx.Err(); err != nil || !elapsed || c.view.DueAt.IsZero() || workflow.Now(ctx).Before(c.view.DueAt) {
		return err
	}
	return workflow.ExecuteActivity(quick(ctx, "remind, or decide as configured"), c.do.AttendConflict, c.id).Get(ctx, nil)
}

func conflictDetails(v activities.ConflictView, since time.Time) string {
	var b page
	b.add("## %s: %s\n\n", conflictSummary(v), v.State)
	b.add("- project: %s on %s\n- detected: %s\n", v.Key, v.System, clock(since))
	if v.Choice != "" {
		b.add("- decided: **%s**, by %s\n", v.Choice, v.By)
	}
	if v.Reminders > 0 {
		b.add("- reminders: %d\n", v.Reminders)
	}
	if !v.DueAt.IsZero() {
		b.add("- due: %s\n", clock(v.DueAt))
	}
	if v.State == activities.OpenConflict {
		b.add("%s", "- to do: look at both values and decide, through the API or with `extsync conflicts decide "+v.ID+"`\n")
	}
	return b.String()
}

// conflictSummary names a conflict by ids alone. One about a whole item has no field.
func conflictSummary(v activities.ConflictView) string {
	if v.Field == "" {
		v.Field = ticket.Field(v.Kind)
	}
	if v.CommentID != "" {
		return fmt.Sprintf("%s of comment %s", v.Field, v.CommentID)
	}
	return fmt.Sprintf("%s of ticket %s", v.Field, v.TicketID)
}

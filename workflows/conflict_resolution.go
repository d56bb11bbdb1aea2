package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
)

// ConflictID returns the workflow id of a conflict.
func ConflictID(conflictID string) string { return "conflict/" + conflictID }

// signalDecide says that a conflict's row has changed: decided, applied, or shown
// anew. It carries the conflict's id; the row is the truth.
const signalDecide = "decide"

// lookAgain is how often an open conflict is read without a signal, so that a lost
// one costs a day at most.
const lookAgain = 24 * time.Hour

// ConflictResolution follows one conflict until it is applied, or both sides agree.
// Whoever decides writes the decision into the row; its transaction wakes ProjectSync,
// which applies it, and signals this workflow, as does the one that closes the row.
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

// wait lets time pass until the row may have changed.
func (c *conflict) wait(ctx workflow.Context) error {
	timed, cancel := workflow.WithCancel(ctx)
	defer cancel()
	timer := workflow.NewTimerWithOptions(timed, lookAgain, workflow.TimerOptions{Summary: "look again, in case a signal was lost"})
	workflow.NewSelector(ctx).
		AddReceive(c.decides, func(ch workflow.ReceiveChannel, _ bool) { ch.Receive(ctx, nil) }).
		AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {}).
		AddFuture(timer, func(workflow.Future) {}).
		Select(ctx)
	return ctx.Err()
}

func conflictDetails(v activities.ConflictView, since time.Time) string {
	var b page
	b.add("## %s: %s\n\n", conflictSummary(v), v.State)
	b.add("- project: %s on %s\n- detected: %s\n", v.Key, v.System, clock(since))
	if v.Choice != "" {
		b.add("- decided: **%s**, by %s\n", v.Choice, v.By)
	}
	if v.State == activities.OpenConflict {
		b.add("%s", "- to do: look at both values and decide, through the API or with `extsync conflicts decide "+v.ID+"`\n")
	}
	return b.String()
}

// conflictSummary names a conflict by ids alone.
func conflictSummary(v activities.ConflictView) string {
	if v.CommentID != "" {
		return fmt.Sprintf("%s of comment %s", v.Field, v.CommentID)
	}
	return fmt.Sprintf("%s of ticket %s", v.Field, v.TicketID)
}

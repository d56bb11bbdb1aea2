package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
)

// mappingInbox is where the signals of a FieldMapping arrive.
type mappingInbox struct {
	edits, confirms, rejects workflow.ReceiveChannel
}

func (m *fieldMapping) open(ctx workflow.Context) {
	channel := func(name, description string) workflow.ReceiveChannel {
		return workflow.GetSignalChannelWithOptions(ctx, name, workflow.SignalChannelOptions{Description: description})
	}
	m.edits = channel(signalEdit, "Another draft was stored: looks at it. Version: which; By: who made it.")
	m.confirms = channel(signalConfirm, "Puts a version in force. Version: which; By: who says so.")
	m.rejects = channel(signalReject, "Leaves the mapping as it is. By: who says so.")
}

// hear takes every signal that is here and follows it; it reports whether there was
// one. Of several at once the last edit counts, a confirmation more than an edit, and a
// rejection most.
func (m *fieldMapping) hear() bool {
	heard := false
	for _, word := range []struct {
		channel workflow.ReceiveChannel
		step    MappingStep
	}{{m.edits, MappingValidating}, {m.confirms, MappingActivating}, {m.rejects, MappingRejected}} {
		for o := (activities.MappingOrder{}); word.channel.ReceiveAsync(&o); o = (activities.MappingOrder{}) {
			heard, m.Step, m.By, m.Problem, m.Fault = true, word.step, o.By, "", ""
			if o.Version != 0 && o.Version != m.Draft.Version { // what was found of the other one says nothing of it
				m.Draft, m.Verdict, m.Trial = activities.MappingDraft{Version: o.Version}, activities.MappingVerdict{}, activities.MappingTrial{}
				m.edited = true
			}
		}
	}
	return heard
}

// await lets time pass until a signal was heard and followed, or the time is up.
func (m *fieldMapping) await(ctx workflow.Context, limit time.Duration, summary string) (heard bool, err error) {
	if m.hear() {
		return true, nil
	}
	timed, cancel := workflow.WithCancel(ctx)
	defer cancel()
	hear := func(workflow.ReceiveChannel, bool) { heard = m.hear() || heard }
	workflow.NewSelector(ctx).
		AddReceive(m.edits, hear).AddReceive(m.confirms, hear).AddReceive(m.rejects, hear).
		AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {}).
		AddFuture(workflow.NewTimerWithOptions(timed, limit, workflow.TimerOptions{Summary: summary}), func(workflow.Future) {}).
		Select(ctx)
	return heard, ctx.Err()
}

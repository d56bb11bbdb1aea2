package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
)

// setupInbox is where the signals of an InitialSetup arrive, and what they said.
type setupInbox struct {
	credentials, retry, approve, wishes, firsts workflow.ReceiveChannel

	retried    bool   // try again what failed
	approvedBy string // who approved the preview
	told       bool   // first is news
	first      FirstSync
}

func (s *setup) open(ctx workflow.Context) {
	channel := func(name, description string) workflow.ReceiveChannel {
		return workflow.GetSignalChannelWithOptions(ctx, name, workflow.SignalChannelOptions{Description: description})
	}
	s.credentials = channel(signalCredentials, "Another credential was stored: tries it.")
	s.retry = channel(signalRetry, "What was wrong outside is mended: tries again.")
	s.approve = channel(signalApprove, "Approves the preview. By: who says so.")
	s.wishes = channel(signalWishes, "Somebody wants to see the preview (Approve), or the mapping (Review), before anything goes on.")
	s.firsts = channel(signalFirstSync, "From ProjectSync: how the first synchronisation goes.")
}

// heed takes in what somebody wants to see first. It hears nothing else, so that all else is heard
// where it always was.
func (s *setup) heed() {
	for w := (SetupWishes{}); s.wishes.ReceiveAsync(&w); w = (SetupWishes{}) {
		s.in.AutoApprove = s.in.AutoApprove && !w.Approve
		if w.Review {
			s.in.Mapping = MappingByReview
		}
	}
}

// hear takes every signal that is here. An approval counts only once there is a
// preview that someone can have seen.
func (s *setup) hear() {
	s.heed()
	for s.credentials.ReceiveAsync(nil) {
		s.retried = true
	}
	for s.retry.ReceiveAsync(nil) {
		s.retried = true
	}
	for o := (activities.Order{}); s.approve.ReceiveAsync(&o); {
		if s.Approve {
			s.approvedBy = o.By
		}
	}
	for f := (FirstSync{}); s.firsts.ReceiveAsync(&f); f = (FirstSync{}) {
		s.told, s.first, s.ended = true, f, s.ended || f.Ended
	}
}

// await lets time pass until enough says that the signals suffice, the project is
// disconnected, or, when it is not zero, the time is up. It ends early where the history has
// grown long, see renew.
func (s *setup) await(ctx workflow.Context, limit time.Duration, enough func() bool) error {
	timed, cancel := workflow.WithCancel(ctx)
	defer cancel()
	up, hear := false, func(workflow.ReceiveChannel, bool) { s.hear() }
	sel := workflow.NewSelector(ctx).
		AddReceive(s.credentials, hear).AddReceive(s.retry, hear).AddReceive(s.approve, hear).AddReceive(s.firsts, hear).
		AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	if limit > 0 {
		timer := workflow.NewTimerWithOptions(timed, limit, workflow.TimerOptions{Summary: "try again by itself"})
		sel.AddFuture(timer, func(workflow.Future) { up = true })
	}
	for s.hear(); !enough() && !up && !s.ended && ctx.Err() == nil && !workflow.GetInfo(ctx).GetContinueAsNewSuggested(); {
		sel.Select(ctx)
	}
	s.retried = false
	return ctx.Err()
}

// awaitChild lets time pass until the child has ended. A disconnect cancels it.
func (s *setup) awaitChild(ctx workflow.Context, child workflow.Future, cancel func()) workflow.Future {
	hear := func(workflow.ReceiveChannel, bool) {
		if s.hear(); s.ended {
			cancel()
		}
	}
	sel := workflow.NewSelector(ctx).
		AddReceive(s.credentials, hear).AddReceive(s.retry, hear).AddReceive(s.approve, hear).AddReceive(s.firsts, hear).
		AddFuture(child, func(workflow.Future) {})
	for !child.IsReady() {
		sel.Select(ctx)
	}
	s.retried = false
	return child
}

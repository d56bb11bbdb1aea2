package killable

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// The times of failure detection, in place of production's minutes.
const (
	// HeartbeatTimeout is after what silence Temporal gives an activity to another worker.
	HeartbeatTimeout = 2 * time.Second
	heartbeatEvery   = 300 * time.Millisecond
	retryAtMost      = 500 * time.Millisecond
)

// quick makes Temporal notice a killed worker in seconds: short heartbeat timeouts and
// backoffs, and a sign of life from each activity for as long as its process lives. With
// a fast clock workflows live by it, too.
type quick struct {
	interceptor.InterceptorBase
	clock FastClock
	tell  func(word, what string) // hears of activities; nil: nobody does
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (q *quick) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	a := &quickActivity{tell: q.tell}
	a.Next = next
	return a
}

// InterceptWorkflow implements interceptor.WorkerInterceptor.
func (q *quick) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	w := &quickWorkflow{clock: q.clock}
	w.Next = next
	return w
}

type quickActivity struct {
	interceptor.ActivityInboundInterceptorBase
	tell func(word, what string)
}

// ExecuteActivity gives signs of life meanwhile.
func (a *quickActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if a.tell != nil {
		name := activity.GetInfo(ctx).ActivityType.Name
		a.tell(sayBegin, name)
		defer a.tell(sayEnd, name)
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		tick := time.NewTicker(heartbeatEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				activity.RecordHeartbeat(ctx)
			case <-done:
				return
			}
		}
	}()
	return a.Next.ExecuteActivity(ctx, in)
}

type quickWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
	clock FastClock
}

// Init puts the outbound half in place.
func (w *quickWorkflow) Init(next interceptor.WorkflowOutboundInterceptor) error {
	out := &quickOutbound{clock: w.clock}
	out.Next = next
	return w.Next.Init(out)
}

type quickOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	clock FastClock
}

// ExecuteActivity shortens the times, and allows more tries: those of production are
// meant for workers that live longer than a second.
func (o *quickOutbound) ExecuteActivity(ctx workflow.Context, kind string, args ...any) workflow.Future {
	options := workflow.GetActivityOptions(ctx)
	options.HeartbeatTimeout = HeartbeatTimeout
	if options.RetryPolicy != nil {
		retry := *options.RetryPolicy
		retry.InitialInterval = min(retry.InitialInterval, retryAtMost)
		retry.MaximumInterval = retryAtMost
		retry.MaximumAttempts *= 10
		options.RetryPolicy = &retry
	}
	return o.Next.ExecuteActivity(workflow.WithActivityOptions(ctx, options), kind, args...)
}

// Now is the workflow's time by the fast clock.
func (o *quickOutbound) Now(ctx workflow.Context) time.Time { return o.clock.At(o.Next.Now(ctx)) }

// NewTimer rings after a span of the fast clock.
func (o *quickOutbound) NewTimer(ctx workflow.Context, d time.Duration) workflow.Future {
	return o.Next.NewTimer(ctx, o.clock.Real(d))
}

// NewTimerWithOptions is NewTimer with options.
func (o *quickOutbound) NewTimerWithOptions(ctx workflow.Context, d time.Duration, options workflow.TimerOptions) workflow.Future {
	return o.Next.NewTimerWithOptions(ctx, o.clock.Real(d), options)
}

// Sleep waits for a span of the fast clock.
func (o *quickOutbound) Sleep(ctx workflow.Context, d time.Duration) error {
	return o.Next.Sleep(ctx, o.clock.Real(d))
}

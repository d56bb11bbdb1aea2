package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// The types of error that cross to workflows besides the kinds of external.Error,
// which cross under their own names.
const (
	Stopped  = "stopped"  // the project does not sync at present
	Fenced   = "fenced"   // a newer session has begun
	Held     = "held"     // a guard stopped the session before it wrote
	Paced    = "paced"    // limits allow the next call later only
	Stopping = "stopping" // the worker was told to stop
	Missing  = "missing"  // what the activity was to work on does not exist
	Stale    = "stale"    // the state does not allow it any more
	Refused  = "refused"  // it makes no sense as things are
	Internal = "internal" // our own store or code failed
)

// maxOutages is how often an activity is tried while the external system does not
// answer. Each try is billable; after these the session fails, and the next one
// waits longer than a retry would.
const maxOutages = 3

// rule says what Temporal and the workflow are to make of an error.
type rule struct {
	kind   string
	final  bool          // trying again cannot help
	tries  int           // after so many attempts it is final; zero: no bound here
	delay  time.Duration // before the next attempt; zero: the retry policy's
	benign bool          // expected: no failure for metrics and logs
	say    string        // for a person; never vendor text, never content
}

// translate is the one place where errors become Temporal's. Every activity ends in
// it. What the table does not know is internal: it is logged with its activity, and
// crosses without its text, which could hold content.
func translate(ctx context.Context, e *engine.Engine, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return ctx.Err() // cancelled, or the worker has ended
	}
	info := activity.GetInfo(ctx)
	r := judge(err, e.Clock.Now())
	if r.kind == Internal {
		e.Log.ErrorContext(ctx, "activity failed", "activity", info.ActivityType.Name,
			"workflow", info.WorkflowExecution.ID, "attempt", info.Attempt, "error", err.Error())
	}
	o := temporal.ApplicationErrorOptions{
		NonRetryable: r.final || r.tries > 0 && int(info.Attempt) >= r.tries, NextRetryDelay: r.delay,
	}
	if r.benign {
		o.Category = temporal.ApplicationErrorCategoryBenign
	}
	return temporal.NewApplicationErrorWithOptions(r.say, r.kind, o)
}

// judge is the table. now is the time by the engine's clock.
func judge(err error, now time.Time) rule {
	var held *engine.HeldError
	var paced *engine.PacedError
	var vendor *external.Error
	var unable *store.UnableError
	switch {
	case errors.Is(err, engine.ErrStopped):
		return rule{kind: Stopped, final: true, benign: true, say: "the project is paused or disconnected"}
	case errors.Is(err, engine.ErrFenced):
		return rule{kind: Fenced, final: true, benign: true, say: "a newer session of this project has begun"}
	case errors.As(err, &held):
		return rule{kind: Held, final: true, benign: true, say: held.Error()}
	case errors.As(err, &paced):
		return rule{kind: Paced, delay: paced.RetryAt.Sub(now), benign: true, say: paced.Error()}
	case errors.Is(err, errStopping):
		return rule{kind: Stopping, benign: true, say: errStopping.Error()}
	case errors.As(err, &vendor):
		return judgeVendor(vendor)
	case errors.Is(err, store.ErrNotFound):
		return rule{kind: Missing, final: true, say: "what this works on does not exist any more"}
	case errors.Is(err, engine.ErrMoved):
		return rule{kind: Stale, final: true, benign: true, say: "things have moved since the preview: look at the new one"}
	case errors.Is(err, engine.ErrUndone), errors.Is(err, engine.ErrOrdered), errors.Is(err, engine.ErrRunning):
		return rule{kind: Refused, final: true, benign: true, say: rootOf(err)}
	case errors.Is(err, store.ErrStale):
		return rule{kind: Stale, final: true, benign: true, say: "the present state does not allow it"}
	case errors.As(err, &unable):
		return rule{kind: Internal, say: unable.Todo}
	}
	return rule{kind: Internal, say: "our own store or code failed; the worker's log names the cause"}
}

// rootOf is what the innermost error says, which is ours.
func rootOf(err error) string {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err.Error()
}

// judgeVendor judges a failed call by its kind. What an external.Error says of itself
// is ours, without content; its cause stays behind.
func judgeVendor(err *external.Error) rule {
	r := rule{kind: string(err.Kind), say: err.Error()}
	switch err.Kind {
	case external.RateLimited:
		r.delay, r.benign = max(err.RetryAfter, time.Second), true
	case external.Temporary:
		r.tries = maxOutages
	case external.NotFound, external.Gone, external.Moved, external.Unauthorised, external.Forbidden,
		external.Invalid, external.Conflict, external.Ambiguous:
		r.final = true // an ambiguous write is looked up by the next session
	}
	return r
}

// KindOf returns the type under which an activity's error crossed, for a workflow:
// one of this package's, a kind of external.Error, or Internal for what never passed
// the table (a panic, a worker that died). For no error it is empty.
func KindOf(err error) string {
	if err == nil {
		return ""
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) && app.Type() != "" {
		if known(app.Type()) {
			return app.Type()
		}
	}
	return Internal
}

// Say returns what a person is to read of an activity's error.
func Say(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) && known(app.Type()) {
		return app.Message()
	}
	var late *temporal.TimeoutError
	if errors.As(err, &late) {
		return "a worker died or took too long, several times"
	}
	return "the worker's code failed; its log names the cause"
}

func known(kind string) bool {
	switch kind {
	case Stopped, Fenced, Held, Paced, Stopping, Missing, Stale, Refused, Internal:
		return true
	}
	switch external.ErrorKind(kind) {
	case external.NotFound, external.Gone, external.Moved, external.Unauthorised, external.Forbidden, external.Invalid,
		external.Conflict, external.RateLimited, external.Temporary, external.Ambiguous:
		return true
	}
	return false
}

// Wait says that the external system's limits end a step early. It is not a failure.
type Wait struct {
	RetryAt time.Time `json:",omitzero"` // zero: there is nothing to wait for
	Reason  string    `json:",omitempty"`
	// Now is when that was said, by the worker's clock as RetryAt is: a workflow goes by
	// another one, and waits for the span between the two.
	Now time.Time `json:",omitzero"`
	// Epoch is the writer's in this step; the session's next one is told, see SessionRun.Known.
	Epoch int64 `json:",omitempty"`
}

// waited takes a wait out of an error, where a step's result has a place for it.
func waited(ctx context.Context, e *engine.Engine, err error) (Wait, error) {
	var paced *engine.PacedError
	if errors.As(err, &paced) {
		return waitUntil(e, paced.RetryAt, paced.Reason), nil
	}
	return Wait{}, translate(ctx, e, err)
}

// waitUntil is a wait until then, by the worker's clock; none when then is zero.
func waitUntil(e *engine.Engine, then time.Time, reason string) Wait {
	if then.IsZero() {
		return Wait{}
	}
	return Wait{RetryAt: then, Reason: reason, Now: e.Clock.Now()}
}

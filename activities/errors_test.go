package activities

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// wall is the wall clock.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }

func (wall) Sleep(context.Context, time.Duration) error { return nil }

// cross runs an activity that fails with err, and returns what Temporal gets.
func cross(t *testing.T, err error) error {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	e := engine.New(engine.Deps{Clock: wall{}, Log: slog.New(slog.DiscardHandler)})
	fail := func(ctx context.Context) error { return translate(ctx, e, err) }
	env.RegisterActivity(fail)
	_, got := env.ExecuteActivity(fail)
	return got
}

const content = "TICKET TEXT"

func vendor(kind external.ErrorKind) error {
	return &external.Error{Kind: kind, Op: "edit issue 12", Message: "what to do", RetryAfter: time.Minute, Err: errors.New(content)}
}

func TestTheTableOfErrors(t *testing.T) {
	for _, c := range []struct {
		reason string
		err    error
		kind   string
		final  bool
		delay  time.Duration // at most; zero: none
		benign bool
	}{
		{"a pause", engine.ErrStopped, Stopped, true, 0, true},
		{"a newer session", engine.ErrFenced, Fenced, true, 0, true},
		{"a guard", &engine.HeldError{Reason: "12 deletions"}, Held, true, 0, true},
		{"a limit to wait for", &engine.PacedError{RetryAt: time.Now().Add(time.Hour), Reason: "limit"}, Paced, false, time.Hour, true},
		{"the worker stops", errStopping, Stopping, false, 0, true},
		{"no such project", store.ErrNotFound, Missing, true, 0, false},
		{"an illegal change of status", store.ErrStale, Stale, true, 0, true},
		{"our store is away", errors.New("connection refused: " + content), Internal, false, 0, false},
		{"our store's disk is full", &store.UnableError{Todo: "make room", Err: errors.New(content)}, Internal, false, 0, false},
		{"not found", vendor(external.NotFound), "not_found", true, 0, false},
		{"gone", vendor(external.Gone), "gone", true, 0, false},
		{"moved", vendor(external.Moved), "moved", true, 0, false},
		{"unauthorised", vendor(external.Unauthorised), "unauthorised", true, 0, false},
		{"forbidden", vendor(external.Forbidden), "forbidden", true, 0, false},
		{"invalid", vendor(external.Invalid), "invalid", true, 0, false},
		{"conflict", vendor(external.Conflict), "conflict", true, 0, false},
		{"rate limited", vendor(external.RateLimited), "rate_limited", false, time.Minute, true},
		{"temporary", vendor(external.Temporary), "temporary", false, 0, false},
		{"ambiguous: the next session looks", vendor(external.Ambiguous), "ambiguous", true, 0, false},
	} {
		t.Run(c.reason, func(t *testing.T) {
			got := cross(t, fmt.Errorf("sync: %w", c.err))
			var app *temporal.ApplicationError
			if !errors.As(got, &app) {
				t.Fatalf("got %T %v", got, got)
			}
			if app.Type() != c.kind || app.NonRetryable() != c.final {
				t.Errorf("type %s, final %t; want %s, %t", app.Type(), app.NonRetryable(), c.kind, c.final)
			}
			if d := app.NextRetryDelay(); d > c.delay || (c.delay > 0) != (d > c.delay-time.Minute/2 && d > 0) {
				t.Errorf("next try in %s, want %s", d, c.delay)
			}
			if benign := app.Category() == temporal.ApplicationErrorCategoryBenign; benign != c.benign {
				t.Errorf("benign %t, want %t", benign, c.benign)
			}
			if strings.Contains(got.Error(), content) {
				t.Errorf("it carries content: %v", got)
			}
			if KindOf(got) != c.kind || Say(got) == "" || strings.Contains(Say(got), content) {
				t.Errorf("a workflow reads kind %s, %q", KindOf(got), Say(got))
			}
		})
	}
	if cross(t, nil) != nil {
		t.Error("no error became one")
	}
}

func TestWhatNeverPassedTheTableIsInternalAndSilent(t *testing.T) {
	for _, err := range []error{
		errors.New(content), temporal.NewApplicationError(content, "PanicError"), temporal.NewApplicationError(content, ""),
	} {
		if KindOf(err) != Internal || strings.Contains(Say(err), content) {
			t.Errorf("%T: kind %s, %q", err, KindOf(err), Say(err))
		}
	}
}

func TestAnOutageIsFinalAfterAFewTries(t *testing.T) {
	if r := judge(vendor(external.Temporary), time.Now()); r.final || r.tries != maxOutages {
		t.Errorf("rule %+v", r)
	}
}

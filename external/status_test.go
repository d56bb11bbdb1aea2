package external_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/extsync/extsync/external"
)

func TestLegalTransitions(t *testing.T) {
	all := []external.Status{external.Configuring, external.Active, external.Paused, external.InError, external.Disconnected}
	legal := map[external.Status][]external.Status{
		external.Configuring:  {external.Active, external.Disconnected},
		external.Active:       {external.Paused, external.InError, external.Disconnected},
		external.Paused:       {external.Active, external.Disconnected},
		external.InError:      {external.Active, external.Paused, external.Disconnected},
		external.Disconnected: {external.Configuring},
	}
	for _, from := range all {
		for _, to := range all {
			want := from == to || slices.Contains(legal[from], to)
			if got := from.CanBecome(to); got != want {
				t.Errorf("%s -> %s: %v, want %v", from, to, got, want)
			}
		}
	}
}

func TestStatusAfterSession(t *testing.T) {
	tests := []struct {
		reason   string
		from     external.Status
		kind     external.ErrorKind
		failures int
		want     external.Status
		wantN    int
	}{
		{"success clears the count", external.Active, "", 4, external.Active, 0},
		{"one outage is no error", external.Active, external.Temporary, 0, external.Active, 1},
		{"the fifth failure in a row is", external.Active, external.Temporary, 4, external.InError, 5},
		{"a refused credential is at once", external.Active, external.Unauthorised, 0, external.InError, 1},
		{"so is a permission that is missing", external.Active, external.Forbidden, 0, external.InError, 1},
		{"a limit is no failure", external.Active, external.RateLimited, 4, external.Active, 4},
		{"it recovers by itself", external.InError, "", 7, external.Active, 0},
		{"it stays in error while the cause lasts", external.InError, external.Unauthorised, 5, external.InError, 6},
		{"a paused project is left alone", external.Paused, external.Temporary, 4, external.Paused, 4},
	}
	for _, tt := range tests {
		got, n := tt.from.AfterSession(tt.kind, tt.failures)
		if got != tt.want || n != tt.wantN {
			t.Errorf("%s: %s with %d failures, want %s with %d", tt.reason, got, n, tt.want, tt.wantN)
		}
	}
}

func TestKindOf(t *testing.T) {
	limited := fmt.Errorf("walk: %w", &external.Error{Kind: external.RateLimited, Op: "list issues", RetryAfter: 7})
	if external.KindOf(limited) != external.RateLimited || external.RetryAfter(limited) != 7 {
		t.Error("a wrapped error keeps its kind and its delay")
	}
	if external.KindOf(errors.New("reset by peer")) != external.Temporary || external.KindOf(nil) != "" {
		t.Error("an error that nobody classified may be tried again; no error has no kind")
	}
}

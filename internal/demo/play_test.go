package demo

import (
	"context"
	"errors"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
)

// TestAwait: a part of the service that does not answer at once is waited for, and every other
// error ends the wait.
func TestAwait(t *testing.T) {
	broken := errors.New("broken")
	tests := []struct {
		name string
		err  error // of the first look
		ends bool
	}{
		{"a busy machine", &v1.Problem{Type: v1.Unavailable}, false},
		{"a project that is not there", &v1.Problem{Type: v1.NotFound}, true},
		{"any other error", broken, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			looks := 0
			err := (&play{}).await(t.Context(), "it is there", func(context.Context) (bool, string, error) {
				if looks++; looks == 1 {
					return false, "", tt.err
				}
				return true, "", nil
			})
			if (err != nil) != tt.ends {
				t.Errorf("got %v, ends: %v", err, tt.ends)
			}
			if again := looks > 1; again == tt.ends {
				t.Errorf("it looked %d times", looks)
			}
		})
	}
}

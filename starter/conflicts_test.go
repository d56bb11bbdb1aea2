package starter

import (
	"strings"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
)

// TestHowToMend: where nothing can be decided, the command is named that helps.
func TestHowToMend(t *testing.T) {
	for _, tt := range []struct {
		c    v1.Conflict
		says string
	}{
		{v1.Conflict{Ticket: "T"}, "extsync tickets edit T --revision N"},
		{v1.Conflict{Ticket: "T", Comment: "C"}, "extsync tickets comment T --edit C --revision N"},
		{v1.Conflict{}, "outside, or the mapping"},
	} {
		if got := howToMend(tt.c); !strings.Contains(got, tt.says) {
			t.Errorf("%q does not say %q", got, tt.says)
		}
	}
}

package memory_test

import (
	"fmt"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// TestIDsAreUniqueAtAVendor: an id that two projects gave would be one item that was moved.
func TestIDsAreUniqueAtAVendor(t *testing.T) {
	first := memory.NewTracker(memory.Options{Key: "p0"})
	seen := map[string]bool{}
	for n := range 8 {
		at := first
		if n > 0 {
			at = memory.NewTracker(memory.Options{Key: fmt.Sprint("p", n), Beside: first})
		}
		ref, err := at.CreateTicket("ann", external.Fields{memory.FieldTitle: ticket.Text("one")})
		if err != nil || seen[ref.ID] {
			t.Errorf("project %d gave the id %q again (%v)", n, ref.ID, err)
		}
		seen[ref.ID] = true
	}
}

package api //nolint:testpackage // what a person is told has no door of its own

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestWhatHappenedSaysOnWhichSide: whoever decides is told what happened where.
func TestWhatHappenedSaysOnWhichSide(t *testing.T) {
	deleted, there := ticket.Text("deleted"), ticket.Text("there, not edited since")
	if !plan.ShowsDeleted(deleted) {
		t.Fatal("that is not how a deleted side is shown")
	}
	for _, tt := range []struct {
		reason string
		c      store.Conflict
		says   string
	}{
		{"deleted here", store.Conflict{Kind: store.GoneOutside, Local: deleted, External: there}, "deleted here. The external one stays"},
		{"deleted outside", store.Conflict{Kind: store.GoneOutside, Local: there, External: deleted}, "external item does not exist any more"},
		{"deleted here, edited there", store.Conflict{Kind: store.EditedAndDeleted, Local: deleted}, "deleted here and edited outside"},
		{"deleted there, edited here", store.Conflict{Kind: store.EditedAndDeleted, External: deleted}, "deleted outside and edited here"},
		{"undone", store.Conflict{Kind: store.Undone}, "restored an earlier value"},
		{"an undo that kept a value only", store.Conflict{Kind: store.Undone, Kept: true}, "would have restored another value"},
	} {
		if got := whatHappened(tt.c); !strings.Contains(got, tt.says) {
			t.Errorf("%s: %q does not say %q", tt.reason, got, tt.says)
		}
	}
}

package api //nolint:testpackage // what a person is told has no door of its own

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
	"github.com/extsync/extsync/twin"
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
		{"undone", store.Conflict{Kind: store.Undone, Field: ticket.Body}, "restored an earlier value"},
		{"an undo that kept a value only", store.Conflict{Kind: store.Undone, Field: ticket.Body, Kept: true}, "would have restored another value"},
		{"an item that an undo left", store.Conflict{Kind: store.Undone, Kept: true}, "somebody has worked on it since"},
	} {
		if got := whatHappened(tt.c); !strings.Contains(got, tt.says) {
			t.Errorf("%s: %q does not say %q", tt.reason, got, tt.says)
		}
	}
}

// TestWhatAChoiceComesTo: one word comes to different things.
func TestWhatAChoiceComesTo(t *testing.T) {
	deleted := ticket.Text("deleted")
	for _, tt := range []struct {
		reason string
		c      store.Conflict
		choice store.Choice
		goes   engine.Reach
		says   string
	}{
		{"ours is made again", store.Conflict{Kind: store.GoneOutside, External: deleted}, store.ChooseLocal, engine.ReachBoth, "made outside once more"},
		{"ours goes along", store.Conflict{Kind: store.GoneOutside, External: deleted}, store.ChooseExternal, engine.ReachBoth, "what is here is deleted"},
		{"theirs goes along", store.Conflict{Kind: store.EditedAndDeleted, Local: deleted}, store.ChooseLocal, engine.ReachBoth, "what is outside goes"},
		{"ours comes back", store.Conflict{Kind: store.GoneOutside, Local: deleted}, store.ChooseExternal, engine.ReachBoth, "comes back, as it is outside"},
		{"what an undo left stays", store.Conflict{Kind: store.Undone}, store.ChooseLocal, engine.ReachBoth, "both stay, and go on"},
		{"two that were made on both sides", store.Conflict{Kind: store.TwinCreated, Local: ticket.Text("not linked")}, store.ChooseSeparate, engine.ReachBoth, "each is made on the other side"},
		{"one that was made again", store.Conflict{Kind: store.TwinCreated, Local: ticket.Text("its item outside is gone")}, store.ChooseSeparate, engine.ReachBoth, "is asked next"},
		{"what was lost comes back", store.Conflict{Kind: store.Overwritten, Field: ticket.Title}, store.ChooseExternal, engine.ReachBoth, "on both sides"},
		{"and does not leave", store.Conflict{Kind: store.Overwritten, Field: ticket.Title}, store.ChooseExternal, engine.ReachOnly, "comes back, here alone"},
		{"a value that stays", store.Conflict{Kind: store.BothEdited, Field: ticket.Title}, store.ChooseValue, engine.ReachHere, "nothing of it is written in this project"},
		{"ours stays", store.Conflict{Kind: store.BothEdited, Field: ticket.Title}, store.ChooseLocal, engine.ReachOnly, "here alone"},
		{"what was lost stays so", store.Conflict{Kind: store.Overwritten, Field: ticket.Title}, store.ChooseLocal, engine.ReachOnly, "nothing changes"},
	} {
		if got := effectOf(tt.c, tt.choice, tt.goes); !strings.Contains(got, tt.says) {
			t.Errorf("%s: %q does not say %q", tt.reason, got, tt.says)
		}
	}
}

// TestProposal: nothing is proposed against what a person has said.
func TestProposal(t *testing.T) {
	two, three := make([]engine.Bearer, 2), make([]engine.Bearer, 3)
	exact, likely := twin.Group{Degree: twin.Exact}, twin.Group{Degree: twin.Likely}
	for _, tt := range []struct {
		reason string
		a      engine.Alike
		says   string
	}{
		{"a person is asked", engine.Alike{Group: exact, Members: two, Asked: "c"}, "decide the conflict"},
		{"both were told apart", engine.Alike{Group: exact, Members: two, Apart: true}, "nothing"},
		{"of three, two were told apart", engine.Alike{Group: exact, Members: three, Apart: true}, "look at the others"},
		{"the same word for word", engine.Alike{Group: exact, Members: two}, "keep one"},
		{"one title", engine.Alike{Group: likely, Members: two}, "look at them"},
	} {
		if got := proposal(tt.a); !strings.HasPrefix(got, tt.says) {
			t.Errorf("%s: %q, want %q", tt.reason, got, tt.says)
		}
	}
}

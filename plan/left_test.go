package plan_test

import (
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// TestWhatAnUndoLeft: an item that an undo left to a person goes on while he is asked, and
// after; only his word ends its link, and a deletion is a question of its own.
func TestWhatAnUndoLeft(t *testing.T) {
	asked := plan.Left(true, "edited here since")
	tests := []struct {
		reason  string
		decided bool
		choice  plan.Choice
		deleted bool          // outside
		want    []plan.Action // of all steps
	}{
		{"nobody has answered: its edits flow", false, "", false, []plan.Action{plan.Push}},
		{"it stays", true, plan.LeadLocal, false, []plan.Action{plan.Stay, plan.Push}},
		{"it is let go", true, plan.LeadNone, false, []plan.Action{plan.Unlink}},
		{"it was deleted outside meanwhile, and edited here", false, "", true, []plan.Action{plan.OpenConflict}},
		{"the answer is not one to that question", true, plan.LeadNone, true, []plan.Action{plan.OpenConflict}},
		{"and neither is this", true, plan.LeadLocal, true, []plan.Action{plan.OpenConflict}},
	}
	for _, tt := range tests {
		f := fieldCase{baseHere: "x", baseThere: "x", here: "y", there: "x", direction: external.Bidirectional, in: true, out: true, strategy: plan.Manual}
		in := f.input()
		in.Kind, in.Linked, in.External.Deleted = external.KindTicket, true, tt.deleted
		in.Whole = &plan.Whole{Kind: asked.Kind, Local: asked.Local, External: asked.External, Decided: tt.decided, Choice: tt.choice}
		p := plan.Make(in)
		if len(p.Steps) != len(tt.want) {
			t.Errorf("%s: %s", tt.reason, shown(p))
			continue
		}
		for n, s := range p.Steps {
			if s.Action != tt.want[n] {
				t.Errorf("%s: %s", tt.reason, shown(p))
			}
		}
	}
	if !asked.Local.Equal(plan.Left(false, "").External) || asked.Local.Equal(ticket.Value{}) {
		t.Error("a person is not shown on which side the item was made")
	}
}

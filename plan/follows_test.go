package plan_test

import (
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
)

// TestWhatFollowsItsItem: what is deleted here since its item was is told from what is let go for good, whatever
// people are told of either: should the item show again, only the former is open.
func TestWhatFollowsItsItem(t *testing.T) {
	tests := []struct {
		reason  string
		kind    external.Kind
		moved   string
		decided bool // that ours goes, too
		follow  bool // a person has confirmed that deletions are followed
		ours    bool // is deleted by now
		action  plan.Action
		follows bool
	}{
		{"a remark that nobody edited", external.KindComment, "", false, false, false, plan.DeleteHere, true},
		{"a ticket, by a person's word", external.KindTicket, "", true, false, false, plan.DeleteHere, true},
		{"a ticket, by his word for all", external.KindTicket, "", false, true, false, plan.DeleteHere, true},
		{"a ticket that was moved, by a person's word", external.KindTicket, "octo/other#7", true, false, false, plan.DeleteHere, false},
		{"a remark that went along elsewhere", external.KindComment, "octo/other#7", false, false, false, plan.LinkGone, false},
		{"a ticket about which a person is asked", external.KindTicket, "", false, false, false, plan.LinkGone, false},
		{"a ticket that both sides have deleted", external.KindTicket, "", false, false, true, plan.LinkGone, false},
	}
	for _, tt := range tests {
		f := fieldCase{baseHere: "x", baseThere: "x", here: "x", there: "x", direction: external.Bidirectional, in: true, out: true, strategy: plan.Manual}
		in := f.input()
		in.Kind, in.Linked, in.Moved, in.External.Deleted, in.Follow, in.Local.Deleted = tt.kind, true, tt.moved, true, tt.follow, tt.ours
		if asked := plan.Make(in).Conflicts; len(asked) > 0 {
			in.Whole = &plan.Whole{Kind: asked[0].Kind, Local: asked[0].Local, External: asked[0].External, Decided: tt.decided, Choice: plan.LeadExternal}
		}
		p := plan.Make(in)
		if s := p.Steps[0]; s.Action != tt.action || s.Follows != tt.follows {
			t.Errorf("%s: %s, follows: %t", tt.reason, shown(p), s.Follows)
		}
	}
}

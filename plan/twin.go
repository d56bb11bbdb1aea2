package plan

import (
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Twin is an external item that looks like a ticket here, and belongs to none.
type Twin struct {
	ID     string       // its external id
	Shown  ticket.Value // what a person is shown of it: how people call it there
	Reason string       // why it looks like the ticket
}

// What a person is shown of the ticket that an item outside looks like. The question
// holds whatever is edited meanwhile: neither answer overrides anything.
const (
	unmade   = "not linked"
	recalled = "its item outside is gone"
)

// ShowsRecalled reports whether the ticket of a conflict about twins was shown as one whose
// item outside is gone, so that the other item was made again in its place.
func ShowsRecalled(local ticket.Value) bool { return local.Text() == recalled }

// twinCreated plans a ticket that seems to exist outside already: a person is asked before
// a second one is made on either side, and neither is made until he decides. It returns
// false when there is nothing to ask or to answer.
func twinCreated(in Input) (Plan, bool) {
	asked := in.Whole != nil && in.Whole.Kind == TwinNew
	switch {
	case in.Kind != external.KindTicket || !asked && in.Twin == nil:
		return Plan{}, false
	case in.Twin == nil:
		return one(CloseConflict, "what looked like its twin outside is gone or belongs to another ticket, or the ticket may not go there"), true
	case !asked:
		return askTwin(in), true
	case in.Whole.Decided && in.Whole.Choice == AreOne:
		return one(Link, "a person decided that the two are one ticket"), true
	case in.Whole.Decided && in.Whole.Choice == AreTwo:
		return one(Separate, "a person decided that the two are different tickets"), true
	case in.External.Deleted:
		return one(LinkGone, "whether another item outside is its twin waits for a decision"), true
	}
	return one(KeepConflict, "whether an item outside is its twin waits for a decision"), true
}

func askTwin(in Input) Plan {
	local := unmade
	if in.External.Deleted {
		local = recalled
	}
	return Plan{
		Steps: []Step{{Action: OpenConflict, Reason: "an item outside looks like it (" + in.Twin.Reason + "): a person must decide whether they are one"}},
		Conflicts: []Disagreement{{
			Local: ticket.Text(local), External: in.Twin.Shown, Strategy: Manual, Kind: TwinNew, Twin: in.Twin.ID, Reason: in.Twin.Reason,
		}},
	}
}

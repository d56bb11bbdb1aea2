package plan

import (
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// existence decides what depends on whether the two items exist. It returns false
// when both do and their fields are to be compared.
func existence(in Input) (Plan, bool) {
	if asked, is := twinCreated(in); is {
		return asked, true
	}
	here := in.Local.Exists && !in.Local.Deleted
	there := in.External.Exists && !in.External.Deleted
	switch {
	case in.Linked && in.Onward != "" && in.External.Deleted:
		// Nothing is read or written by it, whatever may leave and whether ours is deleted:
		// there it is planned like any other, under the rules of that project.
		return one(MoveOn, "moved to "+in.Moved+": its link goes on in "+in.Onward+", which is connected here"), true
	case !in.Verdict.In && !in.Verdict.Out:
		return in.withheld(here, there), true
	case !in.Linked:
		step := firstMeeting(in, here, there)
		if step.Action == Unfit {
			return setAside(in, step), true
		}
		return Plan{Steps: []Step{step}}, true
	case here && there:
		return in.letGo()
	}
	return in.partly(here, there), true
}

// partly plans a link that was joined, and of which a side is deleted by now.
func (in Input) partly(here, there bool) Plan {
	switch {
	case here && in.Kind == external.KindTicket:
		return ticketGoneOutside(in)
	case here:
		return commentGoneOutside(in)
	case there && in.Kind == external.KindTicket:
		return ticketGoneHere(in)
	case there:
		return commentGoneHere(in)
	}
	return bothGone(in)
}

// bothGone plans a link of which neither side is there: it is over. Whoever wanted ours back is told
// that there is nothing to bring back.
func bothGone(in Input) Plan {
	if w := in.Whole; w != nil && w.Decided && w.Choice == LeadExternal && ShowsDeleted(w.Local) {
		return one(LinkGone, "both sides are deleted: it was to come back as it is outside, and by now it is gone there; restore the ticket to have it as it was")
	}
	if in.again() {
		return follows(LinkGone, in.followed())
	}
	return one(LinkGone, "both sides are deleted")
}

// again reports whether an item was deleted here since it was gone outside, and something was heard of it there since:
// it counts as edited there, for nobody has agreed on what stands there by now.
func (in Input) again() bool { return in.Bases.isAfresh(lead(in.Kind)) }

// lead is the field that an item cannot be without: the title of a ticket, the text of a comment.
func lead(kind external.Kind) ticket.Field {
	if kind == external.KindComment {
		return ticket.Body
	}
	return ticket.Title
}

// followed is why an item is over that was deleted here since it was gone outside, and is gone there once it is read again.
func (in Input) followed() string {
	if in.Kind == external.KindComment {
		return RemarkFollows
	}
	return GoneAsBefore
}

// TicketFollows begins why a ticket was deleted here after its item, and GoneAsBefore is why it stays so though
// something was heard of that.
const (
	TicketFollows = "deleted outside"
	GoneAsBefore  = TicketFollows + ", as it was when ours was deleted"
)

// firstMeeting plans a link of which one side does not exist yet.
func firstMeeting(in Input, here, there bool) Step {
	switch {
	case here && !in.mayGo():
		return Step{Action: Drift, Reason: "new here, and the direction does not let it out"}
	case here && !in.Verdict.Out:
		return Step{Action: Withhold, Reason: in.Verdict.Reason}
	case here:
		return createOutside(in)
	case there && !in.mayCome():
		return Step{Action: Drift, Reason: "new outside, and the direction does not let it in"}
	case there && !in.Verdict.In:
		return Step{Action: Withhold, Reason: in.Verdict.Reason}
	case there:
		return createHere(in)
	}
	return Step{Action: Nothing, Reason: "it has not come in and cannot be seen outside: it was deleted there, or only some may see it"}
}

// mayGo reports whether a new item, and the deletion of a comment, may go out: where the
// mapping does not write what an item cannot be without, the project's direction is not enough.
func (in Input) mayGo() bool { return in.Direction.Out() && !in.lead().ReadOnly }

// mayCome is mayGo for what comes in.
func (in Input) mayCome() bool { return in.Direction.In() && !in.lead().PushOnly }

// lead is the rule of what an item cannot be without: the title of a ticket, the text of a comment. Where
// no rule carries comments none goes either way: nobody could tell whether it was edited.
func (in Input) lead() Rule {
	f, none := lead(in.Kind), Rule{}
	if in.Kind == external.KindComment {
		none = Rule{ReadOnly: true, PushOnly: true}
	}
	for _, r := range in.Rules {
		if r.Field == f {
			return r
		}
	}
	return none
}

// createOutside makes the external item unless what it is would be told wrongly: without
// its title, its text or its state it is not made at all. Any other field that cannot be
// written is left out, and rests.
func createOutside(in Input) Step {
	for _, r := range in.Rules {
		if v := in.leaves(r.Field, in.Local.Fields[r.Field]); Essential(r.Field) && !r.ReadOnly && r.Withheld == "" && !v.IsEmpty() {
			if reason := in.Refuses(r.Field, v); reason != "" {
				return Step{Field: r.Field, Action: Unfit, Reason: reason}
			}
		}
	}
	return Step{Action: CreateOutside, Reason: "new here; " + in.Verdict.Reason}
}

// createHere makes the local item under the same rule.
func createHere(in Input) Step {
	for _, r := range in.Rules {
		if reason, unfit := in.Unfit[r.Field]; unfit && r.Withheld == "" && Essential(r.Field) {
			return Step{Field: r.Field, Action: Unfit, Reason: reason}
		}
	}
	return Step{Action: CreateHere, Reason: "new outside"}
}

// RemarkFollows is why a comment was deleted here without anybody being asked.
const RemarkFollows = "deleted outside and not edited here"

// commentGoneOutside plans a comment whose external side is provably gone: one that nobody
// edited here follows, an edit beats a deletion.
func commentGoneOutside(in Input) Plan {
	switch {
	case in.Moved != "":
		return one(LinkGone, "it went with its ticket to "+in.Moved+", where nobody follows it; ours stays")
	case in.editedHere():
		return one(LinkGone, "deleted outside and edited here: the edit is kept here")
	case !in.mayCome() || !in.Verdict.In:
		return one(LinkGone, "deleted outside, and deletions may not come in")
	}
	return follows(DeleteHere, RemarkFollows)
}

// commentGoneHere plans a comment that a person deleted here.
func commentGoneHere(in Input) Plan {
	switch {
	case in.editedOutside():
		if in.mayCome() && in.Verdict.In && len(in.Unfit) == 0 {
			return one(Revive, "deleted here and edited outside: the edit is brought back")
		}
		return one(Drift, "deleted here and edited outside: the edit is kept there")
	case !in.mayGo() || !in.Verdict.Out || !in.CanDelete:
		return one(Drift, "deleted here, and the deletion may not go out")
	}
	return one(DeleteOutside, "deleted here and not edited outside")
}

func localBase(b Base) ticket.Value    { return b.Local }
func externalBase(b Base) ticket.Value { return b.External }

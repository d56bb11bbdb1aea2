package plan

// ticketGoneOutside plans a ticket whose external side is provably gone. Nothing here
// follows without a person's word: for this ticket, or for all that nobody edited.
func ticketGoneOutside(in Input) Plan {
	what := TicketFollows
	if in.Moved != "" {
		what = "moved to " + in.Moved
	}
	touched := in.editedHere()
	switch in.decision() {
	case LeadExternal:
		p := one(DeleteHere, what+": a person decided that ours goes too")
		p.Steps[0].Follows = in.Moved == "" // what was moved is elsewhere, and ours was let go for good
		return p
	case LeadLocal:
		if !in.Direction.Out() || !in.Verdict.Out {
			return one(MakeAgain, what+": a person decided to make it again, and that waits until it may go out")
		}
		return one(MakeAgain, what+": a person decided to make it again")
	case LeadNone:
		return one(Unlink, unlinked)
	}
	switch {
	case in.shown() && in.Follow && !touched && in.Moved == "" && in.Direction.In() && in.Verdict.In:
		return follows(DeleteHere, TicketFollows+" and not edited here: it follows, as a person confirmed for this project")
	case in.shown():
		return one(LinkGone, what+"; ours waits for a decision")
	case touched:
		return in.ask(Edited, what+" and edited here")
	}
	return in.ask(Gone, what+"; ours stays")
}

// unlinked is why a link is over that a person ended.
const unlinked = "unlinked: a person decided to leave both sides as they are"

// ticketGoneHere plans a ticket that a person deleted here. Nothing outside is deleted
// or closed without a person's word, and nothing at all that was edited there since.
func ticketGoneHere(in Input) Plan {
	touched := in.editedOutside()
	may := in.Direction.Out() && in.Verdict.Out
	switch in.decision() {
	case LeadExternal:
		if !in.Verdict.In {
			return one(Revive, "a person decided to bring it back; what is outside may not come in")
		}
		return one(Revive, "a person decided to bring it back as it is outside") // but for what cannot be told here, which rests
	case LeadLocal:
		if !may { // the question comes again with the permission
			return one(CloseConflict, "deleted here: a person decided that it goes outside too, and it may not go out")
		}
		return one(Withdraw, "deleted here: a person decided that it goes outside too")
	case LeadNone:
		return one(Unlink, unlinked)
	}
	switch {
	case !may && in.again() && touched: // the question could be answered in one way alone
		return one(Drift, cameBack+"; restore ours, or delete it there by hand")
	case !may && (in.Whole == nil || !in.Whole.Decided): // a decision on what has moved since is void
		return one(Drift, "deleted here, and the deletion may not go out")
	case in.shown() && in.Follow && !touched:
		return one(Withdraw, "deleted here and not edited outside: it follows, as a person confirmed for this project")
	case in.shown():
		return one(KeepConflict, "deleted here; what is outside waits for a decision")
	case touched && in.again():
		return in.ask(Edited, cameBack)
	case touched:
		return in.ask(Edited, "deleted here and edited outside")
	}
	return in.ask(Gone, "deleted here; nothing outside is closed without being asked")
}

// cameBack is why a person is asked about a ticket whose item was gone, and is there again.
const cameBack = "it was deleted outside, ours was deleted for that, and it is there again"

package plan

import (
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Make plans one link. Steps come in the order of in.Rules.
func Make(in Input) Plan {
	if step, whole := existence(in); whole {
		if step.Action == Unfit {
			return setAside(in, step)
		}
		return Plan{Steps: []Step{step}}
	}
	var p Plan
	for _, r := range in.Rules {
		if !r.OnCreate {
			newField(in, r).plan(&p)
		}
	}
	p.sendAlone(in)
	if len(p.Steps) == 0 {
		p.Steps = []Step{{Action: Nothing, Reason: "both sides are as they were last agreed"}}
	}
	return p
}

// existence decides what depends on whether the two items exist. It returns false
// when both do and their fields are to be compared.
func existence(in Input) (Step, bool) {
	here := in.Local.Exists && !in.Local.Deleted
	there := in.External.Exists && !in.External.Deleted
	switch {
	case !in.Verdict.In && !in.Verdict.Out:
		return Step{Action: Withhold, Reason: in.Verdict.Reason}, true
	case !in.Linked:
		return firstMeeting(in, here, there), true
	case here && there:
		return Step{}, false
	case here:
		return goneOutside(in), true
	case there:
		return goneHere(in), true
	}
	return Step{Action: LinkGone, Reason: "both sides are deleted"}, true
}

// firstMeeting plans a link of which one side does not exist yet.
func firstMeeting(in Input, here, there bool) Step {
	switch {
	case here && !in.Direction.Out():
		return Step{Action: Drift, Reason: "new here, and the direction does not let it out"}
	case here && !in.Verdict.Out:
		return Step{Action: Withhold, Reason: in.Verdict.Reason}
	case here:
		return createOutside(in)
	case there && !in.Direction.In():
		return Step{Action: Drift, Reason: "new outside, and the direction does not let it in"}
	case there && !in.Verdict.In:
		return Step{Action: Withhold, Reason: in.Verdict.Reason}
	case there:
		return createHere(in)
	}
	return Step{Action: Nothing, Reason: "it was deleted before it was ever joined"}
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

// goneOutside plans a link whose external side is provably gone. Only a comment
// that nobody edited here follows; an edit beats a deletion, and a ticket is never
// deleted by inference.
func goneOutside(in Input) Step {
	switch {
	case in.Kind != external.KindComment:
		return Step{Action: LinkGone, Reason: "the external ticket is gone; ours stays until a person decides"}
	case edited(in.Local.Fields, in.Bases, localBase, nil):
		return Step{Action: LinkGone, Reason: "deleted outside and edited here: the edit is kept here"}
	case !in.Direction.In() || !in.Verdict.In:
		return Step{Action: LinkGone, Reason: "deleted outside, and deletions may not come in"}
	}
	return Step{Action: DeleteHere, Reason: "deleted outside and not edited here"}
}

// goneHere plans a link whose local side was deleted by a person.
func goneHere(in Input) Step {
	switch {
	case in.Kind != external.KindComment:
		return Step{Action: Nothing, Reason: "deleted here; nothing outside is closed without being asked"}
	case edited(in.External.Fields, in.Bases, externalBase, in.Normalize):
		if in.Direction.In() && in.Verdict.In && len(in.Unfit) == 0 {
			return Step{Action: Revive, Reason: "deleted here and edited outside: the edit is brought back"}
		}
		return Step{Action: Drift, Reason: "deleted here and edited outside: the edit is kept there"}
	case !in.Direction.Out() || !in.Verdict.Out || !in.CanDelete:
		return Step{Action: Drift, Reason: "deleted here, and the deletion may not go out"}
	}
	return Step{Action: DeleteOutside, Reason: "deleted here and not edited outside"}
}

func localBase(b Base) ticket.Value    { return b.Local }
func externalBase(b Base) ticket.Value { return b.External }

// edited reports whether any field with a base differs from it on one side.
func edited(f ticket.Fields, bases Bases, side func(Base) ticket.Value, norm func(ticket.Field, ticket.Value) ticket.Value) bool {
	for name, b := range bases {
		is, was := f[name], side(b)
		if norm != nil {
			is, was = norm(name, is), norm(name, was)
		}
		if !is.Equal(was) {
			return true
		}
	}
	return false
}

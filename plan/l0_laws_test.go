package plan_test

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// What must hold of every plan of one field, said without the planner's words: from the
// values, who edited, and what may flow.

func (c fieldCase) mayPush() bool  { return c.direction.Out() && c.out && !c.readOnly }
func (c fieldCase) mayApply() bool { return c.direction.In() && c.in && !c.pushOnly }

// read is how a value reads outside.
func read(s string) string { return strings.TrimRight(s, " ") }

func (c fieldCase) editedHere() bool  { return c.here != c.baseHere }
func (c fieldCase) editedThere() bool { return read(c.there) != read(c.baseThere) }
func (c fieldCase) alike() bool       { return read(c.here) == read(c.there) }

// broken returns the first law that a plan breaks, or "".
func broken(c fieldCase, p plan.Plan) string {
	for _, law := range []func(fieldCase, plan.Plan) string{
		reasoned, permitted, onlyEdits, nothingOverridden, confirmedOnly, unconfirmedIsManual, idleMeansDone, comesToRest,
	} {
		if s := law(c, p); s != "" {
			return s
		}
	}
	return ""
}

// reasoned: there is always a step, each step has a reason, and a field has one at most.
func reasoned(_ fieldCase, p plan.Plan) string {
	if len(p.Steps) != 1 || p.Steps[0].Reason == "" {
		return fmt.Sprintf("%d steps, or one without a reason", len(p.Steps))
	}
	return ""
}

// permitted: no side is written that may not be, whatever was edited; what a person decided
// is his to write here.
func permitted(c fieldCase, p plan.Plan) string {
	s := p.Steps[0]
	writesHere := (s.Action == plan.Apply || s.Action == plan.Decide) && !s.After.Equal(s.Before)
	byPerson := strings.Count(c.held, " ") == 2
	switch {
	case s.Action == plan.Push && !c.mayPush():
		return "written outside, where nothing may be written"
	case writesHere && !c.mayApply() && !byPerson:
		return "written here, where nothing may come in"
	case (s.Action == plan.Push || writesHere && !byPerson) && !c.in && !c.out:
		return "something flows that privacy keeps from both"
	case s.Action == plan.Push && c.trouble == "refused" && s.After.Text() == "y":
		return "written outside what cannot be written there"
	case writesHere && c.trouble == "unfit" && !byPerson:
		return "written here what nobody can read"
	}
	return ""
}

// onlyEdits: a side is written only with what was edited on the other, and where its own
// value is the one that the other had incorporated.
func onlyEdits(c fieldCase, p plan.Plan) string {
	switch s := p.Steps[0]; {
	case s.Action == plan.Push && !c.editedHere():
		return "pushed what nobody edited"
	case s.Action == plan.Push && c.editedThere():
		return "pushed over an edit made outside"
	case s.Action == plan.Push && !s.After.Equal(ticket.Text(c.here)):
		return "pushed something else than what is here"
	case s.Action == plan.Apply && !c.editedThere():
		return "applied what nobody edited"
	case s.Action == plan.Apply && c.editedHere():
		return "applied over an edit made here"
	case s.Action == plan.Apply && !s.After.Equal(ticket.Text(c.there)):
		return "applied something else than what is outside"
	}
	return ""
}

// nothingOverridden: two edits that differ are both in the record of a disagreement, before
// either of them goes; and there is a disagreement only where there are two edits, or a
// value that the other side cannot hold.
func nothingOverridden(c fieldCase, p plan.Plan) string {
	two := c.editedHere() && c.editedThere() && !c.alike()
	s := p.Steps[0]
	if c.held == "" && two && s.Action != plan.Withhold && len(p.Conflicts) != 1 {
		return "two edits that differ, and no disagreement is recorded"
	}
	if c.held == "" && !two && c.trouble == "" && len(p.Conflicts) != 0 {
		return "a disagreement that is none"
	}
	for _, d := range p.Conflicts {
		kept := d.Local.Equal(ticket.Text(c.here)) && (d.External.Equal(ticket.Text(c.there)) || d.Sticky)
		if !kept {
			return "the record does not hold both values"
		}
		if d.Settled != (s.Action == plan.Decide) {
			return "settled, and nothing is decided"
		}
	}
	return ""
}

// confirmedOnly: what a strategy decides against the local value it may decide only if a
// person confirmed it, and if both ways are open where the other value would have to go.
func confirmedOnly(c fieldCase, p plan.Plan) string {
	for _, d := range p.Conflicts {
		switch {
		case !d.Settled:
		case !d.Value.Equal(d.Local) && (!c.confirmed || !c.mayApply()):
			return "a strategy gave up the local value without being allowed to"
		case !d.Value.Equal(d.External) && !c.mayPush():
			return "a strategy gave up the external value, and the other one may not go out"
		case c.strategy == plan.NewestWins && (c.newer == "here") != d.Value.Equal(d.Local):
			return "the newer edit is not the one that won"
		case c.strategy == plan.NewestWins && (c.newer == "" || c.newer == "neither"):
			return "nobody knows which edit is newer, and one won"
		case c.strategy == plan.Manual:
			return "nobody was asked"
		}
	}
	return ""
}

// unconfirmedIsManual: a strategy that could override what was written here does what
// manual does as long as nobody confirmed it.
func unconfirmedIsManual(c fieldCase, p plan.Plan) string {
	if c.confirmed || c.strategy == plan.LocalWins || c.strategy == plan.Manual {
		return ""
	}
	c.strategy, c.newer = plan.Manual, ""
	if !reflect.DeepEqual(p, plan.Make(c.input())) {
		return "nobody confirmed the strategy, and it is not manual"
	}
	return ""
}

// idleMeansDone: a plan is idle exactly when carrying it out changes nothing.
func idleMeansDone(c fieldCase, p plan.Plan) string {
	before, after := c.input(), c.input()
	carryOut(&after, p)
	before.Normalize, after.Normalize, before.Refuse, after.Refuse = nil, nil, nil, nil
	if p.Idle() != reflect.DeepEqual(before, after) {
		return fmt.Sprintf("idle %v, and what follows is the other thing", p.Idle())
	}
	return ""
}

// comesToRest: carried out and planned again, it rests after three rounds. Where all may
// flow and nothing is in dispute, both sides then read alike.
func comesToRest(c fieldCase, p plan.Plan) string {
	in := c.input()
	for range 3 {
		if p.Idle() {
			break
		}
		carryOut(&in, p)
		p = plan.Make(in)
	}
	if !p.Idle() {
		return "it does not come to rest:\n" + shown(p)
	}
	here, there := in.Local.Fields[ticket.Body].Text(), in.External.Fields[ticket.Body].Text()
	open := c.mayPush() && c.mayApply() && c.trouble == ""
	if k, parked := in.Parked[ticket.Body]; open && (!parked || k.Sticky) && read(here) != read(there) && (c.editedHere() || c.editedThere()) {
		return fmt.Sprintf("at rest, and it is %q here and %q outside", here, there)
	}
	return ""
}

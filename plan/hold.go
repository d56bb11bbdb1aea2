package plan

import "github.com/extsync/extsync/ticket"

// Hold returns a plan without what it would write outside, for a database that was
// restored from a backup: it may have forgotten that an edit went out and was changed
// there since, or that an item was made. What came from outside flows as usual. A field
// that would be written outside is parked as a conflict instead, and a decision waits.
// When the plan would make, delete or take back a whole item, nothing of it is left, and
// whole is true: the link waits for a person.
func Hold(in Input, p Plan) (held Plan, whole bool) {
	out := map[ticket.Field]bool{}
	for _, s := range p.Steps {
		switch s.Action {
		case CreateOutside, DeleteOutside, Withdraw, Redact, MakeAgain:
			return Plan{}, true
		case Push:
			out[s.Field] = true
		}
	}
	for _, d := range p.Conflicts {
		if !out[d.Field] {
			held.Conflicts = append(held.Conflicts, d)
		}
	}
	for _, s := range p.Steps {
		switch {
		case s.Action == Decide:
			s.Action, s.After, s.Base = KeepConflict, s.Before, in.Bases[s.Field]
			s.Reason = "decided; it waits until a person releases the project, whose database was restored"
		case s.Action == Push:
			d := Disagreement{
				Field: s.Field, Base: in.Bases[s.Field], Local: in.Local.Fields[s.Field], External: in.External.Fields[s.Field],
				Strategy: Manual,
			}
			held.Conflicts = append(held.Conflicts, d)
			s.Action, s.Before, s.After, s.Base = OpenConflict, d.Local, d.External, d.Base
			s.Reason = "edited here, as the restored database has it: it may have been there and been changed since"
		case out[s.Field]:
			continue // the other half of a field that is parked
		}
		held.Steps = append(held.Steps, s)
	}
	return held, false
}

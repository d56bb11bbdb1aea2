package mapping

import (
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Implied returns what a rule for the field says unless it says otherwise: the
// conversion and the type that suit the field. Its External is empty.
func Implied(f ticket.Field) Rule {
	r := Rule{Field: f, Convert: Same, Type: external.TypeText}
	switch f {
	case ticket.Body:
		r.Type, r.Prose = external.TypeProse, true
	case ticket.State:
		r.Convert, r.Type = States, external.TypeState
	case ticket.Labels:
		r.Type, r.Set = external.TypeLabels, true
	case ticket.Assignees:
		r.Convert, r.Type, r.Set = People, external.TypePeople, true
	case ticket.Priority:
		r.Convert, r.Type = Options, external.TypeOption
	case ticket.Estimate:
		r.Convert, r.Type = Number, external.TypeNumber
	case ticket.Due:
		r.Convert, r.Type = Date, external.TypeDate
	case ticket.Iteration, ticket.Milestone:
		r.Convert, r.Type, r.Container = ContainerTitle, external.TypeContainer, true
	case ticket.Parent:
		r.Convert, r.Type = Reference, external.TypeReference
	}
	return r
}

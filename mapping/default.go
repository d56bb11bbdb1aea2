package mapping

import (
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Default returns the mapping that a project of the system begins with. Names of
// states and priorities are the vendor's usual ones; Propose adapts them to a project.
// It fails for a system that has none.
func Default(system external.System) (Mapping, error) {
	switch system {
	case "github":
		return github(), nil
	case "memory":
		return memory(), nil
	case "jira":
		return jira(), nil
	case "linear":
		return linear(), nil
	case "webhook":
		return webhook(), nil
	}
	return Mapping{}, fmt.Errorf("mapping: no default for the system %q; want one of %v", system, Systems())
}

// Systems returns the systems that have a default mapping.
func Systems() []external.System {
	return []external.System{"github", "jira", "linear", "webhook", "memory"}
}

func title(name string) Rule {
	return Rule{Field: ticket.Title, External: []string{name}, Convert: Same, Type: external.TypeText}
}

func prose(name string) Rule {
	return Rule{Field: ticket.Body, External: []string{name}, Convert: Same, Type: external.TypeProse, Prose: true}
}

func labels() Rule {
	return Rule{Field: ticket.Labels, External: []string{"labels"}, Convert: Same, Type: external.TypeLabels, Set: true}
}

func comments() []Rule { return []Rule{prose("body")} }

// person maps a field that holds one person by an ID that says nothing to people, so
// that only those in the table can be named.
func person(name string) Rule {
	return Rule{
		Field: ticket.Assignees, External: []string{name}, Convert: People, Type: external.TypePeople,
		Unmapped: Unmapped{In: PolicyKeep, Out: PolicyKeep},
	}
}

func container(f ticket.Field, name string) Rule {
	return Rule{Field: f, External: []string{name}, Convert: ContainerTitle, Type: external.TypeContainer, Container: true}
}

func due(name string) Rule {
	return Rule{Field: ticket.Due, External: []string{name}, Convert: Date, Type: external.TypeDate}
}

func parent() Rule {
	return Rule{Field: ticket.Parent, External: []string{"parent"}, Convert: Reference, Type: external.TypeReference}
}

// github maps every canonical field that issues have. The title leads, for it names a
// new issue.
func github() Mapping {
	milestone := container(ticket.Milestone, "milestone")
	milestone.Convert = Same
	return Mapping{
		Version: 1,
		Tickets: []Rule{
			title("title"),
			prose("body"),
			{Field: ticket.State, External: []string{"state", "state_reason"}, Convert: GitHubState, Type: external.TypeState},
			labels(),
			{Field: ticket.Assignees, External: []string{"assignees"}, Convert: People, Type: external.TypePeople, Set: true},
			milestone,
		},
		Comments: comments(),
	}
}

// memory maps the reference adapter, whose state holds our own words.
func memory() Mapping {
	return Mapping{
		Version: 1,
		Tickets: []Rule{
			title("title"),
			prose("body"),
			{Field: ticket.State, External: []string{"state"}, Convert: Same, Type: external.TypeState},
			labels(),
			{Field: ticket.Assignees, External: []string{"assignees"}, Convert: People, Type: external.TypePeople, Set: true},
		},
		Comments: comments(),
	}
}

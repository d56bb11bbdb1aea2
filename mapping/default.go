package mapping

import (
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Default returns the mapping that a project of the system begins with. It fails
// for a system that has none.
func Default(system external.System) (Mapping, error) {
	switch system {
	case "github":
		return github(), nil
	case "memory":
		return memory(), nil
	}
	return Mapping{}, fmt.Errorf("mapping: no default for the system %q; want github or memory", system)
}

// github maps every canonical field. The title leads, for it names a new issue.
func github() Mapping {
	return Mapping{
		Version: 1,
		Tickets: []Rule{
			{Field: ticket.Title, External: []string{"title"}, Convert: Same},
			{Field: ticket.Body, External: []string{"body"}, Convert: Same, Prose: true},
			{Field: ticket.State, External: []string{"state", "state_reason"}, Convert: GitHubState},
			{Field: ticket.Labels, External: []string{"labels"}, Convert: Same, Type: external.TypeLabels, Set: true},
			{Field: ticket.Assignees, External: []string{"assignees"}, Convert: People, Type: external.TypePeople, Set: true},
			{Field: ticket.Milestone, External: []string{"milestone"}, Convert: Same, Container: true},
		},
		Comments: []Rule{{Field: ticket.Body, External: []string{"body"}, Convert: Same, Prose: true}},
	}
}

// memory maps the reference adapter, whose state holds our own words.
func memory() Mapping {
	return Mapping{
		Version: 1,
		Tickets: []Rule{
			{Field: ticket.Title, External: []string{"title"}, Convert: Same},
			{Field: ticket.Body, External: []string{"body"}, Convert: Same, Prose: true},
			{Field: ticket.State, External: []string{"state"}, Convert: Same},
			{Field: ticket.Labels, External: []string{"labels"}, Convert: Same, Type: external.TypeLabels, Set: true},
			{Field: ticket.Assignees, External: []string{"assignees"}, Convert: People, Type: external.TypePeople, Set: true},
		},
		Comments: []Rule{{Field: ticket.Body, External: []string{"body"}, Convert: Same, Prose: true}},
	}
}

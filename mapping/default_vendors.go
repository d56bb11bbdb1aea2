package mapping

import (
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// states maps the state through a table.
func states(values []Pair, names ...string) Rule {
	return Rule{Field: ticket.State, External: names, Convert: States, Type: external.TypeState, Values: values}
}

func priority(values ...Pair) Rule {
	return Rule{
		Field: ticket.Priority, External: []string{"priority"}, Convert: Options, Type: external.TypeOption, Values: values,
	}
}

// oneOfSet is for a field that holds a set of one.
func oneOfSet(r Rule) Rule {
	r.Set, r.Max = true, 1
	return r
}

// one is a line for a single local value.
func one(local string, names ...string) Pair { return Pair{Local: []string{local}, External: names} }

// jira maps a company-managed project in English. The status tells open from closed
// and the resolution why it was closed; where a project has no resolution that can be
// set, Propose leaves it out. The names of statuses and resolutions are those of Jira's
// own templates; the priorities are its default scheme (Jira Cloud REST description,
// operations getStatuses, getResolutions, getPriorities).
func jira() Mapping {
	closed := []string{"Done", "Closed", "Resolved"}
	sprint := container(ticket.Iteration, "sprint")
	version := container(ticket.Milestone, "fixVersions")
	version.Set = true
	return Mapping{
		Version: 1,
		Tickets: []Rule{
			title("summary"),
			prose("description"),
			states([]Pair{
				one(ticket.StateOpen, "To Do", "Open", "Backlog", "Selected for Development", "Reopened", "In Progress", "In Review"),
				{Local: []string{ticket.StateNotPlanned}, External: closed, And: []string{"Won't Do", "Won't Fix", "Declined", "Cannot Reproduce", "Incomplete"}},
				{Local: []string{ticket.StateDuplicate}, External: closed, And: []string{"Duplicate"}},
				{Local: []string{ticket.StateDone}, External: closed, And: []string{"Done", "Fixed", "Resolved"}},
				one(ticket.StateDone, closed...),
			}, "status", "resolution"),
			priority(one("p1", "Highest"), one("p2", "High"), one("p3", "Medium"), one("p4", "Low"), one("p5", "Lowest")),
			labels(),
			oneOfSet(person("assignee")),
			due("duedate"),
			sprint,
			version,
			parent(),
		},
		Comments:  comments(),
		Constants: []Constant{{External: "issuetype", Value: ticket.Text("Task")}},
	}
}

// linear maps a team with the states that Linear gives to a new one. Linear has four
// priorities and none (GraphQL schema, Issue.priority), so that p5 is written as Low.
func linear() Mapping {
	return Mapping{
		Version: 1,
		Tickets: []Rule{
			title("title"),
			prose("description"),
			states([]Pair{
				one(ticket.StateOpen, "Todo", "Backlog", "Triage", "In Progress", "In Review"),
				one(ticket.StateDone, "Done"),
				one(ticket.StateNotPlanned, "Canceled"),
				one(ticket.StateDuplicate, "Duplicate"),
			}, "state"),
			priority(
				one("p1", "Urgent"), one("p2", "High"), one("p3", "Medium", "Normal"),
				Pair{Local: []string{"p4", "p5"}, External: []string{"Low"}},
				one("", "", "No priority"),
			),
			labels(),
			person("assignee"),
			{Field: ticket.Estimate, External: []string{"estimate"}, Convert: Number, Type: external.TypeNumber},
			due("dueDate"),
			container(ticket.Iteration, "cycle"),
			container(ticket.Milestone, "project"),
			parent(),
		},
		Comments: comments(),
	}
}

// webhook maps a peer that speaks our own words, and some that are as common.
func webhook() Mapping {
	return Mapping{
		Version: 1,
		Tickets: []Rule{
			title("title"),
			prose("body"),
			states([]Pair{
				one(ticket.StateOpen, "open", "reopened", "in_progress"),
				one(ticket.StateDone, "done", "closed", "completed", "resolved"),
				one(ticket.StateNotPlanned, "not_planned", "canceled", "wont_do"),
				one(ticket.StateDuplicate, "duplicate"),
			}, "state"),
			labels(),
		},
		Comments: comments(),
	}
}

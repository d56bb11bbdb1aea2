package mapping_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

// rule returns the rule of a field, to be changed; it panics without one.
func rule(m *mapping.Mapping, f ticket.Field) *mapping.Rule {
	return &m.Tickets[slices.IndexFunc(m.Tickets, func(r mapping.Rule) bool { return r.Field == f })]
}

// account returns a table of one.
func account(handle, login string) mapping.Users {
	u, err := mapping.NewUsers(map[string]string{handle: login})
	if err != nil {
		panic(err)
	}
	return u
}

func TestFindings(t *testing.T) {
	for _, c := range []struct {
		reason   string
		change   func(m *mapping.Mapping, s *external.Schema)
		severity mapping.Severity
		path     string
		says     string
	}{
		{"a field that is misspelled", func(m *mapping.Mapping, _ *external.Schema) {
			rule(m, ticket.Due).External[0] = "due_date"
		}, mapping.Error, "tickets.due.external", "is duedate meant"},
		{"a field that this project lacks", func(_ *mapping.Mapping, s *external.Schema) {
			s.Fields = slices.DeleteFunc(s.Fields, func(f external.FieldCapability) bool { return f.Name == "sprint" })
		}, mapping.Error, "tickets.iteration.external", "does not exist in this project"},
		{"a field that can only be read", func(_ *mapping.Mapping, s *external.Schema) {
			field(s, "duedate").ReadOnly = true
		}, mapping.Error, "tickets.due.direction", "direction: in"},
		{"another type", func(_ *mapping.Mapping, s *external.Schema) {
			field(s, "duedate").Type = external.TypeNumber
		}, mapping.Error, "tickets.due.convert", "which holds number"},
		{"a set where one is expected", func(_ *mapping.Mapping, s *external.Schema) {
			field(s, "sprint").Set = true
		}, mapping.Error, "tickets.iteration.set", "say set: true"},
		{"a state that no transition leads to", func(m *mapping.Mapping, _ *external.Schema) {
			p := &rule(m, ticket.State).Values[0]
			slices.Sort(p.External)
			p.External = append([]string{"Frozen"}, slices.DeleteFunc(p.External, func(s string) bool { return s == "Frozen" })...)
		}, mapping.Error, "tickets.state.values[0].external", "no transition leads to"},
		{"a state that was renamed", func(_ *mapping.Mapping, s *external.Schema) {
			field(s, "status").Options[3].Name = "Next up"
		}, mapping.Error, "tickets.state.values[0].external", `renamed to "Next up"`},
		{"an option that is gone", func(_ *mapping.Mapping, s *external.Schema) {
			field(s, "priority").Options = named("Blocker", "Major", "Minor")
		}, mapping.Error, "tickets.priority.values[3].external", `"Cosmetic" is no option of priority`},
		{"an option that was added", func(_ *mapping.Mapping, s *external.Schema) {
			f := field(s, "priority")
			f.Options = append(slices.Clone(f.Options), external.Option{Name: "Whenever"})
		}, mapping.Warning, "tickets.priority.values", `"Whenever" of priority stands in no line`},
		{"a field that must be filled", func(_ *mapping.Mapping, s *external.Schema) {
			s.Fields = append(s.Fields, external.FieldCapability{Name: "component", Required: true})
		}, mapping.Error, "constants.component", "required"},
		{"a field that must be filled and may be empty here", func(_ *mapping.Mapping, s *external.Schema) {
			field(s, "duedate").Required = true
		}, mapping.Warning, "tickets.due", "give it a constant to stand in"},
		{"a constant that is no option", func(m *mapping.Mapping, _ *external.Schema) {
			m.Constants[0].Value = ticket.Text("Story")
		}, mapping.Error, "constants.issuetype", `want one of ["Epic" "Task" "Bug"]`},
		{"two rules for one external field", func(m *mapping.Mapping, _ *external.Schema) {
			rule(m, ticket.Body).External[0] = "summary"
		}, mapping.Error, "tickets.body", "written by title, too"},
		{"two rules for one field", func(m *mapping.Mapping, _ *external.Schema) {
			m.Tickets = append(m.Tickets, m.Tickets[0])
		}, mapping.Error, "tickets.title", "mapped twice"},
		{"somebody whom nobody knows", func(m *mapping.Mapping, _ *external.Schema) {
			m.Users = account("eve", "gone")
		}, mapping.Warning, "users.eve", "nobody in this project"},
		{"a title that is cut", func(*mapping.Mapping, *external.Schema) {}, mapping.Warning, "tickets.title", "at most 255 characters"},
		{"two of ours in one", func(*mapping.Mapping, *external.Schema) {}, mapping.Warning, "tickets.priority.values[2].local", "are one outside"},
		{"no history", func(*mapping.Mapping, *external.Schema) {}, mapping.Warning, "tickets.due", "goes unnoticed"},
		{"no rule", func(m *mapping.Mapping, _ *external.Schema) {
			m.Tickets = slices.DeleteFunc(m.Tickets, func(r mapping.Rule) bool { return r.Field == ticket.Milestone })
		}, mapping.Warning, "tickets.milestone", "is not mapped"},
		{"no title", func(m *mapping.Mapping, _ *external.Schema) { m.Tickets = m.Tickets[1:] },
			mapping.Error, "tickets.title", "nothing can be made without a title"},
	} {
		p := propose(t)
		caps, schema := jiraProject()
		schema.Fields = slices.Clone(schema.Fields)
		c.change(&p.Mapping, &schema)
		found := mapping.Validate(p.Mapping, caps, schema)
		if !slices.ContainsFunc(found, func(f mapping.Finding) bool {
			return f.Severity == c.severity && f.Path == c.path && strings.Contains(f.Message, c.says)
		}) {
			t.Errorf("%s: no %s at %s says %q; found %v", c.reason, c.severity, c.path, c.says, found)
		}
		if failed := mapping.Failed(found); failed != (c.severity == mapping.Error) {
			t.Errorf("%s: failed is %t; found %v", c.reason, failed, found)
		}
	}
}

func field(s *external.Schema, name string) *external.FieldCapability {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			s.Fields[i].Options = slices.Clone(s.Fields[i].Options)
			return &s.Fields[i]
		}
	}
	return nil
}

func TestShippedMappingsAreSound(t *testing.T) {
	for _, system := range mapping.Systems() {
		if found := mapping.Check(standard(t, system)); mapping.Failed(found) {
			t.Errorf("%s: %v", system, found)
		}
	}
}

func TestContradictionsAreFound(t *testing.T) {
	pair := func(local, outside string) mapping.Pair {
		return mapping.Pair{Local: strings.Fields(local), External: strings.Fields(outside)}
	}
	state := func(values ...mapping.Pair) mapping.Rule {
		return mapping.Rule{Field: ticket.State, External: []string{"s", "r"}, Convert: mapping.States, Values: values}
	}
	options := func(u mapping.Unmapped, values ...mapping.Pair) mapping.Rule {
		return mapping.Rule{Field: "x:a", External: []string{"a"}, Convert: mapping.Options, Values: values, Unmapped: u}
	}
	with := func(p mapping.Pair, and ...string) mapping.Pair { p.And = and; return p }
	for _, c := range []struct {
		reason string
		rule   mapping.Rule
		path   string
	}{
		{"one spelling, two meanings", options(mapping.Unmapped{}, pair("s", "A"), pair("m", "A")), "tickets.x:a.values[1].external"},
		{"one value, two lines that list it", options(mapping.Unmapped{}, pair("s m", "A"), pair("m", "B")), "tickets.x:a.values[1].local"},
		{"an empty line", options(mapping.Unmapped{}, mapping.Pair{Local: []string{"s"}}), "tickets.x:a.values[0]"},
		{"an empty table that refuses all", options(mapping.Unmapped{}), "tickets.x:a.values"},
		{"nothing outside beside something here", options(mapping.Unmapped{}, mapping.Pair{Local: []string{"s"}, External: []string{"A", ""}}), "tickets.x:a.values[0].external"},
		{"a value that stands for another", options(mapping.Unmapped{}, pair("external:B", "A")), "tickets.x:a.values[0].local"},
		{"a fixed value that is none", options(mapping.Unmapped{In: "xl"}, pair("s", "A")), "tickets.x:a.unmapped.in"},
		{"a fixed spelling that is none", options(mapping.Unmapped{Out: "Z"}, pair("s", "A")), "tickets.x:a.unmapped.out"},
		{"out as it is, and refused on its way back", options(mapping.Unmapped{Out: mapping.PolicySame}, pair("s", "A")), "tickets.x:a.unmapped.out"},
		{"a policy for people", options(mapping.Unmapped{In: mapping.PolicyKeep}, pair("s", "A")), "tickets.x:a.unmapped"},
		{"a state that is none", state(pair("closed", "A")), "tickets.state.values[0].local"},
		{"any word as a state", mapping.Rule{
			Field: ticket.State, External: []string{"s"}, Convert: mapping.States, Values: []mapping.Pair{pair("open", "A")},
			Unmapped: mapping.Unmapped{In: mapping.PolicySame},
		}, "tickets.state.unmapped.in"},
		{"a line that another one reads", state(pair("open", "A"), with(pair("not_planned", "B"), ""), pair("done", "B")), "tickets.state.values[2]"},
		{"two lines that ask for the same", state(with(pair("done", "A"), "x", "y"), with(pair("duplicate", "A"), "y")), "tickets.state.values[1].external"},
		{"a second value without a second field", options(mapping.Unmapped{}, with(pair("s", "A"), "x")), "tickets.x:a.values[0].and"},
		{"a table that nothing goes by", mapping.Rule{Field: ticket.Due, External: []string{"a"}, Convert: mapping.Date, Values: []mapping.Pair{pair("s", "A")}}, "tickets.due.values"},
		{"a conversion of another field", mapping.Rule{Field: ticket.Due, External: []string{"a"}, Convert: mapping.Number}, "tickets.due.convert"},
		{"one field too many", mapping.Rule{Field: ticket.Due, External: []string{"a", "b"}, Convert: mapping.Date}, "tickets.due.external"},
		{"the raw form of a field", mapping.Rule{Field: "x:a", External: []string{"a~raw"}, Convert: mapping.Same}, "tickets.x:a.external"},
		{"a field that is none", mapping.Rule{Field: "sprint", External: []string{"a"}, Convert: mapping.Same}, "tickets.sprint"},
		{"a body that is not sanitised", mapping.Rule{Field: ticket.Body, External: []string{"a"}, Convert: mapping.Same}, "tickets.body.prose"},
		{"a container that may be missing", mapping.Rule{Field: ticket.Milestone, External: []string{"a"}, Convert: mapping.ContainerTitle}, "tickets.milestone.container"},
		{"people who are kept on one way alone", mapping.Rule{Field: ticket.Assignees, External: []string{"a"}, Convert: mapping.People, Unmapped: mapping.Unmapped{In: mapping.PolicyKeep}}, "tickets.assignees.unmapped"},
		{"a way that is none", mapping.Rule{Field: ticket.Due, External: []string{"a"}, Convert: mapping.Date, Direction: "up"}, "tickets.due.direction"},
		{"neither read nor written", mapping.Rule{Field: ticket.Due, External: []string{"a"}, Convert: mapping.Date, Direction: mapping.Out, ReadOnly: true}, "tickets.due.direction"},
	} {
		m := mapping.Mapping{Tickets: []mapping.Rule{{Field: ticket.Title, External: []string{"t"}, Convert: mapping.Same}, c.rule}}
		found := mapping.Check(m)
		if !slices.ContainsFunc(found, func(f mapping.Finding) bool { return f.Severity == mapping.Error && f.Path == c.path }) {
			t.Errorf("%s: no error at %s; found %v", c.reason, c.path, found)
		}
	}
}

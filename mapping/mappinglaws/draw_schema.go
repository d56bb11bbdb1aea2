package mappinglaws

import (
	"fmt"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

// proposed has a mapping proposed for a random project, and checks that whatever stands
// in its way is among the warnings.
func (g gen) proposed() (mapping.Mapping, error) {
	caps, schema := g.project()
	p := mapping.Propose(caps, schema, map[string]string{"ann": "ann@example.org", "bob": "BOB@example.org"})
	for _, f := range mapping.Validate(p.Mapping, caps, schema) {
		if f.Severity == mapping.Error && !slices.Contains(p.Warnings, f.Path+": "+f.Message) {
			return p.Mapping, fmt.Errorf("a proposal is wrong and does not say so: %s: %s", f.Path, f.Message)
		}
	}
	if found := mapping.Check(p.Mapping); mapping.Failed(found) && len(schema.Fields) > 0 && hasTitle(p.Mapping) {
		return p.Mapping, fmt.Errorf("a proposal that contradicts itself: %v", found)
	}
	if len(p.Matches) != len(p.Mapping.Tickets) {
		return p.Mapping, fmt.Errorf("%d matches for %d rules", len(p.Matches), len(p.Mapping.Tickets))
	}
	return p.Mapping, nil
}

func hasTitle(m mapping.Mapping) bool {
	return slices.ContainsFunc(m.Tickets, func(r mapping.Rule) bool { return r.Field == ticket.Title })
}

// project draws what a project offers: names that trackers use and names that they do
// not, of every type.
func (g gen) project() (external.Capabilities, external.Schema) {
	caps := external.Capabilities{
		System:  pick(g, append(mapping.Systems(), "other")),
		Comment: external.FieldCapability{Name: "body"},
		Custom:  external.FieldCapability{Name: "cf_"},
	}
	names := []string{
		"title", "summary", "body", "description", "state", "status", "resolution", "state_reason", "labels", "tags", "assignee",
		"assignees", "priority", "severity", "estimate", "duedate", "dueDate", "sprint", "cycle", "project", "fixVersions", "parent",
		"issuetype", "created", "cf_1", "cf_2", "cf_3", "cf_4",
	}
	for _, name := range some(g, names, 4+g.IntN(len(names))) {
		caps.Fields = append(caps.Fields, g.field(name))
	}
	if g.IntN(3) > 0 { // most projects have a title
		caps.Fields = append(caps.Fields, external.FieldCapability{Name: "subject", Type: external.TypeText})
	}
	schema := external.Schema{Fields: caps.Fields, People: []external.Person{
		{Login: "u1", Email: "ann@example.org"}, {Login: "u2", Email: "bob@example.org"}, {Login: "u3"},
	}}
	return caps, schema
}

func (g gen) field(name string) external.FieldCapability {
	f := external.FieldCapability{Name: name, ReadOnly: g.IntN(8) == 0, Required: g.IntN(10) == 0, Set: g.IntN(4) == 0}
	f.Type = pick(g, []external.FieldType{
		"", external.TypeText, external.TypeProse, external.TypeNumber, external.TypeBool, external.TypeDate, external.TypeTime,
		external.TypeURL, external.TypeOption, external.TypeState, external.TypeLabels, external.TypePeople, external.TypeContainer,
		external.TypeReference,
	})
	if mapping.Implied(ticket.Title).Type == f.Type {
		f.Title = pick(g, []string{"", "Story Points", "Éléments", "Deadline", "???"})
	}
	if f.Type != external.TypeOption && f.Type != external.TypeState {
		return f
	}
	words := []string{
		"To Do", "In Progress", "Done", "Closed", "Won't Do", "Duplicate", "Canceled", "Zwischenablage", "High", "Low", "Urgent", "P3", "None", "Blocker",
	}
	for _, w := range some(g, words, g.IntN(7)) {
		o := external.Option{Name: w, Unreachable: g.IntN(9) == 0}
		if f.Type == external.TypeState {
			o.Category = pick(g, []external.Category{
				"", external.CategoryTodo, external.CategoryDoing, external.CategoryDone, external.CategoryCanceled,
			})
		}
		f.Options = append(f.Options, o)
	}
	return f
}

// rebase changes a mapping and checks that the bases which Rebase lets stand read as they
// did.
func (g gen) rebase(a mapping.Mapping) error {
	b := a
	b.Tickets = slices.Clone(a.Tickets)
	for i, r := range b.Tickets {
		switch g.IntN(5) {
		case 0:
			b.Tickets[i] = g.rule(r.Field, r.External[0])
		case 1:
			b.Tickets[i].Values = some(g, r.Values, len(r.Values))
		case 2:
			b.Tickets[i].Unmapped = mapping.Unmapped{}
		}
	}
	if g.IntN(2) == 0 {
		b.Users = g.users()
	}
	if mapping.Failed(mapping.Check(b)) {
		return nil
	}
	void := mapping.Rebase(a, b, external.KindTicket)
	for range itemsEach {
		s := g.item(a)
		was, is, dark := a.ToCanonical(external.KindTicket, s), b.ToCanonical(external.KindTicket, s), a.Unreadable(external.KindTicket, s)
		for f, v := range was {
			if _, unread := dark[f]; !unread && !v.Equal(is[f]) && !slices.Contains(void, f) {
				return fmt.Errorf("rebase: %s read as %q and now as %q, and its base stands", f, v, is[f])
			}
		}
	}
	if len(mapping.Diff(a, a)) > 0 || len(mapping.Rebase(a, a, external.KindTicket)) > 0 {
		return fmt.Errorf("diff: a mapping differs from itself: %v", mapping.Diff(a, a))
	}
	return nil
}

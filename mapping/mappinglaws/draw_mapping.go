package mappinglaws

import (
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

// mapping draws a mapping: most often a sound one, now and then one that Check refuses.
func (g gen) mapping() mapping.Mapping {
	m := mapping.Mapping{
		Version:  1 + g.IntN(9),
		Tickets:  []mapping.Rule{{Field: ticket.Title, External: []string{"name"}, Convert: mapping.Same}},
		Comments: []mapping.Rule{{Field: ticket.Body, External: []string{"body"}, Convert: mapping.Same, Prose: true}},
		Users:    g.users(),
	}
	fields := append(ticket.Known()[1:], ticket.Custom("size"), ticket.Custom("teams"), ticket.Custom("risk"))
	for i, f := range some(g, fields, 1+g.IntN(8)) {
		m.Tickets = append(m.Tickets, g.rule(f, fmt.Sprintf("f%d", i)))
	}
	if g.IntN(3) == 0 {
		m.Constants = []mapping.Constant{{External: "kind", Value: ticket.Text("Task")}}
	}
	return m
}

// rule draws a rule for the field over external ones whose names begin with name.
func (g gen) rule(f ticket.Field, name string) mapping.Rule {
	r := mapping.Rule{Field: f, External: []string{name}, Convert: pick(g, converts(f))}
	r.Direction = pick(g, []mapping.Direction{"", "", "", mapping.Both, mapping.In, mapping.Out})
	r.ReadOnly = r.Direction != mapping.Out && g.IntN(10) == 0
	_, custom := f.CustomName()
	switch r.Convert {
	case mapping.GitHubState:
		r.External = []string{name, name + "b"}
	case mapping.States:
		g.states(&r)
	case mapping.Options:
		g.options(&r)
	case mapping.Date:
		r.Type = pick(g, []external.FieldType{external.TypeDate, external.TypeTime})
	case mapping.ContainerTitle:
		r.Container, r.Set = true, g.IntN(2) == 0
	case mapping.People:
		r.Unmapped = pick(g, []mapping.Unmapped{{}, {In: mapping.PolicyKeep, Out: mapping.PolicyKeep}})
	}
	if f == ticket.Body {
		r.Prose = true
	}
	if f == ticket.Labels || f == ticket.Assignees || custom {
		r.Set = g.IntN(2) == 0
		if r.Set && g.IntN(3) == 0 {
			r.Max = 1 + g.IntN(2)
		}
	}
	return r
}

// converts lists the conversions that a field is drawn with.
func converts(f ticket.Field) []mapping.Convert {
	switch f {
	case ticket.Body:
		return []mapping.Convert{mapping.Same}
	case ticket.State:
		return []mapping.Convert{mapping.States, mapping.States, mapping.States, mapping.GitHubState}
	case ticket.Labels:
		return []mapping.Convert{mapping.Same, mapping.Options}
	case ticket.Assignees:
		return []mapping.Convert{mapping.People}
	case ticket.Priority:
		return []mapping.Convert{mapping.Options}
	case ticket.Estimate:
		return []mapping.Convert{mapping.Number}
	case ticket.Due:
		return []mapping.Convert{mapping.Date}
	case ticket.Iteration, ticket.Milestone:
		return []mapping.Convert{mapping.ContainerTitle}
	case ticket.Parent:
		return []mapping.Convert{mapping.Reference}
	}
	return []mapping.Convert{mapping.Same, mapping.Options, mapping.People, mapping.Number, mapping.Date, mapping.Bool}
}

func outsideWords() []string {
	return []string{"A", "B", "C", "D", "E", "F", "High", "Low", "To Do", "Done", "p1", "open"}
}

// options draws a table that deals each side's words to its lines, and now and then
// one word twice.
func (g gen) options(r *mapping.Rule) {
	pool := []string{"s", "m", "l", "xl", "High", "A"}
	if r.Field == ticket.Priority {
		pool = ticket.Priorities()
	}
	r.Type = external.TypeOption
	r.Values = g.lines(pool, outsideWords())
	r.Unmapped = pick(g, []mapping.Unmapped{
		{}, {In: mapping.PolicySame, Out: mapping.PolicySame}, {In: mapping.PolicySame}, {Out: mapping.PolicyRefuse},
		{In: mapping.Policy(r.Values[0].Local[0])}, {Out: mapping.Policy(r.Values[0].External[0])},
	})
	if g.IntN(4) == 0 {
		r.Values = append(r.Values, mapping.Pair{Local: []string{""}, External: []string{pick(g, []string{"", "None"})}})
	}
}

func (g gen) states(r *mapping.Rule) {
	r.Type = external.TypeState
	r.Values = g.lines(ticket.States(), outsideWords())
	if g.IntN(2) == 0 {
		r.External = append(r.External, r.External[0]+"b")
		for i := range r.Values {
			r.Values[i].And = some(g, []string{"Done", "Fixed", "Won't Do", ""}, g.IntN(3))
			if len(r.Values[i].And) == 0 {
				r.Values[i].And = nil
			}
		}
		if g.IntN(2) == 0 { // two lines of one status that the resolution tells apart
			r.Values[len(r.Values)-1].External = r.Values[0].External
		}
	}
	if g.IntN(2) == 0 {
		r.Categories = map[string]external.Category{
			"To Do": external.CategoryTodo, "Done": external.CategoryDone, "Won't Do": external.CategoryCanceled, "B": external.CategoryDoing,
		}
	}
	r.Unmapped = pick(g, []mapping.Unmapped{
		{}, {In: mapping.Policy(pick(g, ticket.States()))}, {Out: mapping.Policy(r.Values[0].External[0])},
	})
}

func (g gen) lines(locals, outside []string) []mapping.Pair {
	locals, outside = some(g, locals, 1+g.IntN(5)), some(g, outside, len(outside))
	var lines []mapping.Pair
	for len(locals) > 0 && len(outside) > 0 {
		n, k := 1+g.IntN(min(2, len(locals))), 1+g.IntN(min(3, len(outside)))
		lines = append(lines, mapping.Pair{Local: locals[:n:n], External: outside[:k:k]})
		locals, outside = locals[n:], outside[k:]
	}
	if g.IntN(6) == 0 && len(lines) > 1 {
		lines[1].External = append(lines[1].External, pick(g, lines[0].External))
	}
	return lines
}

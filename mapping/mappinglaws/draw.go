package mappinglaws

import (
	"math/rand/v2"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

// gen draws what the laws are tried on. Its pools are small, so that values collide.
type gen struct{ *rand.Rand }

func people() []string { return []string{"ann", "bob", "eve", "octo", "557058:ab-1", "hub"} }

func words() []string {
	return []string{"", "High", "Low", "Done", "To Do", "Won't Do", "external:Low", "3.0", "007", "-0", "0.50", "1e3", "p1", "open", "ä / b"}
}

func days() []string {
	return []string{"", "2026-02-28", "2026-02-28T23:59:59Z", "2026-02-28T23:30:00-05:00", "2026-02-30", "soon"}
}

func pick[T any](g gen, from []T) T { return from[g.IntN(len(from))] }

// some returns up to n of them, in a random order.
func some[T any](g gen, from []T, n int) []T {
	from = slices.Clone(from)
	g.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
	return from[:min(n, len(from))]
}

func (g gen) users() mapping.Users {
	handles := some(g, []string{"ann", "bob", "eve", "octo", "hub"}, g.IntN(5))
	logins := some(g, people(), len(handles))
	table := map[string]string{}
	for i, h := range handles {
		table[h] = logins[i]
	}
	u, err := mapping.NewUsers(table)
	if err != nil {
		panic("mappinglaws: the pools make a bad table: " + err.Error())
	}
	return u
}

// item draws an item as it might ever come in: with values that no rule lists, with sets
// where one value is expected, and with fields that are not mapped.
func (g gen) item(m mapping.Mapping) external.Fields {
	s := external.Fields{"unmapped": ticket.Text("kept")}
	for _, r := range m.Tickets {
		if r.Field != ticket.State && g.IntN(12) == 0 {
			continue // the system does not send what is empty
		}
		for n, name := range r.External {
			s[name] = g.outside(r, n)
		}
	}
	return s
}

func (g gen) outside(r mapping.Rule, n int) ticket.Value {
	pool := words()
	switch r.Convert {
	case mapping.People:
		pool = append(people(), "", "local:octo", "external:ann", "stranger")
	case mapping.Date:
		pool = days()
	case mapping.GitHubState:
		pool = [][]string{{"open", "closed", "archived", ""}, {"", "completed", "not_planned", "duplicate", "reopened", "superseded"}}[n]
	case mapping.Options, mapping.States:
		for range 3 { // more often one that is listed
			for _, p := range r.Values {
				pool = append(pool, slices.Concat(p.External, p.And)...)
			}
		}
	}
	if r.Set && n == 0 {
		return g.set(pool)
	}
	return ticket.Text(pick(g, pool))
}

// set draws a set; an element is never empty.
func (g gen) set(pool []string) ticket.Value {
	elems := some(g, pool, g.IntN(4))
	return ticket.Set(slices.DeleteFunc(elems, func(s string) bool { return s == "" })...)
}

// ticket draws the fields of a ticket: some as they were seen, some absent, some that
// cannot be written.
func (g gen) ticket(m mapping.Mapping, seen ticket.Fields) ticket.Fields {
	f := ticket.Fields{}
	for _, r := range m.Tickets {
		switch g.IntN(6) {
		case 0:
			f[r.Field] = seen[r.Field]
		case 1:
		default:
			f[r.Field] = g.inside(r)
		}
	}
	return f
}

func (g gen) inside(r mapping.Rule) ticket.Value {
	pool := locals(r)
	switch r.Convert {
	case mapping.People:
		pool = append(people(), "external:ann", "external:stranger", "stranger")
	case mapping.Date:
		pool = days()
	case mapping.GitHubState, mapping.States:
		return ticket.Text(pick(g, ticket.States()))
	case mapping.Options:
		for _, p := range r.Values {
			pool = append(pool, p.Local...)
		}
	}
	_, custom := r.Field.CustomName()
	if r.Field == ticket.Labels || r.Field == ticket.Assignees || custom && r.Set {
		return g.set(pool)
	}
	if g.IntN(16) == 0 { // more than the field can hold
		return g.set(pool)
	}
	return ticket.Text(pick(g, pool))
}

// locals are values that a field holds here.
func locals(r mapping.Rule) []string {
	if r.Field == ticket.Priority {
		return append(ticket.Priorities(), "")
	}
	return words()
}

package mapping

import (
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// rule checks one rule by itself.
func (c *checker) rule(r *Rule, kind string) {
	at := path(kind, r)
	if !r.Field.Valid() {
		c.fail(at, "is no canonical field; want one of %v, or x: and a name out of a-z, 0-9, _ and -", ticket.Known())
		return
	}
	allowed := conversions(r)
	if !slices.Contains(allowed, r.Convert) {
		c.fail(at+".convert", "%q does not fit the field; want one of %v", r.Convert, allowed)
		return
	}
	if !c.externals(r, at) {
		return
	}
	c.flags(r, at)
	c.policy(r, at)
	switch r.Convert {
	case Options, States:
		c.table(r, at)
	default:
		if len(r.Values)+len(r.Categories) > 0 {
			c.fail(at+".values", "only the conversions options and states go by a table; choose one of them, or take it out")
		}
	}
}

// conversions returns those that make sense of a canonical field.
func conversions(r *Rule) []Convert {
	switch r.Field {
	case ticket.Title, ticket.Body:
		return []Convert{Same}
	case ticket.State:
		return []Convert{States, GitHubState, Same}
	case ticket.Labels:
		return []Convert{Same, Options}
	case ticket.Assignees:
		return []Convert{People}
	case ticket.Priority:
		return []Convert{Options, Same}
	case ticket.Estimate:
		return []Convert{Number, Options}
	case ticket.Due:
		return []Convert{Date}
	case ticket.Iteration, ticket.Milestone:
		return []Convert{ContainerTitle, Same}
	case ticket.Parent:
		return []Convert{Reference}
	}
	return []Convert{Same, Options, People, Number, Date, Bool}
}

func (c *checker) externals(r *Rule, at string) bool {
	least, most := 1, 1
	switch r.Convert {
	case GitHubState:
		least, most = 2, 2
	case States:
		most = 2
	}
	if n := len(r.External); n < least || n > most {
		c.fail(at+".external", "has %d fields; %s takes %d to %d", n, r.Convert, least, most)
		return false
	}
	for _, name := range r.External {
		if name == "" || strings.HasSuffix(name, external.SidecarSuffix) {
			c.fail(at+".external", "%q is no field that can be mapped", name)
			return false
		}
	}
	if len(r.External) == 2 && r.External[0] == r.External[1] {
		c.fail(at+".external", "names %s twice", r.External[0])
	}
	return true
}

func (c *checker) flags(r *Rule, at string) {
	switch r.Direction {
	case "", Both, In, Out:
	default:
		c.fail(at+".direction", "%q is none; want both, in or out", r.Direction)
	}
	if r.ReadOnly && r.Direction == Out {
		c.fail(at+".direction", "the rule is neither read nor written; take read_only out")
	}
	c.sets(r, at)
	if r.Prose && r.Convert != Same {
		c.fail(at+".prose", "prose is passed as it is; want convert: same")
	}
	if r.Field == ticket.Body && !r.Prose {
		c.fail(at+".prose", "a body is prose and has to be sanitised on its way; say prose: true")
	}
	if r.Convert == ContainerTitle && !r.Container {
		c.fail(at+".container", "the container must exist before it can be named; say container: true")
	}
}

// sets checks how many values each side holds.
func (c *checker) sets(r *Rule, at string) {
	if r.Set && (r.Convert == States || r.Convert == GitHubState || r.Convert == Reference || r.Prose) {
		c.fail(at+".set", "%s is one value; take set out", r.Field)
	}
	if r.Max != 0 && (r.Max < 0 || !r.Set || !r.many()) {
		c.fail(at+".max", "only a set can have a largest number of elements; take it out")
	}
	if n := r.room(); r.many() && n > 0 && r.Writes() {
		c.warn(at+".set", "%s takes %d: of more here only so many are written", r.names(), n)
	}
}

// policy checks what becomes of values that are in no table.
func (c *checker) policy(r *Rule, at string) {
	in, out, at := r.Unmapped.In, r.Unmapped.Out, at+".unmapped"
	switch r.Convert {
	case People:
		named := []Policy{"", PolicySame, PolicyKeep}
		if !slices.Contains(named, in) || !slices.Contains(named, out) || (in == PolicyKeep) != (out == PolicyKeep) {
			c.fail(at, "want same, or keep, for both directions of people")
		}
	case Options, States:
		c.tablePolicy(r, at)
	default:
		if in != "" || out != "" {
			c.fail(at, "%s goes by no table; take it out", r.Convert)
		}
	}
}

func (c *checker) tablePolicy(r *Rule, at string) {
	in, out := r.Unmapped.In, r.Unmapped.Out
	switch {
	case in == PolicyKeep || out == PolicyKeep:
		c.fail(at, "keep is for people; want refuse, same, or a value of the table")
	case in == PolicySame && (r.Convert == States || r.Field == ticket.Priority || r.Field == ticket.Estimate):
		c.fail(at+".in", "%s cannot hold any value; want refuse, or a value of the table", r.Field)
	case in != "" && in != PolicyRefuse && in != PolicySame && r.ofLocal(string(in)) == nil:
		c.fail(at+".in", "%q is not in the table; add it, or choose one that is", in)
	}
	switch out {
	case "", PolicyRefuse, PolicyKeep:
	case PolicySame:
		if in != PolicySame {
			c.fail(at+".out", "what passes out as it is must come in as it is; say same for both")
		}
	default:
		if !slices.ContainsFunc(r.Values, func(p Pair) bool { return slices.Contains(p.External, string(out)) }) {
			c.fail(at+".out", "%q is not in the table; add it, or choose one that is", out)
		}
		if _, why := r.stateIn(string(out), ""); r.Convert == States && why != fine {
			c.fail(at+".out", "%q alone would not be understood; add a line that asks nothing of %s", out, r.External[len(r.External)-1])
		}
	}
}

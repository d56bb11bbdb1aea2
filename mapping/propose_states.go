package mapping

import (
	"cmp"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// states makes the table of a project's states: by category, and among closed ones by
// what their names say. It reports whether the field can be mapped at all.
func (p *proposer) states(r *Rule, f external.FieldCapability, usual *Rule) bool {
	if len(f.Options) == 0 {
		if usual == nil || usual.Convert != States {
			p.warn("tickets.state: %s does not tell its values; write its table by hand", f.Name)
			return false
		}
		r.Values = cutSecond(usual.Values, len(r.External))
		return true
	}
	groups := p.groupStates(f, usual)
	r.Values = nil
	for _, s := range ticket.States() {
		if names := groups[s]; len(names) > 0 {
			r.Values = append(r.Values, Pair{Local: []string{s}, External: names})
		}
	}
	if len(r.External) == 2 && len(groups[ticket.StateDone]) > 0 {
		second, _ := p.schema.Field(r.External[1])
		r.Values = append(r.Values, byResolution(groups[ticket.StateDone], second, usual)...)
	}
	if len(r.Values) == 0 {
		p.warn("tickets.state: nothing of %s can be told; write its table by hand", f.Name)
		return false
	}
	p.standIns(r, f)
	return true
}

// cutSecond leaves out the lines that ask for a second field where there is none.
func cutSecond(values []Pair, fields int) []Pair {
	if fields > 1 {
		return values
	}
	return slices.DeleteFunc(slices.Clone(values), func(p Pair) bool { return len(p.And) > 0 })
}

// groupStates sorts the states by what they mean here. Those that are written best go
// first: in reach, not begun yet, and in the order of the usual table.
func (p *proposer) groupStates(f external.FieldCapability, usual *Rule) map[string][]string {
	options := slices.Clone(f.Options)
	slices.SortStableFunc(options, func(a, b external.Option) int {
		return cmp.Or(cmp.Compare(after(a.Unreachable), after(b.Unreachable)),
			cmp.Compare(after(a.Category == external.CategoryDoing), after(b.Category == external.CategoryDoing)),
			cmp.Compare(usual.place(a.Name), usual.place(b.Name)))
	})
	out := map[string][]string{}
	for _, o := range options {
		s := stateOf(o)
		if s == "" {
			p.warn("tickets.state: nobody can tell what %q of %s means; add it to a line of the table", o.Name, f.Name)
			continue
		}
		out[s] = append(out[s], o.Name)
	}
	return out
}

func after(late bool) int {
	if late {
		return 1
	}
	return 0
}

// place is where the usual table lists a spelling; those that it does not list come last.
func (r *Rule) place(s string) int {
	const last = 1 << 20
	if r == nil {
		return last
	}
	n := 0
	for _, p := range r.Values {
		for _, e := range p.External {
			if e == s {
				return n
			}
			n++
		}
	}
	return last
}

// stateOf says what an external state means here, or nothing when nobody can tell.
func stateOf(o external.Option) string {
	byName := meaning(o.Name)
	switch o.Category {
	case external.CategoryTodo, external.CategoryDoing:
		return ticket.StateOpen
	case external.CategoryDone:
		if byName == ticket.StateNotPlanned || byName == ticket.StateDuplicate {
			return byName
		}
		return ticket.StateDone
	case external.CategoryCanceled:
		if byName == ticket.StateDuplicate {
			return byName
		}
		return ticket.StateNotPlanned
	}
	return byName
}

// meaning reads the name of a state or of a resolution.
func meaning(name string) string {
	name = plainName(name)
	for _, m := range []struct {
		state string
		words []string
	}{
		{ticket.StateDuplicate, []string{"duplicate", "dupe"}},
		{ticket.StateNotPlanned, []string{
			"cancel", "wontdo", "wontfix", "willnot", "notplanned", "notdoing", "declined", "rejected", "invalid", "obsolete",
			"abandon", "cannotreproduce", "incomplete", "bydesign", "dropped", "knownerror",
		}},
		{ticket.StateOpen, []string{
			"reopen", "unresolved", "notdone", "open", "todo", "backlog", "triage", "progress", "doing", "new", "review", "selected", "ready", "started",
			"waiting", "blocked", "testing", "planned",
		}},
		{ticket.StateDone, []string{"done", "closed", "complete", "resolved", "fixed", "finished", "shipped", "released"}},
	} {
		if slices.ContainsFunc(m.words, func(w string) bool { return strings.Contains(name, w) }) {
			return m.state
		}
	}
	return ""
}

// byResolution adds the lines in which the second field tells why a ticket was closed.
func byResolution(closed []string, second external.FieldCapability, usual *Rule) []Pair {
	why := map[string][]string{}
	for _, o := range second.Options {
		s := meaning(o.Name)
		if s == "" || s == ticket.StateOpen {
			s = ticket.StateDone
		}
		why[s] = append(why[s], o.Name)
	}
	if len(second.Options) == 0 && usual != nil {
		for _, p := range usual.Values {
			why[p.Local[0]] = append(why[p.Local[0]], p.And...)
		}
	}
	var out []Pair
	for _, s := range []string{ticket.StateNotPlanned, ticket.StateDuplicate, ticket.StateDone} {
		if names := why[s]; len(names) > 0 {
			slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(usual.placeAnd(a), usual.placeAnd(b)) })
			out = append(out, Pair{Local: []string{s}, External: closed, And: names})
		}
	}
	return out
}

// placeAnd is place for the second field.
func (r *Rule) placeAnd(s string) int {
	if r == nil {
		return 0
	}
	for _, p := range r.Values {
		if n := slices.Index(p.And, s); n >= 0 {
			return n
		}
	}
	return 1 << 20
}

func (p Pair) bareDone() bool { return p.Local[0] == ticket.StateDone && len(p.And) == 0 }

// standIns lists the states that have no spelling of their own beside the one that
// comes nearest.
func (p *proposer) standIns(r *Rule, f external.FieldCapability) {
	if len(r.External) == 2 { // a bare "done" is read, and written with its resolution
		slices.SortStableFunc(r.Values, func(a, b Pair) int { return cmp.Compare(after(a.bareDone()), after(b.bareDone())) })
	}
	for _, m := range []struct{ state, nearest string }{
		{ticket.StateNotPlanned, ticket.StateDone}, {ticket.StateDuplicate, ticket.StateNotPlanned},
	} {
		if r.ofLocal(m.state) != nil {
			continue
		}
		line := r.ofLocal(m.nearest)
		if line == nil {
			continue
		}
		line.Local = append(line.Local, m.state)
		p.warn("tickets.state: %s has no state of its own for %s; it is written as %q", f.Name, m.state, line.External[0])
	}
	for _, s := range []string{ticket.StateOpen, ticket.StateDone} {
		if r.ofLocal(s) == nil {
			p.warn("tickets.state: %s has no state that means %s; tickets that become so are not written", f.Name, s)
		}
	}
}

package mapping

import (
	"fmt"
	"slices"

	"github.com/extsync/extsync/external"
)

// options checks the spellings of a table against the options of a field: n is 0 for
// the first external field of the rule, 1 for the second.
func (c *checker) options(r *Rule, n int, f external.FieldCapability, at string) {
	if len(f.Options) == 0 || r.Convert != Options && r.Convert != States {
		return
	}
	free := c.unlisted(r, n, f)
	for i := range r.Values {
		listed := r.Values[i].spellings(n)
		for k, s := range listed {
			if s == "" {
				continue
			}
			c.option(r, f, s, k == 0, free, fmt.Sprintf("%s.values[%d].%s", at, i, []string{"external", "and"}[n]))
		}
	}
	if n > 0 {
		return
	}
	for _, s := range free {
		if _, why := r.fallback(s); why != fine {
			c.warn(at+".values", "%q of %s stands in no line: tickets that have it keep it, and it does not come in", s, f.Name)
		}
	}
}

// option checks one spelling; the one that is written must be there and in reach.
func (c *checker) option(r *Rule, f external.FieldCapability, s string, written bool, free []string, at string) {
	o, known := f.Option(s)
	report := c.warn
	if written && r.Writes() {
		report = c.fail
	}
	switch other, renamed := closest(s, free); {
	case !known && renamed:
		report(at, "%q is no option of %s (any more); was it renamed to %q?", s, f.Name, other)
	case !known:
		report(at, "%q is no option of %s; want one of %q", s, f.Name, optionNames(f))
	case o.Unreachable && written && r.Writes():
		c.fail(at, "no transition leads to %q; write another one first, or add a transition there", s)
	}
}

// unlisted returns the options that stand in no line.
func (c *checker) unlisted(r *Rule, n int, f external.FieldCapability) []string {
	var free []string
	for _, o := range f.Options {
		in := func(p Pair) bool { return slices.Contains(p.spellings(n), o.Name) }
		if !slices.ContainsFunc(r.Values, in) {
			free = append(free, o.Name)
		}
	}
	return free
}

// spellings returns those of the first or of the second external field.
func (p Pair) spellings(n int) []string {
	if n == 0 {
		return p.External
	}
	return p.And
}

// fallback is how a value reads that stands in no line.
func (r *Rule) fallback(s string) (string, trouble) {
	if r.Convert == States {
		return r.stateIn(s, "")
	}
	return r.unknownIn(s)
}

// WithSchema returns the mapping with the categories that the project's states have
// now: a state that was added there since reads by its category.
func (m Mapping) WithSchema(schema external.Schema) Mapping {
	m.Tickets = slices.Clone(m.Tickets)
	for i := range m.Tickets {
		r := &m.Tickets[i]
		if r.Convert != States {
			continue
		}
		f, _ := schema.Field(r.External[0])
		if found := categories(f); len(found) > 0 {
			r.Categories = found
		}
	}
	return m
}

func categories(f external.FieldCapability) map[string]external.Category {
	out := make(map[string]external.Category, len(f.Options))
	for _, o := range f.Options {
		if o.Category != "" {
			out[o.Name] = o.Category
		}
	}
	return out
}

package mapping

import (
	"fmt"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// options makes the table of a project's priorities. It reports whether the field can
// be mapped at all.
func (p *proposer) options(r *Rule, f external.FieldCapability, usual *Rule) bool {
	if len(f.Options) == 0 {
		if usual == nil {
			p.warn("tickets.%s: %s does not tell its values; write its table by hand", r.Field, f.Name)
			return false
		}
		r.Values = slices.Clone(usual.Values)
		return true
	}
	lines := p.rank(f)
	if len(lines[0])+len(lines[1])+len(lines[2])+len(lines[3])+len(lines[4]) == 0 {
		p.warn("tickets.%s: none of the values of %s looks like one; write its table by hand", r.Field, f.Name)
		return false
	}
	r.Values = nil
	for i, names := range lines[:5] {
		if len(names) > 0 {
			r.Values = append(r.Values, one(level(i), names...))
		}
	}
	for i := range 5 {
		if len(lines[i]) == 0 {
			near := nearest(lines[:5], i)
			line := r.ofLocal(level(near))
			line.Local = append(line.Local, level(i))
			p.warn("tickets.%s: %s has nothing for %s; it is written as %q", r.Field, f.Name, level(i), line.External[0])
		}
	}
	if !f.Required {
		r.Values = append(r.Values, one("", append([]string{""}, lines[5]...)...))
	} else if len(lines[5]) > 0 {
		r.Values = append(r.Values, one("", lines[5]...))
	}
	return true
}

func level(i int) string { return fmt.Sprintf("p%d", i+1) }

// nearest returns the level that has names and is closest to i: the less urgent one of
// two, but for the last.
func nearest(lines [][]string, i int) int {
	for d := 1; d < len(lines); d++ {
		for _, k := range []int{i + d, i - d} {
			if k >= 0 && k < len(lines) && len(lines[k]) > 0 {
				return k
			}
		}
	}
	return i
}

// rank sorts options into the five levels and, at 5, those that mean none. A name that
// says nothing goes by its place among the others, most trackers list the most urgent
// first.
func (p *proposer) rank(f external.FieldCapability) [][]string {
	lines := make([][]string, 6)
	for i, o := range f.Options {
		n, ok := urgency(o.Name)
		if !ok {
			n = 0
			if len(f.Options) > 1 {
				n = (i*4 + (len(f.Options)-1)/2) / (len(f.Options) - 1)
			}
			p.warn("tickets.%s: %q of %s goes by its place in the list, as %s; look whether that is meant", ticket.Priority, o.Name, f.Name, level(n))
		}
		lines[n] = append(lines[n], o.Name)
	}
	return lines
}

// urgency reads the name of a priority: 0 is the most urgent, 4 the least, 5 none.
func urgency(name string) (int, bool) {
	name = plainName(name)
	for i, words := range [][]string{
		{"highest", "urgent", "critical", "blocker", "emergency", "immediate", "p1", "p0", "sev1", "1"},
		{"high", "major", "important", "p2", "sev2", "2"},
		{"medium", "normal", "moderate", "default", "p3", "sev3", "3"},
		{"low", "minor", "p4", "sev4", "4"},
		{"lowest", "trivial", "nicetohave", "p5", "sev5", "5"},
		{"none", "nopriority", "unset", "notset", "undefined", "unprioritized"},
	} {
		if slices.Contains(words, name) {
			return i, true
		}
	}
	return 0, false
}

package plan

import (
	"slices"
	"strings"
)

// count is how often a block stands in each text.
type count struct{ base, local, external, merged int }

// fair reports whether the merged text holds the block as often as it should: as the side
// that changed its number does. Where both changed it, they must have done so alike.
func (c count) fair() bool {
	switch {
	case c.local == c.base:
		return c.merged == c.external
	case c.external == c.base:
		return c.merged == c.local
	}
	return c.merged == c.local && c.merged == c.external
}

// balance makes every edit clash that would double a block or lose it: both sides moved
// it, both wrote the same at different places, one deleted what the other moved; or a
// block moved from where the sides clash. Blank lines may be any number.
//
// A fence that is taken away, or broken, makes blocks of what it held, or holds what were blocks. What
// stands in the open in one of the texts is counted where a fence holds it, too: who deleted it with its
// fence deleted it where the other side let it out.
func (m Merging) balance() {
	open := m.inTheOpen()
	for m.clash(touches(m.unfair(open), open)) {
	}
}

// inTheOpen returns the blocks of all three texts.
func (m Merging) inTheOpen() map[string]bool {
	open := map[string]bool{}
	for _, p := range m.parts {
		for _, s := range slices.Concat(p.base, p.local, p.external) {
			open[strings.TrimRight(s, "\r\n")] = true
		}
	}
	return open
}

// wherever marks how often a block stands in the open or in a fence.
const wherever = "wherever: "

// held returns a block, or those that a fence would let out which is one.
func held(block string) []string {
	first, rest, _ := strings.Cut(block, "\n")
	if fenceOf(strings.TrimSpace(first)) == "" {
		return []string{block}
	}
	return slices.DeleteFunc(Blocks(rest), func(s string) bool { return fenceOf(strings.TrimSpace(s)) != "" })
}

// unfair returns the blocks whose number is not right.
func (m Merging) unfair(open map[string]bool) map[string]bool {
	counts, bad := map[string]count{}, map[string]bool{}
	for _, p := range m.parts {
		if p.kind != ChunkClash {
			p.tally(counts, open)
		}
	}
	for s, c := range counts {
		if !c.fair() {
			bad[s] = true
		}
	}
	for _, p := range m.parts {
		if p.kind != ChunkClash {
			continue
		}
		disputed := map[string]count{}
		p.tally(disputed, open)
		for s, c := range disputed {
			if c.local != c.base || c.external != c.base {
				bad[s] = true
			}
		}
	}
	return bad
}

// tally adds the blocks of a part to the counts. One that was moved to the end of a text, or
// from there, has another line end, or none, and is the same.
func (p part) tally(counts map[string]count, open map[string]bool) {
	one := func(s string, add func(*count)) {
		c := counts[s]
		add(&c)
		counts[s] = c
	}
	each := func(blocks []string, add func(*count)) {
		for _, s := range blocks {
			if s = strings.TrimRight(s, "\r\n"); !isBlank(s) {
				one(s, add)
			}
			for _, in := range held(s) {
				if in = strings.TrimRight(in, "\r\n"); open[in] && !isBlank(in) {
					one(wherever+in, add)
				}
			}
		}
	}
	each(p.base, func(c *count) { c.base++ })
	each(p.local, func(c *count) { c.local++ })
	each(p.external, func(c *count) { c.external++ })
	each(p.taken(), func(c *count) { c.merged++ })
}

// touches returns whether a part changes the number of any of those blocks.
func touches(bad, open map[string]bool) func(part) bool {
	return func(p part) bool {
		if len(bad) == 0 {
			return false
		}
		counts := map[string]count{}
		p.tally(counts, open)
		for s, c := range counts {
			if bad[s] && c.merged != c.base {
				return true
			}
		}
		return false
	}
}

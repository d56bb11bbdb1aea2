package markup

import "strings"

// stretch is a run of units that both texts have: those of ours from..to.
type stretch struct {
	ours, theirs unitRange
}

// unitRange is a range of units, without the last.
type unitRange struct{ from, to int }

// strand is one piece of the new text. Gap i of ours stands before its unit i.
type strand struct {
	text          string
	before, after int // the gaps of ours that it touches; -1 where none
	fresh         bool
}

// weave puts the new text together: the stretches that both have in the bytes of ours,
// and what theirs has between them.
func (k *keeper) weave(how effort) string {
	var strands []strand
	at := unitRange{}
	for _, s := range k.stretches(how.grow) {
		strands = k.change(strands, how, unitRange{at.from, s.ours.from}, unitRange{at.to, s.theirs.from})
		if s.ours.to > s.ours.from {
			strands = append(strands, strand{k.ours.span(s.ours), s.ours.from, s.ours.to, false})
		}
		at = unitRange{s.ours.to, s.theirs.to}
	}
	return k.join(strands, how)
}

// span is the text from one unit to another.
func (s *spelled) span(r unitRange) string {
	return s.src[s.units[r.from].start:s.units[r.to-1].end]
}

// join puts strands together with the white space of ours between those that are
// neighbours there.
func (k *keeper) join(strands []strand, how effort) string {
	if len(strands) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(k.ours.between(0))
	for i, s := range strands {
		if i > 0 {
			b.WriteString(k.gap(strands[i-1], s, how))
		}
		b.WriteString(s.text)
	}
	b.WriteString(k.ours.between(len(k.ours.units)))
	return b.String()
}

func (k *keeper) gap(a, b strand, how effort) string {
	if a.after >= 0 && a.after == b.before {
		if s := k.ours.between(a.after); !how.strict || !a.fresh && !b.fresh || isEmptyLine(s) {
			return s
		}
	}
	for _, at := range []int{a.after, b.before} {
		if at > 0 && at < len(k.ours.units) && (k.nested || isEmptyLine(k.ours.between(at))) {
			return k.ours.between(at)
		}
	}
	if k.nested {
		return k.newline
	}
	return k.newline + k.newline
}

// isEmptyLine reports whether white space between blocks holds an empty line.
func isEmptyLine(s string) bool {
	return strings.Count(strings.ReplaceAll(s, "\r\n", "\n"), "\n")+strings.Count(strings.ReplaceAll(s, "\r\n", ""), "\r") > 1
}

// stretches are what both texts have, in order; the last is empty and stands at the
// end. Each ends where units end in both, and is shorter by grow parts at either end
// that is not the end of both texts.
func (k *keeper) stretches(grow int) []stretch {
	ours, theirs := k.ours.edges(), k.theirs.edges()
	var out []stretch
	for j := 0; j < len(k.pairs); {
		i, end := k.pairs[j].before, j+1
		if i < 0 {
			j++
			continue
		}
		for end < len(k.pairs) && k.pairs[end].before == i+end-j {
			end++
		}
		a, b, n := j, end, i+end-j
		if i > 0 || j > 0 {
			a += grow
		}
		if n < len(ours)-1 || end < len(theirs)-1 {
			b -= grow
		}
		for a < b && (ours[i+a-j].first < 0 || theirs[a].first < 0) {
			a++
		}
		for b > a && (ours[i+b-j].last < 0 || theirs[b].last < 0) {
			b--
		}
		if a < b {
			out = append(out, stretch{unitRange{ours[i+a-j].first, ours[i+b-j].last}, unitRange{theirs[a].first, theirs[b].last}})
		}
		j = end
	}
	n, m := len(k.ours.units), len(k.theirs.units)
	return append(out, stretch{unitRange{n, n}, unitRange{m, m}})
}

// edge says which unit begins at a part, and behind which unit it stands; -1 where
// it is inside one.
type edge struct{ first, last int }

// edges returns the edge before each part, and that behind the last.
func (s *spelled) edges() []edge {
	out := []edge{{0, 0}}
	for i := range s.units {
		n := len(s.units[i].parts)
		if n == 0 {
			continue
		}
		out[len(out)-1].first = i
		for range n - 1 {
			out = append(out, edge{-1, -1})
		}
		out = append(out, edge{i + 1, i + 1})
	}
	return out
}

// change adds what stands instead of some units of ours: those of theirs, and those
// of ours that norm does not see, each behind as many blocks as before.
func (k *keeper) change(out []strand, how effort, ours, theirs unitRange) []strand {
	seen, unseen := k.ours.seen(ours)
	was := k.match(seen, theirs)
	add := func(most int) {
		for ; len(unseen) > 0 && unseen[0].behind <= most; unseen = unseen[1:] {
			at := unseen[0].at
			out = append(out, strand{k.ours.text(at), at, at + 1, false})
		}
	}
	for j := theirs.from; j < theirs.to; j++ {
		add(min(j-theirs.from, max(len(seen)-1, 0)))
		s := strand{"", -1, -1, true}
		if at := was[j-theirs.from]; at >= 0 {
			s.before, s.after = at, at+1
			s.text = k.rewrite(at, j, how)
		} else {
			s.text = k.fresh(j)
		}
		out = append(out, s)
	}
	add(len(seen))
	return out
}

// hiddenUnit is a unit that norm does not see, and behind how many that it sees.
type hiddenUnit struct{ at, behind int }

// seen tells the units of a range that norm sees from the others.
func (s *spelled) seen(r unitRange) (seen []int, unseen []hiddenUnit) {
	for i := r.from; i < r.to; i++ {
		if len(s.units[i].parts) > 0 {
			seen = append(seen, i)
		} else {
			unseen = append(unseen, hiddenUnit{i, len(seen)})
		}
	}
	return seen, unseen
}

// match finds for each unit of theirs the one of ours that it replaces: by position
// where there are as many, else the next of the same kind; -1 for none.
func (k *keeper) match(seen []int, theirs unitRange) []int {
	out := make([]int, theirs.to-theirs.from)
	for n := range out {
		if out[n] = -1; len(out) == len(seen) {
			out[n] = seen[n]
			continue
		}
		for m, at := range seen {
			if k.ours.units[at].kind == k.theirs.units[theirs.from+n].kind {
				out[n], seen = at, seen[m+1:]
				break
			}
		}
	}
	return out
}

package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ChunkKind says which side changed a chunk.
type ChunkKind string

// The kinds of chunk.
const (
	ChunkAgreed   ChunkKind = "agreed"   // nobody changed it, or both did alike
	ChunkLocal    ChunkKind = "local"    // changed here only
	ChunkExternal ChunkKind = "external" // changed outside only
	ChunkClash    ChunkKind = "clash"    // a person must say which version stands
)

// Chunk is a stretch of prose of which both sides hold a version: whole blocks, with their
// line ends. A version may be empty.
type Chunk struct {
	Kind                  ChunkKind
	Base, Local, External string
}

// Merging is what two edits of one text come to, chunk by chunk.
type Merging struct{ parts []part }

// part is a chunk in blocks.
type part struct {
	kind                  ChunkKind
	base, local, external []string
}

// MergeText compares two edits of the text that both were made on, block by block (see Blocks).
// It decides nothing that it could decide in two ways: edits that touch, that move or
// repeat the same blocks, or that stand among repeated lines without a certain place clash.
//
// Laws, for all texts o, a, b. Clean merges of (o, a, o), (o, o, b) and (o, a, a) give a, b
// and a. Changing the sides changes nothing but their names. A clean merge holds each block
// as often as the side that changed its number does: what one side deleted and the other
// left alone is gone, what was left alone stays, and nothing is doubled. Its lines stand in
// one of the texts, and its blocks are those that were taken.
//
// base must be exactly what both edits were made on. A text that one side had already
// incorporated and changed since is none: what was deleted meanwhile would come back.
func MergeText(base, local, external string) Merging {
	o, a, b := Blocks(base), Blocks(local), Blocks(external)
	if max(len(a), len(b))*len(o) > maxCells {
		return Merging{[]part{newPart(o, a, b)}}
	}
	ids := map[string]int{}
	no, na, nb := number(ids, o), number(ids, a), number(ids, b)
	m := Merging{cut(o, a, b, anchors(no, na), anchors(no, nb))}
	m.balance()
	return m
}

// number gives equal blocks equal numbers.
func number(ids map[string]int, blocks []string) []int {
	out := make([]int, len(blocks))
	for n, s := range blocks {
		id, known := ids[s]
		if !known {
			id = len(ids)
			ids[s] = id
		}
		out[n] = id
	}
	return out
}

// cut divides three texts at the blocks that are certain in both edits.
func cut(o, a, b []string, inA, inB []int) (parts []part) {
	i, j, k := 0, 0, 0
	for i < len(o) || j < len(a) || k < len(b) {
		s := i
		for s < len(o) && (inA[s] < 0 || inB[s] < 0) {
			s++
		}
		endA, endB := len(a), len(b)
		if s < len(o) {
			endA, endB = inA[s], inB[s]
		}
		if s > i || endA > j || endB > k {
			parts = append(parts, newPart(o[i:s], a[j:endA], b[k:endB]))
		}
		i, j, k = s, endA, endB
		for s < len(o) && inA[s] == endA+s-i && inB[s] == endB+s-i {
			s++
		}
		if n := s - i; n > 0 {
			parts = append(parts, newPart(o[i:s], a[j:j+n], b[k:k+n]))
			i, j, k = s, j+n, k+n
		}
	}
	return parts
}

func newPart(o, a, b []string) part {
	p := part{ChunkClash, o, a, b}
	switch {
	case slices.Equal(a, b):
		p.kind = ChunkAgreed
	case slices.Equal(b, o):
		p.kind = ChunkLocal
	case slices.Equal(a, o):
		p.kind = ChunkExternal
	}
	return p
}

// taken are the blocks that the merged text has of a part that does not clash.
func (p part) taken() []string {
	if p.kind == ChunkExternal {
		return p.external
	}
	return p.local
}

// clash makes parts clash that only one side changed, where which says so, and reports
// whether there was one.
func (m Merging) clash(which func(part) bool) (found bool) {
	for n, p := range m.parts {
		if (p.kind == ChunkLocal || p.kind == ChunkExternal) && which(p) {
			m.parts[n].kind, found = ChunkClash, true
		}
	}
	return found
}

// Clashes returns how many chunks clash.
func (m Merging) Clashes() (n int) {
	for _, p := range m.parts {
		if p.kind == ChunkClash {
			n++
		}
	}
	return n
}

// Clean reports whether no chunk clashes.
func (m Merging) Clean() bool { return m.Clashes() == 0 }

// Text returns the merged text; of one that is not clean, the text without the clashes.
func (m Merging) Text() string {
	var out strings.Builder
	for _, p := range m.parts {
		if p.kind != ChunkClash {
			out.WriteString(strings.Join(p.taken(), ""))
		}
	}
	return out.String()
}

// Chunks returns the chunks in the order of the text. Joining their Local versions gives
// the local text, and likewise for the others.
func (m Merging) Chunks() []Chunk {
	out := make([]Chunk, len(m.parts))
	for n, p := range m.parts {
		out[n] = Chunk{p.kind, strings.Join(p.base, ""), strings.Join(p.local, ""), strings.Join(p.external, "")}
	}
	return out
}

// Take says which version of a clashing chunk stands.
type Take string

// The versions that can be taken.
const (
	TakeLocal    Take = "local"
	TakeExternal Take = "external"
)

// ErrTakes says that the choices are not one for each clash.
var ErrTakes = errors.New("want one choice for each block that clashes")

// Compose returns the text that comes of one choice for each clash, in their order; what
// does not clash is merged. It fails with ErrTakes.
func (m Merging) Compose(takes ...Take) (string, error) {
	sides, err := m.sides(takes)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for n, p := range m.parts {
		blocks := p.local
		if sides[n] == TakeExternal {
			blocks = p.external
		}
		out.WriteString(strings.Join(blocks, ""))
	}
	return out.String(), nil
}

// sides returns whose version of each part stands.
func (m Merging) sides(takes []Take) ([]Take, error) {
	out := make([]Take, len(m.parts))
	clashes := 0
	for n, p := range m.parts {
		switch {
		case p.kind == ChunkExternal:
			out[n] = TakeExternal
		case p.kind != ChunkClash:
			out[n] = TakeLocal
		default:
			if clashes < len(takes) {
				out[n] = takes[clashes]
			}
			if clashes++; clashes <= len(takes) && out[n] != TakeLocal && out[n] != TakeExternal {
				return nil, fmt.Errorf("%w: of block %d %q is neither local nor external", ErrTakes, clashes, out[n])
			}
		}
	}
	if clashes != len(takes) {
		return nil, fmt.Errorf("%w: blocks: %d, choices: %d", ErrTakes, clashes, len(takes))
	}
	return out, nil
}

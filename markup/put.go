package markup

// piece is one part of a new content: an old one as it is, an old one rewritten, or
// a new one.
type piece struct {
	at    int // the position of the old one, -1 for a new one
	kept  bool
	fresh string // unless kept
}

// put aligns new blocks with old ones. What is equal keeps its bytes, what changed
// in place is rewritten in its old place, the rest is new. Nodes that show nothing
// stay with the node before them.
func (p *printer) put(shown, blocks []block, fresh func(*block) string, rewrite func(old int, b *block) string) []piece {
	visible, keys := p.visible(shown)
	var pieces []piece
	hiddenFrom := func(i int) {
		for ; i < len(shown) && shown[i].kind == hidden; i++ {
			pieces = append(pieces, piece{at: i, kept: true})
		}
	}
	hiddenFrom(0)
	_, newKeys := p.visible(blocks)
	pairs := align(keys, newKeys)
	limits := make([]int, len(pairs))
	for k, limit := len(pairs)-1, len(visible); k >= 0; k-- {
		if pairs[k].before >= 0 {
			limit = pairs[k].before
		}
		limits[k] = limit
	}
	next := 0
	for k, pr := range pairs {
		if pr.before >= 0 {
			next = pr.before + 1
			pieces = append(pieces, piece{at: visible[pr.before], kept: true})
			hiddenFrom(visible[pr.before] + 1)
			continue
		}
		b := &blocks[k]
		j := partner(shown, visible, next, limits[k], b)
		if j < 0 {
			pieces = append(pieces, piece{at: -1, fresh: fresh(b)})
			continue
		}
		next = j + 1
		pieces = append(pieces, piece{at: visible[j], fresh: rewrite(visible[j], b)})
		hiddenFrom(visible[j] + 1)
	}
	return pieces
}

// visible returns the positions of the blocks that show, and their keys.
func (p *printer) visible(in []block) (at []int, keys []string) {
	for i := range in {
		if in[i].kind != hidden {
			at, keys = append(at, i), append(keys, p.key(&in[i]))
		}
	}
	return at, keys
}

// partner finds the old block of the same kind that a new one replaces, among the
// next few.
func partner(shown []block, visible []int, from, to int, b *block) int {
	for j := from; j < min(to, from+8); j++ {
		if shown[visible[j]].kind == b.kind {
			return j
		}
	}
	return -1
}

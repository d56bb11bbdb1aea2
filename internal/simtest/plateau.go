package simtest

import (
	"fmt"
	"io"
	"sync"
)

// plateau counts how many situations each part of a series shows that no part before it
// did: where that comes to next to nothing, a longer series teaches nothing new.
type plateau struct {
	mu    sync.Mutex
	every int // runs of one part
	runs  int
	seen  map[situation]struct{}
	fresh []int // by part; the last one may go on
}

// The parts of a series: so many runs each, or a tenth of a shorter series.
const plateauPart = 100_000

func newPlateau(runs int) *plateau {
	return &plateau{every: max(min(plateauPart, runs/10), 1), seen: map[situation]struct{}{}}
}

// add counts one run, in whatever order workers bring them.
func (p *plateau) add(met map[situation]struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.runs%p.every == 0 {
		p.fresh = append(p.fresh, 0)
	}
	p.runs++
	for s := range met {
		if _, known := p.seen[s]; !known {
			p.seen[s] = struct{}{}
			p.fresh[len(p.fresh)-1]++
		}
	}
}

// show writes the curve in one line.
func (p *plateau) show(out io.Writer) {
	if p == nil {
		return
	}
	fmt.Fprintf(out, "new situations in each %d runs:", p.every)
	for _, n := range p.fresh {
		fmt.Fprintf(out, " %d", n)
	}
	fmt.Fprintln(out)
}

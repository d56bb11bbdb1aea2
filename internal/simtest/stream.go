package simtest

import (
	"math"
	"math/rand/v2"
)

// stream is one source of chance. Each step of a schedule begins its streams anew, from
// the seed and the number of the step, so that a step that is left out does not change
// what the others draw: a failing schedule can be made shorter without becoming
// another one.
type stream struct {
	*rand.Rand
	pcg  *rand.PCG
	name string
}

func newStream(name string) stream {
	pcg := rand.NewPCG(0, 0)
	return stream{Rand: rand.New(pcg), pcg: pcg, name: name}
}

// at begins the stream anew.
func (s stream) at(seed uint64, step int) {
	h := mix(scramble(seed)^scramble(uint64(step)<<32|1), s.name)
	s.pcg.Seed(scramble(h), scramble(h+1))
}

// keyed is a stream of its own for one thing that is drawn once: what is added beside it
// later changes nothing here.
func keyed(seed uint64, name string) *rand.Rand {
	s := newStream(name)
	s.at(seed, 0)
	return s.Rand
}

// scramble is the finaliser of splitmix64: near numbers become far ones.
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// lot is what a seed draws for one thing, independent of all others. The seed itself is not
// that: its last digits choose the profile.
func lot(seed uint64, name string) uint64 { return scramble(mix(scramble(seed), name)) }

// quietStep is the number of the first round of the quiet phase: beyond all steps.
const quietStep = 1000

// enterStep begins all streams for a step.
func (w *world) enterStep(n int) {
	w.stepNo, w.firings, w.call = n, 0, callNone
	for _, s := range []stream{w.work, w.sched, w.chances, w.gaps, w.ids} {
		s.at(w.seed, n)
	}
}

// choice is one thing that can be drawn, and how often beside the others.
type choice struct {
	name   string
	weight int
}

// pick draws one of the choices whose weight is not zero; -1: there is none. Each choice
// draws a time of its own, the soonest wins: one that is added or taken away changes
// only those draws that it wins or won.
func pick(rng *rand.Rand, choices []choice) int {
	salt, best, soonest := rng.Uint64(), -1, 0.0
	for n, c := range choices {
		if c.weight == 0 {
			continue
		}
		u := float64(scramble(mix(salt, c.name))>>11+1) / (1 << 53)
		if t := waiting(u) / float64(c.weight); best < 0 || t < soonest {
			best, soonest = n, t
		}
	}
	return best
}

// waiting turns a number drawn evenly from (0, 1] into how long a choice of weight one
// takes.
func waiting(u float64) float64 { return -math.Log(u) }

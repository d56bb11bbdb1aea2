package jira

import (
	"context"
	"slices"
	"time"
)

// step is one transition of an issue that our own account made.
type step struct {
	from, to string
	at       time.Time
}

// oneJourney is how long ago a step may be, before the last one, to belong to the search
// for the present target: what was tried for another one says little.
const oneJourney = 24 * time.Hour

// trail lists the steps in a log since somebody else moved the issue, oldest first. It is
// what an adapter that was just made knows of the tries of the one before it.
func (w *writing) trail(ctx context.Context, log []entry) ([]step, error) {
	me, err := w.a.account(ctx)
	if err != nil {
		return nil, err
	}
	log = slices.SortedStableFunc(slices.Values(log), entry.compare)
	var out []step
	for _, e := range log {
		for _, ch := range e.Items {
			switch {
			case w.cat.changed(ch) != fieldStatus:
			case e.Author.login(w.a.edition) != me:
				out = nil
			default:
				out = append(out, step{from: ch.Before, to: ch.After, at: e.Created.Time})
			}
		}
	}
	return out, nil
}

// journey is the part of a trail that belongs to the search for the present target.
func journey(trail []step) []step {
	if len(trail) == 0 {
		return nil
	}
	begin := trail[len(trail)-1].at.Add(-oneJourney)
	return slices.DeleteFunc(slices.Clone(trail), func(s step) bool { return s.at.Before(begin) })
}

// recall takes down where our steps led, and where they have been in this search.
func (b *workflowBook) recall(p place, trail []step) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.learnedOf(p.kind)
	for _, s := range trail {
		g.remember(s.from, s.to)
	}
	for _, s := range journey(trail) {
		b.visit(p.issue, s.from)
		b.visit(p.issue, s.to)
	}
}

// puzzled reports whether something is left to be found out from a place.
func (b *workflowBook) puzzled(p place) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.learnedOf(p.kind).unknown(p.at)
}

// longestAgo is the way whose turn it is where all around were tried and it is not known
// any more what lies behind: the one not taken for longest. Taking turns leads everywhere
// in the end, and no way needs more turns than there are statuses; ok is false after them.
func longestAgo(at string, ways []transition, trail []step, turns int) (next string, ok bool) {
	last, best := 0, len(trail)+1
	for _, t := range ways {
		taken, count := 0, 0
		for n, s := range journey(trail) {
			if sameName(s.from, at) && sameName(s.to, t.To.Name) {
				taken, count = n+1, count+1
			}
		}
		if taken < best && !sameName(t.To.Name, at) {
			next, best, last = t.To.Name, taken, count
		}
	}
	return next, next != "" && last <= turns
}

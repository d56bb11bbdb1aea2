package linear

import (
	"maps"
	"slices"
	"time"
)

// Counters tell what was called since the last reset.
type Counters struct {
	Total    int              `json:"total"`
	Reads    int              `json:"reads"`  // queries, and what is no operation at all
	Writes   int              `json:"writes"` // mutations
	Points   int              `json:"points"` // complexity of what was answered
	Kinds    map[string]Count `json:"kinds"`  // by root field: issues, issueCreate, ...; several are joined, comments+issues; else invalid
	Webhooks int              `json:"webhooks"`
}

// Count is one kind of call.
type Count struct {
	Calls   int `json:"calls"`
	Refused int `json:"refused,omitempty"` // answered 4xx or 5xx
	Faulted int `json:"faulted,omitempty"` // hit by a fault
}

func newCounters() Counters { return Counters{Kinds: map[string]Count{}} }

// add counts a finished call; status 0 is a reply never sent.
func (n *Counters) add(c *call, status int) {
	k := n.Kinds[c.kind]
	n.Total++
	k.Calls++
	if c.write {
		n.Writes++
	} else {
		n.Reads++
	}
	if c.finished {
		n.Points += c.score
	}
	if status >= 400 {
		k.Refused++
	}
	if c.plan.fired {
		k.Faulted++
	}
	n.Kinds[c.kind] = k
}

// Counters returns a copy of the counts.
func (s *Sim) Counters() Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.counts
	n.Kinds = maps.Clone(n.Kinds)
	return n
}

// ResetCounters starts counting anew and empties the request log.
func (s *Sim) ResetCounters() {
	s.locked(func() { s.counts, s.log.entries = newCounters(), nil })
}

// Request is one logged call.
type Request struct {
	Kind   string    `json:"kind"` // as in Counters
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Body   string    `json:"body,omitempty"`
	At     time.Time `json:"at"`
}

// requestLog keeps the latest calls.
type requestLog struct {
	size    int
	entries []Request
}

func (l *requestLog) add(r Request) { l.entries = latest(append(l.entries, r), l.size) }

// latest cuts a log down to size once it is twice as long, so that most additions copy nothing.
func latest[T any](log []T, size int) []T {
	if len(log) <= 2*size {
		return log
	}
	return slices.Clone(log[len(log)-size:])
}

// Requests returns the latest calls, oldest first, of the given kinds or all.
func (s *Sim) Requests(kinds ...string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.log.entries
	if n := len(kept); n > s.log.size {
		kept = kept[n-s.log.size:]
	}
	var out []Request
	for _, r := range kept {
		if len(kinds) == 0 || slices.Contains(kinds, r.Kind) {
			out = append(out, r)
		}
	}
	return out
}

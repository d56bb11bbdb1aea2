package jira

import (
	"maps"
	"slices"
	"time"
)

// Counters tell what was called since the last reset. POST search/jql, issue/bulkfetch and the like are reads.
type Counters struct {
	Total    int              `json:"total"`
	Reads    int              `json:"reads"`
	Writes   int              `json:"writes"`
	Kinds    map[string]Count `json:"kinds"` // by search.jql, issues.get, issues.create, comments.add, ...; see the route table
	Webhooks int              `json:"webhooks"`
}

// Count is one kind of call.
type Count struct {
	Calls   int `json:"calls"`
	Refused int `json:"refused,omitempty"` // answered 4xx or 5xx
	Faulted int `json:"faulted,omitempty"` // hit by a fault
}

func newCounters() Counters { return Counters{Kinds: map[string]Count{}} }

func (n *Counters) add(r *route, status int, faulted bool) {
	k := n.Kinds[r.kind]
	n.Total++
	k.Calls++
	if r.write {
		n.Writes++
	} else {
		n.Reads++
	}
	if status >= 400 {
		k.Refused++
	}
	if faulted {
		k.Faulted++
	}
	n.Kinds[r.kind] = k
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
	Kind   string    `json:"kind"`
	Method string    `json:"method"`
	Path   string    `json:"path"` // with query
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
	kept := s.log.entries[max(0, len(s.log.entries)-s.log.size):]
	var out []Request
	for _, r := range kept {
		if len(kinds) == 0 || slices.Contains(kinds, r.Kind) {
			out = append(out, r)
		}
	}
	return out
}

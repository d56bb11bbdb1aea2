package webhook

import (
	"maps"
	"slices"
	"time"
)

// Counters tell what was called since the last reset.
type Counters struct {
	Total   int            `json:"total"`
	Reads   int            `json:"reads"`
	Writes  int            `json:"writes"`
	Repeats int            `json:"repeats"` // deliveries that were known by their webhook-id
	Kinds   map[string]int `json:"kinds"`   // by account.get, ticket.list, ticket.get, ticket.create, comment.list, hook ...
}

func newCounters() Counters { return Counters{Kinds: map[string]int{}} }

func (n *Counters) add(kind string, write bool) {
	n.Total++
	n.Kinds[kind]++
	if write {
		n.Writes++
	} else {
		n.Reads++
	}
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
func (s *Sim) ResetCounters() { s.locked(func() { s.counts, s.requests = newCounters(), nil }) }

// Request is one logged call.
type Request struct {
	Kind   string    `json:"kind"`
	Method string    `json:"method"`
	Path   string    `json:"path"` // with query
	ID     string    `json:"webhook_id,omitempty"`
	Body   string    `json:"body,omitempty"`
	At     time.Time `json:"at"`
}

func (s *Sim) note(r Request) {
	s.requests = append(s.requests, r)
	if len(s.requests) > 2*s.o.LogSize {
		s.requests = slices.Clone(s.requests[s.o.LogSize:])
	}
}

// Requests returns the latest calls, oldest first, of the given kinds or all.
func (s *Sim) Requests(kinds ...string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Request
	for _, r := range s.requests {
		if len(kinds) == 0 || slices.Contains(kinds, r.Kind) {
			out = append(out, r)
		}
	}
	return out
}

package webhook

import (
	"maps"

	"github.com/extsync/extsync/simulator/stage"
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
func (s *Sim) ResetCounters() {
	s.locked(func() {
		s.counts = newCounters()
		s.log.Clear()
	})
}

// Request is one logged call.
type Request struct {
	stage.Request
	ID string `json:"webhook_id,omitempty"`
}

// Requests returns the latest calls, oldest first, of the given kinds or all.
func (s *Sim) Requests(kinds ...string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := stage.OfKind(kinds...)
	return s.log.Where(func(r Request) bool { return wanted(r.Request) })
}

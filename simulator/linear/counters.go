package linear

import "github.com/extsync/extsync/simulator/stage"

// Counters tell what was called since the last reset. Writes are mutations, reads are queries and what is no operation at all. Kinds
// are root fields: issues, issueCreate, ...; several are joined, comments+issues; else invalid.
type Counters struct {
	stage.Counters
	Points int `json:"points"` // complexity of what was answered
}

// Count is one kind of call.
type Count = stage.Count

// Request is one logged call.
type Request = stage.Request

// add counts a finished call; status 0 is a reply never sent.
func (n *Counters) add(c *call, status int) {
	n.Add(c.kind, c.write, status, c.plan.Fired)
	if c.finished {
		n.Points += c.score
	}
}

// Counters returns a copy of the counts.
func (s *Sim) Counters() Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Counters{Counters: s.counts.Clone(), Points: s.counts.Points}
}

// ResetCounters starts counting anew and empties the request log.
func (s *Sim) ResetCounters() {
	s.locked(func() {
		s.counts = Counters{}
		s.log.Clear()
	})
}

// Requests returns the latest calls, oldest first, of the given kinds or all.
func (s *Sim) Requests(kinds ...string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Where(stage.OfKind(kinds...))
}

package jira

import "github.com/extsync/extsync/simulator/stage"

// Counters tell what was called since the last reset, by kinds such as search.jql, issues.get, issues.create and comments.add; see the
// route table. POST search/jql, issue/bulkfetch and the like are reads.
type Counters = stage.Counters

// Count is one kind of call.
type Count = stage.Count

// Request is one logged call.
type Request = stage.Request

// Counters returns a copy of the counts.
func (s *Sim) Counters() Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts.Clone()
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

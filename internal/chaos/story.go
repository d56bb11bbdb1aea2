package chaos

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// story is what happened in a run: every fault with the phase in which it struck, and
// every edit.
type story struct {
	mu    sync.Mutex
	began time.Time
	lines []line
	fired map[Kind]map[string]int // faults by kind and phase
	edits map[string]int          // accepted edits by what was done
	sick  []string                // what must never happen
}

type line struct {
	at   time.Duration
	text string
}

func newStory() *story {
	return &story{began: time.Now(), fired: map[Kind]map[string]int{}, edits: map[string]int{}}
}

// idle is the phase in which no activity runs.
const idle = "idle"

// fault notes a fault, and the activities that ran when it struck.
func (s *story) fault(k Kind, phases []string, what string) {
	if len(phases) == 0 {
		phases = []string{idle}
	}
	slices.Sort(phases)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fired[k] == nil {
		s.fired[k] = map[string]int{}
	}
	s.fired[k][strings.Join(phases, "+")]++
	s.add(fmt.Sprintf("FAULT %s %s (during %s)", k, what, strings.Join(phases, "+")))
}

// edit notes an edit of a person that was accepted.
func (s *story) edit(what, detail string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.edits[what]++
	s.add("edit  " + what + " " + detail)
}

// tell notes something else.
func (s *story) tell(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(fmt.Sprintf(format, args...))
}

// violate notes what must never happen.
func (s *story) violate(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sick = append(s.sick, fmt.Sprintf(format, args...))
	s.add("VIOLATION " + s.sick[len(s.sick)-1])
}

func (s *story) add(text string) { s.lines = append(s.lines, line{time.Since(s.began), text}) }

// count is how often a kind of fault struck.
func (s *story) count(k Kind) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.fired[k] {
		n += c
	}
	return n
}

// about returns the lines that name any of the words, and what went wrong within two
// seconds of one of them.
func (s *story) about(words ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var near []time.Duration
	named := func(l line) bool {
		return slices.ContainsFunc(words, func(w string) bool { return w != "" && strings.Contains(l.text, w) })
	}
	for _, l := range s.lines {
		if named(l) {
			near = append(near, l.at)
		}
	}
	var b strings.Builder
	for _, l := range s.lines {
		nearby := slices.ContainsFunc(near, func(at time.Duration) bool { return (l.at - at).Abs() < 2*time.Second })
		if named(l) || nearby && strings.HasPrefix(l.text, "FAULT") {
			fmt.Fprintf(&b, "  %8.3f %s\n", l.at.Seconds(), l.text)
		}
	}
	return b.String()
}

// whole returns all lines.
func (s *story) whole() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, l := range s.lines {
		fmt.Fprintf(&b, "%8.3f %s\n", l.at.Seconds(), l.text)
	}
	return b.String()
}

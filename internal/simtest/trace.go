package simtest

import (
	"strings"
	"time"
)

// trace is what happened in a run: always as a hash, and as lines where a person
// wants to read it.
type trace struct {
	hash  uint64
	sent  uint64 // hash of what was sent to trackers, without time
	keep  bool
	lines []string
	depth int
	now   func() time.Time
}

const (
	fnvStart = 14695981039346656037
	fnvPrime = 1099511628211
)

func mix(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return (h ^ 0xff) * fnvPrime
}

// add notes one event.
func (t *trace) add(parts ...string) {
	for _, p := range parts {
		t.hash = mix(t.hash, p)
	}
	t.note(parts...)
}

// note adds a line that says no more than is known already.
func (t *trace) note(parts ...string) {
	if t.keep {
		t.lines = append(t.lines, t.now().Format("15:04:05.000 ")+strings.Repeat("  ", t.depth)+strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(strings.Join(parts, " ")))
	}
}

// call notes a call of the engine.
func (t *trace) call(project, what string, detail []string) {
	t.hash = mix(mix(t.hash, project), what)
	for _, d := range detail {
		t.hash = mix(t.hash, d)
	}
	if t.keep {
		t.note("call", project, what, strings.Join(detail, " "))
	}
}

// send notes something that leaves for a tracker.
func (t *trace) send(parts ...string) {
	for _, p := range parts {
		t.sent = mix(t.sent, p)
	}
}

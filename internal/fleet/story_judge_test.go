package fleet_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// round runs a session whose failure is the vendor's or a guard's.
func (l *story) round() {
	l.Helper()
	if l.is("hooks", "late") || l.is("hooks", "doubled") {
		l.deliver(1 + strings.Count(l.set["hooks"], "doubled"))
	}
	_, err := l.Round(l.Context())
	var vendor *external.Error
	if err != nil && !errors.As(err, &vendor) {
		l.Errorf("a session failed: %v", err)
	}
}

// rest lets everything come to rest, and holds what people see against what they wrote.
func (l *story) rest(when string) {
	l.Helper()
	for range 3 {
		l.round()
		l.Clock.Advance(time.Minute)
	}
	if _, err := l.Settle(l.Context()); err != nil {
		l.Errorf("%s: %v", when, err)
		return
	}
	l.judge(when)
	l.Reset()
	l.round()
	if _, err := l.Settle(l.Context()); err != nil {
		l.Errorf("%s: %v", when, err)
	}
	if total, _ := l.Writes(); total > 0 {
		l.Errorf("%s: %d writes though nothing changed: %v", when, total, l.kinds())
	}
	if l.Failed() {
		l.FailNow()
	}
}

// judge looks for each value that somebody wrote last, for tickets that are twice, and for differences.
func (l *story) judge(when string) {
	l.Helper()
	here, there := l.allHere(), l.allThere()
	kept := l.kept()
	direction := external.Direction(l.set["direction"])
	for at, s := range l.said {
		in, out := strings.Contains(here, s.value), strings.Contains(there, s.value)
		switch {
		case l.ended && strings.HasPrefix(at, l.outside[3]):
		case !in && !out && !strings.Contains(kept, s.value):
			l.Errorf("%s: %q, which somebody wrote into %s %s, is lost", when, s.value, at, s.at)
		case in && out || strings.Contains(kept, s.value):
		case s.at == "there" && direction.In() && !in && !l.leftOut():
			l.Errorf("%s: %q, written into %s there, did not come in", when, s.value, at)
		case s.at == "here" && direction.Out() && !out:
			l.Errorf("%s: %q, written into %s here, did not go out", when, s.value, at)
		case s.at == "here" && !direction.Out() && out:
			l.Errorf("%s: %q went out", when, s.value)
		}
	}
	for _, blob := range []string{here, there} {
		for _, s := range l.said {
			if strings.Count(blob, "\n"+s.value+"\n") > 1 {
				l.Errorf("%s: %q stands twice", when, s.value)
			}
		}
	}
	open, err := l.Conflicts(l.Context(), nil)
	l.must(err)
	for _, c := range open {
		if !l.expected(c) {
			l.Errorf("%s: asked: %s of %s: %s", when, c.Kind, c.Field, c.Reason)
		}
	}
	if direction == external.Bidirectional && !l.ended {
		if err := l.Converged(l.Context(), closedAnyway, l.excused); err != nil {
			l.Errorf("%s: %v", when, err)
		}
	}
}

// leftOut reports whether tickets have left the filter. What is said below those that others made comes in by webhooks
// alone then.
func (l *story) leftOut() bool { return l.is("filter", "label") && l.is("incident", "label renamed") }

// expected is what a person has to be asked about.
func (l *story) expected(c store.Conflict) bool {
	switch {
	case c.Field == ticket.Assignees:
		return l.is("assignable", "few")
	case c.Field == "":
		return l.is("end", "deleted") || l.is("end", "moved")
	case c.Field == ticket.Labels:
		return l.is("incident", "label renamed") // one new ticket found it out
	case c.Kind == store.BothEdited:
		return !l.is("direction", "bidirectional") // what may not flow is drift, and asked about once it is edited on both sides
	}
	return false
}

// excused are labels in other letters.
func (l *story) excused(d fleet.Difference) bool {
	if l.is("incident", "label renamed") && d.Field == ticket.Labels {
		return true // a person is asked, or has yet to be
	}
	return d.Field == ticket.Labels && strings.EqualFold(fmt.Sprint(d.Here.Elements()), fmt.Sprint(d.There.Elements()))
}

func (l *story) allHere() string {
	l.Helper()
	var b strings.Builder
	all, err := l.Tickets(l.Context())
	l.must(err)
	for _, t := range all {
		for _, v := range t.Fields {
			fmt.Fprintf(&b, "\n%s\n", strings.Join(v.Elements(), "\n"))
		}
		list, err := l.Comments(l.Context(), t.ID)
		l.must(err)
		for _, c := range list {
			if !c.Deleted {
				fmt.Fprintf(&b, "\n%s\n", c.Body.Text())
			}
		}
	}
	return b.String()
}

func (l *story) allThere() string {
	var b strings.Builder
	for _, s := range l.site.Look() {
		fmt.Fprintf(&b, "\n%s\n\n%s\n", s.Title, unmarked(s.Body))
		for _, c := range s.Comments {
			fmt.Fprintf(&b, "\n%s\n", unmarked(c.Body))
		}
	}
	return b.String()
}

func unmarked(s string) string {
	text, _, _ := strings.Cut(s, "<!-- extsync:")
	return strings.TrimSpace(text)
}

// kept is what stands in conflicts.
func (l *story) kept() string {
	l.Helper()
	open, err := l.Conflicts(l.Context(), nil)
	l.must(err)
	raw, err := json.Marshal(open)
	l.must(err)
	return string(raw)
}

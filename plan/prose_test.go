package plan_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// spelling is a system that respells: it ends lines with LF, cuts blanks at their ends and
// line ends after the last one.
func spelling(v ticket.Value) ticket.Value {
	s := strings.ReplaceAll(v.Text(), "\r\n", "\n")
	for next := trim.ReplaceAllString(s, "$1"); next != s; next = trim.ReplaceAllString(s, "$1") {
		s = next
	}
	return ticket.Text(strings.TrimRight(s, "\n"))
}

// TestMergedProse: what is merged reads back as the merge of what both sides read as, and
// every line of it that is a line of the local text has the bytes that were typed.
func TestMergedProse(t *testing.T) {
	merged := 0
	rapid.Check(t, func(rt *rapid.T) {
		o, a, b := three(rt)
		p := plan.Prose{
			Base:  plan.Base{Local: ticket.Text(o), External: spelling(ticket.Text(o))},
			Local: ticket.Text(a), External: ticket.Text(b), Normalize: spelling,
		}
		m := p.Merging()
		v, reason := p.Merged(m)
		if reason != "" {
			if v.Text() != "" {
				rt.Fatalf("%q and %q", v, reason)
			}
			return
		}
		merged++
		want := plan.MergeText(spelling(ticket.Text(o)).Text(), spelling(ticket.Text(a)).Text(), spelling(ticket.Text(b)).Text())
		if !want.Clean() || spelling(v).Text() != want.Text() {
			rt.Fatalf("(%q, %q, %q) became %q, want what reads as %q", o, a, b, v, want.Text())
		}
		for _, l := range strings.SplitAfter(v.Text(), "\n") {
			if !standsIn(l, a) && !standsIn(strings.TrimRight(l, "\r\n"), trim.ReplaceAllString(strings.ReplaceAll(b, "\r\n", "\n"), "$1")) && !standsIn(strings.TrimRight(l, "\r\n"), b) {
				rt.Fatalf("(%q, %q, %q) became %q: the line %q is nobody's", o, a, b, v, l)
			}
		}
	})
	if merged == 0 {
		t.Error("nothing was ever merged")
	}
}

// standsIn reports whether a text has that line, whatever ends it.
func standsIn(line, text string) bool {
	for _, l := range strings.SplitAfter(text, "\n") {
		if l == line || strings.TrimRight(l, "\r\n") == strings.TrimRight(line, "\r\n") {
			return true
		}
	}
	return false
}

// TestDecidedProse: with every clash decided for one side, what is left of the other side
// is what it alone changed; decided for the side that changed everything, it is its text.
func TestDecidedProse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o, a, b := three(rt)
		p := plan.Prose{
			Base:  plan.Base{Local: ticket.Text(o), External: spelling(ticket.Text(o))},
			Local: ticket.Text(a), External: ticket.Text(b), Normalize: spelling,
		}
		m := p.Merging()
		takes := make([]plan.Take, m.Clashes())
		for n := range takes {
			takes[n] = rapid.SampledFrom([]plan.Take{plan.TakeLocal, plan.TakeExternal}).Draw(rt, "take")
		}
		v, err := p.Decided(takes...)
		text, composed := m.Compose(takes...)
		if err != nil || composed != nil || spelling(v).Text() != spelling(ticket.Text(text)).Text() {
			rt.Fatalf("%v of (%q, %q, %q): %q, %v; want what reads as %q", takes, o, a, b, v, err, text)
		}
	})
}

// TestRespelledProse: an adapter that knows its own spelling has the last word on ours,
// unless what it says reads back as something else.
func TestRespelledProse(t *testing.T) {
	p := plan.Prose{
		Base: plan.Base{Local: ticket.Text("one  \n\ntwo"), External: ticket.Text("one\n\ntwo")}, Normalize: spelling,
		Local: ticket.Text("one  \n\ntwo, mine"), External: ticket.Text("one, theirs\n\ntwo"),
		Respell: func(local, ext ticket.Value) ticket.Value { return ticket.Text(ext.Text() + "  ") },
	}
	if v, reason := p.Merged(p.Merging()); reason != "" || v.Text() != "one, theirs\n\ntwo, mine  " {
		t.Errorf("%q, %q", v, reason)
	}
	p.Respell = func(_, _ ticket.Value) ticket.Value { return ticket.Text("something else") }
	if v, reason := p.Merged(p.Merging()); reason == "" {
		t.Errorf("%q was taken", v)
	}
}

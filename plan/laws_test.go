package plan_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// TestEveryCase enumerates one scalar field: base, local and external value out of
// three, each direction, privacy, and conflict state; and holds every plan against
// what may never happen.
func TestEveryCase(t *testing.T) {
	values := []string{"a", "b", "c"}
	cases := 0
	for _, base := range values {
		for _, here := range values {
			for _, outside := range values {
				for _, d := range []external.Direction{external.Push, external.Pull, external.Bidirectional, external.Disabled} {
					for _, out := range []bool{true, false} {
						cases++
						checkCase(t, base, here, outside, d, out)
					}
				}
			}
		}
	}
	if cases != 216 {
		t.Fatalf("%d cases, want 216", cases)
	}
}

func checkCase(t *testing.T, base, here, outside string, d external.Direction, out bool) {
	t.Helper()
	in := parse(t, "agreed title = "+base+"\nhere title = "+here+"\noutside title = "+outside+"\ndirection "+string(d))
	in.Verdict.Out = out
	p := plan.Make(in)
	both := here != base && outside != base && here != outside
	if got := len(p.Conflicts) == 1; got != both {
		t.Errorf("%s|%s|%s %s: conflict %v, want one exactly when both sides changed differently", base, here, outside, d, got)
	}
	for _, s := range p.Steps {
		switch s.Action {
		case plan.Push:
			if !d.Out() || !out || outside != base {
				t.Errorf("%s|%s|%s %s: pushed what may not go out, or over an edit made outside", base, here, outside, d)
			}
		case plan.Apply:
			if !d.In() || here != base {
				t.Errorf("%s|%s|%s %s: applied what may not come in, or over an edit made here", base, here, outside, d)
			}
		}
	}
}

func drawSet(t *rapid.T, name string) ticket.Value {
	return ticket.Set(rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), func(s string) string { return s }).Draw(t, name)...)
}

// TestSetsMergeByElement checks that after the plan has settled both sides hold what
// was agreed, plus what either side added, minus what either side removed.
func TestSetsMergeByElement(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o, a, b := drawSet(rt, "base"), drawSet(rt, "here"), drawSet(rt, "outside")
		in := parse(t, "agreed title = x")
		in.Bases[ticket.Labels] = plan.Base{Local: o, External: o}
		in.Local.Fields[ticket.Labels], in.External.Fields[ticket.Labels] = a, b
		settle(rt, &in)
		want := ticket.Set(merged(o, a, b)...)
		if got := in.Local.Fields[ticket.Labels]; !got.Equal(want) {
			rt.Fatalf("here: %v, want %v", got, want)
		}
		if got := in.External.Fields[ticket.Labels]; !got.Equal(want) {
			rt.Fatalf("outside: %v, want %v", got, want)
		}
	})
}

func merged(o, a, b ticket.Value) []string {
	var out []string
	for _, e := range []string{"a", "b", "c", "d"} {
		in := func(v ticket.Value) bool { return strings.Contains(" "+strings.Join(v.Elements(), " ")+" ", " "+e+" ") }
		if in(a) && in(b) || in(a) && !in(o) || in(b) && !in(o) {
			out = append(out, e)
		}
	}
	return out
}

func settle(t *rapid.T, in *plan.Input) {
	for range 5 {
		p := plan.Make(*in)
		if p.Idle() {
			return
		}
		carryOut(in, p)
	}
	t.Fatal("does not settle in five rounds")
}

// TestAnythingSettles checks that no combination of edits, blanks, conflicts and
// decisions keeps the planner busy, and that equal inputs make equal plans.
func TestAnythingSettles(t *testing.T) {
	texts := rapid.SampledFrom([]string{"", "a", "a ", "b", "b  "})
	rapid.Check(t, func(rt *rapid.T) {
		in := parse(t, "agreed title = x")
		for _, f := range []ticket.Field{ticket.Title, ticket.Body} {
			in.Bases[f] = plan.Base{Local: ticket.Text(texts.Draw(rt, "bl")), External: in.Normalize(f, ticket.Text(texts.Draw(rt, "be")))}
			in.Local.Fields[f] = ticket.Text(texts.Draw(rt, "l"))
			in.External.Fields[f] = in.Normalize(f, ticket.Text(texts.Draw(rt, "e")))
			if rapid.Bool().Draw(rt, "parked") {
				in.Parked = map[ticket.Field]plan.Parked{f: {
					Local: ticket.Text(texts.Draw(rt, "pl")), External: ticket.Text(texts.Draw(rt, "pe")),
					Sticky: rapid.Bool().Draw(rt, "sticky"), Decided: rapid.Bool().Draw(rt, "decided"), Value: ticket.Text(texts.Draw(rt, "v")),
				}}
			}
		}
		one, two := plan.Make(in), plan.Make(in)
		for i := range one.Steps {
			if line(one.Steps[i]) != line(two.Steps[i]) {
				rt.Fatal("the same input made two plans")
			}
		}
		settle(rt, &in)
	})
}

func TestGuard(t *testing.T) {
	tests := []struct {
		reason string
		totals plan.Totals
		stops  bool
	}{
		{"nothing to do", plan.Totals{Links: 100, Previewed: -1}, false},
		{"ten deletions of many are usual", plan.Totals{Links: 1000, Deletes: 10, Previewed: -1}, false},
		{"eleven are not", plan.Totals{Links: 1000, Deletes: 11, Previewed: -1}, true},
		{"more than one in twenty is not", plan.Totals{Links: 40, Deletes: 3, Previewed: -1}, true},
		{"one deletion in a small project is usual", plan.Totals{Links: 5, Deletes: 1, Previewed: -1}, false},
		{"creations up to a tenth above the preview", plan.Totals{Creates: 110, Previewed: 100}, false},
		{"creations beyond", plan.Totals{Creates: 111, Previewed: 100}, true},
		{"a few more than a small preview", plan.Totals{Creates: 10, Previewed: 0}, false},
		{"many more than a small preview", plan.Totals{Creates: 11, Previewed: 0}, true},
		{"creations that nobody previewed", plan.Totals{Creates: 500, Previewed: -1}, false},
		{"half of the project changed at once", plan.Totals{Links: 100, Changes: 51, Previewed: -1}, true},
		{"nineteen changes never stop", plan.Totals{Links: 19, Changes: 19, Previewed: -1}, false},
		{"fifty conflicts", plan.Totals{Links: 1000, Conflicts: 50, Previewed: -1}, false},
		{"fifty-one conflicts", plan.Totals{Links: 1000, Conflicts: 51, Previewed: -1}, true},
	}
	for _, tt := range tests {
		if got := plan.Guard(tt.totals); (got != "") != tt.stops {
			t.Errorf("%s: Guard = %q, want it to stop: %v", tt.reason, got, tt.stops)
		}
	}
}

func TestDigestTellsValuesApart(t *testing.T) {
	a := plan.Digest(ticket.Text("x"), ticket.Text("y"))
	if a == plan.Digest(ticket.Text("y"), ticket.Text("x")) || a != plan.Digest(ticket.Text("x"), ticket.Text("y")) {
		t.Error("the digest must depend on both values and their order, and on nothing else")
	}
}

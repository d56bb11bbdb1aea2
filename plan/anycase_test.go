package plan_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// TestSetsInAnyCaseMergeByElement: where a system knows one label of a name, whatever its letters
// are, both sides settle on the same labels, ours in our letters or in its. Nothing of what was
// taken off on either side stays on the other, and no label stands twice for being spelled twice.
func TestSetsInAnyCaseMergeByElement(t *testing.T) {
	one := func(t *rapid.T, name string) ticket.Value {
		letters := rapid.SampledFrom([]string{"a", "A", "b", "B", "c", "C"})
		return ticket.Set(rapid.SliceOfDistinct(letters, strings.ToLower).Draw(t, name)...)
	}
	rapid.Check(t, func(rt *rapid.T) {
		agreed, here, outside := one(rt, "agreed"), one(rt, "here"), folded(one(rt, "outside"))
		in := parse(t, "agreed title = x")
		for n := range in.Rules {
			in.Rules[n].AnyCase = in.Rules[n].Field == ticket.Labels
		}
		in.Bases[ticket.Labels] = plan.Base{Local: agreed, External: folded(agreed)}
		in.Local.Fields[ticket.Labels], in.External.Fields[ticket.Labels] = here, outside
		for n := 0; !plan.Make(in).Idle(); n++ {
			if n == 5 {
				rt.Fatal("does not settle in five rounds")
			}
			p := plan.Make(in)
			carryOut(&in, p)
			for _, s := range p.Of(plan.Push) { // it has a label for each already, and keeps its letters
				if f := folded(s.After); f.Len() < s.After.Len() {
					rt.Fatalf("a label was sent in two spellings: %v", s.After)
				}
				in.External.Fields[ticket.Labels] = folded(s.After)
				b := in.Bases[ticket.Labels]
				in.Bases[ticket.Labels] = plan.Base{Local: b.Local, External: folded(s.After)}
			}
		}
		want := ticket.Set(merged(folded(agreed), folded(here), outside)...)
		if got := in.Local.Fields[ticket.Labels]; !folded(got).Equal(want) || got.Len() != want.Len() {
			rt.Fatalf("here: %v, want %v", got, want)
		}
		if got := in.External.Fields[ticket.Labels]; !got.Equal(want) {
			rt.Fatalf("outside: %v, want %v", got, want)
		}
	})
}

func folded(v ticket.Value) ticket.Value {
	elems := v.Elements()
	for n := range elems {
		elems[n] = strings.ToLower(elems[n])
	}
	return ticket.Set(elems...)
}

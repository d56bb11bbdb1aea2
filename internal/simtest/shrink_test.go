package simtest

import (
	"slices"
	"strings"
	"testing"
)

// TestTape: what is stored is what is read, and nonsense is refused.
func TestTape(t *testing.T) {
	want := Tape{
		What: "a value was lost: \"k6\"", Seed: 1<<63 + 5, Profile: Hub, Mutant: "no history audit", Invariant: "I2", Commit: "abc", Mended: "def",
		Mask: Mask{Steps: []int{3, 17}, Without: []string{"labels", "nested"}, Spared: []Firing{{3, 1}, {17, 12}}, Projects: 2},
	}
	got, err := ParseTape(strings.NewReader("# a comment\n\n" + want.String()))
	if err != nil || got.String() != want.String() || !slices.Equal(got.Mask.Spared, want.Mask.Spared) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"seed: x", "profile: none", "steps: 1 b", "without: nothing", "spared: 3", "colour: red", "projects: two"} {
		if _, err := ParseTape(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// TestFeaturesHaveNames: a tape names features, so that each has a name of its own.
func TestFeaturesHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range features() {
		name := f.name()
		if name == "" || seen[name] || strings.ContainsAny(name, " :") || featureNamed(name) != f {
			t.Errorf("feature %b has the name %q", f, name)
		}
		seen[name] = true
	}
}

// TestStepsStandAlone: leaving a step out leaves what the others draw as it was.
func TestStepsStandAlone(t *testing.T) {
	draws := func(mask Mask, step int) uint64 {
		w := newWorld(Options{Seed: 7, Profile: AllOn, Mask: mask})
		w.turbulence()
		w.enterStep(step)
		return w.work.Uint64() ^ w.sched.Uint64() ^ w.ids.Uint64() ^ w.chances.Uint64()
	}
	if draws(Mask{}, 5) != draws(Mask{Steps: []int{1, 5}}, 5) {
		t.Error("step 5 draws something else when others are left out")
	}
	if draws(Mask{}, 5) == draws(Mask{}, 6) {
		t.Error("two steps draw the same")
	}
}

// TestPickStands: a choice that is added changes only the draws that it wins.
func TestPickStands(t *testing.T) {
	few := []choice{{"a", 3}, {"b", 1}, {"never", 0}}
	more := append(slices.Clone(few), choice{"c", 4})
	s, counts := newStream("test"), [4]int{}
	for n := range 8000 {
		s.at(1, n)
		one := pick(s.Rand, few)
		s.at(1, n)
		other := pick(s.Rand, more)
		if other != one && other != 3 {
			t.Fatalf("draw %d went from %s to %s", n, few[one].name, more[other].name)
		}
		counts[other]++
	}
	for n, c := range more { // eight standard deviations
		if want := 1000 * c.weight; counts[n] < want-350 || counts[n] > want+350 {
			t.Errorf("%s was drawn %d times of 8000, want about %d", c.name, counts[n], want)
		}
	}
	if pick(s.Rand, []choice{{"never", 0}}) != -1 {
		t.Error("what is never to be drawn was")
	}
}

// TestShrink: a failing run becomes a small one that fails in the same way, and leaving
// out one thing more no longer does.
func TestShrink(t *testing.T) {
	m := mutant(t, "create retried blindly")
	h := Find(m, 1, 2000)
	if h.Found == "" {
		t.Fatal("it was not found")
	}
	o := Options{Seed: h.Seed, Profile: AllOn, Mutant: &m}
	s, ok := Shrink(o)
	if !ok || s.Result.Violation == nil || s.Result.Violation.Invariant != h.Found {
		t.Fatalf("the small run ends with %v", s.Result.Violation)
	}
	if s.After.Steps > 10 || len(s.Result.Trace) == 0 {
		t.Errorf("%d steps are left:\n%s", s.After.Steps, strings.Join(s.Result.Trace, "\n"))
	}
	for n := range s.Mask.Steps {
		less := s.Mask
		less.Steps = slices.Delete(slices.Clone(less.Steps), n, n+1)
		o.Mask = less
		if v := Run(o).Violation; v != nil && v.Invariant == h.Found {
			t.Errorf("step %d could be left out too", s.Mask.Steps[n])
		}
	}
	if _, ok := Shrink(Options{Seed: 1, Profile: FaultFree}); ok {
		t.Error("a run that does not fail was made smaller")
	}
}

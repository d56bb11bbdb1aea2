package webhook

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

func TestNumbersHaveOneSpelling(t *testing.T) {
	for text, want := range map[string]string{
		"3": "3", "3.0": "3", "+3.50": "3.5", "-0": "0", "-0.0": "0", "007": "7", ".5": "0.5", "-.50": "-0.5", "100": "100", "": "",
		"1e3": "1e3", "x": "x", "1/2": "1/2", "1.2.3": "1.2.3", "-": "-", "9007199254740993": "9007199254740993",
	} {
		if got := decimal(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestTimesAreRead(t *testing.T) {
	for _, c := range []struct {
		v    any
		want string
	}{
		{"2026-05-04T10:00:00.5+02:00", "2026-05-04T08:00:00.5Z"}, {1777888800, "2026-05-04T10:00:00Z"}, {1777888800123, "2026-05-04T10:00:00.123Z"},
		{1777888800.5, "2026-05-04T10:00:00.5Z"}, {0, "1970-01-01T00:00:00Z"},
	} {
		if got, ok := moment(c.v); !ok || got.Format(time.RFC3339Nano) != c.want {
			t.Errorf("%v: %s, want %s", c.v, got, c.want)
		}
	}
	for _, v := range []any{"", "yesterday", -1, -1.5, 1e15, true, nil} {
		if got, ok := moment(v); ok {
			t.Errorf("%v was read as %s", v, got)
		}
	}
}

func TestValuesThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		reason string
		f      external.FieldCapability
		v      ticket.Value
	}{
		{"no number", external.FieldCapability{Type: external.TypeNumber}, ticket.Text("three")},
		{"neither true nor false", external.FieldCapability{Type: external.TypeBool}, ticket.Text("yes")},
	} {
		if out, err := (field{FieldCapability: c.f}).json(c.v); err == nil {
			t.Errorf("%s: became %v", c.reason, out)
		}
	}
	for _, c := range []struct {
		reason string
		f      external.FieldCapability
		v      ticket.Value
		ok     bool
	}{
		{"long", external.FieldCapability{MaxRunes: 2}, ticket.Text("ééé"), false},
		{"not too long", external.FieldCapability{MaxRunes: 3}, ticket.Text("ééé"), true},
		{"a long element", external.FieldCapability{MaxRunes: 2, Set: true}, ticket.Set("a", "ééé"), false},
		{"many elements", external.FieldCapability{MaxItems: 1, Set: true}, ticket.Set("a", "b"), false},
		{"no limit", external.FieldCapability{Set: true}, ticket.Set("a", "b"), true},
	} {
		if err := (field{FieldCapability: c.f}).fits(c.v); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.reason, err)
		}
	}
}

// TestTidyingTwiceChangesNothing holds for every type and text.
func TestTidyingTwiceChangesNothing(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", " ", "\t", "\r", "\n", "0", "1", ".", "-", "+", "e", "é", "2026-05-04T10:00:00", "+02:00", "Z", "true"})
	rapid.Check(t, func(rt *rapid.T) {
		s := ""
		for _, p := range rapid.SliceOfN(piece, 0, 8).Draw(rt, "text") {
			s += p
		}
		f := field{trim: rapid.Bool().Draw(rt, "trim"), crlf: rapid.Bool().Draw(rt, "crlf")}
		f.Type, f.Set = rapid.SampledFrom(types()).Draw(rt, "type"), rapid.Bool().Draw(rt, "set")
		v := ticket.Text(s)
		if f.Set {
			v = ticket.Set(s, s+"x", "")
		}
		once := f.tidy(v)
		if again := f.tidy(once); !again.Equal(once) {
			rt.Fatalf("%q, then %q", once.Text(), again.Text())
		}
	})
}

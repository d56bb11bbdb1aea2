package plan_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// asItIs is a system that keeps everything as it is written.
func asItIs(_ ticket.Field, v ticket.Value) ticket.Value { return v }

// anUndoing is one title that a session pushed: "old" became "new" outside, and nothing has
// happened since.
func anUndoing() plan.Undoing {
	met := plan.Base{Local: ticket.Text("new"), External: ticket.Text("new")}
	side := plan.Side{Exists: true, Fields: ticket.Fields{ticket.Title: ticket.Text("new")}}
	other := plan.Side{Exists: true, Fields: ticket.Fields{ticket.Title: ticket.Text("new")}}
	return plan.Undoing{
		Input: plan.Input{
			Kind: external.KindTicket, Linked: true, Local: side, External: other, Bases: plan.Bases{ticket.Title: met},
			Rules: []plan.Rule{{Field: ticket.Title}, {Field: ticket.Labels}}, Direction: external.Bidirectional,
			Verdict: external.Verdict{In: true, Out: true}, Normalize: asItIs,
		},
		Deeds: []plan.Deed{{
			Field: ticket.Title, There: plan.Swap{Done: true, Before: ticket.Text("old"), After: ticket.Text("new")},
			Was: plan.Base{Local: ticket.Text("old"), External: ticket.Text("old")}, Met: plan.Met(met),
		}},
	}
}

// TestUndo is a table of what may have happened to one field since, and what an undo makes
// of it. The answers stand in testdata/undo.golden, to be read.
func TestUndo(t *testing.T) {
	here := plan.Swap{Done: true, Before: ticket.Text("old"), After: ticket.Text("new")}
	deed := func(in *plan.Undoing) *plan.Deed { return &in.Deeds[0] }
	set := func(in *plan.Undoing, local, ext string) {
		in.Local.Fields[ticket.Title], in.External.Fields[ticket.Title] = ticket.Text(local), ticket.Text(ext)
	}
	tests := []struct {
		reason string
		change func(in *plan.Undoing)
	}{
		{"pushed, and nothing since", func(*plan.Undoing) {}},
		{"applied, and nothing since", func(in *plan.Undoing) { deed(in).Here, deed(in).There = here, plan.Swap{} }},
		{"decided on both sides, and nothing since", func(in *plan.Undoing) { deed(in).Here = here }},
		{"only remembered: nothing was written", func(in *plan.Undoing) { deed(in).There = plan.Swap{} }},
		{"on its way outside when the session ended", func(in *plan.Undoing) {
			set(in, "target", "new")
			deed(in).Aside = true
		}},
		{"applied, and withdrawn and closed outside since", func(in *plan.Undoing) {
			deed(in).Here, deed(in).There = here, plan.Swap{}
			set(in, "new", "closed")
			in.Apart = true
		}},
		{"pushed, but for a passage that stays here", func(in *plan.Undoing) {
			set(in, "new, and more", "new")
			in.Leaves = func(_ ticket.Field, v ticket.Value) ticket.Value {
				return ticket.Text(strings.TrimSuffix(v.Text(), ", and more"))
			}
		}},
		{"edited here since, and not synced", func(in *plan.Undoing) { set(in, "newer", "new") }},
		{"edited outside since, and not synced", func(in *plan.Undoing) { set(in, "new", "newer") }},
		{"a later session pushed", func(in *plan.Undoing) {
			set(in, "newer", "newer")
			in.Bases[ticket.Title] = plan.Base{Local: ticket.Text("newer"), External: ticket.Text("newer")}
		}},
		{"a later session wrote what there was before", func(in *plan.Undoing) {
			set(in, "old", "old")
			in.Bases[ticket.Title] = plan.Base{Local: ticket.Text("old"), External: ticket.Text("old")}
		}},
		{"somebody here typed the very same value", func(in *plan.Undoing) {
			deed(in).Here, in.Theirs = here, map[ticket.Field]bool{ticket.Title: true}
		}},
		{"both sides were edited since: a conflict is open", func(in *plan.Undoing) {
			set(in, "ours", "theirs")
			in.Parked = map[ticket.Field]plan.Parked{ticket.Title: {Local: ticket.Text("ours"), External: ticket.Text("theirs")}}
		}},
		{"an undo is undone: the parked side has not moved", func(in *plan.Undoing) {
			set(in, "kept", "new")
			in.Parked = map[ticket.Field]plan.Parked{ticket.Title: {Local: ticket.Text("kept"), External: ticket.Text("new")}}
		}},
		{"half done by an earlier attempt", func(in *plan.Undoing) {
			deed(in).Here, in.Begun = here, map[ticket.Field]plan.Begun{ticket.Title: {Here: true}}
			set(in, "old", "new")
		}},
		{"half done, and edited here meanwhile", func(in *plan.Undoing) {
			deed(in).Here, in.Begun = here, map[ticket.Field]plan.Begun{ticket.Title: {Here: true}}
			set(in, "newest", "new")
		}},
		{"done by an earlier attempt", func(in *plan.Undoing) {
			in.Begun = map[ticket.Field]plan.Begun{ticket.Title: {There: true}}
		}},
		{"on its way through another state", func(in *plan.Undoing) {
			in.Begun = map[ticket.Field]plan.Begun{ticket.Title: {Halfway: true, Through: ticket.Text("between")}}
			set(in, "new", "between")
		}},
		{"it may not leave any more", func(in *plan.Undoing) { in.Verdict = external.Verdict{Reason: "the ticket is local_only"} }},
		{"gone outside", func(in *plan.Undoing) { in.External.Deleted = true }},
		{"gone outside, and seen last before the session wrote it", func(in *plan.Undoing) {
			set(in, "new", "old")
			in.External.Deleted = true
		}},
		{"not synchronised any more", func(in *plan.Undoing) { in.Ended = true }},
		{"deleted here", func(in *plan.Undoing) { in.Local.Deleted = true }},
		{"the mapping has no such field now", func(in *plan.Undoing) { in.Rules = nil }},
		{"the field is only read now", func(in *plan.Undoing) { in.Rules[0].ReadOnly = true }},
		{"the system refuses the old value", func(in *plan.Undoing) {
			in.Refuse = func(ticket.Field, ticket.Value) string { return "it is too long" }
		}},
	}
	var b strings.Builder
	for _, tt := range tests {
		in := anUndoing()
		tt.change(&in)
		fmt.Fprintf(&b, "%s\n", tt.reason)
		for _, u := range plan.Undo(in) {
			fmt.Fprintf(&b, "    %s: %s\n", u.Action, u.Reason)
			for _, side := range []struct {
				name string
				swap plan.Swap
			}{{"here", u.Here}, {"outside", u.There}} {
				if side.swap.Done {
					fmt.Fprintf(&b, "        %s: %q becomes %q\n", side.name, side.swap.Before, side.swap.After)
				}
			}
			if u.Action == plan.Restore {
				fmt.Fprintf(&b, "        base: %q, %q\n", u.Base.Local, u.Base.External)
			}
		}
	}
	file := filepath.Join("testdata", "undo.golden")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || b.String() != string(want) {
		t.Errorf("%v; got\n%s\nwant\n%s", err, b.String(), want)
	}
}

// TestUndoOfSets holds the law of sets: what the session added is gone, what it took away is
// back, and every element that it did not touch is as it was.
func TestUndoOfSets(t *testing.T) {
	elems := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), 0, 5)
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name string) ticket.Value { return ticket.Set(elems.Draw(rt, name)...) }
		before, after, now := draw("before"), draw("after"), draw("now")
		in := anUndoing()
		in.Deeds = []plan.Deed{{Field: ticket.Labels, There: plan.Swap{Done: true, Before: before, After: after}, Met: "whatever"}}
		in.External.Fields[ticket.Labels] = now
		in.Local.Fields[ticket.Labels] = draw("here")
		in.Bases[ticket.Labels] = plan.Base{Local: draw("base"), External: draw("base outside")}
		for _, u := range plan.Undo(in) {
			got := now
			if u.There.Done {
				got = u.There.After
			}
			for _, e := range []string{"a", "b", "c", "d", "e"} {
				want := now.Has(e)
				if before.Has(e) != after.Has(e) {
					want = before.Has(e)
				}
				if got.Has(e) != want {
					rt.Fatalf("%s: %v, want %v; %q became %q, then %q, undone %q", e, got.Has(e), want, before, after, now, got)
				}
			}
		}
	})
}

// TestInStepAgreesOnWhatLeaves: where an undo has made both sides alike, the base holds what of
// the local value has left, without the passages that stay here: these never stood outside.
func TestInStepAgreesOnWhatLeaves(t *testing.T) {
	for _, test := range []struct {
		there          string
		inStep, agreed bool
		why            string
	}{
		{there: "text", inStep: true, agreed: true, why: "alike but for the passage"},
		{there: "their text", why: "edited outside"},
	} {
		in := plan.Input{
			Local:     plan.Side{Exists: true, Fields: ticket.Fields{ticket.Body: ticket.Text("text[secret]")}},
			External:  plan.Side{Exists: true, Fields: ticket.Fields{ticket.Body: ticket.Text(test.there)}},
			Bases:     plan.Bases{ticket.Body: {Local: ticket.Text("older"), External: ticket.Text("older")}},
			Normalize: func(_ ticket.Field, v ticket.Value) ticket.Value { return v },
			Leaves: func(_ ticket.Field, v ticket.Value) ticket.Value {
				return ticket.Text(strings.TrimSuffix(v.Text(), "[secret]"))
			},
		}
		inStep, agreed := plan.InStep(in, plan.Rule{Field: ticket.Body})
		if inStep != test.inStep || (agreed != nil) != test.agreed {
			t.Fatalf("%s: in step %t, and %v is agreed on", test.why, inStep, agreed)
		}
		if agreed != nil && (agreed.Local.Text() != "text" || agreed.External.Text() != "text") {
			t.Errorf("%s: the base holds %q and %q", test.why, agreed.Local.Text(), agreed.External.Text())
		}
	}
}

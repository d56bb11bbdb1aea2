package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// TestHoldLetsNothingOut takes every state that one field can be in (three values, one of
// them empty, here, outside and as either base, whatever conflict is open, every strategy)
// and holds its plan: nothing is left that writes outside or empties anything here,
// whatever else came from outside still comes in, and no value is in the plan's way without
// being shown.
func TestHoldLetsNothingOut(t *testing.T) {
	values := []ticket.Value{ticket.Text("a"), ticket.Text("b"), ticket.Text("")}
	parked := []*plan.Parked{nil,
		{Local: values[0], External: values[1]},
		{Local: values[0], External: values[1], Decided: true, Value: values[0]},
		{Local: values[0], External: values[1], Sticky: true},
	}
	cases, held := 0, 0
	for n := range 81 {
		pick := func(place int) ticket.Value { return values[n/place%3] }
		for _, strategy := range []plan.Strategy{plan.Manual, plan.LocalWins, plan.ExternalWins} {
			for _, conflict := range parked {
				in := plan.Input{
					Kind: external.KindTicket, Linked: true, Direction: external.Bidirectional, Verdict: external.Verdict{In: true, Out: true},
					Local:     plan.Side{Exists: true, Fields: ticket.Fields{ticket.Title: pick(1)}},
					External:  plan.Side{Exists: true, Fields: ticket.Fields{ticket.Title: pick(3)}},
					Bases:     plan.Bases{ticket.Title: {Local: pick(9), External: pick(27)}},
					Rules:     []plan.Rule{{Field: ticket.Title, Strategy: strategy, Confirmed: true}},
					Normalize: func(_ ticket.Field, v ticket.Value) ticket.Value { return v },
				}
				if conflict != nil {
					in.Parked = map[ticket.Field]plan.Parked{ticket.Title: *conflict}
				}
				cases++
				held += checkHeld(t, in)
			}
		}
	}
	t.Logf("%d cases, %d of them would have written outside, or taken something away here", cases, held)
	if held == 0 {
		t.Error("no case is held: the test tests nothing")
	}
}

// checkHeld checks one field and returns 1 where its plan would have written outside, or
// emptied what is here.
func checkHeld(t *testing.T, in plan.Input) (held int) {
	t.Helper()
	free := plan.Make(in)
	got, whole := plan.Hold(in, free, nil)
	name := fmt.Sprintf("%+v, planned %+v, held %+v", in, free.Steps, got.Steps)
	if whole {
		t.Fatalf("a whole item is held: %s", name)
	}
	for _, s := range got.Steps {
		switch s.Action {
		case plan.Push, plan.CreateOutside, plan.DeleteOutside, plan.Withdraw, plan.Decide:
			t.Fatalf("%s is left: %s", s.Action, name)
		case plan.Apply:
			if s.After.IsEmpty() {
				t.Fatalf("what is here is emptied: %s", name)
			}
		}
	}
	empties := len(free.Of(plan.Apply)) > 0 && !in.Local.Fields[ticket.Title].IsEmpty() && in.External.Fields[ticket.Title].IsEmpty()
	if len(free.Of(plan.Push)) == 0 && !empties {
		if len(got.Of(plan.Apply)) != len(free.Of(plan.Apply)) || len(got.Of(plan.Adopt)) != len(free.Of(plan.Adopt)) {
			t.Fatalf("what comes from outside does not come in: %s", name)
		}
		return 0
	}
	d := got.Conflicts
	if len(d) != 1 || d[0].Settled || d[0].Reason == "" || !d[0].Local.Equal(in.Local.Fields[ticket.Title]) || !d[0].External.Equal(in.External.Fields[ticket.Title]) {
		t.Fatalf("an edit that may not go out is not shown with both values: %+v of %s", d, name)
	}
	return 1
}

// TestHoldTakesNoLabelAway: a label that is missing outside may be one that we took back
// since the backup. It stays until a person says otherwise; one that came there comes in.
func TestHoldTakesNoLabelAway(t *testing.T) {
	for _, test := range []struct {
		here, there []string
		parked      bool
		why         string
	}{
		{here: []string{"a", "b"}, there: []string{"a"}, parked: true, why: "b is missing outside"},
		{here: []string{"a", "b"}, there: []string{"a", "c"}, parked: true, why: "c came, and b is missing: the field waits as one"},
		{here: []string{"a", "b"}, there: []string{"a", "b", "c"}, why: "c came"},
		{here: []string{"a"}, there: []string{"a"}, why: "b is missing on both sides"},
		{here: []string{"a", "b", "c"}, there: []string{"a"}, parked: true, why: "b is missing outside, and c came here"},
	} {
		in := plan.Input{
			Kind: external.KindTicket, Linked: true, Direction: external.Bidirectional, Verdict: external.Verdict{In: true, Out: true},
			Local:     plan.Side{Exists: true, Fields: ticket.Fields{ticket.Labels: ticket.Set(test.here...)}},
			External:  plan.Side{Exists: true, Fields: ticket.Fields{ticket.Labels: ticket.Set(test.there...)}},
			Bases:     plan.Bases{ticket.Labels: {Local: ticket.Set("a", "b"), External: ticket.Set("a", "b")}},
			Rules:     []plan.Rule{{Field: ticket.Labels}},
			Normalize: func(_ ticket.Field, v ticket.Value) ticket.Value { return v },
		}
		got, whole := plan.Hold(in, plan.Make(in), nil)
		if whole || len(got.Conflicts) != len(got.Of(plan.OpenConflict)) || (len(got.Conflicts) == 1) != test.parked {
			t.Errorf("%s: whole %t, %+v", test.why, whole, got)
		}
		if test.parked && len(got.Steps) != 1 || !test.parked && len(got.Of(plan.Push)) > 0 {
			t.Errorf("%s: more is done than to ask: %+v", test.why, got.Steps)
		}
	}
}

// TestHoldTakesNoUndoForAnEdit: what stands outside as it was before a write of ours may be
// what an undo brought back since the backup. What else is written there comes in.
func TestHoldTakesNoUndoForAnEdit(t *testing.T) {
	for _, test := range []struct {
		replaced []string
		there    string
		parked   bool
		why      string
	}{
		{replaced: []string{"old"}, there: "old", parked: true, why: "as it was before the write"},
		{replaced: []string{"newer", "old"}, there: "OLD", parked: true, why: "in another spelling, before the last write but one"},
		{replaced: []string{"old"}, there: "theirs", why: "somebody wrote it"},
		{there: "old", why: "nothing was ever written over it"},
		{replaced: []string{""}, there: "theirs", why: "nothing stood there before"},
	} {
		in := plan.Input{
			Kind: external.KindTicket, Linked: true, Direction: external.Bidirectional, Verdict: external.Verdict{In: true, Out: true},
			Local:    plan.Side{Exists: true, Fields: ticket.Fields{ticket.Title: ticket.Text("ours")}},
			External: plan.Side{Exists: true, Fields: ticket.Fields{ticket.Title: ticket.Text(test.there)}},
			Bases:    plan.Bases{ticket.Title: {Local: ticket.Text("ours"), External: ticket.Text("ours")}},
			Rules:    []plan.Rule{{Field: ticket.Title}},
			Normalize: func(_ ticket.Field, v ticket.Value) ticket.Value {
				return ticket.Text(strings.ToLower(v.Text()))
			},
		}
		replaced := map[ticket.Field][]ticket.Value{}
		for _, v := range test.replaced {
			replaced[ticket.Title] = append(replaced[ticket.Title], ticket.Text(v))
		}
		got, _ := plan.Hold(in, plan.Make(in), replaced)
		if asks, comes := len(got.Of(plan.OpenConflict)) == 1, len(got.Of(plan.Apply)) == 1; asks != test.parked || comes == test.parked {
			t.Errorf("%s: %+v", test.why, got)
		}
	}
}

// TestHoldKeepsWholeItems holds what makes, deletes or takes back an item, and what takes a
// comment away here. That of a ticket a person is asked about anyway. What cannot be made now may
// have been made since the backup.
func TestHoldKeepsWholeItems(t *testing.T) {
	both := []external.Kind{external.KindTicket, external.KindComment}
	for _, test := range []struct {
		kinds  []external.Kind
		action plan.Action
		held   bool
	}{
		{both, plan.CreateOutside, true}, {both, plan.Unfit, true}, {both, plan.DeleteOutside, true}, {both, plan.Withdraw, true}, {both, plan.Redact, true},
		{both, plan.MakeAgain, true}, {both[1:], plan.DeleteHere, true}, {both[:1], plan.DeleteHere, false},
		{both, plan.CreateHere, false}, {both, plan.Revive, false}, {both, plan.LinkGone, false}, {both, plan.Nothing, false},
	} {
		for _, kind := range test.kinds {
			p, whole := plan.Hold(plan.Input{Kind: kind}, plan.Plan{Steps: []plan.Step{{Action: test.action}}}, nil)
			if whole != test.held || test.held == (len(p.Steps) > 0) || !test.held && p.Steps[0].Action != test.action {
				t.Errorf("%s of a %s: whole %t, and %+v is left", test.action, kind, whole, p.Steps)
			}
		}
	}
}

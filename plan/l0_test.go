package plan_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// This file tries every case that there is of one field with at most three values, and
// holds every plan against the laws in l0_laws_test.go. The condensed table in
// testdata/decisions.txt is for readers; go test ./plan -update writes it anew.

// fieldCase is all that the plan of one field depends on.
type fieldCase struct {
	baseHere, baseThere, here, there string
	direction                        external.Direction
	in, out                          bool // what privacy lets through
	readOnly, pushOnly               bool
	strategy                         plan.Strategy
	confirmed                        bool
	trouble                          string // "", "refused": "y" cannot be written, "unfit": theirs cannot be read
	held                             string // "", or the conflict that stands in the field
	newer                            string // "" nobody knows, "here", "there"
}

// input is the case in the planner's terms. The system outside trims blanks.
func (c fieldCase) input() plan.Input {
	const f = ticket.Body
	in := plan.Input{
		Kind: external.KindTicket, Linked: true, Direction: c.direction,
		Verdict: external.Verdict{In: c.in, Out: c.out, Reason: "the rules say so"},
		Bases:   plan.Bases{f: {Local: ticket.Text(c.baseHere), External: ticket.Text(c.baseThere)}},
		Rules: []plan.Rule{{Field: f, ReadOnly: c.readOnly, PushOnly: c.pushOnly, Prose: true,
			Strategy: c.strategy, Confirmed: c.confirmed}},
		Local:    plan.Side{Exists: true, Fields: ticket.Fields{f: ticket.Text(c.here)}},
		External: plan.Side{Exists: true, Fields: ticket.Fields{f: ticket.Text(c.there)}},
		Normalize: func(_ ticket.Field, v ticket.Value) ticket.Value {
			return ticket.Text(strings.TrimRight(v.Text(), " "))
		},
	}
	switch c.trouble {
	case "refused":
		in.Refuse = func(_ ticket.Field, v ticket.Value) string {
			if v.Text() == "y" {
				return "it cannot be written"
			}
			return ""
		}
	case "unfit":
		in.Unfit, in.Raw = map[ticket.Field]string{f: "there is no word for it"}, map[ticket.Field]ticket.Value{f: ticket.Text(c.there)}
	}
	if k, ok := c.parked(); ok {
		in.Parked = map[ticket.Field]plan.Parked{f: k}
	}
	if t := c.times(); t != nil {
		in.Times = map[ticket.Field]plan.Times{f: *t}
	}
	return in
}

func (c fieldCase) times() *plan.Times {
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	switch c.newer {
	case "here":
		return &plan.Times{Local: noon.Add(time.Hour), External: noon}
	case "there":
		return &plan.Times{Local: noon, External: noon.Add(time.Hour)}
	case "neither":
		return &plan.Times{Local: noon, External: noon.Add(plan.Margin)}
	}
	return nil
}

// parked is the conflict that stands in the field: on these values or on older ones, open
// or decided for either side or for a third value.
func (c fieldCase) parked() (plan.Parked, bool) {
	kind, rest, ok := strings.Cut(c.held, " ")
	if !ok {
		return plan.Parked{}, false
	}
	k := plan.Parked{Kind: plan.Kind(kind), Local: ticket.Text(c.here), External: ticket.Text(c.there)}
	k.Sticky = k.Kind.Sticky()
	what, decision, decided := strings.Cut(rest, " ")
	if what == "moved" {
		k.Local = ticket.Text("older")
	}
	if k.Decided = decided; decided {
		k.Value = ticket.Text(map[string]string{"here": c.here, "there": c.there, "third": "third"}[decision])
	}
	return k, true
}

// String is the case, for a failure.
func (c fieldCase) String() string {
	type bare fieldCase
	return fmt.Sprintf("%+v", bare(c))
}

// allFields calls f with every case of a field on both sides of a link.
func allFields(f func(fieldCase)) {
	eachValue([]string{"x", "x ", "y"}, []string{"x", "", "y"}, func(c fieldCase) {
		for _, s := range []plan.Strategy{plan.Manual, plan.LocalWins, plan.ExternalWins, plan.NewestWins, plan.Merge} {
			for _, confirmed := range []bool{false, true} {
				for _, newer := range []string{"", "here", "there", "neither"} {
					if newer != "" && s != plan.NewestWins {
						continue
					}
					c.strategy, c.confirmed, c.newer = s, confirmed, newer
					eachWay(c, f)
				}
			}
		}
	})
	holds := []string{
		"both_edited same", "both_edited moved", "both_edited same here", "both_edited same there", "both_edited same third", "both_edited moved here",
		"overwritten same", "overwritten moved", "overwritten same there", "unmappable same", "unmappable moved", "unmappable same third",
		"refused same", "refused moved", "refused same there", "lossy same",
	}
	eachValue([]string{"x", "y"}, []string{"x", "y"}, func(c fieldCase) {
		for _, c.held = range holds {
			for _, c.strategy = range []plan.Strategy{plan.Manual, plan.ExternalWins} {
				c.confirmed = c.strategy != plan.Manual
				eachWay(c, f)
			}
		}
	})
}

// eachValue takes the bases from the first two values of each side: what the third is
// called makes no difference.
func eachValue(here, there []string, f func(fieldCase)) {
	for _, bh := range here[:2] {
		for _, bt := range there[:2] {
			for _, h := range here {
				for _, t := range there {
					f(fieldCase{baseHere: bh, baseThere: bt, here: h, there: t})
				}
			}
		}
	}
}

// eachWay adds every direction, verdict and rule, and every trouble.
func eachWay(c fieldCase, f func(fieldCase)) {
	both := []bool{false, true}
	for _, c.direction = range []external.Direction{external.Push, external.Pull, external.Bidirectional, external.Disabled} {
		for _, c.in = range both {
			for _, c.out = range both {
				for _, c.readOnly = range both {
					for _, c.pushOnly = range both {
						if one := c.readOnly || c.pushOnly; one && (!c.in || !c.out || c.readOnly == c.pushOnly) {
							continue // rules of the mapping count where privacy has no word to say
						}
						for _, c.trouble = range []string{"", "refused", "unfit"} {
							f(c)
						}
					}
				}
			}
		}
	}
}

// TestEveryFieldCase holds every case of a field against the laws, and prints the table.
func TestEveryFieldCase(t *testing.T) {
	cases, failed := 0, 0
	table := decisions{}
	allFields(func(c fieldCase) {
		if failed > 10 {
			return
		}
		cases++
		p := plan.Make(c.input())
		if law := broken(c, p); law != "" {
			failed++
			t.Errorf("%s\n%s\n%s", law, c, shown(p))
		}
		if c.held == "" || c.trouble == "" {
			table.add(c, p)
		}
	})
	if failed == 0 && cases < 75_000 {
		t.Errorf("%d cases, and there are more than 75,000", cases)
	}
	golden(t, "testdata/decisions.txt", table.String())
}

func shown(p plan.Plan) string {
	var b strings.Builder
	for _, s := range p.Steps {
		fmt.Fprintln(&b, line(s))
	}
	return b.String()
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("run `go test ./plan -update` and look at the difference in %s", file)
	}
}

// decisions condenses the plans: by what was edited, what may flow and what stands in the
// way, what is done under which strategy.
type decisions map[string]map[string]map[string]int

func (d decisions) add(c fieldCase, p plan.Plan) {
	key, what := c.row(), string(p.Steps[0].Action)
	if d[key] == nil {
		d[key] = map[string]map[string]int{}
	}
	if d[key][what] == nil {
		d[key][what] = map[string]int{}
	}
	d[key][what][c.rule()]++
}

// row says what was edited on each side, what may flow, and what stands in the way. Where
// a conflict stands in the field it matters only whether both sides agree by now.
func (c fieldCase) row() string {
	edits := map[[2]bool]string{{}: "nobody edited", {true}: "edited here", {false, true}: "edited outside", {true, true}: "edited on both"}[[2]bool{
		c.editedHere(), c.editedThere(),
	}]
	if c.held != "" {
		edits = c.held
	}
	if c.alike() {
		edits += ", alike now"
	}
	ways := map[[2]bool]string{{}: "neither way", {true}: "in", {false, true}: "out", {true, true}: "in and out"}[[2]bool{c.mayApply(), c.mayPush()}]
	switch {
	case !c.in && !c.out:
		ways = "kept from both"
	case !c.out:
		ways += ", private"
	}
	return fmt.Sprintf("%-32s %-20s %-8s", edits, ways, c.trouble)
}

// rule names the strategy and what it knows.
func (c fieldCase) rule() string {
	s := string(c.strategy)
	if c.confirmed {
		s += "!"
	}
	if c.newer != "" {
		s += "(" + c.newer + ")"
	}
	return s
}

// String prints a line for each row: what is done, and where strategies differ, under
// which of them; what most of them do comes last.
func (d decisions) String() string {
	var b strings.Builder
	b.WriteString("What is planned for one field: every case of at most three values, condensed.\n")
	b.WriteString("A strategy with ! was confirmed by a person; newest_wins in brackets knows which edit is newer.\n")
	b.WriteString("The texts have one line: merge has nothing to merge but what one side only respelled.\n\n")
	fmt.Fprintf(&b, "%-32s %-20s %-8s %6s  %s\n", "what was edited, or stands", "may flow", "trouble", "cases", "what is done")
	for _, row := range slices.Sorted(maps.Keys(d)) {
		n := 0
		outcomes := slices.SortedFunc(maps.Keys(d[row]), func(x, y string) int {
			return cmp.Or(len(d[row][x])-len(d[row][y]), cmp.Compare(x, y))
		})
		var said []string
		for i, what := range outcomes {
			for _, k := range d[row][what] {
				n += k
			}
			switch under := slices.Sorted(maps.Keys(d[row][what])); {
			case i == len(outcomes)-1 && i > 0:
				what += " otherwise"
			case i < len(outcomes)-1 && len(under) == len(d[row][outcomes[len(outcomes)-1]]):
				what += " or" // by the values
			case i < len(outcomes)-1:
				what += " under " + strings.Join(under, " ") + ","
			}
			said = append(said, what)
		}
		fmt.Fprintf(&b, "%s %6d  %s\n", row, n, strings.Join(said, " "))
	}
	return b.String()
}

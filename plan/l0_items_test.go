package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
)

// itemCase is all that the plan of a whole item depends on: which sides there are.
type itemCase struct {
	kind                 external.Kind
	linked               bool
	here, there          string // "", "exists", "deleted"
	editedHere, editedTh bool
	direction            external.Direction
	in, out, canDelete   bool
	trouble              string
}

func (c itemCase) input() plan.Input {
	f := fieldCase{baseHere: "x", baseThere: "x", here: "x", there: "x", direction: c.direction, in: c.in, out: c.out, trouble: c.trouble, strategy: plan.Manual}
	if c.editedHere {
		f.here = "y"
	}
	if c.editedTh {
		f.there = "y"
	}
	in := f.input()
	in.Kind, in.Linked, in.CanDelete = c.kind, c.linked, c.canDelete
	in.Local.Exists, in.Local.Deleted = c.here != "", c.here == "deleted"
	in.External.Exists, in.External.Deleted = c.there != "", c.there == "deleted"
	if c.here == "" {
		in.Local.Fields = nil
	}
	if c.there == "" {
		in.External.Fields, in.Unfit, in.Raw = nil, nil, nil
	}
	return in
}

// allItems calls f with every case in which one side at least does not exist.
func allItems(f func(itemCase)) {
	both, sides := []bool{false, true}, []string{"", "exists", "deleted"}
	var c itemCase
	for _, c.kind = range []external.Kind{external.KindTicket, external.KindComment} {
		for _, c.linked = range both {
			for _, c.here = range sides {
				for _, c.there = range sides {
					if c.linked != (c.here == "" || c.there == "") && (c.here != "exists" || c.there != "exists") {
						eachItem(c, f)
					}
				}
			}
		}
	}
}

func eachItem(c itemCase, f func(itemCase)) {
	both := []bool{false, true}
	for _, c.direction = range []external.Direction{external.Push, external.Pull, external.Bidirectional, external.Disabled} {
		for _, c.in = range both {
			for _, c.out = range both {
				for _, c.canDelete = range both {
					for _, c.editedHere = range both {
						for _, c.editedTh = range both {
							for _, c.trouble = range []string{"", "refused", "unfit"} {
								f(c)
							}
						}
					}
				}
			}
		}
	}
}

// TestEveryItemCase holds every case of an item of which a side is missing against what
// may never happen to one.
func TestEveryItemCase(t *testing.T) {
	cases, failed := 0, 0
	table := map[string]map[string]int{}
	allItems(func(c itemCase) {
		cases++
		p := plan.Make(c.input())
		if law := c.broken(p); law != "" && failed < 10 {
			failed++
			t.Errorf("%s\n%+v\n%s", law, c, shown(p))
		}
		row := fmt.Sprintf("%-8s %-9s %-9s %s", c.kind, word(c.here), word(c.there), word(map[bool]string{true: "linked"}[c.linked]))
		if table[row] == nil {
			table[row] = map[string]int{}
		}
		table[row][string(p.Steps[0].Action)]++
	})
	if cases < 5000 {
		t.Errorf("%d cases, and there are more than 5,000", cases)
	}
	golden(t, "testdata/items.txt", itemTable(table))
}

func word(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func itemTable(table map[string]map[string]int) string {
	var b strings.Builder
	b.WriteString("What is planned for an item of which a side is missing, in how many of all cases.\n\n")
	fmt.Fprintf(&b, "%-8s %-9s %-9s\n", "kind", "here", "outside")
	for _, row := range slices.Sorted(maps.Keys(table)) {
		var what []string
		for _, action := range slices.Sorted(maps.Keys(table[row])) {
			what = append(what, fmt.Sprintf("%s %d", action, table[row][action]))
		}
		fmt.Fprintf(&b, "%s: %s\n", row, strings.Join(what, ", "))
	}
	return b.String()
}

// broken returns the first law that the plan of an item breaks, or "".
func (c itemCase) broken(p plan.Plan) string {
	if len(p.Steps) != 1 || p.Steps[0].Reason == "" {
		return "there must be one step, with its reason"
	}
	in, out := c.direction.In() && c.in, c.direction.Out() && c.out
	here, there := c.here == "exists", c.there == "exists"
	switch p.Steps[0].Action {
	case plan.CreateHere:
		return unless(!c.linked && there && in && c.trouble != "unfit", "made here what has a twin, may not come in, or cannot be read")
	case plan.CreateOutside:
		return unless(!c.linked && here && out && (c.trouble != "refused" || !c.editedHere), "made outside what has a twin, may not go out, or cannot be written")
	case plan.DeleteHere:
		return unless(c.linked && here && c.there == "deleted" && in && !c.editedHere, "deleted here without a deletion outside, over an edit, or where nothing comes in")
	case plan.DeleteOutside:
		return unless(c.linked && there && c.here == "deleted" && out && c.canDelete && !c.editedTh, "deleted outside without a deletion here, over an edit, or where nothing goes out")
	case plan.Revive:
		return unless(c.linked && there && c.here == "deleted" && in && c.editedTh && c.trouble != "unfit", "brought back what nobody edited, or what may not come in")
	case plan.Apply, plan.Push, plan.Adopt, plan.Decide:
		return "a field is planned of an item of which a side is missing"
	}
	if !p.Idle() && !c.in && !c.out {
		return unless(p.Steps[0].Action == plan.Withdraw, "something is done with what privacy keeps from both sides")
	}
	return ""
}

func unless(holds bool, law string) string {
	if holds {
		return ""
	}
	return law
}

// TestItemsAreNotDeletedByInference: a ticket that is missing on one side is never deleted on
// the other without a person; only a comment follows by itself.
func TestItemsAreNotDeletedByInference(t *testing.T) {
	deletes := map[external.Kind]int{}
	allItems(func(c itemCase) {
		p := plan.Make(c.input())
		deletes[c.kind] += len(p.Of(plan.DeleteHere)) + len(p.Of(plan.DeleteOutside))
	})
	if deletes[external.KindTicket] != 0 || deletes[external.KindComment] == 0 {
		t.Errorf("deletions planned: %v", deletes)
	}
}

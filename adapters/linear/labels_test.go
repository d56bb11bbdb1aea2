package linear_test

import (
	"fmt"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// manyLabels are n labels that no other call names.
func manyLabels(name string, n int) ticket.Value {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s %d", name, i)
	}
	return set(all...)
}

// One call makes at most 500 labels. More of them on one issue are refused before anything
// is sent; more of them in a batch are left to calls of their own.
func TestNewLabelsOfOneCall(t *testing.T) {
	d := newDesk(t)
	item := d.Look(d.open("an issue"))
	_, err := d.try(d.Tested, edit(item, external.Fields{"labels": manyLabels("few", 501)}))
	want(t, err, external.Invalid, "more than 500 labels")
	_, err = d.try(d.Tested, create(1, external.Fields{"title": text("new"), "labels": manyLabels("few", 501)}))
	want(t, err, external.Invalid, "more than 500 labels")
	if n := d.sim.Counters().Writes; n != 0 {
		t.Fatalf("%d calls wrote", n)
	}
	got := d.push(edit(item, external.Fields{"labels": manyLabels("few", 500)}))
	if n := got.Fields["labels"].Len(); n != 500 {
		t.Errorf("the issue has %d labels, want 500", n)
	}
	if got = d.push(edit(got, external.Fields{"labels": set(append(manyLabels("few", 500).Elements(), "one more")...)})); got.Fields["labels"].Len() != 501 {
		t.Errorf("the issue has %d labels: those that Linear knows do not count", got.Fields["labels"].Len())
	}
	ops := append(d.batch(10, 11, external.Fields{"labels": manyLabels("a", 300)}), d.batch(11, 12, external.Fields{"labels": manyLabels("b", 300)})...)
	ops = append(ops, d.batch(12, 13, external.Fields{"labels": manyLabels("a", 300)})...)
	results := d.writeBatch(ops)
	if got := outcomes(results); got != "made temporary made" {
		t.Errorf("got %s, want the second one left out", got)
	}
	if alone, err := d.Tested.Write(t.Context(), ops[1]); err != nil || alone.Fields["labels"].Len() != 300 {
		t.Errorf("written alone: %d labels, %v", alone.Fields["labels"].Len(), err)
	}
}

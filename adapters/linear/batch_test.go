package linear_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/linear"
)

// batch makes the creates of links from..to.
func (d *desk) batch(from, to int, also external.Fields) []adapters.Op {
	d.Helper()
	var ops []adapters.Op
	for n := from; n < to; n++ {
		f := external.Fields{"title": text(fmt.Sprintf("issue %d", n))}
		for name, v := range also {
			f[name] = v
		}
		ops = append(ops, d.Ops(create(n, f))...)
	}
	return ops
}

func (d *desk) writer() adapters.BatchWriter {
	d.Helper()
	w, ok := d.Tested.(adapters.BatchWriter)
	if !ok {
		d.Fatal("the adapter has no WriteBatch")
	}
	return w
}

func (d *desk) writeBatch(ops []adapters.Op) []adapters.Result {
	d.Helper()
	results, err := d.writer().WriteBatch(d.Context(), ops)
	if err != nil || len(results) != len(ops) {
		d.Fatalf("got %d results, %v", len(results), err)
	}
	return results
}

// outcome tells a result in one word.
func outcome(r adapters.Result) string {
	if r.Err == nil {
		return "made"
	}
	return string(external.KindOf(r.Err))
}

func outcomes(results []adapters.Result) string {
	var out []string
	for _, r := range results {
		out = append(out, outcome(r))
	}
	return strings.Join(out, " ")
}

// One transaction makes all or none. What can be known to be bad is left out of it.
func TestBatchLeavesOutTheBad(t *testing.T) {
	d := newDesk(t)
	ops := append(d.batch(0, 2, nil), d.batch(2, 3, external.Fields{"state": text("Nowhere")})...)
	results := d.writeBatch(append(ops, d.batch(3, 4, nil)...))
	if got := outcomes(results); got != "made made invalid made" {
		t.Errorf("got %s", got)
	}
	if results[3].Item.Fields["title"].Text() != "issue 3" {
		t.Errorf("got %q in the last place", results[3].Item.Fields["title"].Text())
	}
}

// An element that Linear alone knows to be bad makes none of them. The others say that
// they were not made, and can be written alone.
func TestBatchRefused(t *testing.T) {
	d := newDesk(t)
	bad := d.batch(1, 2, external.Fields{"assignee": text("0b7e9c52-31d4-4c1a-9f60-000000000000")})
	ops := append(append(d.batch(0, 1, nil), bad...), d.batch(2, 3, nil)...)
	before := d.sim.Counters().Writes
	if got := outcomes(d.writeBatch(ops)); got != "temporary invalid temporary" {
		t.Errorf("got %s", got)
	}
	if n := d.sim.Counters().Writes - before; n != 1 {
		t.Errorf("the batch took %d calls that write", n)
	}
	if items, _ := d.walk(external.Window{}, nil); len(items) != 0 {
		t.Errorf("%d issues were made", len(items))
	}
	for _, n := range []int{0, 2} {
		if _, err := d.Tested.Write(d.Context(), ops[n]); err != nil {
			t.Errorf("written alone: %v", err)
		}
	}
}

// A batch whose answer was lost was made. Tried again, its elements are found; new ones
// among them are not made in such company.
func TestBatchAgain(t *testing.T) {
	d := newDesk(t)
	ops := d.batch(0, 3, nil)
	d.fail(simulator.ReplyLost, "write")
	_, err := d.writer().WriteBatch(d.Context(), ops)
	want(t, err, external.Ambiguous)
	title := "theirs"
	d.act(simulator.Act{Do: "edit", Issue: adapters.ClientID(key(1)), Title: &title})
	if got := outcomes(d.writeBatch(append(ops, d.batch(3, 4, nil)...))); got != "made conflict made temporary" {
		t.Errorf("got %s", got)
	}
	if got := outcomes(d.writeBatch(d.batch(3, 4, nil))); got != "made" {
		t.Errorf("alone: got %s", got)
	}
	if got := outcomes(d.writeBatch(d.batch(0, 1, nil))); got != "made" {
		t.Errorf("a batch of one that was made: got %s", got)
	}
	if items, _ := d.walk(external.Window{}, nil); len(items) != 4 {
		t.Errorf("got %d issues, want 4", len(items))
	}
}

// What lists do not show yet is found by its id, where Linear names it.
func TestBatchAgainBeforeListsKnow(t *testing.T) {
	d := newDesk(t, func(o *simulator.Options) { o.Lag = 5 * time.Second })
	ops := d.batch(0, 2, nil)
	d.fail(simulator.ReplyLost, "write")
	_, err := d.writer().WriteBatch(d.Context(), ops)
	want(t, err, external.Ambiguous)
	if got := outcomes(d.writeBatch(ops)); got != "made temporary" {
		t.Errorf("got %s", got)
	}
	if _, err := d.Tested.Write(d.Context(), ops[1]); err != nil {
		t.Errorf("the other one, alone: %v", err)
	}
}

func TestBatchWithoutVerdict(t *testing.T) {
	tests := []struct {
		reason string
		fault  simulator.FaultKind
		want   external.ErrorKind
	}{
		{"a limit", simulator.RequestLimit, external.RateLimited},
		{"an outage", simulator.ServerError, external.Ambiguous},
		{"no right", simulator.PermissionLost, external.Forbidden},
		{"a revoked token", simulator.BadCredentials, external.Unauthorised},
	}
	for _, tt := range tests {
		d := newDesk(t)
		d.fail(tt.fault, "write")
		_, err := d.writer().WriteBatch(d.Context(), d.batch(0, 2, nil))
		if external.KindOf(err) != tt.want {
			t.Errorf("%s: got %v", tt.reason, err)
		}
	}
}

func TestBatchIsOfCreates(t *testing.T) {
	d := newDesk(t)
	w := d.writer()
	_, err := w.WriteBatch(d.Context(), d.batch(0, 51, nil))
	want(t, err, external.Invalid, "50")
	item := d.push(create(60, external.Fields{"title": text("x")}))
	_, err = w.WriteBatch(d.Context(), d.Ops(edit(item, external.Fields{"title": text("y")})))
	want(t, err, external.Invalid)
	if _, err = w.WriteBatch(d.Context(), []adapters.Op{{Verb: "issueCreate"}}); err == nil {
		t.Error("an operation that was not cleared was written")
	}
}

package jira_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// batch makes the operations of creates.
func (d *desk) batch(fields ...external.Fields) []adapters.Op {
	d.Helper()
	var ops []adapters.Op
	for n, f := range fields {
		c := newIssue(f)
		c.CreateKey = fmt.Sprintf("%s-%d", ownKey, n)
		ops = append(ops, d.ops(c)...)
	}
	return ops
}

func (d *desk) writeBatch(ops []adapters.Op) ([]adapters.Result, error) {
	d.Helper()
	w, ok := d.a.(adapters.BatchWriter)
	if !ok {
		d.Fatal("no batches")
	}
	return w.WriteBatch(d.Context(), ops)
}

// TestCallsOfAFirstPush: a thousand new tickets take sixty writing calls at most.
func TestCallsOfAFirstPush(t *testing.T) {
	editions(t, func(d *desk) {
		size := d.a.Capabilities().WriteBatch
		for n := 0; n < 1000; n += size {
			var all []external.Fields
			for k := range size {
				all = append(all, external.Fields{"summary": text(fmt.Sprintf("ticket %d", n+k)), "status": text("To Do"), "labels": set("pushed")})
			}
			ops := d.batch(all...)
			for _, op := range ops {
				if op.Batch == "" || op.Batch != ops[0].Batch {
					d.Fatalf("batch %q", op.Batch)
				}
			}
			results, err := d.writeBatch(ops)
			if err != nil {
				d.Fatal(err)
			}
			for k, r := range results {
				if r.Err != nil || len(r.Item.Halfway) != 0 || r.Item.Fields["summary"].Text() != fmt.Sprintf("ticket %d", n+k) ||
					r.Item.CreateKey != fmt.Sprintf("%s-%d", ownKey, k) {
					d.Fatalf("element %d: got %+v, %v", k, r.Item, r.Err)
				}
			}
		}
		if n := d.sim.Counters().Writes; n > 60 {
			d.Errorf("%d writing calls", n)
		}
	})
}

// TestRefusedElements: Jira answers 201 when some fail and 400 when all do; each failure
// is of one element, by its number.
func TestRefusedElements(t *testing.T) {
	editions(t, func(d *desk) {
		good, bad := external.Fields{"summary": text("good")}, external.Fields{"summary": text("bad"), "priority": text("None Such")}
		long := external.Fields{"summary": text(strings.Repeat("é", 256))}
		results, err := d.writeBatch(d.batch(good, bad, long, good))
		if err != nil {
			d.Fatal(err)
		}
		for n, r := range results {
			if made := n == 0 || n == 3; made != (r.Err == nil) || (made && r.Item.CreateKey != fmt.Sprintf("%s-%d", ownKey, n)) {
				d.Errorf("element %d: got %+v, %v", n, r.Item.Ref, r.Err)
			}
		}
		want(d.T, results[1].Err, external.Invalid, "priority", "element 1")
		want(d.T, results[2].Err, external.Invalid, "summary", "255")
		results, err = d.writeBatch(d.batch(bad, bad))
		if err != nil {
			d.Fatal(err)
		}
		for _, r := range results {
			want(d.T, r.Err, external.Invalid, "priority")
			if strings.Contains(r.Err.Error(), "None Such") {
				d.Errorf("the error quotes a value: %v", r.Err)
			}
		}
		if results, err = d.writeBatch(d.batch(long)); err != nil {
			d.Fatal(err)
		}
		want(d.T, results[0].Err, external.Invalid, "summary")
	})
}

// TestAnswersThatDoNotAddUp: nobody knows then which issues were made.
func TestAnswersThatDoNotAddUp(t *testing.T) {
	d := newDesk(t)
	ops := d.batch(external.Fields{"summary": text("a")}, external.Fields{"summary": text("b")})
	for _, body := range []string{
		`{"issues": [{"id": "1"}], "errors": []}`,
		`{"issues": [{"id": "1"}], "errors": [{"status": 400, "failedElementNumber": 7}]}`,
		`{"issues": [], "errors": [{"status": 400, "failedElementNumber": 1}, {"status": 400, "failedElementNumber": 1}]}`,
	} {
		d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/issue/bulk") {
				return answer(r, http.StatusCreated, body), nil
			}
			return d.sim.Transport().RoundTrip(r)
		})
		d.a = d.connect(adapters.Config{})
		_, err := d.writeBatch(ops)
		want(t, err, external.Ambiguous)
	}
}

// TestBatchThatFailsAltogether: a failure with a body that looks like one of elements is
// none of elements.
func TestBatchThatFailsAltogether(t *testing.T) {
	d := newDesk(t)
	ops := d.batch(external.Fields{"summary": text("a")})
	for status, kind := range map[int]external.ErrorKind{500: external.Ambiguous, 429: external.RateLimited, 401: external.Unauthorised, 413: external.Invalid} {
		d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/issue/bulk") {
				return answer(r, status, `{"issues": [], "errors": [{"status": 400, "failedElementNumber": 0}]}`), nil
			}
			return d.sim.Transport().RoundTrip(r)
		})
		d.a = d.connect(adapters.Config{})
		_, err := d.writeBatch(ops)
		want(t, err, kind)
	}
}

// TestBatchLimits: what cannot share a call is not sent at all.
func TestBatchLimits(t *testing.T) {
	d := newDesk(t)
	var many []external.Fields
	for range 51 {
		many = append(many, external.Fields{"summary": text("x")})
	}
	_, err := d.writeBatch(d.batch(many...))
	want(t, err, external.Invalid, "50")
	_, err = d.writeBatch(d.ops(edit(d.look(d.open("x")), external.Fields{"summary": text("y")})))
	want(t, err, external.Invalid, "only creates")
	if n := d.sim.Counters().Writes; n != 0 {
		t.Errorf("%d writing calls", n)
	}
}

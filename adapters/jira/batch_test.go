package jira_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/simulator/jira/model"
)

// batch makes the operations of creates.
func (d *desk) batch(fields ...external.Fields) []adapters.Op {
	d.Helper()
	var ops []adapters.Op
	for n, f := range fields {
		c := newIssue(f)
		c.CreateKey = fmt.Sprintf("%s-%d", ownKey, n)
		ops = append(ops, d.Ops(c)...)
	}
	return ops
}

func (d *desk) writeBatch(ops []adapters.Op) ([]adapters.Result, error) {
	d.Helper()
	w, ok := d.Tested.(adapters.BatchWriter)
	if !ok {
		d.Fatal("no batches")
	}
	return w.WriteBatch(d.Context(), ops)
}

// TestCallsOfAFirstPush: a thousand new tickets take sixty writing calls at most.
func TestCallsOfAFirstPush(t *testing.T) {
	editions(t, func(d *desk) {
		size := d.Tested.Capabilities().WriteBatch
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

// TestCallsOfAFirstPushOfClosedTickets: where a status is one transition away the creates
// take it along, from the second batch on, without being told the workflow. Of a thousand
// tickets of which every third or so is done, few need a transition of their own.
func TestCallsOfAFirstPushOfClosedTickets(t *testing.T) {
	editions(t, func(d *desk) {
		spec := d.spec("SIM")
		spec.Workflow = model.SimpleWorkflow()
		d.project = d.add(spec)
		d.Tested = d.connect(adapters.Config{})
		var left []external.Item
		for n := 0; n < 1000; n += bulk {
			var all []external.Fields
			for k := range bulk {
				status := map[bool]string{true: "Done", false: "To Do"}[(n+k)%10 < 3]
				f := external.Fields{"summary": text(fmt.Sprintf("ticket %d", n+k)), "status": text(status)}
				if status == "Done" { // as the mapping of a closed ticket gives it
					f["resolution"] = text("Done")
				}
				all = append(all, f)
			}
			results, err := d.writeBatch(d.batch(all...))
			if err != nil {
				d.Fatal(err)
			}
			for k, r := range results {
				if r.Err != nil {
					d.Fatal(r.Err)
				}
				if len(r.Item.Halfway) > 0 {
					left = append(left, r.Item)
				} else if !r.Item.Fields["status"].Equal(all[k]["status"]) {
					d.Fatalf("element %d stands at %q", k, r.Item.Fields["status"].Text())
				}
			}
		}
		for _, item := range left {
			d.push(edit(item, external.Fields{"status": text("Done")}))
		}
		if len(left) != 15 || d.sim.Counters().Writes != 20+15 {
			d.Errorf("%d were left for a transition of their own, %d writing calls", len(left), d.sim.Counters().Writes)
		}
		if asked := strings.Count(d.Made(), "transitions.list"); asked != 1+15 {
			d.Errorf("transitions were listed %d times", asked)
		}
	})
}

const bulk = 50

// TestACreateFillsNoScreen: a transition that asks for something is left to its own call.
func TestACreateFillsNoScreen(t *testing.T) {
	d := withFlow(t, &model.Workflow{Statuses: []model.Status{{Name: "Open", Category: model.ToDo}, {Name: "Closed", Category: model.Done}},
		Transitions: []model.Transition{{Name: "Close", From: []string{"Open"}, To: "Closed", Required: []string{"resolution"}}}})
	for range 2 {
		item := d.push(newIssue(external.Fields{"summary": text("x"), "status": text("Closed")}))
		if item.Fields["status"].Text() != "Open" || len(item.Halfway) != 1 {
			t.Fatalf("created at %q, halfway %q", item.Fields["status"].Text(), item.Halfway)
		}
		if item = d.push(edit(item, external.Fields{"status": text("Closed")})); item.Fields["resolution"].Text() != "Done" {
			t.Errorf("closed with the resolution %q", item.Fields["resolution"].Text())
		}
	}
	if made := d.Made(); strings.Count(made, "transitions.list") != 1+2 {
		t.Errorf("the ways from where issues begin are asked for once: %s", made)
	}
}

// TestACreateKeepsItsResolution: a transition whose screen has a place for the resolution is left
// to its own call where one is given. Taken along by a create, Jira would fill in its own, which
// passes for somebody's edit.
func TestACreateKeepsItsResolution(t *testing.T) {
	d := withFlow(t, &model.Workflow{Statuses: []model.Status{{Name: "Open", Category: model.ToDo}, {Name: "Closed", Category: model.Done}},
		Transitions: []model.Transition{{Name: "Close", From: []string{"Open"}, To: "Closed", Screen: []string{"resolution"}}}})
	for range 3 {
		closed := external.Fields{"status": text("Closed"), "resolution": text("Duplicate")}
		item := d.push(newIssue(external.Fields{"summary": text("x"), "status": closed["status"], "resolution": closed["resolution"]}))
		if len(item.Halfway) > 0 {
			item = d.push(edit(item, closed))
		}
		if item.Fields["status"].Text() != "Closed" || item.Fields["resolution"].Text() != "Duplicate" {
			t.Errorf("it stands at %q, with the resolution %q", item.Fields["status"].Text(), item.Fields["resolution"].Text())
		}
	}
	if item := d.push(newIssue(external.Fields{"summary": text("x"), "status": text("Closed")})); item.Fields["status"].Text() != "Closed" {
		t.Errorf("without a resolution it is taken along: it stands at %q", item.Fields["status"].Text())
	}
}

// TestARefusedTransitionIsLeftOut: where Jira refuses a create for its transition, the next
// attempt makes the issue without; where the content is to blame, it keeps it.
func TestARefusedTransitionIsLeftOut(t *testing.T) {
	for name, one := range map[string]bool{"in a batch": false, "alone": true} {
		t.Run(name, func(t *testing.T) {
			flow := model.ReviewWorkflow()
			flow.Transitions[0].Except = []string{bot}
			d := withFlow(t, flow)
			d.told(t, toldWithLinks)
			write := func(f external.Fields) (external.Item, error) {
				if one {
					return d.try(newIssue(f))
				}
				results, err := d.writeBatch(d.batch(f))
				if err != nil {
					return external.Item{}, err
				}
				return results[0].Item, results[0].Err
			}
			good := external.Fields{"summary": text("x"), "status": text("In Progress")}
			_, err := write(external.Fields{"summary": text("x"), "status": text("In Progress"), "priority": text("None Such")})
			want(t, err, external.Invalid, "priority")
			for _, kind := range []external.ErrorKind{external.Invalid, ""} {
				item, err := write(good)
				if external.KindOf(err) != kind || (err == nil && item.Fields["status"].Text() != "To Do") {
					t.Errorf("got %q, %v, want kind %q", item.Fields["status"].Text(), err, kind)
				}
			}
		})
	}
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
		d.Tested = d.connect(adapters.Config{})
		_, err := d.writeBatch(ops)
		want(t, err, external.Ambiguous)
	}
}

// TestNewIssuesThatOurAccountMayNotSee: a project may give each new issue a security level that hides it from
// whoever made it. It was made all the same, which no list would show, so that it would be made again for ever.
func TestNewIssuesThatOurAccountMayNotSee(t *testing.T) {
	editions(t, func(d *desk) {
		hides := true
		d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
			switch {
			case hides && r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/issue/1"):
				return answer(r, http.StatusNotFound, `{"errorMessages": ["Issue does not exist or you do not have permission to see it."]}`), nil
			case hides && strings.HasSuffix(r.URL.Path, "/issue/bulkfetch"):
				return answer(r, http.StatusOK, `{"issues": [], "issueErrors": []}`), nil
			}
			return d.sim.Transport().RoundTrip(r)
		})
		d.Tested = d.connect(adapters.Config{})
		fields := external.Fields{"summary": text(" hidden"), "labels": set("a b"), "status": text("In Progress")}
		made := d.push(newIssue(fields))
		results, err := d.writeBatch(d.batch(fields, fields))
		if err != nil {
			d.Fatal(err)
		}
		for _, r := range append(results, adapters.Result{Item: made}) {
			i := r.Item
			if r.Err != nil || i.ID == "" || i.Key == "" || i.Gone || i.CreateKey == "" {
				d.Fatalf("got %+v, %v", i, r.Err)
			}
			if i.Fields["summary"].Text() != "hidden" || !i.Fields["labels"].Equal(set("a_b")) {
				d.Errorf("it shows %v, want what was written", i.Fields)
			}
			if _, told := i.Fields["status"]; told || strings.Join(i.Halfway, " ") != "status" {
				d.Errorf("it shows %v, halfway %v: where it begins nobody knows", i.Fields, i.Halfway)
			}
		}
		hides = false
		if n := len(d.walk(external.Window{}, nil)); n != 3 {
			d.Errorf("%d issues were made", n)
		}
	})
}

// TestABatchInAnotherOrder: no ticket is joined with the issue of another one where the answer names them in
// another order than they were sent in.
func TestABatchInAnotherOrder(t *testing.T) {
	editions(t, func(d *desk) {
		d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
			got, err := d.sim.Transport().RoundTrip(r)
			if err != nil || !strings.HasSuffix(r.URL.Path, "/issue/bulk") {
				return got, err
			}
			defer got.Body.Close()
			var made struct {
				Issues []json.RawMessage `json:"issues"`
				Errors []json.RawMessage `json:"errors"`
			}
			if err := json.NewDecoder(got.Body).Decode(&made); err != nil {
				return nil, err
			}
			slices.Reverse(made.Issues)
			body, err := json.Marshal(made)
			return answer(r, got.StatusCode, string(body)), err
		})
		d.Tested = d.connect(adapters.Config{})
		results, err := d.writeBatch(d.batch(external.Fields{"summary": text("a")}, external.Fields{"summary": text("b")}, external.Fields{"summary": text("c")}))
		if err != nil {
			d.Fatal(err)
		}
		for n, summary := range []string{"a", "b", "c"} {
			i := results[n].Item
			if i.Fields["summary"].Text() != summary || i.CreateKey != fmt.Sprintf("%s-%d", ownKey, n) {
				d.Errorf("element %d: got %+v", n, i)
			}
		}
	})
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
		d.Tested = d.connect(adapters.Config{})
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
	_, err = d.writeBatch(d.Ops(edit(d.Look(d.open("x")), external.Fields{"summary": text("y")})))
	want(t, err, external.Invalid, "only creates")
	if n := d.sim.Counters().Writes; n != 0 {
		t.Errorf("%d writing calls", n)
	}
}

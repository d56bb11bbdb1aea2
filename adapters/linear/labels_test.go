package linear_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/linear"
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

// TestALabelThatSomebodyJustMade: its name is taken, in words that Linear also has for an id. The issue is
// not taken for one that was made before.
func TestALabelThatSomebodyJustMade(t *testing.T) {
	d := newDesk(t)
	theirs, raced := d.open("theirs"), false
	d.Tested = d.connect(adapters.Config{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if strings.Contains(string(sent), "issueLabelCreate") && !raced {
			raced = true
			d.act(simulator.Act{Do: "label", Issue: theirs.ID, Names: []string{"fresh"}})
		}
		r.Body = io.NopCloser(bytes.NewReader(sent))
		return d.sim.Transport().RoundTrip(r)
	})})
	_, err := d.try(d.Tested, create(1, external.Fields{"title": text("ours"), "labels": set("fresh")}))
	want(t, err, external.Temporary, "taken a moment ago")
	if made := d.push(create(1, external.Fields{"title": text("ours"), "labels": set("fresh")})); !made.Fields["labels"].Equal(set("fresh")) {
		t.Errorf("made with the labels %q", made.Fields["labels"].Elements())
	}
}

// TestALabelThatIsThereAndNotListed: its name is taken for good, so that trying again leads nowhere. The issue
// is refused for its label, and goes on without it.
func TestALabelThatIsThereAndNotListed(t *testing.T) {
	d := newDesk(t)
	d.act(simulator.Act{Do: "label", Issue: d.open("theirs").ID, Names: []string{"shelved"}})
	d.Tested = d.connect(adapters.Config{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := d.sim.Transport().RoundTrip(r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		if bytes.Contains(body, []byte(`"issueLabels"`)) {
			body = bytes.ReplaceAll(body, []byte(`"name":"shelved"`), []byte(`"name":"another"`))
		}
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return resp, err
	})})
	_, err := d.try(d.Tested, create(1, external.Fields{"title": text("ours"), "labels": set("shelved")}))
	want(t, err, external.Invalid, "cannot be used")
	ours := d.push(create(1, external.Fields{"title": text("ours")}))
	_, err = d.try(d.Tested, edit(ours, external.Fields{"labels": set("shelved")}))
	want(t, err, external.Invalid, "cannot be used")
	ops := append(d.batch(10, 11, external.Fields{"labels": set("shelved")}), d.batch(11, 12, nil)...)
	if got := outcomes(d.writeBatch(ops)); got != "temporary temporary" {
		t.Errorf("a batch with it: %s, want each left to a call of its own", got)
	}
}

// TestALabelThatSomebodyRenamed: the ids behind names are kept for as long as the adapter is. A new issue that comes back with
// another label than it was given shows that one of them has come to mean something else: the next one is right.
func TestALabelThatSomebodyRenamed(t *testing.T) {
	d := newDesk(t)
	_, err := d.team.AddLabel("shared")
	want(t, err, "")
	d.push(create(1, external.Fields{"title": text("one"), "labels": set("shared")}))
	d.team.RenameLabel("shared", "of all")
	d.push(create(2, external.Fields{"title": text("two"), "labels": set("shared")}))
	if got := d.push(create(3, external.Fields{"title": text("three"), "labels": set("shared")})); !got.Fields["labels"].Equal(set("shared")) {
		t.Errorf("the third is labelled %q, want what it was given", got.Fields["labels"].Elements())
	}
}

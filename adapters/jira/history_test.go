package jira_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/jira"
)

// TestHistoryTellsWhatJiraTells: values where it tells them in full, times elsewhere.
func TestHistoryTellsWhatJiraTells(t *testing.T) {
	editions(t, func(d *desk) {
		dc := d.edition == simulator.DataCenter
		ref := d.open("before")
		since := d.Now()
		d.Advance(time.Minute)
		body := d.markup("new **text**")
		d.act(simulator.Act{Do: "edit", Issue: ref.ID, Summary: "after", Text: &body, Fields: map[string]any{
			"duedate": "2026-06-01", "priority": map[string]any{"name": "High"}, "labels": []any{"a"}, "customfield_10030": 2.5, "customfield_10031": "line"}})
		d.act(simulator.Act{Do: "assign", Issue: ref.ID, To: "person1"})
		d.act(simulator.Act{Do: "transition", Issue: ref.ID, To: "In Progress"})
		got, err := d.Tested.History(d.Context(), []adapters.HistoryQuery{{Ref: ref, Since: since}, {Ref: external.Ref{Kind: external.KindComment, ID: "1"}}})
		if err != nil || len(got) != 2 || len(got[1]) != 0 {
			d.Fatalf("got %v, %v", got, err)
		}
		told := map[string]external.Revision{}
		for _, r := range got[0] {
			told[r.Field] = r
			if r.Author != someone || !r.At.Equal(since.Add(time.Minute)) {
				d.Errorf("%s: by %q at %s", r.Field, r.Author, r.At)
			}
		}
		for name, want := range map[string][2]string{
			"summary": {"before", "after"}, "duedate": {"", "2026-06-01"}, "priority": {"Medium", "High"}, "status": {"To Do", "In Progress"}, "estimate": {"", "2.5"},
		} {
			if r := told[name]; r.Before != want[0] || r.Value != want[1] || !r.HasBefore {
				d.Errorf("%s: got %+v", name, r)
			}
		}
		if r, there := told["description"]; !there || (r.Value == "new **text**") != dc {
			d.Errorf("description: got %+v", r)
		}
		if r, there := told["assignee"]; !there || (r.Value == "person1") == dc {
			d.Errorf("assignee: got %+v", r)
		}
		if _, there := told["labels"]; there {
			d.Error("a set has no history")
		}
		if r, there := told["customfield_10031"]; !there || r.Value != "" {
			d.Errorf("a project's own field tells times: got %+v", r)
		}
		later, err := d.Tested.History(d.Context(), []adapters.HistoryQuery{{Ref: ref, Since: d.Now().Add(time.Hour)}})
		if err != nil || len(later[0]) != 0 {
			d.Errorf("later: got %v, %v", later, err)
		}
	})
}

// TestHistoryIsBatched: a hundred issues go into one call, and long changelogs into pages.
func TestHistoryIsBatched(t *testing.T) {
	d := newDesk(t)
	var queries []adapters.HistoryQuery
	for n := range 60 {
		ref := d.open(fmt.Sprintf("issue %d", n))
		for k := range 20 {
			d.act(simulator.Act{Do: "edit", Issue: ref.ID, Summary: fmt.Sprintf("issue %d.%d", n, k)})
		}
		queries = append(queries, adapters.HistoryQuery{Ref: ref})
	}
	d.Made()
	got, err := d.Tested.History(t.Context(), queries)
	if err != nil {
		t.Fatal(err)
	}
	for n, revs := range got {
		if len(revs) != 20 || revs[19].Value != fmt.Sprintf("issue %d.19", n) || revs[0].Before != fmt.Sprintf("issue %d", n) {
			t.Fatalf("issue %d: got %d revisions", n, len(revs))
		}
	}
	if made := d.Made(); strings.Count(made, "changelog.bulkfetch") != 2 {
		t.Errorf("got %s", made)
	}
}

// TestHistoryTimesAsNumbers: the description's own example has seconds, Jira elsewhere
// milliseconds.
func TestHistoryTimesAsNumbers(t *testing.T) {
	d := newDesk(t)
	ref := d.open("x")
	for raw, at := range map[string]time.Time{
		"1492070429": time.Unix(1492070429, 0), "1492070429123": time.UnixMilli(1492070429123), `"2017-04-13T08:00:29.000+0000"`: time.Unix(1492070429, 0),
		`"2017-04-13T08:00:29Z"`: time.Unix(1492070429, 0),
	} {
		body := fmt.Sprintf(`{"issueChangeLogs": [{"issueId": %q, "changeHistories": [{"created": %s, "items": [{"fieldId": "summary", "toString": "y"}]}]}]}`, ref.ID, raw)
		d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/changelog/bulkfetch") {
				return answer(r, http.StatusOK, body), nil
			}
			return d.sim.Transport().RoundTrip(r)
		})
		d.Tested = d.connect(adapters.Config{})
		got, err := d.Tested.History(t.Context(), []adapters.HistoryQuery{{Ref: ref}})
		if err != nil || len(got[0]) != 1 || !got[0][0].At.Equal(at) {
			t.Errorf("%s: got %v, %v", raw, got, err)
		}
	}
}

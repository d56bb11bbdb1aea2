package linear_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/simulator/linear/model"
)

func (d *desk) history(ref external.Ref, since time.Time) []external.Revision {
	d.Helper()
	got, err := d.Tested.History(d.Context(), []adapters.HistoryQuery{{Ref: ref, Since: since}})
	if err != nil || len(got) != 1 {
		d.Fatalf("got %d answers, %v", len(got), err)
	}
	return got[0]
}

func TestHistoryOfEveryField(t *testing.T) {
	d := newDesk(t)
	parent := d.open("parent")
	project, err := d.team.AddProject("Apollo")
	if err != nil {
		t.Fatal(err)
	}
	cycle, err := d.team.AddCycle("Sprint", d.Now(), d.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	ref := d.open("first")
	d.Advance(time.Hour)
	d.act(simulator.Act{Do: "edit", Issue: ref.ID, Input: model.Input{
		"title": "second", "description": "text", "stateId": d.team.State("Done"), "priority": 1, "estimate": 3,
		"assigneeId": d.sim.User(someone), "dueDate": "2026-06-01", "parentId": parent.ID, "projectId": project, "cycleId": cycle,
	}})
	d.Advance(time.Hour)
	d.act(simulator.Act{Do: "edit", Login: "bob", Issue: ref.ID, Input: model.Input{"estimate": nil, "projectId": nil}})
	got := map[string][]string{}
	for _, r := range d.history(ref, time.Time{}) {
		got[r.Field] = append(got[r.Field], fmt.Sprintf("%s: %s>%s %t", r.Author, r.Before, r.Value, r.HasBefore))
	}
	for field, want := range map[string][]string{
		"title": {"ada: first>second true"}, "description": {"ada: > false"}, "state": {"ada: Backlog>Done true"},
		"priority": {"ada: No priority>Urgent true"}, "estimate": {"ada: >3 true", "bob: 3> true"},
		"assignee": {"ada: >" + d.sim.User(someone) + " true"}, "dueDate": {"ada: >2026-06-01 true"},
		"parent": {"ada: >" + parent.ID + " true"}, "project": {"ada: >Apollo true", "bob: Apollo> true"}, "cycle": {"ada: >Sprint true"},
	} {
		if !slices.Equal(got[field], want) {
			t.Errorf("%s: got %q, want %q", field, got[field], want)
		}
	}
}

// What changes within three minutes of an issue's creation leaves no entry: whatever was
// written over then cannot be audited.
func TestFirstMinutesLeaveNoHistory(t *testing.T) {
	d := newDesk(t)
	ref := d.open("first")
	rename := func(title string) {
		d.act(simulator.Act{Do: "edit", Issue: ref.ID, Title: &title})
	}
	d.Advance(2 * time.Minute)
	rename("second")
	d.Advance(2 * time.Minute)
	rename("third")
	got := d.history(ref, time.Time{})
	if len(got) != 1 || got[0].Before != "second" || got[0].Value != "third" {
		t.Errorf("got %+v, want the later change alone", got)
	}
}

// Thirty entries come at once and the older ones as far back as was asked.
func TestLongHistory(t *testing.T) {
	d := newDesk(t)
	ref := d.open("title")
	start := d.Now()
	for i := range 150 {
		d.Advance(time.Hour)
		title := fmt.Sprintf("title %d", i)
		d.act(simulator.Act{Do: "edit", Issue: ref.ID, Title: &title})
	}
	d.Made()
	all := d.history(ref, time.Time{})
	if len(all) != 150 || all[0].Value != "title 0" || all[149].Value != "title 149" {
		t.Errorf("got %d revisions", len(all))
	}
	if calls := len(strings.Fields(d.Made())); calls != 3 {
		t.Errorf("got %d calls, want 3", calls)
	}
	if recent := d.history(ref, start.Add(141*time.Hour)); len(recent) != 10 || recent[0].Value != "title 140" {
		t.Errorf("got %d revisions since then", len(recent))
	}
	if calls := len(strings.Fields(d.Made())); calls != 1 {
		t.Errorf("got %d calls, want 1", calls)
	}
}

// Twenty issues cost one call. Comments have no history, nor has what is gone.
func TestHistoryInBatches(t *testing.T) {
	d := newDesk(t)
	refs := d.fill(21)
	d.Advance(time.Hour)
	var queries []adapters.HistoryQuery
	for _, ref := range refs {
		title := "renamed"
		d.act(simulator.Act{Do: "edit", Issue: ref.ID, Title: &title})
		queries = append(queries, adapters.HistoryQuery{Ref: ref})
	}
	d.act(simulator.Act{Do: "trash", Issue: refs[1].ID})
	d.act(simulator.Act{Do: "purge", Issue: refs[2].ID})
	queries[3].Ref = external.Ref{Kind: external.KindComment, ID: "c"}
	d.Made()
	got, err := d.Tested.History(d.Context(), queries)
	if err != nil || len(got) != len(queries) {
		t.Fatalf("got %d answers, %v", len(got), err)
	}
	for n, revs := range got {
		if want := n < 1 || n > 3; (len(revs) == 1) != want {
			t.Errorf("query %d: got %d revisions", n, len(revs))
		}
	}
	if calls := len(strings.Fields(d.Made())); calls != 2 {
		t.Errorf("got %d calls, want one and another for what is gone", calls)
	}
}

package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	v1 "github.com/extsync/extsync/api/v1"
)

// TestDecideByRule: a preview decides nothing, its digest decides what it showed, and
// another one is refused with the preview of now.
func TestDecideByRule(t *testing.T) {
	s := newService(t)
	p, c := disagree(s)
	rule := v1.ConflictRule{Project: p.ID, Kind: "both_edited", Field: "title", Choice: "external", By: "ann"}
	preview, _ := want[v1.RuleOutcome](s, 200, http.MethodPost, "/v1/conflict-rules", rule)
	if preview.Preview.Count != 1 || preview.Decided != 0 || preview.Preview.Sample[0] != c.ID {
		t.Fatalf("preview: %+v", preview)
	}
	if one, _ := want[v1.Conflict](s, 200, http.MethodGet, "/v1/conflicts/"+c.ID, nil); one.State != "open" {
		t.Errorf("a preview decided: %+v", one)
	}
	rule.Digest = "0123"
	moved := s.problem(s.call(http.MethodPost, "/v1/conflict-rules", rule), v1.Moved)
	if moved.Status != 409 || moved.Rule == nil || moved.Rule.Digest != preview.Preview.Digest {
		t.Fatalf("with another digest: %+v", moved)
	}
	rule.Digest = moved.Rule.Digest
	out, _ := want[v1.RuleOutcome](s, 200, http.MethodPost, "/v1/conflict-rules", rule)
	one, _ := want[v1.Conflict](s, 200, http.MethodGet, "/v1/conflicts/"+c.ID, nil)
	if out.Decided != 1 || one.State != "decided" || one.DecidedBy != "ann" || len(one.Choices) != 0 {
		t.Errorf("decided: %+v, %+v", out, one)
	}
}

// TestRulesThatAreRefused: each before anything is looked at.
func TestRulesThatAreRefused(t *testing.T) {
	s := newService(t)
	for why, r := range map[string]v1.ConflictRule{
		"all conflicts everywhere":     {Choice: "local"},
		"one value for all":            {Project: s.connect().ID, Choice: "value"},
		"a kind that does not exist":   {Project: "00000000-0000-4000-8000-000000000000", Kind: "loud", Choice: "local"},
		"a project that is no id":      {Project: "octo/hello", Choice: "local"},
		"a choice that does not exist": {Project: "00000000-0000-4000-8000-000000000000", Choice: "both"},
	} {
		if got := s.call(http.MethodPost, "/v1/conflict-rules", r); got.Status != 422 {
			t.Errorf("%s: %d %s", why, got.Status, got.Body)
		}
	}
}

// TestTheQueueIsCountedAndNarrowed: what a filter leaves out is not shown, and each kind is
// counted, in the project too.
func TestTheQueueIsCountedAndNarrowed(t *testing.T) {
	s := newService(t)
	p, c := disagree(s)
	counts, _ := want[v1.ConflictCounts](s, 200, http.MethodGet, "/v1/conflict-counts?project="+p.ID, nil)
	if len(counts.Counts) != 1 || counts.Counts[0].Kind != "both_edited" || counts.Counts[0].Count != 1 || !counts.Counts[0].Oldest.Equal(c.DetectedAt) {
		t.Errorf("counts: %+v", counts)
	}
	if got, _ := want[v1.Project](s, 200, http.MethodGet, "/v1/projects/"+p.ID, nil); got.ConflictKinds["both_edited"] != 1 {
		t.Errorf("project: %+v", got)
	}
	for query, n := range map[string]int{
		"kind=both_edited&field=title&state=open&ticket=" + c.Ticket: 1,
		"kind=lossy": 0, "field=body": 0, "older_than=1h": 0, "ticket=" + p.ID: 0,
	} {
		if list, _ := want[v1.Conflicts](s, 200, http.MethodGet, "/v1/conflicts?"+query, nil); len(list.Conflicts) != n {
			t.Errorf("%s: %d conflicts, want %d", query, len(list.Conflicts), n)
		}
	}
	s.problem(s.call(http.MethodGet, "/v1/conflicts?older_than=soon", nil), v1.InvalidRequest)
	if c.What == "" || len(c.Choices) != 3 || c.Choices[0].Effect == "" {
		t.Errorf("whoever decides is told nothing: %+v", c)
	}
}

// TestRestoreOverTheAPI: a losing value is an edit like any other, with If-Match for who
// has seen a newer one.
func TestRestoreOverTheAPI(t *testing.T) {
	s := newService(t)
	_, c := disagree(s)
	path := "/v1/conflicts/" + c.ID
	s.problem(s.call(http.MethodPost, path+"/restore", v1.Restore{Value: "local"}), v1.InvalidRequest) // still open
	want[v1.Conflict](s, 202, http.MethodPost, path+"/decide", v1.Decision{Choice: "external", Digest: c.Digest})
	if err := s.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, _ := want[v1.Restored](s, 200, http.MethodPost, path+"/restore", v1.Restore{Value: "local", By: "ann"})
	if got.Ticket.Title != "Login fails on Mondays" {
		t.Errorf("restored: %+v", got)
	}
	stale := s.problem(s.call(http.MethodPost, path+"/restore", v1.Restore{Value: "base"}), v1.Stale)
	if stale.Ticket == nil || stale.Ticket.Title != "Login fails on Mondays" {
		t.Fatalf("over a newer edit: %+v", stale)
	}
	s.problem(s.call(http.MethodPost, path+"/restore", v1.Restore{Value: "base"}, "If-Match", `"99"`), v1.InvalidRequest)
	got, _ = want[v1.Restored](s, 200, http.MethodPost, path+"/restore", v1.Restore{Value: "base"}, "If-Match", fmt.Sprintf("%q", fmt.Sprint(stale.Ticket.Revision)))
	if got.Ticket.Title != "Login fails" {
		t.Errorf("restored: %+v", got)
	}
}

// TestConflictPolicy: what happens to conflicts that nobody decides is set, shown, audited
// under the name of who confirmed it, and taken back.
func TestConflictPolicy(t *testing.T) {
	s := newService(t)
	path := "/v1/projects/" + s.connect().ID
	change := v1.ProjectChange{Conflicts: &v1.ConflictPolicy{RemindAfter: v1.Duration(time.Hour), ExpireAfter: v1.Duration(48 * time.Hour), OnExpiry: "local", Confirm: true}}
	got, _ := want[v1.Project](s, 200, http.MethodPatch, path, change, "Extsync-Actor", "ann")
	if got.ConflictPolicy == nil || got.ConflictPolicy.ConfirmedBy != "ann" || got.ConflictPolicy.OnExpiry != "local" {
		t.Errorf("policy: %+v", got.ConflictPolicy)
	}
	change.Direction, change.Conflicts = "pull", &v1.ConflictPolicy{RemindEvery: v1.Duration(time.Hour)}
	s.problem(s.call(http.MethodPatch, path, change), v1.InvalidRequest)
	if got, _ = want[v1.Project](s, 200, http.MethodGet, path, nil); got.Direction != "bidirectional" {
		t.Errorf("half of what was refused is in force: %+v", got)
	}
	change.Conflicts = &v1.ConflictPolicy{OnExpiry: "keep_parked"}
	if got, _ = want[v1.Project](s, 200, http.MethodPatch, path, change); got.ConflictPolicy != nil {
		t.Errorf("policy: %+v", got.ConflictPolicy)
	}
}

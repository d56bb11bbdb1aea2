package api_test

import (
	"net/http"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
	simulator "github.com/extsync/extsync/simulator/github"
)

// TestTwins: what exists on both sides is listed, asked about, and joined by one word.
func TestTwins(t *testing.T) {
	s := newService(t)
	for _, title := range []string{"Login fails on Safari", "Logout fails on Safari"} {
		s.outside(simulator.Act{Do: "open", Title: ptr(title)})
		want[v1.Ticket](s, 201, http.MethodPost, "/v1/tickets", v1.NewTicket{Title: title, Privacy: "public"})
	}
	p := s.connect()
	path := "/v1/projects/" + p.ID + "/duplicates"

	list, _ := want[v1.Conflicts](s, 200, http.MethodGet, "/v1/conflicts?state=open&kind=twin_created&project="+p.ID, nil)
	if len(list.Conflicts) != 2 || list.Conflicts[0].Twin == nil || list.Conflicts[0].Twin.Key == "" || len(list.Conflicts[0].Choices) != 2 {
		t.Fatalf("asked: %+v", list.Conflicts)
	}
	all, _ := want[v1.Duplicates](s, 200, http.MethodGet, path, nil)
	if len(all.Duplicates) != 2 || len(all.Duplicates[0].Members) != 2 || all.Duplicates[0].Asked == "" || all.Next != "" {
		t.Fatalf("duplicates: %+v", all)
	}
	first, _ := want[v1.Duplicates](s, 200, http.MethodGet, path+"?limit=1", nil)
	rest, _ := want[v1.Duplicates](s, 200, http.MethodGet, path+"?limit=1&after="+first.Next, nil)
	if len(first.Duplicates) != 1 || len(rest.Duplicates) != 1 || first.Duplicates[0].Title == rest.Duplicates[0].Title {
		t.Errorf("page by page: %+v, then %+v", first, rest)
	}

	rule := v1.ConflictRule{Project: p.ID, Kind: "twin_created", Choice: "link", By: "ann"}
	seen, _ := want[v1.RuleOutcome](s, 200, http.MethodPost, "/v1/conflict-rules", rule)
	rule.Digest = seen.Preview.Digest
	want[v1.RuleOutcome](s, 200, http.MethodPost, "/v1/conflict-rules", rule)
	if err := s.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil)
	if len(page.Tickets) != 2 || len(page.Tickets[0].Links) != 1 || page.Tickets[0].Links[0].State != "live" {
		t.Errorf("linked: %+v", page.Tickets)
	}
	if after, _ := want[v1.Duplicates](s, 200, http.MethodGet, path, nil); len(after.Duplicates) != 0 {
		t.Errorf("still alike: %+v", after)
	}
	s.problem(s.call(http.MethodGet, "/v1/projects/00000000-0000-4000-8000-00000000dead/duplicates", nil), v1.NotFound)
}

// TestAFormThatManyFilledIn: of one title no more than fifty are looked at, which is told.
func TestAFormThatManyFilledIn(t *testing.T) {
	s := newService(t)
	for range 51 {
		want[v1.Ticket](s, 201, http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "Login fails on Safari", Body: "As the title says.", Privacy: "public"})
	}
	p := s.connect()
	all, _ := want[v1.Duplicates](s, 200, http.MethodGet, "/v1/projects/"+p.ID+"/duplicates", nil)
	if len(all.Duplicates) != 1 || len(all.Duplicates[0].Members) != 50 || !all.Duplicates[0].More {
		t.Errorf("duplicates: %d groups, more: %t", len(all.Duplicates), len(all.Duplicates) > 0 && all.Duplicates[0].More)
	}
}

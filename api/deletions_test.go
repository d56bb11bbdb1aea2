package api_test

import (
	"net/http"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
)

// TestDeleteAndRestore: whoever deletes has seen the ticket as it is, and what is not there,
// or not gone, is said so.
func TestDeleteAndRestore(t *testing.T) {
	s := newService(t)
	created, h := want[v1.Ticket](s, 201, http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "Write the manual"})
	path, seen := "/v1/tickets/"+created.ID, h.Get("ETag")
	want[v1.Ticket](s, 200, http.MethodPatch, path, v1.TicketEdit{Title: ptr("Write a manual")}, "If-Match", seen)
	s.problem(s.call(http.MethodDelete, path, nil), v1.NeedsRevision)
	stale := s.problem(s.call(http.MethodDelete, path, nil, "If-Match", seen), v1.Stale)
	if stale.Status != 409 || stale.Ticket == nil || stale.Ticket.Title != "Write a manual" || len(stale.Stale) != 1 {
		t.Fatalf("an edit that was not seen: %+v", stale)
	}
	s.problem(s.call(http.MethodPost, path+"/restore", nil), v1.WrongStatus) // it is not deleted
	_, h = want[v1.Ticket](s, 200, http.MethodGet, path, nil)
	want[v1.Ticket](s, 200, http.MethodDelete, path, nil, "If-Match", h.Get("ETag"))
	s.problem(s.call(http.MethodDelete, path, nil, "If-Match", h.Get("ETag")), v1.NotFound)
	if got, _ := want[v1.Ticket](s, 200, http.MethodPost, path+"/restore", nil); got.Title != "Write a manual" {
		t.Errorf("restored: %+v", got)
	}
	if page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil); len(page.Tickets) != 1 {
		t.Errorf("listed again: %+v", page)
	}
}

// TestFollowDeletions: that deletions follow is confirmed by a person, and taken back.
func TestFollowDeletions(t *testing.T) {
	s := newService(t)
	path := "/v1/projects/" + s.connect().ID
	s.problem(s.call(http.MethodPatch, path, v1.ProjectChange{Direction: "pull", Deletions: &v1.NewDeletions{Follow: true}}), v1.InvalidRequest)
	if got, _ := want[v1.Project](s, 200, http.MethodGet, path, nil); got.Direction != "bidirectional" || got.Deletions.Follow {
		t.Errorf("half of what was refused is in force: %+v", got)
	}
	got, _ := want[v1.Project](s, 200, http.MethodPatch, path, v1.ProjectChange{Deletions: &v1.NewDeletions{Follow: true, Confirm: true}}, "Extsync-Actor", "ann")
	if got.Deletions.ConfirmedBy != "ann" || got.Deletions.Delay == 0 {
		t.Errorf("followed: %+v", got.Deletions)
	}
	if got, _ = want[v1.Project](s, 200, http.MethodPatch, path, v1.ProjectChange{Deletions: &v1.NewDeletions{}}); got.Deletions != (v1.Deletions{}) {
		t.Errorf("asked again: %+v", got.Deletions)
	}
}

// TestRulesOfADisconnectedProject are refused with what to do about it.
func TestRulesOfADisconnectedProject(t *testing.T) {
	s := newService(t)
	path := "/v1/projects/" + s.connect().ID
	want[v1.Project](s, 200, http.MethodPost, path+"/disconnect", nil)
	s.problem(s.call(http.MethodPatch, path+"/rules", v1.RulesChange{Keep: &[]string{"labels"}}), v1.WrongStatus)
}

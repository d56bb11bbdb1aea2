package api_test

import (
	"net/http"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
	simulator "github.com/extsync/extsync/simulator/github"
)

// TestRollbackOverTheAPI: only the preview that a person has seen is carried out, and once.
func TestRollbackOverTheAPI(t *testing.T) {
	s := newService(t)
	issue := s.outside(simulator.Act{Do: "open", Title: ptr("before")}).Issue
	p := s.connect()
	s.outside(simulator.Act{Do: "edit", Issue: issue, Title: ptr("after")})
	want[v1.Project](s, 202, http.MethodPost, "/v1/projects/"+p.ID+"/sync", nil)
	list, _ := want[v1.Sessions](s, 200, http.MethodGet, "/v1/projects/"+p.ID+"/sessions", nil)
	path := "/v1/sessions/" + list.Sessions[0].ID + "/rollback"
	preview, _ := want[v1.RollbackPreview](s, 200, http.MethodPost, path+"/preview", nil)
	if preview.Counts.Here != 1 || preview.Digest == "" {
		t.Fatalf("preview: %+v", preview)
	}
	s.problem(s.call(http.MethodPost, path, v1.RollbackOrder{}), v1.InvalidRequest)
	s.problem(s.call(http.MethodPost, path, v1.RollbackOrder{Digest: preview.Digest, By: "no handle"}), v1.InvalidRequest)
	moved := s.problem(s.call(http.MethodPost, path, v1.RollbackOrder{Digest: "0123"}), v1.Moved)
	if moved.Status != 409 || moved.Rollback == nil || moved.Rollback.Digest != preview.Digest {
		t.Fatalf("with another digest: %+v", moved)
	}
	// Somebody edits between the preview and its confirmation: what was confirmed is not
	// what would happen now.
	there := "/v1/tickets/" + preview.Rows[0].Ticket
	_, h := want[v1.Ticket](s, 200, http.MethodGet, there, nil)
	want[v1.Ticket](s, 200, http.MethodPatch, there, v1.TicketEdit{Title: ptr("after, edited")}, "If-Match", h.Get("ETag"))
	moved = s.problem(s.call(http.MethodPost, path, v1.RollbackOrder{Digest: preview.Digest}), v1.Moved)
	if moved.Rollback == nil || moved.Rollback.Digest == preview.Digest || moved.Rollback.Counts.Kept != 1 || moved.Rollback.Counts.Here != 0 {
		t.Fatalf("after an edit: %+v", moved.Rollback)
	}
	if now, _ := want[v1.Ticket](s, 200, http.MethodGet, there, nil); now.Title != "after, edited" {
		t.Errorf("a refused rollback changed the ticket: %q", now.Title)
	}
	if list, _ := want[v1.Sessions](s, 200, http.MethodGet, "/v1/projects/"+p.ID+"/sessions", nil); list.Sessions[0].Kind == "rollback" {
		t.Error("a refused rollback was ordered")
	}
	preview = *moved.Rollback
	done, _ := want[v1.Session](s, 202, http.MethodPost, path, v1.RollbackOrder{Digest: preview.Digest, By: "ann"})
	if done.Kind != "rollback" || done.Undoes != preview.Session || done.By != "ann" {
		t.Errorf("ordered: %+v", done)
	}
	s.problem(s.call(http.MethodPost, path, v1.RollbackOrder{Digest: preview.Digest}), v1.WrongStatus)
	s.problem(s.call(http.MethodPost, path+"/preview", nil), v1.WrongStatus)
	s.problem(s.call(http.MethodPost, "/v1/sessions/none/rollback/preview", nil), v1.NotFound)
}

// TestAnOrderIsTakenBackOverTheAPI: a rollback in a paused project is cancelled, once, and may be ordered again.
func TestAnOrderIsTakenBackOverTheAPI(t *testing.T) {
	s := newService(t)
	issue := s.outside(simulator.Act{Do: "open", Title: ptr("before")}).Issue
	p := s.connect()
	s.outside(simulator.Act{Do: "edit", Issue: issue, Title: ptr("after")})
	want[v1.Project](s, 202, http.MethodPost, "/v1/projects/"+p.ID+"/sync", nil)
	list, _ := want[v1.Sessions](s, 200, http.MethodGet, "/v1/projects/"+p.ID+"/sessions", nil)
	path := "/v1/sessions/" + list.Sessions[0].ID + "/rollback"
	s.problem(s.call(http.MethodPost, path+"/cancel", nil), v1.WrongStatus)
	s.problem(s.call(http.MethodPost, "/v1/sessions/none/rollback/cancel", nil), v1.NotFound)
	want[v1.Project](s, 200, http.MethodPost, "/v1/projects/"+p.ID+"/pause", nil)
	for range 2 {
		preview, _ := want[v1.RollbackPreview](s, 200, http.MethodPost, path+"/preview", nil)
		ordered, _ := want[v1.Session](s, 202, http.MethodPost, path, v1.RollbackOrder{Digest: preview.Digest})
		gone, _ := want[v1.Session](s, 200, http.MethodPost, path+"/cancel", nil)
		if gone.ID != ordered.ID || gone.State != "cancelled" {
			t.Errorf("ordered %+v, cancelled %+v", ordered, gone)
		}
		s.problem(s.call(http.MethodPost, path+"/cancel", nil), v1.WrongStatus)
	}
}

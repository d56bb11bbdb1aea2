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
	done, _ := want[v1.Session](s, 202, http.MethodPost, path, v1.RollbackOrder{Digest: preview.Digest, By: "ann"})
	if done.Kind != "rollback" || done.Undoes != preview.Session || done.By != "ann" {
		t.Errorf("ordered: %+v", done)
	}
	s.problem(s.call(http.MethodPost, path, v1.RollbackOrder{Digest: preview.Digest}), v1.WrongStatus)
	s.problem(s.call(http.MethodPost, path+"/preview", nil), v1.WrongStatus)
	s.problem(s.call(http.MethodPost, "/v1/sessions/none/rollback/preview", nil), v1.NotFound)
}

package api_test

import (
	"net/http"
	"strings"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
)

// TestWhatNeedsAConnection says so of a project that is disconnected, whose credential was destroyed: it
// is neither unknown, nor changed since it was read.
func TestWhatNeedsAConnection(t *testing.T) {
	s := newService(t)
	path := "/v1/projects/" + s.connect().ID
	want[v1.MappingVersion](s, 201, http.MethodPost, path+"/mappings", v1.NewMapping{Document: goodMapping})
	want[v1.Project](s, 200, http.MethodPost, path+"/disconnect", nil)
	for _, c := range []struct {
		method, what string
		body         any
	}{
		{http.MethodPost, "/mappings", v1.NewMapping{Document: goodMapping}},
		{http.MethodPost, "/mappings/propose", nil},
		{http.MethodPost, "/mappings/validate", v1.MappingRef{}},
		{http.MethodPost, "/mappings/test", v1.MappingTest{}},
		{http.MethodPost, "/mappings/2/activate", nil},
		{http.MethodPost, "/verify", nil},
		{http.MethodGet, "/outbound-preview", nil},
		{http.MethodPost, "/pause", nil},
		{http.MethodPost, "/resume", nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			sub := &service{s.World, t}
			got := sub.problem(sub.call(c.method, path+c.what, c.body), v1.WrongStatus)
			if !strings.Contains(got.Detail, "is disconnected") || !strings.Contains(got.Detail, "connect it again first") {
				t.Errorf("it says %s", got.Detail)
			}
		})
	}
}

// TestAPauseDuringTheSetup is refused with what there is to do.
func TestAPauseDuringTheSetup(t *testing.T) {
	s := newService(t)
	n := newProject()
	n.Preview = true
	p, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", n)
	for _, what := range []string{"/pause", "/resume"} {
		got := s.problem(s.call(http.MethodPost, "/v1/projects/"+p.ID+what, nil), v1.WrongStatus)
		if !strings.Contains(got.Detail, "is configuring; wait for its setup") {
			t.Errorf("%s says %s", what, got.Detail)
		}
	}
}

package api_test

import (
	"net/http"
	"strings"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
)

const (
	goodMapping  = "tickets:\n  title: title\n  body: body\n"
	wrongMapping = "tickets:\n  title: headline\n"
)

// TestMappingsRefused: each mistake is named, with its line where there is one.
func TestMappingsRefused(t *testing.T) {
	s := newService(t)
	p := s.connect()
	path := "/v1/projects/" + p.ID + "/mappings"
	none := "/v1/projects/00000000-0000-4000-8000-00000000dead/mappings"
	for _, c := range []struct {
		reason       string
		method, path string
		body         any
		uri          string
		says         string
	}{
		{"an unknown key", http.MethodPost, path, v1.NewMapping{Document: "tickets:\n  title: title\n  tags: labels\nticket: {}\n"}, v1.InvalidRequest, "line 4"},
		{"no YAML", http.MethodPost, path, v1.NewMapping{Document: "tickets: ["}, v1.InvalidRequest, "yaml"},
		{"nothing at all", http.MethodPost, path, v1.NewMapping{}, v1.InvalidRequest, "body.document"},
		{"a project that is not there", http.MethodPost, none, v1.NewMapping{Document: goodMapping}, v1.NotFound, ""},
		{"versions of no project", http.MethodGet, none, nil, v1.NotFound, ""},
		{"a version that is not there", http.MethodGet, path + "/9", nil, v1.NotFound, "mapping 9"},
		{"a version that is no number", http.MethodGet, path + "/last", nil, v1.InvalidRequest, "path.version"},
		{"a version below zero", http.MethodGet, path + "/-1", nil, v1.InvalidRequest, "path.version"},
		{"a version and a document", http.MethodPost, path + "/validate", v1.MappingRef{Version: 1, Document: goodMapping}, v1.InvalidRequest, "not both"},
		{"a document for no project", http.MethodPost, none + "/validate", v1.MappingRef{Document: goodMapping}, v1.NotFound, ""},
		{"too many samples", http.MethodPost, path + "/test", v1.MappingTest{Samples: 1000}, v1.InvalidRequest, "body.samples"},
		{"a comparison with nothing there", http.MethodPost, path + "/diff", v1.MappingCompare{To: v1.MappingRef{Version: 7}}, v1.NotFound, "mapping 7"},
		{"activating the one in force", http.MethodPost, path + "/0/activate", nil, v1.InvalidRequest, "want 1 or more"},
		{"activating what is not there", http.MethodPost, path + "/9/activate", nil, v1.NotFound, "mapping 9"},
		{"no review is known", http.MethodGet, strings.TrimSuffix(none, "s") + "-review", nil, v1.NotFound, ""},
	} {
		t.Run(c.reason, func(t *testing.T) {
			sub := &service{s.World, t}
			if got := sub.problem(sub.call(c.method, c.path, c.body), c.uri); !strings.Contains(got.Error(), c.says) {
				t.Errorf("got %q, want it to say %q", got.Error(), c.says)
			}
		})
	}
	if all, _ := want[v1.Mappings](s, 200, http.MethodGet, path, nil); len(all.Versions) != 1 {
		t.Errorf("something was stored: %+v", all)
	}
}

// TestMappingLife stores a version with an error and one without, and goes back.
func TestMappingLife(t *testing.T) {
	s := newService(t)
	p := s.connect()
	path := "/v1/projects/" + p.ID + "/mappings"
	bad, _ := want[v1.MappingVersion](s, 201, http.MethodPost, path, v1.NewMapping{Document: wrongMapping}, "Extsync-Actor", "ann")
	if bad.Version != 2 || bad.State != "draft" || bad.CreatedBy != "ann" || len(bad.Findings) == 0 || bad.Findings[0].Severity != "error" || bad.Findings[0].Line != 2 {
		t.Errorf("a draft with an error: %+v", bad)
	}
	refused := s.problem(s.call(http.MethodPost, path+"/2/activate", nil), v1.InvalidRequest)
	if len(refused.Errors) == 0 || !strings.Contains(refused.Error(), "headline") {
		t.Errorf("it must name each error: %+v", refused)
	}
	good, _ := want[v1.MappingVersion](s, 201, http.MethodPost, path, v1.NewMapping{Document: goodMapping})
	diff, _ := want[v1.MappingDiff](s, 200, http.MethodPost, path+"/diff", v1.MappingCompare{To: v1.MappingRef{Version: good.Version}})
	if len(diff.Changes) < 4 {
		t.Errorf("what would change: %+v", diff)
	}
	on, _ := want[v1.MappingVersion](s, 200, http.MethodPost, path+"/3/activate", nil, "Extsync-Actor", "bob")
	if on.State != "active" || on.ActivatedBy != "bob" || s.pending() == 0 {
		t.Errorf("in force: %+v, %d wake-ups", on, s.pending())
	}
	if got, _ := want[v1.Project](s, 200, http.MethodGet, "/v1/projects/"+p.ID, nil); got.Mapping != 3 {
		t.Errorf("the project says version %d", got.Mapping)
	}
	if log := s.audited(p.ID, "draft mapping"); len(log) != 3 || log[1].Actor != "ann" {
		t.Errorf("audit of drafts: %+v", log)
	}
	again, _ := want[v1.MappingVersion](s, 201, http.MethodPost, path, v1.NewMapping{Document: goodMapping})
	if again.Version != 3 || again.State != "active" {
		t.Errorf("the same document again: %+v", again)
	}
	want[v1.MappingVersion](s, 200, http.MethodPost, path+"/1/activate", nil)
	all, _ := want[v1.Mappings](s, 200, http.MethodGet, path, nil)
	var states []string
	for _, v := range all.Versions {
		states = append(states, v.State)
	}
	if strings.Join(states, " ") != "retired draft active" {
		t.Errorf("after going back: %v", states)
	}
}

// TestMappingReview: a setup waits for the review of its mapping, whichever way the
// person's word comes.
func TestMappingReview(t *testing.T) {
	s := newService(t)
	n := newProject()
	n.Mapping = "review"
	p, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", n)
	path := "/v1/projects/" + p.ID
	st, _ := want[v1.Setup](s, 200, http.MethodGet, path+"/setup", nil)
	if st.Name != "mapping" || st.Mapping == nil || st.Mapping.Step != "review" || st.Mapping.Version != 1 {
		t.Fatalf("setup: %+v", st)
	}
	want[v1.MappingVersion](s, 201, http.MethodPost, path+"/mappings", v1.NewMapping{Document: wrongMapping})
	r, _ := want[v1.MappingReview](s, 200, http.MethodGet, path+"/mapping-review", nil)
	if r.Version != 2 || r.Errors == 0 {
		t.Errorf("the review follows the newest draft: %+v", r)
	}
	want[v1.MappingVersion](s, 200, http.MethodPost, path+"/mappings/1/activate", nil, "Extsync-Actor", "ann")
	if got, _ := want[v1.Project](s, 200, http.MethodGet, path, nil); got.Status != "active" || got.Mapping != 1 {
		t.Errorf("the setup goes on once a version is in force: %+v", got)
	}
	r, _ = want[v1.MappingReview](s, 200, http.MethodGet, path+"/mapping-review", nil)
	if r.Step != "done" || r.By != "ann" {
		t.Errorf("the review ended with %+v", r)
	}
	want[v1.Project](s, 202, http.MethodPost, path+"/mapping-review", nil)
	want[v1.Project](s, 202, http.MethodPost, path+"/mapping-review/reject", nil)
	if r, _ = want[v1.MappingReview](s, 200, http.MethodGet, path+"/mapping-review", nil); r.Step != "rejected" {
		t.Errorf("rejected: %+v", r)
	}
	if got, _ := want[v1.Project](s, 200, http.MethodGet, path, nil); got.Mapping != 1 {
		t.Errorf("a rejection changes nothing: %+v", got)
	}
}

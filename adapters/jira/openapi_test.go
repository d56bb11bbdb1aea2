package jira_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// shared finds a file of the optional folder of real data and specifications beside the
// repository; without it the test is skipped and says so.
func shared(t *testing.T, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "..", "shared", filepath.FromSlash(path))
	if _, err := os.Stat(full); err != nil {
		t.Skipf("SKIPPED: needs ../shared/%s beside the repository: %v", path, err)
	}
	return full
}

// checker validates each request that passes against Atlassian's official descriptions.
type checker struct {
	t       *testing.T
	routers []routers.Router
	next    http.RoundTripper
	seen    map[string]bool // operations
	deviant map[string]bool // known deviations met
}

func newChecker(t *testing.T, next http.RoundTripper) *checker {
	t.Helper()
	c := &checker{t: t, next: next, seen: map[string]bool{}, deviant: map[string]bool{}}
	for _, file := range []string{"specs/jira/platform-v3.json", "specs/jira/software.json"} {
		doc, err := openapi3.NewLoader().LoadFromFile(shared(t, file))
		if err != nil {
			t.Fatal(err)
		}
		doc.Servers = nil
		r, err := legacy.NewRouter(doc, openapi3.DisableExamplesValidation(), openapi3.DisableSchemaPatternValidation(), openapi3.DisableSchemaDefaultsValidation())
		if err != nil {
			t.Fatal(err)
		}
		c.routers = append(c.routers, r)
	}
	return c
}

func (c *checker) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	c.check(r, sent)
	return c.next.RoundTrip(r)
}

func (c *checker) check(r *http.Request, sent []byte) {
	in := r.Clone(context.Background())
	in.URL = &url.URL{Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	in.Body = io.NopCloser(bytes.NewReader(sent))
	for _, router := range c.routers {
		route, params, err := router.FindRoute(in)
		if err != nil {
			continue
		}
		c.seen[r.Method+" "+route.Path] = true
		if route.Operation.Deprecated {
			c.report(r.Method + " " + route.Path + " is deprecated")
		}
		c.known(r, route.Operation.Parameters)
		options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}
		err = openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{Request: in, PathParams: params, Route: route, Options: options})
		if err != nil {
			c.report(fmt.Sprintf("%s %s: %v", r.Method, route.Path, err))
		}
		return
	}
	c.report(r.Method + " " + r.URL.Path + " is not described")
}

// known reports parameters that the description lacks: its validator lets them pass.
func (c *checker) known(r *http.Request, described openapi3.Parameters) {
	for name := range r.URL.Query() {
		if described.GetByInAndName("query", name) == nil {
			c.report(r.Method + " " + r.URL.Path + " has the unknown parameter " + name)
		}
	}
}

// deviations are the requests that do not fit the descriptions, each with its reason.
func deviations() map[string]string {
	return map[string]string{
		"POST /rest/api/3/workflows is not described": "the description at hand leaves workflows out; see the documentation, Bulk get workflows",
		emptied: "the description allows any value but null, which its text says empties a field",
	}
}

const emptied = "a field is null"

func (c *checker) report(what string) {
	if strings.Contains(what, `Error at "/fields/`) && strings.Contains(what, "Value is not nullable") {
		what = emptied
	}
	if deviations()[what] != "" {
		c.deviant[what] = true
		return
	}
	c.t.Errorf("%.900s", what)
}

// TestTrafficFitsTheOfficialDescription drives every call that the adapter makes to Cloud.
func TestTrafficFitsTheOfficialDescription(t *testing.T) {
	d := newDesk(t)
	c := newChecker(t, d.sim.Transport())
	d.through = c
	board := d.project.AddBoard("board")
	if _, err := d.sim.AddSprint(board, "Sprint 1", "active"); err != nil {
		t.Fatal(err)
	}
	var fields []string
	for name := range samples() {
		fields = append(fields, name)
	}
	d.Tested = d.connect(adapters.Config{Fields: append(fields, "sprint"), Filter: "priority IS NOT EMPTY"})
	d.everyCall(fields)
	for _, must := range []string{
		"GET /rest/api/3/myself", "GET /rest/api/3/mypermissions", "GET /rest/api/3/project/{projectIdOrKey}", "GET /rest/api/3/project/search",
		"GET /rest/api/3/field", "GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes", "GET /rest/api/3/resolution/search",
		"GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}", "GET /rest/api/3/project/{projectIdOrKey}/statuses",
		"GET /rest/api/3/user/assignable/search", "GET /rest/agile/1.0/board", "GET /rest/agile/1.0/board/{boardId}/sprint",
		"POST /rest/api/3/search/jql", "POST /rest/api/3/issue/bulkfetch", "POST /rest/api/3/comment/list", "GET /rest/api/3/issue/{issueIdOrKey}/comment",
		"POST /rest/api/3/issue", "POST /rest/api/3/issue/bulk", "GET /rest/api/3/issue/{issueIdOrKey}", "PUT /rest/api/3/issue/{issueIdOrKey}",
		"GET /rest/api/3/issue/{issueIdOrKey}/transitions", "POST /rest/api/3/issue/{issueIdOrKey}/transitions",
		"POST /rest/api/3/issue/{issueIdOrKey}/comment", "PUT /rest/api/3/issue/{issueIdOrKey}/comment/{id}",
		"DELETE /rest/api/3/issue/{issueIdOrKey}/comment/{id}", "POST /rest/api/3/changelog/bulkfetch",
	} {
		if !c.seen[must] {
			t.Errorf("the adapter did not call %s", must)
		}
	}
	for what := range deviations() {
		if !c.deviant[what] {
			t.Errorf("%q is no longer a deviation: remove it", what)
		}
	}
}

// everyCall makes the adapter use everything it knows.
func (d *desk) everyCall(fields []string) {
	d.Helper()
	ctx := d.Context()
	must := func(err error) {
		d.Helper()
		if err != nil {
			d.Fatal(err)
		}
	}
	_, err := d.Tested.Probe(ctx)
	must(err)
	_, err = d.Tested.Projects(ctx)
	must(err)
	s, err := d.Tested.Schema(ctx)
	must(err)
	content := newIssue(external.Fields{
		"summary": text("x"), "description": text("**y**\n\n- z"), "status": text("Done"), "priority": text("High"), "labels": set("a"), "assignee": set("person1"),
		"fixVersions": set("v1"), "components": set("part1"), "duedate": text("2026-05-04"), "estimate": text("3"), "sprint": text("Sprint 1")})
	for _, name := range fields {
		content.Set[name] = samples()[name][0][name]
	}
	content.Containers = s.Containers
	item := d.push(content)
	epic := d.push(newIssue(external.Fields{"summary": text("epic"), "issuetype": text("Epic")}))
	changes := external.Fields{"description": text("other"), "labels": set("b"), "assignee": set("person2"), "parent": text(epic.ID), "status": text("In Progress"), "duedate": {}}
	for _, name := range fields {
		changes[name] = samples()[name][1][name]
	}
	item = d.push(edit(item, changes))
	d.push(edit(item, external.Fields{"parent": {}, "assignee": {}, "sprint": {}, "estimate": {}}))
	_, err = d.writeBatch(d.batch(external.Fields{"summary": text("a")}, external.Fields{"summary": text("b")}))
	must(err)
	for n := range 25 {
		d.remark(item.Ref, fmt.Sprint("comment ", n))
	}
	comment := d.push(newComment(item.Ref, "ours"))
	comment = d.push(edit(comment, external.Fields{"body": text("changed")}))
	d.walk(external.Window{}, nil)
	_, err = d.Tested.Read(ctx, []external.Ref{item.Ref, comment.Ref})
	must(err)
	_, err = d.Tested.History(ctx, []adapters.HistoryQuery{{Ref: item.Ref}})
	must(err)
	del := edit(comment, nil)
	del.Action = "delete"
	d.push(del)
}

// TestRecordedCreateMetadata: what a real site says of its fields is understood.
func TestRecordedCreateMetadata(t *testing.T) {
	raw, err := os.ReadFile(shared(t, "specs/jira/createmeta-examples/cloud-get-create-issue-metadata-for-project-many-fields.json"))
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Projects []struct {
			IssueTypes []struct {
				ID, Name string
				Fields   map[string]map[string]any
			}
		}
	}
	if err := json.Unmarshal(raw, &recorded); err != nil {
		t.Fatal(err)
	}
	first := recorded.Projects[0].IssueTypes[0]
	d := newDesk(t)
	d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
		var page map[string]any
		switch path := r.URL.Path; {
		case strings.HasSuffix(path, "/issuetypes"):
			page = map[string]any{"issueTypes": []any{map[string]any{"id": first.ID, "name": first.Name}}, "total": 1}
		case strings.Contains(path, "/issuetypes/"):
			var list []any
			for id, f := range first.Fields {
				f["fieldId"] = id
				list = append(list, f)
			}
			page = map[string]any{"fields": list, "total": len(list)}
		default:
			return d.sim.Transport().RoundTrip(r)
		}
		body, err := json.Marshal(page)
		return answer(r, http.StatusOK, string(body)), err
	})
	d.Tested = d.connect(adapters.Config{})
	s, err := d.Tested.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, typ := range map[string]external.FieldType{
		"customfield_10067": external.TypeText, "customfield_10068": external.TypeOption, "customfield_10069": external.TypeDate,
		"customfield_10070": external.TypeTime, "customfield_10071": external.TypeLabels, "customfield_10072": external.TypeNumber,
		"customfield_10074": external.TypeOption, "customfield_10077": external.TypeProse, "customfield_10079": external.TypeURL, "customfield_10080": external.TypePeople,
	} {
		if f, there := s.Field(name); !there || f.Type != typ || f.Title == "" {
			t.Errorf("%s: got %+v", name, f)
		}
	}
	if f, _ := s.Field("description"); !f.Required {
		t.Error("the description is required there")
	}
	if f, _ := s.Field("priority"); f.Required || len(f.Options) != 5 {
		t.Errorf("the priority has a default and five values: got %+v", f)
	}
}

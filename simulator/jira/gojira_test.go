package jira_test

import (
	"net/http"
	"strings"
	"testing"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

func (w *world) gojira(base string) *gojira.Client {
	w.Helper()
	auth := &gojira.BearerAuthTransport{Token: "tok", Transport: w.sim.Transport()}
	c, err := gojira.NewClient(auth.Client(), base)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// TestDataCenterThroughGoJira drives the typed calls of the client library: people by name, texts as markup, the old search.
func TestDataCenterThroughGoJira(t *testing.T) {
	w := newWorld(t, func(o *jira.Options) { o.Edition = jira.DataCenter })
	c := w.gojira("https://jira.example.com/")
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	me, resp, err := c.User.GetSelf()
	must(resp, err)
	if me.Name != "bot" || me.Key == "" || me.AccountID != "" {
		t.Errorf("people are known by name and key: %+v", me)
	}
	made, resp, err := c.Issue.Create(&gojira.Issue{Fields: &gojira.IssueFields{Project: gojira.Project{Key: "ABC"}, Type: gojira.IssueType{Name: "Task"},
		Summary: "first", Description: "h1. Title\n\n*bold*", Assignee: &gojira.User{Name: "ada"}, Labels: []string{"b", "a"}}})
	must(resp, err)
	got, resp, err := c.Issue.Get(made.Key, nil)
	must(resp, err)
	if got.Fields.Description != "h1. Title\n\n*bold*" || got.Fields.Assignee.Name != "ada" || got.Fields.Status.Name != "To Do" || got.Fields.Labels[0] != "a" {
		t.Errorf("read back: %+v", got.Fields)
	}
	comment, resp, err := c.Issue.AddComment(made.ID, &gojira.Comment{Body: "hello"})
	must(resp, err)
	comment.Body = "bye"
	_, resp, err = c.Issue.UpdateComment(made.ID, comment)
	must(resp, err)
	steps, resp, err := c.Issue.GetTransitions(made.ID)
	must(resp, err)
	if len(steps) != 1 || steps[0].Name != "Start" {
		t.Fatalf("transitions from To Do: %+v", steps)
	}
	must(c.Issue.DoTransition(made.ID, steps[0].ID))
	must(c.Issue.UpdateIssue(made.ID, map[string]any{"fields": map[string]any{"summary": "second", "assignee": nil}}))
	must(c.Issue.UpdateAssignee(made.ID, &gojira.User{Name: "bot"}))
	_, resp, err = c.Issue.AddRemoteLink(made.ID, &gojira.RemoteLink{GlobalID: "g", Object: &gojira.RemoteLinkObject{URL: "https://x.example", Title: "x"}})
	must(resp, err)
	for range 3 {
		w.create(nil)
	}
	page, resp, err := c.Issue.Search("project = ABC ORDER BY key ASC", &gojira.SearchOptions{StartAt: 1, MaxResults: 2})
	must(resp, err)
	if resp.Total != 4 || resp.StartAt != 1 || len(page) != 2 || page[0].Key != "ABC-2" {
		t.Errorf("search: total %d start %d %v", resp.Total, resp.StartAt, page)
	}
	all := 0
	if err := c.Issue.SearchPages("project = ABC", &gojira.SearchOptions{MaxResults: 3}, func(gojira.Issue) error { all++; return nil }); err != nil || all != 4 {
		t.Errorf("pages: %d %v", all, err)
	}
	lists(t, c, must)
	if id, err := w.sim.AddSprint(w.abc.AddBoard("B"), "S", "active"); err != nil || id != 1 {
		t.Fatal(id, err)
	}
	must(c.Sprint.MoveIssuesToSprint(1, []string{made.ID}))
	if s := w.must(200, "GET", "issue/"+made.ID, nil).str("fields.customfield_10020.0"); !strings.Contains(s, "[id=1,rapidViewId=1,state=ACTIVE,name=S,startDate=2026-11-25T12:00:00.123Z,") {
		t.Errorf("a sprint is printed as %q", s)
	}
	must(nil, c.Issue.DeleteComment(made.ID, comment.ID))
}

// lists reads what describes the site.
func lists(t *testing.T, c *gojira.Client, must func(any, error)) {
	t.Helper()
	projects, resp, err := c.Project.GetList()
	must(resp, err)
	fields, resp, err := c.Field.GetList()
	must(resp, err)
	priorities, resp, err := c.Priority.GetList()
	must(resp, err)
	statuses, resp, err := c.Status.GetAllStatuses()
	must(resp, err)
	resolutions, resp, err := c.Resolution.GetList()
	must(resp, err)
	meta, resp, err := c.Issue.GetCreateMeta("ABC")
	must(resp, err)
	people, resp, err := c.User.Find("ada", gojira.WithUsername("ada"))
	must(resp, err)
	if len(*projects) != 2 || len(fields) < 30 || len(priorities) != 5 || len(statuses) != 4 || len(resolutions) != 4 || len(meta.Projects) != 1 || len(people) != 1 {
		t.Errorf("lists: %d %d %d %d %d %d %d", len(*projects), len(fields), len(priorities), len(statuses), len(resolutions), len(meta.Projects), len(people))
	}
}

// TestCloudThroughGoJira has the traps of the library on Cloud: the old search is gone, v2 shows markup for documents.
func TestCloudThroughGoJira(t *testing.T) {
	w := newWorld(t)
	c := w.gojira("https://example.atlassian.net/")
	id := w.create(object{"description": object{"type": "doc", "version": 1, "content": []any{
		object{"type": "paragraph", "content": []any{object{"type": "text", "text": "bold", "marks": []any{object{"type": "strong"}}}}}}}})
	if _, resp, err := c.Issue.Search("project = ABC", nil); err == nil || resp.StatusCode != http.StatusGone {
		t.Errorf("the old search on Cloud: %v, want 410", err)
	}
	found, resp, err := c.Issue.SearchV2JQL("project = ABC", &gojira.SearchOptionsV2{Fields: []string{"summary", "description"}})
	if err != nil || len(found) != 1 || found[0].Fields.Description != "*bold*" || !resp.IsLast {
		t.Errorf("v2 search: %v %+v", err, found)
	}
	if _, err := c.Issue.UpdateIssue(id, map[string]any{"fields": map[string]any{"description": "h2. Two\n\n* a\n* b"}}); err != nil {
		t.Fatal(err)
	}
	a := w.must(200, "GET", "issue/"+id+"?fields=description", nil)
	if a.str("fields.description.content.0.type") != "heading" || a.str("fields.description.content.1.type") != "bulletList" {
		t.Errorf("markup written through v2 is a document in v3: %s", a.raw)
	}
	through := w.gojira("https://api.atlassian.com/ex/jira/11111111-2222-4333-8444-555555555555/")
	got, _, err := through.Issue.Get(id, nil)
	if err != nil || got.Self != "https://api.atlassian.com/ex/jira/11111111-2222-4333-8444-555555555555/rest/api/2/issue/"+id {
		t.Errorf("through the gateway: %v %+v", err, got)
	}
	board := w.abc.AddBoard("B")
	sprint, err := w.sim.AddSprint(board, "S", "future")
	if err != nil {
		t.Fatal(err)
	}
	if boards, _, err := c.Board.GetAllBoards(&gojira.BoardListOptions{}); err != nil || len(boards.Values) != 1 {
		t.Errorf("boards: %v", err)
	}
	if sprints, _, err := c.Board.GetAllSprints("1"); err != nil || len(sprints) != 1 {
		t.Errorf("sprints: %v %v", sprints, err)
	}
	if _, err := c.Sprint.MoveIssuesToSprint(int(sprint), []string{id}); err != nil {
		t.Error(err)
	}
	w.sim.World(func(m *model.World) {
		if s := m.Issue(id).Sprints(); len(s) != 1 || s[0].Name != "S" {
			t.Errorf("sprint of the issue: %v", s)
		}
	})
}

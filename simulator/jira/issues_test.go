package jira_test

import (
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

func TestFieldsAreChecked(t *testing.T) {
	w := newWorld(t)
	f := w.abc.Field
	for _, c := range []struct {
		fields object
		field  string // that is complained about
		reason string
	}{
		{object{"summary": strings.Repeat("x", 256)}, "summary", "256 characters"},
		{object{"summary": "a\nb"}, "summary", "two lines"},
		{object{"summary": " "}, "summary", "blank"},
		{object{"summary": 7}, "summary", "a number"},
		{object{"nonsense": 1}, "nonsense", "no such field"},
		{object{"customfield_99999": 1}, "customfield_99999", "no such field"},
		{object{"status": object{"name": "Done"}}, "status", "status is never set"},
		{object{"resolution": object{"name": "Done"}}, "resolution", "not on the screen"},
		{object{"created": "2026-01-01"}, "created", "read only"},
		{object{"description": "text"}, "description", "v3 wants a document"},
		{object{"description": object{"type": "doc", "version": 1, "content": []any{object{"type": "nope"}}}}, "description", "invalid document"},
		{object{"description": doc(strings.Repeat("x", 32_768))}, "description", "too long"},
		{object{"priority": object{"name": "Nope"}}, "priority", "unknown priority"},
		{object{"labels": []string{"a b"}}, "labels", "blank in a label"},
		{object{"labels": "a"}, "labels", "no array"},
		{object{"assignee": object{"accountId": "nobody"}}, "assignee", "unknown user"},
		{object{"assignee": object{"name": "ada"}}, "assignee", "by name on Cloud"},
		{object{"reporter": object{"id": "nobody"}}, "reporter", "unknown user"},
		{object{"duedate": "01.12.2026"}, "duedate", "no date"},
		{object{"parent": object{"key": "NO-1"}}, "parent", "no such parent"},
		{object{"components": []any{object{"name": "nope"}}}, "components", "unknown component"},
		{object{f("Points"): "3"}, f("Points"), "text for a number"},
		{object{f("One line"): strings.Repeat("x", 256)}, f("One line"), "too long"},
		{object{f("Colour"): object{"value": "blue"}}, f("Colour"), "unknown option"},
		{object{f("Colour"): object{"id": "1"}}, f("Colour"), "unknown option id"},
		{object{f("Colour"): "red"}, f("Colour"), "no object"},
		{object{f("Colours"): object{"value": "red"}}, f("Colours"), "no array"},
		{object{f("Shade"): object{"value": "red", "child": object{"value": "green"}}}, f("Shade"), "child of another"},
		{object{f("Moment"): "today"}, f("Moment"), "no time"},
		{object{f("Page"): "not an address"}, f("Page"), "no address"},
		{object{f("Severity"): object{"value": "red"}}, f("Severity"), "not a field of this type"},
		{object{"issuetype": object{"name": "Bug"}}, f("Severity"), "required there"},
		{object{"issuetype": object{"name": "Nope"}}, "issuetype", "unknown type"},
		{object{"issuetype": object{"name": "Sub-task"}}, "parent", "a sub-task needs one"},
		{object{"project": object{"key": "NO"}}, "project", "unknown project"},
		{object{"project": nil}, "project", "no project"},
	} {
		a := w.do("POST", "issue", task(c.fields))
		if errs, _ := a.body["errors"].(object); a.status != 400 || errs[c.field] == nil || len(errs) != 1 {
			t.Errorf("%s: %d %.300s, want a complaint about %s alone", c.reason, a.status, a.raw, c.field)
		}
	}
	if got := w.find("project = ABC"); got != "" {
		t.Errorf("refused creates left %s", got)
	}
	a := w.must(400, "POST", "issue", task(object{"summary": nil, "duedate": "x", "nonsense": 1}))
	if errs := a.keys("errors"); len(errs) != 3 {
		t.Errorf("all complaints come at once: %v", errs)
	}
	w.must(400, "POST", "issue", "{broken")
}

func TestEveryFieldReadsBack(t *testing.T) {
	w := newWorld(t)
	a := w.must(201, "POST", "issue", task(fullFields(w)))
	got := w.must(200, "GET", "issue/"+a.str("id"), nil)
	for path, want := range map[string]any{
		"description.type": "doc", "priority.name": "High", "labels.0": "a", "labels.1": "b", "duedate": "2026-12-01", "components.0.name": "core",
		"assignee.displayName": "Bot", w.abc.Field("Story Points"): 3.5, w.abc.Field("Moment"): "2026-12-24T09:00:00.000+0000", w.abc.Field("Shade") + ".child.value": "ruby",
		w.abc.Field("Colours") + ".1.value": "green", w.abc.Field("Notes") + ".type": "doc", w.abc.Field("Owners") + ".0.accountType": "atlassian",
		"status.statusCategory.key": "new", "issuetype.hierarchyLevel": 0.0, "project.key": "ABC",
	} {
		if v := got.get("fields." + path); v != want {
			t.Errorf("%s reads %v, want %v", path, v, want)
		}
	}
	empty := w.must(200, "GET", "issue/"+w.create(nil), nil).keys("fields")
	if v, shown := empty["duedate"]; !shown || v != nil {
		t.Error("an empty field is shown as null")
	}
	if v, _ := empty["labels"].([]any); v == nil {
		t.Error("empty labels are an empty array")
	}
}

func TestEdit(t *testing.T) {
	w := newWorld(t)
	id := w.create(object{"labels": []string{"a"}})
	at := "issue/" + id
	updated := func() string { return w.must(200, "GET", at, nil).str("fields.updated") }
	before := updated()
	w.clock.advance(5 * time.Millisecond)
	w.must(204, "PUT", at, object{"fields": object{"summary": "s", "labels": []string{"a"}}})
	if updated() != before {
		t.Error("an edit that changes nothing moves updated")
	}
	w.must(204, "PUT", at, object{"update": object{"labels": []any{object{"add": "b"}, object{"remove": "a"}}, "summary": []any{object{"set": "t"}}}})
	got := w.must(200, "GET", at, nil)
	if got.str("fields.labels.0") != "b" || got.str("fields.summary") != "t" || got.str("fields.updated") != "2026-11-25T12:00:00.128+0000" {
		t.Errorf("after the edit: %v %v %v", got.get("fields.labels"), got.str("fields.summary"), got.str("fields.updated"))
	}
	for reason, in := range map[string]object{
		"a field in both":        {"fields": object{"summary": "x"}, "update": object{"summary": []any{object{"set": "y"}}}},
		"nothing at all":         {},
		"a transition":           {"fields": object{"summary": "x"}, "transition": object{"id": "11"}},
		"status":                 {"fields": object{"status": object{"name": "Done"}}},
		"unknown verb":           {"update": object{"summary": []any{object{"add": "y"}}}},
		"a required field empty": {"fields": object{"summary": nil}},
		"one bad among good":     {"fields": object{"summary": "bad", "priority": object{"name": "Nope"}}},
	} {
		if a := w.do("PUT", at, in); a.status != 400 {
			t.Errorf("%s: %d %s", reason, a.status, a.raw)
		}
	}
	if s := w.must(200, "GET", at, nil).str("fields.summary"); s != "t" {
		t.Errorf("a refused edit left %q", s)
	}
	w.must(204, "PUT", at+"?notifyUsers=false", object{"fields": object{"description": nil, "labels": []string{}}})
	w.must(204, "PUT", at, object{"update": object{"comment": []any{object{"add": object{"body": doc("said")}}}}})
	if n := w.must(200, "GET", at, nil).get("fields.comment.total"); n != 1.0 {
		t.Errorf("comments: %v", n)
	}
	epic := w.create(object{"issuetype": object{"name": "Epic"}})
	w.must(204, "PUT", at, object{"fields": object{"parent": object{"id": epic}}})
	w.must(204, "PUT", at, object{"update": object{"parent": []any{object{"set": object{"none": true}}}}})
	if p := w.must(200, "GET", at, nil).get("fields.parent"); p != nil {
		t.Errorf("parent after clearing: %v", p)
	}
}

func TestEditsOfDocumentsAndLists(t *testing.T) {
	w := newWorld(t)
	panel := func(kind string) object {
		return object{"type": "doc", "version": 1, "content": []any{object{"type": "panel", "attrs": object{"panelType": kind}, "content": doc("x")["content"]}}}
	}
	colours, owners := w.abc.Field("Colours"), w.abc.Field("Owners")
	at := "issue/" + w.create(object{"description": panel("info"), colours: []any{object{"value": "red"}}, owners: []any{adaOf(w)}})
	last := w.must(200, "GET", at, nil).str("fields.updated")
	for _, c := range []struct {
		in     object
		moves  bool
		reason string
	}{
		{object{"fields": object{"description": panel("info")}}, false, "the same document"},
		{object{"fields": object{"description": panel("warning")}}, true, "a difference that markup does not show"},
		{object{"update": object{colours: []any{object{"add": object{"value": "green"}}}}}, true, "an option more"},
		{object{"update": object{colours: []any{object{"remove": object{"value": "red"}}, object{"remove": object{"value": "green"}}}}}, true, "none left"},
		{object{"update": object{colours: []any{object{"remove": object{"value": "red"}}}}}, false, "one that is not there"},
		{object{"update": object{owners: []any{object{"remove": adaOf(w)}}}}, true, "a person less"},
		{object{"fields": object{"issuetype": object{"name": "Story"}}}, true, "another type"},
	} {
		w.clock.advance(time.Second)
		w.must(204, "PUT", at, c.in)
		now := w.must(200, "GET", at, nil).str("fields.updated")
		if (now != last) != c.moves {
			t.Errorf("%s: moves updated %v, want %v", c.reason, now != last, c.moves)
		}
		last = now
	}
	got := w.must(200, "GET", at, nil)
	if got.get("fields."+colours) != nil || got.get("fields."+owners) != nil || got.str("fields.issuetype.name") != "Story" {
		t.Errorf("after all: %s", got.raw)
	}
	w.must(400, "PUT", at, object{"fields": object{"issuetype": object{"name": "Nope"}}})
}

func TestDeleteWithSubtasks(t *testing.T) {
	w := newWorld(t)
	id := w.create(nil)
	sub := w.create(object{"issuetype": object{"name": "Sub-task"}, "parent": object{"id": id}})
	if s := w.must(200, "GET", "issue/"+id, nil).str("fields.subtasks.0.id"); s != sub {
		t.Errorf("sub-task %q", s)
	}
	w.as("root-tok", func() {
		w.must(400, "DELETE", "issue/"+id, nil)
		w.must(204, "DELETE", "issue/"+id+"?deleteSubtasks=true", nil)
	})
	w.must(404, "GET", "issue/"+sub, nil)
}

func TestBulkCreate(t *testing.T) {
	w := newWorld(t)
	with := task(nil)
	with["properties"] = []any{object{"key": "sync", "value": "v"}}
	flow := w.must(200, "GET", "issue/"+w.create(nil)+"/transitions", nil).str("transitions.0.id")
	with["transition"] = object{"id": flow}
	a := w.must(201, "POST", "issue/bulk", object{"issueUpdates": []any{with, task(object{"nonsense": 1}), task(nil)}})
	if len(a.list("issues")) != 2 || a.get("errors.0.failedElementNumber") != 1.0 || a.get("errors.0.elementErrors.errors.nonsense") == nil {
		t.Errorf("partial success: %s", a.raw)
	}
	got := w.must(200, "GET", "issue/"+a.str("issues.0.id")+"?properties=sync", nil)
	if got.str("properties.sync") != "v" || got.str("fields.status.name") != "In Progress" {
		t.Errorf("made with property and transition: %v %v", got.get("properties"), got.str("fields.status.name"))
	}
	w.must(400, "POST", "issue/bulk", object{"issueUpdates": []any{task(object{"nonsense": 1})}})
	var many []any
	for range 51 {
		many = append(many, task(nil))
	}
	w.must(400, "POST", "issue/bulk", object{"issueUpdates": many})
}

func TestMovedAndDeletedIssues(t *testing.T) {
	w := newWorld(t)
	id := w.create(nil)
	moved := w.act(jira.Act{Login: "ada", Do: "move", Issue: "ABC-1", To: "OTH"})
	if moved.Key != "OTH-1" || moved.Issue != id {
		t.Fatalf("moved: %+v", moved)
	}
	if a := w.must(200, "GET", "issue/ABC-1", nil); a.str("key") != "OTH-1" || a.str("id") != id {
		t.Errorf("the old key finds %s %s", a.str("key"), a.str("id"))
	}
	a := w.must(200, "POST", "issue/bulkfetch", object{"issueIdsOrKeys": []string{"ABC-1", "ABC-77"}})
	if a.str("issues.0.key") != "OTH-1" || a.str("issueErrors.0.id") != "" {
		t.Errorf("bulkfetch: %s", a.raw)
	}
	w.must(400, "POST", "issue/bulkfetch", object{"issueIdsOrKeys": make([]string, 101)})
	w.act(jira.Act{Login: "ada", Do: "delete", Issue: id})
	w.must(404, "GET", "issue/"+id, nil)
	w.must(404, "GET", "issue/ABC-1", nil)
	if got := w.find("project = OTH"); got != "" {
		t.Errorf("search still finds %s", got)
	}
	if key := w.act(jira.Act{Login: "ada", Do: "create", Project: "OTH", Summary: "n"}).Key; key != "OTH-2" {
		t.Errorf("keys are not used twice: %s", key)
	}
}

func TestPropertiesAndRemoteLinks(t *testing.T) {
	w := newWorld(t)
	at := "issue/" + w.create(nil)
	before := w.must(200, "GET", at, nil).str("fields.updated")
	w.clock.advance(time.Minute)
	w.must(201, "PUT", at+"/properties/p", `"text"`)
	w.must(200, "PUT", at+"/properties/p", `{"a":[1]}`)
	w.must(400, "PUT", at+"/properties/p", `{broken`)
	w.must(400, "PUT", at+"/properties/p", `"`+strings.Repeat("x", 32_768)+`"`)
	w.must(400, "PUT", at+"/properties/"+strings.Repeat("k", 256), `1`)
	link := object{"globalId": "g", "object": object{"url": "https://x.example", "title": "one"}}
	first := w.must(201, "POST", at+"/remotelink", link)
	link["object"] = object{"url": "https://x.example", "title": "two"}
	if again := w.must(200, "POST", at+"/remotelink", link); again.get("id") != first.get("id") {
		t.Error("the same globalId is the same link")
	}
	if s := w.must(200, "GET", at+"/remotelink?globalId=g", nil).str("object.title"); s != "two" {
		t.Errorf("the link reads %q", s)
	}
	w.must(400, "POST", at+"/remotelink", object{"object": object{"title": "no address"}})
	w.must(404, "GET", at+"/remotelink?globalId=other", nil)
	if after := w.must(200, "GET", at, nil).str("fields.updated"); after != before {
		t.Error("properties and links move no updated")
	}
}

func TestChangelog(t *testing.T) {
	w := newWorld(t)
	id := w.create(nil)
	w.must(204, "PUT", "issue/"+id, object{"fields": object{"summary": "t", "labels": []string{"x"}, w.abc.Field("Story Points"): 1}})
	w.must(204, "PUT", "issue/"+id, object{"fields": object{"description": doc("d"), "assignee": adaOf(w)}})
	a := w.must(200, "GET", "issue/"+id+"/changelog", nil)
	if a.get("total") != 2.0 || a.str("values.0.items.0.field") != "Story Points" || a.str("values.0.items.0.fieldtype") != "custom" || a.str("values.0.items.2.toString") != "t" {
		t.Errorf("changelog: %s", a.raw)
	}
	if to := a.str("values.1.items.0.to"); !strings.HasPrefix(to, "712020:") {
		t.Errorf("assignee's change names %q", to)
	}
	bulk := w.must(200, "POST", "changelog/bulkfetch", object{"issueIdsOrKeys": []string{id}, "fieldIds": []string{"description"}})
	if n := len(bulk.list("issueChangeLogs.0.changeHistories")); n != 1 {
		t.Errorf("%d entries touch the description", n)
	}
	page := w.must(200, "POST", "changelog/bulkfetch", object{"issueIdsOrKeys": []string{id}, "maxResults": 1})
	token := page.str("nextPageToken")
	rest := w.must(200, "POST", "changelog/bulkfetch", object{"issueIdsOrKeys": []string{id}, "maxResults": 1, "nextPageToken": token})
	if token == "" || rest.get("nextPageToken") != nil || rest.str("issueChangeLogs.0.changeHistories.0.id") == page.str("issueChangeLogs.0.changeHistories.0.id") {
		t.Errorf("pages: %s then %s", page.raw, rest.raw)
	}
	w.must(400, "POST", "changelog/bulkfetch", object{"issueIdsOrKeys": []string{id}, "fieldIds": make([]string, 11)})
	if e := w.must(200, "GET", "issue/"+id+"?expand=changelog", nil); e.get("changelog.histories.0.id") != a.get("values.1.id") {
		t.Error("expand=changelog shows the latest first")
	}
}

func TestSprints(t *testing.T) {
	w := newWorld(t)
	board := w.abc.AddBoard("B")
	closed, _ := w.sim.AddSprint(board, "old", "closed")
	active, err := w.sim.AddSprint(board, "now", "active")
	if err != nil {
		t.Fatal(err)
	}
	id := w.create(object{"customfield_10020": active})
	if s := w.must(200, "GET", "issue/"+id, nil); s.str("fields.customfield_10020.0.state") != "active" || s.get("fields.customfield_10020.0.boardId") != float64(board) {
		t.Errorf("the sprint field: %v", s.get("fields.customfield_10020"))
	}
	w.must(204, "POST", "/rest/agile/1.0/backlog/issue", object{"issues": []string{id}})
	if v := w.must(200, "GET", "issue/"+id, nil).get("fields.customfield_10020"); v != nil {
		t.Errorf("in the backlog: %v", v)
	}
	for reason, c := range map[string]struct {
		path   string
		issues []string
		status int
	}{
		"a closed sprint": {"/rest/agile/1.0/sprint/1/issue", []string{id}, 400},
		"no such sprint":  {"/rest/agile/1.0/sprint/99/issue", []string{id}, 404},
		"no such issue":   {"/rest/agile/1.0/sprint/2/issue", []string{"NO-1"}, 404},
		"too many":        {"/rest/agile/1.0/sprint/2/issue", make([]string, 51), 400},
	} {
		if a := w.do("POST", c.path, object{"issues": c.issues}); a.status != c.status {
			t.Errorf("%s: %d %s", reason, a.status, a.raw)
		}
	}
	w.act(jira.Act{Login: "ada", Do: "sprint", Issue: id, To: "2"})
	w.create(object{"customfield_10020": active})
	a := w.must(200, "GET", "/rest/software/1.0/sprint/2/issue?maxResults=1&jql=project%20=%20ABC%20ORDER%20BY%20key%20ASC", nil)
	if a.str("issues.0.id") != id || a.str("nextPageToken") == "" || a.str("issues.0.self") != "https://example.atlassian.net/rest/api/2/issue/"+id {
		t.Errorf("issues of the sprint: %s", a.raw)
	}
	w.must(400, "GET", "/rest/software/1.0/sprint/2/issue?jql=nonsense", nil)
	if got := w.find("sprint in openSprints() ORDER BY key ASC"); got != "ABC-1 ABC-2" {
		t.Errorf("in open sprints: %s", got)
	}
	var schema string
	w.sim.World(func(m *model.World) { schema = m.Field("customfield_10020").Custom })
	if schema != "com.pyxis.greenhopper.jira:gh-sprint" || closed != 1 {
		t.Errorf("schema %s", schema)
	}
}

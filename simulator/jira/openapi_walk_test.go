package jira_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

func generated() model.GenerateOptions { return model.GenerateOptions{Comments: 1, Done: 0.3} }

// served lists what the walk must have seen.
func served() []string {
	var out []string
	for _, s := range []string{
		"GET myself 200", "GET serverInfo 200", "GET mypermissions 200", "GET mypermissions 400", "GET mypermissions 404", "GET user 200", "GET user/search 200",
		"GET user/assignable/search 200", "GET project 200", "GET project/search 200", "GET project/{projectIdOrKey} 200", "GET project/{projectIdOrKey} 404",
		"GET project/{projectIdOrKey}/statuses 200", "GET field 200", "GET priority 200", "GET priority/search 200", "GET resolution 200",
		"GET resolution/search 200", "GET status 200", "GET issuetype 200", "GET label 200", "GET issue/createmeta 200",
		"GET issue/createmeta/{projectIdOrKey}/issuetypes 200", "GET issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId} 200",
		"GET search/jql 200", "POST search/jql 200", "GET search/jql 400", "POST search/approximate-count 200",
		"POST issue 201", "POST issue 400", "POST issue/bulk 201", "POST issue/bulk 400", "POST issue/bulkfetch 200", "GET issue/{issueIdOrKey} 200",
		"GET issue/{issueIdOrKey} 404", "PUT issue/{issueIdOrKey} 204", "PUT issue/{issueIdOrKey} 200", "PUT issue/{issueIdOrKey} 400",
		"PUT issue/{issueIdOrKey} 403", "PUT issue/{issueIdOrKey} 409", "DELETE issue/{issueIdOrKey} 204", "PUT issue/{issueIdOrKey}/assignee 204",
		"GET issue/{issueIdOrKey}/editmeta 200", "GET issue/{issueIdOrKey}/transitions 200", "POST issue/{issueIdOrKey}/transitions 204",
		"POST issue/{issueIdOrKey}/transitions 400", "GET issue/{issueIdOrKey}/changelog 200", "POST changelog/bulkfetch 200",
		"GET issue/{issueIdOrKey}/comment 200", "POST issue/{issueIdOrKey}/comment 201", "POST issue/{issueIdOrKey}/comment 400",
		"GET issue/{issueIdOrKey}/comment/{id} 200", "PUT issue/{issueIdOrKey}/comment/{id} 200", "DELETE issue/{issueIdOrKey}/comment/{id} 204",
		"POST comment/list 200", "GET comment/{commentId}/properties 200", "GET comment/{commentId}/properties/{propertyKey} 200",
		"PUT comment/{commentId}/properties/{propertyKey} 201", "DELETE comment/{commentId}/properties/{propertyKey} 204",
		"GET issue/{issueIdOrKey}/properties 200", "GET issue/{issueIdOrKey}/properties/{propertyKey} 200", "GET issue/{issueIdOrKey}/properties/{propertyKey} 404",
		"PUT issue/{issueIdOrKey}/properties/{propertyKey} 201", "PUT issue/{issueIdOrKey}/properties/{propertyKey} 200",
		"DELETE issue/{issueIdOrKey}/properties/{propertyKey} 204", "GET issue/{issueIdOrKey}/remotelink 200", "POST issue/{issueIdOrKey}/remotelink 201",
		"POST issue/{issueIdOrKey}/remotelink 200", "GET issue/{issueIdOrKey}/remotelink/{linkId} 200", "DELETE issue/{issueIdOrKey}/remotelink 204",
		"DELETE issue/{issueIdOrKey}/remotelink/{linkId} 204",
	} {
		method, rest, _ := strings.Cut(s, " ")
		out = append(out, method+" /rest/api/3/"+rest)
	}
	return append(out, "GET /rest/agile/1.0/board 200", "GET /rest/agile/1.0/board/{boardId} 200", "GET /rest/agile/1.0/board/{boardId}/sprint 200", "GET /rest/agile/1.0/board/{boardId}/configuration 200",
		"GET /rest/agile/1.0/sprint/{sprintId} 200", "POST /rest/agile/1.0/sprint/{sprintId}/issue 204", "POST /rest/agile/1.0/backlog/issue 204",
		"GET /rest/software/1.0/sprint/{sprintId}/issue 200")
}

func walkSite(w *world) {
	w.Helper()
	for _, path := range []string{"myself", "serverInfo", "mypermissions?permissions=BROWSE_PROJECTS,CREATE_ISSUES&projectKey=ABC", "user/search?query=a",
		"user/assignable/search?project=ABC&query=", "project", "project/search?expand=lead,issueTypes", "project/ABC", "project/ABC/statuses", "field",
		"priority", "priority/search", "resolution", "resolution/search", "status", "issuetype", "label",
		"issue/createmeta?projectKeys=ABC&expand=projects.issuetypes.fields", "issue/createmeta/ABC/issuetypes",
		"search/jql?jql=project=ABC&fields=*all&expand=names,schema&maxResults=10"} {
		w.must(200, "GET", path, nil)
	}
	types := w.must(200, "GET", "issue/createmeta/ABC/issuetypes", nil)
	for k := range 5 {
		w.must(200, "GET", "issue/createmeta/ABC/issuetypes/"+types.str(fmt.Sprintf("issueTypes.%d.id", k)), nil)
	}
	me := w.must(200, "GET", "myself", nil)
	w.must(200, "GET", "user?accountId="+me.str("accountId"), nil)
	w.must(200, "POST", "search/approximate-count", object{"jql": "project = ABC"})
}

// fullFields sets every kind of field.
func fullFields(w *world) object {
	me := w.must(200, "GET", "myself", nil).str("accountId")
	f := object{"description": doc("text"), "environment": doc("prod"), "priority": object{"name": "High"}, "labels": []string{"b", "a"},
		"assignee": object{"accountId": me}, "reporter": object{"id": me}, "duedate": "2026-12-01", "components": []any{object{"name": "core"}},
		"fixVersions": []any{object{"name": "1.0"}}, "versions": []any{object{"name": "1.0"}}}
	for name, v := range map[string]any{"One line": "x", "Notes": doc("n"), "Story Points": 3.5, "Day": "2026-12-24", "Moment": "2026-12-24T10:00:00.000+0100",
		"Colour": object{"value": "red"}, "Colours": []any{object{"value": "red"}, object{"value": "green"}}, "Boxes": []any{object{"value": "green"}},
		"Shade": object{"value": "red", "child": object{"value": "ruby"}}, "Owner": object{"accountId": me}, "Owners": []any{object{"accountId": me}},
		"Tags": []string{"t"}, "Page": "https://example.com/x"} {
		f[w.abc.Field(name)] = v
	}
	return f
}

func walkIssue(w *world) string {
	w.Helper()
	in := task(fullFields(w))
	in["properties"] = []any{object{"key": "sync", "value": object{"id": 1}}}
	id := w.must(201, "POST", "issue", in).str("id")
	epic := w.create(object{"issuetype": object{"name": "Epic"}})
	w.must(204, "PUT", "issue/"+id, object{"fields": object{"summary": "t", "parent": object{"id": epic}}, "update": object{"labels": []any{object{"add": "c"}}}})
	w.must(200, "PUT", "issue/"+id+"?returnIssue=true", object{"fields": object{"summary": "u"}})
	w.must(204, "PUT", "issue/"+id+"/assignee", object{"accountId": nil})
	w.must(200, "GET", "issue/"+id+"?expand=changelog,names,schema,transitions&properties=sync", nil)
	w.must(200, "GET", "issue/"+id+"/editmeta", nil)
	w.must(201, "POST", "issue/bulk", object{"issueUpdates": []any{task(nil), object{"fields": object{"project": object{"key": "ABC"}, "issuetype": object{"name": "Task"}}}}})
	w.must(400, "POST", "issue/bulk", object{"issueUpdates": []any{object{"fields": object{}}}})
	w.must(200, "POST", "issue/bulkfetch", object{"issueIdsOrKeys": []string{id, "NO-1"}, "fields": []string{"*all"}, "expand": []string{"changelog"}, "properties": []string{"sync"}})
	all := w.must(200, "GET", "issue/"+id+"/transitions?expand=transitions.fields", nil)
	w.must(204, "POST", "issue/"+id+"/transitions", object{"transition": object{"id": all.str("transitions.0.id")}})
	w.must(200, "GET", "issue/"+id+"/changelog", nil)
	w.must(200, "POST", "changelog/bulkfetch", object{"issueIdsOrKeys": []string{id}, "fieldIds": []string{"summary", "labels"}})
	w.must(200, "POST", "search/jql", object{"jql": "project = ABC ORDER BY updated DESC", "fields": []string{"*navigable", "comment"}, "maxResults": 100,
		"properties": []string{"sync"}, "expand": "changelog", "reconcileIssues": []int{10_001}})
	return id
}

func walkParts(w *world, id string) {
	w.Helper()
	at := "issue/" + id
	m := w.must(201, "POST", at+"/comment", object{"body": doc("c"), "properties": []any{object{"key": "sync", "value": object{"id": 2}}}}).str("id")
	w.clock.advance(time.Minute) // writes to one issue are limited
	w.sim.AddUser(model.User{Login: "bot", Roles: []string{"Developers"}})
	w.must(201, "POST", at+"/comment", object{"body": doc("for some"), "visibility": object{"type": "role", "value": "Developers", "identifier": "Developers"}})
	w.must(200, "GET", at+"/comment", nil)
	w.must(200, "GET", at+"/comment/"+m, nil)
	w.must(200, "PUT", at+"/comment/"+m, object{"body": doc("d")})
	w.must(200, "POST", "comment/list?expand=properties", fmt.Sprintf(`{"ids":[%s]}`, m))
	w.must(200, "GET", "comment/"+m+"/properties", nil)
	w.must(200, "GET", "comment/"+m+"/properties/sync", nil)
	w.must(201, "PUT", "comment/"+m+"/properties/p", object{"a": 1})
	w.must(204, "DELETE", "comment/"+m+"/properties/p", nil)
	w.must(204, "DELETE", at+"/comment/"+m, nil)
	w.must(201, "PUT", at+"/properties/p", object{"a": 1})
	w.must(200, "PUT", at+"/properties/p", object{"a": 2})
	w.must(200, "GET", at+"/properties", nil)
	w.must(200, "GET", at+"/properties/p", nil)
	w.must(204, "DELETE", at+"/properties/p", nil)
	w.must(404, "GET", at+"/properties/p", nil)
	link := object{"globalId": "g=1", "relationship": "is synced with", "object": object{"url": "https://x.example/1", "title": "one"}}
	w.must(201, "POST", at+"/remotelink", link)
	l := w.must(200, "POST", at+"/remotelink", link)
	w.must(200, "GET", at+"/remotelink", nil)
	w.must(200, "GET", at+"/remotelink?globalId=g%3D1", nil)
	w.must(200, "GET", at+"/remotelink/"+fmt.Sprint(l.get("id")), nil)
	w.must(204, "DELETE", at+"/remotelink?globalId=g%3D1", nil)
	other := w.must(201, "POST", at+"/remotelink", link)
	w.must(204, "DELETE", at+"/remotelink/"+fmt.Sprint(other.get("id")), nil)
}

func walkSoftware(w *world, id string) {
	w.Helper()
	board := w.abc.AddBoard("Board")
	sprint, err := w.sim.AddSprint(board, "Sprint 1", "active")
	if err != nil {
		w.Fatal(err)
	}
	w.must(200, "GET", "/rest/agile/1.0/board?projectKeyOrId=ABC", nil)
	w.must(200, "GET", fmt.Sprintf("/rest/agile/1.0/board/%d", board), nil)
	c := w.must(200, "GET", fmt.Sprintf("/rest/agile/1.0/board/%d/configuration", board), nil)
	if c.str("estimation.field.fieldId") != w.abc.Field("Story Points") || c.str("columnConfig.columns.2.name") != "In Review" {
		w.Errorf("configuration: %s", c.raw)
	}
	w.must(200, "GET", fmt.Sprintf("/rest/agile/1.0/board/%d/sprint?state=active", board), nil)
	w.must(200, "GET", fmt.Sprintf("/rest/agile/1.0/sprint/%d", sprint), nil)
	w.must(204, "POST", fmt.Sprintf("/rest/agile/1.0/sprint/%d/issue", sprint), object{"issues": []string{id}})
	w.must(200, "GET", fmt.Sprintf("/rest/software/1.0/sprint/%d/issue?fields=summary,status", sprint), nil)
	w.must(200, "GET", "issue/"+id, nil)
	w.must(204, "POST", "/rest/agile/1.0/backlog/issue", object{"issues": []string{id}})
}

func walkRefusals(w *world, id string) {
	w.Helper()
	at := "issue/" + id
	w.must(404, "GET", "issue/ABC-9999", nil)
	w.must(404, "GET", "project/NO", nil)
	w.must(400, "GET", "mypermissions?permissions=NONSENSE", nil)
	w.must(404, "GET", "mypermissions?permissions=BROWSE_PROJECTS&projectKey=NO", nil)
	w.must(400, "GET", "search/jql?jql=order%20by%20created", nil)
	w.must(400, "POST", "issue", task(object{"summary": "two\nlines", "nonsense": 1}))
	w.must(400, "PUT", at, object{"fields": object{"status": object{"name": "Done"}}})
	w.must(400, "POST", at+"/transitions", object{"transition": object{"id": "999"}})
	w.must(400, "POST", at+"/comment", object{"body": object{"type": "doc", "version": 1, "content": []any{object{"type": "nonsense"}}}})
	w.sim.Faults().Set(jira.Fault{Kind: jira.Conflict, Calls: []string{"issues.edit"}, Next: 1})
	w.must(409, "PUT", at, object{"fields": object{"summary": "x"}})
	if err := w.abc.Revoke("bot", model.EditIssues); err != nil {
		w.Fatal(err)
	}
	w.must(403, "PUT", at, object{"fields": object{"summary": "x"}})
	w.as("root-tok", func() { w.must(204, "DELETE", at, nil) })
}

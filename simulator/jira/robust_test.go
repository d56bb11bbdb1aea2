package jira_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestNonsenseIsRefused sends JSON of the wrong shape everywhere: the answer is a refusal in Jira's form, never a crash and never a 500.
func TestNonsenseIsRefused(t *testing.T) {
	w := newWorld(t)
	id := w.create(nil)
	board := w.abc.AddBoard("B")
	if _, err := w.sim.AddSprint(board, "S", "active"); err != nil {
		t.Fatal(err)
	}
	m := w.must(201, "POST", "issue/"+id+"/comment", object{"body": doc("c")}).str("id")
	var values []string
	for _, v := range []string{"null", "[]", `""`, "1", "true", "{}", `[null]`, `{"id":null}`, `[{"add":null}]`, `{"type":"doc","version":1,"content":null}`,
		`[{"set":[]}]`, `{"value":1,"child":1}`, `{"key":[]}`} {
		values = append(values, v)
		for _, field := range []string{"fields", "update", "issueUpdates", "transition", "properties", "body", "jql", "issueIdsOrKeys", "ids", "issues", "object", "accountId"} {
			values = append(values, fmt.Sprintf(`{%q:%s}`, field, v))
		}
		for _, field := range []string{"project", "summary", "labels", "description", "parent", "assignee", "priority", "duedate", "components", "issuetype", "comment",
			"customfield_10020", w.abc.Field("Shade"), w.abc.Field("Moment"), w.abc.Field("Owners"), w.abc.Field("Boxes")} {
			values = append(values, fmt.Sprintf(`{"fields":{"project":{"key":"ABC"},"issuetype":{"name":"Task"},"summary":"s",%q:%s}}`, field, v),
				fmt.Sprintf(`{"update":{%q:%s}}`, field, v))
		}
	}
	w.sim.SetLimits(noLimits())
	for _, route := range []string{"POST issue", "POST issue/bulk", "POST issue/bulkfetch", "PUT issue/" + id, "PUT issue/" + id + "/assignee",
		"POST issue/" + id + "/transitions", "POST issue/" + id + "/comment", "PUT issue/" + id + "/comment/" + m, "PUT issue/" + id + "/properties/p",
		"POST issue/" + id + "/remotelink", "POST changelog/bulkfetch", "POST comment/list", "POST search/jql", "POST search/approximate-count",
		"POST /rest/agile/1.0/sprint/1/issue", "POST /rest/agile/1.0/backlog/issue", "GET search/jql", "GET issue/" + id} {
		method, path, _ := strings.Cut(route, " ")
		for _, v := range values {
			a := w.do(method, path, v)
			if a.status == 0 || a.status >= 500 || (a.status >= 400 && (a.get("errors") == nil || (a.get("errorMessages") == nil && a.get("issues") == nil))) {
				t.Errorf("%s %s: %d %.200s", route, v, a.status, a.raw)
			}
		}
	}
	for _, path := range []string{"issue/%2F", "issue/-1", "issue/createmeta/NO/issuetypes", "comment/x/properties", "/rest/agile/1.0/board/x", "/rest/agile/1.0/sprint/-1",
		"/rest/api/9/myself", "/ex/jira/other/rest/api/3/myself", "/nothing", "search/jql?jql=a=1&reconcileIssues=x", "user?accountId="} {
		if a := w.do("GET", path, nil); a.status < 400 || a.status >= 500 {
			t.Errorf("%s: %d %s", path, a.status, a.raw)
		}
	}
}

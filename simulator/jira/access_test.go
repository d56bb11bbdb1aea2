package jira_test

import (
	"encoding/base64"
	"testing"

	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

func basic(user, token string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+token))
}

func TestCredentials(t *testing.T) {
	cloud, dc := newWorld(t), newWorld(t, func(o *jira.Options) { o.Edition = jira.DataCenter })
	for _, w := range []*world{cloud, dc} {
		w.sim.AddToken("revoked", jira.Token{Login: "bot", Revoked: true})
		w.sim.AddToken("oauth", jira.Token{Login: "bot", OAuth: true})
	}
	for _, c := range []struct {
		w      *world
		value  string
		status int
		reason string
	}{
		{cloud, basic("bot@example.com", "tok"), 200, "email and API token"},
		{cloud, basic("ada@example.com", "tok"), 401, "another's email"},
		{cloud, basic("bot", "tok"), 401, "a login on Cloud"},
		{cloud, "Bearer tok", 200, "bearer"},
		{cloud, "Bearer oauth", 200, "OAuth"},
		{cloud, basic("bot@example.com", "oauth"), 401, "an OAuth token as API token"},
		{cloud, "Bearer revoked", 401, "revoked"},
		{cloud, "Bearer nope", 401, "unknown"},
		{cloud, "Basic !!", 401, "not base64"},
		{cloud, "", 401, "nobody"},
		{dc, "Bearer tok", 200, "personal access token"},
		{dc, basic("bot", "tok"), 200, "login and password"},
		{dc, basic("bot@example.com", "tok"), 401, "an email on Data Center"},
	} {
		c.w.token = c.value
		a := c.w.do("GET", "myself", nil)
		if a.status != c.status {
			t.Errorf("%s: %d, want %d", c.reason, a.status, c.status)
		}
		if a.status == 401 && a.header.Get("X-Seraph-LoginReason") == "" {
			t.Errorf("%s: no reason in the header", c.reason)
		}
	}
}

// TestMissingPermissions has how Jira refuses, permission by permission: 404 hides, 400 is about a field or an action, 403 about the rest.
func TestMissingPermissions(t *testing.T) {
	edit := object{"fields": object{"summary": "x"}}
	for _, c := range []struct {
		lost         model.Permission
		method, path string
		body         any
		status       int
	}{
		{model.Browse, "GET", "issue/ABC-1", nil, 404},
		{model.Browse, "PUT", "issue/ABC-1", edit, 404},
		{model.Browse, "GET", "project/ABC", nil, 404},
		{model.Browse, "GET", "user/assignable/search?project=ABC", nil, 404},
		{model.CreateIssues, "POST", "issue", task(nil), 400},
		{model.CreateIssues, "GET", "issue/createmeta/ABC/issuetypes", nil, 400},
		{model.EditIssues, "PUT", "issue/ABC-1", edit, 403},
		{model.EditIssues, "PUT", "issue/ABC-1/properties/p", 1, 403},
		{model.AssignIssues, "PUT", "issue/ABC-1/assignee", object{"accountId": nil}, 403},
		{model.AssignIssues, "PUT", "issue/ABC-1", object{"fields": object{"assignee": nil}}, 400},
		{model.ModifyReporter, "PUT", "issue/ABC-1", object{"fields": object{"reporter": nil}}, 400},
		{model.LinkIssues, "POST", "issue/ABC-1/remotelink", object{"object": object{"url": "https://x", "title": "x"}}, 403},
		{model.AddComments, "POST", "issue/ABC-1/comment", object{"body": doc("x")}, 400},
		{model.TransitionIssues, "POST", "issue/ABC-1/transitions", object{"transition": object{"id": "11"}}, 400},
		{model.ScheduleIssues, "POST", "/rest/agile/1.0/backlog/issue", object{"issues": []string{"ABC-1"}}, 403},
		{model.DeleteIssues, "DELETE", "issue/ABC-1", nil, 403},
	} {
		w := newWorld(t)
		w.create(nil)
		if err := w.abc.Revoke("bot", c.lost); err != nil {
			t.Fatal(err)
		}
		if a := w.do(c.method, c.path, c.body); a.status != c.status {
			t.Errorf("without %s, %s %s: %d, want %d: %s", c.lost, c.method, c.path, a.status, c.status, a.raw)
		}
		if a := w.must(200, "GET", "mypermissions?projectKey=OTH&permissions="+string(c.lost), nil); c.lost != model.DeleteIssues && a.get("permissions."+string(c.lost)+".havePermission") != true {
			t.Errorf("%s was taken in the other project too", c.lost)
		}
	}
}

func TestPeople(t *testing.T) {
	w := newWorld(t)
	w.sim.AddUser(model.User{Login: "hidden", HideEmail: true})
	w.sim.AddUser(model.User{Login: "gone", Inactive: true})
	w.must(400, "GET", "mypermissions", nil)
	w.must(400, "GET", "user/search", nil)
	w.must(404, "GET", "user?accountId=nope", nil)
	if a := w.must(200, "GET", "user/search?query=hidd", nil); !contains(a.raw, "Hidden") || contains(a.raw, "hidden@example.com") {
		t.Errorf("a hidden address: %s", a.raw)
	}
	if a := w.must(200, "GET", "user/search?query=hidden@", nil); contains(a.raw, "Hidden") {
		t.Error("found by an address that is hidden")
	}
	if err := w.abc.Revoke("ada", model.AssignableUser); err != nil {
		t.Fatal(err)
	}
	a := w.must(200, "GET", "user/assignable/search?project=ABC", nil)
	if contains(a.raw, "Ada") || contains(a.raw, "Gone") || !contains(a.raw, "Bot") {
		t.Errorf("assignable: %s", a.raw)
	}
	w.must(400, "POST", "issue", task(object{"assignee": adaOf(w)}))
	if err := w.abc.Grant("nobody", model.Browse); err == nil {
		t.Error("rights for nobody")
	}
}

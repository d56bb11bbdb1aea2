package linear_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/linear"
)

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		reason  string
		fault   linear.Fault
		status  int
		err     error
		text    string // in the answer
		applied bool
	}{
		{"the answer is lost", linear.Fault{Kind: linear.ReplyLost}, 0, syscall.ECONNRESET, "", true},
		{"the request is lost", linear.Fault{Kind: linear.RequestLost}, 0, syscall.ECONNRESET, "", false},
		{"the answer breaks off", linear.Fault{Kind: linear.ResetMidBody}, 200, io.ErrUnexpectedEOF, "", true},
		{"a bad gateway", linear.Fault{Kind: linear.ServerError}, 502, nil, "Bad Gateway", false},
		{"an error after the write", linear.Fault{Kind: linear.ServerError, Status: 500, Applied: true}, 500, nil, "INTERNAL_SERVER_ERROR", true},
		{"a page for people", linear.Fault{Kind: linear.HTMLPage}, 200, nil, "<!DOCTYPE", false},
		{"too many requests", linear.Fault{Kind: linear.RequestLimit}, 400, nil, "RATELIMITED", false},
		{"too many points", linear.Fault{Kind: linear.ComplexityLimit}, 400, nil, "RATELIMITED", false},
		{"a revoked token", linear.Fault{Kind: linear.BadCredentials}, 401, nil, "AUTHENTICATION_ERROR", false},
		{"rights lost", linear.Fault{Kind: linear.PermissionLost}, 400, nil, "FORBIDDEN", false},
		{"an answer in part", linear.Fault{Kind: linear.PartialErrors}, 200, nil, "Internal server error", true},
		{"latency", linear.Fault{Kind: linear.Latency, Delay: time.Minute}, 200, nil, "ENG-1", true},
	} {
		t.Run(c.reason, func(t *testing.T) {
			w := newWorld(t)
			c.fault.Next, c.fault.Calls = 1, []string{"issueCreate"}
			w.sim.Faults().Set(c.fault)
			w.do(`{ viewer { id } }`, nil) // not hit
			start := w.clock.Now()
			a, err := w.try(createIssue, vars{"in": w.input("one", vars{"description": "d"})})
			if !errors.Is(err, c.err) || a.status != c.status || !strings.Contains(a.raw, c.text) {
				t.Errorf("got %d %q %v", a.status, a.raw, err)
			}
			if passed := w.clock.Now().Sub(start); passed != c.fault.Delay {
				t.Errorf("took %v", passed)
			}
			if got := len(w.titles(nil)) == 1; got != c.applied {
				t.Errorf("applied: %v", got)
			}
			if k := w.sim.Counters().Kinds["issueCreate"]; k.Calls != 1 || k.Faulted != 1 {
				t.Errorf("counted: %+v", k)
			}
			if left := w.sim.Faults().Active(); len(left) != 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

func TestPartialErrorsKeepTheRest(t *testing.T) {
	w := newWorld(t)
	w.create("one", vars{"assigneeId": w.sim.User("bot")})
	w.sim.Faults().Set(linear.Fault{Kind: linear.PartialErrors, Calls: []string{"read"}})
	a := w.ask(`{ issues { nodes { title assignee { id } state { name } } } }`, nil)
	if a.status != http.StatusOK || a.str("issues.nodes.0.title") != "one" || a.get("issues.nodes.0.assignee") != nil || len(a.Errors) != 1 {
		t.Errorf("got %d %s", a.status, a.raw)
	}
}

func TestAccess(t *testing.T) {
	w := newWorld(t)
	w.sim.AddToken("read", linear.Token{Login: "reader", Scopes: []string{linear.ScopeRead}})
	w.sim.AddToken("maker", linear.Token{Login: "maker", Kind: linear.OAuth, Scopes: []string{linear.ScopeRead, linear.ScopeIssuesCreate}})
	w.sim.AddToken("app", linear.Token{Login: "extsync", Kind: linear.App})
	w.sim.AddToken("gone", linear.Token{Login: "bot", Revoked: true})
	w.sim.AddToken("narrow", linear.Token{Login: "narrow", Teams: []string{"OPS"}})
	id := w.create("one", nil)
	read, change := `query($id: String!) { issue(id: $id) { id } }`, `mutation($id: String!) { issueUpdate(id: $id, input: {title: "n"}) { success } }`
	for _, c := range []struct {
		reason, auth, query string
		status              int
		code                string
	}{
		{"an API key bare", "key", read, 200, ""},
		{"an API key as a Bearer token", "Bearer key", read, 400, "AUTHENTICATION_ERROR"},
		{"no key", "", read, 401, "AUTHENTICATION_ERROR"},
		{"an unknown key", "what", read, 401, "AUTHENTICATION_ERROR"},
		{"a revoked key", "gone", read, 401, "AUTHENTICATION_ERROR"},
		{"an OAuth token as Bearer", "Bearer maker", read, 200, ""},
		{"an OAuth token bare", "maker", read, 401, "AUTHENTICATION_ERROR"},
		{"reading with read", "read", read, 200, ""},
		{"writing with read", "read", change, 400, "FORBIDDEN"},
		{"changing with issues:create", "Bearer maker", change, 400, "FORBIDDEN"},
		{"a team the key does not reach", "narrow", read, 200, "INPUT_ERROR"},
		{"webhooks without being an admin", "key", `{ webhooks { nodes { id } } }`, 200, "FORBIDDEN"},
		{"a field there is not", "key", `{ issues { nodes { colour } } }`, 400, "GRAPHQL_VALIDATION_FAILED"},
	} {
		w.auth = c.auth
		v := vars{"id": id}
		if !strings.Contains(c.query, "$id") {
			v = nil
		}
		if a := w.ask(c.query, v); a.status != c.status || a.code() != c.code {
			t.Errorf("%s: got %d %s", c.reason, a.status, a.raw)
		}
	}
	w.auth = "Bearer maker"
	w.create("made", nil)
	w.auth = "Bearer app"
	const as = `mutation($in: IssueCreateInput!) { issueCreate(input: $in) { issue { creator { app } botActor { userDisplayName } } } }`
	if a := w.do(as, vars{"in": w.input("for ada", vars{"createAsUser": "ada"})}); a.str("issueCreate.issue.botActor.userDisplayName") != "ada" {
		t.Errorf("createAsUser: %s", a.raw)
	}
}

func TestPrivateTeamIsHidden(t *testing.T) {
	w := newWorld(t)
	secret := w.sim.AddTeam("SEC", "Security")
	issue := w.act(linear.Act{Team: "SEC", Login: "bot", Do: "create", Title: ptr("x")}).Issue
	w.sim.AddToken("out", linear.Token{Login: "outsider", Teams: []string{"ENG"}})
	secret.SetPrivate(true)
	w.auth = "out"
	if got := w.titles(nil); len(got) != 0 {
		t.Errorf("listed: %v", got)
	}
	if a := w.ask(`mutation($in: CommentCreateInput!) { commentCreate(input: $in) { success } }`, vars{"in": vars{"issueId": issue, "body": "b"}}); a.code() != "INPUT_ERROR" {
		t.Errorf("commented: %s", a.raw)
	}
	if a := w.ask(createIssue, vars{"in": vars{"teamId": secret.ID(), "title": "t"}}); a.code() != "INPUT_ERROR" {
		t.Errorf("created: %s", a.raw)
	}
}

func TestMutationErrorsCanBe200(t *testing.T) {
	w := newWorld(t, func(o *linear.Options) { o.MutationErrors = http.StatusOK })
	if a := w.ask(createIssue, vars{"in": w.input("", nil)}); a.status != http.StatusOK || a.code() != "INPUT_ERROR" || a.Data != nil {
		t.Errorf("got %d %s", a.status, a.raw)
	}
}

func TestControlsOverHTTP(t *testing.T) {
	w := newWorld(t)
	call := func(method, path, body string) string {
		w.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://sim/_sim/"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := w.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		out, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.Status[:4] + string(out)
	}
	for _, c := range []struct{ reason, method, path, body, want string }{
		{"settings", "POST", "settings", `{"teams":[{"key":"OPS","members":["ada"],"labels":["bug"]}],"tokens":{"k2":{"login":"bot2"}},"hooks":[{"team":"OPS","url":"http://x"}]}`, `200 {"ok":true}`},
		{"an act", "POST", "act", `{"team":"OPS","login":"ada","do":"create","title":"marked text"}`, `"identifier":"OPS-1"`},
		{"an unknown act", "POST", "act", `{"login":"ada","do":"dance","issue":"OPS-1"}`, `400 `},
		{"the count of a text", "GET", "marked?text=marked", "", `"issues":1`},
		{"a fault", "POST", "faults", `{"kind":"reply_lost","next":1}`, `reply_lost`},
		{"an unknown fault", "POST", "faults", `{"kind":"fire"}`, `400 `},
		{"no faults", "DELETE", "faults", "", `200 []`},
		{"counters", "GET", "counters", "", `"total":0`},
		{"requests", "GET", "requests", "", `200 []`},
		{"webhooks", "GET", "deliveries", "", `"type":"Issue"`},
		{"anything else", "GET", "nothing", "", `404 `},
	} {
		if got := call(c.method, c.path, c.body); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", c.reason, got)
		}
	}
}

func TestRequestLogKeepsBodies(t *testing.T) {
	w := newWorld(t)
	w.create("needle in the log", nil)
	log := w.sim.Requests("issueCreate")
	if len(log) != 1 || !strings.Contains(log[0].Body, "needle") {
		t.Errorf("logged: %v", log)
	}
	n := w.sim.Counters()
	if n.Writes != 1 || n.Reads != 0 || n.Total != 1 {
		t.Errorf("counted: %+v", n)
	}
}

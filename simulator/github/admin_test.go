package github_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	gh "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/simulator/github"
)

// control calls the simulator's own interface.
func (w *world) control(method, path, body string) (int, string) {
	w.Helper()
	req, err := http.NewRequest(method, "http://sim.test/_sim/"+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	resp, err := (&http.Client{Transport: w.sim.Transport()}).Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestControlsOverHTTP(t *testing.T) {
	w := newWorld(t)
	w.open("one")
	for _, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "counters", "", 200, `"issues.create":{"calls":1}`},
		{"POST", "act", `{"repo":"octo/hello","login":"eve","do":"comment","issue":1,"body":"a marker <!-- m1 -->"}`, 200, `"comment":`},
		{"POST", "act", `{"repo":"octo/hello","login":"eve","do":"dance","issue":1}`, 400, "unknown act"},
		{"POST", "act", `{"repo":"octo/hello","login":"eve","do":"close","issue":9}`, 400, "404"},
		{"POST", "act", `{"repository":"octo/hello"}`, 400, "unknown field"},
		{"GET", "marked?repo=octo/hello&text=m1", "", 200, `{"comments":1,"issues":0}`},
		{"POST", "faults", `[{"kind":"reply_lost","next":2,"calls":["issues.create"]}]`, 200, `"next":2`},
		{"POST", "faults?mode=add", `{"kind":"latency","delay":1000}`, 200, `"kind":"latency"`},
		{"POST", "faults", `[{"kind":"earthquake"}]`, 400, "unknown fault"},
		{"GET", "faults", "", 200, `"kind":"reply_lost"`},
		{"DELETE", "faults", "", 200, `[]`},
		{"POST", "settings", `{"repos":[{"repo":"corp/new","private":true}],"tokens":{"t2":{"login":"second","push":true}},` +
			`"limits":{"per_hour":10},"lag":5000000000,"page_cap":50,"hooks":[{"repo":"corp/new","url":"http://127.0.0.1:1/h","secret":"s"}],` +
			`"roles":[{"token":"t2","repo":"octo/hello","role":2}]}`, 200, `"ok":true`},
		{"GET", "requests?kind=issues.create", "", 200, `\"title\":\"one\"`},
		{"GET", "deliveries", "", 200, `[]`},
		{"GET", "nonsense", "", 404, "no such control"},
		{"POST", "counters/reset", "", 200, `"total":0`},
	} {
		if code, says := w.control(c.method, c.path, c.body); code != c.status || !strings.Contains(says, c.says) {
			t.Errorf("%s %s: %d %s; want %d with %s", c.method, c.path, code, says, c.status, c.says)
		}
	}
	second := w.client("t2", github.Token{Login: "second", Push: true})
	if _, resp, err := second.Repositories.Get(w.Context(), "corp", "new"); err != nil || resp.Rate.Limit != 10 {
		t.Errorf("settings applied: %v, limit %d", err, resp.Rate.Limit)
	}
}

func TestCountersTellKindsApart(t *testing.T) {
	w := newWorld(t)
	w.open("one")
	if _, _, err := w.bot.Issues.AddLabelsToIssue(w.Context(), "octo", "hello", 1, []string{"bug"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.bot.Issues.RemoveLabelForIssue(w.Context(), "octo", "hello", 1, "bug"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.bot.Issues.Get(w.Context(), "octo", "hello", 99); status(err) != 404 {
		t.Fatal(err)
	}
	w.query(`{ viewer { login } }`, nil)
	w.sim.Faults().Set(github.Fault{Kind: github.RequestLost, Next: 1})
	if _, _, err := w.bot.Users.Get(w.Context(), ""); err == nil {
		t.Fatal("the fault did not hit")
	}
	want := github.Counters{Total: 6, Reads: 3, Writes: 3, Kinds: map[string]github.Count{
		"issues.create": {Calls: 1}, "labels.add": {Calls: 1}, "labels.remove": {Calls: 1}, "issues.get": {Calls: 1, Refused: 1},
		"graphql": {Calls: 1}, "user.get": {Calls: 1, Faulted: 1},
	}}
	a, _ := json.Marshal(w.sim.Counters())
	b, _ := json.Marshal(want)
	if string(a) != string(b) {
		t.Errorf("got  %s\nwant %s", a, b)
	}
	if log := w.sim.Requests("labels.add"); len(log) != 1 || log[0].Body != "[\"bug\"]\n" || log[0].Path != "/repos/octo/hello/issues/1/labels" {
		t.Errorf("log %+v", log)
	}
	w.sim.ResetCounters()
	if n := w.sim.Counters(); n.Total != 0 || len(n.Kinds) != 0 || len(w.sim.Requests()) != 0 {
		t.Errorf("after the reset %+v", n)
	}
}

func TestRequestLogIsBounded(t *testing.T) {
	w := newWorld(t, func(o *github.Options) { o.LogSize = 5 })
	for range 23 {
		w.open("x")
	}
	if n := len(w.sim.Requests()); n != 5 {
		t.Errorf("%d calls kept, want 5", n)
	}
}

// TestEnterpriseAddress reaches the same through the paths of a GitHub Enterprise server, as the client library builds them.
func TestEnterpriseAddress(t *testing.T) {
	w := newWorld(t)
	w.open("one")
	c, err := gh.NewClient(&http.Client{Transport: w.sim.Transport()}).WithAuthToken("tok").
		WithEnterpriseURLs("https://git.corp.example", "https://git.corp.example")
	if err != nil {
		t.Fatal(err)
	}
	i, _, err := c.Issues.Get(w.Context(), "octo", "hello", 1)
	if err != nil || i.GetURL() != "https://git.corp.example/api/v3/repos/octo/hello/issues/1" ||
		i.GetHTMLURL() != "https://git.corp.example/octo/hello/issues/1" {
		t.Errorf("%v %v", i, err)
	}
	req, err := c.NewRequest("POST", "https://git.corp.example/api/graphql", map[string]string{"query": "{ viewer { login } }"})
	if err != nil {
		t.Fatal(err)
	}
	var out struct {
		Data struct{ Viewer struct{ Login string } }
	}
	if _, err := c.Do(w.Context(), req, &out); err != nil || out.Data.Viewer.Login != "extsync-bot" {
		t.Errorf("graphql: %+v %v", out, err)
	}
}

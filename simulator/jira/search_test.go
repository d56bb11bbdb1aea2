package jira_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

// find runs a query and returns the keys, one space between them.
func (w *world) find(jql string) string {
	w.Helper()
	a := w.must(200, "POST", "search/jql", object{"jql": jql, "fields": []string{"key"}})
	list := a.list("issues")
	var keys []string
	for k := range list {
		keys = append(keys, a.str(fmt.Sprintf("issues.%d.key", k)))
	}
	return strings.Join(keys, " ")
}

// TestSearchByIssue: by number or key, and one that is not there, or not to be seen, is refused.
func TestSearchByIssue(t *testing.T) {
	w := newWorld(t)
	first, second := w.create(nil), w.create(nil)
	at := w.must(200, "GET", "issue/"+second, nil).str("fields.updated")
	updated, err := time.Parse("2006-01-02T15:04:05.000-0700", at)
	if err != nil {
		t.Fatal(err)
	}
	for jql, want := range map[string]string{
		"id != " + first: "ABC-2", "issue != ABC-2": "ABC-1", "key in (ABC-1, " + second + ")": "ABC-2 ABC-1", "issuekey not in (ABC-1)": "ABC-2",
		fmt.Sprintf("(id != %s OR updated <= %d)", second, updated.UnixMilli()):   "ABC-2 ABC-1",
		fmt.Sprintf("(id != %s OR updated <= %d)", second, updated.UnixMilli()-1): "ABC-1",
	} {
		if got := w.find("project = ABC AND " + jql); got != want {
			t.Errorf("%s: got %q, want %q", jql, got, want)
		}
	}
	for _, jql := range []string{"id != 99", "key = ABC-99"} {
		w.must(400, "POST", "search/jql", object{"jql": "project = ABC AND " + jql})
	}
}

func TestSearchLagsBehindWrites(t *testing.T) {
	w := newWorld(t, func(o *jira.Options) { o.Lag = time.Minute })
	id := w.create(nil)
	if got := w.find("project = ABC"); got != "" {
		t.Errorf("a new issue is in the index at once: %s", got)
	}
	w.must(200, "GET", "issue/"+id, nil)
	w.clock.advance(2 * time.Minute)
	w.must(204, "PUT", "issue/"+id, object{"fields": object{"summary": "new"}})
	search := func(extra object) string {
		q := object{"jql": "project = ABC", "fields": []string{"summary"}}
		for k, v := range extra {
			q[k] = v
		}
		return w.must(200, "POST", "search/jql", q).str("issues.0.fields.summary")
	}
	if got := search(nil); got != "s" {
		t.Errorf("search shows %q, want the old summary", got)
	}
	var n int
	_, _ = fmt.Sscan(id, &n)
	if got := search(object{"reconcileIssues": []int{n}}); got != "new" {
		t.Errorf("reconciled search shows %q", got)
	}
	if got := w.must(200, "GET", "issue/"+id, nil).str("fields.summary"); got != "new" {
		t.Errorf("a direct read shows %q", got)
	}
	w.clock.advance(2 * time.Minute)
	if got := search(nil); got != "new" {
		t.Errorf("after the lag search shows %q", got)
	}
	w.sim.SetLag(0)
	w.create(nil)
	if got := w.find("project = ABC"); got != "ABC-2 ABC-1" {
		t.Errorf("without lag: %s", got)
	}
}

func TestSearchPages(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.create(nil)
		w.clock.advance(time.Second)
	}
	ask := func(token string) object {
		q := object{"jql": "project = ABC ORDER BY updated ASC", "maxResults": 2}
		if token != "" {
			q["nextPageToken"] = token
		}
		return q
	}
	first := w.must(200, "POST", "search/jql", ask(""))
	if first.get("total") != nil || first.get("isLast") != false || len(first.list("issues")) != 2 {
		t.Errorf("first page: %s", first.raw)
	}
	if i := first.keys("issues.0"); len(i) != 1 || i["id"] == nil {
		t.Errorf("the default is the id alone, not %v", i)
	}
	token := first.str("nextPageToken")
	w.act(jira.Act{Login: "ada", Do: "edit", Issue: "ABC-1", Summary: "moves to the end"})
	second := w.must(200, "POST", "search/jql", ask(token))
	third := w.must(200, "POST", "search/jql", ask(second.str("nextPageToken")))
	if third.get("isLast") != true || third.get("nextPageToken") != nil {
		t.Errorf("last page: %s", third.raw)
	}
	if a, b := second.str("issues.0.id"), third.str("issues.1.id"); a != "10003" || b != "10001" {
		t.Errorf("the walk went on at %s and ended at %s", a, b)
	}
	for reason, q := range map[string]object{
		"other query":     {"jql": "project = OTH", "nextPageToken": token},
		"other reconcile": {"jql": "project = ABC ORDER BY updated ASC", "nextPageToken": token, "reconcileIssues": []int{1}},
		"made up":         {"jql": "project = ABC ORDER BY updated ASC", "nextPageToken": "abc"},
	} {
		if a := w.do("POST", "search/jql", q); a.status != 400 {
			t.Errorf("%s: %d", reason, a.status)
		}
	}
	w.clock.advance(8 * 24 * time.Hour)
	w.must(400, "POST", "search/jql", ask(token))
}

func TestSearchIsRefused(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		q      object
		reason string
	}{
		{object{"jql": ""}, "nothing restricts it"},
		{object{"jql": "order by created desc"}, "an order restricts nothing"},
		{object{"jql": "project ="}, "broken"},
		{object{"jql": "project = NOPE"}, "unknown project"},
		{object{"jql": "nonsense = 1"}, "unknown field"},
		{object{"jql": "status = Nope"}, "unknown status"},
		{object{"jql": "key = NO-1"}, "unknown issue"},
		{object{"jql": "updated >= yesterday"}, "no date"},
		{object{"jql": "project = ABC and x = f()"}, "unknown field with function"},
		{object{"jql": "project ~ ABC"}, "wrong operator"},
		{object{"jql": "issue.property[sync].id = 1"}, "properties are not searchable"},
		{object{"jql": "project = ABC", "reconcileIssues": make([]int, 51)}, "too many to reconcile"},
		{object{"jql": "project = ABC", "properties": []string{"a", "b", "c", "d", "e", "f"}}, "too many properties"},
	} {
		a := w.do("POST", "search/jql", c.q)
		messages := a.list("errorMessages")
		if a.status != 400 || len(messages) == 0 || a.body["errors"] == nil {
			t.Errorf("%s: %d %s", c.reason, a.status, a.raw)
		}
	}
	a := w.must(400, "GET", "search/jql?jql="+url.QueryEscape("nonsense = 1 AND status = Nope"), nil)
	if n := len(a.list("errorMessages")); n != 2 {
		t.Errorf("%d complaints, want all at once: %s", n, a.raw)
	}
	if err := w.abc.SetPermissions("bot"); err != nil {
		t.Fatal(err)
	}
	w.must(400, "POST", "search/jql", object{"jql": "project = ABC"})
}

func TestJQL(t *testing.T) {
	w := newWorld(t)
	epic := w.create(object{"issuetype": object{"name": "Epic"}, "summary": "the epic"})                                 // ABC-1
	w.create(object{"labels": []string{"red", "blue"}, "parent": object{"id": epic}, w.abc.Field("Story Points"): 3})    // ABC-2
	w.create(object{"labels": []string{"blue"}, "duedate": "2026-12-01", "priority": object{"name": "High"}})            // ABC-3
	w.act(jira.Act{Login: "ada", Do: "create", Project: "ABC", Summary: "by ada", Fields: object{"assignee": adaOf(w)}}) // ABC-4
	w.act(jira.Act{Login: "ada", Do: "transition", Issue: "ABC-3", To: "Start"})
	w.act(jira.Act{Login: "ada", Do: "create", Project: "OTH", Summary: "elsewhere"}) // OTH-1
	for _, c := range []struct{ jql, want string }{
		{"project = ABC ORDER BY key ASC", "ABC-1 ABC-2 ABC-3 ABC-4"},
		{"project = alphabet AND issuetype = Epic", "ABC-1"},
		{"project in (ABC, OTH) AND reporter != currentUser()", "OTH-1 ABC-4"},
		{"project = ABC AND reporter = currentUser()", "ABC-3 ABC-2 ABC-1"},
		{"labels = blue", "ABC-3 ABC-2"},
		{"labels in (red, green)", "ABC-2"},
		{"project = ABC AND labels is EMPTY", "ABC-4 ABC-1"},
		{"project = ABC AND labels != red", "ABC-3"},
		{"project = ABC AND NOT labels = red", "ABC-4 ABC-3 ABC-1"},
		{"parent = ABC-1", "ABC-2"},
		{"project = ABC AND status = 'In Progress'", "ABC-3"},
		{"project = ABC AND statusCategory = 'To Do'", "ABC-4 ABC-2 ABC-1"},
		{"project = ABC AND (labels = red OR priority = High)", "ABC-3 ABC-2"},
		{"summary ~ epic", "ABC-1"},
		{"text ~ elsewhere", "OTH-1"},
		{"assignee is not EMPTY", "ABC-4"},
		{"key in (ABC-1, OTH-1)", "OTH-1 ABC-1"},
		{"project = ABC AND duedate <= '2026-12-01'", "ABC-3"},
		{"'Story Points' > 2", "ABC-2"},
		{"project = ABC AND resolution = Unresolved AND key > ABC-3", "ABC-4"},
		{"project = ABC ORDER BY priority ASC, key ASC", "ABC-3 ABC-1 ABC-2 ABC-4"},
	} {
		if got := w.find(c.jql); got != c.want {
			t.Errorf("%s: %q, want %q", c.jql, got, c.want)
		}
	}
}

func adaOf(w *world) object {
	var id string
	w.sim.World(func(m *model.World) { id = m.User("ada").AccountID })
	return object{"accountId": id}
}

// TestDatesInJQL has why bare epoch milliseconds are the only safe form: quoted dates have minutes, in the caller's zone.
func TestDatesInJQL(t *testing.T) {
	w := newWorld(t)
	w.clock.at = time.Date(2026, 11, 25, 12, 0, 30, 500_000_000, time.UTC)
	w.create(nil)
	ms := w.clock.at.UnixMilli()
	for _, c := range []struct{ token, jql, want, reason string }{
		{"tok", fmt.Sprintf("updated >= %d", ms), "ABC-1", "the very millisecond"},
		{"tok", fmt.Sprintf("updated > %d", ms), "", "strictly"},
		{"tok", fmt.Sprintf("updated = %d", ms), "ABC-1", ""},
		{"tok", "updated >= '2026-11-25 12:00'", "ABC-1", "whole minutes"},
		{"tok", "updated >= '2026-11-25 12:01'", "", ""},
		{"ada-tok", "updated >= '2026-11-25 12:00'", "", "noon in New York is later"},
		{"ada-tok", "updated >= '2026/11/25 07:00'", "ABC-1", "seven in New York"},
		{"ada-tok", fmt.Sprintf("updated >= %d", ms), "ABC-1", "milliseconds have no zone"},
		{"tok", "created >= -1d AND updated <= now()", "ABC-1", ""},
		{"tok", "created < startOfDay()", "", ""},
	} {
		w.as(c.token, func() {
			if got := w.find(c.jql); got != c.want {
				t.Errorf("%s as %s (%s): %q, want %q", c.jql, c.token, c.reason, got, c.want)
			}
		})
	}
	w.must(400, "POST", "search/jql", object{"jql": "updated >= '2026-11-25T12:00:00Z'"})
	w.must(400, "POST", "search/jql", object{"jql": fmt.Sprintf("updated >= '%d'", ms)})
	w.as("ada-tok", func() {
		if got := w.must(200, "GET", "issue/ABC-1", nil).str("fields.updated"); got != "2026-11-25T07:00:30.500-0500" {
			t.Errorf("times are shown in the caller's zone: %s", got)
		}
	})
}

func TestPageSizeDependsOnFields(t *testing.T) {
	w := newWorld(t)
	if err := w.abc.Generate(150, model.GenerateOptions{}); err != nil {
		t.Fatal(err)
	}
	for fields, want := range map[string]int{"id": 150, "key": 150, "summary": 100} {
		a := w.must(200, "POST", "search/jql", object{"jql": "project = ABC", "fields": []string{fields}, "maxResults": 1000})
		if got := len(a.list("issues")); got != want {
			t.Errorf("fields=%s: %d issues, want %d", fields, got, want)
		}
	}
}

func TestClassicSearchIsGoneOnCloud(t *testing.T) {
	w := newWorld(t)
	w.must(410, "GET", "search?jql=project=ABC", nil)
	w.must(410, "GET", "/rest/api/2/search?jql=project=ABC", nil)
	dc := newWorld(t, func(o *jira.Options) { o.Edition = jira.DataCenter })
	dc.must(404, "GET", "search/jql?jql=project=ABC", nil)
	dc.must(404, "GET", "/rest/api/3/myself", nil)
}

func TestSameSeedSameAnswers(t *testing.T) {
	run := func() []string {
		w := newWorld(t)
		if err := w.abc.Generate(20, model.GenerateOptions{Seed: 3, Comments: 1, Done: 0.5}); err != nil {
			t.Fatal(err)
		}
		w.sim.Faults().Set(jira.Fault{Kind: jira.ServerError, Probability: 0.5})
		var out []string
		for range 20 {
			out = append(out, w.do("POST", "search/jql", object{"jql": "project = ABC", "fields": []string{"*all"}}).raw)
		}
		return out
	}
	if !slices.Equal(run(), run()) {
		t.Error("two runs differ")
	}
}

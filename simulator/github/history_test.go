package github_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	gh "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/simulator/github"
)

func TestTimelineAndEvents(t *testing.T) {
	w := newWorld(t)
	w.open("one")
	for _, a := range []github.Act{
		{Do: "edit", Title: gh.String("renamed")}, {Do: "edit", Body: gh.String("body edits are not in the timeline")},
		{Do: "label", Names: []string{"bug"}}, {Do: "unlabel", Names: []string{"bug"}}, {Do: "assign", Names: []string{"octo"}},
		{Do: "unassign", Names: []string{"octo"}}, {Do: "milestone", To: "v1"}, {Do: "milestone"}, {Do: "comment", Body: gh.String("hi")},
		{Do: "close", To: "not_planned"}, {Do: "reopen"},
	} {
		a.Login, a.Issue = "eve", 1
		w.act(a)
	}
	timeline, _, err := w.bot.Issues.ListIssueTimeline(w.Context(), "octo", "hello", 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range timeline {
		kinds = append(kinds, e.GetEvent())
		if e.GetActor().GetLogin() != "eve" {
			t.Errorf("%s by %q", e.GetEvent(), e.GetActor().GetLogin())
		}
	}
	want := "renamed labeled unlabeled assigned unassigned milestoned demilestoned commented closed reopened"
	if got := strings.Join(kinds, " "); got != want {
		t.Errorf("timeline %s\nwant     %s", got, want)
	}
	if r := timeline[0].GetRename(); r.GetFrom() != "one" || r.GetTo() != "renamed" {
		t.Errorf("rename %v", r)
	}
	events, _, err := w.bot.Issues.ListIssueEvents(w.Context(), "octo", "hello", 1, nil)
	if err != nil || len(events) != len(timeline)-1 {
		t.Errorf("%d events, %v; want the timeline without the comment", len(events), err)
	}
}

const historyQuery = `query History($ids: [ID!]!) {
  viewer { login }
  nodes(ids: $ids) {
    __typename id
    ... on Issue {
      number title body updatedAt
      userContentEdits(first: 10) { nodes { editedAt editor { login } diff deletedAt } }
      timelineItems(last: 20, itemTypes: [RENAMED_TITLE_EVENT, CLOSED_EVENT, REOPENED_EVENT, MILESTONED_EVENT, LABELED_EVENT, ASSIGNED_EVENT]) {
        nodes {
          __typename
          ... on RenamedTitleEvent { createdAt actor { login } previousTitle currentTitle }
          ... on ClosedEvent { createdAt actor { login } stateReason }
          ... on ReopenedEvent { createdAt actor { login } stateReason }
          ... on MilestonedEvent { createdAt actor { login } milestoneTitle }
          ... on LabeledEvent { createdAt actor { login } label { name } }
          ... on AssignedEvent { createdAt actor { login } assignee { ... on User { login } } }
        }
      }
    }
    ... on IssueComment { ...text }
  }
}
fragment text on IssueComment { id body userContentEdits(first: 5) { nodes { diff editor { login } } } }`

// query posts a GraphQL query and returns data and errors as JSON text.
func (w *world) query(q string, vars map[string]any) (data map[string]any, errs string) {
	w.Helper()
	req, err := w.bot.NewRequest("POST", "graphql", map[string]any{"query": q, "variables": vars})
	if err != nil {
		w.Fatal(err)
	}
	var out struct {
		Data   map[string]any
		Errors json.RawMessage
	}
	if _, err := w.bot.Do(w.Context(), req, &out); err != nil {
		w.Fatal(err)
	}
	return out.Data, string(out.Errors)
}

func TestGraphQLHistory(t *testing.T) {
	w := newWorld(t)
	i := w.open("one")
	for _, a := range []github.Act{
		{Login: "eve", Do: "edit", Title: gh.String("renamed")}, {Login: "eve", Do: "edit", Body: gh.String("second")},
		{Login: "mallory", Do: "edit", Body: gh.String("third")}, {Login: "eve", Do: "label", Names: []string{"bug"}},
		{Login: "eve", Do: "assign", Names: []string{"octo"}}, {Login: "eve", Do: "unassign", Names: []string{"octo"}},
		{Login: "eve", Do: "milestone", To: "v1"}, {Login: "eve", Do: "close", To: "not_planned"}, {Login: "eve", Do: "reopen"},
	} {
		w.clock.advance(time.Minute)
		a.Issue = 1
		w.act(a)
	}
	comment := w.act(github.Act{Login: "eve", Do: "comment", Issue: 1, Body: gh.String("c1")})
	w.act(github.Act{Login: "mallory", Do: "edit_comment", Comment: comment.Comment, Body: gh.String("c2")})
	c, _, err := w.bot.Issues.GetComment(w.Context(), "octo", "hello", comment.Comment)
	if err != nil {
		t.Fatal(err)
	}
	data, errs := w.query(historyQuery, map[string]any{"ids": []string{i.GetNodeID(), "I_nothing", c.GetNodeID()}})
	if !strings.Contains(errs, "NOT_FOUND") || !strings.Contains(errs, `"path":["nodes",1]`) {
		t.Errorf("a missing node is null with an error of its own: %s", errs)
	}
	got, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	if nodes, isList := data["nodes"].([]any); !isList || len(nodes) != 3 || nodes[1] != nil {
		t.Errorf("nodes %v; want three, the second null", nodes)
	}
	for _, want := range []string{
		`"viewer":{"login":"extsync-bot"}`,
		`"body":"third"`,
		// newest first, each with its full text, the original text oldest
		`{"nodes":[{"deletedAt":null,"diff":"third","editedAt":"2026-05-04T10:03:00Z","editor":{"login":"mallory"}},` +
			`{"deletedAt":null,"diff":"second","editedAt":"2026-05-04T10:02:00Z","editor":{"login":"eve"}},` +
			`{"deletedAt":null,"diff":"body","editedAt":"2026-05-04T10:00:00Z","editor":{"login":"extsync-bot"}}]}`,
		`{"__typename":"RenamedTitleEvent","actor":{"login":"eve"},"createdAt":"2026-05-04T10:01:00Z","currentTitle":"renamed","previousTitle":"one"}`,
		`"label":{"name":"bug"}`, `"assignee":{"login":"octo"}`, `"milestoneTitle":"v1"`, `"stateReason":"NOT_PLANNED"`, `"stateReason":"REOPENED"`,
		`"userContentEdits":{"nodes":[{"diff":"c2","editor":{"login":"mallory"}},{"diff":"c1","editor":{"login":"eve"}}]}`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("missing %s\nin %s", want, got)
		}
	}
	if strings.Contains(string(got), "UnassignedEvent") {
		t.Error("itemTypes did not filter")
	}
}

func TestGraphQLErrors(t *testing.T) {
	w := newWorld(t)
	i := w.open("one")
	for _, c := range []struct{ fact, query, want string }{
		{"syntax", `{ viewer { login }`, "Expected Name"},
		{"unknown field", `{ viewer { shoeSize } }`, "shoeSize"},
		{"a connection needs bounds", `{ node(id: "` + i.GetNodeID() + `") { ... on Issue { labels { nodes { name } } } } }`, "MISSING_PAGINATION_BOUNDARIES"},
		{"of at most 100", `{ node(id: "` + i.GetNodeID() + `") { ... on Issue { labels(first: 101) { nodes { name } } } } }`, "EXCESSIVE_PAGINATION"},
		{"variables are checked", `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, "must be defined"},
	} {
		if _, errs := w.query(c.query, nil); !strings.Contains(errs, c.want) {
			t.Errorf("%s: %s; want %q, with status 200", c.fact, errs, c.want)
		}
	}
	ids := make([]string, 101)
	if _, errs := w.query(`query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": ids}); !strings.Contains(errs, "ARGUMENT_LIMIT") {
		t.Errorf("101 ids: %s", errs)
	}
	data, errs := w.query(`query($n: Int!) { repository(owner: "octo", name: "hello") { issue(number: $n) { title comments(last: 3) { totalCount pageInfo { hasNextPage } } } } rateLimit { cost } }`,
		map[string]any{"n": 1})
	if b, _ := json.Marshal(data); errs != "" || !strings.Contains(string(b), `"title":"one"`) || !strings.Contains(string(b), `"totalCount":0`) {
		t.Errorf("integer variables: %s %s", b, errs)
	}
}

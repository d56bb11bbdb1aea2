package github_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	gh "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
)

// shared finds a file of the optional folder of real data and specifications beside the repository; without it the test is
// skipped and says so.
func shared(t *testing.T, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "..", "shared", filepath.FromSlash(path))
	if _, err := os.Stat(full); err != nil {
		t.Skipf("SKIPPED: needs ../shared/%s beside the repository: %v", path, err)
	}
	return full
}

// TestSeedFromRecordedJSON serves what GitHub recorded, field by field as it was recorded.
func TestSeedFromRecordedJSON(t *testing.T) {
	issues, err := os.ReadFile(shared(t, "data/github-ivy/issues.json"))
	if err != nil {
		t.Fatal(err)
	}
	comments, err := os.ReadFile(shared(t, "data/github-ivy/comments.json"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	ivy := w.sim.AddRepo("robpike", "ivy")
	if err := ivy.Seed(strings.NewReader(string(issues)), strings.NewReader(string(comments))); err != nil {
		t.Fatal(err)
	}
	compare(t, w, "repos/robpike/ivy/issues?state=all&sort=created&direction=asc&per_page=100", issues, 150)
	compare(t, w, "repos/robpike/ivy/issues/comments?per_page=100", comments, 329)
	pulls := 0
	ivy.View(func(r *model.Repo) {
		for _, i := range r.All(false) {
			if i.PullRequest {
				pulls++
			}
		}
	})
	if pulls != 72 {
		t.Errorf("%d pull requests, want 72", pulls)
	}
	i, _, err := w.bot.Issues.Create(w.Context(), "robpike", "ivy", &gh.IssueRequest{Title: gh.String("next")})
	if err != nil || i.GetNumber() <= 150 {
		t.Errorf("the next number: %v %v", i.GetNumber(), err)
	}
}

// compare reads a list page by page and compares every recorded field but reactions, which are not simulated.
func compare(t *testing.T, w *world, path string, recorded []byte, count int) {
	t.Helper()
	var want, got []map[string]any
	if err := json.Unmarshal(recorded, &want); err != nil {
		t.Fatal(err)
	}
	for page := 1; page != 0; {
		req, err := w.bot.NewRequest("GET", path+"&page="+string(rune('0'+page)), nil)
		if err != nil {
			t.Fatal(err)
		}
		var part []map[string]any
		resp, err := w.bot.Do(w.Context(), req, &part)
		if err != nil {
			t.Fatal(err)
		}
		got, page = append(got, part...), resp.NextPage
	}
	if len(got) != count || len(want) != count {
		t.Fatalf("%s: %d served, %d recorded, want %d", path, len(got), len(want), count)
	}
	byID := map[float64]map[string]any{}
	for _, g := range got {
		id, _ := g["id"].(float64)
		byID[id] = g
	}
	for _, wanted := range want {
		id, _ := wanted["id"].(float64)
		g := byID[id]
		for field, value := range wanted {
			if field == "reactions" || field == "user" {
				continue
			}
			if field == "comments" && wanted["number"] == 59.0 {
				continue // GitHub counted a comment there that its list does not show
			}
			if !reflect.DeepEqual(g[field], value) {
				t.Errorf("%v %s: served %v, recorded %v", wanted["url"], field, g[field], value)
			}
		}
		was, _ := wanted["user"].(map[string]any)
		is, _ := g["user"].(map[string]any)
		if is["login"] != was["login"] || is["id"] != was["id"] {
			t.Errorf("%v: by %v, recorded %v", wanted["url"], is["login"], was["login"])
		}
	}
}

func TestGenerateIsDeterministicAndVaried(t *testing.T) {
	read := func(seed uint64) []*gh.Issue {
		w := newWorld(t)
		if err := w.repo.Generate(200, model.GenerateOptions{Seed: seed, PullRequests: 0.2}); err != nil {
			t.Fatal(err)
		}
		var all []*gh.Issue
		for page := 1; page <= 2; page++ {
			all = append(all, w.list(gh.IssueListByRepoOptions{State: "all", ListOptions: gh.ListOptions{PerPage: 100, Page: page}})...)
		}
		return all
	}
	a, b, c := read(1), read(1), read(2)
	if !reflect.DeepEqual(a, b) || reflect.DeepEqual(a, c) {
		t.Error("the same seed must give the same issues, another one others")
	}
	var pulls, closed, labels, milestones, assignees, tasks, code, tables, comments int
	for _, i := range a {
		pulls += count(i.IsPullRequest())
		closed += count(i.GetState() == "closed")
		labels += len(i.Labels)
		milestones += count(i.Milestone != nil)
		assignees += len(i.Assignees)
		tasks += count(strings.Contains(i.GetBody(), "- [ ] "))
		code += count(strings.Contains(i.GetBody(), "```"))
		tables += count(strings.Contains(i.GetBody(), "|---"))
		comments += i.GetComments()
		if i.GetUpdatedAt().Before(i.GetCreatedAt().Time) || (i.GetState() == "closed") != (i.ClosedAt != nil) {
			t.Errorf("#%d: dates %v %v %v", i.GetNumber(), i.CreatedAt, i.UpdatedAt, i.ClosedAt)
		}
	}
	for what, n := range map[string]int{"pulls": pulls, "closed": closed, "labels": labels, "milestones": milestones,
		"assignees": assignees, "tasks": tasks, "code": code, "tables": tables, "comments": comments} {
		if n < 10 {
			t.Errorf("only %d %s in 200 issues", n, what)
		}
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestTenThousandIssues keeps the polls of a large repository cheap: 20 ms for any call, JSON included, of which it takes
// a few. The best of several counts, so that a busy machine does not fail it; the race detector gets twenty times as long.
func TestTenThousandIssues(t *testing.T) {
	w := newWorld(t)
	if err := w.repo.Generate(10_000, model.GenerateOptions{Comments: 1}); err != nil {
		t.Fatal(err)
	}
	recent := w.clock.Now().Add(-24 * time.Hour)
	limit := 20 * time.Millisecond
	if raceEnabled {
		limit *= 20
	}
	for _, c := range []struct{ fact, method, path, body string }{
		{"poll of what is new", "GET", "issues?state=all&sort=updated&direction=asc&since=" + recent.Format(time.RFC3339), ""},
		{"first page of everything", "GET", "issues?state=all&sort=updated&direction=asc&per_page=100", ""},
		{"last page by cursor", "GET", "issues?state=all&per_page=100&after=Y3Vyc29yOnYyOjE3NDc4NDY4MDA6MTAw", ""},
		{"one edit", "PATCH", "issues/5", `{"state":"closed"}`},
	} {
		best := time.Hour
		for range 20 {
			req, err := http.NewRequest(c.method, "https://api.github.com/repos/octo/hello/"+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer tok")
			start := time.Now()
			resp, err := w.sim.Transport().RoundTrip(req)
			best = min(best, time.Since(start))
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("%s: %v %v", c.fact, resp, err)
			}
		}
		t.Logf("%s: %v", c.fact, best)
		if best > limit {
			t.Errorf("%s takes %v, more than %v", c.fact, best, limit)
		}
	}
}

func BenchmarkListSince(b *testing.B) {
	w := github.New(github.Options{Limits: github.NoLimits()})
	repo := w.AddRepo("octo", "hello")
	if err := repo.Generate(10_000, model.GenerateOptions{Comments: -1}); err != nil {
		b.Fatal(err)
	}
	since := time.Now().Add(-300 * 24 * time.Hour)
	for b.Loop() {
		repo.View(func(r *model.Repo) {
			r.Issues(model.IssueQuery{State: "all", Sort: "updated", Ascending: true, Since: since})
		})
	}
}

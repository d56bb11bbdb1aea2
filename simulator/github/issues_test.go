package github_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	gh "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
)

// status is the HTTP status behind an error of the client library; 0 for none.
func status(err error) int {
	var e *gh.ErrorResponse
	var rate *gh.RateLimitError
	var abuse *gh.AbuseRateLimitError
	switch {
	case errors.As(err, &e):
		return e.Response.StatusCode
	case errors.As(err, &rate):
		return rate.Response.StatusCode
	case errors.As(err, &abuse):
		return abuse.Response.StatusCode
	}
	return 0
}

func numbers(issues []*gh.Issue) []int {
	out := []int{}
	for _, i := range issues {
		out = append(out, i.GetNumber())
	}
	return out
}

func same(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for k := range a {
		if a[k] != b[k] {
			return false
		}
	}
	return true
}

func (w *world) list(o gh.IssueListByRepoOptions) []*gh.Issue {
	w.Helper()
	got, _, err := w.bot.Issues.ListByRepo(w.Context(), "octo", "hello", &o)
	if err != nil {
		w.Fatal(err)
	}
	return got
}

func (w *world) act(a github.Act) github.Acted {
	w.Helper()
	a.Repo = "octo/hello"
	out, err := w.sim.Act(a)
	if err != nil {
		w.Fatal(err)
	}
	return out
}

func TestListSelectsAndOrders(t *testing.T) {
	w := newWorld(t)
	w.open("one")
	w.clock.advance(time.Minute)
	w.act(github.Act{Login: "eve", Do: "open_pr", Title: gh.String("two")})
	w.clock.advance(time.Minute)
	w.open("three")
	w.clock.advance(time.Minute)
	w.act(github.Act{Login: "eve", Do: "close", Issue: 1})
	at := w.clock.Now()
	for _, c := range []struct {
		fact string
		o    gh.IssueListByRepoOptions
		want []int
	}{
		{"state defaults to open, newest first, pull requests mixed in", gh.IssueListByRepoOptions{}, []int{3, 2}},
		{"all states", gh.IssueListByRepoOptions{State: "all"}, []int{3, 2, 1}},
		{"sorted by update, ascending", gh.IssueListByRepoOptions{State: "all", Sort: "updated", Direction: "asc"}, []int{2, 3, 1}},
		{"since includes the very second", gh.IssueListByRepoOptions{State: "all", Since: at}, []int{1}},
		{"since is in whole seconds", gh.IssueListByRepoOptions{State: "all", Since: at.Add(900 * time.Millisecond)}, []int{1}},
		{"since after the last change", gh.IssueListByRepoOptions{State: "all", Since: at.Add(time.Second)}, []int{}},
		{"by creator", gh.IssueListByRepoOptions{State: "all", Creator: "extsync-bot"}, []int{3, 1}},
	} {
		if got := numbers(w.list(c.o)); !same(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.fact, got, c.want)
		}
	}
	for _, i := range w.list(gh.IssueListByRepoOptions{State: "all"}) {
		if i.IsPullRequest() != (i.GetNumber() == 2) {
			t.Errorf("#%d: IsPullRequest is %v", i.GetNumber(), i.IsPullRequest())
		}
	}
}

func TestEveryChangeMovesUpdatedAt(t *testing.T) {
	w := newWorld(t)
	w.open("one")
	c := w.act(github.Act{Login: "eve", Do: "comment", Issue: 1, Body: gh.String("hi")})
	for _, a := range []github.Act{
		{Do: "edit", Title: gh.String("other")}, {Do: "edit", Body: gh.String("other")}, {Do: "label", Names: []string{"bug"}},
		{Do: "unlabel", Names: []string{"bug"}}, {Do: "assign", Names: []string{"octo"}}, {Do: "milestone", To: "v1"},
		{Do: "comment", Body: gh.String("x")}, {Do: "edit_comment", Comment: c.Comment, Body: gh.String("y")},
		{Do: "delete_comment", Comment: c.Comment}, {Do: "close"}, {Do: "reopen"},
	} {
		w.clock.advance(1500 * time.Millisecond)
		a.Issue, a.Login = 1, "eve"
		w.act(a)
		i, _, err := w.bot.Issues.Get(w.Context(), "octo", "hello", 1)
		if err != nil {
			t.Fatal(err)
		}
		if want := w.clock.Now().Truncate(time.Second); !i.GetUpdatedAt().Time.Equal(want) {
			t.Errorf("%s: updated_at %v, want %v in whole seconds", a.Do, i.GetUpdatedAt(), want)
		}
	}
	w.clock.advance(time.Minute)
	before := w.list(gh.IssueListByRepoOptions{})[0].GetUpdatedAt()
	w.act(github.Act{Login: "eve", Do: "edit", Issue: 1, Title: gh.String("other")})
	if after := w.list(gh.IssueListByRepoOptions{})[0].GetUpdatedAt(); !after.Equal(before) {
		t.Error("an edit that changes nothing moved updated_at")
	}
}

func TestPagesAndTheCap(t *testing.T) {
	w := newWorld(t, func(o *github.Options) { o.PageCap = 20 })
	for range 15 {
		w.open("x")
	}
	_, resp, err := w.bot.Issues.ListByRepo(w.Context(), "octo", "hello", &gh.IssueListByRepoOptions{ListOptions: gh.ListOptions{PerPage: 10}})
	if err != nil || resp.NextPage != 2 || resp.LastPage != 2 || resp.After != "" {
		t.Errorf("small list: next %d last %d after %q err %v; want page numbers", resp.NextPage, resp.LastPage, resp.After, err)
	}
	for range 30 {
		w.open("x")
	}
	_, _, err = w.bot.Issues.ListByRepo(w.Context(), "octo", "hello", &gh.IssueListByRepoOptions{ListOptions: gh.ListOptions{PerPage: 10, Page: 3}})
	if status(err) != 422 || !strings.Contains(err.Error(), "cursor based pagination") {
		t.Errorf("beyond the cap: %v; want GitHub's 422", err)
	}
	seen := map[int]bool{}
	next := "repos/octo/hello/issues?per_page=10&sort=updated&direction=asc"
	for pages := 0; next != ""; pages++ {
		if pages > 10 {
			t.Fatal("the next links do not end")
		}
		req, err := w.bot.NewRequest("GET", next, nil)
		if err != nil {
			t.Fatal(err)
		}
		var page []*gh.Issue
		resp, err := w.bot.Do(w.Context(), req, &page)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page {
			if seen[i.GetNumber()] {
				t.Errorf("#%d twice", i.GetNumber())
			}
			seen[i.GetNumber()] = true
		}
		next = ""
		if resp.After != "" {
			next = "repos/octo/hello/issues?per_page=10&sort=updated&direction=asc&after=" + resp.After
		}
	}
	if len(seen) != 45 {
		t.Errorf("the cursor reached %d of 45 issues", len(seen))
	}
}

func TestEditing(t *testing.T) {
	w := newWorld(t)
	m, _, err := w.bot.Issues.CreateMilestone(w.Context(), "octo", "hello", &gh.Milestone{Title: gh.String("v1")})
	if err != nil {
		t.Fatal(err)
	}
	w.open("one")
	edit := func(fact string, in *gh.IssueRequest, ok func(*gh.Issue) bool) {
		t.Helper()
		i, _, err := w.bot.Issues.Edit(w.Context(), "octo", "hello", 1, in)
		if err != nil || !ok(i) {
			t.Errorf("%s: got %v, %v", fact, i, err)
		}
	}
	edit("labels replace the set", &gh.IssueRequest{Labels: &[]string{"bug", "invalid"}}, func(i *gh.Issue) bool { return len(i.Labels) == 2 })
	edit("labels can be emptied", &gh.IssueRequest{Labels: &[]string{}}, func(i *gh.Issue) bool { return len(i.Labels) == 0 })
	edit("the body can be emptied", &gh.IssueRequest{Body: gh.String("")}, func(i *gh.Issue) bool { return i.GetBody() == "" })
	edit("a milestone is set by number", &gh.IssueRequest{Milestone: m.Number}, func(i *gh.Issue) bool {
		return i.GetMilestone().GetTitle() == "v1" && i.GetMilestone().GetOpenIssues() == 1
	})
	edit("a reason without a change of state is ignored", &gh.IssueRequest{StateReason: gh.String("not_planned")},
		func(i *gh.Issue) bool { return i.GetState() == "open" && i.GetStateReason() == "" })
	edit("closed as not planned", &gh.IssueRequest{State: gh.String("closed"), StateReason: gh.String("not_planned")},
		func(i *gh.Issue) bool {
			return i.GetStateReason() == "not_planned" && i.GetClosedBy().GetLogin() == "extsync-bot"
		})
	edit("closing again does not change the reason", &gh.IssueRequest{State: gh.String("closed"), StateReason: gh.String("completed")},
		func(i *gh.Issue) bool { return i.GetStateReason() == "not_planned" })
	edit("reopened", &gh.IssueRequest{State: gh.String("open")},
		func(i *gh.Issue) bool { return i.GetStateReason() == "reopened" && i.ClosedAt == nil })
	i, _, err := w.bot.Issues.RemoveMilestone(w.Context(), "octo", "hello", 1)
	if err != nil || i.Milestone != nil {
		t.Errorf("milestone null: %v, %v", i.GetMilestone(), err)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	w.open("one")
	post := func(body string) (int, string) {
		req, _ := http.NewRequest(http.MethodPost, "https://api.github.com/repos/octo/hello/issues", strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer tok")
		resp, err := (&http.Client{Transport: w.sim.Transport()}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	for _, c := range []struct {
		fact, body string
		status     int
		says       string
	}{
		{"broken JSON", `{"title":`, 400, "Problems parsing JSON"},
		{"invalid UTF-8", "{\"title\":\"\xff\"}", 400, "Problems parsing JSON"},
		{"no object", `[]`, 400, "should be a JSON object"},
		{"no title", `{}`, 422, `"code":"missing_field"`},
		{"blank title", `{"title":"  "}`, 422, `"field":"title"`},
		{"title of 257 characters", `{"title":"` + strings.Repeat("é", 257) + `"}`, 422, "maximum is 256"},
		{"title of 256 characters", `{"title":"` + strings.Repeat("é", 256) + `"}`, 201, ""},
		{"body of 65,537 characters", `{"title":"x","body":"` + strings.Repeat("y", 65_537) + `"}`, 422, "maximum is 65536"},
		{"body of 65,536 characters", `{"title":"x","body":"` + strings.Repeat("ü", 65_536) + `"}`, 201, ""},
		{"unknown milestone", `{"title":"x","milestone":99}`, 422, `"field":"milestone"`},
		{"wrong type", `{"title":17}`, 422, "Invalid request"},
	} {
		if code, says := post(c.body); code != c.status || !strings.Contains(says, c.says) {
			t.Errorf("%s: %d %s; want %d with %q", c.fact, code, says, c.status, c.says)
		}
	}
	_, _, err := w.bot.Issues.Edit(w.Context(), "octo", "hello", 1, &gh.IssueRequest{Title: gh.String("new"), Body: gh.String(strings.Repeat("y", 65_537))})
	if i, _, _ := w.bot.Issues.Get(w.Context(), "octo", "hello", 1); status(err) != 422 || i.GetTitle() != "one" {
		t.Errorf("a refused edit is refused whole: %v, title %q", err, i.GetTitle())
	}
}

func TestGone(t *testing.T) {
	w := newWorld(t)
	other := w.sim.AddRepo("octo", "other")
	secret := w.sim.AddRepo("corp", "secret")
	secret.SetPrivate(true)
	for _, title := range []string{"deleted", "transferred", "away"} {
		w.open(title)
	}
	w.act(github.Act{Login: "octo", Do: "comment", Issue: 2, Body: gh.String("comes along")})
	w.act(github.Act{Login: "octo", Do: "delete", Issue: 1})
	moved := w.act(github.Act{Login: "octo", Do: "transfer", Issue: 2, To: "octo/other"})
	w.act(github.Act{Login: "octo", Do: "transfer", Issue: 3, To: "corp/secret"})
	reader := w.client("r", github.Token{Login: "reader"})

	if _, _, err := w.bot.Issues.Get(w.Context(), "octo", "hello", 1); status(err) != http.StatusGone {
		t.Errorf("a deleted issue: %v; want 410", err)
	}
	got, _, err := w.bot.Issues.Get(w.Context(), "octo", "hello", 2)
	if err != nil || got.GetNumber() != moved.Issue || !strings.HasSuffix(got.GetRepositoryURL(), "octo/other") {
		t.Errorf("a read of a transferred issue follows the 301: %v %v", got, err)
	}
	comments, _, err := w.bot.Issues.ListComments(w.Context(), "octo", "hello", 2, nil)
	if err != nil || len(comments) != 1 {
		t.Errorf("its comments too, under the new number: %v %v", comments, err)
	}
	same, _, err := w.bot.Issues.Edit(w.Context(), "octo", "hello", 2, &gh.IssueRequest{Title: gh.String("lost")})
	if err != nil || same.GetTitle() != "transferred" {
		t.Errorf("net/http turns a redirected PATCH into a GET: %v %v; want the issue unchanged and no error", same, err)
	}
	if _, _, err := reader.Issues.Get(w.Context(), "octo", "hello", 3); status(err) != 404 {
		t.Errorf("transferred out of sight: %v; want 404", err)
	}
	if _, _, err := w.bot.Issues.Get(w.Context(), "octo", "hello", 99); status(err) != 404 {
		t.Errorf("never there: %v; want 404", err)
	}
	if l := w.list(gh.IssueListByRepoOptions{State: "all"}); len(l) != 0 {
		t.Errorf("gone issues are listed: %v", numbers(l))
	}
	w.repo.DisableIssues(true)
	if _, _, err := w.bot.Issues.Create(w.Context(), "octo", "hello", &gh.IssueRequest{Title: gh.String("x")}); status(err) != 410 {
		t.Errorf("create with issues disabled: %v; want 410", err)
	}
	other.Rename("another")
	r, _, err := w.bot.Repositories.Get(w.Context(), "octo", "other")
	if err != nil || r.GetName() != "another" {
		t.Errorf("a read under the former name follows the 301: %v %v", r, err)
	}
	other.View(func(r *model.Repo) {
		if n := len(r.All(false)); n != 1 {
			t.Errorf("target holds %d issues", n)
		}
	})
}

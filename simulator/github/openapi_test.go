package github_test

import (
	"net/http"
	"testing"

	gh "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/simulator/official"
)

// TestRepliesFitTheOfficialDescription drives every operation served, successes and refusals, through the validator.
func TestRepliesFitTheOfficialDescription(t *testing.T) {
	w := newWorld(t)
	c := official.GitHub(t, 2, w.sim.Transport())
	w.bot = gh.NewClient(&http.Client{Transport: c}).WithAuthToken("tok")
	if err := w.repo.Generate(30, model.GenerateOptions{PullRequests: 0.3}); err != nil {
		t.Fatal(err)
	}
	w.repo.AddCollaborator("ada")
	w.sim.AddRepo("octo", "other")
	walk(w)
	for _, must := range []string{
		"GET /user 200", "GET /rate_limit 200", "GET /repos/{owner}/{repo} 200", "GET /repos/{owner}/{repo}/issues 200",
		"POST /repos/{owner}/{repo}/issues 201", "POST /repos/{owner}/{repo}/issues 422", "POST /repos/{owner}/{repo}/issues 410",
		"GET /repos/{owner}/{repo}/issues/{issue_number} 200", "GET /repos/{owner}/{repo}/issues/{issue_number} 301",
		"GET /repos/{owner}/{repo}/issues/{issue_number} 304", "GET /repos/{owner}/{repo}/issues/{issue_number} 404",
		"GET /repos/{owner}/{repo}/issues/{issue_number} 410", "PATCH /repos/{owner}/{repo}/issues/{issue_number} 200",
		"GET /repos/{owner}/{repo}/issues/comments 200", "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id} 200",
		"DELETE /repos/{owner}/{repo}/issues/comments/{comment_id} 204", "GET /repos/{owner}/{repo}/issues/{issue_number}/timeline 200",
		"POST /repos/{owner}/{repo}/issues/{issue_number}/labels 200", "DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name} 200",
		"POST /repos/{owner}/{repo}/issues/{issue_number}/assignees 201", "POST /repos/{owner}/{repo}/milestones 201",
		"PATCH /repos/{owner}/{repo}/milestones/{milestone_number} 200", "GET /repos/{owner}/{repo}/labels 200",
	} {
		if !c.Saw(must) {
			t.Errorf("the walk did not see %s", must)
		}
	}
}

// walk calls every operation. Errors of refusals are expected; what counts is the shape of the reply.
func walk(w *world) {
	w.Helper()
	ctx, o, r := w.Context(), "octo", "hello"
	must := func(err error) {
		w.Helper()
		if err != nil {
			w.Error(err)
		}
	}
	issues, bot := w.bot.Issues, w.bot
	_, _, err := bot.Users.Get(ctx, "")
	must(err)
	_, _, err = bot.RateLimit.Get(ctx)
	must(err)
	_, _, err = bot.Repositories.Get(ctx, o, r)
	must(err)
	m, _, err := issues.CreateMilestone(ctx, o, r, &gh.Milestone{Title: gh.String("m"), Description: gh.String("d")})
	must(err)
	_, _, err = issues.EditMilestone(ctx, o, r, m.GetNumber(), &gh.Milestone{State: gh.String("closed")})
	must(err)
	_, _, err = issues.GetMilestone(ctx, o, r, m.GetNumber())
	must(err)
	_, _, err = issues.ListMilestones(ctx, o, r, &gh.MilestoneListOptions{State: "all"})
	must(err)
	i, _, err := issues.Create(ctx, o, r, &gh.IssueRequest{Title: gh.String("t"), Labels: &[]string{"bug"}, Milestone: m.Number, Assignees: &[]string{"ada"}})
	must(err)
	n := i.GetNumber()
	_, _, err = issues.Edit(ctx, o, r, n, &gh.IssueRequest{Title: gh.String("t2"), Body: gh.String("b"), State: gh.String("closed")})
	must(err)
	_, _, err = issues.Edit(ctx, o, r, n, &gh.IssueRequest{State: gh.String("open")})
	must(err)
	_, _, err = issues.RemoveMilestone(ctx, o, r, n)
	must(err)
	_, _, err = issues.Get(ctx, o, r, n)
	must(err)
	_, _, err = issues.ListByRepo(ctx, o, r, &gh.IssueListByRepoOptions{State: "all", ListOptions: gh.ListOptions{PerPage: 100}})
	must(err)
	walkParts(w, n, must)
	walkRefusals(w, n)
}

func walkParts(w *world, n int, must func(error)) {
	w.Helper()
	ctx, o, r, issues := w.Context(), "octo", "hello", w.bot.Issues
	c, _, err := issues.CreateComment(ctx, o, r, n, &gh.IssueComment{Body: gh.String("c")})
	must(err)
	_, _, err = issues.EditComment(ctx, o, r, c.GetID(), &gh.IssueComment{Body: gh.String("c2")})
	must(err)
	_, _, err = issues.GetComment(ctx, o, r, c.GetID())
	must(err)
	_, _, err = issues.ListComments(ctx, o, r, 0, nil)
	must(err)
	_, _, err = issues.ListComments(ctx, o, r, n, nil)
	must(err)
	_, _, err = issues.ListIssueTimeline(ctx, o, r, n, nil)
	must(err)
	_, err = issues.DeleteComment(ctx, o, r, c.GetID())
	must(err)
	_, _, err = issues.AddLabelsToIssue(ctx, o, r, n, []string{"wontfix", "odd name/with slash"})
	must(err)
	_, err = issues.RemoveLabelForIssue(ctx, o, r, n, "wontfix")
	must(err)
	_, _, err = issues.ReplaceLabelsForIssue(ctx, o, r, n, []string{"bug"})
	must(err)
	_, _, err = issues.ListLabelsByIssue(ctx, o, r, n, nil)
	must(err)
	_, err = issues.RemoveLabelsForIssue(ctx, o, r, n)
	must(err)
	_, _, err = issues.CreateLabel(ctx, o, r, &gh.Label{Name: gh.String("l"), Color: gh.String("ff0000")})
	must(err)
	_, _, err = issues.EditLabel(ctx, o, r, "l", &gh.Label{Color: gh.String("00ff00")})
	must(err)
	_, _, err = issues.GetLabel(ctx, o, r, "l")
	must(err)
	_, _, err = issues.ListLabels(ctx, o, r, nil)
	must(err)
	_, err = issues.DeleteLabel(ctx, o, r, "l")
	must(err)
	_, _, err = issues.AddAssignees(ctx, o, r, n, []string{"octo"})
	must(err)
	_, _, err = issues.RemoveAssignees(ctx, o, r, n, []string{"octo"})
	must(err)
	_, _, err = issues.ListAssignees(ctx, o, r, nil)
	must(err)
	_, _, err = issues.IsAssignee(ctx, o, r, "ada")
	must(err)
	_, _, err = issues.ListIssueEvents(ctx, o, r, n, nil)
	must(err)
}

func walkRefusals(w *world, n int) {
	w.Helper()
	ctx, o, r, issues := w.Context(), "octo", "hello", w.bot.Issues
	want := func(status_ int, err error) {
		w.Helper()
		if status(err) != status_ {
			w.Errorf("want %d, got %v", status_, err)
		}
	}
	_, _, err := issues.Create(ctx, o, r, &gh.IssueRequest{})
	want(422, err)
	_, _, err = issues.Edit(ctx, o, r, n, &gh.IssueRequest{Milestone: gh.Int(77)})
	want(422, err)
	_, _, err = issues.CreateComment(ctx, o, r, n, &gh.IssueComment{Body: gh.String("")})
	want(422, err)
	_, _, err = issues.CreateLabel(ctx, o, r, &gh.Label{Name: gh.String("bug")})
	want(422, err)
	_, _, err = issues.Get(ctx, o, r, 9999)
	want(404, err)
	_, _, err = issues.GetComment(ctx, o, r, 9999)
	want(404, err)
	plain := &http.Client{Transport: w.bot.Client().Transport}
	req, _ := w.bot.NewRequest("GET", "repos/octo/hello/issues/1", nil)
	if resp, err := plain.Do(req); err == nil {
		req.Header.Set("If-None-Match", resp.Header.Get("ETag"))
		_, err = w.bot.Do(ctx, req, nil)
		want(304, err)
	}
	w.act(github.Act{Login: "octo", Do: "open", Title: gh.String("goes")})
	w.act(github.Act{Login: "octo", Do: "transfer", Issue: n + 1, To: "octo/other"})
	_, _, err = issues.Get(ctx, o, r, n+1)
	want(0, err)
	w.act(github.Act{Login: "octo", Do: "delete", Issue: n})
	_, _, err = issues.Get(ctx, o, r, n)
	want(410, err)
	w.repo.DisableIssues(true)
	_, _, err = issues.Create(ctx, o, r, &gh.IssueRequest{Title: gh.String("x")})
	want(410, err)
}

package github_test

import (
	"net/http"
	"strings"
	"testing"

	gh "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/simulator/github"
)

func TestCredentials(t *testing.T) {
	w := newWorld(t)
	w.open("one")
	w.sim.AddRepo("corp", "secret").SetPrivate(true)
	wrong := gh.NewClient(&http.Client{Transport: w.sim.Transport()}).WithAuthToken("wrong")
	if _, _, err := wrong.Users.Get(w.Context(), ""); status(err) != 401 || !strings.Contains(err.Error(), "Bad credentials") {
		t.Errorf("unknown token: %v; want 401 Bad credentials", err)
	}
	u, _, err := w.bot.Users.Get(w.Context(), "")
	if err != nil || u.GetLogin() != "extsync-bot" || u.GetID() == 0 {
		t.Errorf("GET /user: %v %v", u, err)
	}
	reader := w.client("r", github.Token{Login: "reader"})
	if _, _, err := reader.Repositories.Get(w.Context(), "corp", "secret"); status(err) != 404 {
		t.Errorf("a private repository without a role: %v; want 404", err)
	}
	for _, c := range []struct {
		client *gh.Client
		push   bool
	}{{w.bot, true}, {reader, false}} {
		r, _, err := c.client.Repositories.Get(w.Context(), "octo", "hello")
		if err != nil || r.GetPermissions()["push"] != c.push || !r.GetPermissions()["pull"] || !r.GetHasIssues() || r.GetID() == 0 {
			t.Errorf("permissions %v, %v; want push %v", r.GetPermissions(), err, c.push)
		}
	}
}

func TestReadOnlyTokenMayNotWrite(t *testing.T) {
	w := newWorld(t)
	w.open("one")
	ro := w.client("ro", github.Token{Login: "extsync-bot", Push: true, Issues: github.PermissionRead})
	if _, _, err := ro.Issues.Get(w.Context(), "octo", "hello", 1); err != nil {
		t.Errorf("read: %v", err)
	}
	_, _, create := ro.Issues.Create(w.Context(), "octo", "hello", &gh.IssueRequest{Title: gh.String("x")})
	_, _, edit := ro.Issues.Edit(w.Context(), "octo", "hello", 1, &gh.IssueRequest{Title: gh.String("x")})
	_, _, comment := ro.Issues.CreateComment(w.Context(), "octo", "hello", 1, &gh.IssueComment{Body: gh.String("x")})
	for _, err := range []error{create, edit, comment} {
		if status(err) != 403 || !strings.Contains(err.Error(), "Resource not accessible by personal access token") {
			t.Errorf("write: %v; want 403", err)
		}
	}
}

func TestFieldsDroppedSilentlyWithoutPush(t *testing.T) {
	w := newWorld(t)
	w.act(github.Act{Login: "octo", Do: "open", Title: gh.String("milestone holder")})
	w.act(github.Act{Login: "octo", Do: "milestone", Issue: 1, To: "v1"})
	guest := w.client("g", github.Token{Login: "guest"})
	i, _, err := guest.Issues.Create(w.Context(), "octo", "hello", &gh.IssueRequest{Title: gh.String("mine"), Labels: &[]string{"bug"},
		Assignees: &[]string{"octo"}, Milestone: gh.Int(1)})
	if err != nil || len(i.Labels)+len(i.Assignees) != 0 || i.Milestone != nil {
		t.Errorf("create: %v, %v; want success without labels, assignees, milestone", i, err)
	}
	i, _, err = guest.Issues.Edit(w.Context(), "octo", "hello", i.GetNumber(), &gh.IssueRequest{Title: gh.String("renamed"), Labels: &[]string{"bug"}})
	if err != nil || i.GetTitle() != "renamed" || len(i.Labels) != 0 {
		t.Errorf("edit: %v, %v; want the title changed and no label", i, err)
	}
	if _, _, err := guest.Issues.Edit(w.Context(), "octo", "hello", 1, &gh.IssueRequest{Title: gh.String("x")}); status(err) != 403 {
		t.Errorf("edit of someone else's issue: %v; want 403", err)
	}
	if _, _, err := guest.Issues.AddLabelsToIssue(w.Context(), "octo", "hello", 2, []string{"bug"}); status(err) != 403 {
		t.Errorf("labels endpoint: %v; want 403", err)
	}
	w.sim.SetRole("g", "octo/hello", github.RoleTriage)
	i, _, err = guest.Issues.Edit(w.Context(), "octo", "hello", 1, &gh.IssueRequest{Labels: &[]string{"bug", "unknown"}})
	if err != nil || len(i.Labels) != 1 {
		t.Errorf("triage: %v, %v; want the known label only", i.Labels, err)
	}
}

func TestLabelsAndAssigneesOneByOne(t *testing.T) {
	w := newWorld(t)
	w.open("one")
	w.repo.AddCollaborator("ada")
	got, _, err := w.bot.Issues.AddLabelsToIssue(w.Context(), "octo", "hello", 1, []string{"Bug", "brand/new name"})
	if err != nil || len(got) != 2 || got[0].GetName() != "bug" {
		t.Errorf("add: %v %v; want the known label in its own case and the unknown one made", got, err)
	}
	if _, err := w.bot.Issues.RemoveLabelForIssue(w.Context(), "octo", "hello", 1, "brand%2Fnew%20name"); err != nil {
		t.Errorf("remove: %v", err)
	}
	if _, err := w.bot.Issues.RemoveLabelForIssue(w.Context(), "octo", "hello", 1, "wontfix"); status(err) != 404 {
		t.Errorf("remove what is not there: %v; want 404", err)
	}
	i, _, err := w.bot.Issues.AddAssignees(w.Context(), "octo", "hello", 1, []string{"ada", "stranger"})
	if err != nil || len(i.Assignees) != 1 {
		t.Errorf("assign: %v %v; want those who cannot be assigned dropped", i.Assignees, err)
	}
	if i, _, err = w.bot.Issues.RemoveAssignees(w.Context(), "octo", "hello", 1, []string{"ada"}); err != nil || len(i.Assignees) != 0 {
		t.Errorf("unassign: %v %v", i.Assignees, err)
	}
	if _, _, err := w.bot.Issues.CreateLabel(w.Context(), "octo", "hello", &gh.Label{Name: gh.String("BUG")}); status(err) != 422 {
		t.Errorf("label names are unique without case: %v; want 422", err)
	}
}

func TestComments(t *testing.T) {
	w := newWorld(t)
	w.open("one")
	w.act(github.Act{Login: "eve", Do: "open_pr", Title: gh.String("pull")})
	w.act(github.Act{Login: "eve", Do: "comment", Issue: 2, Body: gh.String("on the pull request")})
	c, _, err := w.bot.Issues.CreateComment(w.Context(), "octo", "hello", 1, &gh.IssueComment{Body: gh.String("first")})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.bot.Issues.CreateComment(w.Context(), "octo", "hello", 1, &gh.IssueComment{Body: gh.String(" ")}); status(err) != 422 {
		t.Errorf("blank comment: %v; want 422", err)
	}
	w.clock.advance(60e9)
	c2 := w.act(github.Act{Login: "eve", Do: "comment", Issue: 1, Body: gh.String("second")})
	w.clock.advance(60e9)
	if _, _, err := w.bot.Issues.EditComment(w.Context(), "octo", "hello", c.GetID(), &gh.IssueComment{Body: gh.String("first, edited")}); err != nil {
		t.Fatal(err)
	}
	now := w.clock.Now()
	list := func(o gh.IssueListCommentsOptions) []string {
		got, _, err := w.bot.Issues.ListComments(w.Context(), "octo", "hello", 0, &o)
		if err != nil {
			t.Fatal(err)
		}
		out := []string{}
		for _, c := range got {
			out = append(out, c.GetBody())
		}
		return out
	}
	for _, c := range []struct {
		fact string
		o    gh.IssueListCommentsOptions
		want string
	}{
		{"by id, the pull request's too; direction counts for nothing without sort", gh.IssueListCommentsOptions{Direction: gh.String("desc")},
			"on the pull request|first, edited|second"},
		{"by update", gh.IssueListCommentsOptions{Sort: gh.String("updated"), Direction: gh.String("asc")}, "on the pull request|second|first, edited"},
		{"since is about updates", gh.IssueListCommentsOptions{Since: &now}, "first, edited"},
	} {
		if got := strings.Join(list(c.o), "|"); got != c.want {
			t.Errorf("%s: %q, want %q", c.fact, got, c.want)
		}
	}
	if _, err := w.bot.Issues.DeleteComment(w.Context(), "octo", "hello", c2.Comment); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.bot.Issues.GetComment(w.Context(), "octo", "hello", c2.Comment); status(err) != 404 {
		t.Errorf("deleted comment: %v; want 404", err)
	}
	if got := list(gh.IssueListCommentsOptions{}); len(got) != 2 {
		t.Errorf("a deleted comment just disappears from lists: %v", got)
	}
}

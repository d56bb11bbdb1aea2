package github

import (
	"context"
	"errors"
	"strconv"

	gogithub "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/external"
)

func (w *writing) createIssue(ctx context.Context) (external.Item, error) {
	w.what = w.op.Name
	title, labels, assignees := w.c.Set[fieldTitle].Text(), w.c.Set[fieldLabels].Elements(), w.c.Set[fieldAssignees].Elements()
	body, err := w.body()
	if err != nil {
		return external.Item{}, err
	}
	req := gogithub.IssueRequest{Title: &title, Body: &body, Labels: list(labels), Assignees: list(assignees)}
	if m := w.c.Set[fieldMilestone].Text(); m != "" {
		n, err := w.milestone(m)
		if err != nil {
			return external.Item{}, err
		}
		req.Milestone = &n
	}
	issue, err := w.post(ctx, req)
	if req.Assignees == nil || !errors.Is(err, errAssignee) {
		return w.issue(issue, err)
	}
	return w.createUnassigned(ctx, req)
}

// createUnassigned makes an issue that was refused for one of its assignees: somebody who left, or
// whom this repository does not know. Nothing was done by that. The call on assignees leaves out
// whoever cannot be assigned, where the one that makes an issue does not. Should it fail, the issue
// is there all the same, and shows who is not on it.
func (w *writing) createUnassigned(ctx context.Context, req gogithub.IssueRequest) (external.Item, error) {
	req.Assignees = nil
	issue, err := w.post(ctx, req)
	made, err := w.issue(issue, err)
	if err != nil {
		return external.Item{}, err
	}
	if w.number, err = strconv.Atoi(made.Key); err != nil {
		return made, nil //nolint:nilerr // what was made is more than who is on it
	}
	who := w.c.Set[fieldAssignees].Elements()
	err = w.a.write(ctx, w.what, addAssignees, func(ctx context.Context) (err error) {
		issue, _, err = w.a.gh.Issues.AddAssignees(ctx, w.a.owner, w.a.repo, w.number, who)
		return err
	})
	if assigned, err := w.issue(issue, err); err == nil && assigned.ID == made.ID {
		return assigned, nil
	}
	return made, nil
}

// post makes the one call that makes an issue.
func (w *writing) post(ctx context.Context, req gogithub.IssueRequest) (*gogithub.Issue, error) {
	var issue *gogithub.Issue
	err := w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) (err error) {
		issue, _, err = w.a.gh.Issues.Create(ctx, w.a.owner, w.a.repo, &req)
		return err
	})
	return issue, err
}

package model

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// IssueQuery selects and orders a repository's issues and pull requests.
type IssueQuery struct {
	State     string // open, closed or all
	Sort      string // created, updated or comments
	Ascending bool
	Since     time.Time // inclusive, in whole seconds
	Labels    []string  // all of them
	Creator   string
	Assignee  string // a login, none or *
	Milestone string // a number, none or *
}

// Issues lists what the query selects, as lists show it (see SetLag).
func (r *Repo) Issues(q IssueQuery) []*Issue {
	now := r.w.now()
	from := r.byUpdate.since(q.Since)
	if q.Since.IsZero() && q.Sort != "updated" {
		from = r.byCreation
	}
	out := make([]*Issue, 0, len(from))
	for _, i := range from {
		if q.match(i) && !r.late(i) {
			out = append(out, i)
		}
	}
	for i := range r.lagging {
		if i.versions.settled(now) {
			delete(r.lagging, i)
		}
		current := i
		if i.Gone() {
			current = nil
		}
		if v := i.versions.visible(now, current); v != nil && !v.Updated.Before(q.Since) && q.match(v) {
			out = append(out, v)
		}
	}
	q.order(out)
	return out
}

// late says that lists do not show the issue as it is.
func (r *Repo) late(i *Issue) bool {
	if len(r.lagging) == 0 {
		return false
	}
	_, late := r.lagging[i]
	return late
}

// Key is where an issue stands in the query's order: its first part is the sorted value, its second breaks ties.
func (q *IssueQuery) Key(i *Issue) (int64, int64) {
	switch q.Sort {
	case "updated":
		return i.Updated.Unix(), int64(i.Number)
	case "comments":
		return int64(i.Comments), int64(i.Number)
	}
	return i.Created.Unix(), int64(i.Number)
}

// order sorts in place. The usual orders arrive sorted already.
func (q *IssueQuery) order(list []*Issue) {
	compare := func(a, b *Issue) int {
		ak, an := q.Key(a)
		bk, bn := q.Key(b)
		return compareKeys(ak, an, bk, bn)
	}
	if !slices.IsSortedFunc(list, compare) {
		slices.SortFunc(list, compare)
	}
	if !q.Ascending {
		slices.Reverse(list)
	}
}

// After cuts the list behind a position given by Key.
func (q *IssueQuery) After(list []*Issue, key, tie int64) []*Issue {
	at, found := slices.BinarySearchFunc(list, 0, func(i *Issue, _ int) int {
		k, n := q.Key(i)
		if q.Ascending {
			return compareKeys(k, n, key, tie)
		}
		return compareKeys(key, tie, k, n)
	})
	if found {
		at++
	}
	return list[at:]
}

func (q *IssueQuery) match(i *Issue) bool {
	if i.Repo.IssuesDisabled && !i.PullRequest {
		return false
	}
	return (q.State == "all" || i.State == q.State) &&
		(q.Creator == "" || strings.EqualFold(i.Author.Login, q.Creator)) &&
		q.matchAssignee(i) && q.matchMilestone(i) && q.matchLabels(i)
}

func (q *IssueQuery) matchAssignee(i *Issue) bool {
	switch q.Assignee {
	case "":
		return true
	case "none":
		return len(i.Assignees) == 0
	case "*":
		return len(i.Assignees) > 0
	}
	return slices.ContainsFunc(i.Assignees, func(u *User) bool { return strings.EqualFold(u.Login, q.Assignee) })
}

func (q *IssueQuery) matchMilestone(i *Issue) bool {
	switch q.Milestone {
	case "":
		return true
	case "none":
		return i.Milestone == nil
	case "*":
		return i.Milestone != nil
	}
	return i.Milestone != nil && strconv.Itoa(i.Milestone.Number) == q.Milestone
}

func (q *IssueQuery) matchLabels(i *Issue) bool {
	for _, name := range q.Labels {
		if !slices.ContainsFunc(i.Labels, func(l *Label) bool { return strings.EqualFold(l.Name, name) }) {
			return false
		}
	}
	return true
}

// CommentQuery orders the comments of a whole repository.
type CommentQuery struct {
	Sort       string // created, updated or empty: by id, ascending, whatever the direction
	Descending bool
	Since      time.Time // inclusive
}

// Comments lists the comments of all issues and pull requests, as lists show them.
func (r *Repo) Comments(q CommentQuery) []*Comment {
	now := r.w.now()
	var out []*Comment
	for _, c := range r.byEdit.since(q.Since) {
		if _, late := r.tardy[c]; !late {
			out = append(out, c)
		}
	}
	for c := range r.tardy {
		if c.versions.settled(now) {
			delete(r.tardy, c)
		}
		current := c
		if c.deleted {
			current = nil
		}
		if v := c.versions.visible(now, current); v != nil && !v.Updated.Before(q.Since) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b *Comment) int {
		if q.Sort == "updated" {
			return compareStamps(a, b)
		}
		return compareKeys(0, a.ID, 0, b.ID)
	})
	if q.Descending && q.Sort != "" {
		slices.Reverse(out)
	}
	return out
}

// IssueComments lists one issue's comments by age, those updated at or after since.
func (i *Issue) IssueComments(since time.Time) []*Comment {
	now := i.Repo.w.now()
	var out []*Comment
	for _, e := range i.Timeline {
		if e.Comment == nil {
			continue
		}
		if c := e.Comment.versions.visible(now, e.Comment); c != nil && !c.Updated.Before(since) {
			out = append(out, c)
		}
	}
	return out
}

// Containing counts the issues and the comments whose current text contains s, deleted ones included and each once.
func (r *Repo) Containing(s string) (issues, comments int) {
	for _, i := range r.byNumber {
		if i.movedTo == nil && (strings.Contains(i.Text(), s) || strings.Contains(i.Title, s)) {
			issues++
		}
	}
	for _, c := range r.comments {
		if strings.Contains(c.Body, s) {
			comments++
		}
	}
	return issues, comments
}

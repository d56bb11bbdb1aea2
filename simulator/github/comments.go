package github

import (
	"net/http"

	"github.com/extsync/extsync/simulator/github/model"
)

func location(u string) http.Header { return http.Header{"Location": {u}} }

func listRepoComments(c *call) (reply, error) {
	since, err := c.since()
	if err != nil {
		return reply{}, err
	}
	q := model.CommentQuery{Sort: c.query.Get("sort"), Descending: c.query.Get("direction") != "asc", Since: since}
	return numberedList(c, c.repo.Comments(q), c.view.comment)
}

func listIssueComments(c *call) (reply, error) {
	since, err := c.since()
	if err != nil {
		return reply{}, err
	}
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	return numberedList(c, i.IssueComments(since), c.view.comment)
}

func getComment(c *call) (reply, error) {
	m, err := c.repo.Comment(c.numbers[0])
	if err != nil {
		return reply{}, err
	}
	return ok(c.view.comment(m))
}

type commentRequest struct {
	Body string `json:"body"`
}

func createComment(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	var in commentRequest
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	m, err := c.repo.CreateComment(c.user, i, in.Body)
	if err != nil {
		return reply{}, err
	}
	j := c.view.comment(m)
	r, err := created(j)
	r.header = location(j.URL)
	return r, err
}

func editComment(c *call) (reply, error) {
	m, err := c.repo.Comment(c.numbers[0])
	if err != nil {
		return reply{}, err
	}
	var in commentRequest
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.mayEdit(m.Author, RoleWrite); err != nil {
		return reply{}, err
	}
	if err := c.repo.EditComment(c.user, m, in.Body); err != nil {
		return reply{}, err
	}
	return ok(c.view.comment(m))
}

func deleteComment(c *call) (reply, error) {
	m, err := c.repo.Comment(c.numbers[0])
	if err != nil {
		return reply{}, err
	}
	if err := c.mayEdit(m.Author, RoleWrite); err != nil {
		return reply{}, err
	}
	c.repo.DeleteComment(c.user, m)
	return noContent()
}

func listTimeline(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	return numberedList(c, i.Timeline, c.view.entry(c.repo))
}

func listEvents(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	var events []*model.Event
	for _, e := range i.Timeline {
		if e.Event != nil {
			events = append(events, e.Event)
		}
	}
	return numberedList(c, events, c.view.event(c.repo))
}

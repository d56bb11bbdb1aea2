package model

import (
	"slices"
	"strings"
	"time"
)

// Comment is a comment on an issue or pull request.
type Comment struct {
	ID          int64
	NodeID      string
	Issue       *Issue
	Author      *User
	Association string // author_association; computed when empty
	Body        string
	Created     time.Time
	Updated     time.Time
	Edits       []Edit // oldest first, the original included; empty while never edited

	deleted  bool
	versions versions[Comment]
}

func (c *Comment) stamp() (int64, int64) { return c.Updated.Unix(), c.ID }

// Comment finds a comment by id as a direct read does, or answers 404.
func (r *Repo) Comment(id int64) (*Comment, error) {
	c := r.comments[id]
	if c == nil || c.deleted || c.Issue.Gone() {
		return nil, NotFound()
	}
	return c, nil
}

// CreateComment adds a comment to an issue or pull request.
func (r *Repo) CreateComment(actor *User, i *Issue, body string) (*Comment, error) {
	if err := checkComment(body); err != nil {
		return nil, err
	}
	id, now := r.w.nextID(), r.w.Now()
	c := &Comment{ID: id, NodeID: nodeID("IC", id), Issue: i, Author: actor, Body: body, Created: now, Updated: now}
	i.change(func() bool { i.attach(c); return true })
	r.addComment(c)
	r.tell(c.announce(actor, "created", nil))
	return c, nil
}

// attach puts a comment on the issue's timeline.
func (i *Issue) attach(c *Comment) {
	i.Timeline = append(i.Timeline, Entry{Comment: c})
	i.Comments++
}

// addComment files a comment; lists may show it only later.
func (r *Repo) addComment(c *Comment) {
	r.comments[c.ID] = c
	r.byEdit.insert(c)
	r.w.nodes[c.NodeID] = c
	if r.w.lag > 0 {
		r.keepComment(c, nil)
	}
}

func (r *Repo) keepComment(c *Comment, was *Comment) {
	c.versions.keep(was, r.w.now().Add(r.w.lag))
	r.tardy[c] = struct{}{}
}

// EditComment replaces a comment's text.
func (r *Repo) EditComment(actor *User, c *Comment, body string) error {
	if err := checkComment(body); err != nil {
		return err
	}
	if body == c.Body {
		return nil
	}
	before := *c
	before.versions = versions[Comment]{}
	now := r.w.Now()
	c.Edits = addEdit(c.Edits, c.Author, c.Created, c.Body, Edit{At: now, Editor: actor, Text: body})
	r.byEdit.remove(c)
	c.Body, c.Updated = body, now
	r.byEdit.insert(c)
	if r.w.lag > 0 {
		r.keepComment(c, &before)
	}
	c.Issue.change(func() bool { return true })
	r.tell(c.announce(actor, "edited", map[string]any{"body": map[string]string{"from": before.Body}}))
	return nil
}

// DeleteComment removes a comment: lists simply no longer show it.
func (r *Repo) DeleteComment(actor *User, c *Comment) {
	before := *c
	before.versions = versions[Comment]{}
	i := c.Issue
	i.change(func() bool {
		i.Timeline = slices.DeleteFunc(slices.Clone(i.Timeline), func(e Entry) bool { return e.Comment == c })
		i.Comments--
		return true
	})
	r.dropComment(c)
	if r.w.lag > 0 {
		r.keepComment(c, &before)
	}
	r.tell(c.announce(actor, "deleted", nil))
}

func (r *Repo) dropComment(c *Comment) {
	c.deleted = true
	r.byEdit.remove(c)
	delete(r.w.nodes, c.NodeID)
}

// moveComment hands a comment over to the issue's new repository.
func (r *Repo) moveComment(c *Comment, to *Issue) {
	r.byEdit.remove(c)
	delete(r.comments, c.ID)
	delete(r.tardy, c)
	c.Issue = to
	to.Repo.addComment(c)
}

func (c *Comment) announce(actor *User, action string, changes map[string]any) []Notice {
	return []Notice{{Event: "issue_comment", Action: action, Repo: c.Issue.Repo, Issue: c.Issue, Comment: c, Sender: actor, Changes: changes}}
}

func checkComment(body string) error {
	if strings.TrimSpace(body) == "" {
		return invalid("IssueComment", "body", "missing_field", "Body cannot be blank")
	}
	return checkBody("IssueComment", &body)
}

package model

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// Comment is a comment on an issue.
type Comment struct {
	ID         int64
	Issue      *Issue
	Author     *User
	Editor     *User // updateAuthor
	Body       Text
	Created    time.Time
	Updated    time.Time
	Properties map[string]any
	Visible    *Visibility // nil: to all who may see the issue
}

// IDText is the id as Jira writes it.
func (c *Comment) IDText() string { return strconv.FormatInt(c.ID, 10) }

// AgentsOnly is the property by which Jira Service Management keeps a comment to a project's agents.
const AgentsOnly = "sd.public.comment"

// Internal says whether the comment is for the agents of a service project alone.
func (c *Comment) Internal() bool {
	v, _ := c.Properties[AgentsOnly].(map[string]any)
	internal, _ := v["internal"].(bool)
	return c.Issue.Project.Service && internal
}

// Comment finds by id; nil when there is none, or it was deleted.
func (w *World) Comment(id int64) *Comment { return w.comments[id] }

// CommentOf finds a comment of an issue as Jira answers about it to the user.
func (w *World) CommentOf(u *User, i *Issue, id string) (*Comment, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	c := w.comments[n]
	if err != nil || c == nil || c.Issue != i || !c.ShownTo(u) {
		return nil, Refuse(http.StatusNotFound, "Can not find a comment for the id: %s.", id)
	}
	return c, nil
}

// AddComment writes a comment for all who may see the issue. body is what the caller's edition sends: a document, or a string of
// markup.
func (w *World) AddComment(by Caller, i *Issue, body any, properties map[string]any) (*Comment, error) {
	return w.AddCommentFor(by, i, body, properties, nil)
}

// AddCommentFor writes a comment for the members of a group or role.
func (w *World) AddCommentFor(by Caller, i *Issue, body any, properties map[string]any, visible *Visibility) (*Comment, error) {
	if !i.Project.May(by.User, AddComments) {
		return nil, bad("%s, you do not have the permission to comment on this issue.", by.User.Display)
	}
	text, err := w.commentText(by, body)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(checkProperties(properties), visible.check(by.User)); err != nil {
		return nil, err
	}
	now := w.Now()
	c := &Comment{ID: w.next("comment"), Issue: i, Author: by.User, Editor: by.User, Body: text, Created: now, Updated: now, Properties: properties, Visible: visible}
	w.change(i, func() bool {
		i.Comments = append(i.Comments, c)
		w.comments[c.ID] = c
		return true
	})
	w.tellComment("comment_created", by.User, c)
	w.emit(Notice{Event: "jira:issue_updated", Type: "issue_commented", Issue: i, Comment: c, User: by.User})
	return c, nil
}

// EditComment replaces the text of a comment; properties given are set, others stay. So does who may see it, unless visible says so
// anew; a nil one there opens it to all.
func (w *World) EditComment(by Caller, c *Comment, body any, properties map[string]any, visible ...*Visibility) error {
	p := c.Issue.Project
	if !p.May(by.User, EditAllComments) && (c.Author != by.User || !p.May(by.User, EditOwnComments)) {
		return bad("You do not have the permission to edit this comment.")
	}
	text, err := w.commentText(by, body)
	if err != nil {
		return err
	}
	if err := checkProperties(properties); err != nil {
		return err
	}
	for _, v := range visible {
		if err := v.check(by.User); err != nil {
			return err
		}
	}
	w.change(c.Issue, func() bool {
		for _, v := range visible {
			c.Visible = v
		}
		c.Body, c.Editor, c.Updated = text, by.User, w.Now()
		for k, v := range properties {
			c.SetProperty(k, v)
		}
		return true
	})
	w.tellComment("comment_updated", by.User, c)
	w.emit(Notice{Event: "jira:issue_updated", Type: "issue_comment_edited", Issue: c.Issue, Comment: c, User: by.User})
	return nil
}

// DeleteComment removes a comment for ever.
func (w *World) DeleteComment(by Caller, c *Comment) error {
	p := c.Issue.Project
	if !p.May(by.User, DeleteAllComments) && (c.Author != by.User || !p.May(by.User, DeleteOwnComments)) {
		return bad("You do not have permission to delete comment with id: %s", c.IDText())
	}
	w.change(c.Issue, func() bool {
		c.Issue.Comments = slices.DeleteFunc(slices.Clone(c.Issue.Comments), func(o *Comment) bool { return o == c })
		delete(w.comments, c.ID)
		return true
	})
	w.tellComment("comment_deleted", by.User, c)
	w.emit(Notice{Event: "jira:issue_updated", Type: "issue_comment_deleted", Issue: c.Issue, Comment: c, User: by.User})
	return nil
}

func (w *World) tellComment(event string, by *User, c *Comment) {
	w.emit(Notice{Event: event, Issue: c.Issue, Comment: c, User: by})
}

func (w *World) commentText(by Caller, body any) (Text, error) {
	if body == nil || body == "" {
		return Text{}, badField("comment", "Comment body can not be empty!")
	}
	t, refused := w.rich(by, body)
	if refused != "" {
		return Text{}, badField("comment", "%s", refused)
	}
	text, _ := t.(Text)
	return text, nil
}

// SetProperty sets an entity property of the comment; false when it was there before. It moves no updated.
func (c *Comment) SetProperty(key string, value any) (made bool) {
	_, had := c.Properties[key]
	c.Properties = with(c.Properties, key, value)
	return !had
}

// SetProperty sets an entity property of the issue; false when it was there before. It moves no updated.
func (i *Issue) SetProperty(key string, value any) (made bool) {
	_, had := i.Properties[key]
	i.Properties = with(i.Properties, key, value)
	return !had
}

func with(m map[string]any, key string, value any) map[string]any {
	if m == nil {
		m = map[string]any{}
	}
	m[key] = value
	return m
}

// CheckProperty refuses keys and values that are too long; size is the value's as JSON.
func CheckProperty(key string, size int) error {
	switch {
	case key == "" || utf8.RuneCountInString(key) > MaxKey:
		return bad("The property key must be between 1 and %d characters.", MaxKey)
	case size == 0:
		return bad("The property value may not be empty.")
	case size > MaxProperty:
		return bad("The property value cannot be longer than %d characters.", MaxProperty)
	}
	return nil
}

package model

import (
	"strings"
	"time"
)

// late holds what lists still show of an item while its latest writes are not visible there.
type late[T any] struct{ old []past[T] }

type past[T any] struct {
	until time.Time
	was   *T // nil: the item was not there
}

// shown picks what a list shows at a time: the oldest version still in force, or the item itself.
func (l *late[T]) shown(now time.Time, current *T) *T {
	for _, p := range l.old {
		if now.Before(p.until) {
			return p.was
		}
	}
	l.old = nil
	return current
}

// keepIssue remembers how lists show the issue until the change about to be made is visible there.
func (w *World) keepIssue(i *Issue, isNew bool) {
	if w.opts.Lag <= 0 {
		return
	}
	var was *Issue
	if !isNew {
		image := *i
		was = &image
	}
	i.late.old = append(i.late.old, past[Issue]{w.Now().Add(w.opts.Lag), was})
	w.lateIssues[i] = struct{}{}
}

func (w *World) keepComment(c *Comment, isNew bool) {
	if w.opts.Lag <= 0 {
		return
	}
	var was *Comment
	if !isNew {
		image := *c
		was = &image
	}
	c.late.old = append(c.late.old, past[Comment]{w.Now().Add(w.opts.Lag), was})
	w.lateNotes[c] = struct{}{}
}

// Issues lists all issues as lists show them, by age; archived and trashed ones too.
func (w *World) Issues() []*Issue {
	w.purge()
	if len(w.lateIssues) == 0 {
		return w.issues
	}
	out, now := make([]*Issue, 0, len(w.issues)), w.Now()
	for _, i := range w.issues {
		if v := i.late.shown(now, i); v != nil {
			out = append(out, v)
		}
		if len(i.late.old) == 0 {
			delete(w.lateIssues, i)
		}
	}
	return out
}

// Comments lists all comments as lists show them, by age; those of archived issues too.
func (w *World) Comments() []*Comment {
	w.purge()
	if len(w.lateNotes) == 0 {
		return w.comments
	}
	out, now := make([]*Comment, 0, len(w.comments)), w.Now()
	for _, c := range w.comments {
		if _, isLate := w.lateNotes[c]; !isLate {
			out = append(out, c)
		}
	}
	for c := range w.lateNotes {
		if v := w.shownComment(c, now); v != nil {
			out = append(out, v)
		}
	}
	bySeq(out, func(c *Comment) *Meta { return &c.Meta })
	return out
}

func (w *World) shownComment(c *Comment, now time.Time) *Comment {
	current := c
	if c.Deleted {
		current = nil
	}
	v := c.late.shown(now, current)
	if len(c.late.old) == 0 {
		delete(w.lateNotes, c)
	}
	return v
}

// CommentsOf lists an issue's comments as lists show them, by age.
func (w *World) CommentsOf(i *Issue) []*Comment {
	now := w.Now()
	var out []*Comment
	for _, c := range i.Comments {
		if v := w.shownComment(c, now); v != nil {
			out = append(out, v)
		}
	}
	return out
}

// Children lists an issue's sub-issues as lists show them, by age.
func (w *World) Children(i *Issue) []*Issue {
	var out []*Issue
	for _, c := range w.Issues() {
		if c.Parent != nil && c.Parent.ID == i.ID {
			out = append(out, c)
		}
	}
	return out
}

// Containing counts the issues and the comments whose current text contains s; trashed issues and deleted comments too, each once.
// An attachment's URL, title and metadata count as text of its issue.
func (w *World) Containing(s string) (issues, comments int) {
	for _, i := range w.issues {
		if strings.Contains(i.Title, s) || strings.Contains(i.Text(), s) || attached(i, s) {
			issues++
		}
		for _, c := range i.Comments {
			if strings.Contains(c.Body, s) {
				comments++
			}
		}
	}
	return issues, comments
}

func attached(i *Issue, s string) bool {
	for _, a := range i.Attachments {
		if strings.Contains(a.URL, s) || strings.Contains(a.Title, s) || mentions(a.Metadata, s) {
			return true
		}
	}
	return false
}

func mentions(v any, s string) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, s)
	case map[string]any:
		for _, item := range v {
			if mentions(item, s) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if mentions(item, s) {
				return true
			}
		}
	}
	return false
}

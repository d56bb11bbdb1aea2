package model

import (
	"slices"
	"time"
)

// Comment is a comment on an issue, or an answer to one.
type Comment struct {
	Meta
	Issue     *Issue
	Parent    *Comment
	User      *User
	As        string // the outsider in whose name an app wrote it
	Body      string // as Linear stores it, see Canonical
	Quoted    *string
	EditedAt  *time.Time
	Resolved  *time.Time
	Resolver  *User
	Deleted   bool
	DeletedAt time.Time

	late late[Comment]
}

// CreateComment makes a comment from a CommentCreateInput. Issues in the archive or the trash take none.
func (w *World) CreateComment(actor Actor, in Input) (*Comment, error) {
	id, err := in.newID()
	if err != nil {
		return nil, err
	}
	if id != "" && w.commentByID[id] != nil {
		return nil, taken("Comment", id)
	}
	c := &Comment{User: actor.User, As: in.text("createAsUser"), Quoted: in.pointer("quotedText")}
	if err := w.placeComment(c, in); err != nil {
		return nil, err
	}
	if c.Body, err = commentBody(in); err != nil {
		return nil, err
	}
	if err := w.checkBackdating(in); err != nil {
		return nil, err
	}
	created, err := in.moment("createdAt")
	if err != nil {
		return nil, err
	}
	c.Meta = w.meta(id)
	if created != nil {
		c.CreatedAt = *created
	}
	w.keepComment(c, true)
	c.Issue.Comments = append(slices.Clip(c.Issue.Comments), c)
	w.comments = append(w.comments, c)
	w.commentByID[c.ID] = c
	w.commented(c.Issue)
	w.emit(Notice{Action: "create", Type: "Comment", Issue: c.Issue, Comment: c, Actor: actor})
	return c, nil
}

func (w *World) placeComment(c *Comment, in Input) (err error) {
	if parent := in.text("parentId"); parent != "" {
		if c.Parent = w.Comment(parent); c.Parent == nil {
			return NotFound("Comment", "parentId")
		}
		c.Issue = c.Parent.Issue
	}
	if issue := in.text("issueId"); issue != "" || c.Issue == nil {
		c.Issue, err = w.live(issue, "issueId")
	}
	if err == nil && c.Parent != nil && c.Parent.Issue != c.Issue {
		return Refuse("parentId: the comment belongs to another issue")
	}
	return err
}

func commentBody(in Input) (string, error) {
	if err := within("body", in.text("body"), MaxComment); err != nil {
		return "", err
	}
	body := Canonical(in.text("body"))
	if body == "" {
		return "", Refuse("Argument Validation Error: body should not be empty")
	}
	return body, nil
}

// commented moves the issue's date where the options say so.
func (w *World) commented(i *Issue) {
	if w.opts.CommentsTouch {
		w.keepIssue(i, false)
		w.touch(&i.Meta)
	}
}

// mayWrite refuses who neither wrote a comment nor is an admin.
func mayWrite(actor Actor, c *Comment) error {
	if actor.User == c.User || actor.User.Admin {
		return nil
	}
	return Forbidden("You can only change your own comments")
}

// UpdateComment applies a CommentUpdateInput. With quiet, editedAt stays.
func (w *World) UpdateComment(actor Actor, c *Comment, in Input, quiet bool) error {
	if in.Has("body") {
		if err := mayWrite(actor, c); err != nil {
			return err
		}
	}
	next, before := *c, map[string]any{"updatedAt": c.UpdatedAt}
	if in.Has("body") {
		body, err := commentBody(in)
		if err != nil {
			return err
		}
		next.Body = body
	}
	if in.Has("quotedText") {
		next.Quoted = in.pointer("quotedText")
	}
	if err := w.resolve(&next, in); err != nil {
		return err
	}
	if next.Body == c.Body && next.Resolver == c.Resolver && deref(next.Quoted) == deref(c.Quoted) {
		return nil
	}
	w.keepComment(c, false)
	if next.Body != c.Body {
		before["body"] = c.Body
	}
	c.Quoted, c.Resolver, c.Resolved = next.Quoted, next.Resolver, next.Resolved
	w.touch(&c.Meta)
	if edited := c.UpdatedAt; next.Body != c.Body && !quiet {
		before["editedAt"], c.EditedAt = stamp(c.EditedAt), &edited
	}
	c.Body = next.Body
	w.commented(c.Issue)
	w.emit(Notice{Action: "update", Type: "Comment", Issue: c.Issue, Comment: c, Actor: actor, Before: before})
	return nil
}

func (w *World) resolve(c *Comment, in Input) error {
	if !in.Has("resolvingUserId") {
		return nil
	}
	c.Resolver, c.Resolved = nil, nil
	if id := in.text("resolvingUserId"); id != "" {
		if c.Resolver = w.UserByID(id); c.Resolver == nil {
			return NotFound("User", "resolvingUserId")
		}
		now := w.Now()
		c.Resolved = &now
	}
	return nil
}

// DeleteComment removes a comment; lists and direct reads do not have it any more. Answers to it stay.
func (w *World) DeleteComment(actor Actor, c *Comment) error {
	if err := mayWrite(actor, c); err != nil {
		return err
	}
	w.keepComment(c, false)
	c.Deleted, c.DeletedAt = true, w.Now()
	w.touch(&c.Meta)
	w.comments = slices.DeleteFunc(slices.Clone(w.comments), func(o *Comment) bool { return o == c })
	w.commented(c.Issue)
	w.emit(Notice{Action: "remove", Type: "Comment", Issue: c.Issue, Comment: c, Actor: actor})
	return nil
}

// Comment finds a comment by id; nil if there is none or it was deleted.
func (w *World) Comment(id string) *Comment {
	w.purge()
	if c := w.commentByID[id]; c != nil && !c.Deleted {
		return c
	}
	return nil
}

// EverComment is like Comment but finds deleted ones too.
func (w *World) EverComment(id string) *Comment { return w.commentByID[id] }

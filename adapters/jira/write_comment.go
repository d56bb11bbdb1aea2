package jira

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/extsync/extsync/external"
)

// comment adds, edits or deletes a comment. Comments are addressed below their issue.
func (w *writing) comment(ctx context.Context) (external.Item, error) {
	w.cat = &catalogue{}
	if w.c.Ref.Parent == "" {
		return external.Item{}, fail(external.Invalid, w.what, "the comment does not say which issue it is of", nil)
	}
	if w.op.Verb == deleteComment {
		return w.deleteComment(ctx)
	}
	text := w.c.Set[fieldBody]
	if text.IsEmpty() {
		return external.Item{}, w.refuse(fieldBody, "cannot be empty")
	}
	body, err := w.encoder().prose(fieldBody, text.Text())
	if err != nil {
		return external.Item{}, err
	}
	if w.op.Verb == createComment {
		return w.addComment(ctx, body)
	}
	return w.editComment(ctx, body)
}

// addComment carries the create key as a property of the comment; go-jira's comment has
// none. Operation addComment.
func (w *writing) addComment(ctx context.Context, body any) (external.Item, error) {
	w.what = "comment on issue " + w.c.Ref.Parent
	req := map[string]any{"body": body}
	if w.c.CreateKey != "" {
		req["properties"] = []property{ownProperty(w.c.CreateKey)}
	}
	c := new(comment)
	path := w.a.at("issue", w.c.Ref.Parent, "comment")
	_, err := w.a.send(ctx, request{what: w.what, kind: w.op.Verb, method: http.MethodPost, path: path, body: req, into: c, write: true})
	return w.shownComment(c, err)
}

// editComment leaves the comment's properties as they are. Operation updateComment.
func (w *writing) editComment(ctx context.Context, body any) (external.Item, error) {
	c := new(comment)
	if wiki, is := body.(string); is && w.a.edition == dataCenter {
		wrote, err := w.editTyped(ctx, wiki)
		if err != nil {
			return external.Item{}, err
		}
		if c, err = w.a.oneComment(ctx, w.what, w.c.Ref); err != nil {
			return external.Item{}, unseen(w.what, err)
		}
		if c.restricted() { // since then: what it says by now may be for those few alone
			c.Body = wrote
			return w.shownComment(c, nil)
		}
		item, err := w.shownComment(c, nil)
		return readBack(item), err
	}
	path := w.a.at("issue", w.c.Ref.Parent, "comment", address(w.c.Ref))
	_, err := w.a.send(ctx, request{
		what: w.what, kind: w.op.Verb, method: http.MethodPut, path: path, body: map[string]any{"body": body}, into: c, write: true,
	})
	return w.shownComment(c, err)
}

// editTyped edits through go-jira, whose answer says too little of people and times, but what it wrote.
func (w *writing) editTyped(ctx context.Context, wiki string) (json.RawMessage, error) {
	err := w.a.typed(ctx, w.what, w.op.Verb, true, func(ctx context.Context) error {
		c, _, err := w.a.jira.Issue.UpdateCommentWithContext(ctx, url.PathEscape(w.c.Ref.Parent),
			&gojira.Comment{ID: url.PathEscape(address(w.c.Ref)), Body: wiki})
		if err == nil && c.Body != "" {
			wiki = c.Body
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(wiki)
}

// shownComment is the comment that an answer shows.
func (w *writing) shownComment(c *comment, err error) (external.Item, error) {
	switch {
	case err != nil:
		return external.Item{}, err
	case c.ID == "":
		return external.Item{}, fail(external.Ambiguous, w.what, "the answer is not a comment; the write may have happened", nil)
	}
	item := w.a.commentItem(c, w.c.Ref.Parent)
	if item.CreateKey == "" && w.a.ownKey(w.c.CreateKey) {
		item.CreateKey = w.c.CreateKey // set by the call that made it, and left alone since
	}
	return item, nil
}

// deleteComment removes a comment. One that is gone already answers 404.
func (w *writing) deleteComment(ctx context.Context) (external.Item, error) {
	if w.a.edition == dataCenter {
		err := w.a.typed(ctx, w.what, w.op.Verb, true, func(ctx context.Context) error {
			return w.a.jira.Issue.DeleteCommentWithContext(ctx, url.PathEscape(w.c.Ref.Parent), url.PathEscape(address(w.c.Ref)))
		})
		return external.Item{Ref: w.c.Ref, Gone: err == nil}, err
	}
	path := w.a.at("issue", w.c.Ref.Parent, "comment", address(w.c.Ref))
	_, err := w.a.send(ctx, request{what: w.what, kind: w.op.Verb, method: http.MethodDelete, path: path, write: true})
	return external.Item{Ref: w.c.Ref, Gone: err == nil}, err
}

package github

import (
	"context"

	gogithub "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/external"
)

func (w *writing) createComment(ctx context.Context) (external.Item, error) {
	w.what = "comment on issue " + w.c.Ref.Parent
	issue, err := number(w.what, w.c.Ref.Parent)
	if err != nil {
		return external.Item{}, err
	}
	body, err := w.body()
	if err != nil {
		return external.Item{}, err
	}
	var comment *gogithub.IssueComment
	err = w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) (err error) {
		comment, _, err = w.a.gh.Issues.CreateComment(ctx, w.a.owner, w.a.repo, issue, &gogithub.IssueComment{Body: &body})
		return err
	})
	return w.comment(comment, err)
}

func (w *writing) editComment(ctx context.Context) (external.Item, error) {
	id, err := w.commentID()
	if err != nil {
		return external.Item{}, err
	}
	body, err := w.body()
	if err != nil {
		return external.Item{}, err
	}
	var comment *gogithub.IssueComment
	err = w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) (err error) {
		comment, _, err = w.a.gh.Issues.EditComment(ctx, w.a.owner, w.a.repo, id, &gogithub.IssueComment{Body: &body})
		return err
	})
	return w.comment(comment, err)
}

// deleteComment removes a comment. One that is gone already answers 404.
func (w *writing) deleteComment(ctx context.Context) (external.Item, error) {
	id, err := w.commentID()
	if err != nil {
		return external.Item{}, err
	}
	err = w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) error {
		_, err := w.a.gh.Issues.DeleteComment(ctx, w.a.owner, w.a.repo, id)
		return err
	})
	if err != nil {
		return external.Item{}, err
	}
	return external.Item{Ref: w.c.Ref, Gone: true}, nil
}

func (w *writing) commentID() (int64, error) {
	w.what = w.op.Name + " " + w.c.Ref.Key
	id, err := number(w.what, w.c.Ref.Key)
	return int64(id), err
}

// comment checks that what came back is the comment that was meant.
func (w *writing) comment(c *gogithub.IssueComment, err error) (external.Item, error) {
	switch {
	case err != nil:
		return external.Item{}, err
	case c.GetNodeID() == "":
		return external.Item{}, fail(external.Ambiguous, w.what, "the answer is not a comment; the write may have happened", nil)
	case !w.op.Creates && w.c.Ref.ID != "" && w.c.Ref.ID != c.GetNodeID():
		return external.Item{}, fail(external.Moved, w.what, "the id belongs to another comment now; read again", nil)
	}
	return w.a.commentItem(c), nil
}

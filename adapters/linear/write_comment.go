package linear

import (
	"context"
	"errors"

	"github.com/extsync/extsync/external"
)

func (w *writing) createComment(ctx context.Context) (external.Item, error) {
	w.what = "comment on issue " + w.c.Ref.Parent
	if w.c.Ref.Parent == "" {
		return external.Item{}, fail(external.Invalid, w.what, "the comment's issue is not known", nil)
	}
	input := map[string]any{"id": w.id(), "issueId": w.c.Ref.Parent, "body": w.c.Set[fieldBody].Text()}
	var got *createCommentResponse
	_, err := w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) (err error) {
		got, err = createComment(ctx, w.a.gql, input)
		return err
	})
	if external.KindOf(err) == external.Conflict {
		return w.found(ctx, external.Ref{Kind: external.KindComment, ID: w.id()}, err)
	}
	if err != nil {
		return external.Item{}, err
	}
	return w.comment(got.CommentCreate.Comment)
}

func (w *writing) updateComment(ctx context.Context) (external.Item, error) {
	input := map[string]any{"body": w.c.Set[fieldBody].Text()}
	var got *updateCommentResponse
	_, err := w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) (err error) {
		got, err = updateComment(ctx, w.a.gql, w.c.Ref.ID, input)
		return err
	})
	if err != nil {
		return external.Item{}, ownOnly(err)
	}
	return w.comment(got.CommentUpdate.Comment)
}

func (w *writing) deleteComment(ctx context.Context) (external.Item, error) {
	_, err := w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) error {
		_, err := deleteComment(ctx, w.a.gql, w.c.Ref.ID)
		return err
	})
	return w.gone(ownOnly(err))
}

// ownOnly says of a comment that may not be changed what is most often the reason: somebody else wrote it.
func ownOnly(err error) error {
	var refused *external.Error
	if !errors.As(err, &refused) || refused.Kind != external.Forbidden || refused.Message != mayNot {
		return err
	}
	said := *refused
	said.Message = "Linear lets only who wrote a comment, and admins, change it: edit it there, or here back to what it says there; where our account wrote it, " + mayNot
	return &said
}

func (w *writing) comment(c commentFields) (external.Item, error) {
	if c.Id == "" {
		return external.Item{}, fail(external.Ambiguous, w.what, "the answer is not a comment; the write may have happened", nil)
	}
	item := w.a.commentItem(c)
	if c.Issue != nil && w.a.projectID != "" && c.Issue.Team.Id != w.a.projectID { // it was written where its issue is now
		return left(item, item, c.Issue.Team.Id), nil
	}
	return item, nil
}

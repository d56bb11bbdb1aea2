package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// comments registers remarks on tickets.
func (s *server) comments() {
	add(s, huma.Operation{OperationID: "add-comment", Method: http.MethodPost, Path: "/v1/tickets/{ticket}/comments", Tags: []string{"comments"},
		Summary: "Comment on a ticket", DefaultStatus: http.StatusCreated}, s.addComment)
	add(s, huma.Operation{OperationID: "get-comment", Method: http.MethodGet, Path: "/v1/comments/{comment}", Tags: []string{"comments"},
		Summary: "Read one comment"}, s.getComment)
	add(s, huma.Operation{OperationID: "edit-comment", Method: http.MethodPatch, Path: "/v1/comments/{comment}", Tags: []string{"comments"},
		Summary: "Replace a comment's text", Description: "If-Match names the revision you saw."}, s.editComment)
	add(s, huma.Operation{OperationID: "delete-comment", Method: http.MethodDelete, Path: "/v1/comments/{comment}", Tags: []string{"comments"},
		Summary: "Delete a comment", Description: "If-Match names the revision you saw.", DefaultStatus: http.StatusOK}, s.deleteComment)
}

type addCommentInput struct {
	TicketPath
	Actor
	IdempotencyKey
	Body v1.NewComment
}

type createdComment struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Replayed
	Body v1.Comment
}

func (s *server) addComment(ctx context.Context, in *addCommentInput) (*createdComment, error) {
	once, err := in.once(ctx, in.Actor, "add-comment "+in.Ticket, in.Body)
	if err != nil {
		return nil, err
	}
	c, again, err := s.Engine.AddCommentOnce(ctx, once, in.Ticket, in.Body.Body, ticket.Privacy(in.Body.Privacy), in.Actor.Actor)
	if err != nil {
		return nil, err
	}
	links, err := s.links(ctx, external.KindComment, c.ID)
	return &createdComment{"/v1/comments/" + c.ID, etag(c.Revision), replayed(again), viewComment(c, links)}, err
}

func (s *server) comment(ctx context.Context, id string) (ticket.Comment, error) {
	var c ticket.Comment
	err := s.tx(ctx, func(tx store.Tx) (err error) {
		c, err = tx.Comment(ctx, id)
		return err
	})
	return c, err
}

func (s *server) getComment(ctx context.Context, in *CommentPath) (*tagged[v1.Comment], error) {
	c, err := s.comment(ctx, in.Comment)
	return s.shownComment(ctx, c, err)
}

func (s *server) shownComment(ctx context.Context, c ticket.Comment, err error) (*tagged[v1.Comment], error) {
	if err != nil {
		return nil, err
	}
	links, err := s.links(ctx, external.KindComment, c.ID)
	return &tagged[v1.Comment]{etag(c.Revision), viewComment(c, links)}, err
}

type editCommentInput struct {
	CommentPath
	IfMatch
	Actor
	Body v1.CommentEdit
}

func (s *server) editComment(ctx context.Context, in *editCommentInput) (*tagged[v1.Comment], error) {
	seen, err := s.seenComment(ctx, in.IfMatch, in.Comment)
	if err != nil {
		return nil, err
	}
	c, err := s.Engine.EditComment(ctx, in.Comment, in.Body.Body, seen, in.Actor.Actor)
	return s.shownComment(ctx, c, err)
}

type deleteCommentInput struct {
	CommentPath
	IfMatch
	Actor
}

func (s *server) deleteComment(ctx context.Context, in *deleteCommentInput) (*tagged[v1.Comment], error) {
	seen, err := s.seenComment(ctx, in.IfMatch, in.Comment)
	if err != nil {
		return nil, err
	}
	c, err := s.Engine.DeleteComment(ctx, in.Comment, seen, in.Actor.Actor)
	return s.shownComment(ctx, c, err)
}

func (s *server) seenComment(ctx context.Context, h IfMatch, id string) (int64, error) {
	seen, err := h.seen(ctx)
	if err != nil {
		return 0, err
	}
	c, err := s.comment(ctx, id)
	if err != nil {
		return 0, err
	}
	return seen, known(ctx, seen, c.Revision)
}

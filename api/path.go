package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
)

// The ids in addresses. What is not a UUID is not found, rather than invalid: a
// person mistyped it.
type (
	// ProjectPath names a project.
	ProjectPath struct {
		Project string `path:"project" doc:"id of a project"`
	}
	// OriginPath names the project that tickets were pulled from.
	OriginPath struct {
		From string `path:"from" doc:"id of the project of origin"`
	}
	// TicketPath names a ticket.
	TicketPath struct {
		Ticket string `path:"ticket" doc:"id of a ticket"`
	}
	// CommentPath names a comment.
	CommentPath struct {
		Comment string `path:"comment" doc:"id of a comment"`
	}
	// ConflictPath names a conflict.
	ConflictPath struct {
		Conflict string `path:"conflict" doc:"id of a conflict"`
	}
	// SessionPath names a session.
	SessionPath struct {
		Session string `path:"session" maxLength:"128" pattern:"^[A-Za-z0-9._:-]+$" doc:"id of a session"`
	}
)

// Resolve implements huma.Resolver.
func (p *ProjectPath) Resolve(huma.Context) []error { return mustBeID("path.project", p.Project) }

// Resolve implements huma.Resolver.
func (p *OriginPath) Resolve(huma.Context) []error { return mustBeID("path.from", p.From) }

// Resolve implements huma.Resolver.
func (p *TicketPath) Resolve(huma.Context) []error { return mustBeID("path.ticket", p.Ticket) }

// Resolve implements huma.Resolver.
func (p *CommentPath) Resolve(huma.Context) []error { return mustBeID("path.comment", p.Comment) }

// Resolve implements huma.Resolver.
func (p *ConflictPath) Resolve(huma.Context) []error { return mustBeID("path.conflict", p.Conflict) }

func mustBeID(where, id string) []error {
	if isID(id) {
		return nil
	}
	return []error{&badIDError{where}}
}

func isID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }

// badIDError makes huma answer 404.
type badIDError struct{ where string }

// Error implements error.
func (*badIDError) Error() string { return "there is no such id: ids are UUIDs" }

// GetStatus implements huma.StatusError.
func (*badIDError) GetStatus() int { return http.StatusNotFound }

// ErrorDetail implements huma.ErrorDetailer.
func (e *badIDError) ErrorDetail() *huma.ErrorDetail {
	return &huma.ErrorDetail{Location: e.where, Message: e.Error()}
}

var (
	_ huma.StatusError   = (*badIDError)(nil)
	_ huma.ErrorDetailer = (*badIDError)(nil)
)

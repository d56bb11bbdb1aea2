package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	v1 "github.com/extsync/extsync/api/v1"
)

func project(id string) string { return "/v1/projects/" + url.PathEscape(id) }

// Projects lists all projects, oldest first.
func (c *Client) Projects(ctx context.Context) (v1.Projects, error) {
	return ask[v1.Projects](ctx, c, request{method: http.MethodGet, path: "/v1/projects"})
}

// Project reads one project.
func (c *Client) Project(ctx context.Context, id string) (v1.Project, error) {
	return ask[v1.Project](ctx, c, request{method: http.MethodGet, path: project(id)})
}

// Connect connects an external project and starts its setup.
func (c *Client) Connect(ctx context.Context, n v1.NewProject) (v1.Project, error) {
	return ask[v1.Project](ctx, c, request{method: http.MethodPost, path: "/v1/projects", body: n})
}

// Setup tells how a setup stands.
func (c *Client) Setup(ctx context.Context, id string) (v1.Setup, error) {
	return ask[v1.Setup](ctx, c, request{method: http.MethodGet, path: project(id) + "/setup"})
}

// RetrySetup starts the setup again, or lets it try again. A preview, and the review of a mapping
// that is not found yet, are asked for also where it began without.
func (c *Client) RetrySetup(ctx context.Context, id string, preview bool, mapping string) (v1.Project, error) {
	q := url.Values{}
	if preview {
		q.Set("preview", "true")
	}
	if mapping != "" {
		q.Set("mapping", mapping)
	}
	return ask[v1.Project](ctx, c, request{method: http.MethodPost, path: project(id) + "/setup", query: q})
}

// ApproveSetup approves the preview of a setup.
func (c *Client) ApproveSetup(ctx context.Context, id string) (v1.Project, error) {
	return ask[v1.Project](ctx, c, request{method: http.MethodPost, path: project(id) + "/approve"})
}

// ReplaceToken replaces the credential.
func (c *Client) ReplaceToken(ctx context.Context, id string, token v1.Token) (v1.Project, error) {
	return ask[v1.Project](ctx, c, request{method: http.MethodPut, path: project(id) + "/token", body: token})
}

// Change changes a project's settings.
func (c *Client) Change(ctx context.Context, id string, change v1.ProjectChange) (v1.Project, error) {
	return ask[v1.Project](ctx, c, request{method: http.MethodPatch, path: project(id), body: change})
}

// Sync asks for a session now.
func (c *Client) Sync(ctx context.Context, id string, full bool) (v1.Project, error) {
	return ask[v1.Project](ctx, c, request{method: http.MethodPost, path: project(id) + "/sync", body: v1.SyncRequest{Full: full}})
}

// Pause stops the project's sessions at the next ticket.
func (c *Client) Pause(ctx context.Context, id string) (v1.Project, error) {
	return ask[v1.Project](ctx, c, request{method: http.MethodPost, path: project(id) + "/pause"})
}

// Resume lets a paused project sync again.
func (c *Client) Resume(ctx context.Context, id string, allow bool) (v1.Project, error) {
	return ask[v1.Project](ctx, c, request{method: http.MethodPost, path: project(id) + "/resume", body: v1.Resume{Allow: allow}})
}

// Disconnect ends the connection.
func (c *Client) Disconnect(ctx context.Context, id string) (v1.Project, error) {
	return ask[v1.Project](ctx, c, request{method: http.MethodPost, path: project(id) + "/disconnect"})
}

// WebhookSecret sets the secret of webhooks, or makes one where it is empty.
func (c *Client) WebhookSecret(ctx context.Context, id, secret string) (v1.WebhookSetup, error) {
	return ask[v1.WebhookSetup](ctx, c, request{
		method: http.MethodPut, path: project(id) + "/webhook-secret", body: v1.WebhookSecret{Secret: secret},
	})
}

// Sessions lists a project's sessions, newest first: those before one, or where that is empty the last ones.
func (c *Client) Sessions(ctx context.Context, id, before string, limit int) (v1.Sessions, error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if before != "" {
		query.Set("before", before)
	}
	return ask[v1.Sessions](ctx, c, request{
		method: http.MethodGet, path: project(id) + "/sessions", query: query,
	})
}

// Session reads one session with a page of its journal.
func (c *Client) Session(ctx context.Context, id string, after int64, limit int) (v1.Session, error) {
	return ask[v1.Session](ctx, c, request{
		method: http.MethodGet, path: "/v1/sessions/" + url.PathEscape(id),
		query: url.Values{"after": {strconv.FormatInt(after, 10)}, "limit": {strconv.Itoa(limit)}},
	})
}

// PreviewRollback says what undoing a session would do.
func (c *Client) PreviewRollback(ctx context.Context, session string) (v1.RollbackPreview, error) {
	return ask[v1.RollbackPreview](ctx, c, request{method: http.MethodPost, path: "/v1/sessions/" + url.PathEscape(session) + "/rollback/preview"})
}

// CancelRollback takes the order of a rollback back that has done nothing yet.
func (c *Client) CancelRollback(ctx context.Context, session string) (v1.Session, error) {
	return ask[v1.Session](ctx, c, request{method: http.MethodPost, path: "/v1/sessions/" + url.PathEscape(session) + "/rollback/cancel"})
}

// Rollback undoes a session, as the preview with the order's digest says. It returns the
// session that carries it out. A *v1.Problem of kind v1.Moved holds the preview of now.
func (c *Client) Rollback(ctx context.Context, session string, order v1.RollbackOrder) (v1.Session, error) {
	return ask[v1.Session](ctx, c, request{method: http.MethodPost, path: "/v1/sessions/" + url.PathEscape(session) + "/rollback", body: order})
}

// Audit reads a page of a project's audit log.
func (c *Client) Audit(ctx context.Context, id string, after int64, limit int) (v1.Audit, error) {
	return ask[v1.Audit](ctx, c, request{
		method: http.MethodGet, path: project(id) + "/audit",
		query: url.Values{"after": {strconv.FormatInt(after, 10)}, "limit": {strconv.Itoa(limit)}},
	})
}

// VerifyAudit has the service walk a project's audit chain.
func (c *Client) VerifyAudit(ctx context.Context, id string) (v1.AuditCheck, error) {
	return ask[v1.AuditCheck](ctx, c, request{method: http.MethodGet, path: project(id) + "/audit/verify"})
}

// AuditHead signs how far a project's audit chain reaches now.
func (c *Client) AuditHead(ctx context.Context, id string) (v1.AuditHead, error) {
	return ask[v1.AuditHead](ctx, c, request{method: http.MethodGet, path: project(id) + "/audit/head"})
}

// Verify compares a page of what both sides of a project really hold.
func (c *Client) Verify(ctx context.Context, id string, r v1.VerifyRequest) (v1.Verification, error) {
	return ask[v1.Verification](ctx, c, request{method: http.MethodPost, path: project(id) + "/verify", body: r})
}

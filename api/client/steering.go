package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	v1 "github.com/extsync/extsync/api/v1"
)

// Ready fails where the database or the workflow service does not answer, and says which.
func (c *Client) Ready(ctx context.Context) error {
	_, err := ask[struct{}](ctx, c, request{method: http.MethodGet, path: "/readyz"})
	return err
}

// Systems tells what each kind of external system can hold and do.
func (c *Client) Systems(ctx context.Context) (v1.Systems, error) {
	return ask[v1.Systems](ctx, c, request{method: http.MethodGet, path: "/v1/systems"})
}

// Asides lists what waits for a person; an empty state means all.
func (c *Client) Asides(ctx context.Context, id, state, after string, limit int) (v1.Asides, error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	if state != "" {
		q.Set("state", state)
	}
	if after != "" {
		q.Set("after", after)
	}
	return ask[v1.Asides](ctx, c, request{method: http.MethodGet, path: project(id) + "/links", query: q})
}

// Duplicates lists what looks like one ticket made several times, up to limit titles a page.
func (c *Client) Duplicates(ctx context.Context, id, after string, limit int) (v1.Duplicates, error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	if after != "" {
		q.Set("after", after)
	}
	return ask[v1.Duplicates](ctx, c, request{method: http.MethodGet, path: project(id) + "/duplicates", query: q})
}

// Retry puts links back to work; without links, all that are parked or quarantined.
func (c *Client) Retry(ctx context.Context, id string, links ...string) (v1.Retried, error) {
	return ask[v1.Retried](ctx, c, request{method: http.MethodPost, path: project(id) + "/retry", body: v1.Retry{Links: links}})
}

// PassOn lets tickets that were pulled from one project reach another.
func (c *Client) PassOn(ctx context.Context, from, to string) (v1.Project, error) {
	return ask[v1.Project](ctx, c, request{method: http.MethodPut, path: project(to) + "/pass-on/" + url.PathEscape(from)})
}

// StopPassingOn takes such a rule back. Withdraw is as in SetPrivacy.
func (c *Client) StopPassingOn(ctx context.Context, from, to, withdraw string) (v1.Project, error) {
	return ask[v1.Project](ctx, c, request{method: http.MethodDelete, path: project(to) + "/pass-on/" + url.PathEscape(from), query: withdrawal(withdraw)})
}

// Rules reads what never leaves for a project.
func (c *Client) Rules(ctx context.Context, id string) (v1.Rules, error) {
	return ask[v1.Rules](ctx, c, request{method: http.MethodGet, path: project(id) + "/rules"})
}

// ChangeRules changes what never leaves for a project.
func (c *Client) ChangeRules(ctx context.Context, id string, change v1.RulesChange) (v1.Rules, error) {
	return ask[v1.Rules](ctx, c, request{method: http.MethodPatch, path: project(id) + "/rules", body: change})
}

// OutboundPreview tells what would leave for a project; q holds the parameters of the
// address: ticket, privacy, grant, keep, comments, after, limit.
func (c *Client) OutboundPreview(ctx context.Context, id string, q url.Values) (v1.OutboundPreview, error) {
	return ask[v1.OutboundPreview](ctx, c, request{method: http.MethodGet, path: project(id) + "/outbound-preview", query: q})
}

// RotateKeys makes a new key (step "key"), seals all secrets by the newest one ("seal"), or does both ("all").
func (c *Client) RotateKeys(ctx context.Context, step string) (v1.KeyRotation, error) {
	return ask[v1.KeyRotation](ctx, c, request{method: http.MethodPost, path: "/v1/keys/rotate", query: url.Values{"step": {step}}})
}

package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	v1 "github.com/extsync/extsync/api/v1"
)

func ticket(id string) string   { return "/v1/tickets/" + url.PathEscape(id) }
func comment(id string) string  { return "/v1/comments/" + url.PathEscape(id) }
func conflict(id string) string { return "/v1/conflicts/" + url.PathEscape(id) }

// Tickets reads one page of tickets.
func (c *Client) Tickets(ctx context.Context, after string, limit int) (v1.Tickets, error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	if after != "" {
		q.Set("after", after)
	}
	return ask[v1.Tickets](ctx, c, request{method: http.MethodGet, path: "/v1/tickets", query: q})
}

// TicketsCalled finds the tickets that an external system calls so; projectID narrows it to one.
func (c *Client) TicketsCalled(ctx context.Context, key, projectID string) (v1.Tickets, error) {
	q := url.Values{"key": {key}}
	if projectID != "" {
		q.Set("project", projectID)
	}
	return ask[v1.Tickets](ctx, c, request{method: http.MethodGet, path: "/v1/tickets", query: q})
}

// Ticket reads one ticket with its comments, links and grants.
func (c *Client) Ticket(ctx context.Context, id string) (v1.Ticket, error) {
	return ask[v1.Ticket](ctx, c, request{method: http.MethodGet, path: ticket(id)})
}

// CreateTicket creates a ticket, once however often the answer is lost.
func (c *Client) CreateTicket(ctx context.Context, n v1.NewTicket) (v1.Ticket, error) {
	return ask[v1.Ticket](ctx, c, c.keyed(request{method: http.MethodPost, path: "/v1/tickets", body: n}))
}

// EditTicket changes fields of a ticket whose revision seen the author saw.
func (c *Client) EditTicket(ctx context.Context, id string, seen int64, e v1.TicketEdit) (v1.Ticket, error) {
	return ask[v1.Ticket](ctx, c, request{method: http.MethodPatch, path: ticket(id), body: e, seen: seen})
}

// DeleteTicket deletes a ticket whose revision seen the author saw.
func (c *Client) DeleteTicket(ctx context.Context, id string, seen int64) (v1.Ticket, error) {
	return ask[v1.Ticket](ctx, c, request{method: http.MethodDelete, path: ticket(id), seen: seen})
}

// RestoreTicket brings a deleted ticket back.
func (c *Client) RestoreTicket(ctx context.Context, id string) (v1.Ticket, error) {
	return ask[v1.Ticket](ctx, c, request{method: http.MethodPost, path: ticket(id) + "/restore"})
}

// SetPrivacy sets a ticket's privacy level. Withdraw says what becomes of what is outside
// and may not be there any more; empty: what each project's rules say.
func (c *Client) SetPrivacy(ctx context.Context, id, level, withdraw string) (v1.Ticket, error) {
	return ask[v1.Ticket](ctx, c, request{method: http.MethodPut, path: ticket(id) + "/privacy", body: v1.Privacy{Privacy: level, Withdraw: withdraw}})
}

// Grant lets a shareable ticket leave for one project.
func (c *Client) Grant(ctx context.Context, id, projectID string) (v1.Ticket, error) {
	return ask[v1.Ticket](ctx, c, request{method: http.MethodPut, path: ticket(id) + "/grants/" + url.PathEscape(projectID)})
}

// Revoke takes a grant back. Withdraw is as in SetPrivacy.
func (c *Client) Revoke(ctx context.Context, id, projectID, withdraw string) (v1.Ticket, error) {
	return ask[v1.Ticket](ctx, c, request{method: http.MethodDelete, path: ticket(id) + "/grants/" + url.PathEscape(projectID), query: withdrawal(withdraw)})
}

func withdrawal(how string) url.Values {
	if how == "" {
		return nil
	}
	return url.Values{"withdraw": {how}}
}

// AddComment comments on a ticket, once however often the answer is lost.
func (c *Client) AddComment(ctx context.Context, id string, n v1.NewComment) (v1.Comment, error) {
	return ask[v1.Comment](ctx, c, c.keyed(request{method: http.MethodPost, path: ticket(id) + "/comments", body: n}))
}

// EditComment replaces the text of a comment whose revision seen the author saw.
func (c *Client) EditComment(ctx context.Context, id string, seen int64, body string) (v1.Comment, error) {
	return ask[v1.Comment](ctx, c, request{method: http.MethodPatch, path: comment(id), body: v1.CommentEdit{Body: body}, seen: seen})
}

// DeleteComment deletes a comment whose revision seen the author saw.
func (c *Client) DeleteComment(ctx context.Context, id string, seen int64) (v1.Comment, error) {
	return ask[v1.Comment](ctx, c, request{method: http.MethodDelete, path: comment(id), seen: seen})
}

// Conflict reads one conflict.
func (c *Client) Conflict(ctx context.Context, id string) (v1.Conflict, error) {
	return ask[v1.Conflict](ctx, c, request{method: http.MethodGet, path: conflict(id)})
}

// Decide decides a conflict and waits up to so many seconds for the outcome.
func (c *Client) Decide(ctx context.Context, id string, d v1.Decision, wait int) (v1.Conflict, error) {
	return ask[v1.Conflict](ctx, c, request{
		method: http.MethodPost, path: conflict(id) + "/decide", body: d, query: url.Values{"wait": {strconv.Itoa(wait)}},
	})
}

// Why tells how a ticket came to hold what it holds, or one field of it.
func (c *Client) Why(ctx context.Context, id, field string) (v1.Story, error) {
	r := request{method: http.MethodGet, path: "/v1/tickets/" + url.PathEscape(id) + "/why"}
	if field != "" {
		r.query = url.Values{"field": {field}}
	}
	return ask[v1.Story](ctx, c, r)
}

package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	v1 "github.com/extsync/extsync/api/v1"
)

// ConflictQuery narrows the conflict queue. What is empty narrows nothing; Limit is at
// most 1000.
type ConflictQuery struct {
	Project, State, Kind, Field, Ticket string
	OlderThan                           time.Duration
	Limit                               int
}

// FindConflicts lists the conflicts that pass, newest first.
func (c *Client) FindConflicts(ctx context.Context, q ConflictQuery) (v1.Conflicts, error) {
	v := url.Values{"limit": {strconv.Itoa(q.Limit)}}
	for name, s := range map[string]string{"project": q.Project, "state": q.State, "kind": q.Kind, "field": q.Field, "ticket": q.Ticket} {
		if s != "" {
			v.Set(name, s)
		}
	}
	if q.OlderThan > 0 {
		v.Set("older_than", q.OlderThan.String())
	}
	return ask[v1.Conflicts](ctx, c, request{method: http.MethodGet, path: "/v1/conflicts", query: v})
}

// Conflicts lists conflicts, newest first; an empty project or state means all.
func (c *Client) Conflicts(ctx context.Context, projectID, state string, limit int) (v1.Conflicts, error) {
	return c.FindConflicts(ctx, ConflictQuery{Project: projectID, State: state, Limit: limit})
}

// ConflictCounts counts the conflicts that wait; an empty project means all.
func (c *Client) ConflictCounts(ctx context.Context, projectID string) (v1.ConflictCounts, error) {
	v := url.Values{}
	if projectID != "" {
		v.Set("project", projectID)
	}
	return ask[v1.ConflictCounts](ctx, c, request{method: http.MethodGet, path: "/v1/conflict-counts", query: v})
}

// DecideByRule decides what the preview with the rule's digest showed; without a digest
// it only shows a preview.
func (c *Client) DecideByRule(ctx context.Context, r v1.ConflictRule) (v1.RuleOutcome, error) {
	return ask[v1.RuleOutcome](ctx, c, request{method: http.MethodPost, path: "/v1/conflict-rules", body: r})
}

// Restore puts a value of a closed conflict back; seen is the revision of the ticket or
// comment that the person saw, 0 for none.
func (c *Client) Restore(ctx context.Context, id string, seen int64, r v1.Restore) (v1.Restored, error) {
	return ask[v1.Restored](ctx, c, request{method: http.MethodPost, path: conflict(id) + "/restore", body: r, seen: seen})
}

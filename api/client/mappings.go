package client

import (
	"context"
	"net/http"
	"strconv"

	v1 "github.com/extsync/extsync/api/v1"
)

func mappings(id, rest string) string { return project(id) + "/mappings" + rest }

// Mappings lists the versions of a project's field mapping, newest first.
func (c *Client) Mappings(ctx context.Context, id string) (v1.Mappings, error) {
	return ask[v1.Mappings](ctx, c, request{method: http.MethodGet, path: mappings(id, "")})
}

// Mapping reads one version with its document; version 0 is the one in force.
func (c *Client) Mapping(ctx context.Context, id string, version int) (v1.MappingVersion, error) {
	return ask[v1.MappingVersion](ctx, c, request{method: http.MethodGet, path: mappings(id, "/"+strconv.Itoa(version))})
}

// AddMapping stores a document as a draft and says what is wrong with it.
func (c *Client) AddMapping(ctx context.Context, id, document string) (v1.MappingVersion, error) {
	return ask[v1.MappingVersion](ctx, c, request{method: http.MethodPost, path: mappings(id, ""), body: v1.NewMapping{Document: document}})
}

// ProposeMapping makes a draft from what the project offers.
func (c *Client) ProposeMapping(ctx context.Context, id string) (v1.ProposedMapping, error) {
	return ask[v1.ProposedMapping](ctx, c, request{method: http.MethodPost, path: mappings(id, "/propose")})
}

// ValidateMapping says what is wrong with a mapping.
func (c *Client) ValidateMapping(ctx context.Context, id string, ref v1.MappingRef) (v1.MappingCheck, error) {
	return ask[v1.MappingCheck](ctx, c, request{method: http.MethodPost, path: mappings(id, "/validate"), body: ref})
}

// TestMapping tries a mapping on samples of both sides.
func (c *Client) TestMapping(ctx context.Context, id string, t v1.MappingTest) (v1.MappingTrial, error) {
	return ask[v1.MappingTrial](ctx, c, request{method: http.MethodPost, path: mappings(id, "/test"), body: t})
}

// DiffMappings says what changes from one mapping to another.
func (c *Client) DiffMappings(ctx context.Context, id string, d v1.MappingCompare) (v1.MappingDiff, error) {
	return ask[v1.MappingDiff](ctx, c, request{method: http.MethodPost, path: mappings(id, "/diff"), body: d})
}

// ActivateMapping puts a version in force.
func (c *Client) ActivateMapping(ctx context.Context, id string, version int) (v1.MappingVersion, error) {
	return ask[v1.MappingVersion](ctx, c, request{method: http.MethodPost, path: mappings(id, "/"+strconv.Itoa(version)+"/activate")})
}

// StartMappingReview has a mapping proposed and put up for review.
func (c *Client) StartMappingReview(ctx context.Context, id string) (v1.Project, error) {
	return ask[v1.Project](ctx, c, request{method: http.MethodPost, path: project(id) + "/mapping-review"})
}

// MappingReview tells how a review stands.
func (c *Client) MappingReview(ctx context.Context, id string) (v1.MappingReview, error) {
	return ask[v1.MappingReview](ctx, c, request{method: http.MethodGet, path: project(id) + "/mapping-review"})
}

// RejectMapping leaves the mapping as it is.
func (c *Client) RejectMapping(ctx context.Context, id string) (v1.Project, error) {
	return ask[v1.Project](ctx, c, request{method: http.MethodPost, path: project(id) + "/mapping-review/reject"})
}

package api

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	v1 "github.com/extsync/extsync/api/v1"
)

// etag writes a revision as an entity tag.
func etag(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }

// IfMatch names the revision that the author of an edit saw.
type IfMatch struct {
	IfMatch string `header:"If-Match" doc:"the ETag you read; required" example:"\"3\""`
}

// seen returns the revision in an If-Match header. Quotes may be missing; "*" and
// lists name no revision that a person saw.
func (h IfMatch) seen(ctx context.Context) (int64, error) {
	if h.IfMatch == "" {
		return 0, refuse(ctx, v1.NeedsRevision, "an edit must say which revision its author saw")
	}
	n, err := strconv.ParseInt(strings.Trim(h.IfMatch, `"`), 10, 64)
	if err != nil || n < 1 {
		return 0, refuse(ctx, v1.MalformedRequest, `If-Match: want one revision, such as "3"`)
	}
	return n, nil
}

// known refuses a revision that the item has not reached: its author cannot have
// seen it, so it would hide edits.
func known(ctx context.Context, seen, present int64) error {
	if seen > present {
		return refuse(ctx, v1.UnknownRevision, fmt.Sprintf("revision %d does not exist; the present one is %d", seen, present))
	}
	return nil
}

// Actor names who acts, for stamps and the audit log. There is one token, so it is
// the caller's word.
type Actor struct {
	Actor string `header:"Extsync-Actor" default:"admin" maxLength:"128" pattern:"^[A-Za-z0-9._@-]+$" doc:"a local handle: who acts"`
}

package jira

import (
	"context"
	"net/http"

	"github.com/extsync/extsync/external"
)

// Changes returns one page of issues in ascending order of update, each followed by its
// comments. The first search of a walk depends on window.Lo alone; while it shows the
// same issues with the same times, nothing changed, and nothing more is asked for. A walk
// of several pages has a version of another kind, see versionOfWalk.
//
// The window's end is not sent: an issue that moves past it during the walk would be
// missed.
func (a *adapter) Changes(ctx context.Context, stream external.Stream, w external.Window, page, version string) (external.Page, error) {
	if stream != external.StreamTickets {
		return external.Page{}, fail(external.Invalid, "list changes", "Jira has no stream "+string(stream)+"; comments come with their issues", nil)
	}
	at, err := parsePosition(page, w.Lo)
	if err != nil {
		return external.Page{}, err
	}
	if page == "" {
		same, err := a.walkUnchanged(ctx, at, version)
		if err != nil || same {
			return external.Page{Version: version, Unchanged: same}, err
		}
		if a.edition == cloud {
			at.reconcile = a.recent.list()
		}
	}
	q := query{jql: a.jql(at), token: at.token, reconcile: at.reconcile}
	found, err := a.search(ctx, q)
	if page == "" && refusedAsAsked(err) && len(q.reconcile) > 0 {
		at.reconcile, q.reconcile = nil, nil
		found, err = a.searchWithoutRecent(ctx, q)
	}
	if err != nil {
		return external.Page{}, err
	}
	if page == "" {
		if at.version, err = a.versionAt(ctx, at, q, found); err != nil {
			return external.Page{}, err
		}
		if version != "" && at.version == version {
			return external.Page{Version: version, Unchanged: true}, nil
		}
	}
	return a.fill(ctx, at, q, found)
}

func refusedAsAsked(err error) bool {
	kind := external.KindOf(err)
	return kind == external.Invalid || kind == external.NotFound
}

// searchWithoutRecent searches once more without what we wrote last: one of those issues may have been
// deleted since. Nothing says what Jira does then, and a search that fails for it would fail for as long
// as we name it; without them the walk is late by what the index is, as any is.
func (a *adapter) searchWithoutRecent(ctx context.Context, q query) (results, error) {
	found, err := a.search(ctx, q)
	if err == nil {
		a.recent.clear()
	}
	return found, err
}

// versionAt is the version of a walk as it begins. A walk from the beginning of time has
// none unless it is short: no later one has its window.
func (a *adapter) versionAt(ctx context.Context, at position, q query, found results) (string, error) {
	switch {
	case !found.more:
		return found.version(q.jql, a.custom), nil
	case at.since == 0:
		return "", nil
	}
	return a.versionOfWalk(ctx, at, found)
}

// fill fills a page with what was found.
func (a *adapter) fill(ctx context.Context, at position, q query, found results) (external.Page, error) {
	next, more, err := at.following(found, a.edition)
	if err != nil {
		return external.Page{}, err
	}
	issues, c, err := a.whole(ctx, q, found)
	if err == nil {
		issues, err = a.within(ctx, issues)
	}
	if err != nil {
		return external.Page{}, err
	}
	out := external.Page{}
	if out.Items, err = a.itemsOf(ctx, issues, c); err != nil {
		return external.Page{}, err
	}
	if more {
		next.version = at.version
		out.Next = next.String()
	} else {
		out.Version = at.version
	}
	return out, nil
}

// whole reads the issues that were found: on Cloud directly, past the search index, so
// that none is older than the search said; on Data Center by the same search once more,
// whose index is its own.
func (a *adapter) whole(ctx context.Context, q query, found results) ([]*issue, *catalogue, error) {
	c, err := a.catalogue(ctx, a.custom...)
	if err != nil || len(found.issues) == 0 {
		return nil, c, err
	}
	fields := append(a.readFields(c), "comment")
	if a.edition == dataCenter {
		q.fields = fields
		again, err := a.search(ctx, q)
		return again.issues, c, err
	}
	ids := make([]string, len(found.issues))
	for n, i := range found.issues {
		ids[n] = i.ID
	}
	byID, err := a.bulkFetch(ctx, ids, fields)
	if err != nil {
		return nil, nil, err
	}
	var out []*issue
	for _, id := range ids {
		if i := byID[id]; i != nil && a.ours(i) { // absent: deleted, or moved away, since the search
			out = append(out, i)
		}
	}
	return out, c, nil
}

// bulkFetch reads up to a hundred issues by id, past any index. Operation
// bulkFetchIssues. Issues that are gone are not in the answer. What Jira could not fetch
// with the others it names, and that is read singly.
func (a *adapter) bulkFetch(ctx context.Context, ids, fields []string) (map[string]*issue, error) {
	const what = "read issues"
	var answer struct {
		Issues []*issue `json:"issues"`
		Failed []struct {
			ID string `json:"id"`
		} `json:"issueErrors"`
	}
	body := map[string]any{"issueIdsOrKeys": ids, "fields": fields, "properties": []string{propertyKey}}
	_, err := a.send(ctx, request{
		what: what, kind: "issues.bulkfetch", method: http.MethodPost, path: a.at("issue", "bulkfetch"), body: body, into: &answer,
	})
	if err != nil {
		return nil, err
	}
	out := make(map[string]*issue, len(answer.Issues))
	for _, i := range answer.Issues {
		out[i.ID] = i
	}
	for _, f := range answer.Failed {
		if f.ID == "" {
			return nil, fail(external.Temporary, what, "Jira could not read one of them, and does not say which; it is tried again", nil)
		}
		i, err := a.getIssue(ctx, "read issue "+f.ID, f.ID, fields)
		switch external.KindOf(err) {
		case "":
			out[i.ID] = i
		case external.NotFound, external.Gone:
		default:
			return nil, err
		}
	}
	return out, nil
}

// ours reports whether an issue stands in the connected project. One that was moved to
// another keeps its id.
func (a *adapter) ours(i *issue) bool {
	var p projectWire
	i.into("project", &p)
	switch {
	case a.projectID != "" && p.ID != "":
		return p.ID == a.projectID
	case p.Key != "":
		return sameKey(p.Key, a.projectKey)
	}
	return true // not asked for, or hidden: the search by project said it is
}

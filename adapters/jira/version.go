package jira

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// A version of a walk of several pages is the order of the ids in its window and the
// latest time among them. What changes moves to the end of the order, and what the index
// shows late comes in between; only the last issue of all stays where it is when it
// changes again, and then there is a later time. Cloud's search gives up to 5,000 ids at
// once where nothing else is asked for, Data Center's up to 1,000 issues.
const (
	walkVersion = "walk:"
	manyIDs     = 5000
	manyIssues  = 1000
)

// versionOfWalk is the version of a walk that begins now; empty for a window that holds
// too many issues. What changes between its searches is met by the walk itself, at its
// end.
func (a *adapter) versionOfWalk(ctx context.Context, at position) (string, error) {
	order, err := a.order(ctx, at)
	if err != nil || order == "" || a.edition == dataCenter {
		return order, err
	}
	newest, err := a.search(ctx, query{jql: a.jql(position{since: at.since, newest: true}), size: 1})
	if err != nil || len(newest.issues) == 0 {
		return "", err
	}
	return order + ":" + strconv.FormatInt(newest.issues[0].updated().UnixMilli(), 10), nil
}

// order is a digest of all that the window shows, or empty for too much.
func (a *adapter) order(ctx context.Context, at position) (string, error) {
	q := query{jql: a.jql(at), fields: []string{"id"}, size: manyIDs}
	if a.edition == dataCenter {
		q.fields, q.size = []string{"updated"}, manyIssues
	}
	all, err := a.search(ctx, q)
	if err != nil || all.more {
		return "", err
	}
	return walkVersion + all.version(q.jql, a.custom), nil
}

// walkUnchanged reports whether the walk whose version this is would show the same again.
func (a *adapter) walkUnchanged(ctx context.Context, at position, version string) (bool, error) {
	if !strings.HasPrefix(version, walkVersion) {
		return false, nil
	}
	order, err := a.order(ctx, at)
	if err != nil || order == "" || a.edition == dataCenter {
		return order == version && order != "", err
	}
	var latest int64
	if _, err := fmt.Sscanf(strings.TrimPrefix(version, order), ":%d", &latest); err != nil || !strings.HasPrefix(version, order) {
		return false, nil //nolint:nilerr // another order, or no version of ours: it is walked
	}
	later, err := a.search(ctx, query{jql: a.jql(position{later: latest}), fields: []string{"id"}, size: 1})
	return err == nil && len(later.issues) == 0, err
}

package jira

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/extsync/extsync/external"
)

// A version of a walk of several pages is the order of the ids in its window. What changes
// moves to the end of the order, and what the index shows late comes in between; only the
// last issue of all stays where it is when it changes again. On Data Center its time tells,
// up to 1,000 issues. On Cloud, whose search gives up to 5,000 ids at once where nothing
// else is asked for, the search leaves the last issue out once it has another time than it
// had, see hidden.
const (
	walkVersion = "walk:"
	manyIDs     = 5000
	manyIssues  = 1000
)

// hidden is an issue that a search leaves out once it was updated after a time.
type hidden struct {
	id    int64
	until int64 // milliseconds of Unix time
}

// versionOfWalk is the version of a walk whose first page was just found; empty for a
// window that holds too many issues, or where something changed since: what changed behind
// the first page is met by the walk itself, at its end.
func (a *adapter) versionOfWalk(ctx context.Context, at position, found results) (string, error) {
	if a.edition == cloud {
		newest, err := a.search(ctx, query{jql: a.jql(position{since: at.since, newest: true}), size: 1})
		if err != nil || len(newest.issues) == 0 {
			return "", err
		}
		last := newest.issues[0]
		if at.hidden.id, err = strconv.ParseInt(last.ID, 10, 64); err != nil {
			return "", nil //nolint:nilerr // an id that is no number has no version
		}
		at.hidden.until = last.updated().UnixMilli()
	}
	order, err := a.order(ctx, at)
	if err != nil || !order.begins(found) || !order.ends(at.hidden) {
		return "", err
	}
	return a.spelled(at, order), nil
}

// order is all that the window shows.
func (a *adapter) order(ctx context.Context, at position) (results, error) {
	q := query{jql: a.jql(at), fields: []string{"id"}, size: manyIDs}
	if a.edition == dataCenter {
		q.fields, q.size = []string{"updated"}, manyIssues
	}
	return a.search(ctx, q)
}

// spelled is the version that an order gives; empty for one that is not whole.
func (a *adapter) spelled(at position, order results) string {
	if order.more {
		return ""
	}
	v := walkVersion + order.version(a.jql(at), a.custom)
	if at.hidden.id == 0 {
		return v
	}
	return fmt.Sprintf("%s:%d:%d", v, at.hidden.id, at.hidden.until)
}

// begins reports whether the order begins with the issues of a page.
func (r results) begins(page results) bool {
	if len(page.issues) > len(r.issues) {
		return false
	}
	for n, i := range page.issues {
		if r.issues[n].ID != i.ID {
			return false
		}
	}
	return true
}

// ends reports whether the order ends with the issue, so that it is as it was and nothing
// came behind it. Every order ends with no issue.
func (r results) ends(last hidden) bool {
	return last.id == 0 || len(r.issues) > 0 && r.issues[len(r.issues)-1].ID == strconv.FormatInt(last.id, 10)
}

// walkUnchanged reports whether the walk whose version this is would show the same again.
// Where the last issue was deleted since, Jira may refuse the search that names it.
func (a *adapter) walkUnchanged(ctx context.Context, at position, version string) (bool, error) {
	rest, is := strings.CutPrefix(version, walkVersion)
	if !is {
		return false, nil
	}
	if _, behind, has := strings.Cut(rest, ":"); has {
		if _, err := fmt.Sscanf(behind, "%d:%d", &at.hidden.id, &at.hidden.until); err != nil {
			return false, nil //nolint:nilerr // no version of ours: it is walked
		}
	}
	order, err := a.order(ctx, at)
	if at.hidden.id != 0 && external.KindOf(err) == external.Invalid {
		return false, nil
	}
	return err == nil && a.spelled(at, order) == version, err
}

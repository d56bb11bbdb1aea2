package jira

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
)

// position is where a page of a walk begins: at a second, or somewhere within it.
type position struct {
	since int64 // seconds of Unix time
	// token is Cloud's page token; empty: at the beginning.
	token string
	// reconcile is the same on every page of a walk, as Jira wants it of pages that follow
	// a token.
	reconcile []int64
	empty     int    // pages without an issue so far in a row
	version   string // of the walk, see versionAt
	// second: only the issues of that second, in the order of their keys, after one.
	second bool
	after  string
	// newest: the last update first. hidden: left out once it changes. Neither is part of a
	// walk; see versionOfWalk.
	newest bool
	hidden hidden
}

// maxEmpty bounds pages without an issue in a row: Jira may send some where it hides
// issues after the search, and never many.
const maxEmpty = 20

// following returns the position of the next page, and whether there is one. A page goes
// on from the second in which this one ended, so that what moves meanwhile pushes nothing
// past a border. A second that fills a page is walked by Jira's token on Cloud, and on
// Data Center, whose offsets shift under it, by key.
func (p position) following(found results, e edition) (position, bool, error) {
	switch last := found.last(); {
	case p.second && found.more:
		return position{since: p.since, reconcile: p.reconcile, second: true, after: found.issues[len(found.issues)-1].Key}, true, nil
	case p.second:
		return position{since: p.since + 1}, true, nil
	case !found.more:
		return position{}, false, nil
	case last > p.since:
		return position{since: last, reconcile: p.reconcile}, true, nil
	case e == dataCenter:
		return position{since: p.since, second: true}, true, nil
	}
	next := position{since: p.since, token: found.token, reconcile: p.reconcile}
	if len(found.issues) == 0 {
		next.empty = p.empty + 1
	}
	if found.token == p.token || next.empty > maxEmpty {
		return position{}, false, fail(external.Temporary, "list changes", "Jira's page token leads nowhere; the walk is tried again", nil)
	}
	return next, true, nil
}

// String is the page token.
func (p position) String() string {
	q := url.Values{"since": {strconv.FormatInt(p.since, 10)}}
	if len(p.reconcile) > 0 {
		q.Set("reconcile", joinIDs(p.reconcile))
	}
	if p.token != "" {
		q.Set("token", p.token)
		q.Set("empty", strconv.Itoa(p.empty))
	}
	if p.second {
		q.Set("after", p.after)
	}
	if p.version != "" {
		q.Set("version", p.version)
	}
	return q.Encode()
}

func parsePosition(token string, lo time.Time) (position, error) {
	if token == "" {
		return position{since: max(0, lo.Unix())}, nil
	}
	refused := fail(external.Invalid, "list changes", "the page token is not one of ours; start the walk again", nil)
	q, err := url.ParseQuery(token)
	since, err2 := strconv.ParseInt(q.Get("since"), 10, 64)
	if err != nil || err2 != nil {
		return position{}, refused
	}
	p := position{since: since, token: q.Get("token"), second: q.Has("after"), after: q.Get("after"), version: q.Get("version")}
	if p.empty, err = strconv.Atoi("0" + q.Get("empty")); err != nil {
		return position{}, refused
	}
	if p.reconcile, err = splitIDs(q.Get("reconcile")); err != nil {
		return position{}, refused
	}
	return p, nil
}

func joinIDs(ids []int64) string {
	parts := make([]string, len(ids))
	for n, id := range ids {
		parts[n] = strconv.FormatInt(id, 10)
	}
	return strings.Join(parts, " ")
}

func splitIDs(s string) ([]int64, error) {
	var out []int64
	for _, part := range strings.Fields(s) {
		id, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("an id in a page token: %w", err)
		}
		out = append(out, id)
	}
	return out, nil
}

// jql asks for what changed at a position. It is bounded by the project. The time is in
// unquoted epoch milliseconds: a quoted one counts in minutes of the time zone in the
// account's profile.
// Source: https://support.atlassian.com/jira-software-cloud/docs/jql-fields/
func (a *adapter) jql(at position) string {
	var b strings.Builder
	b.WriteString(a.inProject())
	if a.filter != "" {
		b.WriteString(" AND ((" + a.filter + ") OR " + ourOwn(at) + ")")
	}
	b.WriteString(" AND updated >= " + strconv.FormatInt(at.since*1000, 10))
	if at.hidden.id > 0 {
		fmt.Fprintf(&b, " AND (id != %d OR updated <= %d)", at.hidden.id, at.hidden.until)
	}
	switch {
	case at.newest:
		return b.String() + " ORDER BY updated DESC, key DESC"
	case !at.second:
		return b.String() + " ORDER BY updated ASC, key ASC"
	}
	b.WriteString(" AND updated < " + strconv.FormatInt((at.since+1)*1000, 10))
	if at.after != "" {
		b.WriteString(" AND key > " + quoted(at.after))
	}
	return b.String() + " ORDER BY key ASC"
}

func (a *adapter) inProject() string {
	if a.projectID != "" {
		return "project = " + a.projectID
	}
	return "project = " + quoted(a.projectKey)
}

// quoted is a string of JQL.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

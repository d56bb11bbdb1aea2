package github

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	gogithub "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/external"
)

// Changes walks issues or comments in ascending order of update, by keyset: each
// page asks again from the last second of the page before, always for the first
// page. That second is seen twice; nothing is jumped over when items move to the
// end meanwhile, and GitHub's cap on page numbers is never met. Only when one second
// fills a page does the walk follow GitHub's own next link, until a new second.
//
// The first request depends on window.Lo alone, so between changes it is the same
// and its ETag makes the answer free. A walk of several pages has no version: its
// first page staying the same would say nothing about the others.
func (a *adapter) Changes(ctx context.Context, stream external.Stream, w external.Window, page, version string) (external.Page, error) {
	at, err := parsePosition(page, w.Lo)
	if err != nil {
		return external.Page{}, err
	}
	if page != "" {
		version = ""
	}
	var got listing
	switch stream {
	case external.StreamTickets:
		got, err = a.issuePage(ctx, at, version)
	case external.StreamComments:
		got, err = a.commentPage(ctx, at, version)
	default:
		err = fail(external.Invalid, "list changes", "GitHub has no stream "+string(stream), nil)
	}
	if errors.Is(err, errNotModified) {
		return external.Page{Version: version, Unchanged: true}, nil
	}
	if err != nil {
		return external.Page{}, err
	}
	out := external.Page{Items: got.items}
	if next, more := at.following(got); more {
		out.Next = next.String()
		if out.Next == page {
			return external.Page{}, fail(external.Temporary, "list changes", "GitHub's next link leads nowhere", nil)
		}
	} else if page == "" {
		out.Version = got.etag
	}
	return out, nil
}

// listing is one page as GitHub sent it.
type listing struct {
	items []external.Item // without pull requests and their comments
	last  time.Time       // update of the page's last entry, whatever it was
	next  url.Values      // position of GitHub's own next page; nil on the last one
	etag  string
}

func (a *adapter) issuePage(ctx context.Context, at position, version string) (listing, error) {
	var issues []*gogithub.Issue
	made, err := a.list(ctx, "list issues", "issues.list", "issues?state=all&"+at.query(), version, &issues)
	if err != nil {
		return listing{}, err
	}
	out := made.listing()
	for _, i := range issues {
		out.last = i.GetUpdatedAt().UTC()
		if !i.IsPullRequest() {
			out.items = append(out.items, a.issueItem(i))
		}
	}
	return out, nil
}

func (a *adapter) commentPage(ctx context.Context, at position, version string) (listing, error) {
	var comments []*gogithub.IssueComment
	made, err := a.list(ctx, "list comments", "comments.list", "issues/comments?"+at.query(), version, &comments)
	if err != nil {
		return listing{}, err
	}
	out := made.listing()
	for _, c := range comments {
		out.last = c.GetUpdatedAt().UTC()
		if !onPullRequest(c) {
			out.items = append(out.items, a.commentItem(c))
		}
	}
	return out, nil
}

// list makes one conditional call. go-github's own list methods know neither the
// cursor nor the condition.
func (a *adapter) list(ctx context.Context, what, kind, path, version string, into any) (*call, error) {
	header := http.Header{}
	if version != "" {
		header.Set("If-None-Match", version)
	}
	return a.read(ctx, what, kind, func(ctx context.Context) error {
		return a.send(ctx, http.MethodGet, a.path(path), header, nil, into)
	})
}

func (c *call) listing() listing {
	return listing{next: nextLink(c.header.Get("Link")), etag: c.header.Get("ETag")}
}

// position is where a page begins: at a time, or behind GitHub's position within
// the second of that time.
type position struct {
	since time.Time
	own   url.Values // of GitHub's next link: after, page
	size  int        // zero: a full page
}

// following returns the position of the next page, and whether there is one.
func (p position) following(got listing) (position, bool) {
	switch {
	case got.next == nil:
		return position{}, false
	case got.last.After(p.since):
		return position{since: got.last}, true
	}
	return position{since: p.since, own: got.next}, true
}

// query is the request's query after the filters. since is inclusive and in whole
// seconds of UTC.
func (p position) query() string {
	q := url.Values{
		"sort": {"updated"}, "direction": {"asc"}, "per_page": {strconv.Itoa(cmp.Or(p.size, pageSize))},
	}
	if !p.since.IsZero() {
		q.Set("since", p.since.UTC().Truncate(time.Second).Format(time.RFC3339))
	}
	for name, values := range p.own {
		q[name] = values
	}
	return q.Encode()
}

// String is the page token.
func (p position) String() string {
	q := url.Values{"since": {strconv.FormatInt(p.since.Unix(), 10)}}
	for name, values := range p.own {
		q[name] = values
	}
	return q.Encode()
}

func parsePosition(token string, lo time.Time) (position, error) {
	if token == "" {
		return position{since: lo}, nil
	}
	q, err := url.ParseQuery(token)
	seconds, err2 := strconv.ParseInt(q.Get("since"), 10, 64)
	if err != nil || err2 != nil {
		return position{}, fail(external.Invalid, "list changes", "the page token is not one of ours; start the walk again", nil)
	}
	p := position{since: time.Unix(seconds, 0).UTC()}
	if own := positionOf(q); len(own) > 0 {
		p.own = own
	}
	return p, nil
}

// positionOf keeps what says where a page begins.
func positionOf(q url.Values) url.Values {
	out := url.Values{}
	for _, name := range []string{"after", "page"} {
		if v := q.Get(name); v != "" {
			out.Set(name, v)
		}
	}
	return out
}

// nextLink returns the position in a Link header's rel="next", or nil when there is
// no next page.
func nextLink(header string) url.Values {
	for link := range strings.SplitSeq(header, ",") {
		target, attributes, _ := strings.Cut(link, ";")
		if !strings.Contains(attributes, `rel="next"`) {
			continue
		}
		u, err := url.Parse(strings.Trim(strings.TrimSpace(target), "<>"))
		if err == nil {
			return positionOf(u.Query())
		}
	}
	return nil
}

// nextPage returns the page number after this one, or zero.
func nextPage(header string, page int) int {
	next, err := strconv.Atoi(nextLink(header).Get("page"))
	if err != nil || next <= page {
		return 0 // lists of people, labels and milestones are paged by number
	}
	return next
}

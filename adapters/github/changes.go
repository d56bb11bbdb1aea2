package github

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	gogithub "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/external"
)

// Changes walks issues or comments in ascending order of update, by keyset: each
// page asks again from the last second of the page before, always for the first
// page. That second is seen twice; nothing is jumped over when items move to the
// end meanwhile, and GitHub's cap on page numbers is never met. Only when one second
// fills a page does the walk follow GitHub's own next link, until a new second; where that
// link is a number it sees to it that the pages behind did not shift.
//
// The first request depends on window.Lo alone, so between changes it is the same
// and its ETag makes the answer free. A walk of several pages has a version of another
// kind, see frontVersion: its first page staying the same says nothing about the others.
func (a *adapter) Changes(ctx context.Context, stream external.Stream, w external.Window, page, version string) (external.Page, error) {
	at, err := parsePosition(page, w.Lo)
	if err != nil {
		return external.Page{}, err
	}
	etag, front := tags(page, version)
	if front != "" {
		same, err := a.sameFront(ctx, stream, w.Lo, front)
		if err != nil || same {
			return external.Page{Version: version, Unchanged: same}, err
		}
	}
	got, err := a.list(ctx, stream, at, etag)
	if errors.Is(err, errNotModified) {
		return external.Page{Version: version, Unchanged: true}, nil
	}
	if err != nil {
		return external.Page{}, err
	}
	if page == "" {
		at.began = got.seen
	}
	switch shifted, err := a.shifted(ctx, stream, at); {
	case err != nil:
		return external.Page{}, err
	case shifted:
		anew := position{since: at.since, began: at.began, again: at.again + 1}
		return external.Page{Items: got.items, Next: anew.String()}, nil
	}
	return a.turn(ctx, stream, w.Lo, page, at, got)
}

// shifted reports whether the page before a numbered one does not end any more where it did: an
// entry of that second was changed or went away meanwhile, and one that nobody has read may have
// moved to a page that was read. It does not look where the second is not begun again in any case.
func (a *adapter) shifted(ctx context.Context, stream external.Stream, at position) (bool, error) {
	before, numbered := at.before()
	if !numbered || at.again == maxAgain {
		return false, nil
	}
	got, err := a.list(ctx, stream, before, "")
	return err == nil && got.edge != at.edge, err
}

// turn makes a page of what was listed, and at the end of the walk its version.
func (a *adapter) turn(ctx context.Context, stream external.Stream, lo time.Time, page string, at position, got listing) (external.Page, error) {
	out := external.Page{Items: got.items}
	var err error
	next, more := at.following(got)
	switch {
	case more:
		if out.Next = next.String(); out.Next == page {
			return external.Page{}, fail(external.Temporary, "list changes", "GitHub's next link leads nowhere", nil)
		}
	case page == "" && got.entries < pageSize: // behind a full page the next entry would not change it
		out.Version = got.etag
	default:
		out.Version, err = a.frontVersion(ctx, stream, lo, at, got)
	}
	if err != nil {
		return external.Page{}, err
	}
	return out, nil
}

// list lists one page of a stream.
func (a *adapter) list(ctx context.Context, stream external.Stream, at position, etag string) (listing, error) {
	switch stream {
	case external.StreamTickets:
		return a.issuePage(ctx, at, etag)
	case external.StreamComments:
		return a.commentPage(ctx, at, etag)
	}
	return listing{}, fail(external.Invalid, "list changes", "GitHub has no stream "+string(stream), nil)
}

// listing is one page as GitHub sent it.
type listing struct {
	items   []external.Item // without pull requests and their comments
	entries int             // with them
	last    time.Time       // update of the page's last entry, whatever it was
	edge    string          // that entry's node id
	newest  time.Time       // the latest update on it
	next    url.Values      // position of GitHub's own next page; nil on the last one
	etag    string
	seen    time.Time // by GitHub's clock; zero where it does not say
}

// saw takes note of the update of the next entry.
func (l *listing) saw(id string, t gogithub.Timestamp) {
	l.entries, l.last, l.edge = l.entries+1, utc(t), id
	if l.last.After(l.newest) {
		l.newest = l.last
	}
}

func (a *adapter) issuePage(ctx context.Context, at position, etag string) (listing, error) {
	var issues []*gogithub.Issue
	made, err := a.conditional(ctx, "list issues", "issues.list", "issues?state=all&"+at.query(), etag, &issues)
	if err != nil {
		return listing{}, err
	}
	out := made.listing()
	for _, i := range issues {
		out.saw(i.GetNodeID(), i.GetUpdatedAt())
		if !i.IsPullRequest() {
			out.items = append(out.items, a.issueItem(i))
		}
	}
	return out, nil
}

func (a *adapter) commentPage(ctx context.Context, at position, etag string) (listing, error) {
	var comments []*gogithub.IssueComment
	made, err := a.conditional(ctx, "list comments", "comments.list", "issues/comments?"+at.query(), etag, &comments)
	if err != nil {
		return listing{}, err
	}
	out := made.listing()
	for _, c := range comments {
		out.saw(c.GetNodeID(), c.GetUpdatedAt())
		if !onPullRequest(c) {
			out.items = append(out.items, a.commentItem(c))
		}
	}
	return out, nil
}

// conditional makes one call that may be answered with "not modified". go-github's own
// list methods know neither the cursor nor the condition.
func (a *adapter) conditional(ctx context.Context, what, kind, path, etag string, into any) (*call, error) {
	header := http.Header{}
	if etag != "" {
		header.Set("If-None-Match", etag)
	}
	return a.read(ctx, what, kind, func(ctx context.Context) error {
		return a.send(ctx, http.MethodGet, a.path(path), header, nil, into)
	})
}

func (c *call) listing() listing {
	return listing{next: nextLink(c.header.Get("Link")), etag: c.header.Get("ETag"), seen: serverTime(c.header)}
}

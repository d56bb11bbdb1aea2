package linear

import (
	"context"
	"maps"
	"net/http"
	"time"

	"github.com/extsync/extsync/external"
)

// Changes reads one page of issues and one of comments in a single query, newest first.
// A page of both fits into one answer; a walk of several pages ends with a look at what
// has moved to the front meanwhile, see the package's comment.
//
// The version is what stood at the front. As long as it stands there nothing has changed,
// for whatever changes comes to the front. It is told only where the whole front is older
// than what lists may be late to show.
func (a *adapter) Changes(ctx context.Context, stream external.Stream, w external.Window, page, version string) (external.Page, error) {
	if stream != external.StreamTickets {
		return external.Page{}, fail(external.Invalid, "list changes", "Linear has no stream "+string(stream), nil)
	}
	at, err := parsePosition(page, w.Lo)
	if err != nil {
		return external.Page{}, err
	}
	var got *listChangesResponse
	made, err := a.read(ctx, "list changes", "changes.list", func(ctx context.Context) (err error) {
		got, err = listChanges(ctx, a.gql, a.changedIssues(at.Lo), a.changedComments(at.Lo),
			at.Issues.cursor(), at.Comments.cursor(), !at.Issues.Done, !at.Comments.Done)
		return err
	})
	if external.KindOf(err) == external.Invalid && at.resumed() {
		// The item that a cursor names is gone for good. The pass begins again.
		return external.Page{Next: at.again()}, nil
	}
	if err != nil {
		return external.Page{}, err
	}
	if !at.Issues.Done && got.Issues.Nodes == nil || !at.Comments.Done && got.Comments.Nodes == nil {
		return external.Page{}, fail(external.Temporary, "list changes", "the answer does not hold the lists asked for", nil)
	}
	if at.Issues.stands(got.Issues.PageInfo) || at.Comments.stands(got.Comments.PageInfo) {
		return external.Page{}, fail(external.Temporary, "list changes", "a page ends where it began, as what its cursor names has just changed; it is read again later", nil)
	}
	items, err := a.items(ctx, got)
	if err != nil {
		return external.Page{}, err
	}
	if !at.resumed() {
		at = at.begin(items, serverTime(made.header))
	}
	if page == "" && version != "" && version == at.Mark {
		return external.Page{Version: version, Unchanged: true}, nil
	}
	if items, err = a.within(ctx, got, items); err != nil {
		return external.Page{}, err
	}
	next, more := at.following(got)
	if !more {
		return external.Page{Items: items, Version: next.Version}, nil
	}
	return external.Page{Items: items, Next: next.String()}, nil
}

// serverTime is Linear's own time, or zero where it is not told.
func serverTime(h http.Header) time.Time {
	t, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return t
}

// items are the page's issues, then its comments.
func (a *adapter) items(ctx context.Context, got *listChangesResponse) ([]external.Item, error) {
	out := make([]external.Item, 0, len(got.Issues.Nodes)+len(got.Comments.Nodes))
	for _, i := range got.Issues.Nodes {
		item, err := a.issueItem(ctx, i)
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	for _, c := range got.Comments.Nodes {
		out = append(out, a.commentItem(c))
	}
	return out, nil
}

func (a *adapter) changedIssues(lo time.Time) map[string]any { return since(a.listed(), lo) }

func (a *adapter) changedComments(lo time.Time) map[string]any {
	return since(map[string]any{"issue": a.listed()}, lo)
}

// since adds an inclusive lower bound. Linear's stamps have milliseconds.
func since(filter map[string]any, lo time.Time) map[string]any {
	if lo.IsZero() {
		return filter
	}
	out := maps.Clone(filter)
	out["updatedAt"] = map[string]any{"gte": lo.UTC().Truncate(time.Millisecond).Format(stampFormat)}
	return out
}

const stampFormat = "2006-01-02T15:04:05.000Z"

package jira

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// itemsOf turns issues with their comments into items, each issue followed by its own.
func (a *adapter) itemsOf(ctx context.Context, issues []*issue, c *catalogue) ([]external.Item, error) {
	lists := make([][]*comment, len(issues))
	var all []*comment
	var cut []external.Ref
	for n, i := range issues {
		list, later, err := a.commentsOf(ctx, i)
		if err != nil {
			return nil, err
		}
		if later {
			cut = append(cut, a.issueItem(i, c).Ref)
		}
		lists[n] = open(list)
		all = append(all, lists[n]...)
	}
	if err := a.readKeys(ctx, issues, all); err != nil {
		return nil, err
	}
	since, err := a.restrictedSince(ctx, cut)
	if err != nil {
		return nil, err
	}
	out := make([]external.Item, 0, len(issues)+len(all))
	for n, i := range issues {
		item := a.issueItem(i, c)
		if why, is := since[item.Ref]; is {
			item.Fields[external.RestrictedField] = why
		}
		out = append(out, item)
		for _, one := range lists[n] {
			out = append(out, a.commentItem(one, i.Key))
		}
	}
	return out, nil
}

// restrictedSince tells which issues only some may see by now. Their comments were listed after them: who
// restricted one in between may have said there what only those few are to read, and nothing in a comment
// tells of that.
func (a *adapter) restrictedSince(ctx context.Context, refs []external.Ref) (map[external.Ref]ticket.Value, error) {
	if a.settings.SecuredIssues {
		return nil, nil
	}
	now, out := map[external.Ref]external.Item{}, map[external.Ref]ticket.Value{}
	if err := a.readIssues(ctx, refs, now); err != nil {
		return nil, err
	}
	for _, ref := range refs {
		item, there := now[ref]
		if !there || item.Gone {
			return nil, fail(external.Temporary, "list comments of "+ref.Key, "the issue went while they were read; it is tried again", nil)
		}
		if item.Restricted() != "" {
			out[ref] = item.Fields[external.RestrictedField]
		}
	}
	return out, nil
}

// commentsOf returns an issue's comments: those embedded in it, or, where Jira cut them or does
// not say there who may see them, those of its own list, which is read later.
func (a *adapter) commentsOf(ctx context.Context, i *issue) (list []*comment, later bool, err error) {
	var embedded comments
	i.into("comment", &embedded)
	if embedded.Total == 0 && len(embedded.Comments) == 0 {
		return nil, false, nil
	}
	hides, err := a.hides(ctx)
	if err != nil || !hides && len(embedded.Comments) >= embedded.Total {
		return embedded.Comments, false, err
	}
	for range listTries {
		list, whole, err := a.listComments(ctx, i)
		if err == nil && whole {
			err = a.readInternal(ctx, list)
		}
		if err != nil || whole {
			return list, true, err
		}
	}
	return nil, true, fail(external.Temporary, "list comments of "+i.Key, "comments go while they are read; it is tried again", nil)
}

const (
	commentPage = 100
	listTries   = 3
)

// listComments reads all comments of an issue, oldest first, by offset. A page begins
// with the last comment of the page before: where another stands there, comments were
// deleted meanwhile and one may have slipped through. Operation getComments.
func (a *adapter) listComments(ctx context.Context, i *issue) (list []*comment, whole bool, err error) {
	for {
		start := max(0, len(list)-1)
		var page comments
		q := url.Values{"startAt": {strconv.Itoa(start)}, "maxResults": {strconv.Itoa(commentPage)}, "orderBy": {"created"}}
		if a.edition == dataCenter {
			q.Set("expand", "properties") // it does not tell otherwise which are for some alone
		}
		if _, err := a.send(ctx, request{
			what: "list comments of " + i.Key, kind: "comments.list", path: withQuery(a.at("issue", i.ID, "comment"), q), into: &page,
		}); err != nil {
			return nil, false, err
		}
		if len(list) > 0 {
			if len(page.Comments) == 0 || page.Comments[0].ID != list[len(list)-1].ID {
				return nil, false, nil
			}
			page.Comments = page.Comments[1:]
		}
		list = append(list, page.Comments...)
		if len(list) >= page.Total || len(page.Comments) == 0 {
			return list, true, nil
		}
	}
}

// readKeys reads the properties of the comments that our own account wrote: embedded
// comments come without.
func (a *adapter) readKeys(ctx context.Context, issues []*issue, all []*comment) error {
	if a.edition == dataCenter {
		return a.readKeysSingly(ctx, issues, all)
	}
	if len(all) == 0 {
		return nil
	}
	own, err := a.ownComments(ctx, all)
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(own, commentBatch) {
		ids := make([]string, len(batch))
		for n, c := range batch {
			ids[n] = c.ID
		}
		found, err := a.commentsByID(ctx, ids)
		if err != nil {
			return err
		}
		for _, c := range batch {
			if f := found[c.ID]; f != nil {
				c.Properties = f.Properties
			}
		}
	}
	return nil
}

// ownComments keeps those that our account wrote.
func (a *adapter) ownComments(ctx context.Context, all []*comment) ([]*comment, error) {
	login, err := a.account(ctx)
	if err != nil {
		return nil, err
	}
	var own []*comment
	for _, c := range all {
		if c.Author.login(a.edition) == login {
			own = append(own, c)
		}
	}
	return own, nil
}

// commentsByID reads up to a thousand comments with their properties. Those that are gone
// are not in the answer. Operation getCommentsByIds.
func (a *adapter) commentsByID(ctx context.Context, ids []string) (map[string]*comment, error) {
	numbers := make([]int64, 0, len(ids))
	for _, id := range ids {
		if n, err := strconv.ParseInt(id, 10, 64); err == nil { // what is no number is no comment
			numbers = append(numbers, n)
		}
	}
	out := map[string]*comment{}
	if len(numbers) == 0 {
		return out, nil
	}
	var page struct {
		Values []*comment `json:"values"`
	}
	_, err := a.send(ctx, request{
		what: "read comments", kind: "comments.bulk", method: http.MethodPost,
		path: withQuery(a.at("comment", "list"), url.Values{"expand": {"properties"}}), body: map[string]any{"ids": numbers}, into: &page,
	})
	for _, c := range page.Values {
		out[c.ID] = c
	}
	return out, err
}

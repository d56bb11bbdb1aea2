package linear

import (
	"context"
	"slices"

	"github.com/extsync/extsync/external"
)

// issueFilter is the team's issues, narrowed by the project's own filter.
func (a *adapter) issueFilter() map[string]any {
	out := map[string]any{"team": a.teamFilter()}
	if a.filter != nil {
		out["and"] = []any{a.filter}
	}
	return out
}

// listed are the issues that lists show: besides those that the filter lets in, what our account made. What we make need
// not match the filter, and no other query tells what is said below it.
func (a *adapter) listed() map[string]any {
	if a.filter == nil || a.made == nil {
		return a.issueFilter()
	}
	ours := map[string]any{"creator": map[string]any{"isMe": map[string]any{"eq": true}}}
	return map[string]any{"team": a.teamFilter(), "or": []any{a.filter, ours}}
}

// within drops what was let in beside the filter and is none of our issues, with what is said below it: what somebody
// made by hand who lends us his account, and the filter leaves out.
func (a *adapter) within(ctx context.Context, got *listChangesResponse, items []external.Item) ([]external.Item, error) {
	if a.filter == nil || a.made == nil {
		return items, nil
	}
	of, byHand := map[string]string{}, map[string]bool{} // an item's issue; issues, false: the filter lets it in
	for _, i := range got.Issues.Nodes {
		of[i.Id] = i.Id
		if i.Creator != nil && i.Creator.IsMe && !a.made(i.Id) {
			byHand[i.Id] = true
		}
	}
	for _, c := range got.Comments.Nodes {
		if i := c.Issue; i != nil {
			of[c.Id] = i.Id
			if i.Creator != nil && i.Creator.IsMe && !a.made(i.Id) {
				byHand[i.Id] = true
			}
		}
	}
	if err := a.letIn(ctx, byHand); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(items, func(i external.Item) bool { return byHand[of[i.ID]] }), nil
}

// letIn marks those issues that the filter lets in.
func (a *adapter) letIn(ctx context.Context, byHand map[string]bool) error {
	ids := make([]string, 0, len(byHand))
	for id := range byHand {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for some := range slices.Chunk(ids, issuesPage) {
		filter := a.issueFilter()
		filter["id"] = map[string]any{"in": some}
		_, err := a.read(ctx, "list changes", "issues.find", func(ctx context.Context) error {
			found, err := findIssues(ctx, a.gql, filter)
			if err != nil {
				return err
			}
			for _, i := range found.Issues.Nodes {
				byHand[i.Id] = false
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

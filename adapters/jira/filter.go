package jira

import (
	"context"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
)

// ourOwn lets in, beside a project's filter, what our account made: a create whose answer was lost is
// found by a list, and what it made need not match the filter. Where a list begins with the first issue
// there is, only what is young may have been made so, and the account may be that of somebody who has
// made much else.
func ourOwn(at position) string {
	if at.since > 0 {
		return "creator = currentUser()"
	}
	return "(creator = currentUser() AND created >= -90d)"
}

// within drops what was let in beside the filter and is none of our items: what somebody made by hand who
// lends us his account, and the filter leaves out.
func (a *adapter) within(ctx context.Context, issues []*issue) ([]*issue, error) {
	if a.filter == "" || len(issues) == 0 {
		return issues, nil
	}
	login, err := a.account(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.readKeys(ctx, issues, nil); err != nil {
		return nil, err
	}
	byHand := map[string]bool{} // false: the filter lets it in
	var ids []string
	for _, i := range issues {
		var creator *user
		i.into("creator", &creator)
		if creator.login(a.edition) == login && a.keyOf(i.Properties[propertyKey]) == "" {
			byHand[i.ID] = true
			ids = append(ids, i.ID)
		}
	}
	if len(ids) == 0 {
		return issues, nil
	}
	jql := a.inProject() + " AND (" + a.filter + ") AND id in (" + strings.Join(ids, ", ") + ") ORDER BY key ASC"
	found, err := a.search(ctx, query{jql: jql, fields: []string{"id"}})
	if refusedAsAsked(err) { // the filter was taken a moment ago
		return nil, fail(external.Temporary, searchWhat, "an issue was deleted or moved meanwhile; it is searched for again", err)
	}
	if err != nil {
		return nil, err
	}
	for _, i := range found.issues {
		byHand[i.ID] = false
	}
	return slices.DeleteFunc(issues, func(i *issue) bool { return byHand[i.ID] }), nil
}

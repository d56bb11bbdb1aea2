package jira

import (
	"context"
	"net/url"
	"slices"

	"github.com/extsync/extsync/external"
)

// Read returns the present state of issues and comments. On Cloud a call reads a hundred
// issues or a thousand comments, on Data Center one.
//
// Jira answers alike for what was deleted and for what may not be seen: both come back
// gone, and whether the account merely lost sight of them the engine tells from the
// project as a whole. So does a comment that was restricted to a role or group, unless it is ours: that
// is told, see unopened. An issue
// that was moved to another project is gone too; MovedTo says where it went. An issue is
// asked for by its id, so its present key comes back. On Data Center a comment is asked for
// below its issue, and refused where its reference does not name one.
func (a *adapter) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	var tickets, notes []external.Ref
	for _, ref := range refs {
		switch ref.Kind {
		case external.KindTicket:
			tickets = append(tickets, ref)
		case external.KindComment:
			notes = append(notes, ref)
		default:
			return nil, fail(external.Invalid, "read "+ref.Key, "only issues and comments can be read", nil)
		}
	}
	found := map[external.Ref]external.Item{}
	if err := a.readIssues(ctx, tickets, found); err != nil {
		return nil, err
	}
	if err := a.readComments(ctx, notes, found); err != nil {
		return nil, err
	}
	out := make([]external.Item, len(refs))
	for n, ref := range refs {
		item, there := found[ref]
		if !there {
			item = external.Item{Ref: ref, Gone: true}
		}
		if item.Gone {
			a.recent.forget(ref.ID)
		}
		out[n] = item
	}
	return out, nil
}

// address is how calls name an issue: by its id, which no move changes.
func address(ref external.Ref) string {
	if ref.ID != "" {
		return ref.ID
	}
	return ref.Key
}

func (a *adapter) readIssues(ctx context.Context, refs []external.Ref, found map[external.Ref]external.Item) error {
	if len(refs) == 0 {
		return nil
	}
	c, err := a.catalogue(ctx, a.custom...)
	if err != nil {
		return err
	}
	if a.edition == dataCenter {
		return a.readSingly(ctx, refs, c, found)
	}
	for batch := range slices.Chunk(refs, pageSize) {
		names := make([]string, len(batch))
		for n, ref := range batch {
			names[n] = address(ref)
		}
		issues, err := a.bulkFetch(ctx, names, a.readFields(c))
		if err != nil {
			return err
		}
		for _, ref := range batch {
			if i := chosen(issues, ref); i != nil {
				found[ref] = a.present(ref, i, c)
			}
		}
	}
	return nil
}

// chosen finds the issue that a reference names among those fetched.
func chosen(issues map[string]*issue, ref external.Ref) *issue {
	if ref.ID != "" {
		return issues[ref.ID]
	}
	for _, i := range issues {
		if sameKey(i.Key, ref.Key) {
			return i
		}
	}
	return nil
}

// present is the item of an issue that was read: gone where it left the project.
func (a *adapter) present(ref external.Ref, i *issue, c *catalogue) external.Item {
	if !a.ours(i) {
		return a.left(external.Item{Ref: ref}, i)
	}
	return a.issueItem(i, c)
}

// left marks the item of an issue that was moved to another project.
func (a *adapter) left(item external.Item, i *issue) external.Item {
	var p projectWire
	i.into("project", &p)
	item.Gone, item.MovedTo = true, a.page(i.Key)
	if p.ID != "" {
		item.Home = external.Home{Project: p.ID, ID: i.ID, Key: i.Key}
	}
	return item
}

func (a *adapter) readSingly(ctx context.Context, refs []external.Ref, c *catalogue, found map[external.Ref]external.Item) error {
	for _, ref := range refs {
		i, err := a.getIssue(ctx, "read issue "+ref.Key, address(ref), a.readFields(c))
		switch external.KindOf(err) {
		case "":
			found[ref] = a.present(ref, i, c)
		case external.NotFound, external.Gone:
		default:
			return err
		}
	}
	return nil
}

// getIssue reads one issue with our property. It is made raw on Data Center too: go-jira's
// issue keeps neither properties nor the document's own form of custom fields.
func (a *adapter) getIssue(ctx context.Context, what, name string, fields []string) (*issue, error) {
	return a.getIssueBy(ctx, what, name, url.Values{"fields": {joined(fields)}, "properties": {propertyKey}})
}

func (a *adapter) getIssueBy(ctx context.Context, what, name string, q url.Values) (*issue, error) {
	i := new(issue)
	_, err := a.send(ctx, request{what: what, kind: "issues.get", path: withQuery(a.at("issue", name), q), into: i})
	if err == nil && i.ID == "" {
		err = fail(external.Temporary, what, "the answer is not an issue", nil)
	}
	return i, err
}

func (a *adapter) readComments(ctx context.Context, refs []external.Ref, found map[external.Ref]external.Item) error {
	if a.edition == dataCenter {
		return a.readCommentsSingly(ctx, refs, found)
	}
	for batch := range slices.Chunk(refs, commentBatch) {
		ids := make([]string, len(batch))
		for n, ref := range batch {
			ids[n] = address(ref)
		}
		list, err := a.commentsByID(ctx, ids)
		if err != nil {
			return err
		}
		for _, ref := range batch {
			switch c := list[address(ref)]; {
			case c == nil:
			case !c.restricted():
				found[ref] = a.commentItem(c, parentOf(ref, c))
			case a.createKey(c) != "":
				return unopened(ref)
			}
		}
	}
	return nil
}

// unopened is why a comment of ours is not read that is for fewer eyes than its issue: somebody restricted
// it since, or our account may write no other in a service project. It is not gone, so that what was
// said here stays; what was changed of it there does not come in.
func unopened(ref external.Ref) error {
	return fail(external.Invalid, "read comment "+ref.Key, "only some may see it in Jira, as it is restricted or internal; open it to all there", nil)
}

// parentOf is the key of the comment's issue as the reference has it, or else the id in
// the comment's own address, which names the issue as well.
func parentOf(ref external.Ref, c *comment) string {
	if ref.Parent != "" {
		return ref.Parent
	}
	return issueOfComment(c.Self)
}

func (a *adapter) readCommentsSingly(ctx context.Context, refs []external.Ref, found map[external.Ref]external.Item) error {
	var list []*comment
	var read []external.Ref
	for _, ref := range refs {
		if ref.Parent == "" { // the answer to an empty issue would be that of a comment that is gone
			return fail(external.Invalid, "read comment "+ref.Key, "the reference does not say which issue it is of", nil)
		}
		c, err := a.oneComment(ctx, "read comment "+ref.Key, ref)
		switch external.KindOf(err) {
		case "":
			list, read = append(list, c), append(read, ref)
		case external.NotFound, external.Gone:
		default:
			return err
		}
	}
	if len(list) == 0 {
		return nil
	}
	if err := a.readKeysSingly(ctx, nil, list); err != nil {
		return err
	}
	for n, ref := range read {
		switch c := list[n]; {
		case !c.restricted():
			found[ref] = a.commentItem(c, parentOf(ref, c))
		case a.createKey(c) != "":
			return unopened(ref)
		}
	}
	return nil
}

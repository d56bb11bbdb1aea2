package linear

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/extsync/extsync/external"
)

// Read makes one call for each twenty refs, and one more for each of them that is gone:
// an id that does not exist empties the whole answer. Gone is what was put into the
// trash, and what lives in another team now; then MovedTo says where.
func (a *adapter) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	out := make([]external.Item, 0, len(refs))
	for batch := range slices.Chunk(refs, readBatch) {
		roots := make([]root, len(batch))
		for n, ref := range batch {
			r, err := rootOf(ref)
			if err != nil {
				return nil, err
			}
			roots[n] = r
		}
		found, err := a.ask(ctx, "read", "items.read", roots, readIssue_Operation, readComment_Operation)
		if err != nil {
			return nil, err
		}
		for n, ref := range batch {
			item, err := a.answered(ctx, ref, found[n])
			if err != nil {
				return nil, err
			}
			out = append(out, item)
		}
	}
	return out, nil
}

func rootOf(ref external.Ref) (root, error) {
	id := ref.ID
	if id == "" {
		id = ref.Key
	}
	switch {
	case id == "":
	case ref.Kind == external.KindTicket:
		return root{"issue", "issueFields", id}, nil
	case ref.Kind == external.KindComment:
		return root{"comment", "commentFields", id}, nil
	}
	return root{}, fail(external.Invalid, "read "+ref.Key, "only issues and comments can be read", nil)
}

// answered is the item of an answer, or gone where there is none.
func (a *adapter) answered(ctx context.Context, ref external.Ref, raw json.RawMessage) (external.Item, error) {
	if raw == nil {
		return external.Item{Ref: ref, Gone: true}, nil
	}
	var item external.Item
	var team string
	var err error
	if ref.Kind == external.KindComment {
		var c commentFields
		if err = json.Unmarshal(raw, &c); err == nil {
			item = a.commentItem(c)
			if c.Issue != nil {
				team = c.Issue.Team.Id
			}
		}
	} else {
		var i issueFields
		if err = json.Unmarshal(raw, &i); err == nil {
			team = i.Team.Id
			item, err = a.issueItem(ctx, i)
		}
	}
	switch {
	case external.KindOf(err) == external.Temporary && item.ID == "":
		return item, fail(external.Temporary, "read "+ref.Key, "the answer could not be read", err)
	case err != nil:
		return item, err
	case ref.ID != "" && ref.ID != item.ID, a.projectID != "" && team != a.projectID:
		gone := external.Item{Ref: ref}
		if ref.ID == "" || ref.ID == item.ID {
			gone = left(gone, item, team)
		}
		gone.Gone, gone.MovedTo = true, item.URL
		return gone, nil
	}
	return item, nil
}

// left marks an item, as what it is at its new place, of an issue that was moved to
// another team; its id is the same there. A comment goes with its issue.
func left(item, there external.Item, team string) external.Item {
	item.Gone, item.MovedTo = true, there.URL
	if there.Kind == external.KindTicket && team != "" {
		item.Home = external.Home{Project: team, ID: there.ID, Key: there.Key}
	}
	return item
}

// ask asks for several roots at once and returns their answers by index; what does not
// exist is absent. As long as Linear refuses one of them, the others are asked again.
func (a *adapter) ask(ctx context.Context, what, kind string, roots []root, operations ...string) (map[int]json.RawMessage, error) {
	left := map[int]root{}
	for n, r := range roots {
		left[n] = r
	}
	for len(left) > 0 {
		order := slices.Sorted(maps.Keys(left))
		now := make([]root, len(order))
		for n, at := range order {
			now[n] = left[at]
		}
		query, variables := byID(kindName(kind), now, neededBy(now, operations)...)
		var got map[string]json.RawMessage
		made, err := a.read(ctx, what, kind, func(ctx context.Context) error {
			return a.send(ctx, kindName(kind), query, variables, &got)
		})
		if err == nil {
			return inOrder(what, order, got)
		}
		missing := missingRoots(made)
		if external.KindOf(err) != external.NotFound || len(missing) == 0 {
			return nil, err
		}
		for _, n := range missing {
			if n < len(order) {
				delete(left, order[n])
			}
		}
	}
	return nil, nil
}

func kindName(kind string) string {
	if kind == "history.read" {
		return "readHistories"
	}
	return "readItems"
}

// neededBy keeps the operations whose fragments are used: others would be refused.
func neededBy(roots []root, operations []string) []string {
	var out []string
	for _, o := range operations {
		if slices.ContainsFunc(roots, func(r root) bool { return uses(o, r.fragment) }) {
			out = append(out, o)
		}
	}
	return out
}

// inOrder sorts a whole answer: what it does not hold has not been said to be missing.
func inOrder(what string, order []int, got map[string]json.RawMessage) (map[int]json.RawMessage, error) {
	out := map[int]json.RawMessage{}
	for n, at := range order {
		raw := got["r"+strconv.Itoa(n)]
		if raw == nil || string(raw) == "null" {
			return nil, fail(external.Temporary, what, "the answer does not hold all that was asked for", nil)
		}
		out[at] = raw
	}
	return out, nil
}

// missingRoots returns the indices of the aliases that were refused.
func missingRoots(made *call) []int {
	var out []int
	for _, e := range made.refusals {
		alias := rootOfPath(e.Path)
		if len(alias) < 2 || alias[0] != 'r' {
			continue
		}
		if n, err := strconv.Atoi(alias[1:]); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// readOne returns one item that must exist.
func (a *adapter) readOne(ctx context.Context, ref external.Ref) (external.Item, error) {
	items, err := a.Read(ctx, []external.Ref{ref})
	if err != nil {
		return external.Item{}, err
	}
	return items[0], nil
}

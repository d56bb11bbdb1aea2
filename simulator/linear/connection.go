package linear

import (
	"cmp"
	"slices"

	"github.com/extsync/extsync/simulator/linear/graphql"
	"github.com/extsync/extsync/simulator/linear/model"
)

// MaxPage is the most a connection gives at once. Linear does not document it.
const MaxPage = 250

// connect filters, orders and cuts a list as the arguments of a connection ask: newest first, always, and without what is archived
// unless includeArchived is set. A cursor is the id of an item; it holds its place by that item's date, also when it no longer
// matches.
func (v *viewer) connect(f graphql.Field, list []node) (any, error) {
	keep, err := v.selection(f.Args)
	if err != nil {
		return nil, failure{err}
	}
	var out []node
	for _, n := range list {
		if keep(n) {
			out = append(out, n)
		}
	}
	by := orderOf(f.Args)
	newestFirst(out, by)
	from, to, err := v.page(out, by, f.Args)
	if err != nil {
		return nil, failure{err}
	}
	return v.connection(f.Type, out, from, to), nil
}

// selection is which items the filter and the archive let through.
func (v *viewer) selection(args map[string]any) (func(node) bool, *model.Error) {
	matches := func(node) bool { return true }
	if filter, isSet := args["filter"].(map[string]any); isSet {
		m, err := v.compile(filter)
		if err != nil {
			return nil, err
		}
		matches = m
	}
	return func(n node) bool {
		return (args["includeArchived"] == true || !hidden(n)) && (args["includeDisabled"] == true || !disabled(n)) && matches(n)
	}, nil
}

// hidden says that lists do not have the item by default: it is archived, or a comment on what is.
func hidden(n node) bool {
	if n.meta().ArchivedAt != nil {
		return true
	}
	c, isComment := n.(entity[*model.Comment])
	return isComment && c.value.Issue.ArchivedAt != nil
}

func disabled(n node) bool {
	u, isUser := n.(entity[*model.User])
	return isUser && !u.value.Active
}

// order is what a connection is sorted by.
type order func(*model.Meta) int64

func orderOf(args map[string]any) order {
	if args["orderBy"] == "updatedAt" {
		return func(m *model.Meta) int64 { return m.UpdatedAt.UnixMilli() }
	}
	return func(m *model.Meta) int64 { return m.CreatedAt.UnixMilli() }
}

// compare puts the newer one first.
func (o order) compare(a, b *model.Meta) int {
	return cmp.Or(cmp.Compare(o(b), o(a)), cmp.Compare(b.Seq, a.Seq))
}

func newestFirst(list []node, by order) {
	slices.SortFunc(list, func(a, b node) int { return by.compare(a.meta(), b.meta()) })
}

// page finds which part of a sorted list the arguments ask for.
func (v *viewer) page(list []node, by order, args map[string]any) (from, to int, err *model.Error) {
	to = len(list)
	if after, isSet := args["after"].(string); isSet {
		if from, err = v.place(list, by, after, 1); err != nil {
			return 0, 0, err
		}
	}
	if before, isSet := args["before"].(string); isSet {
		if to, err = v.place(list, by, before, 0); err != nil {
			return 0, 0, err
		}
		to = max(from, to)
	}
	first, forward := graphql.Int(args["first"])
	last, backward := graphql.Int(args["last"])
	if first < 0 || last < 0 || max(first, last) > MaxPage {
		return 0, 0, model.Refuse("Argument Validation Error: first must be between 0 and %d", MaxPage)
	}
	if !forward && !backward {
		first, forward = graphql.DefaultPage, true
	}
	if forward {
		to = min(to, from+first)
	}
	if backward {
		from = max(from, to-last)
	}
	return from, to, nil
}

// place is where a cursor stands in a list; skip is how far behind the item itself.
func (v *viewer) place(list []node, by order, cursor string, skip int) (int, *model.Error) {
	m := v.metaOf(cursor)
	if m == nil {
		return 0, model.Refuse("Argument Validation Error: the cursor %q is not known", cursor)
	}
	at, found := slices.BinarySearchFunc(list, m, func(n node, m *model.Meta) int { return by.compare(n.meta(), m) })
	if found {
		return at + skip, nil
	}
	return at, nil
}

// metaOf finds any entity that lists contain or, of comments, contained.
func (v *viewer) metaOf(id string) *model.Meta {
	if c := v.world.EverComment(id); c != nil {
		return &c.Meta
	}
	for _, list := range []func() []node{v.allIssues, v.allAttachments, v.allUsers, v.allTeams, v.allStates, v.allLabels,
		v.allCycles, v.allProjects, v.allHooks, v.allEntries} {
		for _, n := range list() {
			if n.meta().ID == id {
				return n.meta()
			}
		}
	}
	return nil
}

func (v *viewer) connection(name string, list []node, from, to int) record {
	edge := name[:len(name)-len("Connection")] + "Edge"
	edges := byArgs(func(map[string]any) any {
		out := make([]any, 0, to-from)
		for _, n := range list[from:to] {
			out = append(out, record{v, edge, map[string]any{"cursor": n.meta().ID, "node": n}})
		}
		return out
	})
	info := map[string]any{"hasNextPage": to < len(list), "hasPreviousPage": from > 0}
	if from < to {
		info["startCursor"], info["endCursor"] = list[from].meta().ID, list[to-1].meta().ID
	}
	return record{v, name, map[string]any{"nodes": list[from:to], "edges": edges, "pageInfo": record{v, "PageInfo", info}}}
}

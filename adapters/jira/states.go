package jira

import (
	"context"
	"slices"

	"github.com/extsync/extsync/external"
)

// states lists the statuses of all issue types with their categories. Where workflows are
// told, a status that no way from the beginning leads to is marked.
func (a *adapter) states(ctx context.Context) ([]external.Option, error) {
	types, err := a.statuses(ctx)
	if err != nil {
		return nil, err
	}
	var out []external.Option
	for _, t := range types {
		g, err := a.graph(ctx, t.Name)
		if err != nil {
			return nil, err
		}
		for _, s := range t.Statuses {
			o := external.Option{ID: s.ID, Name: s.Name, Category: category(s), Unreachable: g.never(s.Name)}
			switch at := slices.IndexFunc(out, func(p external.Option) bool { return p.ID == o.ID }); {
			case at < 0:
				out = append(out, o)
			default: // reached by some type is reached
				out[at].Unreachable = out[at].Unreachable && o.Unreachable
			}
		}
	}
	return out, nil
}

// never reports whether nothing leads to the status, as far as is told.
func (g *graph) never(status string) bool {
	if g == nil || g.initial == "" || sameName(g.initial, status) {
		return false
	}
	return !slices.ContainsFunc(g.reachable(g.initial), func(s string) bool { return sameName(s, status) })
}

// doneCategory is Jira's key of the statuses in which an issue is done.
const doneCategory = "done"

// category groups a status. Jira knows three categories; what was given up stands among
// those that are done, and is told by its usual names.
func category(s statusWire) external.Category {
	switch s.Category.Key {
	case "indeterminate":
		return external.CategoryDoing
	case doneCategory:
		if slices.Contains([]string{
			"canceled", "cancelled", "won't do", "won't fix", "wont do", "wont fix", "rejected", "declined", "abandoned", "obsolete", "duplicate",
		}, folded(s.Name)) {
			return external.CategoryCanceled
		}
		return external.CategoryDone
	}
	return external.CategoryTodo
}

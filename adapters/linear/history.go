package linear

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// History makes one call for every twenty issues, and more for one with more than thirty
// entries since the time asked for. Linear lists its entries newest first. Comments have
// no history, neither has an issue that is gone.
//
// What is changed within three minutes of an issue's creation counts as part of it and
// leaves no entry (https://linear.app/docs, issue activity). Of a description only the
// time and the author of a change are told.
func (a *adapter) History(ctx context.Context, queries []adapters.HistoryQuery) ([][]external.Revision, error) {
	out := make([][]external.Revision, len(queries))
	var issues []int
	for n, q := range queries {
		if q.Ref.Kind != external.KindComment {
			issues = append(issues, n)
		}
	}
	for batch := range slices.Chunk(issues, historyBatch) {
		roots := make([]root, len(batch))
		for n, at := range batch {
			roots[n] = root{"issue", "recentHistory", queries[at].Ref.ID}
		}
		found, err := a.ask(ctx, "read the history", "history.read", roots, readHistory_Operation)
		if err != nil {
			return nil, err
		}
		for n, at := range batch {
			if found[n] == nil {
				continue
			}
			if out[at], err = a.revisions(ctx, queries[at], found[n]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// revisions reads one issue's answer, and what is missing from it.
func (a *adapter) revisions(ctx context.Context, q adapters.HistoryQuery, raw json.RawMessage) ([]external.Revision, error) {
	var got recentHistory
	if err := json.Unmarshal(raw, &got); err != nil {
		return nil, fail(external.Temporary, "read the history", "the answer could not be read", err)
	}
	if got.Trashed != nil && *got.Trashed {
		return nil, nil
	}
	entries, since := got.History.Nodes, q.Since.Add(-time.Second)
	if q.Since.IsZero() {
		since = q.Since
	}
	for info := got.History.PageInfo; info.HasNextPage && len(entries) > 0 && !entries[len(entries)-1].CreatedAt.Before(since); {
		older, next, err := a.older(ctx, q.Ref.ID, info.EndCursor)
		if err != nil {
			return nil, err
		}
		entries, info = append(entries, older...), next
	}
	slices.SortStableFunc(entries, func(p, q historyFields) int { return p.CreatedAt.Compare(q.CreatedAt) })
	var out []external.Revision
	for _, e := range entries {
		if !e.CreatedAt.Before(since) {
			out = append(out, e.revisions()...)
		}
	}
	return out, nil
}

func (a *adapter) older(ctx context.Context, id string, after *string) (entries []historyFields, next pageFields, err error) {
	_, err = a.read(ctx, "read the history", "history.read", func(ctx context.Context) error {
		got, err := readOlderHistory(ctx, a.gql, id, after)
		if err != nil {
			return err
		}
		entries, next = got.Issue.History.Nodes, got.Issue.History.PageInfo
		return nil
	})
	return entries, next, err
}

// revisions are the fields that one entry changed. What was empty before or is empty now
// is null, so that one side is enough to tell a change.
func (e historyFields) revisions() []external.Revision {
	var out []external.Revision
	by := e.author()
	add := func(field string, from, to *string) {
		if from != nil || to != nil {
			out = append(out, external.Revision{
				Field: field, Value: text(to), Before: text(from), HasBefore: true, Author: by, At: e.CreatedAt.UTC(),
			})
		}
	}
	add(fieldTitle, e.FromTitle, e.ToTitle)
	if e.FromState != nil || e.ToState != nil {
		add(fieldState, stateName(e.FromState), stateName((*historyFieldsFromStateWorkflowState)(e.ToState)))
	}
	add(fieldPriority, named(e.FromPriority, priorityName), named(e.ToPriority, priorityName))
	add(fieldEstimate, named(e.FromEstimate, number), named(e.ToEstimate, number))
	add(fieldAssignee, e.FromAssigneeId, e.ToAssigneeId)
	add(fieldDueDate, e.FromDueDate, e.ToDueDate)
	add(fieldParent, e.FromParentId, e.ToParentId)
	add(fieldProject, projectName(e.FromProject), projectName((*historyFieldsFromProject)(e.ToProject)))
	add(fieldCycle, nameOfCycle(e.FromCycle), nameOfCycle((*historyFieldsFromCycle)(e.ToCycle)))
	return append(out, e.texts(by)...)
}

func (e historyFields) author() string {
	switch {
	case e.Actor != nil:
		return e.Actor.DisplayName
	case e.BotActor != nil:
		return text(e.BotActor.Name)
	}
	return ""
}

// texts are the changes of the description, one for each who made some.
func (e historyFields) texts(by string) []external.Revision {
	if e.UpdatedDescription == nil || !*e.UpdatedDescription {
		return nil
	}
	r := external.Revision{Field: fieldDescription, Author: by, At: e.CreatedAt.UTC()}
	if len(e.DescriptionUpdatedBy) == 0 {
		return []external.Revision{r}
	}
	var out []external.Revision
	for _, u := range e.DescriptionUpdatedBy {
		r.Author = u.DisplayName
		out = append(out, r)
	}
	return out
}

func named(f *float64, name func(*float64) string) *string {
	if f == nil {
		return nil
	}
	s := name(f)
	return &s
}

func stateName(s *historyFieldsFromStateWorkflowState) *string {
	if s == nil {
		return nil
	}
	return &s.Name
}

func projectName(p *historyFieldsFromProject) *string {
	if p == nil {
		return nil
	}
	return &p.Name
}

func nameOfCycle(c *historyFieldsFromCycle) *string {
	if c == nil {
		return nil
	}
	s := cycleName(c.Number, c.Name)
	return &s
}

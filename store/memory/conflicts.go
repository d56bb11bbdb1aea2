package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/ticket"
)

type conflicts struct {
	rows     table[string, *store.Conflict]
	all      *list
	unclosed table[conflictKey, string]
	ofLink   groups[string, list]  // open and decided ones
	everOf   groups[string, list]  // of a link, closed ones too, in the order of their making
	ofTwin   groups[linkKey, list] // by external id, closed ones too: kind is empty
}

type conflictKey struct {
	link  string
	field ticket.Field
}

func newConflicts() conflicts {
	return conflicts{table[string, *store.Conflict]{}, &list{}, table[conflictKey, string]{}, groups[string, list]{}, groups[string, list]{}, groups[linkKey, list]{}}
}

// InsertConflict implements store.Conflicts.
func (t *tx) InsertConflict(_ context.Context, c store.Conflict) error {
	c, err := canon.Conflict(c)
	if err != nil {
		return err
	}
	if t.projects.rows[c.ProjectID] == nil {
		return canon.NotFound("project", c.ProjectID)
	}
	if t.conflicts.rows[c.ID] != nil {
		return canon.Exists("conflict", c.ID)
	}
	t.told(c.DetectedAt)
	if err := t.putConflict(&c, &store.Conflict{}); err != nil {
		return err
	}
	t.conflicts.all.add(t.Store, c.ID)
	t.conflicts.everOf.of(c.LinkID).add(t.Store, c.ID)
	return nil
}

// Conflict implements store.Conflicts.
func (t *tx) Conflict(_ context.Context, id string) (store.Conflict, error) {
	c := t.conflicts.rows[id]
	if c == nil {
		return store.Conflict{}, canon.NotFound("conflict", id)
	}
	return *c, nil
}

// ConflictForUpdate implements store.Conflicts.
func (t *tx) ConflictForUpdate(ctx context.Context, id string) (store.Conflict, error) {
	return t.Conflict(ctx, id)
}

// UpdateConflict implements store.Conflicts. It stays with its project, link and
// field.
func (t *tx) UpdateConflict(_ context.Context, c store.Conflict) error {
	c, err := canon.Conflict(c)
	if err != nil {
		return err
	}
	old := t.conflicts.rows[c.ID]
	if old == nil {
		return canon.NotFound("conflict", c.ID)
	}
	c.ProjectID, c.LinkID, c.Field = old.ProjectID, old.LinkID, old.Field
	return t.putConflict(&c, old)
}

func (t *tx) putConflict(c, old *store.Conflict) error {
	key := conflictKey{c.LinkID, c.Field}
	switch is, was := unclosed(c), unclosed(old); {
	case is && !was:
		if other, taken := t.conflicts.unclosed[key]; taken {
			return canon.Exists("conflict", other)
		}
		t.conflicts.unclosed.put(t.Store, key, c.ID)
		t.conflicts.ofLink.of(c.LinkID).add(t.Store, c.ID)
	case was && !is:
		t.conflicts.unclosed.del(t.Store, key)
		t.conflicts.ofLink.of(c.LinkID).remove(t.Store, c.ID)
	}
	if c.Twin != old.Twin {
		if old.Twin != "" {
			t.conflicts.ofTwin.of(linkKey{c.ProjectID, "", old.Twin}).remove(t.Store, c.ID)
		}
		if c.Twin != "" {
			t.conflicts.ofTwin.of(linkKey{c.ProjectID, "", c.Twin}).add(t.Store, c.ID)
		}
	}
	t.conflicts.rows.put(t.Store, c.ID, c)
	return nil
}

func unclosed(c *store.Conflict) bool {
	return c.State == store.OpenConflict || c.State == store.Decided
}

// hasDecision reports whether a decision on the link waits to be carried out.
func (t *tx) hasDecision(linkID string) bool {
	g := t.conflicts.ofLink[linkID]
	return g != nil && slices.ContainsFunc(g.ids, func(id string) bool {
		return t.conflicts.rows[id].State == store.Decided
	})
}

// LinkConflicts implements store.Conflicts.
func (t *tx) LinkConflicts(_ context.Context, linkID string) ([]store.Conflict, error) {
	var out []store.Conflict
	if g := t.conflicts.ofLink[linkID]; g != nil {
		for _, id := range g.ids {
			out = append(out, *t.conflicts.rows[id])
		}
	}
	slices.SortFunc(out, func(a, b store.Conflict) int { return cmp.Compare(a.Field, b.Field) })
	return out, nil
}

// FindConflicts implements store.Conflicts.
func (t *tx) FindConflicts(_ context.Context, f store.ConflictFilter, limit int) ([]store.Conflict, error) {
	f.Before = canon.Time(f.Before)
	ids := t.conflicts.all.ids
	if f.LinkID != "" {
		ids = nil
		if g := t.conflicts.everOf[f.LinkID]; g != nil {
			ids = g.ids
		}
	}
	var out []store.Conflict
	for _, id := range slices.Backward(ids) {
		if c := t.conflicts.rows[id]; passes(f, c) {
			out = append(out, *c)
		}
	}
	slices.SortStableFunc(out, func(a, b store.Conflict) int { return b.DetectedAt.Compare(a.DetectedAt) })
	return out[:min(max(limit, 0), len(out))], nil
}

func passes(f store.ConflictFilter, c *store.Conflict) bool {
	return (f.ProjectID == "" || c.ProjectID == f.ProjectID) && (f.LinkID == "" || c.LinkID == f.LinkID) &&
		(f.TicketID == "" || c.TicketID == f.TicketID) && (f.Field == "" || c.Field == f.Field) &&
		(f.Kind == "" || c.Kind == f.Kind) && (f.State == "" || c.State == f.State) &&
		(f.Strategy == "" || c.Strategy == f.Strategy) && (f.Before.IsZero() || c.DetectedAt.Before(f.Before))
}

// TwinConflicts implements store.Conflicts.
func (t *tx) TwinConflicts(_ context.Context, projectID, externalID string) ([]store.Conflict, error) {
	var out []store.Conflict
	if g := t.conflicts.ofTwin[linkKey{projectID, "", externalID}]; g != nil && externalID != "" {
		for _, id := range g.ids {
			out = append(out, *t.conflicts.rows[id])
		}
	}
	slices.SortFunc(out, func(a, b store.Conflict) int {
		return cmp.Or(b.DetectedAt.Compare(a.DetectedAt), cmp.Compare(b.ID, a.ID))
	})
	return out, nil
}

// CountConflicts implements store.Conflicts.
func (t *tx) CountConflicts(_ context.Context, projectID string) ([]store.ConflictCount, error) {
	type group struct {
		project string
		kind    store.ConflictKind
		state   store.ConflictState
	}
	groups := map[group]store.ConflictCount{}
	for _, id := range t.conflicts.unclosed {
		c := t.conflicts.rows[id]
		if projectID != "" && c.ProjectID != projectID {
			continue
		}
		n := groups[group{c.ProjectID, c.Kind, c.State}]
		if n.Count == 0 || c.DetectedAt.Before(n.Oldest) {
			n.Oldest = c.DetectedAt
		}
		n.ProjectID, n.Kind, n.State, n.Count = c.ProjectID, c.Kind, c.State, n.Count+1
		groups[group{c.ProjectID, c.Kind, c.State}] = n
	}
	return slices.SortedFunc(maps.Values(groups), func(a, b store.ConflictCount) int {
		return cmp.Or(cmp.Compare(a.ProjectID, b.ProjectID), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.State, b.State))
	}), nil
}

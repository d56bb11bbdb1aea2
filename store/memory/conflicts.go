package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/ticket"
)

type conflicts struct {
	rows     table[string, *store.Conflict]
	all      *list
	unclosed table[conflictKey, string]
	ofLink   groups[string, list] // open and decided ones
}

type conflictKey struct {
	link  string
	field ticket.Field
}

func newConflicts() conflicts {
	return conflicts{table[string, *store.Conflict]{}, &list{}, table[conflictKey, string]{}, groups[string, list]{}}
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

// ListConflicts implements store.Conflicts.
func (t *tx) ListConflicts(_ context.Context, projectID string, state store.ConflictState, limit int) ([]store.Conflict, error) {
	var out []store.Conflict
	for _, id := range slices.Backward(t.conflicts.all.ids) {
		c := t.conflicts.rows[id]
		if (projectID == "" || c.ProjectID == projectID) && (state == "" || c.State == state) {
			out = append(out, *c)
		}
	}
	slices.SortStableFunc(out, func(a, b store.Conflict) int { return b.DetectedAt.Compare(a.DetectedAt) })
	return out[:min(max(limit, 0), len(out))], nil
}

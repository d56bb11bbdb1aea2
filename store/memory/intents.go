package memory

import (
	"context"
	"slices"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
)

type intents struct {
	rows table[string, *store.Intent]
	// What is still to be done, in the order in which it began.
	openOfProject groups[string, list]
	openOfLink    groups[string, list]
	sent          table[string, string] // by link: at most one
}

func newIntents() intents {
	return intents{
		table[string, *store.Intent]{}, groups[string, list]{},
		groups[string, list]{}, table[string, string]{},
	}
}

// InsertIntent implements store.Intents.
func (t *tx) InsertIntent(_ context.Context, i store.Intent) error {
	i, err := canon.Intent(i)
	if err != nil {
		return err
	}
	if t.projects.rows[i.ProjectID] == nil {
		return canon.NotFound("project", i.ProjectID)
	}
	if t.intents.rows[i.ID] != nil {
		return canon.Exists("intent", i.ID)
	}
	return t.putIntent(&i, &store.Intent{LinkID: i.LinkID})
}

// Intent implements store.Intents.
func (t *tx) Intent(_ context.Context, id string) (store.Intent, error) {
	i := t.intents.rows[id]
	if i == nil {
		return store.Intent{}, canon.NotFound("intent", id)
	}
	return *i, nil
}

// UpdateIntent implements store.Intents. The intent stays with its project and link.
func (t *tx) UpdateIntent(_ context.Context, i store.Intent, from store.IntentState) error {
	i, err := canon.Intent(i)
	if err != nil {
		return err
	}
	old := t.intents.rows[i.ID]
	if old == nil {
		return canon.NotFound("intent", i.ID)
	}
	if old.State != from {
		return canon.Stale("intent", i.ID)
	}
	i.ProjectID, i.LinkID = old.ProjectID, old.LinkID
	return t.putIntent(&i, old)
}

func (t *tx) putIntent(i, old *store.Intent) error {
	in := &t.intents
	switch isSent, wasSent := i.State == store.Sent, old.State == store.Sent; {
	case isSent && !wasSent:
		if other, taken := in.sent[i.LinkID]; taken {
			return canon.Exists("sent intent", other)
		}
		in.sent.put(t.Store, i.LinkID, i.ID)
	case wasSent && !isSent:
		in.sent.del(t.Store, i.LinkID)
	}
	switch isOpen, wasOpen := openIntent(i), openIntent(old); {
	case isOpen && !wasOpen:
		in.openOfProject.of(i.ProjectID).add(t.Store, i.ID)
		in.openOfLink.of(i.LinkID).add(t.Store, i.ID)
	case wasOpen && !isOpen:
		in.openOfProject.of(i.ProjectID).remove(t.Store, i.ID)
		in.openOfLink.of(i.LinkID).remove(t.Store, i.ID)
	}
	in.rows.put(t.Store, i.ID, i)
	return nil
}

func openIntent(i *store.Intent) bool {
	return i.State == store.Planned || i.State == store.Sent ||
		i.State == store.Landed && i.Audit == store.AuditPending
}

// OpenIntents implements store.Intents.
func (t *tx) OpenIntents(_ context.Context, projectID string) ([]store.Intent, error) {
	return t.intentsIn(t.intents.openOfProject[projectID]), nil
}

// LinkIntents implements store.Intents.
func (t *tx) LinkIntents(_ context.Context, linkID string) ([]store.Intent, error) {
	return t.intentsIn(t.intents.openOfLink[linkID]), nil
}

// intentsIn returns copies of the intents of a collection, which may be nil.
func (t *tx) intentsIn(g *list) []store.Intent {
	if g == nil || len(g.ids) == 0 {
		return nil
	}
	out := make([]store.Intent, 0, len(g.ids))
	for _, id := range g.ids {
		out = append(out, *t.intents.rows[id])
	}
	slices.SortStableFunc(out, func(a, b store.Intent) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return out
}

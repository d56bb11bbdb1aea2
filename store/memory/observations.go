package memory

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
)

type observed struct {
	items   table[linkKey, *store.Observation] // id is the external id
	titled  groups[linkKey, sorted]            // external ids by the key of the title, of all kinds: kind is empty
	cursors table[cursorKey, external.Cursor]
}

type cursorKey struct {
	project string
	stream  external.Stream
}

func newObserved() observed {
	return observed{table[linkKey, *store.Observation]{}, groups[linkKey, sorted]{}, table[cursorKey, external.Cursor]{}}
}

// PutObservation implements store.Observations.
func (t *tx) PutObservation(_ context.Context, o store.Observation) (bool, error) {
	o, err := canon.Observation(o)
	if err != nil {
		return false, err
	}
	if t.projects.rows[o.ProjectID] == nil {
		return false, canon.NotFound("project", o.ProjectID)
	}
	t.told(o.SeenAt)
	key := linkKey{o.ProjectID, o.Item.Kind, o.Item.ID}
	old := t.observed.items[key]
	t.observed.items.put(t.Store, key, &o)
	t.titleSeen(&o, old)
	return old == nil || old.Hash != o.Hash, nil
}

// Observation implements store.Observations.
func (t *tx) Observation(_ context.Context, projectID string, kind external.Kind, externalID string) (store.Observation, error) {
	o := t.observed.items[linkKey{projectID, kind, externalID}]
	if o == nil {
		return store.Observation{}, canon.NotFound("external "+string(kind), externalID)
	}
	return *o, nil
}

// Sightings implements store.Observations.
func (t *tx) Sightings(_ context.Context, kind external.Kind, author string, made time.Time) ([]store.Observation, error) {
	made = canon.Time(made)
	if made.IsZero() {
		return nil, nil
	}
	var out []store.Observation
	for key, o := range t.observed.items {
		if key.kind == kind && o.Item.Author == author && o.Item.CreatedAt.Equal(made) {
			out = append(out, *o)
		}
	}
	slices.SortFunc(out, func(a, b store.Observation) int {
		return cmp.Or(strings.Compare(a.ProjectID, b.ProjectID), strings.Compare(a.Item.ID, b.Item.ID))
	})
	return out, nil
}

// Cursor implements store.Observations.
func (t *tx) Cursor(_ context.Context, projectID string, stream external.Stream) (external.Cursor, error) {
	c := t.observed.cursors[cursorKey{projectID, stream}]
	c.Stream = stream
	return c, nil
}

// PutCursor implements store.Observations.
func (t *tx) PutCursor(_ context.Context, projectID string, c external.Cursor) error {
	if t.projects.rows[projectID] == nil {
		return canon.NotFound("project", projectID)
	}
	t.observed.cursors.put(t.Store, cursorKey{projectID, c.Stream}, canon.Cursor(c))
	return nil
}

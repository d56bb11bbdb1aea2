package postgres

// external_items: the last observed state of each external item, one row per project,
// kind and immutable id. cursors: one row per project and stream.

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// PutObservation implements store.Observations.
func (t *tx) PutObservation(ctx context.Context, o store.Observation) (bool, error) {
	o, err := canon.Observation(o)
	if err != nil {
		return false, err
	}
	i := o.Item
	old, err := t.q.ObservedHash(ctx, sqlcgen.ObservedHashParams{ProjectID: o.ProjectID, Kind: i.Kind, ExternalID: i.ID})
	known := !errors.Is(err, pgx.ErrNoRows)
	if err != nil && known {
		return false, interpret("external "+string(i.Kind), i.ID, err)
	}
	err = t.q.PutObservation(ctx, sqlcgen.PutObservationParams{
		ProjectID: o.ProjectID, Kind: i.Kind, ExternalID: i.ID, Key: i.Key, Parent: i.Parent,
		Fields: i.Fields, Author: i.Author, CreatedAt: opt(i.CreatedAt), UpdatedAt: opt(i.UpdatedAt),
		URL: i.URL, CreateKey: i.CreateKey, Version: i.Version, Gone: i.Gone,
		Hash: o.Hash, SeenAt: o.SeenAt, MovedTo: i.MovedTo, TitleKey: o.TitleKey,
		HomeProject: i.Home.Project, HomeID: i.Home.ID, HomeKey: i.Home.Key,
	})
	return !known || old != o.Hash, interpret("external "+string(i.Kind), i.ID, err)
}

// Observation implements store.Observations.
func (t *tx) Observation(ctx context.Context, projectID string, kind external.Kind, externalID string) (store.Observation, error) {
	r, err := t.q.GetObservation(ctx, sqlcgen.GetObservationParams{ProjectID: projectID, Kind: kind, ExternalID: externalID})
	if err != nil {
		return store.Observation{}, interpret("external "+string(kind), externalID, err)
	}
	return observation(r), nil
}

func observation(r sqlcgen.ExternalItem) store.Observation {
	return store.Observation{
		ProjectID: r.ProjectID, Hash: r.Hash, SeenAt: r.SeenAt, TitleKey: r.TitleKey,
		Item: external.Item{
			Ref:    external.Ref{Kind: r.Kind, ID: r.ExternalID, Key: r.Key, Parent: r.Parent},
			Fields: r.Fields, Author: r.Author, CreatedAt: at(r.CreatedAt), UpdatedAt: at(r.UpdatedAt),
			URL: r.URL, CreateKey: r.CreateKey, Version: r.Version, Gone: r.Gone, MovedTo: r.MovedTo,
			Home: external.Home{Project: r.HomeProject, ID: r.HomeID, Key: r.HomeKey},
		},
	}
}

// Sightings implements store.Observations.
func (t *tx) Sightings(ctx context.Context, kind external.Kind, author string, made time.Time) ([]store.Observation, error) {
	rows, err := t.q.Sightings(ctx, sqlcgen.SightingsParams{Kind: kind, CreatedAt: opt(canon.Time(made)), Author: author})
	if err != nil {
		return nil, interpret("external "+string(kind), "of "+author, err)
	}
	out := make([]store.Observation, len(rows))
	for n, r := range rows {
		out[n] = observation(r)
	}
	return out, nil
}

// Cursor implements store.Observations.
func (t *tx) Cursor(ctx context.Context, projectID string, stream external.Stream) (external.Cursor, error) {
	r, err := t.q.GetCursor(ctx, sqlcgen.GetCursorParams{ProjectID: projectID, Stream: stream})
	if errors.Is(err, pgx.ErrNoRows) {
		return external.Cursor{Stream: stream}, nil
	}
	return external.Cursor{
		Stream: stream, Watermark: at(r.Watermark),
		Window: external.Window{Lo: at(r.WindowLo), Hi: at(r.WindowHi)},
		Page:   r.Page, Seen: at(r.Seen), Lo: at(r.Lo), Version: r.Version, ReadAt: at(r.ReadAt),
	}, interpret("cursor of project", projectID, err)
}

// PutCursor implements store.Observations.
func (t *tx) PutCursor(ctx context.Context, projectID string, c external.Cursor) error {
	c = canon.Cursor(c)
	err := t.q.PutCursor(ctx, sqlcgen.PutCursorParams{
		ProjectID: projectID, Stream: c.Stream, Watermark: opt(c.Watermark),
		WindowLo: opt(c.Window.Lo), WindowHi: opt(c.Window.Hi), Page: c.Page, Seen: opt(c.Seen),
		Lo: opt(c.Lo), Version: c.Version, ReadAt: opt(c.ReadAt),
	})
	return interpret("cursor of project", projectID, err)
}

package postgres

// intents: the write-ahead record of external writes. state moves from planned to sent
// to landed or refused, or from planned to superseded, each time compared and set; a
// partial unique index lets one intent per link be sent.

import (
	"context"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// InsertIntent implements store.Intents.
func (t *tx) InsertIntent(ctx context.Context, i store.Intent) error {
	i, err := canon.Intent(i)
	if err != nil {
		return err
	}
	n, err := t.q.InsertIntent(ctx, sqlcgen.InsertIntentParams{
		ID: i.ID, ProjectID: i.ProjectID, LinkID: i.LinkID, SessionID: i.SessionID, Op: i.Op,
		Verb: i.Verb, Changes: list(i.Changes), State: i.State, Audit: i.Audit,
		Position: opt(i.Position), Deadline: opt(i.Deadline), Epoch: i.Epoch, Error: i.Error,
		CreatedAt: i.CreatedAt, SentAt: opt(i.SentAt), DoneAt: opt(i.DoneAt), Login: i.Login, Mapping: i.Mapping,
	})
	return inserted("intent", i.ID, n, err)
}

// Intent implements store.Intents.
func (t *tx) Intent(ctx context.Context, id string) (store.Intent, error) {
	r, err := t.q.GetIntent(ctx, id)
	return intentOf(r), interpret("intent", id, err)
}

// UpdateIntent implements store.Intents.
func (t *tx) UpdateIntent(ctx context.Context, i store.Intent, from store.IntentState) error {
	i, err := canon.Intent(i)
	if err != nil {
		return err
	}
	var n int64
	err = t.savepoint(ctx, func(q *sqlcgen.Queries) error {
		var err error
		n, err = q.UpdateIntent(ctx, sqlcgen.UpdateIntentParams{
			ID: i.ID, SessionID: i.SessionID, Op: i.Op, Verb: i.Verb, Changes: list(i.Changes),
			State: i.State, Audit: i.Audit, Position: opt(i.Position), Deadline: opt(i.Deadline),
			Epoch: i.Epoch, Error: i.Error, CreatedAt: i.CreatedAt, SentAt: opt(i.SentAt),
			DoneAt: opt(i.DoneAt), Login: i.Login, Mapping: i.Mapping, FromState: from,
		})
		return err
	})
	if err != nil || n > 0 {
		return interpret("intent", i.ID, err)
	}
	if _, err := t.Intent(ctx, i.ID); err != nil {
		return err
	}
	return canon.Stale("intent", i.ID)
}

// OpenIntents implements store.Intents.
func (t *tx) OpenIntents(ctx context.Context, projectID string) ([]store.Intent, error) {
	rows, err := t.q.OpenIntents(ctx, projectID)
	return each(rows, intentOf), interpret("open intents of project", projectID, err)
}

// LinkIntents implements store.Intents.
func (t *tx) LinkIntents(ctx context.Context, linkID string) ([]store.Intent, error) {
	rows, err := t.q.LinkIntents(ctx, linkID)
	return each(rows, intentOf), interpret("open intents of link", linkID, err)
}

func intentOf(r sqlcgen.Intent) store.Intent {
	return store.Intent{
		ID: r.ID, ProjectID: r.ProjectID, LinkID: r.LinkID, SessionID: r.SessionID, Op: r.Op,
		Verb: r.Verb, Changes: unlist(r.Changes), State: r.State, Audit: r.Audit,
		Position: at(r.Position), Deadline: at(r.Deadline), Epoch: r.Epoch, Error: r.Error,
		CreatedAt: r.CreatedAt, SentAt: at(r.SentAt), DoneAt: at(r.DoneAt), Login: r.Login, Mapping: r.Mapping,
	}
}

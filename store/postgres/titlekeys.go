package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"

	"github.com/extsync/extsync/ticket"
)

// titleKeys is migration 22: tickets that were stored before 21 are found by their titles,
// too. What a title comes to is ours to say and not the database's, so that it is no SQL.
// Without it a project that is connected next would get a second one of each. External
// items are seen again, and get theirs then. There is nothing to take back.
func titleKeys() *goose.Migration {
	return goose.NewGoMigration(22, &goose.GoFunc{RunTx: fillTitleKeys}, &goose.GoFunc{RunTx: func(context.Context, *sql.Tx) error { return nil }})
}

func fillTitleKeys(ctx context.Context, tx *sql.Tx) error {
	ids, keys, err := missingTitleKeys(ctx, tx)
	if err != nil {
		return fmt.Errorf("read the titles of tickets: %w", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE tickets SET title_key = found.key
		FROM unnest($1::text[], $2::text[]) AS found(id, key) WHERE tickets.id = found.id`, ids, keys)
	if err != nil {
		return fmt.Errorf("store what tickets are found by: %w", err)
	}
	return nil
}

func missingTitleKeys(ctx context.Context, tx *sql.Tx) (ids, keys []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, fields -> $1::text FROM tickets WHERE title_key = '' AND fields ? $1::text`, string(ticket.Title))
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id string
		var title []byte
		if err := rows.Scan(&id, &title); err != nil {
			return nil, nil, err
		}
		var v ticket.Value
		if err := json.Unmarshal(title, &v); err != nil {
			return nil, nil, fmt.Errorf("title of ticket %s: %w", id, err)
		}
		ids, keys = append(ids, id), append(keys, ticket.TitleKey(v.Text()))
	}
	return ids, keys, rows.Err()
}

package pgtest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Rows returns all that the database at url holds: by table of the schema public, every
// row as Postgres writes it, a line each. Tables without rows are there, too.
func Rows(t testing.TB, url string) map[string]string {
	t.Helper()
	out, err := rows(t.Context(), url)
	if err != nil {
		t.Fatalf("read all rows: %v", err)
	}
	return out
}

func rows(ctx context.Context, url string) (map[string]string, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }() // it was read only
	tables, err := texts(ctx, conn, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, table := range tables {
		name := pgx.Identifier{table}.Sanitize()
		lines, err := texts(ctx, conn, fmt.Sprintf("SELECT %[1]s::text FROM %[1]s", name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", table, err)
		}
		out[table] = strings.Join(lines, "\n")
	}
	return out, nil
}

func texts(ctx context.Context, conn *pgx.Conn, query string) ([]string, error) {
	found, err := conn.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, pgx.RowTo[string])
}

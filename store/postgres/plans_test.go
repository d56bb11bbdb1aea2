package postgres_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// many is so much of everything that reading all of it is dearer than any index.
const many = `
	INSERT INTO tickets (id, revision, fields, stamps, privacy, origin, deleted, created_at, updated_at, title_key)
	SELECT 'x' || n, 1, '{}', '{}', 'public', '', false, now(), now(), 'k' || n FROM generate_series(1, 20000) AS n;
	INSERT INTO external_items (project_id, kind, external_id, key, parent, fields, author, created_at, url,
		create_key, version, gone, hash, seen_at, title_key)
	SELECT 'p', 'ticket', 'e' || n, '', '', '{}', 'octocat', now() + n * interval '1 second', '', '', '', false, '', now(), 'k' || n
	FROM generate_series(1, 20000) AS n;
	INSERT INTO links (id, project_id, kind, local_id, external_id, external_key, parent, parent_key, state,
		reason, bases, made, dirty_rev, clean_rev, attempts, created_at)
	SELECT 'x' || n, 'p', 'ticket', 'x' || n, 'e' || n, '', '', '', 'live', '', '{}', false, 1, 1, 0, now()
	FROM generate_series(1, 20000) AS n;
	INSERT INTO conflicts (id, project_id, link_id, ticket_id, comment_id, field, kind, state, base, local_value, external_value,
		digest, strategy, choice, value, decided_by, twin, detected_at)
	SELECT 'x' || n, 'p', 'x' || n, 'x' || n, '', '', 'twin_created', 'resolved', '{}', '{}', '{}', '', 'manual', '', '{}', '', 'e' || n,
		now() + n * interval '1 second'
	FROM generate_series(1, 20000) AS n;
	ANALYZE`

// TestQueriesAskAnIndex asks the planner about queries that are made for each item or each
// ticket: they must not read all there are. What the driver sends is prepared; after a few
// calls the database weighs a plan that does not know the values.
func TestQueriesAskAnIndex(t *testing.T) {
	s, url := open(t)
	fill(t, s)
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), many); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ reason, query, args, index string }{
		{"who bears a title here is looked for before each creation", "LinksAlike", `20, 'p', 'k7'`, "tickets_title_key"},
		{"and who bears it outside", "LinksAlike", `20, 'p', 'k7'`, "external_items_title_key"},
		{"whether two were told apart is asked with it", "TwinConflicts", `'p', 'e7'`, "conflicts_twin"},
		{"whether an item was moved is asked for each new one", "Sightings", `'ticket', now(), 'octocat'`, "external_items_made"},
		{"whether anything is due is asked by each poll", "DueLinks", `'p', now(), 1`, "links_due"},
		{"why a ticket holds what it holds", "FindConflicts", `'', '', 'x7', '', '', '', '', NULL, 500`, "conflicts_ticket"},
	} {
		plan := explain(t, conn, c.query, c.args)
		if !containsAny(plan, c.index) || containsAny(plan, "Seq Scan") {
			t.Errorf("%s: the plan of %s does not use %s alone:\n%s", c.reason, c.query, c.index, strings.Join(plan, "\n"))
		}
	}
}

// explain returns the plan of a generated query after so many calls that the database has
// chosen whether it plans each by itself.
func explain(t *testing.T, conn *pgx.Conn, query, args string) []string {
	t.Helper()
	if _, err := conn.Exec(t.Context(), "PREPARE asked AS "+generated(t, query)); err != nil {
		t.Fatal(err)
	}
	for range 7 {
		if _, err := conn.Exec(t.Context(), "EXECUTE asked("+args+")"); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := conn.Query(t.Context(), "EXPLAIN EXECUTE asked("+args+")")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "DEALLOCATE asked"); err != nil {
		t.Fatal(err)
	}
	return plan
}

// generated returns the text of a query as the store sends it.
func generated(t *testing.T, query string) string {
	t.Helper()
	files, err := filepath.Glob("sqlcgen/*.sql.go")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile("`(-- name: " + query + " :[^`]*)`")
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := text.FindSubmatch(source); found != nil {
			return string(found[1])
		}
	}
	t.Fatalf("no query is called %s", query)
	return ""
}

package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

const (
	checkViolation        = "23514"
	uniqueViolation       = "23505"
	insufficientPrivilege = "42501"
)

// TestConstraints goes round the store, as a repair by hand would: the database alone
// must refuse states that do not exist.
func TestConstraints(t *testing.T) {
	s, url := open(t)
	fill(t, s)
	conn := connect(t, url)
	for _, c := range []struct {
		reason string
		sql    string
		code   string
	}{
		{"a status outside the machine", `UPDATE external_projects SET status = 'asleep'`, checkViolation},
		{"an unknown direction", `UPDATE external_projects SET direction = 'up'`, checkViolation},
		{"an epoch below zero", `UPDATE external_projects SET writer_epoch = -1`, checkViolation},
		{"revision zero", `UPDATE tickets SET revision = 0`, checkViolation},
		{"an unknown privacy", `UPDATE tickets SET privacy = ''`, checkViolation},
		{"an unknown link state", `UPDATE links SET state = 'asleep'`, checkViolation},
		{"an unknown cause", `UPDATE links SET cause = 'bad weather'`, checkViolation},
		{"an unknown kind of link", `UPDATE links SET kind = 'wish'`, checkViolation},
		{"cleaner than dirty", `UPDATE links SET clean_rev = dirty_rev + 1`, checkViolation},
		{"two links to one local item", `UPDATE links SET local_id = 'same'`, uniqueViolation},
		{"two links to one external item", `UPDATE links SET external_id = 'same'`, uniqueViolation},
		{"an unknown intent state", `UPDATE intents SET state = 'lost'`, checkViolation},
		{"an unknown audit state", `UPDATE intents SET audit = 'maybe'`, checkViolation},
		{"two intents of one link sent", `UPDATE intents SET state = 'sent'`, uniqueViolation},
		{"an unknown session state", `UPDATE sync_sessions SET state = 'asleep'`, checkViolation},
		{"an unknown conflict state", `UPDATE conflicts SET state = 'ignored'`, checkViolation},
		{"two open conflicts in one field", `UPDATE conflicts SET state = 'open'`, uniqueViolation},
		{"an unknown kind of outbox entry", `UPDATE outbox SET kind = 'rumour'`, checkViolation},
		{"changing the audit log", `UPDATE audit_log SET detail = 'nothing happened'`, insufficientPrivilege},
		{"changing nothing of it", `UPDATE audit_log SET detail = '' WHERE false`, insufficientPrivilege},
		{"deleting from it", `DELETE FROM audit_log`, insufficientPrivilege},
		{"emptying it", `TRUNCATE audit_log`, insufficientPrivilege},
		{"a second first entry", `INSERT INTO audit_log SELECT project_id, 9, at, actor, action, subject, detail, digest, '', hash FROM audit_log`, checkViolation},
		{"an unknown state of a mapping", `UPDATE field_mappings SET state = 'asleep'`, checkViolation},
		{"two active mappings", `UPDATE field_mappings SET state = 'active'`, uniqueViolation},
		{"version zero of a mapping", `INSERT INTO field_mappings SELECT project_id, 0, 'draft', document, '', created_at, '', NULL FROM field_mappings LIMIT 1`, checkViolation},
		{"changing a mapping's document", `UPDATE field_mappings SET document = '{}'`, insufficientPrivilege},
		{"renumbering mappings", `UPDATE field_mappings SET version = version + 1`, insufficientPrivilege},
		{"deleting a mapping", `DELETE FROM field_mappings`, insufficientPrivilege},
		{"a session with an impossible mapping", `UPDATE sync_sessions SET mapping = -1`, checkViolation},
	} {
		t.Run(c.reason, func(t *testing.T) {
			_, err := conn.Exec(t.Context(), c.sql)
			var pg *pgconn.PgError
			if !errors.As(err, &pg) || pg.Code != c.code {
				t.Errorf("%s: got %v, want SQLSTATE %s", c.sql, err, c.code)
			}
		})
	}
}

// fill stores one row or two of everything that TestConstraints spoils.
func fill(t *testing.T, s store.Store) {
	t.Helper()
	ctx := t.Context()
	err := s.Tx(ctx, func(tx store.Tx) error {
		link := store.Link{ID: "l1", ProjectID: "p", Kind: external.KindTicket, State: store.Live}
		stub := link
		stub.ID = "l2"
		intent := store.Intent{ID: "i1", ProjectID: "p", LinkID: "l1", State: store.Planned}
		rival := intent
		rival.ID = "i2"
		conflict := store.Conflict{ID: "c1", ProjectID: "p", LinkID: "l1", Kind: store.BothEdited, State: store.OpenConflict}
		closed := conflict
		closed.ID, closed.State = "c2", store.Resolved
		return errors.Join(
			tx.InsertProject(ctx, store.Project{ID: "p", Status: external.Active, Direction: external.Push}),
			tx.InsertTicket(ctx, ticket.Ticket{ID: "t", Revision: 1, Privacy: ticket.Public}),
			tx.InsertLink(ctx, link), tx.InsertLink(ctx, stub),
			tx.InsertIntent(ctx, intent), tx.InsertIntent(ctx, rival),
			tx.InsertSession(ctx, store.Session{ID: "s", ProjectID: "p", Kind: store.Initial, State: store.Running}),
			tx.InsertConflict(ctx, conflict), tx.InsertConflict(ctx, closed),
			tx.AddOutbox(ctx, store.Outbox{ID: "o", Kind: store.OutboxWake}),
			tx.AppendAudit(ctx, store.AuditEntry{ProjectID: "p", Action: "write"}),
			addMapping(ctx, tx), addMapping(ctx, tx),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func addMapping(ctx context.Context, tx store.Tx) error {
	_, err := tx.AddMapping(ctx, store.MappingVersion{ProjectID: "p", Document: []byte(`{}`)})
	return err
}

// TestDueLinksReadsOnlyDirtyLinks asks the planner: with many clean links the query
// must not touch them.
func TestDueLinksReadsOnlyDirtyLinks(t *testing.T) {
	s, url := open(t)
	fill(t, s)
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), `
		INSERT INTO links (id, project_id, kind, local_id, external_id, external_key, parent, parent_key, state,
			reason, bases, made, dirty_rev, clean_rev, attempts, created_at)
		SELECT 'x' || n, 'p', 'ticket', 'x' || n, '', '', '', '', 'live', '', '{}', false, 1,
			CASE WHEN n % 1000 = 0 THEN 0 ELSE 1 END, 0, now()
		FROM generate_series(1, 20000) AS n`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `ANALYZE links`); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), `EXPLAIN SELECT * FROM links
		WHERE project_id = 'p' AND dirty_rev > clean_rev
			AND (state IN ('backlog', 'live') OR state = 'withdrawn' AND take_back <> '')
			AND kind IN ('ticket', 'comment') AND (next_try IS NULL OR next_try <= now())`)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if !containsAny(lines, "links_due") {
		t.Errorf("the plan does not use links_due:\n%q", lines)
	}
}

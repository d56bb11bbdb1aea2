package postgres_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestChainShowsWhatTheOwnerDid: whoever owns the table may switch the triggers off and
// do as he likes. Walking the chain names the first entry that is not what was written.
func TestChainShowsWhatTheOwnerDid(t *testing.T) {
	s, url := open(t)
	conn := connect(t, url)
	day := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	exec(`ALTER TABLE audit_log DISABLE TRIGGER ALL`)
	fill := func(project string) (head store.AuditHead) {
		t.Helper()
		err := s.Tx(t.Context(), func(tx store.Tx) error {
			for n := range 5 {
				e := store.AuditEntry{ProjectID: project, At: day, Actor: "sync", Action: "write", Subject: fmt.Sprint(n), Detail: "d", Digest: "x"}
				if err := tx.AppendAudit(t.Context(), e); err != nil {
					return err
				}
			}
			last, err := tx.AuditHead(t.Context(), project)
			head = store.AuditHead{ProjectID: project, Seq: last.Seq, Hash: last.Hash, At: day}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return head
	}
	walk := func(project string, heads ...store.AuditHead) store.ChainReport {
		t.Helper()
		v := store.NewChainVerifier(project, heads...)
		err := s.Tx(t.Context(), func(tx store.Tx) error {
			for after := int64(0); ; {
				page, err := tx.AuditLog(t.Context(), project, after, 2)
				if err != nil || len(page) == 0 {
					return err
				}
				v.Add(page...)
				after = page[len(page)-1].Seq
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return v.End()
	}
	for n, c := range []struct {
		reason, sql string // of project $P
		flaw        store.ChainFlaw
		seq         int64
	}{
		{"an actor was changed", `UPDATE audit_log SET actor = 'eve' WHERE project_id = $P AND seq = 2`, store.FlawHash, 2},
		{"a time was changed by a microsecond", `UPDATE audit_log SET at = at + '1 us' WHERE project_id = $P AND seq = 5`, store.FlawHash, 5},
		{"an action was changed", `UPDATE audit_log SET action = 'read' WHERE project_id = $P AND seq = 1`, store.FlawHash, 1},
		{"a subject was changed", `UPDATE audit_log SET subject = '7' WHERE project_id = $P AND seq = 3`, store.FlawHash, 3},
		{"a detail was changed", `UPDATE audit_log SET detail = 'D' WHERE project_id = $P AND seq = 4`, store.FlawHash, 4},
		{"a digest was changed", `UPDATE audit_log SET digest = '' WHERE project_id = $P AND seq = 4`, store.FlawHash, 4},
		{"a hash was changed", `UPDATE audit_log SET hash = upper(hash) WHERE project_id = $P AND seq = 4`, store.FlawHash, 4},
		{"an entry goes on from another one", `UPDATE audit_log SET prev = hash WHERE project_id = $P AND seq = 4`, store.FlawHash, 4},
		{"an entry was deleted", `DELETE FROM audit_log WHERE project_id = $P AND seq = 3`, store.FlawGap, 4},
		{"an entry was deleted and the gap closed", `DELETE FROM audit_log WHERE project_id = $P AND seq = 3;
			UPDATE audit_log SET seq = 3 WHERE project_id = $P AND seq = 4`, store.FlawHash, 3},
		{"two entries changed places", `UPDATE audit_log SET seq = 99 WHERE project_id = $P AND seq = 2;
			UPDATE audit_log SET seq = 2 WHERE project_id = $P AND seq = 3; UPDATE audit_log SET seq = 3 WHERE project_id = $P AND seq = 99`, store.FlawHash, 2},
		{"an entry was put in", `UPDATE audit_log SET seq = 6 WHERE project_id = $P AND seq = 5;
			INSERT INTO audit_log SELECT project_id, 5, at, 'eve', action, subject, detail, digest, prev, hash FROM audit_log WHERE project_id = $P AND seq = 4`, store.FlawHash, 5},
		{"the tail was cut off", `DELETE FROM audit_log WHERE project_id = $P AND seq >= 4`, store.FlawTruncated, 4},
		{"the log was emptied", `DELETE FROM audit_log WHERE project_id = $P`, store.FlawTruncated, 1},
	} {
		t.Run(c.reason, func(t *testing.T) {
			project := fmt.Sprintf("p%d", n)
			head := fill(project)
			if r := walk(project, head); r.Fault != nil || r.Entries != 5 || r.Heads != 1 {
				t.Fatalf("before: %+v, %+v", r, r.Fault)
			}
			for _, sql := range strings.Split(c.sql, ";") {
				exec(strings.ReplaceAll(sql, "$P", "'"+project+"'"))
			}
			r := walk(project, head)
			if r.Fault == nil || r.Fault.Flaw != c.flaw || r.Fault.Seq != c.seq {
				t.Errorf("got %+v, want %s at %d", r.Fault, c.flaw, c.seq)
			}
			if alone := walk(project); c.flaw == store.FlawTruncated && alone.Fault != nil {
				t.Errorf("without a head nothing shows that the tail is missing, but got %+v", alone.Fault)
			}
		})
	}
}

// TestErasureLeavesTheChain: the content that a person wrote can be erased wherever it
// stands; the log holds ids and digests, and its chain stays as it is.
func TestErasureLeavesTheChain(t *testing.T) {
	s, url := open(t)
	fill(t, s)
	ctx := t.Context()
	const secret = "a name and an address"
	err := s.Tx(ctx, func(tx store.Tx) error {
		return errors.Join(
			tx.AppendChanges(ctx, store.TicketChange{TicketID: "t", Field: ticket.Title, After: ticket.Text(secret), By: "ada"}),
			tx.AppendSteps(ctx, store.Step{SessionID: "s", TicketID: "t", Field: ticket.Title, After: ticket.Text(secret)}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	conn := connect(t, url)
	for _, sql := range []string{
		`UPDATE tickets SET fields = '{}'`, `UPDATE ticket_changes SET before = '""', after = '""'`,
		`UPDATE session_steps SET before = '""', after = '""'`, `DELETE FROM comments`, `DELETE FROM external_items`,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	v := store.NewChainVerifier("p")
	err = s.Tx(ctx, func(tx store.Tx) error {
		log, err := tx.AuditLog(ctx, "p", 0, 100)
		v.Add(log...)
		if changes, err := tx.TicketChanges(ctx, "t", 0, 9); err != nil || len(changes) != 1 || !changes[0].After.IsEmpty() {
			t.Errorf("the history after the erasure: %v, %+v", err, changes)
		}
		return err
	})
	if r := v.End(); err != nil || r.Fault != nil || r.Entries == 0 {
		t.Errorf("%v: %+v, %+v", err, r, r.Fault)
	}
}

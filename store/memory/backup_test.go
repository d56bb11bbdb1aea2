package memory_test

import (
	"context"
	"errors"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
)

func TestRestoreGoesBackToTheBackup(t *testing.T) {
	s := memory.New()
	ctx := context.Background()
	do := func(f func(store.Tx) error) {
		t.Helper()
		if err := s.Tx(ctx, f); err != nil {
			t.Fatal(err)
		}
	}
	link := func(id, local string) store.Link {
		return store.Link{ID: id, ProjectID: "p", Kind: external.KindTicket, LocalID: local, State: store.Backlog}
	}
	do(func(tx store.Tx) error {
		p := store.Project{ID: "p", System: "memory", Status: external.Active, Direction: external.Bidirectional}
		return errors.Join(tx.InsertProject(ctx, p), tx.InsertLink(ctx, link("before", "t1")))
	})
	for range 2 { // a backup serves more than once
		s.Backup()
		do(func(tx store.Tx) error {
			_, err := tx.BumpEpoch(ctx, "p")
			return errors.Join(err, tx.InsertLink(ctx, link("after", "t2")), tx.DeleteLink(ctx, "before"))
		})
		if err := s.Tx(ctx, func(tx store.Tx) error {
			return errors.Join(tx.MarkDirty(ctx, "after"), errors.New("given up"))
		}); err == nil {
			t.Fatal("the transaction was to be given up")
		}
		s.Restore()
		do(func(tx store.Tx) error {
			p, err := tx.Project(ctx, "p")
			if err != nil || p.WriterEpoch != 0 {
				t.Errorf("epoch %d after the restore, want 0 (%v)", p.WriterEpoch, err)
			}
			if _, err := tx.Link(ctx, "after"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("what came after the backup is there: %v", err)
			}
			l, err := tx.LinkByLocal(ctx, "p", external.KindTicket, "t1")
			if err != nil || l.ID != "before" {
				t.Errorf("what was deleted after the backup is %+v (%v)", l, err)
			}
			return nil
		})
	}
}

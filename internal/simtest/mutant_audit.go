package simtest

import (
	"context"
	"slices"

	"github.com/extsync/extsync/store"
)

// silentTx leaves the writes of an update out of the audit log.
type silentTx struct{ store.Tx }

func writeNotAudited(_ *world, tx store.Tx) store.Tx { return &silentTx{tx} }

func (t *silentTx) AppendAudit(ctx context.Context, e store.AuditEntry) error {
	if e.Action == "write" {
		return nil
	}
	return t.Tx.AppendAudit(ctx, e)
}

// lateTx keeps the entry of a write in the process's memory until its outcome is known.
type lateTx struct {
	store.Tx
	w *world
}

func auditedAfter(w *world, tx store.Tx) store.Tx { return &lateTx{tx, w} }

func (t *lateTx) AppendAudit(ctx context.Context, e store.AuditEntry) error {
	if e.Action == "write" {
		t.w.unbooked[e.Subject] = e
		return nil
	}
	if late, ok := t.w.unbooked[e.Subject]; ok && e.Action == "outcome" {
		if err := t.Tx.AppendAudit(ctx, late); err != nil {
			return err
		}
	}
	return t.Tx.AppendAudit(ctx, e)
}

// openEndedTx forgets to say what became of a write that was refused.
type openEndedTx struct{ store.Tx }

func outcomeForgotten(_ *world, tx store.Tx) store.Tx { return &openEndedTx{tx} }

func (t *openEndedTx) AppendAudit(ctx context.Context, e store.AuditEntry) error {
	if e.Action == "outcome" && len(e.Detail) > 7 && e.Detail[:7] == "refused" {
		return nil
	}
	return t.Tx.AppendAudit(ctx, e)
}

// unchroniclingTx keeps no history of what sessions write here.
type unchroniclingTx struct{ store.Tx }

func historyForgotten(_ *world, tx store.Tx) store.Tx { return &unchroniclingTx{tx} }

func (t *unchroniclingTx) AppendChanges(ctx context.Context, changes ...store.TicketChange) error {
	kept := slices.DeleteFunc(slices.Clone(changes), func(c store.TicketChange) bool { return c.SessionID != "" })
	return t.Tx.AppendChanges(ctx, kept...)
}

// flatteringTx credits the people here with what came from outside.
type flatteringTx struct{ store.Tx }

func historyMisattributed(_ *world, tx store.Tx) store.Tx { return &flatteringTx{tx} }

func (t *flatteringTx) AppendChanges(ctx context.Context, changes ...store.TicketChange) error {
	changes = slices.Clone(changes)
	for n := range changes {
		changes[n].By = "ann"
	}
	return t.Tx.AppendChanges(ctx, changes...)
}

package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// ledger keeps the books of whatever is done through it, in the same transaction: the
// audit log tells of every write outside before it is made, and what became of it; the
// history of a ticket tells of every value that is written here. It
// stands between the engine and the store so that no path can forget it.
type ledger struct {
	store.Store
	clock Clock
}

// Tx implements store.Store.
func (b ledger) Tx(ctx context.Context, fn func(tx store.Tx) error) error {
	return b.Store.Tx(ctx, func(tx store.Tx) error { return fn(&ledgerTx{Tx: tx, clock: b.clock}) })
}

// ledgerTx is one transaction with its books.
type ledgerTx struct {
	store.Tx
	clock   Clock
	session string         // that writes; empty: a person does
	actor   string         // who, where no stamp says so
	locked  *ticket.Ticket // the row that was locked last; nil: none
}

// InsertIntent writes an intent and the audit entry of the call that it plans.
func (t *ledgerTx) InsertIntent(ctx context.Context, i store.Intent) error {
	if err := t.Tx.InsertIntent(ctx, i); err != nil {
		return err
	}
	return t.AppendAudit(ctx, writeEntry(i))
}

// UpdateIntent moves an intent. Once it has ended, a second audit entry says how; the
// first one stays as it was written. So does a third, once its history has been read.
func (t *ledgerTx) UpdateIntent(ctx context.Context, i store.Intent, from store.IntentState) error {
	if err := t.Tx.UpdateIntent(ctx, i, from); err != nil {
		return err
	}
	switch {
	case i.State == store.Planned || i.State == store.Sent:
		return nil
	case from == i.State:
		return t.AppendAudit(ctx, historyEntry(i, t.clock))
	}
	return t.AppendAudit(ctx, outcomeEntry(i, t.clock))
}

// The actions of the audit entries that concern one external write, in their order.
const (
	auditWrite   = "write"   // it is about to be made
	auditOutcome = "outcome" // what became of it
	auditHistory = "history" // whether it replaced a value that nobody had seen
)

// writeEntry describes a planned call by ids, names and a digest; content stays out.
func writeEntry(i store.Intent) store.AuditEntry {
	fields := make([]string, len(i.Changes))
	for n, c := range i.Changes {
		fields[n] = string(c.Field)
	}
	return store.AuditEntry{
		ProjectID: i.ProjectID, At: i.CreatedAt, Actor: "sync", Action: auditWrite, Subject: i.ID,
		Detail: fmt.Sprintf("%s link=%s fields=%s", i.Op, i.LinkID, strings.Join(fields, ",")),
		Digest: digestOf(i.Changes),
	}
}

// outcomeEntry says what became of a call: landed, refused or superseded, and when its
// blind window was not, or not yet, looked into. The digest is of the values that came
// about; where nothing did it is empty.
func outcomeEntry(i store.Intent, clock Clock) store.AuditEntry {
	detail := string(i.State)
	if (i.State == store.Refused || i.Error == landedElsewhere) && i.Error != "" {
		detail += ": " + i.Error
	}
	if i.Audit != store.AuditNone {
		detail += " audit=" + string(i.Audit)
	}
	e := store.AuditEntry{ProjectID: i.ProjectID, At: clock.Now(), Actor: "sync", Action: auditOutcome, Subject: i.ID, Detail: detail}
	if i.State == store.Landed {
		e.Digest = digestOf(i.Changes)
	}
	return e
}

func historyEntry(i store.Intent, clock Clock) store.AuditEntry {
	return store.AuditEntry{
		ProjectID: i.ProjectID, At: clock.Now(), Actor: "sync", Action: auditHistory, Subject: i.ID, Detail: string(i.Audit),
	}
}

// digestOf identifies what a call writes without telling it.
func digestOf(changes []store.Change) string {
	h := sha256.New()
	for _, c := range changes {
		b, err := json.Marshal(c.Written)
		if err != nil {
			panic(err) // unreachable: values always marshal
		}
		h.Write([]byte(c.Field))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))
}

package canon

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Session returns s as it is stored.
func Session(s store.Session) (store.Session, error) {
	err := oneOf("kind", s.Kind, store.Initial, store.Incremental, store.Reconcile, store.Rollback)
	if err == nil {
		err = oneOf("state", s.State, store.Pending, store.Running, store.Succeeded, store.Failed, store.Held, store.Stopped, store.Cancelled)
	}
	if err == nil && s.Mapping < 0 {
		err = fmt.Errorf("version %d of the mapping: want 1 or more, or 0 for the default", s.Mapping)
	}
	if err != nil {
		return s, fmt.Errorf("session %s: %w", s.ID, err)
	}
	s.Reason = told(s.Reason)
	s.StartedAt, s.EndedAt = Time(s.StartedAt), Time(s.EndedAt)
	return s, nil
}

// Step returns s as it is stored; the store sets its Seq.
func Step(s store.Step) (store.Step, error) {
	err := storable("before of "+string(s.Field), s.Before)
	if err == nil {
		err = storable("after of "+string(s.Field), s.After)
	}
	if err == nil {
		err = base(string(s.Field), s.Was)
	}
	if err != nil {
		return s, fmt.Errorf("step of session %s: %w", s.SessionID, err)
	}
	s.Reason, s.Outcome = told(s.Reason), told(s.Outcome)
	s.At = Time(s.At)
	return s, nil
}

// Conflict returns c as it is stored.
func Conflict(c store.Conflict) (store.Conflict, error) {
	err := oneOf("kind", c.Kind, store.BothEdited, store.Overwritten, store.Unmappable, store.RefusedOutside,
		store.LossyWrite, store.Undone, store.EditedAndDeleted, store.GoneOutside, store.TwinCreated)
	if err == nil {
		err = oneOf("state", c.State, store.OpenConflict, store.Decided, store.Resolved, store.Converged)
	}
	if err == nil {
		err = oneOf("choice", c.Choice, "", store.ChooseLocal, store.ChooseExternal, store.ChooseValue,
			store.ChooseUnlink, store.ChooseLink, store.ChooseSeparate)
	}
	if err == nil {
		err = oneOf("untold", c.Untold, "", plan.UntoldHere, plan.UntoldOutside, plan.UntoldItem)
	}
	if err == nil {
		err = base(string(c.Field), c.Base)
	}
	if err == nil {
		err = storable("local "+string(c.Field), c.Local)
	}
	if err == nil {
		err = storable("external "+string(c.Field), c.External)
	}
	if err == nil {
		err = storable("decided "+string(c.Field), c.Value)
	}
	if err != nil {
		return c, fmt.Errorf("conflict %s: %w", c.ID, err)
	}
	c.DetectedAt, c.DecidedAt, c.ClosedAt = Time(c.DetectedAt), Time(c.DecidedAt), Time(c.ClosedAt)
	c.Reason = told(c.Reason)
	c.RemindedAt = Time(c.RemindedAt)
	return c, nil
}

// Outbox returns o as it is stored.
func Outbox(o store.Outbox) (store.Outbox, error) {
	err := oneOf("kind", o.Kind, store.OutboxWake, store.OutboxConflict, store.OutboxDecision, store.OutboxEvent, store.OutboxHead)
	if err != nil {
		return o, fmt.Errorf("outbox entry %s: %w", o.ID, err)
	}
	o.At = Time(o.At)
	return o, nil
}

// maxDelivery is how long the id of a delivery may be, in bytes, to be kept as it is: an index
// holds it.
const maxDelivery = 255

// Delivery returns the id of a delivery as it is stored. Whoever sends one may call it what he
// likes; what cannot be stored is known again by its hash.
func Delivery(id string) string {
	if len(id) <= maxDelivery && storable("id", ticket.Text(id)) == nil {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Audit returns e as it is stored, but for Seq, Prev and Hash, which the store sets.
func Audit(e store.AuditEntry) store.AuditEntry {
	e.Detail, e.At = told(e.Detail), Time(e.At)
	return e
}

// Change returns c as it is stored, but for Seq, which the store sets.
func Change(c store.TicketChange) (store.TicketChange, error) {
	err := storable("before of "+string(c.Field), c.Before)
	if err == nil {
		err = storable("after of "+string(c.Field), c.After)
	}
	if err != nil {
		return c, fmt.Errorf("change of ticket %s: %w", c.TicketID, err)
	}
	c.At = Time(c.At)
	return c, nil
}

// HeadMark returns m as it is stored.
func HeadMark(m store.HeadMark) store.HeadMark {
	m.PublishedAt, m.FailedAt = Time(m.PublishedAt), Time(m.FailedAt)
	m.Error = told(m.Error)
	m.Published.At = Time(m.Published.At)
	return m
}

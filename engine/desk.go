package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// StaleError refuses an edit whose author had not seen what some of its fields hold
// now. Nothing was written.
type StaleError struct {
	Fields  []ticket.Field // that were changed since
	Current ticket.Ticket  // with their present values; empty for a comment
	Comment ticket.Comment // for a comment
}

// Error names the fields and what to do.
func (e *StaleError) Error() string {
	return fmt.Sprintf("%v changed since you read it; look at the present values and edit again", e.Fields)
}

// Unwrap makes the error a store.ErrStale.
func (e *StaleError) Unwrap() error { return store.ErrStale }

// CreateTicket stores a new local ticket, whose fields, privacy and first stamp's
// author the caller sets, and links it to every connected project. An empty state is
// open and an empty privacy local_only. It fails with ticket.ErrInvalid.
func (e *Engine) CreateTicket(ctx context.Context, fields ticket.Fields, privacy ticket.Privacy, by string) (ticket.Ticket, error) {
	t, _, err := e.CreateTicketOnce(ctx, Once{}, fields, privacy, by)
	return t, err
}

// CreateTicketOnce is CreateTicket for a request that may come again. Again: it did, and the
// ticket is the one that it made, as it is now.
func (e *Engine) CreateTicketOnce(ctx context.Context, o Once, fields ticket.Fields, privacy ticket.Privacy, by string) (made ticket.Ticket, again bool, err error) {
	fields = fields.Clone()
	if fields[ticket.State].IsEmpty() {
		fields[ticket.State] = ticket.Text(ticket.StateOpen)
	}
	if _, ok := fields[ticket.Title]; !ok {
		fields[ticket.Title] = ticket.Value{}
	}
	if err := validEdit(fields); err != nil {
		return ticket.Ticket{}, false, err
	}
	if privacy == "" {
		privacy = ticket.LocalOnly
	}
	now := e.Clock.Now()
	t := ticket.Ticket{ID: e.NewID(), Privacy: privacy, CreatedAt: now}.With(fields, by, now)
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		made, again = t, false
		return e.once(ctx, tx, o, func(id string) (err error) {
			again = true
			made, err = tx.Ticket(ctx, id)
			return err
		}, func() (string, error) {
			if err := tx.InsertTicket(ctx, t); err != nil {
				return "", err
			}
			return t.ID, e.stubs(ctx, tx, external.KindTicket, t.ID, "")
		})
	})
	if err != nil {
		return ticket.Ticket{}, false, fmt.Errorf("create ticket: %w", err)
	}
	return made, again, nil
}

// EditTicket changes the fields that the patch names. A field that was changed since
// the revision its author saw refuses the whole patch with a StaleError.
func (e *Engine) EditTicket(ctx context.Context, id string, p ticket.Patch) (ticket.Ticket, error) {
	if err := validEdit(p.Set); err != nil {
		return ticket.Ticket{}, err
	}
	var next ticket.Ticket
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		next, err = e.editTicket(ctx, tx, id, p)
		return err
	})
	if err != nil {
		return next, fmt.Errorf("edit ticket %s: %w", id, err)
	}
	return next, nil
}

func (e *Engine) editTicket(ctx context.Context, tx store.Tx, id string, p ticket.Patch) (ticket.Ticket, error) {
	t, err := tx.TicketForUpdate(ctx, id)
	if err != nil {
		return t, err
	}
	if t.Deleted {
		return t, errDeleted
	}
	if stale := t.Stale(p); len(stale) > 0 {
		return t, &StaleError{Fields: stale, Current: t}
	}
	set := ticket.Fields{}
	for f, v := range p.Set {
		if !t.Fields[f].Equal(v) {
			set[f] = v
		}
	}
	if len(set) == 0 {
		return t, nil // what the author wants is what there is
	}
	next := t.With(set, p.By, e.Clock.Now())
	if err := tx.UpdateTicket(ctx, next, t.Revision); err != nil {
		return next, err
	}
	return next, e.touch(ctx, tx, external.KindTicket, id)
}

// touch marks all links of a local item dirty, makes missing ones, and wakes their
// projects. Links that were set aside are tried again: a person has seen to them.
func (e *Engine) touch(ctx context.Context, tx store.Tx, kind external.Kind, id string) error {
	if err := e.tryAgain(ctx, tx, kind, id); err != nil {
		return err
	}
	if err := e.markOthers(ctx, tx, kind, id, ""); err != nil {
		return err
	}
	return e.stubs(ctx, tx, kind, id, "")
}

// touchAll touches a ticket and its comments: what concerns who may see it concerns
// them too, also those outside that were kept from coming in.
func (e *Engine) touchAll(ctx context.Context, tx store.Tx, ticketID string) error {
	if err := e.touch(ctx, tx, external.KindTicket, ticketID); err != nil {
		return err
	}
	links, err := tx.LinksOfLocal(ctx, external.KindTicket, ticketID)
	if err != nil {
		return err
	}
	for _, l := range links {
		children, err := tx.LinksOfParent(ctx, l.ID)
		if err != nil {
			return err
		}
		for _, c := range children {
			if c.LocalID != "" {
				continue // touched below
			}
			if err := tx.MarkDirty(ctx, c.ID); err != nil {
				return err
			}
		}
	}
	comments, err := tx.CommentsOf(ctx, ticketID)
	if err != nil {
		return err
	}
	for _, c := range comments {
		if err := e.touch(ctx, tx, external.KindComment, c.ID); err != nil {
			return err
		}
	}
	return nil
}

// SetPrivacy changes a ticket's privacy level. From its commit on no call carrying
// the ticket begins that the new level forbids. What left before becomes what each
// project's rules say, see SetPrivacyAndTakeBack.
func (e *Engine) SetPrivacy(ctx context.Context, ticketID string, level ticket.Privacy, by string) (ticket.Ticket, error) {
	t, _, err := e.SetPrivacyAndTakeBack(ctx, ticketID, level, "", by)
	return t, err
}

// SetPrivacyAndTakeBack changes a ticket's privacy level, and asks for what may not be
// outside any more to be taken back in a certain way; empty: in each project's own.
func (e *Engine) SetPrivacyAndTakeBack(ctx context.Context, ticketID string, level ticket.Privacy, how outbound.TakeBack, by string) (ticket.Ticket, Withdrawal, error) {
	var next ticket.Ticket
	var back Withdrawal
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		back = Withdrawal{}
		t, err := tx.TicketForUpdate(ctx, ticketID)
		if err != nil {
			return err
		}
		if next = t; t.Privacy == level && how == "" {
			return nil
		}
		next.Privacy, next.UpdatedAt = level, e.Clock.Now()
		next.Revision++
		actAs(tx, by)
		if err := tx.UpdateTicket(ctx, next, t.Revision); err != nil {
			return err
		}
		if err := e.auditTicket(ctx, tx, ticketID, by, "privacy", privacyDetail(level, how)); err != nil {
			return err
		}
		if err := e.touchAll(ctx, tx, ticketID); err != nil {
			return err
		}
		back, err = e.askBackTicket(ctx, tx, ticketID, "", how)
		return err
	})
	if err != nil {
		return next, back, fmt.Errorf("set privacy of ticket %s: %w", ticketID, err)
	}
	return next, back, nil
}

func privacyDetail(level ticket.Privacy, how outbound.TakeBack) string {
	if how == "" {
		return string(level)
	}
	return string(level) + " withdraw=" + string(how)
}

// Grant lets a shareable ticket leave for one project.
func (e *Engine) Grant(ctx context.Context, g ticket.Grant) error {
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := tx.Project(ctx, g.ProjectID); err != nil {
			return fmt.Errorf("project %s: %w", g.ProjectID, err)
		}
		return e.regrant(ctx, tx, g.TicketID, g.By, "grant", g.ProjectID, "", func() error { return tx.PutGrant(ctx, g) })
	})
	if err != nil {
		return fmt.Errorf("grant ticket %s: %w", g.TicketID, err)
	}
	return nil
}

// Revoke takes a grant back: nothing more of the ticket leaves for the project. What left
// before becomes what the project's rules say, see RevokeAndTakeBack.
func (e *Engine) Revoke(ctx context.Context, ticketID, projectID, by string) error {
	_, err := e.RevokeAndTakeBack(ctx, ticketID, projectID, "", by)
	return err
}

// RevokeAndTakeBack takes a grant back, and asks for what may not be in the project any
// more to be taken back in a certain way; empty: in the project's own.
func (e *Engine) RevokeAndTakeBack(ctx context.Context, ticketID, projectID string, how outbound.TakeBack, by string) (back Withdrawal, err error) {
	err = e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		remove := func() error { return tx.DeleteGrant(ctx, ticketID, projectID) }
		if err := e.regrant(ctx, tx, ticketID, by, "revoke", projectID, how, remove); err != nil {
			return err
		}
		back, err = e.askBackTicket(ctx, tx, ticketID, projectID, how)
		return err
	})
	if err != nil {
		return back, fmt.Errorf("revoke ticket %s: %w", ticketID, err)
	}
	return back, nil
}

func (e *Engine) regrant(ctx context.Context, tx store.Tx, ticketID, by, action, projectID string, how outbound.TakeBack, change func() error) error {
	if _, err := tx.TicketForUpdate(ctx, ticketID); err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	entry := store.AuditEntry{ProjectID: projectID, At: e.Clock.Now(), Actor: by, Action: action, Subject: ticketID}
	if how != "" {
		entry.Detail = "withdraw=" + string(how)
	}
	if err := tx.AppendAudit(ctx, entry); err != nil {
		return err
	}
	return e.touchAll(ctx, tx, ticketID)
}

// auditTicket notes an act on a ticket in the log of every project it is linked to.
func (e *Engine) auditTicket(ctx context.Context, tx store.Tx, ticketID, by, action, detail string) error {
	links, err := tx.LinksOfLocal(ctx, external.KindTicket, ticketID)
	if err != nil {
		return err
	}
	for _, l := range links {
		entry := store.AuditEntry{ProjectID: l.ProjectID, At: e.Clock.Now(), Actor: by, Action: action, Subject: ticketID, Detail: detail}
		if err := tx.AppendAudit(ctx, entry); err != nil {
			return err
		}
	}
	return nil
}

// AddComment stores a new comment on a ticket.
func (e *Engine) AddComment(ctx context.Context, ticketID, body string, privacy ticket.Privacy, by string) (ticket.Comment, error) {
	c, _, err := e.AddCommentOnce(ctx, Once{}, ticketID, body, privacy, by)
	return c, err
}

// AddCommentOnce is AddComment for a request that may come again, see CreateTicketOnce.
func (e *Engine) AddCommentOnce(ctx context.Context, o Once, ticketID, body string, privacy ticket.Privacy, by string) (made ticket.Comment, again bool, err error) {
	if err := validComment(body); err != nil {
		return ticket.Comment{}, false, err
	}
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		again = false
		return e.once(ctx, tx, o, func(id string) (err error) {
			again = true
			made, err = tx.Comment(ctx, id)
			return err
		}, func() (id string, err error) {
			made, err = e.addComment(ctx, tx, ticketID, body, privacy, by)
			return made.ID, err
		})
	})
	if err != nil {
		return ticket.Comment{}, false, fmt.Errorf("comment on ticket %s: %w", ticketID, err)
	}
	return made, again, nil
}

func (e *Engine) addComment(ctx context.Context, tx store.Tx, ticketID, body string, privacy ticket.Privacy, by string) (ticket.Comment, error) {
	now := e.Clock.Now()
	c := ticket.Comment{
		ID: e.NewID(), TicketID: ticketID, Revision: 1, Body: ticket.Text(body), Author: by, Privacy: privacy,
		Stamp: ticket.Stamp{By: by, At: now, Revision: 1}, CreatedAt: now, UpdatedAt: now,
	}
	if t, err := tx.TicketForUpdate(ctx, ticketID); err != nil || t.Deleted {
		return c, cmp.Or(err, errDeleted)
	}
	if err := tx.InsertComment(ctx, c); err != nil {
		return c, err
	}
	return c, e.stubs(ctx, tx, external.KindComment, c.ID, "")
}

// validEdit refuses what nobody may type into a ticket. A title that people see nothing of may come in from outside
// and stays then: it is refused to whoever types it.
func validEdit(set ticket.Fields) error {
	if v, has := set[ticket.Title]; has && !v.IsSet() && ticket.Blank(v.Text()) {
		return fmt.Errorf("%w: title: must not be empty", ticket.ErrInvalid)
	}
	return set.Validate()
}

func validComment(body string) error {
	if ticket.Blank(body) { // which some systems refuse, and others take for nothing
		return fmt.Errorf("%w: body: must say something", ticket.ErrInvalid)
	}
	return ticket.Fields{ticket.Body: ticket.Text(body)}.Validate()
}

// EditComment replaces a comment's body, if its author saw the present one, or wants it.
func (e *Engine) EditComment(ctx context.Context, id, body string, seen int64, by string) (ticket.Comment, error) {
	if err := validComment(body); err != nil {
		return ticket.Comment{}, err
	}
	return e.changeComment(ctx, id, seen, by, func(c *ticket.Comment) { c.Body = ticket.Text(body) })
}

// DeleteComment deletes a comment softly, if its author saw the present one.
func (e *Engine) DeleteComment(ctx context.Context, id string, seen int64, by string) (ticket.Comment, error) {
	return e.changeComment(ctx, id, seen, by, func(c *ticket.Comment) { c.Deleted = true })
}

func (e *Engine) changeComment(ctx context.Context, id string, seen int64, by string, change func(*ticket.Comment)) (ticket.Comment, error) {
	var next ticket.Comment
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		next, err = e.alterComment(ctx, tx, id, seen, by, change)
		return err
	})
	if err != nil {
		return next, fmt.Errorf("change comment %s: %w", id, err)
	}
	return next, nil
}

func (e *Engine) alterComment(ctx context.Context, tx store.Tx, id string, seen int64, by string, change func(*ticket.Comment)) (ticket.Comment, error) {
	was, err := tx.Comment(ctx, id)
	if err != nil {
		return was, err
	}
	if _, err := tx.TicketForUpdate(ctx, was.TicketID); err != nil { // the lock order
		return was, err
	}
	if was, err = tx.CommentForUpdate(ctx, id); err != nil {
		return was, err
	}
	if was.Deleted {
		return was, fmt.Errorf("it is deleted: %w", store.ErrNotFound)
	}
	next, now := was, e.Clock.Now()
	if change(&next); next.Body.Equal(was.Body) && !next.Deleted {
		return was, nil // what the author wants is what there is: its answer was lost, say
	}
	if was.Stamp.Revision > seen {
		return was, &StaleError{Fields: []ticket.Field{ticket.Body}, Comment: was}
	}
	next.Revision++
	next.Stamp, next.UpdatedAt = ticket.Stamp{By: by, At: now, Revision: next.Revision}, now
	if err := tx.UpdateComment(ctx, next, was.Revision); err != nil {
		return next, err
	}
	return next, e.touch(ctx, tx, external.KindComment, id)
}

// IsStale reports whether err is a refusal because of a stale revision.
func IsStale(err error) bool { return errors.Is(err, store.ErrStale) }

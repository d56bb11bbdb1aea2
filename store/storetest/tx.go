package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func txTests() []test {
	return []test{
		{"a transaction sees its own writes, because steps build on each other", func(b *bench) {
			t := aTicket()
			b.do(func(tx store.Tx) error {
				if err := tx.InsertTicket(b.Context(), t); err != nil {
					return err
				}
				got, err := tx.Ticket(b.Context(), t.ID)
				b.same("ticket inside", got, t)
				return err
			})
		}},
		{"an error leaves nothing behind and comes back as it is, because a failed sync never corrupts local data", errorUndoes},
		{"a panic leaves nothing behind and goes on, because a crash may come at any line", panicUndoes},
		{"many kinds of change are undone together, because one transaction spans roles", everythingUndoes},
		{"after ErrExists, ErrStale and ErrNotFound the transaction goes on, because callers act on them", knownErrorsDoNotEnd},
		{"a cancelled context commits nothing, because nobody waits for the answer any more", cancelCommitsNothing},
		{"what is written is copied, because a later change must not leak into the store", recordsAreCopies},
		{"times come back in UTC at the microsecond, because both stores must compare alike", timesAreCanonical},
	}
}

var errWanted = errors.New("wanted")

func errorUndoes(b *bench) {
	t := aTicket()
	err := b.store.Tx(b.Context(), func(tx store.Tx) error {
		if err := tx.InsertTicket(b.Context(), t); err != nil {
			return err
		}
		return errWanted
	})
	if err != errWanted { //nolint:errorlint // the very same error is promised
		b.Fatalf("got error %v, want the one that fn returned", err)
	}
	b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.Ticket(b.Context(), t.ID); return err })
}

func panicUndoes(b *bench) {
	t := aTicket()
	func() {
		defer func() {
			if got := recover(); got != "crash" {
				b.Fatalf("recovered %v, want the panic of fn", got)
			}
		}()
		err := b.store.Tx(b.Context(), func(tx store.Tx) error {
			if err := tx.InsertTicket(b.Context(), t); err != nil {
				b.Error(err)
			}
			panic("crash")
		})
		b.Errorf("Tx returned %v after a panic", err)
	}()
	b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.Ticket(b.Context(), t.ID); return err })
	b.insertTicket(t.ID) // the store is usable and the id is free
}

// everythingUndoes changes, adds and removes in several roles and expects that a
// second, identical attempt meets the same state.
func everythingUndoes(b *bench) {
	p := b.insertProject()
	t := b.insertTicket(newID())
	l := b.insertLink(p.ID, func(l *store.Link) { l.LocalID, l.ExternalID = t.ID, "" })
	b.do(func(tx store.Tx) error {
		return errors.Join(
			tx.PutGrant(b.Context(), ticket.Grant{TicketID: t.ID, ProjectID: p.ID, By: "ada"}),
			tx.AddOutbox(b.Context(), store.Outbox{ID: "o1", Kind: store.OutboxWake, At: day}),
			tx.AppendAudit(b.Context(), store.AuditEntry{ProjectID: p.ID, At: day, Action: "first"}),
			tx.PutSecret(b.Context(), p.ID, "token", []byte("sealed")),
			second(tx.AddMapping(b.Context(), aMapping(p.ID))),
			tx.ActivateMapping(b.Context(), p.ID, 1, "ada", day),
		)
	})
	session := b.insertSession(p.ID)
	before := b.picture(p.ID, t.ID, session.ID)
	for range 2 {
		b.fails(errWanted, func(tx store.Tx) error {
			next := t
			next.Revision++
			another := aSession(p.ID)
			err := errors.Join(
				tx.UpdateTicket(b.Context(), next, t.Revision),
				tx.DeleteGrant(b.Context(), t.ID, p.ID),
				tx.MarkDirty(b.Context(), l.ID),
				tx.DeleteLink(b.Context(), l.ID),
				tx.InsertLink(b.Context(), l),
				tx.InsertIntent(b.Context(), anIntent(p.ID, l.ID)),
				tx.InsertConflict(b.Context(), aConflict(p.ID, l.ID)),
				tx.InsertSession(b.Context(), another),
				tx.AppendSteps(b.Context(), aStep(session.ID)),
				tx.MarkDelivered(b.Context(), day, "o1"),
				tx.AddOutbox(b.Context(), store.Outbox{ID: "o2", Kind: store.OutboxWake, At: day}),
				tx.AppendAudit(b.Context(), store.AuditEntry{ProjectID: p.ID, At: day, Action: "second"}),
				tx.DeleteSecrets(b.Context(), p.ID),
				second(tx.AddMapping(b.Context(), aMapping(p.ID))),
				tx.ActivateMapping(b.Context(), p.ID, 2, "ada", day),
				tx.PutBudget(b.Context(), store.Budget{Credential: p.ID, Remaining: 5}),
			)
			if err != nil {
				b.Errorf("inside: %v", err)
			}
			return errWanted
		})
		b.same("state after the error", b.picture(p.ID, t.ID, session.ID), before)
	}
}

// picture reads what everythingUndoes touches.
func (b *bench) picture(projectID, ticketID, sessionID string) []any {
	b.Helper()
	var all []any
	b.do(func(tx store.Tx) error {
		all = nil
		var errs []error
		add := func(v any, err error) { all, errs = append(all, v), append(errs, err) }
		add(first(tx.Ticket(b.Context(), ticketID)))
		add(first(tx.Grants(b.Context(), ticketID)))
		add(first(tx.LinksOf(b.Context(), projectID, "ticket", "", 10)))
		add(first(tx.DueLinks(b.Context(), projectID, day.Add(time.Hour), 10)))
		add(first(tx.OpenIntents(b.Context(), projectID)))
		add(first(tx.ListSessions(b.Context(), projectID, "", 10)))
		add(first(tx.Steps(b.Context(), sessionID, 0, 10)))
		add(first(tx.FindConflicts(b.Context(), store.ConflictFilter{ProjectID: projectID}, 10)))
		add(first(tx.CountConflicts(b.Context(), projectID)))
		add(first(tx.DueOutbox(b.Context(), []store.OutboxKind{store.OutboxWake}, 10)))
		add(first(tx.BudgetForUpdate(b.Context(), projectID)))
		add(first(tx.AuditLog(b.Context(), projectID, 0, 10)))
		add(first(tx.Secret(b.Context(), projectID, "token")))
		add(first(tx.ListMappings(b.Context(), projectID)))
		return errors.Join(errs...)
	})
	return all
}

// first lets a pair of results be handed on as any and error.
func first[T any](v T, err error) (any, error) { return v, err }

// second drops a result that is read again anyway.
func second[T any](_ T, err error) error { return err }

func knownErrorsDoNotEnd(b *bench) {
	p := b.insertProject()
	l := b.insertLink(p.ID)
	other := b.insertLink(p.ID)
	t := b.insertTicket(newID())
	late := b.insertTicket(newID())
	b.do(func(tx store.Tx) error {
		twin := aLink(p.ID)
		twin.LocalID = l.LocalID
		moved := other
		moved.ExternalID = l.ExternalID
		next := t
		next.Revision = 9
		_, missing := tx.Ticket(b.Context(), newID())
		for _, c := range []struct {
			what string
			got  error
			want error
		}{
			{"insert a second link", tx.InsertLink(b.Context(), twin), store.ErrExists},
			{"move a link onto another", tx.UpdateLink(b.Context(), moved), store.ErrExists},
			{"update on a stale revision", tx.UpdateTicket(b.Context(), next, 8), store.ErrStale},
			{"read what is not there", missing, store.ErrNotFound},
		} {
			if !errors.Is(c.got, c.want) {
				b.Errorf("%s: got %v, want %v", c.what, c.got, c.want)
			}
		}
		late.Revision++
		return tx.UpdateTicket(b.Context(), late, 1)
	})
	got := read(b, func(tx store.Tx) (ticket.Ticket, error) { return tx.Ticket(b.Context(), late.ID) })
	b.same("the write after the errors", got, late)
}

func cancelCommitsNothing(b *bench) {
	t := aTicket()
	ctx, cancel := context.WithCancel(b.Context())
	err := b.store.Tx(ctx, func(tx store.Tx) error {
		defer cancel()
		return tx.InsertTicket(ctx, t)
	})
	if !errors.Is(err, context.Canceled) {
		b.Fatalf("cancelled inside: got %v, want context.Canceled", err)
	}
	if err := b.store.Tx(ctx, func(store.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		b.Fatalf("cancelled before: got %v, want context.Canceled", err)
	}
	b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.Ticket(b.Context(), t.ID); return err })
}

func recordsAreCopies(b *bench) {
	p, t := b.insertProject(), b.insertTicket(newID())
	l := b.insertLink(p.ID)
	want := b.copies(p.ID, t.ID, l.ID)
	p.Strategies[0].Strategy = "changed"
	t.Fields[ticket.Title] = ticket.Text("changed")
	delete(l.Bases, ticket.Title)
	b.same("after changing what was handed in", b.copies(p.ID, t.ID, l.ID), want)
}

// copies reads the three as JSON, which shares nothing with the store.
func (b *bench) copies(projectID, ticketID, linkID string) string {
	b.Helper()
	return asJSON(b, []any{
		read(b, func(tx store.Tx) (store.Project, error) { return tx.Project(b.Context(), projectID) }),
		read(b, func(tx store.Tx) (ticket.Ticket, error) { return tx.Ticket(b.Context(), ticketID) }),
		read(b, func(tx store.Tx) (store.Link, error) { return tx.Link(b.Context(), linkID) }),
	})
}

func timesAreCanonical(b *bench) {
	t := aTicket()
	zone := time.FixedZone("far east", 9*60*60)
	t.CreatedAt = day.Add(789 * time.Nanosecond).In(zone)
	t.Stamps = ticket.Stamps{ticket.Title: {By: "ada", At: t.CreatedAt, Revision: 1}}
	b.do(func(tx store.Tx) error { return tx.InsertTicket(b.Context(), t) })
	got := read(b, func(tx store.Tx) (ticket.Ticket, error) { return tx.Ticket(b.Context(), t.ID) })
	b.same("a column", got.CreatedAt, day)
	b.same("a time inside a document", got.Stamps[ticket.Title].At, day)
	empty := ticket.Ticket{ID: newID(), Revision: 1, Privacy: ticket.Public}
	b.do(func(tx store.Tx) error { return tx.InsertTicket(b.Context(), empty) })
	got = read(b, func(tx store.Tx) (ticket.Ticket, error) { return tx.Ticket(b.Context(), empty.ID) })
	if got.Fields == nil || got.Stamps == nil || !got.CreatedAt.IsZero() {
		b.Fatalf("an empty ticket came back as %#v, want maps that are not nil and the zero time", got)
	}
}

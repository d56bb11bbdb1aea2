package storetest

import (
	"strings"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func ticketTests() []test {
	return []test{
		{"a ticket comes back as it was stored, byte for byte, because values are compared", func(b *bench) {
			t := b.insertTicket(newID())
			b.same("ticket", b.ticket(t.ID), t)
			locked := read(b, func(tx store.Tx) (ticket.Ticket, error) { return tx.TicketForUpdate(b.Context(), t.ID) })
			b.same("locked ticket", locked, t)
		}},
		{"a ticket that is not there is ErrNotFound, because callers answer 404", func(b *bench) {
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.Ticket(b.Context(), newID()); return err })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.TicketForUpdate(b.Context(), ""); return err })
			t := aTicket()
			t.Revision = 2
			b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.UpdateTicket(b.Context(), t, 1) })
		}},
		{"an id is used once, because it is an identity", func(b *bench) {
			t := b.insertTicket(newID())
			b.fails(store.ErrExists, func(tx store.Tx) error { return tx.InsertTicket(b.Context(), t) })
		}},
		{"an update on the revision seen replaces the row", func(b *bench) {
			t := b.insertTicket(newID())
			next := ticket.Ticket{
				ID: t.ID, Revision: 4, Privacy: ticket.LocalOnly, Deleted: true, Fields: ticket.Fields{},
				Stamps: ticket.Stamps{}, CreatedAt: day, UpdatedAt: day,
			}
			b.do(func(tx store.Tx) error { return tx.UpdateTicket(b.Context(), next, 1) })
			b.same("ticket", b.ticket(t.ID), next)
		}},
		{"an update on another revision is ErrStale and changes nothing, because it would lose an edit", staleTicket},
		{"a revision that does not grow is refused, because two states would share a number", func(b *bench) {
			t := b.insertTicket(newID())
			b.refused(func(tx store.Tx) error { return tx.UpdateTicket(b.Context(), t, t.Revision) })
			t.ID, t.Revision = newID(), 0
			b.refused(func(tx store.Tx) error { return tx.InsertTicket(b.Context(), t) })
		}},
		{"what cannot be stored faithfully is refused and its field named, because silence would change it", unstorable},
		{"tickets are listed by id in pages, without deleted ones, because a sweep must neither skip nor repeat", pagesOfTickets},
		{"grants are one per project, replaced and removed, because a ticket may leave or it may not", grants},
		{"a grant names a ticket and a project that exist, because nobody would ever ask for another", func(b *bench) {
			p, t := b.insertProject(), b.insertTicket(newID())
			b.fails(store.ErrNotFound, func(tx store.Tx) error {
				return tx.PutGrant(b.Context(), ticket.Grant{TicketID: newID(), ProjectID: p.ID, By: "ada"})
			})
			b.fails(store.ErrNotFound, func(tx store.Tx) error {
				return tx.PutGrant(b.Context(), ticket.Grant{TicketID: t.ID, ProjectID: newID(), By: "ada"})
			})
		}},
	}
}

func (b *bench) ticket(id string) ticket.Ticket {
	b.Helper()
	return read(b, func(tx store.Tx) (ticket.Ticket, error) { return tx.Ticket(b.Context(), id) })
}

func staleTicket(b *bench) {
	t := b.insertTicket(newID())
	next := t
	next.Revision = 3
	b.do(func(tx store.Tx) error { return tx.UpdateTicket(b.Context(), next, 1) })
	for _, seen := range []int64{1, 2, 4} {
		late := t
		late.Revision, late.Origin = 9, "late"
		b.fails(store.ErrStale, func(tx store.Tx) error { return tx.UpdateTicket(b.Context(), late, seen) })
	}
	b.same("ticket", b.ticket(t.ID), next)
}

func unstorable(b *bench) {
	for _, bad := range []ticket.Value{
		ticket.Text("a\x00b"), ticket.Text("a\xffb"), ticket.Set("fine", "a\x00b"), ticket.Set("a\xc3"),
	} {
		t := aTicket()
		t.Fields["x:odd"] = bad
		err := b.store.Tx(b.Context(), func(tx store.Tx) error { return tx.InsertTicket(b.Context(), t) })
		if err == nil || !strings.Contains(err.Error(), "x:odd") {
			b.Fatalf("value %q: got error %v, want one that names the field", bad.Text(), err)
		}
	}
	t := aTicket()
	t.Privacy = "secretive"
	b.refused(func(tx store.Tx) error { return tx.InsertTicket(b.Context(), t) })
}

func pagesOfTickets(b *bench) {
	for _, n := range []int{5, 1, 4, 2, 3} {
		b.insertTicket(nth(n))
	}
	gone := b.ticket(nth(3))
	gone.Revision, gone.Deleted = 2, true
	b.do(func(tx store.Tx) error { return tx.UpdateTicket(b.Context(), gone, 1) })
	for _, c := range []struct {
		after string
		limit int
		want  []string
	}{
		{"", 2, []string{nth(1), nth(2)}},
		{nth(2), 2, []string{nth(4), nth(5)}},
		{nth(3), 1, []string{nth(4)}},
		{nth(5), 9, nil},
		{"", 0, nil},
	} {
		page := read(b, func(tx store.Tx) ([]ticket.Ticket, error) { return tx.ListTickets(b.Context(), c.after, c.limit) })
		b.same("page after "+c.after, ids(page, func(t ticket.Ticket) string { return t.ID }), append([]string{}, c.want...))
	}
	b.same("count", read(b, func(tx store.Tx) (int, error) { return tx.CountTickets(b.Context()) }), 4)
}

func grants(b *bench) {
	t, other := b.insertTicket(newID()), b.insertTicket(newID())
	p, q := aProject(), aProject()
	p.ID, q.ID = nth(1), nth(2)
	grant := func(by, ticketID, projectID string) ticket.Grant {
		return ticket.Grant{TicketID: ticketID, ProjectID: projectID, By: by}
	}
	b.do(func(tx store.Tx) error { return tx.InsertProject(b.Context(), p) })
	b.do(func(tx store.Tx) error { return tx.InsertProject(b.Context(), q) })
	for _, g := range []ticket.Grant{
		grant("ada", t.ID, q.ID), grant("bob", t.ID, p.ID), grant("eve", other.ID, p.ID), grant("cy", t.ID, q.ID),
	} {
		b.do(func(tx store.Tx) error { return tx.PutGrant(b.Context(), g) })
	}
	got := func() []ticket.Grant {
		return read(b, func(tx store.Tx) ([]ticket.Grant, error) { return tx.Grants(b.Context(), t.ID) })
	}
	b.same("grants by project", got(), []ticket.Grant{grant("bob", t.ID, p.ID), grant("cy", t.ID, q.ID)})
	for range 2 { // the second time there is none
		b.do(func(tx store.Tx) error { return tx.DeleteGrant(b.Context(), t.ID, p.ID) })
	}
	b.same("grants left", got(), []ticket.Grant{grant("cy", t.ID, q.ID)})
}

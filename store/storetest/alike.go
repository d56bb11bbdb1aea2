package storetest

import (
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// stubHere stores a ticket of that title and its link, which has no other side.
func (b *bench) stubHere(projectID, title string, edits ...func(*ticket.Ticket)) store.Link {
	b.Helper()
	t := aTicket()
	t.Fields = ticket.Fields{ticket.Title: ticket.Text(title)}
	for _, edit := range edits {
		edit(&t)
	}
	b.do(func(tx store.Tx) error { return tx.InsertTicket(b.Context(), t) })
	return b.insertLink(projectID, func(l *store.Link) { l.LocalID, l.ExternalID, l.ExternalKey = t.ID, "", "" })
}

// stubOutside is stubHere for an external item.
func (b *bench) stubOutside(projectID, title string, edits ...func(*store.Observation)) store.Link {
	b.Helper()
	o := anObservation(projectID)
	o.TitleKey, o.Item.Gone = ticket.TitleKey(title), false
	for _, edit := range edits {
		edit(&o)
	}
	b.observe(o)
	return b.insertLink(projectID, func(l *store.Link) { l.Kind, l.LocalID, l.ExternalID = o.Item.Kind, "", o.Item.ID })
}

func (b *bench) alike(projectID, title string, limit int) []string {
	b.Helper()
	found := read(b, func(tx store.Tx) ([]store.Link, error) {
		return tx.LinksAlike(b.Context(), projectID, ticket.TitleKey(title), limit)
	})
	return ids(found, func(l store.Link) string { return l.ID })
}

func linksAlike(b *bench) {
	p, other := b.insertProject(), b.insertProject()
	here, there := b.stubHere(p.ID, "Login fails"), b.stubOutside(p.ID, "login FAILS.")
	b.stubHere(other.ID, "Login fails")
	b.stubOutside(other.ID, "Login fails")
	b.stubHere(p.ID, "Login works")
	b.stubHere(p.ID, "")
	b.stubOutside(p.ID, "")
	b.stubHere(p.ID, "Login fails", func(t *ticket.Ticket) { t.Deleted = true })
	b.stubOutside(p.ID, "Login fails", func(o *store.Observation) { o.Item.Gone = true })
	b.stubOutside(p.ID, "Login fails", func(o *store.Observation) { o.Item.Kind = external.KindComment })

	both := []string{here.ID, there.ID}
	slices.Sort(both)
	b.same("the links of one title", b.alike(p.ID, "Login  fails", 9), both)
	b.same("up to the limit", b.alike(p.ID, "Login fails", 1), both[:1])
	b.same("at a limit of zero", b.alike(p.ID, "Login fails", 0), []string{})
	b.same("of no title", b.alike(p.ID, "", 9), []string{})

	t := read(b, func(tx store.Tx) (ticket.Ticket, error) { return tx.Ticket(b.Context(), here.LocalID) })
	b.do(func(tx store.Tx) error {
		return tx.UpdateTicket(b.Context(), t.With(ticket.Fields{ticket.Title: ticket.Text("Logout fails")}, "ada", day), t.Revision)
	})
	b.same("after one was renamed", b.alike(p.ID, "Login fails", 9), []string{there.ID})
	b.same("by its new title", b.alike(p.ID, "Logout fails", 9), []string{here.ID})
	o := anObservation(p.ID)
	o.Item.ID, o.Item.Gone, o.TitleKey = there.ExternalID, false, ticket.TitleKey("Logout fails")
	b.observe(o)
	b.same("after the other was, too", b.alike(p.ID, "Login fails", 9), []string{})
	b.same("by their new title", b.alike(p.ID, "logout fails", 9), both)
}

func alikeTitles(b *bench) {
	p := b.insertProject()
	keys := []string{ticket.TitleKey("one"), ticket.TitleKey("two")}
	slices.Sort(keys)
	b.stubHere(p.ID, "one")
	b.stubHere(p.ID, "one")
	b.stubHere(p.ID, "two")
	b.stubOutside(p.ID, "two")
	b.stubOutside(p.ID, "three")
	b.stubHere(p.ID, "three", func(t *ticket.Ticket) { t.Deleted = true })
	b.stubHere(p.ID, "")
	b.stubHere(p.ID, "")
	o := anObservation(p.ID)
	o.Item.Gone, o.TitleKey = false, ticket.TitleKey("four")
	b.observe(o)
	pair := b.stubHere(p.ID, "four")
	pair.ExternalID = o.Item.ID
	b.do(func(tx store.Tx) error { return tx.UpdateLink(b.Context(), pair) })

	page := func(after string, limit int) []string {
		return read(b, func(tx store.Tx) ([]string, error) { return tx.AlikeTitles(b.Context(), p.ID, after, limit) })
	}
	b.same("all", page("", 9), keys)
	b.same("the first page", page("", 1), keys[:1])
	b.same("the next", page(keys[0], 9), keys[1:])
	b.same("behind the last", len(page(keys[1], 9)), 0)
	b.same("at a limit of zero", len(page("", 0)), 0)
	p = b.insertProject()
	b.same("of another project", len(page("", 9)), 0)
}

package storetest

import (
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func conflictTests() []test {
	return []test{
		{"a conflict comes back as it was stored, because a person decides on its values", func(b *bench) {
			c := b.insertConflict(aConflict(b.insertProject().ID, "link"))
			b.same("conflict", b.conflict(c.ID), c)
			locked := read(b, func(tx store.Tx) (store.Conflict, error) { return tx.ConflictForUpdate(b.Context(), c.ID) })
			b.same("locked conflict", locked, c)
		}},
		{"a conflict that is not there is ErrNotFound, and an id is used once", func(b *bench) {
			c := b.insertConflict(aConflict(b.insertProject().ID, "link"))
			again := aConflict(c.ProjectID, "another link")
			again.ID = c.ID
			b.fails(store.ErrExists, func(tx store.Tx) error { return tx.InsertConflict(b.Context(), again) })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.Conflict(b.Context(), newID()); return err })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.ConflictForUpdate(b.Context(), newID()); return err })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.UpdateConflict(b.Context(), aConflict(c.ProjectID, "l")) })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.InsertConflict(b.Context(), aConflict(newID(), "l")) })
		}},
		{"a field of a link has one conflict open or decided, because it is parked once", oneUnclosed},
		{"an update replaces the row but for project, link and field", func(b *bench) {
			c := b.insertConflict(aConflict(b.insertProject().ID, "link"))
			next := aConflict(newID(), "another")
			next.ID, next.State, next.Choice, next.ClosedAt = c.ID, store.Converged, "", time.Time{}
			next.Field = ticket.Body
			b.do(func(tx store.Tx) error { return tx.UpdateConflict(b.Context(), next) })
			next.ProjectID, next.LinkID, next.Field = c.ProjectID, c.LinkID, c.Field
			b.same("conflict", b.conflict(c.ID), next)
		}},
		{"a state, kind or choice that does not exist and an unstorable value are refused", func(b *bench) {
			p := b.insertProject()
			for _, spoil := range []func(*store.Conflict){
				func(c *store.Conflict) { c.State = "ignored" },
				func(c *store.Conflict) { c.Kind = "loud" },
				func(c *store.Conflict) { c.Choice = "both" },
				func(c *store.Conflict) { c.External = ticket.Text("\x00") },
			} {
				c := aConflict(p.ID, "link")
				spoil(&c)
				b.refused(func(tx store.Tx) error { return tx.InsertConflict(b.Context(), c) })
			}
		}},
		{"a link's conflicts are the open and decided ones by field, because planning parks those", linkConflicts},
		{"the queue is listed newest first, by project and state", listConflicts},
		{"the queue is narrowed by all that a person filters by, and every filter must hold", findConflicts},
		{"what was asked about an item outside is found by it, because who was told apart once is not asked about again", twinConflicts},
		{"what waits is counted by project, kind and state, with the oldest of each", countConflicts},
		{"a choice on expiry that no side has is refused", func(b *bench) {
			p := aProject()
			p.Conflicts.OnExpiry = store.ChooseUnlink
			b.refused(func(tx store.Tx) error { return tx.InsertProject(b.Context(), p) })
		}},
	}
}

func (b *bench) insertConflict(c store.Conflict) store.Conflict {
	b.Helper()
	b.do(func(tx store.Tx) error { return tx.InsertConflict(b.Context(), c) })
	return c
}

func (b *bench) conflict(id string) store.Conflict {
	b.Helper()
	return read(b, func(tx store.Tx) (store.Conflict, error) { return tx.Conflict(b.Context(), id) })
}

func oneUnclosed(b *bench) {
	p := b.insertProject()
	c := b.insertConflict(aConflict(p.ID, "link"))
	second := func(tx store.Tx) error { return tx.InsertConflict(b.Context(), aConflict(p.ID, "link")) }
	b.fails(store.ErrExists, second)
	c.State = store.Decided
	b.do(func(tx store.Tx) error { return tx.UpdateConflict(b.Context(), c) })
	b.fails(store.ErrExists, second)
	body := aConflict(p.ID, "link")
	body.Field = ticket.Body
	b.insertConflict(body)
	c.State = store.Resolved
	b.do(func(tx store.Tx) error { return tx.UpdateConflict(b.Context(), c) })
	b.do(second)
	c.State = store.OpenConflict // there is another one now
	b.fails(store.ErrExists, func(tx store.Tx) error { return tx.UpdateConflict(b.Context(), c) })
	b.same("state after the refusal", b.conflict(c.ID).State, store.Resolved)
}

func linkConflicts(b *bench) {
	p := b.insertProject()
	for n, c := range []struct {
		link  string
		field ticket.Field
		state store.ConflictState
	}{
		{"link", ticket.Title, store.OpenConflict},
		{"link", ticket.Body, store.Decided},
		{"link", "x:Zeta", store.OpenConflict},
		{"link", "x:alpha", store.OpenConflict},
		{"link", ticket.State, store.Resolved},
		{"link", ticket.Labels, store.Converged},
		{"another", ticket.Title, store.OpenConflict},
	} {
		conflict := aConflict(p.ID, c.link)
		conflict.ID, conflict.Field, conflict.State = nth(n), c.field, c.state
		b.insertConflict(conflict)
	}
	got := read(b, func(tx store.Tx) ([]store.Conflict, error) { return tx.LinkConflicts(b.Context(), "link") })
	// By bytes: capitals first, whatever the server's language.
	b.same("conflicts", ids(got, func(c store.Conflict) string { return c.ID }), []string{nth(1), nth(0), nth(2), nth(3)})
}

func listConflicts(b *bench) {
	p, q := b.insertProject(), b.insertProject()
	for n, c := range []struct {
		project string
		state   store.ConflictState
		at      time.Duration
	}{
		{p.ID, store.OpenConflict, 0}, {p.ID, store.Resolved, time.Hour},
		{q.ID, store.OpenConflict, time.Minute}, {p.ID, store.OpenConflict, 0},
	} {
		conflict := aConflict(c.project, nth(n))
		conflict.ID, conflict.State, conflict.DetectedAt = nth(n), c.state, day.Add(c.at)
		b.insertConflict(conflict)
	}
	for _, c := range []struct {
		project string
		state   store.ConflictState
		limit   int
		want    []string
	}{
		{"", "", 9, []string{nth(1), nth(2), nth(3), nth(0)}},
		{p.ID, "", 9, []string{nth(1), nth(3), nth(0)}},
		{p.ID, store.OpenConflict, 9, []string{nth(3), nth(0)}},
		{"", store.OpenConflict, 2, []string{nth(2), nth(3)}},
		{q.ID, store.Decided, 9, []string{}},
		{"", "", 0, []string{}},
	} {
		got := read(b, func(tx store.Tx) ([]store.Conflict, error) {
			return tx.FindConflicts(b.Context(), store.ConflictFilter{ProjectID: c.project, State: c.state}, c.limit)
		})
		b.same("conflicts", ids(got, func(c store.Conflict) string { return c.ID }), c.want)
	}
}

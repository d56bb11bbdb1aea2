package storetest

import (
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func observationTests() []test {
	return []test{
		{"an observation comes back as it was stored, because planning reads it instead of asking again", func(b *bench) {
			o := anObservation(b.insertProject().ID)
			b.observe(o)
			b.same("observation", b.observation(o), o)
			bare := store.Observation{ProjectID: o.ProjectID, SeenAt: day, Item: external.Item{
				Ref: external.Ref{Kind: external.KindComment, ID: "1"}, Fields: external.Fields{},
			}}
			b.observe(bare)
			b.same("bare observation", b.observation(bare), bare)
		}},
		{"what was never seen is ErrNotFound", func(b *bench) {
			o := anObservation(b.insertProject().ID)
			b.observe(o)
			for _, edit := range []func(*store.Observation){
				func(o *store.Observation) { o.Item.ID = "other" },
				func(o *store.Observation) { o.Item.Kind = external.KindComment },
				func(o *store.Observation) { o.ProjectID = newID() },
			} {
				other := o
				edit(&other)
				b.fails(store.ErrNotFound, func(tx store.Tx) error {
					_, err := tx.Observation(b.Context(), other.ProjectID, other.Item.Kind, other.Item.ID)
					return err
				})
			}
		}},
		{"a new item and another hash are changes, the same hash is none, because only changes are planned", observedChanges},
		{"what one author made at one moment is found in every project, because a moved item may have another id", sightings},
		{"an observation needs its project and must be storable", func(b *bench) {
			o := anObservation(newID())
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.PutObservation(b.Context(), o); return err })
			o.ProjectID = b.insertProject().ID
			o.Item.Fields = external.Fields{"title": ticket.Text("a\x00b")}
			b.refused(func(tx store.Tx) error { _, err := tx.PutObservation(b.Context(), o); return err })
			o.Item.Fields, o.Item.Author = nil, "a\x00b"
			b.refused(func(tx store.Tx) error { _, err := tx.PutObservation(b.Context(), o); return err })
		}},
		{"a stream that was never read has the zero cursor, because reading starts at the beginning", func(b *bench) {
			p := b.insertProject()
			b.same("cursor", b.cursor(p.ID, external.StreamTickets), external.Cursor{Stream: external.StreamTickets})
		}},
		{"a cursor is kept per project and stream, and replaced", cursors},
	}
}

func (b *bench) observe(o store.Observation) bool {
	b.Helper()
	return read(b, func(tx store.Tx) (bool, error) { return tx.PutObservation(b.Context(), o) })
}

func (b *bench) observation(o store.Observation) store.Observation {
	b.Helper()
	return read(b, func(tx store.Tx) (store.Observation, error) {
		return tx.Observation(b.Context(), o.ProjectID, o.Item.Kind, o.Item.ID)
	})
}

func (b *bench) cursor(projectID string, s external.Stream) external.Cursor {
	b.Helper()
	return read(b, func(tx store.Tx) (external.Cursor, error) { return tx.Cursor(b.Context(), projectID, s) })
}

func observedChanges(b *bench) {
	o := anObservation(b.insertProject().ID)
	b.same("first sight", b.observe(o), true)
	o.SeenAt = day.Add(time.Hour)
	o.Item.Version = "v2"
	b.same("same hash", b.observe(o), false)
	b.same("stored all the same", b.observation(o), o)
	o.Hash, o.Item.Gone, o.Item.Fields = "hash2", false, external.Fields{"title": ticket.Text("edited")}
	b.same("another hash", b.observe(o), true)
	b.same("stored", b.observation(o), o)
}

func sightings(b *bench) {
	there, here := anObservation(b.insertProject().ID), anObservation(b.insertProject().ID)
	author := newID()
	at := func(o *store.Observation, made time.Time) {
		o.Item.Author, o.Item.CreatedAt = author, made
		b.observe(*o)
	}
	made := day.Add(1234 * time.Nanosecond) // stored at the microsecond
	at(&there, made)
	at(&here, made)
	here.Item.CreatedAt, there.Item.CreatedAt = day.Add(time.Microsecond), day.Add(time.Microsecond)
	for _, edit := range []func(*store.Observation){
		func(o *store.Observation) { o.Item.Author += "!" },
		func(o *store.Observation) { o.Item.CreatedAt = day.Add(time.Second) },
		func(o *store.Observation) { o.Item.CreatedAt = time.Time{} },
		func(o *store.Observation) { o.Item.Kind = external.KindComment },
	} {
		other := here
		other.Item.ID = newID()
		edit(&other)
		b.observe(other)
	}
	want := []store.Observation{there, here}
	slices.SortFunc(want, func(a, b store.Observation) int { return strings.Compare(a.ProjectID, b.ProjectID) })
	find := func(made time.Time) []store.Observation {
		return read(b, func(tx store.Tx) ([]store.Observation, error) {
			return tx.Sightings(b.Context(), external.KindTicket, author, made)
		})
	}
	b.same("sightings", find(made), want)
	b.same("of no known moment", len(find(time.Time{})), 0)
}

func cursors(b *bench) {
	p, q := b.insertProject(), b.insertProject()
	c := external.Cursor{
		Stream: external.StreamTickets, Watermark: day,
		Window: external.Window{Lo: day.Add(-time.Hour), Hi: day.Add(time.Hour)},
		Page:   "token", Seen: day.Add(time.Minute), Lo: day.Add(-time.Minute), Version: "etag", ReadAt: day.Add(2 * time.Hour),
	}
	put := func(projectID string, c external.Cursor) {
		b.do(func(tx store.Tx) error { return tx.PutCursor(b.Context(), projectID, c) })
	}
	put(p.ID, c)
	b.same("cursor", b.cursor(p.ID, c.Stream), c)
	done := external.Cursor{Stream: c.Stream, Watermark: day.Add(time.Minute)}
	put(p.ID, done)
	b.same("replaced", b.cursor(p.ID, c.Stream), done)
	b.same("another stream", b.cursor(p.ID, external.StreamComments), external.Cursor{Stream: external.StreamComments})
	b.same("another project", b.cursor(q.ID, c.Stream), external.Cursor{Stream: c.Stream})
	b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.PutCursor(b.Context(), newID(), c) })
}

package storetest

import (
	"time"

	"github.com/extsync/extsync/store"
)

func mappingTests() []test {
	return []test{
		{"a version comes back as a draft with the next number, because an edit is never in force by itself", func(b *bench) {
			p, other := b.insertProject(), b.insertProject()
			for want := 1; want <= 3; want++ {
				m := aMapping(p.ID)
				// What the caller says of its life does not count.
				m.Version, m.State, m.ActivatedBy, m.ActivatedAt = 77, store.MappingActive, "eve", day
				got := b.addMapping(m)
				m.Version, m.State, m.ActivatedBy, m.ActivatedAt = want, store.MappingDraft, "", time.Time{}
				b.same("added", got, m)
				b.same("read", b.mapping(p.ID, want), m)
			}
			b.same("the other project's first", b.addMapping(aMapping(other.ID)).Version, 1)
		}},
		{"versions are listed newest first", func(b *bench) {
			p := b.insertProject()
			b.same("none", len(b.listMappings(p.ID)), 0)
			for range 3 {
				b.addMapping(aMapping(p.ID))
			}
			var got []int
			for _, m := range b.listMappings(p.ID) {
				got = append(got, m.Version)
			}
			b.same("versions", got, []int{3, 2, 1})
		}},
		{"what is not there is ErrNotFound, because callers answer 404 or take the default", func(b *bench) {
			p := b.insertProject()
			b.addMapping(aMapping(p.ID))
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.AddMapping(b.Context(), aMapping(newID())); return err })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.ActiveMapping(b.Context(), p.ID); return err })
			for _, version := range []int{-1, 0, 2, 1 << 40} {
				b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.Mapping(b.Context(), p.ID, version); return err })
				b.fails(store.ErrNotFound, func(tx store.Tx) error {
					return tx.ActivateMapping(b.Context(), p.ID, version, "ada", day)
				})
			}
			b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.ActivateMapping(b.Context(), newID(), 1, "ada", day) })
		}},
		{"one version is in force, and an older one can be again, because that is how to go back", activations},
		{"a version that failed to activate leaves the one in force, because a project is never without", func(b *bench) {
			p := b.insertProject()
			b.addMapping(aMapping(p.ID))
			b.do(func(tx store.Tx) error { return tx.ActivateMapping(b.Context(), p.ID, 1, "ada", day) })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.ActivateMapping(b.Context(), p.ID, 2, "ada", day) })
			b.same("in force", b.activeMapping(p.ID).Version, 1)
		}},
		{"a document that is empty or no JSON is refused", func(b *bench) {
			m := aMapping(b.insertProject().ID)
			for _, broken := range []string{"", "{", "version: 1", "\xff"} {
				m.Document = []byte(broken)
				b.refused(func(tx store.Tx) error { _, err := tx.AddMapping(b.Context(), m); return err })
			}
		}},
		{"the stored document is a copy, because documents never change", func(b *bench) {
			m := aMapping(b.insertProject().ID)
			want := string(m.Document)
			b.addMapping(m)
			copy(m.Document, `[[[`)
			b.same("document", string(b.mapping(m.ProjectID, 1).Document), want)
		}},
		{"rivals number their versions without gaps, because a version is named by its number", func(b *bench) {
			p := b.insertProject()
			b.race(func(int) error {
				return b.store.Tx(b.Context(), func(tx store.Tx) error { _, err := tx.AddMapping(b.Context(), aMapping(p.ID)); return err })
			})
			for i, m := range b.listMappings(p.ID) {
				b.same("version", m.Version, workers-i)
			}
		}},
		{"of rival activations the last one holds alone", func(b *bench) {
			p := b.insertProject()
			for range workers {
				b.addMapping(aMapping(p.ID))
			}
			b.race(func(worker int) error {
				return b.store.Tx(b.Context(), func(tx store.Tx) error {
					return tx.ActivateMapping(b.Context(), p.ID, worker+1, "ada", day)
				})
			})
			states := map[store.MappingState]int{}
			for _, m := range b.listMappings(p.ID) {
				states[m.State]++
			}
			b.same("states", states, map[store.MappingState]int{store.MappingActive: 1, store.MappingRetired: workers - 1})
		}},
	}
}

func activations(b *bench) {
	p, other := b.insertProject(), b.insertProject()
	for range 3 {
		b.addMapping(aMapping(p.ID))
	}
	b.addMapping(aMapping(other.ID))
	b.do(func(tx store.Tx) error { return tx.ActivateMapping(b.Context(), other.ID, 1, "ada", day) })
	for n, c := range []struct {
		version int
		want    []store.MappingState // of versions 1 to 3
	}{
		{1, []store.MappingState{store.MappingActive, store.MappingDraft, store.MappingDraft}},
		{3, []store.MappingState{store.MappingRetired, store.MappingDraft, store.MappingActive}},
		{1, []store.MappingState{store.MappingActive, store.MappingDraft, store.MappingRetired}},
	} {
		at := day.Add(time.Duration(n) * time.Hour)
		b.do(func(tx store.Tx) error { return tx.ActivateMapping(b.Context(), p.ID, c.version, "ada", at) })
		// Again, by somebody else: it is in force already, and nothing changes.
		b.do(func(tx store.Tx) error {
			return tx.ActivateMapping(b.Context(), p.ID, c.version, "bob", at.Add(time.Minute))
		})
		for i, want := range c.want {
			b.same("state", b.mapping(p.ID, i+1).State, want)
		}
		want := aMapping(p.ID)
		want.Version, want.State, want.ActivatedBy, want.ActivatedAt = c.version, store.MappingActive, "ada", at
		b.same("in force", b.activeMapping(p.ID), want)
	}
	b.same("the other project's", b.activeMapping(other.ID).Version, 1)
}

func (b *bench) addMapping(m store.MappingVersion) store.MappingVersion {
	b.Helper()
	return read(b, func(tx store.Tx) (store.MappingVersion, error) { return tx.AddMapping(b.Context(), m) })
}

func (b *bench) mapping(projectID string, version int) store.MappingVersion {
	b.Helper()
	return read(b, func(tx store.Tx) (store.MappingVersion, error) { return tx.Mapping(b.Context(), projectID, version) })
}

func (b *bench) activeMapping(projectID string) store.MappingVersion {
	b.Helper()
	return read(b, func(tx store.Tx) (store.MappingVersion, error) { return tx.ActiveMapping(b.Context(), projectID) })
}

func (b *bench) listMappings(projectID string) []store.MappingVersion {
	b.Helper()
	return read(b, func(tx store.Tx) ([]store.MappingVersion, error) { return tx.ListMappings(b.Context(), projectID) })
}

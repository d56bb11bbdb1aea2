package storetest

import (
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

func projectTests() []test {
	return []test{
		{"a project comes back as it was stored, because it steers everything", func(b *bench) {
			p := b.insertProject()
			b.same("project", b.project(p.ID), p)
			locked := read(b, func(tx store.Tx) (store.Project, error) { return tx.ProjectForUpdate(b.Context(), p.ID) })
			b.same("locked project", locked, p)
		}},
		{"a project that is not there is ErrNotFound, because callers answer 404", func(b *bench) {
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.Project(b.Context(), newID()); return err })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.ProjectForUpdate(b.Context(), "not a uuid"); return err })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.UpdateProject(b.Context(), aProject()) })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.RaiseEpoch(b.Context(), newID(), 1); return err })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.BumpEpoch(b.Context(), newID()); return err })
			b.fails(store.ErrNotFound, func(tx store.Tx) error {
				_, err := tx.ProjectByAddress(b.Context(), "github", "", "octo/none")
				return err
			})
		}},
		{"one external project is connected once, because it has one writer", connectedOnce},
		{"several projects may be without an external id, because it is unknown while configuring", func(b *bench) {
			for range 2 {
				p := aProject()
				p.ExternalID, p.Status = "", external.Configuring
				b.do(func(tx store.Tx) error { return tx.InsertProject(b.Context(), p) })
			}
		}},
		{"the newest project at an address is found, because an older one may have moved away", newestAtAddress},
		{"projects are listed oldest first, because people read them so", func(b *bench) {
			var want []string
			for i := range 3 {
				p := aProject()
				p.CreatedAt = day.Add(time.Duration(-i) * time.Hour)
				b.do(func(tx store.Tx) error { return tx.InsertProject(b.Context(), p) })
				want = append([]string{p.ID}, want...)
			}
			all := read(b, func(tx store.Tx) ([]store.Project, error) { return tx.ListProjects(b.Context()) })
			b.same("ids", ids(all, func(p store.Project) string { return p.ID }), want)
		}},
		{"an update replaces the row but for the epoch, because an old copy must not lower the fence", updateKeepsEpoch},
		{"the status moves only as its machine allows, because a late session must not revive a disconnected project", statusMachine},
		{"a status, direction or strategy that does not exist is refused, because nothing could act on it", func(b *bench) {
			for _, spoil := range []func(*store.Project){
				func(p *store.Project) { p.Status = "asleep" },
				func(p *store.Project) { p.Direction = "sideways" },
				func(p *store.Project) { p.Strategies[0].Strategy = "loudest_wins" },
			} {
				p := aProject()
				spoil(&p)
				b.refused(func(tx store.Tx) error { return tx.InsertProject(b.Context(), p) })
			}
		}},
		{"settings come back as they were given, and what is not JSON is refused, because an adapter reads them", settings},
		{"an epoch is raised beyond what was seen elsewhere, because a restored database is behind", func(b *bench) {
			p := b.insertProject()
			for _, c := range []struct{ beyond, want int64 }{{0, 1}, {7, 8}, {3, 9}} {
				got := read(b, func(tx store.Tx) (int64, error) { return tx.RaiseEpoch(b.Context(), p.ID, c.beyond) })
				b.same("raised epoch", got, c.want)
				b.same("stored epoch", b.project(p.ID).WriterEpoch, c.want)
			}
		}},
		{"each bump returns one more, because every older writer is fenced", func(b *bench) {
			p := b.insertProject()
			for want := int64(1); want <= 3; want++ {
				got := read(b, func(tx store.Tx) (int64, error) { return tx.BumpEpoch(b.Context(), p.ID) })
				b.same("bumped epoch", got, want)
				b.same("stored epoch", b.project(p.ID).WriterEpoch, want)
			}
		}},
	}
}

func (b *bench) project(id string) store.Project {
	b.Helper()
	return read(b, func(tx store.Tx) (store.Project, error) { return tx.Project(b.Context(), id) })
}

func settings(b *bench) {
	for _, c := range []struct{ given, want string }{
		{"", ""}, {`{}`, `{}`}, {"{ \"b\": 1.50,\n \"a\": [ ] }", `{"b":1.50,"a":[]}`}, {`{"x":"\u0000"}`, `{"x":"\u0000"}`},
	} {
		p := aProject()
		p.Settings = []byte(c.given)
		b.do(func(tx store.Tx) error { return tx.InsertProject(b.Context(), p) })
		b.same("settings of "+c.given, string(b.project(p.ID).Settings), c.want)
	}
	p := b.insertProject()
	for _, broken := range []string{"{", "{} {}", "\xff", "settings"} {
		p.Settings = []byte(broken)
		b.refused(func(tx store.Tx) error { return tx.UpdateProject(b.Context(), p) })
	}
}

func connectedOnce(b *bench) {
	p := b.insertProject()
	twin := aProject()
	twin.ExternalID = p.ExternalID
	b.fails(store.ErrExists, func(tx store.Tx) error { return tx.InsertProject(b.Context(), twin) })
	b.fails(store.ErrExists, func(tx store.Tx) error { return tx.InsertProject(b.Context(), p) })
	elsewhere := twin
	elsewhere.System = "jira"
	b.do(func(tx store.Tx) error { return tx.InsertProject(b.Context(), elsewhere) })
	elsewhere.System = "github"
	b.fails(store.ErrExists, func(tx store.Tx) error { return tx.UpdateProject(b.Context(), elsewhere) })
	// Two servers of one vendor may give out the same ids.
	server := elsewhere
	server.ID, server.BaseURL = newID(), "https://other.example.test/api"
	b.do(func(tx store.Tx) error { return tx.InsertProject(b.Context(), server) })
	// Once the first lets go of it, the external project can be connected again.
	p.ExternalID = newID()
	b.do(func(tx store.Tx) error { return tx.UpdateProject(b.Context(), p) })
	b.do(func(tx store.Tx) error { return tx.UpdateProject(b.Context(), elsewhere) })
}

func newestAtAddress(b *bench) {
	older, newer, other := aProject(), aProject(), aProject()
	newer.CreatedAt = older.CreatedAt.Add(time.Hour)
	other.System, other.CreatedAt = "jira", older.CreatedAt.Add(2*time.Hour)
	for _, p := range []store.Project{newer, older, other} {
		b.do(func(tx store.Tx) error { return tx.InsertProject(b.Context(), p) })
	}
	got := read(b, func(tx store.Tx) (store.Project, error) {
		return tx.ProjectByAddress(b.Context(), "github", newer.BaseURL, newer.Key)
	})
	b.same("found", got, newer)
}

func updateKeepsEpoch(b *bench) {
	p := b.insertProject()
	b.do(func(tx store.Tx) error { _, err := tx.BumpEpoch(b.Context(), p.ID); return err })
	next := aProject()
	next.ID, next.Key, next.Status = p.ID, "octo/renamed", external.Paused
	next.Strategies, next.SyncedAt, next.PollEvery = nil, time.Time{}, 0
	next.User, next.Filter, next.Settings = "", "project = B", nil
	b.do(func(tx store.Tx) error { return tx.UpdateProject(b.Context(), next) })
	next.WriterEpoch = 1
	b.same("project", b.project(p.ID), next)
}

func statusMachine(b *bench) {
	statuses := []external.Status{
		external.Configuring, external.Active, external.Paused, external.InError, external.Disconnected,
	}
	for _, from := range statuses {
		for _, to := range statuses {
			p := aProject()
			p.Status = from
			b.do(func(tx store.Tx) error { return tx.InsertProject(b.Context(), p) })
			p.Status = to
			update := func(tx store.Tx) error { return tx.UpdateProject(b.Context(), p) }
			if from.CanBecome(to) {
				b.do(update)
			} else {
				b.fails(store.ErrStale, update)
				b.same("status after the refusal", b.project(p.ID).Status, from)
			}
		}
	}
}

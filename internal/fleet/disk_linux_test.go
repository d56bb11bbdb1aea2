package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/devstack/pgtest"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/postgres"
	"github.com/extsync/extsync/ticket"
)

// smallDisk is a disk of its own under a database.
type smallDisk struct {
	*testing.T
	dir string
}

const diskSize = "48m"

// ownDisk lets a test mount one, which root may.
const ownDisk = "EXTSYNC_DISK"

func newDisk(t *testing.T) *smallDisk {
	t.Helper()
	if os.Getenv(ownDisk) == "" {
		t.Skip("a disk is mounted where " + ownDisk + " is set, by root")
	}
	dir, err := os.MkdirTemp("/var/tmp", "extsync-disk-") //nolint:usetesting // Postgres, which is not root, may not pass through that one
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0777,size="+diskSize); err != nil {
		t.Skipf("mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount the small disk: %v", err)
		}
	})
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(dir, "data"), 65534, 65534); err != nil {
		t.Fatal(err)
	}
	return &smallDisk{t, dir}
}

// fill leaves so many bytes free.
func (d *smallDisk) fill(free int64) {
	d.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(d.dir, &st); err != nil {
		d.Fatal(err)
	}
	size := int64(st.Bavail)*st.Bsize - free
	if size <= 0 {
		d.Fatalf("the disk has %d blocks free", st.Bavail)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "filler"), make([]byte, size), 0o600); err != nil {
		d.Fatal(err)
	}
}

func (d *smallDisk) room() {
	d.Helper()
	if err := os.Remove(filepath.Join(d.dir, "filler")); err != nil {
		d.Fatal(err)
	}
}

// database makes one there.
func (d *smallDisk) database() *postgres.Store {
	d.Helper()
	var admin *pgx.Conn
	d.Cleanup(func() { // once its database is dropped
		if admin != nil {
			_, err := admin.Exec(context.Background(), "DROP TABLESPACE small")
			if err = errors.Join(err, admin.Close(context.Background())); err != nil {
				d.Error(err)
			}
		}
	})
	url := pgtest.Database(d.T, func(url string) error { return postgres.Migrate(context.Background(), url) })
	config, err := pgx.ParseConfig(url)
	if err != nil {
		d.Fatal(err)
	}
	name := config.Database
	config.Database = "postgres"
	if admin, err = pgx.ConnectConfig(d.Context(), config); err != nil {
		d.Fatal(err)
	}
	for _, sql := range []string{"CREATE TABLESPACE small LOCATION '" + filepath.Join(d.dir, "data") + "'", "ALTER DATABASE " + name + " SET TABLESPACE small"} {
		if _, err := admin.Exec(d.Context(), sql); err != nil {
			d.Fatal(err)
		}
	}
	s, err := postgres.Open(d.Context(), url)
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(s.Close)
	return s
}

// tight is a fleet whose database has no room left for a while.
type tight struct {
	*world
	refused, done int
	said          []string
}

// here is what a person does here. Who is told that there is no room has written nothing.
func (w *tight) here(value string, err error) {
	w.Helper()
	var unable *store.UnableError
	switch {
	case err == nil:
		w.done++
		w.said = append(w.said, value)
	case errors.As(err, &unable) && strings.Contains(unable.Todo, "disk is full"):
		w.refused++
	default:
		w.Errorf("%q: %v", value, err)
	}
}

func (w *tight) round() {
	w.Helper()
	_, err := w.Round(w.Context())
	var vendor *external.Error
	var unable *store.UnableError
	if err != nil && !errors.As(err, &unable) && !errors.As(err, &vendor) {
		w.Errorf("a round: %v", err)
	}
	w.Clock.Advance(10 * time.Minute)
}

// day has people work on both sides.
func (w *tight) day(n int, ids []string) {
	w.Helper()
	long := strings.Repeat("many words of no use to anybody ", 40)
	for k, id := range ids {
		v := fmt.Sprintf("title %d of %d qz", n, k)
		w.here(v, w.EditLocal(w.Context(), "cyn", id, ticket.Fields{ticket.Title: ticket.Text(v), ticket.Body: ticket.Text(v + long)}))
		v = fmt.Sprintf("remark %d at %d qz", n, k)
		_, err := w.Engine.AddComment(w.Context(), id, v, "", "ada")
		w.here(v, err)
	}
	v := fmt.Sprintf("made here on day %d qz", n)
	_, err := w.Engine.CreateTicket(w.Context(), ticket.Fields{ticket.Title: ticket.Text(v), ticket.Body: ticket.Text(long)}, ticket.Public, "ada")
	w.here(v, err)
	for _, m := range w.Members() {
		v := fmt.Sprintf("made in %s on day %d qz", m.Name, n)
		id, err := m.Site.Create("bob", fleet.Change{Title: &v, Body: &long})
		w.must(err)
		w.said = append(w.said, v)
		v = fmt.Sprintf("remark in %s on day %d qz", m.Name, n)
		_, err = m.Site.Comment("bob", id, v)
		w.must(err)
		w.said = append(w.said, v)
	}
}

// TestAFullDisk runs the service over a database whose disk is full for a while, people working all the time: who is
// told that it was not taken has lost nothing else, nothing is there twice, and all goes on once there is room.
func TestAFullDisk(t *testing.T) {
	for _, free := range []int64{0, 300_000} {
		t.Run(fmt.Sprint(free), func(t *testing.T) {
			disk := newDisk(t)
			w := &tight{world: newWorld(t, fleet.Options{Seed: 5, Allow: true, Store: disk.database()})}
			w.connect(allSystems()...)
			var ids []string
			for n := range 3 {
				t, err := w.Engine.CreateTicket(w.Context(), ticket.Fields{ticket.Title: ticket.Text(fmt.Sprintf("ticket %d", n))}, ticket.Public, "ada")
				w.must(err)
				ids = append(ids, t.ID)
			}
			w.settle()
			disk.fill(free)
			for n := range 8 {
				w.day(n, ids)
				w.round()
			}
			if w.refused == 0 {
				t.Errorf("the disk was never full: %d edits were taken", w.done)
			}
			t.Logf("%d edits were taken, %d refused", w.done, w.refused)
			disk.room()
			for range 12 {
				w.round()
			}
			w.settle()
			w.whole()
		})
	}
}

// whole fails where something is missing, or there twice.
func (w *tight) whole() {
	w.Helper()
	w.converged()
	for _, m := range w.Members() {
		seen := m.Site.Look()
		all := map[string]int{}
		for _, s := range seen {
			all[s.Title]++
			for _, c := range s.Comments {
				all[unmarked(c.Body)]++
			}
		}
		for text, n := range all {
			if n > 1 {
				w.Errorf("%s: %q is there %d times", m.Name, text, n)
			}
		}
		for _, v := range w.said {
			if all[v] == 0 && !strings.HasPrefix(v, "title ") { // titles were written over since
				w.Errorf("%s: %q is missing", m.Name, v)
			}
		}
	}
	w.quiet()
}

package chaos

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/devstack"
	"github.com/extsync/extsync/internal/devstack/temporaltest"
	"github.com/extsync/extsync/internal/simtest"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestADatabaseRestoredUnderARunningService backs the real Postgres up while the service
// runs, lets people and sessions go on, and then puts the backup in the place of the
// database, under the running Temporal, worker and API.
func TestADatabaseRestoredUnderARunningService(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w, err := open(ctx, Options{Seed: uint64(time.Now().UnixNano()), Tickets: 4, Log: t.Logf})
	if errors.Is(err, devstack.ErrNoTemporal) && os.Getenv(temporaltest.RequireVariable) == "" {
		t.Skipf("SKIPPED, this test needs Temporal: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	r := &restoring{t, w}
	t.Logf("seed %d", w.o.Seed)
	r.people(5 * time.Second)
	r.still()
	r.sql("CREATE DATABASE extsync_backup TEMPLATE extsync")
	r.people(5 * time.Second)
	r.still()
	edits := len(w.story.lines)

	r.sql("DROP DATABASE extsync", "ALTER DATABASE extsync_backup RENAME TO extsync")
	began := time.Now()
	wrote := w.written()
	r.forget()
	r.await("it is found out", func(p store.Project) bool { return p.Restored.Open() })
	found := time.Since(began)
	r.await("all is read anew", func(p store.Project) bool { return p.Restored.Done && p.Status == external.Paused })
	if n := w.written() - wrote; n > 0 {
		t.Errorf("%d writes outside before anybody released the projects", n)
	}
	read := time.Since(began)
	r.checkLoss("before the release")
	conflicts, aside := r.release()
	r.still()
	r.checkLoss("after the release")
	r.checkOnce()
	for _, v := range w.story.sick {
		t.Error(v)
	}
	if t.Failed() {
		t.Log(w.story.whole())
	}
	t.Logf("%d lines of story before the restore; found out after %s, read anew after %s, 0 writes until then, %d conflicts opened, %d links set aside",
		edits, found.Round(10*time.Millisecond), read.Round(10*time.Millisecond), conflicts, aside)
}

type restoring struct {
	*testing.T
	w *world
}

func (r *restoring) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// people edits for a while, without any fault.
func (r *restoring) people(d time.Duration) {
	ctx, cancel := context.WithTimeout(r.Context(), d)
	defer cancel()
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() { r.w.edit(ctx, n) })
	}
	all.Wait()
}

// still waits until nothing is left to do; guards ask nobody here.
func (r *restoring) still() {
	r.Helper()
	r.w.rest(r.Context(), false, QuietRounds)
	if r.w.sick() {
		r.Fatalf("%v\n%s", r.w.story.sick, r.w.story.whole())
	}
}

// sql runs statements about the database as a whole, for which nobody may be connected.
func (r *restoring) sql(statements ...string) {
	r.Helper()
	ctx := r.Context()
	conn, err := pgx.Connect(ctx, strings.Replace(r.w.direct.Postgres, "/extsync?", "/postgres?", 1))
	r.must(err)
	defer conn.Close(ctx)
	all := []string{
		"ALTER DATABASE extsync ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'extsync'",
	}
	for _, s := range append(append(all, statements...), "ALTER DATABASE extsync ALLOW_CONNECTIONS true") {
		if _, err := conn.Exec(ctx, s); err != nil {
			r.Fatalf("%s: %v", s, err)
		}
	}
}

// await waits until something holds of every project.
func (r *restoring) await(what string, holds func(store.Project) bool) {
	r.Helper()
	ok := await(r.Context(), func() bool {
		all, err := r.w.projects(r.Context())
		if err != nil {
			return false // connections were ended
		}
		for _, p := range all {
			if !holds(p) {
				return false
			}
		}
		return true
	})
	if !ok {
		var text []string
		for _, v := range r.w.vendors {
			text = append(text, r.w.account(r.Context(), v))
		}
		left, _, err := r.w.waiting(r.Context())
		r.Fatalf("waited in vain: %s\n%s\n%s %v", what, strings.Join(text, "\n"), left, err)
	}
}

// lost returns what is neither live nor kept.
func (r *restoring) lost() []simtest.Token {
	r.Helper()
	var f final
	if !await(r.Context(), func() (ok bool) {
		var err error
		f, err = r.w.final(r.Context())
		return err == nil
	}) {
		r.Fatal("the database does not answer")
	}
	live, kept := r.w.values(f)
	return r.w.ledger.oracle.Lost(live, kept, nil)
}

// forget excuses what is lost with the database itself, as past.forget does.
func (r *restoring) forget() {
	for _, t := range r.lost() {
		r.w.ledger.oracle.Moot(t.ID, true)
	}
}

func (r *restoring) checkLoss(when string) {
	r.Helper()
	for _, t := range r.lost() {
		r.Errorf("%s: the value %q that was written %s of %s on side %d is lost without a trace\n%s",
			when, t.Raw, t.Field, t.Item, t.Side, r.w.story.about(t.Raw))
	}
}

// release lets every project go on through the API, as a person does who has looked.
func (r *restoring) release() (conflicts, aside int) {
	r.Helper()
	for _, v := range r.w.vendors {
		open, err := r.w.api.Conflicts(r.Context(), v.m.ID, string(store.OpenConflict), 500)
		r.must(err)
		conflicts += len(open.Conflicts)
		set, err := r.w.api.Asides(r.Context(), v.m.ID, string(store.ParkedLink), "", 500)
		r.must(err)
		aside += len(set.Asides)
		p, err := r.w.api.Resume(r.Context(), v.m.ID, true)
		r.must(err)
		if p.Status != string(external.Active) {
			r.Errorf("%s is %s after its release", v.m.Name, p.Status)
		}
	}
	return conflicts, aside
}

// checkOnce: no ticket has two twins anywhere.
func (r *restoring) checkOnce() {
	r.Helper()
	f, err := r.w.final(r.Context())
	r.must(err)
	here := map[int]int{}
	for _, t := range f.tickets {
		for _, id := range simtest.TokensIn(t.Fields[ticket.Labels]) {
			here[id]++
		}
	}
	for _, b := range r.w.ledger.births {
		if here[b.token] > 1 {
			r.Errorf("%d tickets here were born as k%d", here[b.token], b.token)
		}
		for _, v := range r.w.vendors {
			if n := v.wearing(b.token); n > 1 {
				r.Errorf("%d tickets at %s were born as k%d", n, v.m.Name, b.token)
			}
		}
	}
}

package fleet_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestUndoOfManyReadsEachOnce: a session took in more tickets than one attempt undoes. Its undo, and the undo of
// that, read each of them once, and so stay below GitHub's secondary limit: nothing has to wait.
func TestUndoOfManyReadsEachOnce(t *testing.T) {
	const size = 300 // two attempts; thrice as many reads are 900 within the minute
	w := newWorld(t, fleet.Options{Seed: 7, Allow: true, Limits: true})
	m := w.connect("github")[0]
	for n := range size {
		_, err := m.Site.Create("ada", fleet.Change{Title: p(fmt.Sprintf("title %d", n))})
		w.must(err)
	}
	s := w.one(m).Session
	at := w.Clock.Now()
	for _, what := range []string{"undo", "undo of the undo"} {
		w.Reset()
		_, undo, err := w.Rollback(t.Context(), s.ID)
		w.must(err)
		if c := m.Site.Counters(); c.Total != size {
			t.Errorf("the %s of %d tickets took %d calls: %v", what, size, c.Total, c.Kinds)
		}
		s = undo
	}
	if waited := w.Clock.Now().Sub(at); waited > 0 {
		t.Errorf("it waited %s for a limit", waited)
	}
	all, err := w.Tickets(t.Context())
	w.must(err)
	for _, tk := range all {
		if tk.Deleted {
			t.Fatal("a ticket was not brought back")
		}
	}
}

// TestUndoOfWritesReadsEachOnce: what an undo writes outside is looked at before, and not once more after the answer.
func TestUndoOfWritesReadsEachOnce(t *testing.T) {
	for _, system := range []external.System{"github", "jira", "linear"} {
		w := newWorld(t, fleet.Options{Seed: 7, Allow: true})
		m := w.connect(system)[0]
		const size = 5
		ids, _ := w.prepare(m, size)
		for n, id := range ids {
			w.must(w.EditLocal(t.Context(), "ada", id, ticket.Fields{ticket.Title: ticket.Text(fmt.Sprintf("new %d", n))}))
		}
		s := w.one(m).Session
		w.Reset()
		_, undo, err := w.Rollback(t.Context(), s.ID)
		w.must(err)
		if audits := undo.Counts.Reads - size; audits < 0 || audits > size/2 {
			t.Errorf("%s: the undo of %d edits read %d times: %v", system, size, undo.Counts.Reads, m.Site.Counters().Kinds)
		}
	}
}

// TestUndoThatStopsSaysWhy: the log tells at which link a rollback stopped and why, and that one waits for a limit is
// no warning; it holds no word of a ticket.
func TestUndoThatStopsSaysWhy(t *testing.T) {
	for _, c := range []struct {
		fault fleet.FaultKind
		want  []string
	}{
		{fleet.Limited, []string{"level=INFO", "rollback waits", "reason=", "link="}},
		{fleet.LoseRequest, []string{"level=WARN", "rollback stopped", "kind=temporary", "link="}},
	} {
		var log bytes.Buffer
		w := newWorld(t, fleet.Options{Seed: 7, Allow: true, Log: slog.New(slog.NewTextHandler(&log, nil))})
		m := w.connect("github")[0]
		for range 3 { // no answer about three in a row is an outage
			_, err := m.Site.Create("ada", fleet.Change{Title: p("nobody's business")})
			w.must(err)
		}
		s := w.one(m).Session
		w.must(m.Site.Lose(fleet.Fault{Kind: c.fault, Calls: []string{"read"}, Next: 12}))
		if _, undo, err := w.Rollback(t.Context(), s.ID); err == nil && undo.State != store.Succeeded {
			t.Errorf("%s: the undo is %s", c.fault, undo.State)
		}
		for _, want := range c.want {
			if !strings.Contains(log.String(), want) {
				t.Errorf("%s: the log does not say %q: %s", c.fault, want, log.String())
			}
		}
		if strings.Contains(log.String(), "business") {
			t.Errorf("the log holds a title: %s", log.String())
		}
	}
}

package activities_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	memstore "github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/ticket"
)

// clock stands still unless told.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func (c *clock) Sleep(_ context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	return nil
}

// world is a connected project over stores in memory; it is its own connector and
// steering.
type world struct {
	known   int64 // epoch that the poll before saw
	t       *testing.T
	clock   *clock
	mem     *memstore.Store
	engine  *engine.Engine
	tracker *memory.Tracker
	refused error  // what the connection fails with
	onCall  func() // when the connection is opened, once
	project string
	wakes   []activities.Wake
	ids     int
}

func (w *world) For(_ context.Context, p store.Project) (adapters.Adapter, error) {
	if w.refused != nil {
		return nil, w.refused
	}
	if w.onCall != nil {
		w.onCall()
		w.onCall = nil
	}
	return memory.New(w.tracker, adapters.Config{OwnKey: w.engine.OwnKey(p.ID)}), nil
}

func (w *world) Wake(_ context.Context, _ string, wake activities.Wake) error {
	w.wakes = append(w.wakes, wake)
	return nil
}

func (w *world) Schedule(context.Context, activities.Schedules) error { return nil }

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)}, mem: memstore.New()}
	w.tracker = memory.NewTracker(memory.Options{Key: "octo/hello", Now: w.clock.Now})
	w.engine = engine.New(engine.Deps{
		Store: w.mem, Adapters: w, Clock: w.clock, Key: make([]byte, 32), Log: slog.New(slog.DiscardHandler),
		NewID: func() string { w.ids++; return fmt.Sprintf("id-%04d", w.ids) },
	})
	p, err := w.engine.CreateProject(t.Context(), engine.Connection{System: "memory", Key: "octo/hello", By: "op"},
		func(string) ([]byte, error) { return []byte("sealed"), nil })
	w.must(err)
	w.project = p.ID
	_, err = w.engine.Probe(t.Context(), p.ID)
	w.must(err)
	_, err = w.engine.Activate(t.Context(), p.ID, "op", engine.Preview{})
	w.must(err)
	w.session()
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// session runs one session by the activities.
func (w *world) session() activities.Recorded {
	w.t.Helper()
	w.clock.now = w.clock.now.Add(10 * time.Minute)
	w.ids++
	run := activities.SessionRun{ProjectID: w.project, SessionID: fmt.Sprintf("session-%04d", w.ids), Kind: activities.Incremental}
	steps := &activities.Session{Engine: w.engine}
	activity[activities.Observed](w, steps.Observe, activities.ObserveInput{SessionRun: run, Walk: true})
	activity[activities.Wait](w, steps.Repair, run)
	activity[activities.Wait](w, steps.Guard, activities.GuardInput{SessionRun: run, Limit: 100})
	activity[activities.Progress](w, steps.Sync, activities.SyncInput{SessionRun: run, Limit: 100})
	r := activity[activities.Recorded](w, steps.Record, activities.RecordInput{SessionRun: run, State: activities.Succeeded})
	w.clock.now = w.clock.now.Add(10 * time.Minute)
	return r
}

// activity runs an activity that must succeed.
func activity[Out any](w *world, fn any, in ...any) Out {
	w.t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(fn)
	v, err := env.ExecuteActivity(fn, in...)
	w.must(err)
	var out Out
	if v.HasValue() {
		w.must(v.Get(&out))
	}
	return out
}

func (w *world) status(s external.Status) {
	_, err := w.engine.Configure(w.t.Context(), w.project, "op", func(p *store.Project) error {
		p.Status = s
		return nil
	})
	w.must(err)
}

func TestWhatAPollWakesFor(t *testing.T) {
	away := &external.Error{Kind: external.Unauthorised, Op: "list", Message: "refused"}
	for _, c := range []struct {
		reason string
		set    func(*world)
		want   []activities.Wake
		failed external.ErrorKind
	}{
		{"nothing happened", func(*world) {}, nil, ""},
		{"the database is older than what the poll before saw", func(w *world) { w.known = 1 << 30 }, []activities.Wake{{Walk: true, Sweep: true}}, ""},
		{"something is new outside", func(w *world) {
			_, err := w.tracker.CreateTicket("bob", external.Fields{"title": ticket.Text("new")})
			w.must(err)
		}, []activities.Wake{{Walk: true}}, ""},
		{"something waits here: there is nothing to read for it", func(w *world) {
			_, err := w.engine.CreateTicket(w.t.Context(), ticket.Fields{"title": ticket.Text("ours")}, ticket.Public, "ann")
			w.must(err)
		}, []activities.Wake{{}}, ""},
		{"the poll fails: a session records it", func(w *world) { w.refused = away }, []activities.Wake{{Walk: true}}, external.Unauthorised},
		{"the poll fails and the status says so", func(w *world) { w.status(external.InError); w.refused = away }, nil, external.Unauthorised},
		{"the poll succeeds while in error: a session mends it", func(w *world) { w.status(external.InError) }, []activities.Wake{{Walk: true}}, ""},
		{"the project is paused", func(w *world) { w.status(external.Paused); w.refused = away }, nil, ""},
	} {
		t.Run(c.reason, func(t *testing.T) {
			w := newWorld(t)
			c.set(w)
			p := &activities.Project{Engine: w.engine, Steering: w}
			found := activity[activities.Polled](w, p.Poll, w.project, w.known)
			if fmt.Sprint(w.wakes) != fmt.Sprint(c.want) || found.Failed != c.failed || found.Woke != (len(c.want) > 0) {
				t.Errorf("found %+v and woke with %+v; want %+v, failed %q", found, w.wakes, c.want, c.failed)
			}
		})
	}
}

// uncounted is a store whose links nobody may count: that reads every one of a project.
type uncounted struct {
	store.Store
	t *testing.T
}

func (u uncounted) Tx(ctx context.Context, fn func(store.Tx) error) error {
	return u.Store.Tx(ctx, func(tx store.Tx) error { return fn(uncountedTx{tx, u.t}) })
}

type uncountedTx struct {
	store.Tx
	t *testing.T
}

func (u uncountedTx) CountLinks(ctx context.Context, projectID string, now time.Time) (store.LinkCounts, error) {
	u.t.Error("a poll counted the links")
	return u.Tx.CountLinks(ctx, projectID, now)
}

// TestAPollReadsWhatWaitsAlone: it is asked every minute, of projects of any size.
func TestAPollReadsWhatWaitsAlone(t *testing.T) {
	w := newWorld(t)
	w.engine.Store = uncounted{w.engine.Store, t}
	p := &activities.Project{Engine: w.engine, Steering: w}
	activity[activities.Polled](w, p.Poll, w.project, w.known)
	if len(w.wakes) > 0 {
		t.Errorf("it woke with %+v for nothing", w.wakes)
	}
}

func TestASessionByItsActivities(t *testing.T) {
	w := newWorld(t)
	_, err := w.engine.CreateTicket(t.Context(), ticket.Fields{"title": ticket.Text("ours")}, ticket.Public, "ann")
	w.must(err)
	r := w.session()
	if r.Counts.CreatedOutside != 1 || r.Status != external.Active || !r.NextDue.IsZero() {
		t.Errorf("recorded %+v", r)
	}
	if want := w.clock.now.Add(-10 * time.Minute); !r.Now.Equal(want) { // see session
		t.Errorf("recorded at %s by the worker's clock, want %s", r.Now, want)
	}
}

// TestAnActivationWhoseAnswerWasLost is repeated by Temporal, after the minute that an answer may
// take: what a person said meanwhile stands.
func TestAnActivationWhoseAnswerWasLost(t *testing.T) {
	w := newWorld(t)
	_, err := w.engine.Pause(t.Context(), w.project, "ann")
	w.must(err)
	p := &activities.Project{Engine: w.engine, Steering: w}
	activity[struct{}](w, p.Activate, activities.Approval{ProjectID: w.project, By: "op"})
	if s := activity[activities.ProjectState](w, p.ReadProject, w.project); s.Status != external.Paused {
		t.Errorf("the project is %s, want paused as ann said", s.Status)
	}
}

func TestAnOrderThatWasCarriedOutIsNotRepeated(t *testing.T) {
	w := newWorld(t)
	p := &activities.Project{Engine: w.engine, Steering: w}
	entries := func() (n int) {
		w.must(w.engine.Store.Tx(t.Context(), func(tx store.Tx) error {
			list, err := tx.AuditLog(t.Context(), w.project, 0, 100)
			n = len(list)
			return err
		}))
		return n
	}
	before := entries()
	for range 3 {
		activity[struct{}](w, p.Pause, activities.Order{ProjectID: w.project, By: "ann"})
	}
	if n := entries() - before; n != 1 {
		t.Errorf("%d audit entries for one pause", n)
	}
}

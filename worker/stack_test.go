package worker_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	githubadapter "github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/internal/actioncount"
	"github.com/extsync/extsync/internal/devstack/pgtest"
	"github.com/extsync/extsync/internal/devstack/temporaltest"
	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/postgres"
	"github.com/extsync/extsync/ticket"
	"github.com/extsync/extsync/worker"
	"github.com/extsync/extsync/workflows"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(pgtest.Wrap(temporaltest.Wrap(m)))
}

const (
	repoName = "octo/hello"
	token    = "ghp_good"
	patience = 3 * time.Minute
)

// stack is the whole service on real servers, with a simulated GitHub behind real
// HTTP.
type stack struct {
	*worker.Services
	t       *testing.T
	ctx     context.Context //nolint:containedctx // the test's, of which this is a part
	cfg     worker.Config
	meter   *actioncount.Meter
	sim     *github.Sim
	repo    *github.Repo
	server  *httptest.Server
	started time.Time
	stop    func()
	project string
}

func migrate(url string) error { return postgres.Migrate(context.Background(), url) }

func newStack(t *testing.T, adjust ...func(*worker.Config)) *stack {
	t.Helper()
	address, namespace := temporaltest.Server(t, workflows.SearchAttributes())
	s := &stack{t: t, ctx: t.Context(), meter: &actioncount.Meter{}, started: time.Now()}
	s.sim = github.New(github.Options{Seed: 1, Limits: github.NoLimits()})
	s.repo = s.sim.AddRepo("octo", "hello")
	s.sim.AddToken(token, github.Token{Login: "extsync-bot", Push: true})
	s.server = httptest.NewServer(s.sim)
	t.Cleanup(s.server.Close)
	level := slog.LevelError
	if testing.Verbose() && os.Getenv("EXTSYNC_TEST_LOG") != "" {
		level = slog.LevelDebug
	}
	s.cfg = worker.Config{
		PostgresURL: pgtest.Database(t, migrate), TemporalAddress: address, Namespace: namespace,
		KeysetFile: filepath.Join(t.TempDir(), "keys.json"), AllowAddresses: worker.Loopback(),
		TuneClient: s.meter.Tune, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: level})),
	}
	for _, a := range adjust {
		a(&s.cfg)
	}
	s.start()
	t.Cleanup(s.end)
	return s
}

// start opens the services and runs them in the background.
func (s *stack) start() {
	s.t.Helper()
	var err error
	// The context of a test ends before its clean-up, in which the worker has still
	// things to do.
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	if s.Services, err = worker.Open(ctx, s.cfg); err != nil {
		cancel()
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	s.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Errorf("the worker ended with %v", err)
		}
		s.Close()
	}
	s.eventually("the worker is ready", func() bool { return s.Ready(s.ctx) == nil })
}

// end disconnects the project, so that nothing of it stays behind in Temporal, and
// stops the worker.
func (s *stack) end() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s.ctx = ctx
	if s.project != "" {
		if s.row().Status != "disconnected" {
			_, err := s.Engine.Disconnect(ctx, s.project, "op")
			s.must(err)
		}
		if err := s.Temporal.GetWorkflow(ctx, workflows.ProjectID(s.project), "").Get(ctx, nil); err != nil {
			s.t.Errorf("the project's workflow did not end well: %v", err)
		}
	}
	s.stop()
}

func (s *stack) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// eventually waits for a state.
func (s *stack) eventually(what string, holds func() bool) {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !holds(); {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain: %s", what)
		}
		<-tick.C
	}
}

// create stores the connection of the simulated repository.
func (s *stack) create(poll time.Duration, token string) {
	s.t.Helper()
	p, err := s.Engine.CreateProject(s.ctx, engine.Connection{
		System: githubadapter.System, BaseURL: s.server.URL, Key: repoName, PollEvery: poll, Pace: store.Pace{Off: true}, By: "op",
	}, s.Seal([]byte(token)))
	s.must(err)
	s.project = p.ID
}

func (s *stack) setUp(auto bool) {
	s.t.Helper()
	s.must(workflows.StartSetup(s.ctx, s.Temporal, workflows.SetupInput{
		ProjectID: s.project, System: githubadapter.System, Key: repoName, By: "op", AutoApprove: auto,
	}))
}

// connect connects the repository and waits for the end of its first synchronisation.
func (s *stack) connect(poll time.Duration) workflows.SetupState {
	s.t.Helper()
	s.create(poll, token)
	s.setUp(true)
	return s.setUpEnds()
}

func (s *stack) setUpEnds() workflows.SetupState {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	var out workflows.SetupState
	if err := s.Temporal.GetWorkflow(ctx, workflows.SetupID(s.project), "").Get(ctx, &out); err != nil {
		state, _ := workflows.ReadSetup(s.ctx, s.Temporal, s.project)
		s.t.Fatalf("the setup did not end: %v; it shows %+v", err, state)
	}
	return out
}

func (s *stack) view(f func(store.Tx) error) {
	s.t.Helper()
	s.must(s.Store.Tx(s.ctx, f))
}

func (s *stack) row() (p store.Project) {
	s.t.Helper()
	s.view(func(tx store.Tx) (err error) {
		p, err = tx.Project(s.ctx, s.project)
		return err
	})
	return p
}

// sessions returns the project's sessions, newest first.
func (s *stack) sessions() (list []store.Session) {
	s.t.Helper()
	s.view(func(tx store.Tx) (err error) {
		list, err = tx.ListSessions(s.ctx, s.project, "", 1000)
		return err
	})
	return list
}

// quiet waits until nothing waits and no session runs.
func (s *stack) quiet() {
	s.t.Helper()
	s.eventually("all is quiet", func() bool {
		pending, err := s.Engine.Pending(s.ctx, s.project)
		s.must(err)
		for _, x := range s.sessions() {
			pending = pending || x.State == store.Running
		}
		return !pending
	})
}

// walk asks for a session that reads the streams, and waits for its end.
func (s *stack) walk() store.Session {
	s.t.Helper()
	before := len(s.sessions())
	s.must(workflows.SignalWake(s.ctx, s.Temporal, s.project, walk()))
	s.eventually("the session that was asked for has ended", func() bool {
		list := s.sessions()
		return len(list) > before && list[0].State != store.Running
	})
	return s.sessions()[0]
}

func (s *stack) tickets() (list []ticket.Ticket) {
	s.t.Helper()
	s.view(func(tx store.Tx) (err error) {
		list, err = tx.ListTickets(s.ctx, "", 10_000)
		return err
	})
	return list
}

// local creates a public ticket of ours.
func (s *stack) local(title string) ticket.Ticket {
	s.t.Helper()
	t, err := s.Engine.CreateTicket(s.ctx, ticket.Fields{ticket.Title: ticket.Text(title)}, ticket.Public, "ann")
	s.must(err)
	return t
}

// retitle edits a ticket here.
func (s *stack) retitle(id, title string) {
	s.t.Helper()
	var t ticket.Ticket
	s.view(func(tx store.Tx) (err error) {
		t, err = tx.Ticket(s.ctx, id)
		return err
	})
	_, err := s.Engine.EditTicket(s.ctx, id, ticket.Patch{Seen: t.Revision, By: "ann", Set: ticket.Fields{ticket.Title: ticket.Text(title)}})
	s.must(err)
}

// retitleOutside edits an issue there.
func (s *stack) retitleOutside(number int, title string) {
	s.t.Helper()
	_, err := s.sim.Act(github.Act{Repo: repoName, Login: "bob", Do: "edit", Issue: number, Title: &title})
	s.must(err)
}

// status waits until the project has a status.
func (s *stack) status(want string) {
	s.t.Helper()
	s.eventually("the status is "+want, func() bool { return string(s.row().Status) == want })
}

package killtest

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/devstack"
	"github.com/extsync/extsync/internal/devstack/temporaltest"
	"github.com/extsync/extsync/internal/killable"
	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
	"github.com/extsync/extsync/worker"
	"github.com/extsync/extsync/workflows"
)

const (
	repository = "octo/hello"
	token      = "kill-token"
)

// world is one stack with its own database, connected to its own simulated GitHub.
type world struct {
	*testing.T
	settings killable.Settings
	services *worker.Services
	sim      *github.Sim
	repo     *github.Repo
	project  string
}

func newWorld(t *testing.T, faults ...github.Fault) *world {
	t.Helper()
	w := &world{T: t, sim: github.New(github.Options{Seed: 1, Limits: github.NoLimits()})}
	w.startStack()
	w.repo = w.sim.AddRepo("octo", "hello")
	w.sim.AddToken(token, github.Token{Login: "extsync-bot", Push: true})
	w.sim.Faults().Set(faults...)
	server := httptest.NewServer(w.sim)
	t.Cleanup(server.Close)
	w.sim.SetBaseURL(server.URL)
	var err error
	if w.services, err = worker.Open(t.Context(), w.settings.Config()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.services.Close)
	p, err := w.services.Engine.CreateProject(t.Context(), engine.Connection{
		System: "github", BaseURL: server.URL, Key: repository, By: "ada",
		PollEvery: 2 * time.Second, Pace: store.Pace{Off: true},
	}, w.services.Seal([]byte(token)))
	if err != nil {
		t.Fatal(err)
	}
	w.project = p.ID
	return w
}

// startStack starts a Postgres and a Temporal of the world's own: all workers poll one
// task queue.
func (w *world) startStack() {
	w.Helper()
	stack, err := devstack.Start(w.Context(), devstack.Options{
		Temporal: true, SearchAttributes: workflows.SearchAttributes(), FastUnsafe: true, Progress: w.Logf,
	})
	switch {
	case errors.Is(err, devstack.ErrNoTemporal) && os.Getenv(temporaltest.RequireVariable) == "":
		w.Skipf("SKIPPED, this test needs Temporal: %v", err)
	case err != nil:
		w.Fatal(err)
	}
	w.Cleanup(func() {
		if err := stack.Stop(context.Background()); err != nil {
			w.Error(err)
		}
	})
	w.settings = killable.Settings{
		Postgres: stack.PostgresURL, Temporal: stack.TemporalAddress, Namespace: stack.Namespace,
		Keyset: filepath.Join(w.TempDir(), "keyset.json"),
	}
}

// connect starts the setup, which asks for the first session in its end.
func (w *world) connect() {
	w.Helper()
	err := workflows.StartSetup(w.Context(), w.services.Temporal, workflows.SetupInput{
		ProjectID: w.project, System: "github", Key: repository, By: "ada", AutoApprove: true,
	})
	if err != nil {
		w.Fatal(err)
	}
}

// tx reads or writes the world's database.
func (w *world) tx(fn func(store.Tx) error) error {
	return w.services.Store.Tx(context.Background(), fn)
}

// links returns all links of a kind.
func (w *world) links(kind external.Kind) (links []store.Link, err error) {
	err = w.tx(func(tx store.Tx) (err error) {
		links, err = tx.LinksOf(context.Background(), w.project, kind, "", 10_000)
		return err
	})
	return links, err
}

// writeTickets fills the local side: every fourth ticket is closed and every fifth
// has a comment.
func (w *world) writeTickets(n int) {
	w.Helper()
	for k := range n {
		f := ticket.Fields{
			ticket.Title: ticket.Text("Ticket " + strconv.Itoa(k)), ticket.Body: ticket.Text("The text of ticket " + strconv.Itoa(k)),
			ticket.Labels: ticket.Set("bug"), ticket.Milestone: ticket.Text("Milestone " + strconv.Itoa(k%3)),
		}
		if k%4 == 0 {
			f[ticket.State] = ticket.Text(ticket.StateDone)
		}
		t, err := w.services.Engine.CreateTicket(w.Context(), f, ticket.Public, "ada")
		if err == nil && k%5 == 0 {
			_, err = w.services.Engine.AddComment(w.Context(), t.ID, "A remark on ticket "+strconv.Itoa(k), "", "ada")
		}
		if err != nil {
			w.Fatal(err)
		}
	}
}

// rest tells what is not done yet, or "" when all is.
func (w *world) rest(tickets int) (string, error) {
	links, err := w.links(external.KindTicket)
	if err != nil {
		return "", err
	}
	live := 0
	for _, l := range links {
		if l.State == store.Live && l.ExternalID != "" && !l.Dirty() {
			live++
		}
	}
	var counts store.LinkCounts
	var open []store.Intent
	err = w.tx(func(tx store.Tx) (err error) {
		if counts, err = tx.CountLinks(context.Background(), w.project, time.Now()); err != nil {
			return err
		}
		open, err = tx.OpenIntents(context.Background(), w.project)
		return err
	})
	if err != nil || live == tickets && counts.Dirty == 0 && len(open) == 0 {
		return "", err
	}
	return fmt.Sprintf("%d of %d tickets in step, %d links dirty, %d writes unsettled", live, tickets, counts.Dirty, len(open)), nil
}

// await waits until nothing is left to do.
func (w *world) await(ctx context.Context, tickets int) error {
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for {
		left, err := w.rest(tickets)
		if err != nil || left == "" {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not done in time: %s", left)
		case <-look.C:
		}
	}
}

// story tells how the sessions went, for a failure.
func (w *world) story() string {
	var b strings.Builder
	err := w.tx(func(tx store.Tx) error {
		b.Reset()
		p, err := tx.Project(context.Background(), w.project)
		if err != nil {
			return err
		}
		list, err := tx.ListSessions(context.Background(), w.project, "", 50)
		var sum store.Counts
		for _, s := range list {
			sum = sum.Plus(s.Counts)
		}
		fmt.Fprintf(&b, "project %s (%s), %d failures, %d uncertain writes settled", p.Status, p.StatusReason, p.Failures, sum.Repaired)
		for _, s := range list {
			fmt.Fprintf(&b, "\n  %s %s %s..%s %s", s.Kind, s.State, s.StartedAt.Format("05.0"), s.EndedAt.Format("05.0"), s.Reason)
		}
		return err
	})
	if err != nil {
		return err.Error()
	}
	return b.String()
}

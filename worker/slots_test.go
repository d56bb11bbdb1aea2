package worker_test

import (
	"testing"
	"time"

	githubadapter "github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
	"github.com/extsync/extsync/worker"
	"github.com/extsync/extsync/workflows"
)

// TestAnEditOvertakesAFirstSynchronisation: somebody connects a large project to a worker with a
// single slot. An edit for another project does not wait until all of it is through.
func TestAnEditOvertakesAFirstSynchronisation(t *testing.T) {
	s := newStack(t, func(cfg *worker.Config) { cfg.MaxActivities = 1 })
	s.connect(0)
	var last ticket.Ticket
	for range 30 {
		last = s.local("work")
	}
	s.eventually("all is written", func() bool { return s.issues() == 30 })
	s.quiet()

	s.slow(300 * time.Millisecond)
	large := s.connectAlso("large")
	s.eventually("its first synchronisation writes", func() bool { return s.issues() >= 32 })
	edited := time.Now()
	s.retitle(last.ID, "edited meanwhile")
	s.eventually("the edit is outside", func() bool { return s.titleOutside(numberOf(t, s.issueOf(last.ID))) == "edited meanwhile" })
	took, written := time.Since(edited), s.issues()-30
	t.Logf("the edit was outside after %s, with %d of 30 tickets of the large project", took.Round(100*time.Millisecond), written)
	if written > 20 {
		t.Errorf("the edit waited for %d tickets of another project", written)
	}
	s.eventually("the large project is through", func() bool { return s.issues() == 60 })
	_, err := s.Engine.Disconnect(s.ctx, large, "op")
	s.must(err)
	s.must(s.Temporal.GetWorkflow(s.ctx, workflows.ProjectID(large), "").Get(s.ctx, nil))
}

// connectAlso connects a second repository.
func (s *stack) connectAlso(name string) string {
	s.t.Helper()
	s.sim.AddRepo("octo", name)
	p, err := s.Engine.CreateProject(s.ctx, engine.Connection{
		System: githubadapter.System, BaseURL: s.server.URL, Key: "octo/" + name, Pace: store.Pace{Off: true}, By: "op",
	}, s.Seal([]byte(token)))
	s.must(err)
	s.must(workflows.StartSetup(s.ctx, s.Temporal, workflows.SetupInput{
		ProjectID: p.ID, System: githubadapter.System, Key: "octo/" + name, By: "op", AutoApprove: true,
	}))
	return p.ID
}

package worker_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/internal/actioncount"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/workflows"
)

// The budgets of docs/design.md, section 6. A first pull of 1,000 issues with a comment
// each is four full sessions; `make bench` measures one, here is a quarter of it.
const (
	firstPullBudget = 60
	fullSessions    = 4
	idlePollBudget  = 6
)

// TestActionsOfAFirstPullAndOfAnIdlePoll counts what Temporal would bill for.
func TestActionsOfAFirstPullAndOfAnIdlePoll(t *testing.T) {
	s := newStack(t)
	const issues = 250
	s.must(s.repo.Generate(issues, model.GenerateOptions{Comments: 1}))
	done := s.connect(0)
	if done.Project.Tickets != issues || done.Project.Comments != issues {
		t.Fatalf("linked %d tickets and %d comments", done.Project.Tickets, done.Project.Comments)
	}
	s.quiet()
	if n := len(s.sessions()); n != 1 {
		t.Fatalf("%d sessions, want the one that is full", n)
	}
	once := actioncount.Actions{"heartbeat": s.meter.Heartbeats()}
	for _, id := range []string{workflows.SetupID(s.project), workflows.ProjectID(s.project)} {
		once.Add(s.count(id))
	}
	once["child"]-- // it belongs to the session
	session := s.count(workflows.SessionID(s.project, s.sessions()[0].ID))
	session["child"]++
	total := once.Sum() + fullSessions*session.Sum()
	t.Logf("connecting: %s; a full session: %s; a first pull of 1,000: %d", once, session, total)
	if total > firstPullBudget {
		t.Errorf("a first pull takes %d actions, want at most %d", total, firstPullBudget)
	}
	s.idlePoll()
}

// idlePoll lets the schedule fire while nothing happens, and counts one run.
func (s *stack) idlePoll() {
	s.t.Helper()
	_, err := s.Engine.Configure(s.ctx, s.project, "op", func(p *store.Project) error {
		p.PollEvery = time.Second
		return nil
	})
	s.must(err)
	sessions := len(s.sessions())
	var run string
	s.eventually("the poll has run a few times", func() bool {
		d, err := s.Temporal.ScheduleClient().GetHandle(s.ctx, workflows.PollID(s.project)).Describe(s.ctx)
		if err != nil || len(d.Info.RecentActions) < 3 {
			return false
		}
		run = d.Info.RecentActions[1].StartWorkflowResult.WorkflowID
		return true
	})
	var found activities.Polled
	s.must(s.Temporal.GetWorkflow(s.ctx, run, "").Get(s.ctx, &found))
	a := s.count(run)
	s.t.Logf("idle poll: %s, found %+v", a, found)
	if a.Sum() > idlePollBudget || a["schedule"] != 2 {
		s.t.Errorf("an idle poll took %s; want at most %d, with two for the schedule", a, idlePollBudget)
	}
	// All that it hands on is where the sessions stand, by which the next poll tells a
	// database that was restored.
	var now store.Project
	s.must(s.Engine.Store.Tx(s.ctx, func(tx store.Tx) (err error) {
		now, err = tx.Project(s.ctx, s.project)
		return err
	}))
	if now.WriterEpoch == 0 || found != (activities.Polled{Epoch: now.WriterEpoch}) || len(s.sessions()) != sessions {
		s.t.Errorf("an idle poll found %+v and made %d sessions; want nothing but the epoch %d", found, len(s.sessions())-sessions, now.WriterEpoch)
	}
}

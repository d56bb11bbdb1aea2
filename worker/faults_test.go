package worker_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/worker"
	"github.com/extsync/extsync/workflows"
)

// slow makes each write outside take a while, so that something can happen meanwhile.
func (s *stack) slow(d time.Duration) {
	s.sim.Faults().Set(github.Fault{Kind: github.Latency, Calls: []string{"write"}, Delay: d})
}

func (s *stack) issues() int {
	return s.sim.Counters().Kinds["issues.create"].Calls
}

// TestPauseActsWithinOneTicket pauses in the middle of a session, and resumes.
func TestPauseActsWithinOneTicket(t *testing.T) {
	s := newStack(t)
	s.connect(0)
	s.slow(100 * time.Millisecond)
	for range 25 {
		s.local("work")
	}
	s.eventually("a few are written", func() bool { return s.issues() >= 3 })
	_, err := s.Engine.Pause(s.ctx, s.project, "ann")
	s.must(err)
	atPause := s.issues()
	s.eventually("the session has stopped", func() bool { return s.sessions()[0].State == store.Stopped })
	if n := s.issues(); n > atPause+1 {
		t.Errorf("%d issues written after the pause, want at most the one under way", n-atPause)
	}
	s.eventually("the schedules know", func() bool { return s.paused(workflows.ReconcileID(s.project)) })

	s.must(workflows.SignalResume(s.ctx, s.Temporal, activities.Order{ProjectID: s.project, By: "ann"}))
	s.eventually("all is written", func() bool { return s.issues() == 25 })
	s.quiet()
	if n := s.issues(); n != 25 || s.row().Status != external.Active {
		t.Errorf("%d issues, status %s", n, s.row().Status)
	}
}

func (s *stack) paused(schedule string) bool {
	d, err := s.Temporal.ScheduleClient().GetHandle(s.ctx, schedule).Describe(s.ctx)
	return err == nil && d.Schedule.State.Paused
}

// TestARefusedCredentialIsAnErrorAndRecoversByItself: the poll finds out, one session
// records it, the first poll that succeeds starts the one that mends it.
func TestARefusedCredentialIsAnErrorAndRecoversByItself(t *testing.T) {
	s := newStack(t)
	s.connect(time.Second)
	s.sim.AddToken(token, github.Token{Login: "extsync-bot", Push: true, Revoked: true})
	s.status("error")
	if x := s.sessions()[0]; x.State != store.Failed || x.Reason == "" || strings.Contains(x.Reason, token) {
		t.Errorf("the failed session: %s, %q", x.State, x.Reason)
	}
	failed := len(s.sessions())
	polls := s.sim.Counters().Kinds["issues.list"].Calls
	s.eventually("a few more polls have failed", func() bool { return s.sim.Counters().Kinds["issues.list"].Calls >= polls+3 })
	if n := len(s.sessions()); n != failed {
		t.Errorf("%d more sessions while in error, want none: the failure is recorded", n-failed)
	}
	s.sim.AddToken(token, github.Token{Login: "extsync-bot", Push: true})
	s.status("active")
	if x := s.sessions()[0]; x.State != store.Succeeded {
		t.Errorf("the session that mends: %s, %q", x.State, x.Reason)
	}
}

// TestASetupSaysWhatIsWrongAndWaits: a wrong token, then a repository that is not
// there, then the approval.
func TestASetupSaysWhatIsWrongAndWaits(t *testing.T) {
	s := newStack(t)
	s.local("ours")
	s.create(0, "ghp_wrong")
	s.setUp(false)
	shows := func(what string, holds func(workflows.SetupState) bool) workflows.SetupState {
		t.Helper()
		var now workflows.SetupState
		s.eventually(what, func() bool {
			var err error
			now, err = workflows.ReadSetup(s.ctx, s.Temporal, s.project)
			return err == nil && holds(now)
		})
		return now
	}
	shows("the token is refused", func(x workflows.SetupState) bool {
		return x.Step == workflows.StepCredentials && x.Fault == external.Unauthorised && x.Problem != ""
	})
	s.repo.SetPrivate(true)
	s.sim.AddToken("ghp_blind", github.Token{Login: "eve"})
	s.must(s.ReplaceCredential(s.ctx, s.project, "ann", []byte("ghp_blind")))
	s.must(workflows.SignalCredentials(s.ctx, s.Temporal, s.project))
	shows("the repository is not to be seen", func(x workflows.SetupState) bool { return x.Fault == external.NotFound })
	s.must(s.ReplaceCredential(s.ctx, s.project, "ann", []byte(token)))
	s.must(workflows.SignalCredentials(s.ctx, s.Temporal, s.project))
	now := shows("the preview waits", func(x workflows.SetupState) bool { return x.Approve })
	if now.Preview.CreateOutside != 1 || s.sim.Counters().Writes != 0 || s.row().Status != external.Configuring {
		t.Errorf("before the approval: %+v, %d writes, %s", now.Preview, s.sim.Counters().Writes, s.row().Status)
	}
	s.must(workflows.SignalApprove(s.ctx, s.Temporal, activities.Order{ProjectID: s.project, By: "ann"}))
	if done := s.setUpEnds(); done.Step != workflows.StepDone || done.Project.Tickets != 1 {
		t.Errorf("ended with %+v", done)
	}
}

// TestAConnectionMadeAnewIsSetUpAnew: while no worker runs somebody connects, thinks better of
// it, and connects again to see the preview first. The setup of before is not the one that counts.
func TestAConnectionMadeAnewIsSetUpAnew(t *testing.T) {
	s := newStack(t)
	s.local("ours")
	s.stop()
	var err error
	s.Services, err = worker.Open(s.ctx, s.cfg)
	s.must(err)
	s.create(0, token)
	s.setUp(true)
	_, err = s.Engine.Disconnect(s.ctx, s.project, "op")
	s.must(err)
	s.create(0, token)
	s.must(workflows.StartSetupAnew(s.ctx, s.Temporal, workflows.SetupInput{
		ProjectID: s.project, System: "github", Key: repoName, By: "op",
	}))
	s.Close()
	s.start()
	s.eventually("the preview waits", func() bool {
		now, err := workflows.ReadSetup(s.ctx, s.Temporal, s.project)
		return err == nil && now.Approve
	})
	if n := s.issues(); n != 0 || s.row().Status != external.Configuring {
		t.Errorf("before the approval: %d issues, %s", n, s.row().Status)
	}
	s.must(workflows.SignalApprove(s.ctx, s.Temporal, activities.Order{ProjectID: s.project, By: "ann"}))
	if done := s.setUpEnds(); done.Step != workflows.StepDone {
		t.Errorf("ended with %+v", done)
	}
}

// TestAStoppedWorkerHandsOver stops the worker in the middle of a session; the next
// one goes on, and nothing is written twice.
func TestAStoppedWorkerHandsOver(t *testing.T) {
	s := newStack(t)
	s.connect(0)
	s.slow(50 * time.Millisecond)
	for range 25 {
		s.local("work")
	}
	s.eventually("a few are written", func() bool { return s.issues() >= 3 })
	s.stop()
	if n := s.issues(); n >= 25 {
		t.Fatalf("%d issues: the stop came too late to show anything", n)
	}
	s.start()
	s.eventually("the rest is written", func() bool { return s.issues() >= 25 })
	s.quiet()
	if n := s.issues(); n != 25 {
		t.Errorf("%d issues created for 25 tickets", n)
	}
	if n := s.count(workflows.ProjectID(s.project))["signal"]; n > 8 {
		t.Errorf("%d signals for 25 edits: wake-ups are not gathered", n)
	}
	if x := s.sessions()[0]; x.State != store.Succeeded {
		t.Errorf("the session ended as %s: %s", x.State, x.Reason)
	}
}

// TestAWorkerBringsBackWhatTemporalLost: workflows and schedules are made anew from
// what Postgres knows.
func TestAWorkerBringsBackWhatTemporalLost(t *testing.T) {
	s := newStack(t)
	s.must(s.repo.Generate(1, model.GenerateOptions{}))
	s.connect(time.Hour)
	s.quiet()
	s.stop()
	s.dialAgain(func(c client.Client) {
		s.must(c.TerminateWorkflow(s.ctx, workflows.ProjectID(s.project), "", "lost, for this test"))
		s.must(c.ScheduleClient().GetHandle(s.ctx, workflows.PollID(s.project)).Delete(s.ctx))
		s.must(c.ScheduleClient().GetHandle(s.ctx, workflows.ReconcileID(s.project)).Delete(s.ctx))
	})
	s.start()
	for _, id := range []string{workflows.PollID(s.project), workflows.ReconcileID(s.project)} {
		s.eventually("schedule "+id+" is back", func() bool {
			_, err := s.Temporal.ScheduleClient().GetHandle(s.ctx, id).Describe(s.ctx)
			return err == nil
		})
	}
	s.local("after the loss")
	s.eventually("it is written", func() bool { return s.issues() == 1 })
}

// dialAgain lends a client while the services are closed.
func (s *stack) dialAgain(use func(client.Client)) {
	s.t.Helper()
	c, err := client.DialContext(s.ctx, client.Options{HostPort: s.cfg.TemporalAddress, Namespace: s.cfg.Namespace})
	s.must(err)
	defer c.Close()
	use(c)
}

// TestTheOutboxOutlivesAnOutageOfTemporal: a wake-up that cannot be sent is sent later.
func TestTheOutboxOutlivesAnOutageOfTemporal(t *testing.T) {
	var down atomic.Bool
	var refused atomic.Int32
	s := newStack(t, func(cfg *worker.Config) {
		tune := cfg.TuneClient
		cfg.TuneClient = func(o *client.Options) {
			tune(o)
			o.ConnectionOptions.DialOptions = append(o.ConnectionOptions.DialOptions, grpc.WithChainUnaryInterceptor(
				func(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
					if down.Load() && strings.Contains(method, "Signal") {
						refused.Add(1)
						return status.Error(codes.PermissionDenied, "down, for this test")
					}
					return call(ctx, method, req, reply, conn, opts...)
				}))
		}
	})
	s.connect(0)
	s.quiet()
	down.Store(true)
	s.local("made during the outage")
	s.eventually("the wake-up was refused twice", func() bool { return refused.Load() >= 2 })
	if s.issues() != 0 {
		t.Error("it was written without a wake-up")
	}
	down.Store(false)
	s.eventually("it is written", func() bool { return s.issues() == 1 })
}

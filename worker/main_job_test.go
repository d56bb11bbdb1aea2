package worker_test

import (
	"strconv"
	"testing"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/actioncount"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
	"github.com/extsync/extsync/workflows"
)

func walk() activities.Wake { return activities.Wake{Walk: true} }

// issueOf returns the number of the issue that a ticket is linked to.
func (s *stack) issueOf(ticketID string) (l store.Link) {
	s.t.Helper()
	s.view(func(tx store.Tx) (err error) {
		l, err = tx.LinkByLocal(s.ctx, s.project, external.KindTicket, ticketID)
		return err
	})
	return l
}

// titleOutside returns an issue's title.
func (s *stack) titleOutside(number int) (title string) {
	s.t.Helper()
	s.repo.View(func(r *model.Repo) {
		if i, err := r.Issue(number); err == nil {
			title = i.Title
		}
	})
	return title
}

// TestTheMainJob is the whole way: issues come in, tickets go out, one field edited on
// both sides becomes a conflict that a person decides, and then there is nothing left
// to write.
func TestTheMainJob(t *testing.T) {
	s := newStack(t)
	s.must(s.repo.Generate(12, model.GenerateOptions{Comments: 1}))
	s.local("ours one")
	s.local("ours two")
	done := s.connect(0)
	if done.Step != workflows.StepDone || done.Preview.CreateOutside != 2 || done.Project.Tickets != 14 || done.Project.Comments != 12 {
		t.Fatalf("the setup ended with %+v", done)
	}
	if writes := s.sim.Counters().Writes; writes != 2 {
		t.Errorf("%d writes outside, want the two tickets of ours", writes)
	}
	s.quiet()

	s.decideConflict()
	s.quiet()
	s.sim.ResetCounters()
	if x := s.walk(); x.State != store.Succeeded || x.Counts.Writes != 0 {
		t.Errorf("the second sync: %s, %d writes", x.State, x.Counts.Writes)
	}
	if n := s.sim.Counters(); n.Writes != 0 {
		t.Errorf("the second sync wrote %d times outside", n.Writes)
	}
	t.Log("actions:", s.count(workflows.SetupID(s.project)), s.count(workflows.ProjectID(s.project)))
}

// decideConflict edits a title on both sides, and decides for the outside.
func (s *stack) decideConflict() {
	t := s.t
	t.Helper()
	subject := s.tickets()[0]
	link := s.issueOf(subject.ID)
	number := numberOf(t, link)
	s.retitleOutside(number, "said outside")
	s.retitle(subject.ID, "said here")
	var c store.Conflict
	s.eventually("the conflict is found", func() bool {
		s.view(func(tx store.Tx) error {
			list, err := tx.FindConflicts(s.ctx, store.ConflictFilter{ProjectID: s.project, State: store.OpenConflict}, 10)
			if len(list) == 1 {
				c = list[0]
			}
			return err
		})
		return c.ID != ""
	})
	s.eventually("its workflow waits", func() bool {
		d, err := s.Temporal.DescribeWorkflow(s.ctx, workflows.ConflictID(c.ID), "")
		return err == nil && d.Status == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	})
	_, err := s.Engine.Decide(s.ctx, c.ID, engine.Decision{Choice: store.ChooseExternal, Digest: c.Digest, By: "ann"})
	s.must(err)
	var view activities.ConflictView
	s.must(s.Temporal.GetWorkflow(s.ctx, workflows.ConflictID(c.ID), "").Get(s.ctx, &view))
	if view.State != activities.Resolved || view.Choice != store.ChooseExternal || view.Field != ticket.Title {
		t.Errorf("the conflict's workflow ended with %+v", view)
	}
	s.view(func(tx store.Tx) error {
		now, err := tx.Ticket(s.ctx, subject.ID)
		if got := now.Fields[ticket.Title].Text(); got != "said outside" {
			t.Errorf("title here %q", got)
		}
		return err
	})
	if got := s.titleOutside(number); got != "said outside" {
		t.Errorf("title outside %q", got)
	}
	t.Log("actions of a conflict:", s.count(workflows.ConflictID(c.ID)))
}

// count counts the actions of a workflow's last run.
func (s *stack) count(id string) actioncount.Actions {
	s.t.Helper()
	a, err := actioncount.Count(s.Temporal.GetWorkflowHistory(s.ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT))
	s.must(err)
	return a
}

func numberOf(t *testing.T, l store.Link) int {
	t.Helper()
	n, err := strconv.Atoi(l.ExternalKey)
	if err != nil {
		t.Fatalf("link %s: %v", l.ID, err)
	}
	return n
}

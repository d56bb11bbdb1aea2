package workflows_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/devstack/temporaltest"
	"github.com/extsync/extsync/workflows"
)

// recordVariable names the release whose code records, see testdata/replay/README.md.
const recordVariable = "EXTSYNC_RECORD"

// TestRecordHistories records a history of each workflow on a real server, with fake
// activities under the production names.
func TestRecordHistories(t *testing.T) {
	release := os.Getenv(recordVariable)
	if release == "" {
		t.Skipf("SKIPPED: recording is asked for by %s=<release>, from released code only", recordVariable)
	}
	for name, scenario := range map[string]func(*recorder){
		"project_life":     (*recorder).projectLife,
		"project_limit":    (*recorder).projectLimit,
		"poll":             (*recorder).poll,
		"reconcile":        (*recorder).reconcile,
		"conflict":         (*recorder).conflictLife,
		"conflict_due":     (*recorder).conflictDue,
		"setup_through":    (*recorder).setupThrough,
		"setup_with_hands": (*recorder).setupWithHands,
		"setup_mapping":    (*recorder).setupMapping,
		"mapping_review":   (*recorder).mappingReview,
		"mapping_rejected": (*recorder).mappingRejected,
		"rollback":         (*recorder).rollback,
	} {
		t.Run(name, func(t *testing.T) { scenario(newRecorder(t, release)) })
	}
}

// recorder is a worker over fakes on a real server.
type recorder struct {
	*fakes
	t       *testing.T
	ctx     context.Context //nolint:containedctx // the test's, of which this is a part
	client  client.Client
	release string
}

func newRecorder(t *testing.T, release string) *recorder {
	t.Helper()
	address, namespace := temporaltest.Server(t, workflows.SearchAttributes())
	c, err := client.DialContext(t.Context(), client.Options{
		HostPort: address, Namespace: namespace, Identity: "recorder",
		Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	r := &recorder{fakes: newFakes(), t: t, ctx: t.Context(), client: c, release: release}
	r.project.ID = "recorded-" + filepath.Base(t.Name())
	w := worker.New(c, workflows.TaskQueue, worker.Options{Identity: "recorder"})
	workflows.Register(w)
	w.RegisterActivity(r.fakes)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	bulk := worker.New(c, workflows.BulkQueue, worker.Options{Identity: "recorder", DisableWorkflowWorker: true})
	bulk.RegisterActivity(r.fakes)
	if err := bulk.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bulk.Stop)
	t.Cleanup(w.Stop)
	return r
}

func (r *recorder) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// until waits until activities have been called so often.
func (r *recorder) until(call string, times int) {
	r.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); r.count(call) < times; <-tick.C {
		if time.Now().After(deadline) {
			r.t.Fatalf("%s was called %d times, waited for %d", call, r.count(call), times)
		}
	}
}

// save waits for the end of a workflow and keeps its history.
func (r *recorder) save(id, name string) {
	r.t.Helper()
	r.must(r.client.GetWorkflow(r.ctx, id, "").Get(r.ctx, nil))
	var history historypb.History
	for events := r.client.GetWorkflowHistory(r.ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		r.must(err)
		history.Events = append(history.Events, e)
	}
	raw, err := protojson.MarshalOptions{Indent: " "}.Marshal(&history)
	r.must(err)
	host, err := os.Hostname() // stands in the names of sticky queues
	r.must(err)
	raw = bytes.ReplaceAll(raw, []byte(`"`+host+`:`), []byte(`"recorder:`))
	f, err := os.OpenFile(filepath.Join(replayFolder, r.release+"_"+name+".json"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	r.must(err)
	_, err = f.Write(raw)
	r.must(err)
	r.must(f.Close())
}

func (r *recorder) order() activities.Order {
	return activities.Order{ProjectID: r.project.ID, By: "ann"}
}

// projectLife is a first synchronisation of two sessions, a pause in the middle of a
// third one, a resume, a guard that holds, a failure, and the end.
func (r *recorder) projectLife() {
	id := r.project.ID
	r.project.Fresh = true
	paused := make(chan struct{})
	r.sync = func(n int) (activities.Progress, error) {
		switch n {
		case 1, 2:
			return activities.Progress{Tickets: 250, More: true}, nil
		case 3:
			return activities.Progress{Tickets: 10}, nil
		case 4:
			<-paused
			return activities.Progress{}, failure(activities.Stopped, "paused")
		}
		return activities.Progress{Tickets: 1}, nil
	}
	r.guard = func(n int) error {
		if n == 4 {
			return failure(activities.Held, "12 deletions")
		}
		return nil
	}
	r.must(workflows.SignalWake(r.ctx, r.client, id, activities.Wake{}))
	r.until("Record", 2)
	r.must(workflows.SignalWake(r.ctx, r.client, id, activities.Wake{Walk: true}))
	r.until("Guard", 3)
	// The fake Sync of the third session holds the lock of the fakes, as long as it runs,
	// so that the order to pause is carried out after it.
	r.must(workflows.SignalPause(r.ctx, r.client, r.order()))
	close(paused)
	r.until("Record", 3)
	r.until("Pause", 1)
	r.must(workflows.SignalResume(r.ctx, r.client, r.order()))
	r.until("Record", 4) // held
	r.must(workflows.SignalResume(r.ctx, r.client, r.order()))
	r.until("Record", 5)
	r.must(workflows.SignalReconfigure(r.ctx, r.client, r.order()))
	r.must(workflows.SignalDisconnect(r.ctx, r.client, r.order()))
	r.save(workflows.ProjectID(id), "project_life")
	first := r.recorded[0].SessionID
	r.save(workflows.SessionID(id, first), "incremental_sync")
	held := r.recorded[3].SessionID
	r.save(workflows.SessionID(id, held), "incremental_sync_held")
}

// projectLimit is a limit that is waited out, one that a pause interrupts, and a
// failure that a poll's news cut short.
func (r *recorder) projectLimit() {
	id := r.project.ID
	r.sync = func(n int) (activities.Progress, error) {
		switch n {
		case 1:
			return activities.Progress{More: true, Wait: activities.Wait{RetryAt: time.Now().Add(time.Second), Reason: "limit"}}, nil
		case 2:
			return activities.Progress{}, failure(string(external.Temporary), "away")
		case 3:
			return activities.Progress{More: true, Wait: activities.Wait{RetryAt: time.Now().Add(time.Hour), Reason: "limit"}}, nil
		}
		return activities.Progress{}, nil
	}
	r.must(workflows.SignalWake(r.ctx, r.client, id, activities.Wake{Walk: true}))
	r.until("Record", 2)
	r.must(workflows.SignalWake(r.ctx, r.client, id, activities.Wake{Walk: true}))
	r.until("Record", 3)
	r.must(workflows.SignalWake(r.ctx, r.client, id, activities.Wake{}))
	r.must(workflows.SignalPause(r.ctx, r.client, r.order()))
	r.until("Pause", 1)
	r.must(workflows.SignalDisconnect(r.ctx, r.client, r.order()))
	r.save(workflows.ProjectID(id), "project_limit")
}

func (r *recorder) run(id string, workflow any, in any) {
	r.t.Helper()
	_, err := r.client.ExecuteWorkflow(r.ctx, client.StartWorkflowOptions{ID: id, TaskQueue: workflows.TaskQueue}, workflow, in)
	r.must(err)
}

func (r *recorder) poll() {
	id := workflows.PollID(r.project.ID)
	r.run(id, workflows.Poll, r.project.ID)
	r.save(id, "poll")
}

func (r *recorder) reconcile() {
	id := workflows.ReconcileID(r.project.ID)
	r.run(id, workflows.Reconcile, r.project.ID)
	r.save(id, "reconcile")
}

func (r *recorder) conflictLife() {
	r.read = func(n int, v *activities.ConflictView) {
		v.State = []activities.ConflictView{
			{State: activities.OpenConflict}, {State: activities.Decided}, {State: activities.Resolved},
		}[min(n-1, 2)].State
	}
	r.must(workflows.StartConflict(r.ctx, r.client, r.conflict))
	for n := 1; n <= 2; n++ {
		r.until("ReadConflict", n)
		r.must(workflows.SignalDecide(r.ctx, r.client, activities.ConflictView{ID: r.conflict.ID, State: activities.Decided}))
	}
	r.save(workflows.ConflictID(r.conflict.ID), "conflict")
}

// conflictDue is a conflict that somebody is reminded of before he decides it.
func (r *recorder) conflictDue() {
	r.read = func(n int, v *activities.ConflictView) {
		s := []activities.ConflictView{
			{State: activities.OpenConflict, DueAt: time.Now()}, {State: activities.OpenConflict}, {State: activities.Resolved},
		}[min(n-1, 2)]
		v.State, v.DueAt = s.State, s.DueAt
	}
	r.must(workflows.StartConflict(r.ctx, r.client, r.conflict))
	r.until("AttendConflict", 1) // after the shortest wait
	r.until("ReadConflict", 2)
	r.must(workflows.SignalDecide(r.ctx, r.client, activities.ConflictView{ID: r.conflict.ID, State: activities.Decided}))
	r.save(workflows.ConflictID(r.conflict.ID), "conflict_due")
}

func (r *recorder) setUp(auto bool) {
	r.t.Helper()
	r.must(workflows.StartSetup(r.ctx, r.client, workflows.SetupInput{
		ProjectID: r.project.ID, System: "github", Key: "octo/hello", By: "ann", AutoApprove: auto,
	}))
}

func (r *recorder) firstSync(f workflows.FirstSync) {
	r.t.Helper()
	r.must(r.client.SignalWorkflow(r.ctx, workflows.SetupID(r.project.ID), "", "first-sync", f))
}

func (r *recorder) setupThrough() {
	r.setUp(true)
	r.until("Activate", 1)
	r.firstSync(done())
	r.save(workflows.SetupID(r.project.ID), "setup_through")
}

// setupWithHands is a setup in which a person mends an outage and a token, looks at
// two previews and approves the second.
func (r *recorder) setupWithHands() {
	id := r.project.ID
	r.probe = []error{failure(string(external.Temporary), "away"), failure(string(external.Unauthorised), "refused"), nil}
	r.setUp(false)
	r.until("Probe", 1)
	r.must(workflows.SignalRetry(r.ctx, r.client, id))
	r.until("Probe", 2)
	r.must(workflows.SignalCredentials(r.ctx, r.client, id))
	r.until("Preview", 1)
	r.shows(func(s workflows.SetupState) bool { return s.Approve })
	r.must(workflows.SignalRetry(r.ctx, r.client, id))
	r.until("Preview", 2)
	r.shows(func(s workflows.SetupState) bool { return s.Approve })
	r.must(workflows.SignalApprove(r.ctx, r.client, r.order()))
	r.until("Activate", 1)
	r.firstSync(workflows.FirstSync{State: activities.Failed, Fault: external.Temporary, Reason: "away"})
	r.firstSync(done())
	r.save(workflows.SetupID(id), "setup_with_hands")
}

// shows waits until the setup shows something.
func (r *recorder) shows(holds func(workflows.SetupState) bool) {
	r.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-tick.C {
		s, err := workflows.ReadSetup(r.ctx, r.client, r.project.ID)
		if err == nil && holds(s) {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("the setup shows %+v, %v", s, err)
		}
	}
}

// rollback is one that waits for approval, is approved on an old preview first, runs in two
// attempts, and tells whoever follows it.
func (r *recorder) rollback() {
	id := r.project.ID
	r.digest = "now"
	r.undo = func(n int) (activities.Progress, error) {
		if n == 1 {
			return activities.Progress{Tickets: 2, More: true, Wait: activities.Wait{RetryAt: time.Now().Add(time.Second), Reason: "away"}}, nil
		}
		return activities.Progress{Tickets: 1}, nil
	}
	r.must(workflows.StartRollback(r.ctx, r.client, workflows.RollbackInput{SessionID: "s-" + id, By: "ann"}, activities.RollbackView{System: "github", Key: "octo/hello"}))
	r.until("PreviewRollback", 1)
	r.must(workflows.SignalApproveRollback(r.ctx, r.client, activities.RollbackOrder{SessionID: "s-" + id, Digest: "before", By: "ann"}))
	r.until("PreviewRollback", 2)
	r.must(workflows.SignalApproveRollback(r.ctx, r.client, activities.RollbackOrder{SessionID: "s-" + id, Digest: "now", By: "ann"}))
	r.until("OrderRollback", 2)
	r.must(workflows.SignalWake(r.ctx, r.client, id, activities.Wake{}))
	r.until("Record", 2)
	r.save(workflows.RollbackID("s-"+id), "rollback")
	r.must(workflows.SignalDisconnect(r.ctx, r.client, r.order()))
	r.save(workflows.ProjectID(id), "project_rollback")
	r.save(workflows.SessionID(id, "r1"), "session_rollback")
}

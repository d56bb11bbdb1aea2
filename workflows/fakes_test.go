package workflows_test

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
)

// fakes are the activities under their production names, over a project that lives
// in memory: what is tested is in which order workflows call them, and when.
type fakes struct {
	mu       sync.Mutex
	project  activities.ProjectState
	conflict activities.ConflictView
	calls    []string // by name, in order
	observed []activities.ObserveInput
	synced   []activities.SyncInput
	recorded []activities.RecordInput
	plans    []activities.Schedules
	wakes    []activities.Wake
	approved []activities.Approval
	mappings []activities.MappingOrder // put in force
	judged   []int                     // versions
	known    []int64                   // epochs, told to polls

	// What the next calls do; nil or empty: they succeed and find nothing.
	probe   []error
	observe func(n int) (activities.Observed, error)
	sync    func(n int) (activities.Progress, error)
	guard   func(n int) error
	record  func(n int, out *activities.Recorded)
	read    func(n int, v *activities.ConflictView)
	reads   int
	repair  func(n int) (activities.Wait, error)
	repairs int
	// guardWait is what a guard that stops nothing returns.
	guardWait activities.Wait
	propose   []error
	verdict   func(version int) (activities.MappingVerdict, error)
	inForce   func(version int) error
	undo      func(n int) (activities.Progress, error)
	undone    []activities.SyncInput
	previewed func(n int)
	previews  int
	begun     bool   // the project is through with its setup
	wanted    bool   // the project's row says that somebody wants to see the preview
	looked    bool   // the last preview was for somebody to approve
	digest    string // of the preview of a rollback
	ordered   []activities.RollbackOrder
}

func newFakes() *fakes {
	return &fakes{
		project: activities.ProjectState{
			ID: "p1", System: "github", Key: "octo/hello", Status: external.Active, Direction: external.Bidirectional, PollEvery: time.Minute,
		},
		conflict: activities.ConflictView{
			ID: "c1", ProjectID: "p1", System: "github", Key: "octo/hello", TicketID: "t1", Field: "title", State: activities.OpenConflict,
		},
	}
}

// failure is an activity's error as the table in activities makes it.
func failure(kind, say string) error {
	return temporal.NewNonRetryableApplicationError(say, kind, nil)
}

func (f *fakes) note(call string) func() {
	f.mu.Lock()
	f.calls = append(f.calls, call)
	return f.mu.Unlock
}

// count returns how often an activity was called.
func (f *fakes) count(call string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.calls {
		if c == call {
			n++
		}
	}
	return n
}

// edit changes the project as the API would.
func (f *fakes) edit(change func(*activities.ProjectState)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.project)
}

func (f *fakes) Observe(_ context.Context, in activities.ObserveInput) (activities.Observed, error) {
	defer f.note("Observe")()
	if !f.project.Status.Syncs() {
		return activities.Observed{}, failure(activities.Stopped, "paused")
	}
	f.observed = append(f.observed, in)
	if f.observe != nil {
		return f.observe(len(f.observed))
	}
	return activities.Observed{}, nil
}

func (f *fakes) Repair(context.Context, activities.SessionRun) (activities.Wait, error) {
	defer f.note("Repair")()
	f.repairs++
	if f.repair != nil {
		return f.repair(f.repairs)
	}
	return activities.Wait{}, nil
}

func (f *fakes) Guard(context.Context, activities.GuardInput) (activities.Wait, error) {
	defer f.note("Guard")()
	if f.guard != nil {
		return activities.Wait{}, f.guard(len(f.observed))
	}
	return f.guardWait, nil
}

func (f *fakes) Sync(_ context.Context, in activities.SyncInput) (activities.Progress, error) {
	defer f.note("Sync")()
	if !f.project.Status.Syncs() {
		return activities.Progress{}, failure(activities.Stopped, "paused")
	}
	f.synced = append(f.synced, in)
	if f.sync != nil {
		return f.sync(len(f.synced))
	}
	return activities.Progress{}, nil
}

func (f *fakes) Record(_ context.Context, in activities.RecordInput) (activities.Recorded, error) {
	defer f.note("Record")()
	f.recorded = append(f.recorded, in)
	switch in.State {
	case activities.Succeeded:
		f.project.Fresh, f.project.Failures = false, 0
		if in.Kind == activities.RollBack {
			f.project.Rollback, f.project.Undoes = "", ""
		}
	case activities.Failed:
		f.project.Failures++
	case activities.HeldByGuard:
		f.project.Status, f.project.Reason = external.Paused, in.Reason
	default:
	}
	out := activities.Recorded{Status: f.project.Status, StatusReason: f.project.Reason, Failures: f.project.Failures}
	if f.record != nil {
		f.record(len(f.recorded), &out)
	}
	return out, nil
}

func (f *fakes) ReadProject(context.Context, string) (activities.ProjectState, error) {
	defer f.note("ReadProject")()
	return f.project, nil
}

func (f *fakes) become(s external.Status) error {
	if !f.project.Status.CanBecome(s) {
		return failure(activities.Stale, "not from "+string(f.project.Status))
	}
	f.project.Status = s
	return nil
}

func (f *fakes) Pause(context.Context, activities.Order) error {
	defer f.note("Pause")()
	return f.become(external.Paused)
}

func (f *fakes) Resume(context.Context, activities.Order) error {
	defer f.note("Resume")()
	return f.become(external.Active)
}

func (f *fakes) Disconnect(context.Context, activities.Order) error {
	defer f.note("Disconnect")()
	return f.become(external.Disconnected)
}

func (f *fakes) Schedule(_ context.Context, s activities.Schedules) error {
	defer f.note("Schedule")()
	f.plans = append(f.plans, s)
	return nil
}

func (f *fakes) Wake(_ context.Context, _ string, w activities.Wake) error {
	defer f.note("Wake")()
	f.wakes = append(f.wakes, w)
	return nil
}

func (f *fakes) Poll(_ context.Context, _ string, known int64) (activities.Polled, error) {
	defer f.note("Poll")()
	f.known = append(f.known, known)
	return activities.Polled{}, nil
}

func (f *fakes) Probe(context.Context, string) (activities.ProjectState, error) {
	defer f.note("Probe")()
	if len(f.probe) > 0 {
		err := f.probe[0]
		f.probe = f.probe[1:]
		if err != nil {
			return activities.ProjectState{}, err
		}
	}
	p := f.project
	if !f.begun {
		p.Status = external.Configuring
	}
	return p, nil
}

func (f *fakes) Preview(_ context.Context, _ string, approval bool) (activities.Preview, error) {
	f.looked = approval
	defer f.note("Preview")()
	if f.previews++; f.previewed != nil {
		f.previewed(f.previews)
	}
	return activities.Preview{CreateOutside: 3, Withheld: 2}, nil
}

func (f *fakes) Activate(_ context.Context, in activities.Approval) error {
	defer f.note("Activate")()
	f.approved = append(f.approved, in)
	if in.Unasked && f.wanted {
		return failure(activities.Stale, "somebody wants to see it")
	}
	return nil
}

func (f *fakes) ReadConflict(context.Context, string) (activities.ConflictView, error) {
	defer f.note("ReadConflict")()
	f.reads++
	if f.read != nil {
		f.read(f.reads, &f.conflict)
	}
	return f.conflict, nil
}

func (f *fakes) AttendConflict(context.Context, string) error {
	defer f.note("AttendConflict")()
	return nil
}

func (f *fakes) ProposeMapping(context.Context, activities.MappingOrder) (activities.MappingDraft, error) {
	defer f.note("ProposeMapping")()
	if len(f.propose) > 0 {
		err := f.propose[0]
		f.propose = f.propose[1:]
		if err != nil {
			return activities.MappingDraft{}, err
		}
	}
	return activities.MappingDraft{Version: 1, Mapped: 8, Doubtful: 2, Unused: 3, Warnings: 1}, nil
}

func (f *fakes) JudgeMapping(_ context.Context, o activities.MappingOrder) (activities.MappingVerdict, error) {
	defer f.note("JudgeMapping")()
	f.judged = append(f.judged, o.Version)
	if f.verdict != nil {
		return f.verdict(o.Version)
	}
	return activities.MappingVerdict{Warnings: 1}, nil
}

func (f *fakes) TryMapping(context.Context, activities.MappingOrder) (activities.MappingTrial, error) {
	defer f.note("TryMapping")()
	return activities.MappingTrial{Outside: 20, Here: 5, Exact: 190, Lossy: 3}, nil
}

func (f *fakes) ActivateMapping(_ context.Context, o activities.MappingOrder) error {
	defer f.note("ActivateMapping")()
	if f.inForce != nil {
		if err := f.inForce(o.Version); err != nil {
			return err
		}
	}
	f.mappings = append(f.mappings, o)
	return nil
}

func (f *fakes) Undo(_ context.Context, in activities.SyncInput) (activities.Progress, error) {
	defer f.note("Undo")()
	f.undone = append(f.undone, in)
	if f.undo != nil {
		return f.undo(len(f.undone))
	}
	return activities.Progress{Tickets: 1}, nil
}

func (f *fakes) PreviewRollback(_ context.Context, sessionID string) (activities.RollbackView, error) {
	defer f.note("PreviewRollback")()
	return activities.RollbackView{
		SessionID: sessionID, ProjectID: f.project.ID, System: f.project.System, Key: f.project.Key, Digest: f.digest,
		Counts: activities.RollbackCounts{Outside: 3, Kept: 1, Items: 3},
	}, nil
}

func (f *fakes) OrderRollback(_ context.Context, o activities.RollbackOrder) (string, error) {
	defer f.note("OrderRollback")()
	if o.Digest != f.digest {
		return "", failure(activities.Stale, "things have moved")
	}
	f.ordered = append(f.ordered, o)
	f.project.Rollback, f.project.Undoes = "r1", o.SessionID
	return f.project.Rollback, nil
}

func (f *fakes) ReadRollback(_ context.Context, id string) (activities.RollbackState, error) {
	defer f.note("ReadRollback")()
	s := activities.RollbackState{SessionID: id, State: "pending"}
	for _, r := range f.recorded {
		if r.SessionID == id {
			s.State, s.Reason = r.State, r.Reason
		}
	}
	return s, nil
}

package workflows_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.uber.org/goleak"

	"github.com/extsync/extsync/internal/devstack/temporaltest"
	"github.com/extsync/extsync/workflows"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(temporaltest.Wrap(m)) }

const replayFolder = "testdata/replay"

// TestRecordedHistoriesReplay runs today's code against histories that released code
// made. See testdata/replay/README.md for what to do when it fails.
func TestRecordedHistoriesReplay(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(replayFolder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	replayer := newReplayer(t)
	workflows.Register(replayer)
	logger := temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))
	covered := map[string]bool{}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			covered[typeIn(t, file)] = true
			if err := replayer.ReplayWorkflowHistoryFromJSONFile(logger, file); err != nil {
				t.Errorf("today's code would break this workflow in flight: %v", err)
			}
		})
	}
	for _, name := range []string{"ProjectSync", "IncrementalSync", "Poll", "Reconcile", "ConflictResolution", "InitialSetup", "FieldMapping", "Rollback"} {
		if !covered[name] {
			t.Errorf("no history of %s was replayed", name)
		}
	}
}

// typeIn returns the type of workflow that a history is of.
func typeIn(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	history, err := client.HistoryFromJSON(f, client.HistoryJSONOptions{})
	if err != nil {
		t.Fatalf("read the history: %v", err)
	}
	return history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowType().GetName()
}

// TestAReplayNoticesAnotherPath takes an activity out of a history: a replay that
// passed such a thing would prove nothing.
func TestAReplayNoticesAnotherPath(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(replayFolder, "*_incremental_sync.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no history to change: %v", err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var history map[string][]map[string]any
	if err := json.Unmarshal(raw, &history); err != nil {
		t.Fatal(err)
	}
	for _, event := range history["events"] {
		if event["eventType"] == enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED.String() ||
			event["eventType"] == "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED" {
			attributes, ok := event["activityTaskScheduledEventAttributes"].(map[string]any)
			if !ok {
				t.Fatalf("event without attributes: %v", event)
			}
			attributes["activityType"] = map[string]any{"name": "Guard"}
			break
		}
	}
	changed, err := json.Marshal(history)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "changed.json")
	if err := os.WriteFile(file, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	replayer := newReplayer(t)
	workflows.Register(replayer)
	if err := replayer.ReplayWorkflowHistoryFromJSONFile(temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler)), file); err == nil {
		t.Error("a history with another first activity was replayed without complaint")
	}
}

// newReplayer takes no workflow for stuck because the machine is busy.
func newReplayer(t *testing.T) worker.WorkflowReplayer {
	t.Helper()
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DisableDeadlockDetection: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

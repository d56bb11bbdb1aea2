package starter_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/extsync/extsync/internal/demo"
	"github.com/extsync/extsync/internal/devstack"
	"github.com/extsync/extsync/internal/devstack/temporaltest"
	"github.com/extsync/extsync/starter"
)

// TestDemo plays the demo to its end: what a person sees first must not fail. The demo
// checks every outcome itself; what is checked here is what a script reads.
func TestDemo(t *testing.T) {
	temporaltest.Server(t, nil) // skips where there is none; the demo starts its own
	dir := t.TempDir()
	t.Cleanup(func() {
		if err := devstack.Remove(filepath.Join(dir, "demo")); err != nil {
			t.Error(err)
		}
	})
	data, want := filepath.Join("..", "..", "shared", "data", "github-ivy"), 78+30
	if _, err := os.Stat(data); err != nil {
		t.Logf("the recorded issues are not at %s: made ones are used", data)
		want = 0
	}
	var out, errs buffer
	e := &starter.Env{In: strings.NewReader(""), Out: &out, Err: &errs, Dir: dir, Getenv: func(string) string { return "" }}
	if code := starter.Run(t.Context(), e, []string{"demo", "--once", "--data", data}); code != 0 {
		t.Fatalf("exit %d:\n%s\n%s", code, out.String(), errs.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var sum demo.Summary
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &sum); err != nil {
		t.Fatalf("the last line is no JSON: %v", err)
	}
	if want != 0 && sum.IssuesIn != want || want != 0 && sum.PullRequestsLeftOut != 72 || sum.IssuesIn == 0 {
		t.Errorf("%d issues in and %d pull requests left out, want %d and 72", sum.IssuesIn, sum.PullRequestsLeftOut, want)
	}
	if sum.TicketsOut != 5 || sum.ConflictsDetected != 1 || sum.ConflictsDecided != 1 || sum.SecondSyncWrites != 0 || sum.Calls["issues.create"] != 5 {
		t.Errorf("the outcome is %+v", sum)
	}
	if sum.Spread == 0 || sum.KeptFromGitHub != 1 || len(sum.Systems) != 3 {
		t.Errorf("the outcome over three systems is %+v", sum)
	}
	for _, y := range sum.Systems {
		if y.LastWrites != 0 || y.LastCalls == 0 || y.Writes == 0 || y.Webhooks == 0 || y.Tickets < sum.IssuesIn-sum.SetAside {
			t.Errorf("%s: %+v", y.System, y)
		}
	}
	log, err := os.ReadFile(filepath.Join(dir, "demo", "extsync.log"))
	if err != nil || strings.Contains(string(log), "level=ERROR") {
		t.Errorf("errors were logged (%v):\n%s", err, log)
	}
}

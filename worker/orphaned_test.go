package worker

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/workflows"
)

func TestWhoIsOrphaned(t *testing.T) {
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	ours := fmt.Sprintf("%d@here", os.Getpid())
	for _, c := range []struct {
		reason, theirs string
		want           bool
	}{
		{"a process of this host that has ended", fmt.Sprintf("%d@here", dead.Process.Pid), true},
		{"one that lives", fmt.Sprintf("%d@here", os.Getppid()), false},
		{"our predecessor under the same number, as in a container", ours, true},
		{"one of another host, about which we know nothing", fmt.Sprintf("%d@there", dead.Process.Pid), false},
		{"someone who is not a worker of ours", "recorder", false},
		{"someone who only looks like one", "me@here", false},
	} {
		if got := orphaned(c.theirs, ours); got != c.want {
			t.Errorf("%s: %t", c.reason, got)
		}
	}
}

// TestWhatADeadWorkerMayHaveLeft: a session that runs is looked at, however many have ended since it
// began, and none of a project that is disconnected.
func TestWhatADeadWorkerMayHaveLeft(t *testing.T) {
	s := &Services{Store: memory.New()}
	err := s.Store.Tx(t.Context(), func(tx store.Tx) error {
		var errs []error
		for _, p := range []store.Project{{ID: "p", Status: external.Active}, {ID: "over", Status: external.Disconnected}} {
			p.Direction = external.Bidirectional
			errs = append(errs, tx.InsertProject(t.Context(), p))
			for n, state := range []store.SessionState{store.Running, store.Succeeded, store.Succeeded, store.Failed, store.Stopped} {
				at := time.Date(2026, 3, 1, n, 0, 0, 0, time.UTC)
				errs = append(errs, tx.InsertSession(t.Context(), store.Session{
					ID: fmt.Sprint(p.ID, n), ProjectID: p.ID, Kind: store.Incremental, State: state, StartedAt: at,
				}))
			}
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.mayRun(t.Context())
	want := []string{workflows.ProjectID("p"), workflows.SetupID("p"), workflows.SessionID("p", "p0")}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("looked at are %v (%v), want %v", got, err, want)
	}
}

package worker

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
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

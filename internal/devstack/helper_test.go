package devstack_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/extsync/extsync/internal/devstack"
)

// helperVariable tells this test binary to be a process that holds a stack:
// its value is the directory, "-" for a temporary one.
const helperVariable = "DEVSTACK_TEST_HELPER"

// helper starts Postgres (and Temporal with the argument "temporal"), prints the
// process ids and the URL on one line, and stops when its input ends.
func helper() int {
	dir := os.Getenv(helperVariable)
	if dir == "-" {
		dir = ""
	}
	s, err := devstack.Start(context.Background(), devstack.Options{
		Dir: dir, Temporal: os.Args[len(os.Args)-1] == "temporal",
		Progress: func(f string, a ...any) { fmt.Fprintf(os.Stderr, f+"\n", a...) },
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Fprintln(os.Stdout, strings.Trim(fmt.Sprint(s.PIDs()), "[]"))
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return 1
	}
	if err := s.Stop(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// startHelper runs the helper and returns it, its input, and the process ids of
// its servers.
func startHelper(t *testing.T, cmd *exec.Cmd, dir string) (io.WriteCloser, []int) {
	t.Helper()
	cmd.Env = append(cmd.Environ(), helperVariable+"="+dir)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the helper did not start: %v, %v\n%s", err, cmd.Wait(), messages.String())
	}
	var pids []int
	for _, f := range strings.Fields(line) {
		pid, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return in, pids
}

// awaitGone waits until the processes are gone.
func awaitGone(t *testing.T, pids []int) {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for _, pid := range pids {
		for isAlive(pid) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d is still there", pid)
			}
			runtime.Gosched()
		}
	}
}

func TestAKilledParentLeavesNoOrphansAndCanBeContinued(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: only Linux ends the children of a killed process; elsewhere the next start does")
	}
	dir := openDirectory(t)
	for range 2 { // the second time on what the first left behind
		cmd := exec.Command(os.Args[0], "temporal")
		_, pids := startHelper(t, cmd, dir)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if cmd.Wait() == nil {
			t.Error("the helper ended well instead of being killed")
		}
		awaitGone(t, pids)
	}
	query(t, start(t, devstack.Options{Dir: dir, Temporal: true}), "SELECT 'recovered'")
}

func TestAnOrdinaryUserNeedsNoPrivilege(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: we are an ordinary user, all other tests show it")
	}
	dir := openDirectory(t)
	binary := filepath.Join(dir, "helper") // go test's own directory is closed to others
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(binary, program, 0o755); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	const user = 1 // "daemon": initdb wants one with a name, other than the one root runs Postgres as
	if err := os.Chown(data, user, user); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+data)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	in, pids := startHelper(t, cmd, data)
	if info, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pids[0]))); err == nil {
		if owner, ok := info.Sys().(*syscall.Stat_t); !ok || owner.Uid != user {
			t.Errorf("Postgres runs as %d, want %d", owner.Uid, user)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the ordinary user's stop: %v", err)
	}
	awaitGone(t, pids)
}

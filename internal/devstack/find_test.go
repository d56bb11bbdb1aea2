package devstack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// writeFile makes a file and its parents.
func writeFile(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// fakePostgres makes programs that only know their version.
func fakePostgres(t *testing.T, dir, version string) {
	t.Helper()
	writeFile(t, filepath.Join(dir, "postgres"), "#!/bin/sh\necho 'postgres (PostgreSQL) "+version+"'\n", 0o755)
	writeFile(t, filepath.Join(dir, "initdb"), "#!/bin/sh\n", 0o755)
}

func TestFindPostgres(t *testing.T) {
	root := t.TempDir()
	folder := func(name string) string { return filepath.Join(root, name, "bin") }
	fakePostgres(t, folder("13"), "13.9")
	fakePostgres(t, folder("15"), "15.18 (Debian 15.18-1)")
	fakePostgres(t, folder("17"), "17.2")
	fakePostgres(t, folder("fetched"), "15.13")
	writeFile(t, filepath.Join(folder("client-only"), "postgres"), "", 0o755)
	pattern := filepath.Join(root, "1*", "bin")
	for _, c := range []struct {
		reason   string
		path     string
		want     int
		patterns []string
		dir      string // "" for none
	}{
		{"PATH comes first", folder("15"), 0, []string{pattern}, folder("15")},
		{"too old on PATH: the folders", folder("13"), 0, []string{pattern}, folder("17")},
		{"the newest of the folders", "", 0, []string{pattern}, folder("17")},
		{"existing data wants its own version", "", 15, []string{pattern}, folder("15")},
		{"a version that is not there", "", 16, []string{pattern}, ""},
		{"nothing installed: what was fetched before", "", 0, nil, folder("fetched")},
		{"none of the wanted version among old ones", "", 17, []string{folder("13")}, ""},
	} {
		t.Setenv("PATH", c.path+":/bin")
		got, ok := findPostgres(c.want, c.patterns, filepath.Join(root, "fetched"))
		if ok != (c.dir != "") || ok && got.dir != c.dir {
			t.Errorf("%s: got %+v %t, want %q", c.reason, got, ok, c.dir)
		}
	}
}

func TestAFailedFetchSaysSo(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // the library leaves a log there
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	_, err := fetchOnce(t.Context(), filepath.Join(t.TempDir(), "postgres"), server.URL, t.Logf)
	if err == nil || !strings.Contains(err.Error(), "no version found") {
		t.Errorf("got %v, want an error about the missing version", err)
	}
}

func TestTemporalCannotBeFound(t *testing.T) {
	tools := t.TempDir()
	writeFile(t, filepath.Join(tools, "temporal"), "#!/bin/sh\necho 'temporal version 1.1.0 (Server 1.25.0, UI 2.30.0)'\n", 0o755)
	for _, c := range []struct{ reason, path, want string }{
		{"none at all", t.TempDir(), "is not on PATH: install it"},
		{"one without fairness", tools, "is too old: its server must be 1.29 or newer"},
	} {
		t.Setenv("PATH", c.path)
		t.Chdir(t.TempDir())
		_, err := ensureTemporal(t.Context(), t.Logf)
		if !errors.Is(err, ErrNoTemporal) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.reason, err, c.want)
		}
	}
}

func TestARecentTemporalOnPathIsTaken(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "temporal"), "#!/bin/sh\necho 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)'\n", 0o755)
	t.Setenv("PATH", dir)
	got, err := ensureTemporal(t.Context(), t.Logf)
	if err != nil || got != filepath.Join(dir, "temporal") {
		t.Errorf("got %q, %v", got, err)
	}
}

// The build itself runs for real, on a module that stands for Temporal's.
func TestTemporalIsBuiltOnce(t *testing.T) {
	root := t.TempDir()
	module := filepath.Join(root, "tools", "temporal")
	writeFile(t, filepath.Join(module, "go.mod"), "module tools\n\ngo 1.26.0\n\nrequire github.com/temporalio/cli v0.0.0\n\nreplace github.com/temporalio/cli => ./cli\n", 0o600)
	writeFile(t, filepath.Join(module, "cli", "go.mod"), "module github.com/temporalio/cli\n\ngo 1.26.0\n", 0o600)
	writeFile(t, filepath.Join(module, "cli", "cmd", "temporal", "main.go"), "package main\n\nfunc main() { println(\"built\") }\n", 0o600)

	var mu sync.Mutex
	builds := 0
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			bin, err := buildTemporal(t.Context(), root, func(format string, _ ...any) {
				mu.Lock()
				defer mu.Unlock()
				if strings.HasPrefix(format, "building Temporal's command line (") {
					builds++
				}
			})
			if err != nil {
				t.Error(err)
				return
			}
			if out, err := exec.Command(bin).CombinedOutput(); err != nil || string(out) != "built\n" {
				t.Errorf("the program says %q, %v", out, err)
			}
		})
	}
	wg.Wait()
	if builds != 1 {
		t.Errorf("built %d times, want once", builds)
	}
	// A newer pin means building again.
	newer := time.Now().Add(time.Minute)
	if err := os.Chtimes(filepath.Join(module, "go.mod"), newer, newer); err != nil {
		t.Fatal(err)
	}
	if isCurrent(filepath.Join(root, ".bin", "temporal"), module) {
		t.Error("a program older than its go.mod counts as current")
	}
}

func TestABrokenBuildQuotesTheCompiler(t *testing.T) {
	root := t.TempDir()
	writeFile(t, filepath.Join(root, "tools", "temporal", "go.mod"), "module tools\n", 0o600)
	_, err := buildTemporal(t.Context(), root, t.Logf)
	if err == nil || !strings.Contains(err.Error(), temporalPackage) {
		t.Errorf("got %v, want the compiler's words about %s", err, temporalPackage)
	}
}

func TestALongStepIsReportedWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []string
		failed := errors.New("failed")
		err := withElapsed(func(f string, a ...any) { said = append(said, fmt.Sprintf(f, a...)) }, "building",
			func() error { <-time.After(25 * time.Second); return failed })
		if want := "[building: 10 s so far building: 20 s so far]"; fmt.Sprint(said) != want || !errors.Is(err, failed) {
			t.Errorf("said %v, %v; want %s and the step's error", said, err, want)
		}
	})
}

func TestEndOrphan(t *testing.T) {
	dir := t.TempDir()
	mark := filepath.Join(dir, "data")
	writeFile(t, mark, "", 0o600)
	run := func(file string) *exec.Cmd {
		cmd := exec.Command("tail", "-f", file)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	orphan, stranger := run(mark), run("/dev/null")
	ended := make(chan struct{})
	go func() { _ = orphan.Wait(); close(ended) }() // it is interrupted: an error by design
	t.Cleanup(func() { _ = stranger.Process.Kill(); _ = stranger.Wait() })

	for _, c := range []struct {
		reason  string
		content string
	}{
		{"the server of a killed run is stopped", strconv.Itoa(orphan.Process.Pid) + "\n/some/dir\n"},
		{"a process id that another program has now is left alone", strconv.Itoa(stranger.Process.Pid)},
		{"a process that is gone", "99999999"},
		{"a file cut short", ""},
	} {
		file := filepath.Join(dir, "pid")
		writeFile(t, file, c.content, 0o600)
		if err := endOrphan(file, mark, t.Logf); err != nil {
			t.Errorf("%s: %v", c.reason, err)
		}
		if exists(file) {
			t.Errorf("%s: the file is still there", c.reason)
		}
	}
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the orphan still runs")
	}
	if commandLine(stranger.Process.Pid) == "" {
		t.Error("the stranger was ended")
	}
	if err := endOrphan(filepath.Join(dir, "none"), mark, t.Logf); err != nil {
		t.Errorf("no file: %v", err)
	}
}

func TestAPortTakenMeanwhileIsRetried(t *testing.T) {
	var tried []int
	err := tryPorts([]int{0}, func(ports []int) error {
		tried = append(tried, ports[0])
		if len(tried) < 3 {
			return fmt.Errorf("server: %w", errPortTaken)
		}
		return nil
	})
	if err != nil || len(tried) != 3 || tried[0] == tried[1] && tried[1] == tried[2] {
		t.Errorf("tried %v, %v; want three different ports", tried, err)
	}
	other := errors.New("other")
	if err := tryPorts([]int{0}, func([]int) error { return other }); !errors.Is(err, other) {
		t.Errorf("another failure is not retried: %v", err)
	}
}

func TestSweepRemovesOnlyWhatNobodyHolds(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	plant := func(name string, age time.Duration) string {
		lock := filepath.Join(os.TempDir(), temporaryPrefix+name, "lock")
		writeFile(t, lock, "1", 0o600)
		then := time.Now().Add(-age)
		if err := os.Chtimes(lock, then, then); err != nil {
			t.Fatal(err)
		}
		return filepath.Dir(lock)
	}
	dead, held, fresh := plant("dead", time.Hour), plant("held", time.Hour), plant("fresh", 0)
	f, err := os.OpenFile(filepath.Join(held, "lock"), os.O_RDWR, 0)
	if err != nil || flock(f) != nil {
		t.Fatal("cannot hold the lock", err)
	}
	defer f.Close()
	sweepTemporary()
	if exists(dead) || !exists(held) || !exists(fresh) {
		t.Errorf("after the sweep: dead %t, held %t, fresh %t; want only the last two", exists(dead), exists(held), exists(fresh))
	}
}

func TestAChildThatIgnoresUsIsKilled(t *testing.T) {
	cmd := exec.Command("sh", "-c", "trap '' TERM; while :; do sleep 1; done")
	c, err := startChild("stubborn", cmd, filepath.Join(t.TempDir(), "log"), nil, syscall.SIGTERM)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // no patience
	if err := c.stop(ctx); err != nil {
		t.Error(err)
	}
	select {
	case <-c.exited:
	default:
		t.Error("stop returned before the process was gone")
	}
}

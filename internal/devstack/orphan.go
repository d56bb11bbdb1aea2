package devstack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// endOrphan deals with the process id file of a server whose extsync was
// killed: where that server still runs it is stopped, else the file is removed.
// We hold the lock of the data directory, so the server is nobody else's.
//
// A process id may have gone to another program since: only a process with
// mark (a path of this stack) on its command line is taken for the server.
func endOrphan(pidFile, mark string, progress func(string, ...any)) error {
	b, err := os.ReadFile(filepath.Clean(pidFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for a server left behind: %w", err)
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err == nil && pid > 1 && strings.Contains(commandLine(pid), mark) {
		progress("stopping a server left behind by a killed run (process %d)", pid)
		if err := endProcess(pid, mark); err != nil {
			return err
		}
	}
	if err := os.Remove(pidFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a stale process id file: %w", err)
	}
	return nil
}

// endProcess interrupts a process that is not our child and waits, at most
// fifteen seconds, until it is gone.
func endProcess(pid int, mark string) error {
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop the server left behind (process %d): %w", pid, err)
	}
	deadline, look := time.NewTimer(15*time.Second), time.NewTicker(20*time.Millisecond)
	defer deadline.Stop()
	defer look.Stop()
	for strings.Contains(commandLine(pid), mark) {
		select {
		case <-look.C:
		case <-deadline.C:
			return fmt.Errorf("the server left behind (process %d) does not stop: end it by hand", pid)
		}
	}
	return nil
}

// commandLine returns the command line of a running process, "" when there is
// none (a zombie has none either).
func commandLine(pid int) string {
	if b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline")); err == nil {
		return strings.ReplaceAll(string(b), "\x00", " ")
	}
	if exists("/proc/self") {
		return ""
	}
	out, _ := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return string(out)
}

package devstack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// child is one server process, its log, and the way to end it.
type child struct {
	name    string // for messages
	cmd     *exec.Cmd
	logPath string
	signals []os.Signal   // how to end it, politest first
	exited  chan struct{} // closed once the process has been waited for
	err     error         // how it ended; read after exited
}

// startChild starts cmd with its output going to logPath, in a process group of
// its own so that a terminal's Ctrl-C reaches us and not it: we end it, in
// order. onDeath is what the system sends it should we die first.
//
// On Linux that signal is tied to the thread that forked, not to the process:
// it fires when the thread ends. Hence a goroutine that keeps its thread until
// the child is gone.
func startChild(name string, cmd *exec.Cmd, logPath string, as *syscall.Credential, signals ...os.Signal) (*child, error) {
	log, err := os.OpenFile(filepath.Clean(logPath), os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", name, err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = childAttributes(as)

	c := &child{name: name, cmd: cmd, logPath: logPath, signals: signals, exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			c.err = cmd.Wait()
			close(c.exited)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return c, nil
}

// stop ends the process and waits until it is gone: each signal in turn with
// ten seconds in between, in the end a kill of the whole group. When ctx ends
// it goes straight to the kill.
func (c *child) stop(ctx context.Context) error {
	for _, sig := range c.signals {
		if err := c.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop %s (process %d): %w", c.name, c.cmd.Process.Pid, err)
		}
		patience := time.NewTimer(10 * time.Second)
		select {
		case <-c.exited:
			patience.Stop()
			return nil
		case <-ctx.Done():
			patience.Stop()
		case <-patience.C:
		}
		if ctx.Err() != nil {
			break
		}
	}
	// It may end by itself at this very moment: "no such process" is success.
	if err := syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("kill %s (process %d): %w", c.name, c.cmd.Process.Pid, err)
	}
	<-c.exited
	return nil
}

// failure describes a child that ended by itself, with the end of its log.
func (c *child) failure() error {
	how := "with status 0"
	if c.err != nil {
		how = c.err.Error()
	}
	return fmt.Errorf("%s ended by itself (%s); the end of %s:\n%s", c.name, how, c.logPath, c.logTail())
}

// awaitReady calls ask until it succeeds. It fails as soon as the child is gone,
// with errPortTaken where its log says so.
func (c *child) awaitReady(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	pause := time.NewTicker(25 * time.Millisecond)
	defer pause.Stop()
	for {
		err := ask(ctx)
		select {
		case <-c.exited:
			if strings.Contains(strings.ToLower(c.logTail()), "address already in use") {
				return fmt.Errorf("%s: %w", c.name, errPortTaken)
			}
			return c.failure()
		default:
		}
		if err == nil {
			return nil
		}
		select {
		case <-c.exited: // said above, on the next turn
		case <-pause.C:
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer (see %s): %w", c.name, c.logPath, errors.Join(context.Cause(ctx), err))
		}
	}
}

// logTail returns the last lines of the log, at most 2,000 bytes.
func (c *child) logTail() string {
	b, err := os.ReadFile(c.logPath)
	if err != nil {
		return "(no log: " + err.Error() + ")"
	}
	if len(b) > 2000 {
		b = b[len(b)-2000:]
		_, b, _ = bytes.Cut(b, []byte("\n")) // drop the line cut in half
	}
	return strings.TrimSpace(string(b))
}

// runToEnd runs a short command as the given user; a failure quotes its output.
func runToEnd(cmd *exec.Cmd, as *syscall.Credential) error {
	runtime.LockOSThread() // see startChild
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = childAttributes(as)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// cleanEnv is this process's environment without the variables that would
// steer the servers elsewhere, such as PGDATA or TEMPORAL_ADDRESS.
func cleanEnv() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "TEMPORAL_") {
			env = append(env, kv)
		}
	}
	return env
}

package killable

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// Role says what a process plays.
type Role string

// The roles.
const (
	Worker Role = "worker" // the background half
	API    Role = "api"    // REST and the intake of webhooks
)

// Process is a running process of the product.
type Process struct {
	// Ready is closed once it works.
	Ready chan struct{}
	// Exited is closed once it has ended, however.
	Exited chan struct{}

	cmd *exec.Cmd
	in  io.WriteCloser
	log tail
	err error // how it ended; read after Exited

	mu    sync.Mutex
	doing map[string]int // activities that run in it now
	whole chan struct{}  // closed once all its output was read
}

// Start starts a process. It ends by itself when this one does.
func Start(role Role, s Settings) (*Process, error) {
	s.Role = role
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	p := &Process{
		cmd:   exec.Command(os.Args[0]), //nolint:gosec // this very program
		Ready: make(chan struct{}), Exited: make(chan struct{}), whole: make(chan struct{}),
		doing: map[string]int{},
	}
	p.cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	p.cmd.Stderr = &p.log
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a %s: %w", role, err)
	}
	go p.listen(out)
	go func() {
		<-p.whole // Wait closes the pipe, and what was not read is lost
		p.err = p.cmd.Wait()
		close(p.Exited)
	}()
	return p, nil
}

// listen reads what the process says of itself.
func (p *Process) listen(out io.Reader) {
	defer close(p.whole)
	ready := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, what, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case sayReady:
			if !ready {
				close(p.Ready)
			}
			ready = true
		case sayBegin, sayEnd:
			p.mu.Lock()
			if p.doing[what]--; word == sayBegin {
				p.doing[what] += 2
			}
			p.mu.Unlock()
		}
	}
}

// Doing lists the activities that the process is in the middle of, in no order.
func (p *Process) Doing() (list []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for what, n := range p.doing {
		if n > 0 {
			list = append(list, what)
		}
	}
	return list
}

// Kill ends the process as a power cut would, and waits until it is gone. It returns an
// error when the process had ended by itself, with the end of its log.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill process %d: %w", p.cmd.Process.Pid, err)
	}
	<-p.Exited
	var ended *exec.ExitError
	if errors.As(p.err, &ended) {
		if status, ok := ended.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
			return nil
		}
	}
	return p.Ended()
}

// Ended says how a process that has exited ended by itself, with the end of its log.
func (p *Process) Ended() error {
	<-p.Exited
	how := "with status 0"
	if p.err != nil {
		how = p.err.Error()
	}
	return fmt.Errorf("it ended by itself (%s): %s", how, p.log.String())
}

// Pause stops the process in the middle of whatever it does; Continue lets it go on, as
// if no time had passed.
func (p *Process) Pause() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }

// Continue is the opposite of Pause.
func (p *Process) Continue() error { return p.cmd.Process.Signal(syscall.SIGCONT) }

// Stop asks the process to end in an orderly way, and waits until it has.
func (p *Process) Stop() error {
	if err := p.in.Close(); err != nil {
		return fmt.Errorf("tell process %d to stop: %w", p.cmd.Process.Pid, err)
	}
	<-p.Exited
	if p.err != nil {
		return p.Ended()
	}
	return nil
}

// tail keeps the end of a log.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if over := len(t.text) - tailSize; over > 0 {
		t.text = append([]byte(nil), t.text[over:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

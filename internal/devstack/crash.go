package devstack

import (
	"context"
	"errors"
	"fmt"
	"syscall"
)

// Server names one of a stack's servers.
type Server int

// The servers.
const (
	Postgres Server = iota
	Temporal
)

// Crash ends a server as a power cut would (SIGKILL to its whole process group) and
// waits until it is gone. [Stack.Revive] starts it again. It is for tests that run while
// it happens; calls for one stack must come one at a time.
func (s *Stack) Crash(which Server) error {
	h, err := s.held(which)
	if err != nil {
		return err
	}
	h.expected.Store(true)
	if err := syscall.Kill(-h.child.cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("kill %s (process %d): %w", h.child.name, h.child.cmd.Process.Pid, err)
	}
	<-h.child.exited
	return nil
}

// Revive starts a crashed server again at its old address, on the data that it left, and
// returns once it answers.
func (s *Stack) Revive(ctx context.Context, which Server) error {
	h, err := s.held(which)
	if err != nil {
		return err
	}
	c, err := h.again(ctx)
	if err != nil {
		return fmt.Errorf("start %s again: %w", h.child.name, err)
	}
	s.watch(which, c, h.again)
	return nil
}

func (s *Stack) held(which Server) (*held, error) {
	h := s.servers[which]
	if h == nil {
		return nil, errors.New("the stack was started without this server")
	}
	return h, nil
}

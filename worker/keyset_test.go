package worker_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/extsync/extsync/worker"
)

// TestAnotherKeyset: who starts a process with the wrong keyset file, or lost the right one, hears which
// file was used and what to do.
func TestAnotherKeyset(t *testing.T) {
	s := newStack(t)
	cfg := s.cfg
	cfg.KeysetFile = filepath.Join(t.TempDir(), "lost.json")
	wrong, err := worker.Open(s.ctx, cfg)
	if err == nil {
		wrong.Close()
		t.Fatal("it opened what other keys had sealed")
	}
	if !strings.Contains(err.Error(), cfg.KeysetFile) || !strings.Contains(err.Error(), "--keyset") {
		t.Errorf("it says: %v", err)
	}
}

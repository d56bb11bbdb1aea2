package engine_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
)

// TestConnectedByAnotherSpelling: systems find a project by its address in any case, and by former ones. Who
// connects it a second time so is told; no try would make it otherwise.
func TestConnectedByAnotherSpelling(t *testing.T) {
	w := newWorld(t)
	first := w.connect("octo/hello", memory.Options{})
	second, err := w.engine.CreateProject(t.Context(), engine.Connection{System: "memory", Key: "Octo/Hello", By: "op"},
		func(string) ([]byte, error) { return []byte("sealed"), nil })
	w.must(err)
	w.trackers[second.ID] = w.trackers[first.ID]
	_, err = w.engine.Probe(t.Context(), second.ID)
	if external.KindOf(err) != external.Conflict || !strings.Contains(err.Error(), "octo/hello, which has a connection already") {
		t.Errorf("it says %v", err)
	}
}

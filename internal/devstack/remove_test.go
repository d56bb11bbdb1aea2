package devstack_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/extsync/extsync/internal/devstack"
)

// TestRemoveBeginsAnew: data of an ended stack go, those of a running one stay.
func TestRemoveBeginsAnew(t *testing.T) {
	dir := filepath.Join(openDirectory(t), "stack")
	if err := devstack.Remove(dir); err != nil {
		t.Fatalf("remove what is not there: %v", err)
	}
	s := start(t, devstack.Options{Dir: dir, FastUnsafe: true})
	execute(t, s, "CREATE TABLE mark (n int)")
	if err := devstack.Remove(dir); err == nil || !strings.Contains(err.Error(), "in use by process") {
		t.Fatalf("remove a running stack: %v", err)
	}
	stop(t, s)
	if err := devstack.Remove(dir); err != nil {
		t.Fatalf("remove: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("left behind: %v, %v", entries, err)
	}
	execute(t, start(t, devstack.Options{Dir: dir, FastUnsafe: true}), "CREATE TABLE mark (n int)")
}

// execute runs one statement on the stack's database.
func execute(t *testing.T, s *devstack.Stack, sql string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), s.PostgresURL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(t.Context(), sql); err != nil {
		t.Error(err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

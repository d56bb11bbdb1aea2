package starter //nolint:testpackage // how a key is spelled has no door of its own

import (
	"strings"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
)

// TestKeyed: what has a number is called by it, and what has a name by its name.
func TestKeyed(t *testing.T) {
	for key, want := range map[string]string{"12": "#12", "IVY-7": "IVY-7", "b\x1b[2J": "b\ufffd[2J"} {
		if got := keyed(key); got != want {
			t.Errorf("%q is called %q, want %q", key, got, want)
		}
	}
}

// TestWhatCannotBeUndoneIsToldInFull: why something stays as it is, an order shows to its last word.
func TestWhatCannotBeUndoneIsToldInFull(t *testing.T) {
	var out strings.Builder
	a := &app{Env: &Env{Out: &out}}
	const why = "it was deleted outside, and no system brings back what was deleted"
	a.printRollback(v1.RollbackPreview{Rows: []v1.RollbackRow{{Key: "12", Action: "cannot", Reason: why}}})
	if !strings.Contains(out.String(), why) {
		t.Errorf("the preview says\n%s\nwant why: %s", out.String(), why)
	}
}

// TestATicketThatIsDeletedHereIsListedAsThat: its key outside finds it as well.
func TestATicketThatIsDeletedHereIsListedAsThat(t *testing.T) {
	var out strings.Builder
	a := &app{Env: &Env{Out: &out}}
	a.printTickets(v1.Tickets{Tickets: []v1.Ticket{{ID: "a", State: "open", Deleted: true}, {ID: "b", State: "open"}}})
	if strings.Count(out.String(), "open (deleted)") != 1 {
		t.Errorf("of two tickets one is deleted, and the list says\n%s", out.String())
	}
}

// TestARollbackThatWaits: it goes on by itself, and so is not told as stopped.
func TestARollbackThatWaits(t *testing.T) {
	for want, s := range map[string]v1.Session{
		"Rollback waits: the external system's limit is reached": {State: "stopped", Reason: "the external system's limit is reached"},
		"Rollback running": {State: "running"},
	} {
		if got := rollbackLine(s); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}

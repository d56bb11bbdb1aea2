package memory

import (
	"time"

	"github.com/extsync/extsync/external"
)

// Calls counts what adapters asked of the tracker. A refused or lost call counts.
type Calls struct {
	Probe, List, Unchanged, Read, History int // Unchanged are those of List that cost nothing
	Create, Edit, Labels, Assign, Delete  int
}

// Reads returns how many calls read tickets or comments.
func (c Calls) Reads() int { return c.List + c.Read + c.History }

// Writes returns how many calls wrote.
func (c Calls) Writes() int { return c.Create + c.Edit + c.Labels + c.Assign + c.Delete }

// Calls returns the counters.
func (t *Tracker) Calls() Calls {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.calls
}

// Fault is how the next call of a kind goes wrong.
type Fault struct {
	Kind       external.ErrorKind // what the adapter reports
	RetryAfter time.Duration
	Applied    bool // of a write: it happened all the same, and its answer was lost
}

// FailNextWrite makes the next write go wrong, once.
func (t *Tracker) FailNextWrite(f Fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fault = &f
}

// FailNextRead makes the next call that reads go wrong, once.
func (t *Tracker) FailNextRead(f Fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.readFault = &f
}

// Hide takes the project out of our account's sight, or brings it back: items answer as
// if they were gone.
func (t *Tracker) Hide(hidden bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hidden = hidden
}

// Deny takes permissions from our account. "write" refuses every write; any other
// name is only reported as missing.
func (t *Tracker) Deny(permissions ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.denied = permissions
}

// Resize changes how many items a page of a list holds, and how many creates one call takes
// (0: they are made one by one), and how many histories one call tells (0: one), as a vendor may from one day to the next.
func (t *Tracker) Resize(page, writes, histories int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.opts.PageSize, t.opts.WriteBatch, t.opts.Histories = page, writes, histories
	t.caps = t.opts.capabilities()
}

// Single has one call read one item from now on, and a page of a list hold so many, as a
// vendor may from one day to the next.
func (t *Tracker) Single(page int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.opts.PageSize, t.opts.ReadBatch = page, 1
	t.caps = t.opts.capabilities()
}

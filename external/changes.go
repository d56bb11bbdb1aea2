package external

import "time"

// Window bounds one walk over a stream: changes with Lo <= UpdatedAt, and up to Hi
// where the system can express an upper bound. Zero Lo means from the beginning.
// Hi is frozen at the first page of the walk.
type Window struct {
	Lo, Hi time.Time
}

// Page is one page of changes. The walk is complete when Next is empty.
type Page struct {
	Items []Item
	// Next is the adapter's own token for the following page. It must stay valid
	// in another process.
	Next string
	// Version is handed back in the next walk's first Changes call; when nothing
	// changed since, the system may answer with Unchanged instead of items.
	Version   string
	Unchanged bool
}

// Cursor is how far one stream has been read. Watermark is the greatest UpdatedAt
// among the items of complete walks, never a reading of our own clock; it moves
// only when a walk completes.
type Cursor struct {
	Stream    Stream
	Watermark time.Time
	// Window, Page and Seen belong to a walk in progress; Page is empty otherwise.
	Window Window
	Page   string
	Seen   time.Time // greatest UpdatedAt of the walk so far
	// Lo and Version belong to the last complete walk: the same Lo makes the same
	// request, so that the system can answer that nothing changed.
	Lo      time.Time
	Version string
	// ReadAt is when the last walk completed, by our clock; only used to skip a
	// second reading within moments, never to decide what to read.
	ReadAt time.Time
}

// Revision is one entry of an item's history: who gave a field which value, when.
// Value is empty where the system keeps times only.
type Revision struct {
	Field  string // the system's name
	Value  string
	Before string // the value that this one replaced, where HasBefore
	// HasBefore says that the system told Before (GitHub's renamed events do).
	HasBefore bool
	Author    string
	At        time.Time
}

// LookBack is where the next walk begins: the watermark, less how late the system
// may show a change. The zero time stays zero: from the beginning.
func (c Cursor) LookBack(caps Capabilities) time.Time {
	if c.Watermark.IsZero() {
		return time.Time{}
	}
	return c.Watermark.Add(-caps.Lag - caps.Precision)
}

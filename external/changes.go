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
	// Version, on the last page of a walk, is handed back in the next walk's first Changes
	// call if its window is the same; when nothing changed since the walk began, the
	// system may answer with Unchanged instead of items. Empty: it cannot tell.
	Version   string
	Unchanged bool
}

// Cursor is how far one stream has been read. Watermark is the greatest UpdatedAt
// among the items of complete walks, never a reading of our own clock; it moves
// only when a walk completes.
type Cursor struct {
	Stream    Stream
	Watermark time.Time
	// Window is that of the walk in progress or, when Page is empty, of the next one.
	Window Window
	// Page is where the walk in progress goes on; empty between walks.
	Page string
	// Seen is the greatest UpdatedAt of the walk in progress so far.
	Seen time.Time
	// Lo and Version belong to the last complete walk: the same Lo makes the same
	// request, so that the system can answer that nothing changed.
	Lo      time.Time
	Version string
	// ReadAt is when the walk began by our clock, the one in progress or else the last
	// one. It measures how long walks take and how long a create has been invisible;
	// no decision compares it with the vendor's stamps.
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

// Turn returns the cursor after a page: at the following one, or at the end of the
// walk. answered is when the page had come, by our clock.
//
// The next walk looks back behind the watermark by as much as the system may be late
// to show a change, and by as long as this walk took, with its last answer: what was still
// invisible when its first pages were read, or was edited right after that, may be that
// much older than its last item.
func (c Cursor) Turn(page Page, caps Capabilities, answered time.Time) Cursor {
	c.Page = page.Next
	for _, item := range page.Items {
		if item.UpdatedAt.After(c.Seen) {
			c.Seen = item.UpdatedAt
		}
	}
	if page.Next != "" {
		return c
	}
	c.Lo = c.Window.Lo
	if !page.Unchanged {
		c.Version = page.Version
	}
	if c.Seen.After(c.Watermark) {
		c.Watermark = c.Seen
		took := max(answered.Sub(c.ReadAt), 0) // the worker that ended it may have a clock that is behind
		c.Window.Lo = c.Seen.Add(-caps.Lag - caps.Precision - took)
	}
	return c
}

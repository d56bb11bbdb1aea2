package linear

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/extsync/extsync/external"
)

// position is where a page begins. A walk is one or more passes over what changed since
// Lo, each newest first. The first goes from the window's bound; another follows as long
// as the one before took several pages, during which something could move to the front.
type position struct {
	Lo       time.Time `json:"lo"`
	Issues   place     `json:"i"`
	Comments place     `json:"c"`
	// Top is the newest stamp on this pass's first page and Mark what stood at the front of
	// it; Before is the Mark of the pass before.
	Top    time.Time `json:"top,omitzero"`
	Mark   string    `json:"mark,omitempty"`
	Before string    `json:"before,omitempty"`
	// Version is the Mark of the walk's first page, if that was settled.
	Version string `json:"version,omitempty"`
}

// place is how far one connection has been read.
type place struct {
	After string `json:"after,omitempty"`
	Done  bool   `json:"done,omitempty"`
}

func (p place) cursor() *string {
	if p.After == "" {
		return nil
	}
	return &p.After
}

func (p place) following(info pageFields) place {
	switch {
	case p.Done:
		return p
	case !info.HasNextPage || info.EndCursor == nil:
		return place{Done: true}
	}
	return place{After: *info.EndCursor}
}

// stands reports whether a page ends at the very item behind which it begins, and is not the last one. A cursor
// is where its item is by now: one that has just changed is at the front, while the list may still show it where it was.
func (p place) stands(info pageFields) bool {
	return p.After != "" && info.HasNextPage && info.EndCursor != nil && *info.EndCursor == p.After
}

// begin takes note of a pass's first page, seen at a time by Linear's clock.
func (p position) begin(items []external.Item, seen time.Time) position {
	for _, i := range items {
		if i.UpdatedAt.After(p.Top) {
			p.Top = i.UpdatedAt
		}
	}
	p.Mark = mark(items, lookBack(p.Top))
	if p.Before == "" && lookBack(seen).After(p.Top) { // all up to Top is visible, and this walk shows it
		p.Version = p.Mark
	}
	return p
}

// lookBack is the oldest stamp that something may yet get which did not show at a time.
func lookBack(t time.Time) time.Time {
	caps := Capabilities()
	return t.Add(-caps.Lag - caps.Precision)
}

// following returns the position of the page after this one, and whether there is one.
// At the end of the walk it holds its version.
func (p position) following(got *listChangesResponse) (next position, more bool) {
	first := !p.resumed()
	p.Issues, p.Comments = p.Issues.following(got.Issues.PageInfo), p.Comments.following(got.Comments.PageInfo)
	over := p.Issues.Done && p.Comments.Done
	if first && (over || p.Mark == p.Before) { // one page is one moment; the same front, nothing moved
		if p.Version != p.Mark {
			p.Version = "" // something moved during the walk
		}
		return p, false
	}
	if over {
		p = position{Lo: lookBack(p.Top), Before: p.Mark, Version: p.Version}
	}
	return p, true
}

// String is the page token.
func (p position) String() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // unreachable: strings and times always marshal
	}
	return string(b)
}

// resumed reports whether the page begins behind a cursor.
func (p position) resumed() bool { return p.Issues != place{} || p.Comments != place{} }

// again is the token of the same pass from its start.
func (p position) again() string { return position{Lo: p.Lo, Before: p.Before}.String() }

// mark tells the items since a time from any others. An item that changes or shows up
// later is among them.
func mark(items []external.Item, since time.Time) string {
	h := sha256.New()
	for _, i := range items {
		if i.UpdatedAt.Before(since) {
			continue
		}
		fields, err := json.Marshal(i.Fields)
		if err != nil {
			panic(err) // unreachable: values always marshal
		}
		h.Write([]byte(i.ID + i.UpdatedAt.Format(stampFormat)))
		h.Write(fields)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func parsePosition(token string, lo time.Time) (position, error) {
	if token == "" {
		return position{Lo: lo}, nil
	}
	var p position
	if err := json.Unmarshal([]byte(token), &p); err != nil {
		return position{}, fail(external.Invalid, "list changes", "the page token is not one of ours; start the walk again", err)
	}
	return p, nil
}

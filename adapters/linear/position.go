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
	// Top is the newest stamp on this pass's first page and Mark tells that page from any
	// other; Before is the Mark of the pass before.
	Top    time.Time `json:"top,omitzero"`
	Mark   string    `json:"mark,omitempty"`
	Before string    `json:"before,omitempty"`
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
	case !info.HasNextPage || info.EndCursor == nil || *info.EndCursor == p.After:
		return place{Done: true}
	}
	return place{After: *info.EndCursor}
}

// following returns the token of the page after this one; it is empty at the end of the
// walk.
func (p position) following(got *listChangesResponse, items []external.Item) string {
	first := p.Mark == ""
	if first {
		p.Mark = mark(items)
		for _, i := range items {
			if i.UpdatedAt.After(p.Top) {
				p.Top = i.UpdatedAt
			}
		}
	}
	p.Issues, p.Comments = p.Issues.following(got.Issues.PageInfo), p.Comments.following(got.Comments.PageInfo)
	switch over := p.Issues.Done && p.Comments.Done; {
	case first && (over || p.Mark == p.Before): // one page is one moment; the same page, nothing moved
		return ""
	case over:
		caps := Capabilities()
		p = position{Lo: p.Top.Add(-caps.Lag - caps.Precision), Before: p.Mark}
	}
	return p.String()
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
func (p position) resumed() bool { return p.Issues.After != "" || p.Comments.After != "" }

// again is the token of the same pass from its start.
func (p position) again() string { return position{Lo: p.Lo, Before: p.Before}.String() }

// mark tells a page from any other one.
func mark(items []external.Item) string {
	h := sha256.New()
	for _, i := range items {
		h.Write([]byte(i.ID + i.UpdatedAt.Format(stampFormat) + "\n"))
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

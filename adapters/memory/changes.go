package memory

import (
	"context"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Changes walks a stream in ascending order of stamp. The vendor's pages go by
// offset and drift: an item that is edited during the walk moves to the end, all
// others move up by one, and the next offset would jump over one. So a place in
// the walk is a stamp, how many items with that stamp were shown, and the last of
// them: when that one is not where it was, the walk takes that stamp again from its first item.
func (a *Adapter) Changes(ctx context.Context, stream external.Stream, w external.Window, page, version string) (external.Page, error) {
	t := a.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := a.enter(ctx, &t.calls.List, "list", false); err != nil {
		return external.Page{}, err
	}
	f, now := &t.tickets, t.now()
	if stream == external.StreamComments {
		f = &t.comments
	}
	f.publish(now)
	current := strconv.Itoa(f.version)
	if page == "" && version == current {
		t.calls.Unchanged++
		return external.Page{Version: version, Unchanged: true}, nil
	}
	at, err := parsePlace(page, w.Lo)
	if err != nil {
		return external.Page{}, err
	}
	out, next := a.read(f, now, w, at)
	out.Version = at.version
	if page == "" {
		out.Version = current
	}
	if next.more {
		next.version = out.Version
		out.Next = next.String()
	}
	return out, nil
}

// read returns one page from a place, and the place after it.
func (a *Adapter) read(f *feed, now time.Time, w external.Window, at place) (external.Page, place) {
	t := a.t
	until := time.Time{}
	if t.opts.Bounded {
		until = w.Hi
	}
	var items []*item
	if at.last != "" { // one item of overlap, with its old stamp, proves that nothing moved
		items = f.list(now, at.since, until, at.shown-1, t.opts.PageSize+1)
		if len(items) == 0 || items[0].id != at.last || !items[0].shown.item.UpdatedAt.Equal(at.since) {
			at.shown, at.last = 0, ""
		} else {
			items = items[1:]
		}
	}
	if at.last == "" {
		items = f.list(now, at.since, until, 0, t.opts.PageSize)
	}
	var out external.Page
	for _, it := range items {
		out.Items = append(out.Items, a.item(it.shown))
		if stamp := it.shown.item.UpdatedAt; !stamp.Equal(at.since) {
			at.since, at.shown = stamp, 0
		}
		at.shown++
		at.last = it.id
	}
	at.more = len(items) == t.opts.PageSize
	return out, at
}

// place is where a walk stands: shown items of stamp since are behind it, the last
// of them is called last.
type place struct {
	since   time.Time
	shown   int
	last    string
	version string // of the first page
	more    bool
}

// String is the page token: stamp in nanoseconds, items shown, version, last id.
func (p place) String() string {
	return strconv.FormatInt(p.since.UnixNano(), 10) + " " + strconv.Itoa(p.shown) + " " + p.version + " " + p.last
}

func parsePlace(token string, lo time.Time) (place, error) {
	if token == "" {
		return place{since: lo}, nil
	}
	parts := strings.SplitN(token, " ", 4)
	if len(parts) == 4 {
		nanos, err1 := strconv.ParseInt(parts[0], 10, 64)
		shown, err2 := strconv.Atoi(parts[1])
		if err1 == nil && err2 == nil {
			return place{since: time.Unix(0, nanos).UTC(), shown: shown, version: parts[2], last: parts[3]}, nil
		}
	}
	return place{}, fail(external.Invalid, "list page", "", "the page token is not one of ours; start the walk again")
}

// withBody returns a copy of shared fields with another body.
func withBody(f external.Fields, body string) external.Fields {
	out := maps.Clone(f)
	out[FieldBody] = ticket.Text(body)
	return out
}

package github

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
)

// The version of a walk of one page that is not full is the ETag of that page. Any other
// walk has the ETag of its front: the newest hundred of the same window, newest first.
// What changes moves to the front, and what a list is late to show comes in there,
// provided that the front is older than a list may be late.
const frontMark = "front:"

// tags returns the ETag in a version, of a page or of a front. Only the first page of a
// walk has one.
func tags(page, version string) (first, front string) {
	if page != "" {
		return "", ""
	}
	if tag, isFront := strings.CutPrefix(version, frontMark); isFront {
		return "", tag
	}
	return version, ""
}

// sameFront asks whether the front is still the one with that ETag.
func (a *adapter) sameFront(ctx context.Context, stream external.Stream, lo time.Time, etag string) (bool, error) {
	_, err := a.list(ctx, stream, newestFirst(lo), etag)
	if errors.Is(err, errNotModified) {
		return true, nil
	}
	return false, err
}

// frontVersion is the version of a walk, asked for at its end; got is its last page. It is
// empty unless all that the walk found had settled when it began: then what did not show
// yet, and what changed meanwhile, is newer than all of the front, and changes it when it
// shows. A walk from the beginning of time has none, for no later one has its window.
func (a *adapter) frontVersion(ctx context.Context, stream external.Stream, lo time.Time, at position, got listing) (string, error) {
	if lo.IsZero() || !settled(got.newest, at.began) {
		return "", nil
	}
	newest, err := a.list(ctx, stream, newestFirst(lo), "")
	if err != nil || newest.etag == "" || !settled(newest.newest, at.began) {
		return "", err
	}
	return frontMark + newest.etag, nil
}

// newestFirst is the position of the newest items of a window.
func newestFirst(lo time.Time) position { return position{since: lo, newestFirst: true} }

// settled reports whether lists showed everything up to a stamp at a time by GitHub's own
// clock; never, where the time is not known and zero.
func settled(stamp, at time.Time) bool {
	caps := Capabilities()
	return at.Add(-caps.Lag - caps.Precision).After(stamp)
}

// serverTime is when GitHub answered by its own clock, or zero where it does not say.
func serverTime(h http.Header) time.Time {
	t, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

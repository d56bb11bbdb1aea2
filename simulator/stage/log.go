package stage

import (
	"net/http"
	"slices"
	"time"
)

// Request is one logged call.
type Request struct {
	Kind   string    `json:"kind"` // as in Counters
	Method string    `json:"method"`
	Path   string    `json:"path"` // with query
	Body   string    `json:"body,omitempty"`
	At     time.Time `json:"at"`
}

// Note is what the log keeps of a call that came at a time.
func Note(kind string, r *http.Request, body []byte, at time.Time) Request {
	return Request{Kind: kind, Method: r.Method, Path: r.URL.RequestURI(), Body: string(body), At: at}
}

// OfKind selects the requests of some kinds, of all when none is named.
func OfKind(kinds ...string) func(Request) bool {
	return func(r Request) bool { return len(kinds) == 0 || slices.Contains(kinds, r.Kind) }
}

// Log keeps the latest of what is added. It does no locking.
type Log[T any] struct {
	size    int
	entries []T
}

// NewLog makes a log of a size.
func NewLog[T any](size int) Log[T] { return Log[T]{size: size} }

// Add puts an entry at the end. The log is cut down once it is twice as long as its size, so that most additions copy nothing.
func (l *Log[T]) Add(entry T) {
	l.entries = append(l.entries, entry)
	if len(l.entries) > 2*l.size {
		l.entries = slices.Clone(l.Latest())
	}
}

// Latest returns the latest entries, oldest first, not more than the log's size. The slice is the log's own.
func (l *Log[T]) Latest() []T { return l.entries[max(0, len(l.entries)-l.size):] }

// Where returns those of the latest entries that are wanted, oldest first, nil for none.
func (l *Log[T]) Where(wanted func(T) bool) []T {
	var out []T
	for _, e := range l.Latest() {
		if wanted(e) {
			out = append(out, e)
		}
	}
	return out
}

// Clear empties the log.
func (l *Log[T]) Clear() { l.entries = nil }

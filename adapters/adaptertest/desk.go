package adaptertest

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

// Desk is where an adapter's own tests work: a clock that only Advance moves, a meter
// that remembers, and the engine's steps around an adapter. A test embeds it beside its
// simulator and says what people do there.
type Desk struct {
	*testing.T
	Tested adapters.Adapter // the one that Look, Ops and Push use

	mu    sync.Mutex
	now   time.Time
	calls []string
}

// NewDesk returns a desk on a morning in May 2026. Its adapter is still to be set.
func NewDesk(t *testing.T) *Desk {
	t.Helper()
	return &Desk{T: t, now: time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)}
}

// Now is the clock of the simulator.
func (d *Desk) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

// Advance moves the clock.
func (d *Desk) Advance(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// Called makes the desk an adapters.Meter that remembers the kinds of the calls.
func (d *Desk) Called(kind string, _ bool, _ adapters.Rate) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, kind)
}

// Made returns the kinds of the calls since it was asked last, with spaces between.
func (d *Desk) Made() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := strings.Join(d.calls, " ")
	d.calls = nil
	return s
}

// Look returns an item's present state.
func (d *Desk) Look(ref external.Ref) external.Item {
	d.Helper()
	items, err := d.Tested.Read(d.Context(), []external.Ref{ref})
	if err != nil {
		d.Fatalf("read %s: %v", ref.Key, err)
	}
	return items[0]
}

// Ops splits content, which must be possible.
func (d *Desk) Ops(c outbound.Content) []adapters.Op {
	d.Helper()
	ops, err := d.Tested.Ops(Cleared(d.T, c))
	if err != nil {
		d.Fatal(err)
	}
	return ops
}

// Push writes content as Try does, which must be possible.
func (d *Desk) Push(c outbound.Content) []external.Item {
	d.Helper()
	items, err := d.Try(d.Tested, c)
	if err != nil {
		d.Fatal(err)
	}
	return items
}

// Try writes content as the engine does, and returns what each operation answered until
// one failed.
func (d *Desk) Try(a adapters.Adapter, c outbound.Content) ([]external.Item, error) {
	d.Helper()
	ops, err := a.Ops(Cleared(d.T, c))
	if err != nil {
		return nil, err
	}
	var items []external.Item
	for n, op := range ops {
		item, err := a.Write(d.Context(), op)
		if err != nil {
			return items, err
		}
		items = append(items, item)
		follow(ops[n+1:], op, item)
	}
	return items, nil
}

// Cleared passes content through the privacy gate for a public ticket.
func Cleared(t T, c outbound.Content) outbound.Outbound {
	t.Helper()
	out, err := outbound.Clear(outbound.Request{Ticket: ticket.Ticket{ID: "t", Privacy: ticket.Public}, Content: c})
	if err != nil {
		t.Fatalf("clear: %v", err)
	}
	return out
}

// Names are the names of operations, with commas between.
func Names(ops []adapters.Op) string {
	var out []string
	for _, op := range ops {
		out = append(out, op.Name)
	}
	return strings.Join(out, ", ")
}

// Want fails the test unless err has the kind and its message holds every word. No kind
// wants no error.
func Want(t T, err error, kind external.ErrorKind, words ...string) {
	t.Helper()
	if (err == nil) != (kind == "") || external.KindOf(err) != kind {
		t.Fatalf("got %v (kind %q), want kind %q", err, external.KindOf(err), kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

// RoundTrip is a transport made of a function.
type RoundTrip func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f RoundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

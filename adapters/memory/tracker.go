package memory

import (
	"sync"
	"time"

	"github.com/extsync/extsync/external"
)

// System is the name of the reference system.
const System external.System = "memory"

// The fields, as the tracker calls them. A comment has FieldBody alone.
const (
	FieldTitle     = "title"
	FieldBody      = "body"
	FieldState     = "state"
	FieldLabels    = "labels"
	FieldAssignees = "assignees"
)

// The limits of the tracker's texts, in characters.
const (
	MaxTitle = 256
	MaxBody  = 65_536
)

// Options say how a tracker behaves. The zero value of each is the most benign.
type Options struct {
	// Now is the tracker's own clock; nil: the machine's.
	Now func() time.Time
	// Key and ID are the address and the immutable id of its one project.
	Key, ID string
	// Login is the account that adapters act as; Token is what they must show.
	Login, Token string
	// Precision is the granularity of stamps; zero: as fine as the clock.
	Precision time.Duration
	// Lag is the longest time that lists show a changed item as it was before, or
	// not at all. LagOf draws the lag of each write, at most Lag; nil: always Lag.
	Lag   time.Duration
	LagOf func() time.Duration
	// PageSize and ReadBatch are those of the capabilities; zero: 50 and 1.
	PageSize, ReadBatch int
	// Bounded lists accept an upper bound of the window; others ignore it.
	Bounded bool
	// History is what is remembered of the earlier values of texts.
	History external.HistoryKind
	// Histories is how many of them one call tells; zero: one.
	Histories int
	// CreateKey is how a create is recognised; empty: by a marker in the text.
	CreateKey external.CreateKeyKind
	// Verbatim trackers keep texts as they were written; others tidy them.
	Verbatim bool
	// WriteBatch is that of the capabilities; Whole trackers refuse a batch of which they
	// refuse one element.
	WriteBatch int
	Whole      bool
	// Steps makes an open ticket pass through done on its way to any other closed state.
	Steps bool
	// TicketDel lets tickets be deleted through the adapter, their comments with them.
	TicketDel bool
	// ByID trackers find the project by its immutable id where that is known, and by its key else.
	ByID bool
	// Beside is a tracker of the same vendor, to and from which tickets can be moved.
	Beside *Tracker
	// Touch makes a comment move the stamp of its ticket, as some vendors do.
	Touch bool
	// Secludes: one ticket may be hidden from people who see the project, see Tracker.Restrict.
	Secludes bool
}

// Tracker is one vendor with one project. Its methods may be called by several
// goroutines.
type Tracker struct {
	mu   *vendor // shared by those that stand beside each other
	mark string  // ends the ids of its items, which are unique at the vendor
	opts Options
	caps external.Capabilities

	tickets, comments feed
	byID              map[string]*item
	byKey             map[string]*item // tickets by number
	labels            []string         // ever used, in order of first use
	number, said      int              // tickets and comments that got an id here
	former            []string         // keys of the project before it was renamed
	clock             time.Time        // last stamp before rounding: stamps never go back

	events []Event
	calls  Calls
	fault  *Fault // of the next write

	readFault *Fault
	denied    []string // permissions that our account lacks
	hidden    bool     // our account sees nothing of the project
}

// NewTracker makes an empty tracker.
func NewTracker(o Options) *Tracker {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.PageSize == 0 {
		o.PageSize = 50
	}
	if o.ReadBatch == 0 {
		o.ReadBatch = 1
	}
	if o.CreateKey == "" {
		o.CreateKey = external.CreateKeyMarker
	}
	if o.Login == "" {
		o.Login = "extsync-bot"
	}
	if o.Key == "" {
		o.Key = "team/board"
	}
	if o.ID == "" {
		o.ID = "P_" + o.Key
	}
	v := &vendor{}
	if o.Beside != nil {
		v = o.Beside.mu
	}
	v.Lock()
	defer v.Unlock()
	mark := ""
	if v.projects > 0 {
		mark = string(rune('a' + v.projects))
	}
	v.projects++
	return &Tracker{mu: v, mark: mark, opts: o, caps: o.capabilities(), byID: map[string]*item{}, byKey: map[string]*item{}}
}

// vendor is what trackers share that stand beside each other.
type vendor struct {
	sync.Mutex
	projects int
}

// Event is what the tracker would tell a webhook: something happened to an item.
// Item is the item at that moment; a receiver that believes it will be wrong.
type Event struct {
	Seq  int
	Item external.Item
}

// TakeEvents returns the events since the last call, oldest first.
func (t *Tracker) TakeEvents() []Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.events
	t.events = nil
	return out
}

// now is the tracker's clock, which never goes back while it is asked.
func (t *Tracker) now() time.Time {
	if n := t.opts.Now(); n.After(t.clock) {
		t.clock = n
	}
	return t.clock
}

// stamp rounds a time down to what the tracker shows.
func (t *Tracker) stamp(at time.Time) time.Time {
	if t.opts.Precision <= 1 {
		return at
	}
	return at.Truncate(t.opts.Precision)
}

// lag draws how long a write stays out of lists.
func (t *Tracker) lag() time.Duration {
	if t.opts.Lag == 0 || t.opts.LagOf == nil {
		return t.opts.Lag
	}
	return min(t.opts.LagOf(), t.opts.Lag)
}

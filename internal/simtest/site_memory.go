package simtest

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// memorySite is a tracker of the memory adapter: the fast one, whose habits a seed
// draws.
type memorySite struct {
	*memory.Adapter // undecorated: what people and checks see
	tracker         *memory.Tracker
	opts            memory.Options
	capabilities    external.Capabilities
	flowing         []ticket.Field
	forged          int
	renamed         int
	formerly        []string // accounts that our credential belonged to
	own             func(string) bool
}

func (w *world) newMemorySite(p *peer, opts memory.Options, skew time.Duration) *memorySite {
	opts.Now = func() time.Time { return w.now.Add(skew) }
	opts.ID = "P_" + opts.Key
	if opts.Lag > 0 {
		opts.LagOf = func() time.Duration { return time.Duration(w.sched.Int64N(int64(opts.Lag) + 1)) }
	}
	if w.has(moving) && p.n > 0 {
		opts.Beside = w.peers[0].site.(transfers).place() //nolint:errcheck // all are of one vendor
	}
	s := &memorySite{tracker: memory.NewTracker(opts), opts: opts, flowing: []ticket.Field{ticket.Title, ticket.Body, ticket.State, ticket.Labels}}
	s.own = remembered(w.engine.OwnKey(p.id))
	s.Adapter = memory.New(s.tracker, adapters.Config{ProjectKey: opts.Key, OwnKey: s.own})
	s.capabilities = s.Capabilities()
	return s
}

func (s *memorySite) project() store.Project {
	return store.Project{System: memory.System, ExternalID: s.opts.ID, Key: s.opts.Key}
}

// readdress has the adapter speak to the project at another address; false: it does already.
func (s *memorySite) readdress(key string) bool {
	if key == s.opts.Key {
		return false
	}
	s.opts.Key = key
	s.Adapter = memory.New(s.tracker, adapters.Config{ProjectKey: key, OwnKey: s.own})
	return true
}

// connect has nothing to add: the system's default mapping is in force.
func (s *memorySite) connect(context.Context, store.Tx, string) error { return nil }

func (s *memorySite) open() adapters.Adapter      { return s.Adapter }
func (s *memorySite) caps() external.Capabilities { return s.capabilities }
func (s *memorySite) login() string               { return s.opts.Login }
func (s *memorySite) ours(author string) bool {
	return author == s.opts.Login || slices.Contains(s.formerly, author)
}
func (s *memorySite) markup() markupKind { return plain }

func (s *memorySite) fields(kind external.Kind) []ticket.Field {
	if kind == external.KindComment {
		return s.flowing[1:2]
	}
	return s.flowing
}

func (s *memorySite) historyOf(external.Kind, ticket.Field) external.HistoryKind {
	return s.opts.History
}

func (s *memorySite) view(_ *pair, f ticket.Field, v ticket.Value) (ticket.Value, bool) {
	if v.IsSet() || v.IsEmpty() {
		return v, true
	}
	out := s.Normalize(external.Fields{string(f): ticket.Text(outbound.Restore(v.Text()))})[string(f)].Text()
	return ticket.Text(outbound.Restore(out)), true
}

// canonical is the item itself: it is said in our words already.
func (s *memorySite) canonical(it external.Item) external.Item { return it }

// enough: it can hold every set.
func (s *memorySite) enough(*pair, ticket.Field, ticket.Value) bool { return false }

// settles: whatever it keeps, it never respells a text that comes in.
func (s *memorySite) settles(a, b string) bool { return a == b }

// Peek looks for an item: ids of tickets and comments differ here.
func (s *memorySite) Peek(_ external.Kind, id string) (external.Item, bool) {
	return s.Adapter.Peek(id)
}

func (s *memorySite) events() []external.Item {
	told := s.tracker.TakeEvents()
	if len(told) == 0 {
		return nil
	}
	out := make([]external.Item, len(told))
	for n, e := range told {
		out[n] = e.Item
	}
	return out
}

func (s *memorySite) create(who string, f external.Fields) (external.Ref, error) {
	return s.tracker.CreateTicket(who, f)
}

func (s *memorySite) comment(who string, on external.Item, text string) (external.Ref, error) {
	return s.tracker.AddComment(who, on.Key, text)
}

func (s *memorySite) sees(it external.Item) string { return it.Fields[memory.FieldBody].Text() }

func (s *memorySite) write(who string, it external.Item, f ticket.Field, v string) error {
	return s.tracker.EditField(who, it.ID, string(f), ticket.Text(v))
}

func (s *memorySite) erase(who string, it external.Item, text string) error {
	return s.tracker.EditRaw(who, it.ID, text)
}

func (s *memorySite) forge(who string, it external.Item, title, text string, copied bool) (external.Ref, error) {
	key := it.CreateKey
	if key == "" || !copied {
		s.forged++
		key = "made-up." + strconv.Itoa(s.forged)
	}
	text += "\n<!-- memory-key:" + key + " -->"
	return s.tracker.CreateTicket(who, external.Fields{"title": ticket.Text(title), "body": ticket.Text(text)})
}

func (s *memorySite) states() []string {
	return []string{ticket.StateOpen, ticket.StateDone, ticket.StateNotPlanned}
}

func (s *memorySite) move(who string, it external.Item, state string) error {
	return s.tracker.EditField(who, it.ID, memory.FieldState, ticket.Text(state))
}

func (s *memorySite) label(who string, it external.Item, l string) error {
	return s.tracker.AddLabel(who, it.ID, l)
}

func (s *memorySite) unlabel(who string, it external.Item, l string) error {
	return s.tracker.RemoveLabel(who, it.ID, l)
}

func (s *memorySite) delete(who string, it external.Item) error { return s.tracker.Delete(who, it.ID) }

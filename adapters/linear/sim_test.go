package linear_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/linear"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/simulator/linear/model"
	"github.com/extsync/extsync/ticket"
)

// desk is one simulated Linear with the team ENG, a virtual clock, and an adapter on it
// with an API key of our account.
type desk struct {
	*testing.T
	sim  *simulator.Sim
	team *simulator.Team
	a    adapters.Adapter

	version string // of the latest walk

	mu    sync.Mutex
	now   time.Time
	calls []string
}

const (
	bot     = "extsync-bot"
	someone = "ada"
	token   = "lin_api_tok"
)

func newDesk(t *testing.T, adjust ...func(*simulator.Options)) *desk {
	t.Helper()
	d := &desk{T: t, now: time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)}
	o := simulator.Options{Now: d.time, Seed: 1, Limits: simulator.NoLimits(),
		Sleep: func(_ context.Context, by time.Duration) { d.advance(by) }}
	for _, f := range adjust {
		f(&o)
	}
	d.sim = simulator.New(o)
	d.team = d.sim.AddTeam("ENG", "Engineering")
	d.team.SetEstimates("fibonacci", false, true)
	d.team.AddMember(someone)
	d.sim.AddToken(token, simulator.Token{Login: bot})
	d.a = d.connect(adapters.Config{})
	return d
}

func (d *desk) connect(cfg adapters.Config) adapters.Adapter {
	d.Helper()
	if cfg.ProjectKey == "" {
		cfg.ProjectKey, cfg.ProjectID = "ENG", d.team.ID()
	}
	if cfg.Token == "" {
		cfg.Token = token
	}
	if cfg.Transport == nil {
		cfg.Transport = d.sim.Transport()
	}
	cfg.OwnKey, cfg.KeyOf, cfg.Meter = ownKey, keyOf, d
	a, err := linear.New(cfg)
	if err != nil {
		d.Fatalf("new adapter: %v", err)
	}
	return a
}

const mac = ".5ec2e7"

func ownKey(key string) bool { return strings.HasSuffix(key, mac) }
func keyOf(id string) string { return id + mac }

// key is the create key of link n.
func key(n int) string { return fmt.Sprintf("0b7e9c52-31d4-4c1a-9f60-%012x", n) + mac }

// Called keeps the kinds of the calls made.
func (d *desk) Called(kind string, _ bool, _ adapters.Rate) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, kind)
}

// made returns the kinds of the calls since it was asked last.
func (d *desk) made() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := strings.Join(d.calls, " ")
	d.calls = nil
	return s
}

func (d *desk) time() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) advance(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// act lets a person act in the team.
func (d *desk) act(a simulator.Act) simulator.Acted {
	d.Helper()
	if a.Team == "" {
		a.Team = "ENG"
	}
	if a.Login == "" {
		a.Login = someone
	}
	out, err := d.sim.Act(a)
	if err != nil {
		d.Fatal(err)
	}
	return out
}

// open lets a person make an issue.
func (d *desk) open(title string) external.Ref {
	d.Helper()
	made := d.act(simulator.Act{Do: "create", Title: &title})
	return external.Ref{Kind: external.KindTicket, ID: made.Issue, Key: made.Identifier}
}

func (d *desk) look(ref external.Ref) external.Item {
	d.Helper()
	items, err := d.a.Read(d.Context(), []external.Ref{ref})
	if err != nil {
		d.Fatalf("read %s: %v", ref.Key, err)
	}
	return items[0]
}

// issue reads an issue in the model itself.
func (d *desk) issue(id string) model.Issue {
	d.Helper()
	var out model.Issue
	d.sim.View(func(w *model.World) {
		i := w.Issue(id)
		if i == nil {
			d.Fatalf("there is no issue %s", id)
		}
		out = *i
	})
	return out
}

// walk reads the stream to its end, with meanwhile called between pages, and returns
// the items and how many calls it took.
func (d *desk) walk(w external.Window, meanwhile func()) ([]external.Item, int) {
	d.Helper()
	var items []external.Item
	d.made()
	for page, n := "", 0; ; n++ {
		got, err := d.a.Changes(d.Context(), external.StreamTickets, w, page, "")
		if err != nil {
			d.Fatalf("changes, page %d: %v", n, err)
		}
		items = append(items, got.Items...)
		if got.Next == "" {
			d.version = got.Version
			return items, len(strings.Fields(d.made()))
		}
		if page = got.Next; n > 200 {
			d.Fatal("the walk does not end")
		}
		if meanwhile != nil {
			meanwhile()
		}
	}
}

// cleared passes content through the privacy gate for a public ticket.
func cleared(t *testing.T, c outbound.Content) outbound.Outbound {
	t.Helper()
	out, err := outbound.Clear(outbound.Request{Ticket: ticket.Ticket{Privacy: ticket.Public}, Content: c})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// create is the content of a new ticket under link n.
func create(n int, f external.Fields) outbound.Content {
	return outbound.Content{Action: outbound.Create, Ref: external.Ref{Kind: external.KindTicket}, Set: f, CreateKey: key(n)}
}

// comment is the content of a new comment under link n.
func comment(n int, on external.Ref, body string) outbound.Content {
	return outbound.Content{Action: outbound.Create, Ref: external.Ref{Kind: external.KindComment, Parent: on.Key},
		Set: external.Fields{"body": text(body)}, CreateKey: key(n)}
}

// edit is an update of an item from what it holds now.
func edit(item external.Item, set external.Fields, known ...external.Container) outbound.Content {
	return outbound.Content{Action: outbound.Update, Ref: item.Ref, Set: set, Now: item.Fields, Containers: known}
}

// ops splits content, which must be possible.
func (d *desk) ops(c outbound.Content) []adapters.Op {
	d.Helper()
	ops, err := d.a.Ops(cleared(d.T, c))
	if err != nil {
		d.Fatal(err)
	}
	return ops
}

// push writes content as the engine does and returns the last answer.
func (d *desk) push(c outbound.Content) external.Item {
	d.Helper()
	item, err := d.try(d.a, c)
	if err != nil {
		d.Fatal(err)
	}
	return item
}

func (d *desk) try(a adapters.Adapter, c outbound.Content) (external.Item, error) {
	d.Helper()
	ops, err := a.Ops(cleared(d.T, c))
	if err != nil {
		return external.Item{}, err
	}
	var last external.Item
	for n, op := range ops {
		item, err := a.Write(d.Context(), op)
		if err != nil {
			return last, err
		}
		last = item
		for later := n + 1; later < len(ops); later++ {
			if op.Creates {
				ops[later] = ops[later].At(item.Ref)
			}
			if op.CreatesContainer {
				ops[later] = ops[later].Know(external.Container{
					Ref: item.Ref, Field: item.Fields["field"].Text(), Name: item.Fields["name"].Text(),
				})
			}
		}
	}
	return last, nil
}

// fail makes the next call of a kind go wrong.
func (d *desk) fail(kind simulator.FaultKind, calls ...string) {
	d.sim.Faults().Add(simulator.Fault{Kind: kind, Calls: calls, Next: 1})
}

// want fails unless err has the kind and its message holds every word.
func want(t *testing.T, err error, kind external.ErrorKind, words ...string) {
	t.Helper()
	if external.KindOf(err) != kind {
		t.Fatalf("got %v (kind %q), want kind %q", err, external.KindOf(err), kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

var (
	text = ticket.Text
	set  = ticket.Set
)

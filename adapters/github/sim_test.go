package github_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/ticket"
)

// desk is one simulated GitHub with the repository octo/hello, a virtual clock, and
// an adapter on it whose account may push.
type desk struct {
	*testing.T
	sim  *simulator.Sim
	repo *simulator.Repo
	a    adapters.Adapter

	mu    sync.Mutex
	now   time.Time
	calls []string
}

const (
	bot     = "extsync-bot"
	someone = "ada-m"
	ownKey  = "k-0123456789abcdef"
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
	d.repo = d.sim.AddRepo("octo", "hello")
	d.repo.AddCollaborator(someone)
	d.a = d.adapter("tok", simulator.Token{Login: bot, Push: true})
	return d
}

// adapter makes an adapter of octo/hello with a new token.
func (d *desk) adapter(token string, rights simulator.Token) adapters.Adapter {
	d.Helper()
	d.sim.AddToken(token, rights)
	return d.connect(adapters.Config{Token: token})
}

func (d *desk) connect(cfg adapters.Config) adapters.Adapter {
	d.Helper()
	if cfg.ProjectKey == "" {
		cfg.ProjectKey = "octo/hello"
	}
	if cfg.Transport == nil {
		cfg.Transport = d.sim.Transport()
	}
	cfg.OwnKey, cfg.Meter = func(key string) bool { return key == ownKey }, d
	a, err := github.New(cfg)
	if err != nil {
		d.Fatalf("new adapter: %v", err)
	}
	return a
}

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

// act lets a person act on octo/hello and returns the number or comment id.
func (d *desk) act(a simulator.Act) simulator.Acted {
	d.Helper()
	if a.Repo == "" {
		a.Repo = "octo/hello"
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

func (d *desk) open(title string) external.Item {
	d.Helper()
	body := "body of " + title
	n := d.act(simulator.Act{Do: "open", Title: &title, Body: &body}).Issue
	return d.look(external.Ref{Kind: external.KindTicket, Key: itoa(n)})
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
func (d *desk) issue(number int) *model.Issue {
	d.Helper()
	var out model.Issue
	d.repo.View(func(r *model.Repo) {
		i, err := r.Issue(number)
		if err != nil {
			d.Fatal(err)
		}
		out = *i
	})
	return &out
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

// ops splits content, which must be possible.
func (d *desk) ops(c outbound.Content) []adapters.Op {
	d.Helper()
	ops, err := d.a.Ops(cleared(d.T, c))
	if err != nil {
		d.Fatal(err)
	}
	return ops
}

// push writes content as the engine does and returns what each call answered.
func (d *desk) push(c outbound.Content) []external.Item {
	d.Helper()
	items, err := d.try(d.a, c)
	if err != nil {
		d.Fatal(err)
	}
	return items
}

func (d *desk) try(a adapters.Adapter, c outbound.Content) ([]external.Item, error) {
	d.Helper()
	ops := d.ops(c)
	var out []external.Item
	for n, op := range ops {
		item, err := a.Write(d.Context(), op)
		if err != nil {
			return out, err
		}
		out = append(out, item)
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
	return out, nil
}

func names(ops []adapters.Op) string {
	var out []string
	for _, op := range ops {
		out = append(out, op.Name)
	}
	return strings.Join(out, ", ")
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

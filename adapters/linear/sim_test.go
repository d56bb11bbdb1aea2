package linear_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/adaptertest"
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
	*adaptertest.Desk
	sim  *simulator.Sim
	team *simulator.Team

	version string // of the latest walk
}

const (
	bot     = "extsync-bot"
	someone = "ada"
	token   = "lin_api_tok"
)

func newDesk(t *testing.T, adjust ...func(*simulator.Options)) *desk {
	t.Helper()
	d := &desk{Desk: adaptertest.NewDesk(t)}
	o := simulator.Options{Now: d.Now, Seed: 1, Limits: simulator.NoLimits(),
		Sleep: func(_ context.Context, by time.Duration) { d.Advance(by) }}
	for _, f := range adjust {
		f(&o)
	}
	d.sim = simulator.New(o)
	d.team = d.sim.AddTeam("ENG", "Engineering")
	d.team.SetEstimates("fibonacci", false, true)
	d.team.AddMember(someone)
	d.sim.AddToken(token, simulator.Token{Login: bot})
	d.Tested = d.connect(adapters.Config{})
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
	d.Made()
	for page, n := "", 0; ; n++ {
		got, err := d.Tested.Changes(d.Context(), external.StreamTickets, w, page, "")
		if err != nil {
			d.Fatalf("changes, page %d: %v", n, err)
		}
		items = append(items, got.Items...)
		if got.Next == "" {
			d.version = got.Version
			return items, len(strings.Fields(d.Made()))
		}
		if page = got.Next; n > 200 {
			d.Fatal("the walk does not end")
		}
		if meanwhile != nil {
			meanwhile()
		}
	}
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

// push writes content as the engine does and returns the last answer.
func (d *desk) push(c outbound.Content) external.Item {
	d.Helper()
	item, err := d.try(d.Tested, c)
	if err != nil {
		d.Fatal(err)
	}
	return item
}

func (d *desk) try(a adapters.Adapter, c outbound.Content) (external.Item, error) {
	d.Helper()
	items, err := d.Try(a, c)
	if len(items) == 0 {
		return external.Item{}, err
	}
	return items[len(items)-1], err
}

// fail makes the next call of a kind go wrong.
func (d *desk) fail(kind simulator.FaultKind, calls ...string) {
	d.sim.Faults().Add(simulator.Fault{Kind: kind, Calls: calls, Next: 1})
}

// roundTrip is a transport made of a function.
type roundTrip = adaptertest.RoundTrip

var (
	text    = ticket.Text
	set     = ticket.Set
	cleared = adaptertest.Cleared
	want    = adaptertest.Want
)

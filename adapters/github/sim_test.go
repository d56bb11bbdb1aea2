package github_test

import (
	"context"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/adaptertest"
	"github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/ticket"
)

// desk is one simulated GitHub with the repository octo/hello, a virtual clock, and
// an adapter on it whose account may push.
type desk struct {
	*adaptertest.Desk
	sim  *simulator.Sim
	repo *simulator.Repo
}

const (
	bot     = "extsync-bot"
	someone = "ada-m"
	ownKey  = "k-0123456789abcdef"
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
	d.repo = d.sim.AddRepo("octo", "hello")
	d.repo.AddCollaborator(someone)
	d.Tested = d.adapter("tok", simulator.Token{Login: bot, Push: true})
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
	return d.Look(external.Ref{Kind: external.KindTicket, Key: itoa(n)})
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

// roundTrip is a transport made of a function.
type roundTrip = adaptertest.RoundTrip

var (
	text    = ticket.Text
	set     = ticket.Set
	cleared = adaptertest.Cleared
	names   = adaptertest.Names
	want    = adaptertest.Want
)

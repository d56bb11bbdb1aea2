package webhook_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/adaptertest"
	"github.com/extsync/extsync/adapters/webhook"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/webhook"
	"github.com/extsync/extsync/simulator/webhook/model"
	"github.com/extsync/extsync/ticket"
)

const (
	project    = "desk"
	bearer     = "tok"
	signingKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	oldKey     = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	bot        = "extsync-bot"
)

// desk is one simulated tracker with a project, a clock that only Advance moves, and
// the settings of a file in testdata.
type desk struct {
	*adaptertest.Desk
	sim      *simulator.Sim
	settings string
}

func newDesk(t *testing.T, settings string, adjust ...func(*simulator.Options)) *desk {
	t.Helper()
	d := &desk{Desk: adaptertest.NewDesk(t), settings: readFile(t, settings)}
	o := simulator.Options{Now: d.Now, Seed: 1}
	for _, f := range adjust {
		f(&o)
	}
	d.sim = simulator.New(o)
	d.sim.AddProject(project)
	d.sim.AddToken(bearer, simulator.Account{Login: bot})
	d.sim.Trust(project, simulator.Account{Login: bot}, signingKey)
	return d
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func (d *desk) config() adapters.Config {
	return adapters.Config{
		BaseURL: "https://desk.example", ProjectKey: project, Token: bearer + " " + signingKey, Transport: d.sim.Transport(),
		OwnKey: adaptertest.OwnKey, KeyOf: adaptertest.KeyOf, Settings: json.RawMessage(d.settings),
	}
}

// Adapter makes an adapter of the desk, as another process would.
func (d *desk) Adapter(change func(*adapters.Config)) adapters.Adapter {
	d.Helper()
	cfg := d.config()
	if change != nil {
		change(&cfg)
	}
	a, err := webhook.New(cfg)
	if err != nil {
		d.Fatal(err)
	}
	webhook.SetClock(a, d.Now)
	return a
}

// with replaces a piece of the settings, which must be there.
func (d *desk) with(old, replacement string) *desk {
	d.Helper()
	if !strings.Contains(d.settings, old) {
		d.Fatalf("the settings do not hold %s", old)
	}
	d.settings = strings.Replace(d.settings, old, replacement, 1)
	return d
}

// act lets a person act.
func (d *desk) act(a simulator.Act) model.Item {
	d.Helper()
	a.Project = project
	i, err := d.sim.Act(a)
	if err != nil {
		d.Fatal(err)
	}
	return i
}

// all returns the present items of a kind.
func (d *desk) all(kind string) (out []model.Item) {
	d.Helper()
	if err := d.sim.View(project, func(p *model.Project) { out = p.All(kind) }); err != nil {
		d.Fatal(err)
	}
	return out
}

// ops splits content, which must be possible.
func ops(t *testing.T, a adapters.Adapter, c outbound.Content) []adapters.Op {
	t.Helper()
	out, err := a.Ops(cleared(t, c))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// push writes content and returns the item after its last operation.
func (d *desk) push(a adapters.Adapter, c outbound.Content) (item external.Item, err error) {
	d.Helper()
	for _, op := range ops(d.T, a, c) {
		if item, err = a.Write(d.Context(), op); err != nil {
			return item, err
		}
	}
	return item, nil
}

func ticketRef(i model.Item) external.Ref {
	return external.Ref{Kind: external.Kind(i.Kind), ID: fmt.Sprint(i.ID), Key: i.Key, Parent: i.Parent}
}

func id(t *testing.T, ref external.Ref) int64 {
	t.Helper()
	n, err := strconv.ParseInt(ref.ID, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// roundTrip is a transport made of a function.
type roundTrip = adaptertest.RoundTrip

var (
	text    = ticket.Text
	set     = ticket.Set
	cleared = adaptertest.Cleared
	want    = adaptertest.Want
)

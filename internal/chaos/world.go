package chaos

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/extsync/extsync/api/client"
	"github.com/extsync/extsync/internal/devstack"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/internal/killable"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/worker"
	"github.com/extsync/extsync/workflows"
)

// speed is how much faster than the wall clock all clocks of a run go: a vendor's lag of
// half a minute passes in a second and a half.
const speed = 20

// pollEvery is the time between two polls of a project, by the wall clock.
const pollEvery = 2 * time.Second

// world is one run.
type world struct {
	o        Options
	ctx      context.Context //nolint:containedctx // the run's, of which this is a part
	clock    killable.FastClock
	story    *story
	stack    *devstack.Stack
	dir      string
	direct   killable.Settings // past the proxies: for people's eyes and for the checks
	services *worker.Services
	postgres *wire
	vendors  []*vendor
	fleet    *fleet.Fleet
	ledger   *ledger
	crew     *crew
	mail     *mailroom
	apiURL   string
	api      *client.Client
	calm     atomic.Bool
	hidden   hidden
	blind    int // values replaced unseen, where the journal says so
	closers  []func()
}

// stream draws the random numbers of one part of the run.
func (w *world) stream(name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // it never fails
	return rand.New(rand.NewPCG(w.o.Seed, h.Sum64()))
}

// open brings everything up. What it started is ended by close, also after an error.
func open(ctx context.Context, o Options) (*world, error) {
	w := &world{
		o: o, ctx: ctx, story: newStory(), ledger: &ledger{},
		clock: killable.FastClock{Start: time.Now().Truncate(time.Second), Speed: speed},
	}
	for _, step := range []func(context.Context) error{w.startServers, w.openServices, w.openVendors, w.connect, w.startCrew} {
		if err := step(ctx); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

// close ends everything, the newest first.
func (w *world) close() {
	for n := len(w.closers) - 1; n >= 0; n-- {
		w.closers[n]()
	}
	w.closers = nil
}

func (w *world) defers(f func()) { w.closers = append(w.closers, f) }

func (w *world) startServers(ctx context.Context) (err error) {
	if w.dir, err = os.MkdirTemp("", "extsync-chaos-"); err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	w.defers(func() { _ = os.RemoveAll(w.dir) }) // scratch
	w.stack, err = devstack.Start(ctx, devstack.Options{
		Temporal: true, SearchAttributes: workflows.SearchAttributes(), FastUnsafe: true, KillSafe: true, Progress: w.o.Log,
	})
	if err != nil {
		return err
	}
	w.defers(func() {
		if err := w.stack.Stop(context.WithoutCancel(ctx)); err != nil {
			w.o.Log("stop the servers: %v", err)
		}
	})
	w.direct = killable.Settings{
		Postgres: w.stack.PostgresURL, Temporal: w.stack.TemporalAddress, Namespace: w.stack.Namespace,
		Keyset: filepath.Join(w.dir, "keyset.json"), TokenFile: filepath.Join(w.dir, "token"), Clock: w.clock,
	}
	u, err := url.Parse(w.stack.PostgresURL)
	if err != nil {
		return fmt.Errorf("read the address of Postgres: %w", err)
	}
	if w.postgres, err = newWire("Postgres", u.Host); err == nil {
		w.defers(w.postgres.cut)
	}
	return err
}

func (w *world) openServices(ctx context.Context) (err error) {
	if w.services, err = worker.Open(ctx, w.direct.Config()); err == nil {
		w.defers(w.services.Close)
	}
	return err
}

// skewed is a vendor's clock.
type skewed struct {
	killable.FastClock
	by time.Duration
}

// Now is the vendor's time.
func (s skewed) Now() time.Time { return s.FastClock.Now().Add(s.by) }

// openVendors serves the four simulators. Two of the clocks are a few seconds off, as all
// are, the others up to five minutes.
func (w *world) openVendors(context.Context) error {
	rng := w.stream("clocks")
	most := []time.Duration{10 * time.Second, 10 * time.Second, 5 * time.Minute, 5 * time.Minute}
	rng.Shuffle(len(most), func(i, j int) { most[i], most[j] = most[j], most[i] })
	for n, name := range systems() {
		off := time.Duration(rng.Int64N(int64(2*most[n]))) - most[n]
		f := fleet.New(fleet.Options{Seed: w.o.Seed, Time: skewed{w.clock, off}, Lag: true})
		site, err := f.NewSite(name)
		if err != nil {
			return err
		}
		v := &vendor{Site: site, system: systemOf(site), w: w, side: n + 1, rng: w.stream(string(name)), tokens: map[place][]int{}}
		server := httptest.NewServer(v)
		w.defers(server.Close)
		if v.wire, err = newWire(string(name), strings.TrimPrefix(server.URL, "http://")); err != nil {
			return err
		}
		w.defers(v.wire.cut)
		v.root("http://" + v.wire.address())
		w.vendors = append(w.vendors, v)
		w.story.fault(ClockSkewed, nil, fmt.Sprintf("%s by %s", name, off.Round(time.Second)))
	}
	return nil
}

// connect connects all projects as a person would, and lets tickets go on from each to
// every other.
func (w *world) connect(ctx context.Context) error {
	w.calm.Store(true)
	w.fleet = fleet.New(fleet.Options{Seed: w.o.Seed, Store: w.services.Store, Engine: w.services.Engine, Seal: w.services.Seal, Time: w.clock})
	for _, v := range w.vendors {
		v.m = &fleet.Member{Name: string(v.System())}
		m, err := w.fleet.Connect(ctx, fleet.Spec{Site: v, PollEvery: pollEvery, Pace: store.Pace{Off: true}})
		if err != nil {
			return err
		}
		v.m = m
		sealed, err := w.services.Vault.Seal(m.ID, "webhook-secret", []byte(hookSecret))
		if err == nil {
			err = w.services.Store.Tx(ctx, func(tx store.Tx) error { return tx.PutSecret(ctx, m.ID, "webhook-secret", sealed) })
		}
		if err != nil {
			return fmt.Errorf("store the webhook secret: %w", err)
		}
	}
	return w.fleet.PassAll(ctx)
}

// startCrew starts the product's processes, which reach Postgres through its proxy.
func (w *world) startCrew(ctx context.Context) error {
	s := w.direct
	u, err := url.Parse(s.Postgres)
	if err != nil {
		return fmt.Errorf("read the address of Postgres: %w", err)
	}
	u.Host = w.postgres.address()
	s.Postgres = u.String()
	l := httptest.NewUnstartedServer(http.NotFoundHandler()) // for a free port
	s.Listen = l.Listener.Addr().String()
	l.Close()
	w.apiURL = "http://" + s.Listen
	w.crew = newCrew(ctx, w.story, s)
	w.defers(w.crew.end)
	w.mail = newMailroom(w)
	w.defers(w.mail.close)
	wait, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := errors.Join(w.crew.api.ready(wait), w.crew.first.ready(wait)); err != nil {
		return fmt.Errorf("the processes do not start: %w\n%s", err, w.story.whole())
	}
	token, err := os.ReadFile(s.TokenFile)
	if err != nil {
		return fmt.Errorf("read the admin token: %w", err)
	}
	w.api = client.New(w.apiURL, strings.TrimSpace(string(token)))
	w.api.Actor = "ada"
	for n, v := range w.vendors {
		v.hook(fmt.Sprintf("%s/%d", w.mail.server.URL, n))
	}
	return nil
}

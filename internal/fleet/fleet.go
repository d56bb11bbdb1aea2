package fleet

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/catalog"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
)

// Options of a fleet. The zero value has no limits and no lag.
type Options struct {
	Seed   uint64 // of ids and of what the simulators draw
	Limits bool   // the vendors' limits are in force
	Lag    bool   // lists and searches are late, as the vendors' are
	// Allow has a person resume a project that a guard stopped, in Round and Settle.
	Allow bool
	// Start is the first moment; default: a Monday in March 2026.
	Start time.Time
	// Time is the time of the simulators; nil: a virtual one, which starts at Start.
	Time Time
	// Store and Engine are the local side of a service that runs elsewhere; nil: a store in
	// memory, and an engine of its own. With them, Seal seals credentials.
	Store  store.Store
	Engine *engine.Engine
	Seal   func(token []byte) func(projectID string) ([]byte, error)
	// Log hears of the engine's warnings; nil: nobody does.
	Log *slog.Logger
}

// Fleet is one local side and the systems that it is linked to. It is for one
// goroutine.
type Fleet struct {
	Clock   *Clock
	Store   store.Store
	Engine  *engine.Engine
	options Options

	members  []*Member
	byID     map[string]*Member
	sites    map[external.System]int
	sessions int

	mu  sync.Mutex // guards ids: the store may ask for them from several goroutines
	ids *rand.ChaCha8
}

// New returns a fleet without members.
func New(o Options) *Fleet {
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	}
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	var seed [32]byte
	for n := range 8 {
		seed[n] = byte(o.Seed >> (8 * n))
	}
	f := &Fleet{
		Clock: &Clock{time: o.Time, now: o.Start}, Store: o.Store, Engine: o.Engine, options: o,
		byID: map[string]*Member{}, sites: map[external.System]int{}, ids: rand.NewChaCha8(seed),
	}
	if f.Engine != nil {
		return f
	}
	if f.Store == nil {
		f.Store = memory.New()
	}
	f.Engine = engine.New(engine.Deps{
		Store: f.Store, Adapters: f, Clock: f.Clock, NewID: f.NewID,
		Key: []byte("0123456789abcdef0123456789abcdef"), Log: o.Log,
		Places: catalog.Places,
	})
	return f
}

// NewID draws a UUID of version 4 from the seed.
func (f *Fleet) NewID() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var b [16]byte
	_, _ = f.ids.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// Members lists the connected projects in the order in which they were connected.
func (f *Fleet) Members() []*Member { return f.members }

// For gives the engine the adapter of a project, made as the worker makes it, and made
// anew when its mapping or its configuration changed.
func (f *Fleet) For(ctx context.Context, p store.Project) (adapters.Adapter, error) {
	m := f.byID[p.ID]
	if m == nil {
		return nil, &external.Error{Kind: external.Unauthorised, Op: "connect to " + p.Key, Message: "no such member"}
	}
	var v store.MappingVersion
	err := f.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if v, err = tx.ActiveMapping(ctx, p.ID); errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the mapping: %w", err)
	}
	want := recipe{p.Key, p.ExternalID, p.User, p.Filter, string(p.Settings), v.Version}
	if m.adapter != nil && m.made == want {
		return m.adapter, nil
	}
	m.adapter, err = f.open(m, p, v)
	m.made = want
	return m.adapter, err
}

// recipe is what an adapter is made from: while it is the same, so is the adapter.
type recipe struct {
	key, id, user, filter, settings string
	mapping                         int
}

func (f *Fleet) open(m *Member, p store.Project, v store.MappingVersion) (adapters.Adapter, error) {
	factory := catalog.All()[p.System]
	fields, err := mapped(p.System, v)
	if err != nil {
		return nil, err
	}
	return factory.New(adapters.Config{
		BaseURL: p.BaseURL, ProjectKey: p.Key, ProjectID: p.ExternalID, Token: m.Site.Account().Token,
		User: p.User, Filter: p.Filter, Settings: p.Settings, Fields: fields, Transport: m.Site.Wire(),
		OwnKey: f.Engine.OwnKey(p.ID), KeyOf: f.Engine.KeyOf, Made: f.Engine.Made, Now: f.Clock.Now,
	})
}

// mapped names the external fields that a project's mapping uses.
func mapped(system external.System, v store.MappingVersion) ([]string, error) {
	m, err := mapping.Default(system)
	if v.Version != 0 {
		m = mapping.Mapping{}
		err = json.Unmarshal(v.Document, &m)
	}
	if err != nil {
		return nil, fmt.Errorf("mapping version %d: %w", v.Version, err)
	}
	return m.Externals(), nil
}

package adaptertest

import (
	"context"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// verb is one thing that an adapter can be asked for.
type verb struct {
	name  string
	write bool
	call  func(ctx context.Context, a adapters.Adapter) error
}

// verbs are all that make a call, over an item that exists. Which of them an adapter
// answers without one, its meter tells.
func (b *bench) verbs(ref external.Ref, op adapters.Op) []verb {
	b.Helper()
	out := []verb{
		{"Probe", false, func(ctx context.Context, a adapters.Adapter) error { _, err := a.Probe(ctx); return err }},
		{"Project", false, func(ctx context.Context, a adapters.Adapter) error { _, err := a.Project(ctx); return err }},
		{"Projects", false, func(ctx context.Context, a adapters.Adapter) error { _, err := a.Projects(ctx); return err }},
		{"Schema", false, func(ctx context.Context, a adapters.Adapter) error { _, err := a.Schema(ctx); return err }},
		{"Read", false, func(ctx context.Context, a adapters.Adapter) error {
			_, err := a.Read(ctx, []external.Ref{ref})
			return err
		}},
	}
	caps := b.a.Capabilities()
	for _, s := range caps.Streams {
		out = append(out, verb{"Changes " + string(s), false, func(ctx context.Context, a adapters.Adapter) error {
			_, err := a.Changes(ctx, s, external.Window{}, "", "")
			return err
		}})
	}
	if caps.History > 0 {
		out = append(out, verb{"History", false, func(ctx context.Context, a adapters.Adapter) error {
			_, err := a.History(ctx, []adapters.HistoryQuery{{Ref: ref}})
			return err
		}})
	}
	if _, ok := offers[adapters.ContainerLister](b.a); ok {
		out = append(out, verb{"Containers", false, func(ctx context.Context, a adapters.Adapter) error {
			l, _ := offers[adapters.ContainerLister](a)
			_, err := l.Containers(ctx)
			return err
		}})
	}
	return append(append(out, b.batchVerb()...), verb{"Write", true, func(ctx context.Context, a adapters.Adapter) error {
		_, err := a.Write(ctx, op)
		return err
	}})
}

// batchVerb is WriteBatch where it is offered.
func (b *bench) batchVerb() []verb {
	b.Helper()
	if b.a.Capabilities().WriteBatch < 2 {
		return nil
	}
	_, ops := b.batch(2, -1)
	return []verb{{"WriteBatch", true, func(ctx context.Context, a adapters.Adapter) error {
		w, _ := offers[adapters.BatchWriter](a)
		results, err := w.WriteBatch(ctx, ops)
		for _, r := range results {
			if err == nil {
				err = r.Err
			}
		}
		return err
	}}}
}

// counter is a meter that counts calls. after are the reads since the last write.
type counter struct{ reads, writes, after int }

// Called counts one call.
func (c *counter) Called(_ string, write bool, _ adapters.Rate) {
	if write {
		c.writes++
		c.after = 0
		return
	}
	c.reads++
	c.after++
}

func (c *counter) calls() int { return c.reads + c.writes }

// metered returns an adapter whose calls are counted.
func (b *bench) metered(change func(*adapters.Config)) (adapters.Adapter, *counter) {
	b.Helper()
	c := &counter{}
	return b.Adapter(func(cfg *adapters.Config) {
		if change != nil {
			change(cfg)
		}
		cfg.Meter = c
	}), c
}

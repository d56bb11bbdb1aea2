package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
)

// world is one project connected to a simulated system with its vendor's limits.
type world struct {
	*fleet.Fleet
	system system
	site   place
	member *fleet.Member
}

func newWorld(s system) (*world, error) {
	w := &world{Fleet: fleet.New(fleet.Options{Seed: 1, Limits: true}), system: s}
	var err error
	w.site, err = s.open(w.Fleet)
	return w, err
}

// connection is what it took to connect.
type connection struct {
	proposed calls // with a mapping proposed from the project's schema
	standard calls // with the system's own mapping, as a project begins
}

// connect sets the project up as a person would who has a mapping proposed and accepts
// the preview. What a setup with the standard mapping asks is asked once more by an
// adapter that remembers nothing. A refusal is an answer here: some rights are found out
// by asking for what cannot be.
func (w *world) connect(ctx context.Context) (c connection, err error) {
	c.proposed, err = w.count(func() (err error) {
		w.member, err = w.Connect(ctx, fleet.Spec{Site: w.site.Site})
		return err
	})
	if err != nil {
		return c, err
	}
	if err := w.forget(ctx); err != nil {
		return c, err
	}
	c.standard, err = w.count(func() error {
		if _, err := w.Engine.Probe(ctx, w.member.ID); err != nil {
			return err
		}
		_, err := w.Engine.Preview(ctx, w.member.ID)
		return err
	})
	return c, err
}

// forget has the adapter made anew, as another worker would.
func (w *world) forget(ctx context.Context) error {
	_, err := w.Engine.Configure(ctx, w.member.ID, "bench", func(p *store.Project) error {
		if len(p.Settings) > 0 {
			p.Settings = append(slices.Clone(p.Settings), ' ')
		}
		return nil
	})
	return err
}

// drain runs sessions until nothing is due, sleeping where the limits say so, and
// returns the calls that this took.
func (w *world) drain(ctx context.Context, kind store.SessionKind, walk bool) (calls, error) {
	return w.counted(func() error { return w.Drain(ctx, w.member, kind, walk) })
}

// counted runs f and returns the calls it made. It fails when one of them was refused.
func (w *world) counted(f func() error) (calls, error) {
	n, err := w.count(f)
	if err != nil {
		return n, err
	}
	return n, w.system.accepted(n, 0)
}

func (w *world) count(f func() error) (calls, error) {
	w.site.Reset()
	w.site.Wire().Forget()
	err := f()
	return w.site.calls(), err
}

// filled returns a world whose project holds n tickets, not yet connected.
func filled(s system, n, comments int) (*world, error) {
	w, err := newWorld(s)
	if err != nil {
		return nil, err
	}
	return w, w.site.fill(w, n, comments)
}

// pulled returns a world whose project holds n tickets, already brought in, and the
// calls that took, connecting included.
func pulled(ctx context.Context, s system, n, comments int) (*world, connection, error) {
	w, err := filled(s, n, comments)
	if err != nil {
		return nil, connection{}, err
	}
	c, err := w.pull(ctx, n, n*comments)
	return w, c, err
}

// pull connects, brings all in and makes sure of it.
func (w *world) pull(ctx context.Context, tickets, comments int) (connection, error) {
	setup, err := w.connect(ctx)
	if err != nil {
		return setup, err
	}
	walk, err := w.drain(ctx, store.Initial, true)
	if err != nil {
		return setup, err
	}
	c, err := w.links(ctx)
	if err == nil && (c.Tickets != tickets || c.Comments != comments || c.Dirty > 0) {
		err = fmt.Errorf("%d of %d tickets and %d of %d comments came in, %d links are not settled",
			c.Tickets, tickets, c.Comments, comments, c.Dirty)
	}
	return connection{setup.proposed.plus(walk), setup.standard.plus(walk)}, err
}

// links counts the project's links.
func (w *world) links(ctx context.Context) (c store.LinkCounts, err error) {
	err = w.Store.Tx(ctx, func(tx store.Tx) (err error) {
		c, err = tx.CountLinks(ctx, w.member.ID, w.Clock.Now())
		return err
	})
	return c, err
}

// settled fails when something waits to be done.
func (w *world) settled(ctx context.Context) error {
	waiting, err := w.Waiting(ctx)
	if err == nil && waiting != "" {
		err = fmt.Errorf("not settled: %s", waiting)
	}
	return err
}

// some returns the links of n tickets.
func (w *world) some(ctx context.Context, n int) ([]store.Link, error) {
	links, err := w.Links(ctx, w.member, external.KindTicket)
	if err == nil && len(links) < n {
		err = fmt.Errorf("%d tickets are linked, %d are needed", len(links), n)
	}
	if err != nil {
		return nil, err
	}
	return links[:n], nil
}

// pause lets time pass between two looks.
func (w *world) pause() { w.Clock.Advance(5 * time.Minute) }

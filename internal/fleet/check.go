package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Difference is a field that holds one thing here and another outside.
type Difference struct {
	Member      *Member
	Kind        external.Kind
	Key         string // of the item
	Field       ticket.Field
	Here, There ticket.Value // Here as it would read if it were written outside
}

// String names the field and both values.
func (d Difference) String() string {
	return fmt.Sprintf("%s %s, %s: here %.200q, there %.200q", d.Kind, d.Key, d.Field, d.Here.Elements(), d.There.Elements())
}

// Converged reads every item of every member anew and compares it, under the mapping in
// force, with the local side. It returns an error that names each field that differs
// where no conflict is open, and each link that is not live. A difference that one of
// excused answers for is what the vendor cannot do.
func (f *Fleet) Converged(ctx context.Context, excused ...func(Difference) bool) error {
	var all []error
	for _, m := range f.members {
		for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
			if err := f.converged(ctx, m, kind, excused); err != nil {
				all = append(all, fmt.Errorf("%s: %w", m.Name, err))
			}
		}
	}
	return errors.Join(all...)
}

func (f *Fleet) converged(ctx context.Context, m *Member, kind external.Kind, excused []func(Difference) bool) error {
	doc, err := f.Mapping(ctx, m)
	if err != nil {
		return err
	}
	a, err := f.Adapter(ctx, m)
	if err != nil {
		return err
	}
	links, err := f.Links(ctx, m, kind)
	if err != nil {
		return err
	}
	open, err := f.parked(ctx, m)
	if err != nil {
		return err
	}
	c := comparison{fleet: f, member: m, mapping: doc, adapter: a, open: open, twins: map[string]string{}, excused: excused}
	for _, l := range links {
		c.twins[l.LocalID] = l.ExternalID
	}
	keys := map[string]string{}
	tickets, err := f.Links(ctx, m, external.KindTicket)
	if err != nil {
		return err
	}
	for _, l := range tickets {
		keys[l.ID] = l.ExternalKey
	}
	var all []error
	for _, l := range links {
		if l.State == store.Tombstone {
			continue
		}
		if never, err := f.neverLeft(ctx, l); never || err != nil {
			all = append(all, err)
			continue
		}
		if l.State != store.Live {
			all = append(all, fmt.Errorf("%s %s (%s) is %s: %s", kind, l.LocalID, l.ExternalKey, l.State, l.Reason))
			continue
		}
		ref := external.Ref{Kind: kind, ID: l.ExternalID, Key: l.ExternalKey, Parent: keys[l.Parent]}
		all = append(all, c.compare(ctx, l, ref))
	}
	return errors.Join(all...)
}

// neverLeft reports whether a link is that of a comment which was deleted here before it
// ever went out.
func (f *Fleet) neverLeft(ctx context.Context, l store.Link) (never bool, err error) {
	if l.Kind != external.KindComment || l.ExternalID != "" || l.LocalID == "" {
		return false, nil
	}
	err = f.Store.Tx(ctx, func(tx store.Tx) error {
		c, err := tx.Comment(ctx, l.LocalID)
		never = c.Deleted
		return err
	})
	if err != nil {
		return false, fmt.Errorf("comment %s: %w", l.LocalID, err)
	}
	return never, nil
}

// parked returns the fields that are in conflict, by link.
func (f *Fleet) parked(ctx context.Context, m *Member) (map[string]map[ticket.Field]bool, error) {
	list, err := f.Conflicts(ctx, m)
	if err != nil {
		return nil, fmt.Errorf("list conflicts: %w", err)
	}
	open := map[string]map[ticket.Field]bool{}
	for _, c := range list {
		if open[c.LinkID] == nil {
			open[c.LinkID] = map[ticket.Field]bool{}
		}
		open[c.LinkID][c.Field] = true
	}
	return open, nil
}

type comparison struct {
	fleet   *Fleet
	member  *Member
	mapping mapping.Mapping
	adapter adapters.Adapter
	open    map[string]map[ticket.Field]bool
	twins   map[string]string // external id by local id
	excused []func(Difference) bool
}

func (c *comparison) compare(ctx context.Context, l store.Link, ref external.Ref) error {
	local, err := c.local(ctx, l)
	if err != nil {
		return err
	}
	items, err := c.adapter.Read(ctx, []external.Ref{ref})
	if err != nil {
		return fmt.Errorf("read %s %s: %w", l.Kind, l.ExternalKey, err)
	}
	there := c.mapping.ToCanonical(l.Kind, items[0].Fields)
	var all []error
	for _, r := range c.mapping.Rules(l.Kind) {
		if r.OnCreate || !r.Writes() || !r.Reads() || c.open[l.ID][r.Field] {
			continue
		}
		want, got := c.wanted(l.Kind, r, local[r.Field], items[0].Fields), there[r.Field]
		if r.Prose {
			got = ticket.Text(outbound.Restore(got.Text()))
		}
		d := Difference{Member: c.member, Kind: l.Kind, Key: l.ExternalKey, Field: r.Field, Here: want, There: got}
		if !want.Equal(got) && !slices.ContainsFunc(c.excused, func(f func(Difference) bool) bool { return f(d) }) {
			all = append(all, errors.New(d.String()))
		}
	}
	return errors.Join(all...)
}

// wanted is how a local value reads once it is written outside.
func (c *comparison) wanted(kind external.Kind, r mapping.Rule, v ticket.Value, now external.Fields) ticket.Value {
	if r.Convert == mapping.Reference && !v.IsEmpty() {
		v = ticket.Text(c.twins[v.Text()])
	}
	ext := c.adapter.Normalize(c.mapping.Put(kind, ticket.Fields{r.Field: v}, now))
	out := c.mapping.ToCanonical(kind, ext)[r.Field]
	if r.Prose {
		out = ticket.Text(outbound.Restore(out.Text()))
	}
	return out
}

func (c *comparison) local(ctx context.Context, l store.Link) (ticket.Fields, error) {
	if l.Kind == external.KindTicket {
		t, err := c.fleet.Ticket(ctx, l.LocalID)
		return t.Fields, err
	}
	var remark ticket.Comment
	err := c.fleet.Store.Tx(ctx, func(tx store.Tx) (err error) {
		remark, err = tx.Comment(ctx, l.LocalID)
		return err
	})
	return ticket.Fields{ticket.Body: remark.Body}, err
}

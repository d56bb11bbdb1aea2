package worker

import (
	"context"
	"errors"
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Try sends up to n samples of each side through a mapping and back, writing nothing:
// what was observed outside, or the first of what the project shows where that does
// not tell enough, and tickets of ours. It returns the samples, too.
func (d *MappingDesk) Try(ctx context.Context, projectID string, m mapping.Mapping, n int) (mapping.Report, []external.Item, []ticket.Ticket, error) {
	o, err := d.offer(ctx, projectID)
	if err != nil {
		return mapping.Report{}, nil, nil, err
	}
	var here []ticket.Ticket
	var outside []external.Item
	err = d.Engine.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if here, err = tx.ListTickets(ctx, "", n); err != nil {
			return err
		}
		outside, err = observed(ctx, tx, projectID, n)
		return err
	})
	if err == nil {
		outside, err = d.enough(ctx, o, m, outside, n)
	}
	if err != nil {
		return mapping.Report{}, nil, nil, err
	}
	return mapping.Try(m.WithSchema(o.schema), o.caps, o.schema, outside, here, o.adapter.Normalize), outside, here, nil
}

// enough returns the samples, or where there are none, or where they lack fields that
// were not read yet, those that the project shows now.
func (d *MappingDesk) enough(ctx context.Context, o offer, m mapping.Mapping, have []external.Item, n int) ([]external.Item, error) {
	_, inForce, err := d.Load(ctx, o.project.ID, 0)
	if err != nil {
		return nil, err
	}
	own, known := m.Externals(), inForce.Externals()
	if len(have) > 0 && !slices.ContainsFunc(own, func(name string) bool { return !slices.Contains(known, name) }) {
		return have, nil
	}
	reader := o.adapter
	if d.Reader != nil && len(own) > 0 {
		if reader, err = d.Reader(ctx, o.project, own); err != nil {
			return nil, err
		}
	}
	return shown(ctx, reader, o.caps, n)
}

// samplePage is how many links are looked at in one go.
const samplePage = 100

// observed returns up to n tickets outside as they were seen last.
func observed(ctx context.Context, tx store.Tx, projectID string, n int) ([]external.Item, error) {
	var items []external.Item
	for after := ""; len(items) < n; {
		links, err := tx.LinksOf(ctx, projectID, external.KindTicket, after, samplePage)
		if err != nil {
			return nil, err
		}
		for _, l := range links {
			after = l.ID
			if l.ExternalID == "" || len(items) == n {
				continue
			}
			seen, err := tx.Observation(ctx, projectID, external.KindTicket, l.ExternalID)
			if err == nil && fit(seen.Item) {
				items = append(items, seen.Item)
			}
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
		}
		if len(links) < samplePage {
			break
		}
	}
	return items, nil
}

// fit reports whether an item may be a sample. What only some may see outside may not: reasons name
// what stands in a field.
func fit(i external.Item) bool { return !i.Gone && i.Restricted() == "" }

// shown returns up to n tickets from the first page that a project shows.
func shown(ctx context.Context, a adapters.Adapter, caps external.Capabilities, n int) ([]external.Item, error) {
	if !caps.Has(external.StreamTickets) {
		return nil, nil
	}
	page, err := a.Changes(ctx, external.StreamTickets, external.Window{}, "", "")
	if err != nil {
		return nil, err
	}
	items := slices.DeleteFunc(page.Items, func(i external.Item) bool { return i.Kind != external.KindTicket || !fit(i) })
	return items[:min(n, len(items))], nil
}

package engine

import (
	"context"
	"maps"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// moved names the external fields that a change of settings has read somewhere else.
func (e *Engine) moved(was, p store.Project) []string {
	if e.Places == nil || !shows(was, p) {
		return nil
	}
	before, after := e.Places(was.System, was.Settings), e.Places(p.System, p.Settings)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(after)), func(name string) bool { return before[name] == after[name] })
}

// unplace drops the bases of what other settings read somewhere else, as another mapping does: nobody has
// edited anything, and neither side may override the other. What was last seen says nothing of the other
// place, so that every ticket is read before it is planned again.
func (e *Engine) unplace(ctx context.Context, tx store.Tx, was, p store.Project) error {
	moved := e.moved(was, p)
	if len(moved) == 0 {
		return nil
	}
	m, err := e.mappings.inForce(ctx, tx, &p)
	if err != nil {
		return err
	}
	if _, err := tx.BumpEpoch(ctx, p.ID); err != nil { // a session that is under way reads by the old settings
		return err
	}
	for after := ""; ; {
		links, err := tx.LinksOf(ctx, p.ID, external.KindTicket, after, replanPage)
		if err != nil {
			return err
		}
		for _, l := range links {
			after = l.ID
			if l.ExternalID == "" || len(l.Bases) == 0 {
				continue
			}
			if err := unplaceLink(ctx, tx, m, l.ID, moved); err != nil {
				return err
			}
			if err := e.hint(ctx, tx, p, refOf(l)); err != nil {
				return err
			}
		}
		if len(links) < replanPage {
			return nil
		}
	}
}

func unplaceLink(ctx context.Context, tx store.Tx, m mapping.Mapping, linkID string, moved []string) error {
	l, err := tx.LinkForUpdate(ctx, linkID) // it may have moved since the page was read
	if err != nil {
		return err
	}
	bases := plan.Bases{}
	for f, b := range l.Bases {
		r := m.Rule(l.Kind, f)
		if r == nil || !slices.ContainsFunc(r.External, func(name string) bool { return slices.Contains(moved, name) }) {
			bases[f] = b
		}
	}
	l.Bases = bases
	return tx.UpdateLink(ctx, l)
}

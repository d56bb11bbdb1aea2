package engine

import (
	"context"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// moved names the external fields that a change of settings has read somewhere else, or no more.
func (e *Engine) moved(was, p store.Project) map[external.Kind][]string {
	if e.Places == nil || !shows(was, p) {
		return nil
	}
	before, after := e.Places(was.System, was.Settings), e.Places(p.System, p.Settings)
	if before == nil || after == nil {
		return nil
	}
	out := map[external.Kind][]string{}
	for kind, places := range before {
		for name, place := range places {
			if now, is := after[kind][name]; !is || now != place {
				out[kind] = append(out[kind], name)
			}
		}
	}
	return out
}

// unplace drops the bases of what other settings read somewhere else, as another mapping does: nobody has
// edited anything, and neither side may override the other. What was last seen says nothing of the other
// place, so that every item is read before it is planned again.
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
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		if err := e.unplaceKind(ctx, tx, p, m, kind, moved[kind]); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) unplaceKind(ctx context.Context, tx store.Tx, p store.Project, m mapping.Mapping, kind external.Kind, moved []string) error {
	for after := ""; len(moved) > 0; {
		links, err := tx.LinksOf(ctx, p.ID, kind, after, replanPage)
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
	return nil
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

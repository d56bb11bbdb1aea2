package engine

import (
	"cmp"
	"context"
	"errors"
	"maps"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// A system that only takes what we send cannot be asked what became of a write whose
// outcome is not known. Whatever it was, it is made good by writing once more what the
// local side holds then, even if that is what it held before.

// forget has every field of a write of unknown outcome written again.
func forget(ctx context.Context, tx store.Tx, l store.Link, i store.Intent) error {
	if i.Verb != verbUpdate && i.Verb != verbCreate {
		return nil
	}
	bases := make(plan.Bases, len(l.Bases))
	for f, b := range l.Bases {
		bases[f] = b
	}
	for _, c := range i.Changes {
		bases[c.Field] = doubted(bases[c.Field], c)
	}
	l.Bases = bases
	return tx.UpdateLink(ctx, l)
}

// doubted returns a base from which the local value, whatever it is, is an edit.
func doubted(b base, c store.Change) base {
	b.Doubt = ticket.Text("unknown")
	if b.Local.IsSet() || b.External.IsSet() || c.Written.IsSet() || c.Seen.IsSet() {
		b.Doubt = ticket.Set(append(c.Written.Minus(c.Seen), c.Seen.Minus(c.Written)...)...)
	}
	return b
}

// doubtfulNow returns what the external side is to be taken to hold so that every element
// in doubt is added or taken off once more: the opposite of what is wanted.
func (p *peer) doubtfulNow(w *work, set ticket.Fields, now external.Fields) external.Fields {
	for f := range set {
		d := w.link.Bases[f].Doubt
		if !d.IsSet() || d.IsEmpty() {
			continue
		}
		for name, in := range p.mapping.ToExternal(w.link.Kind, ticket.Fields{f: d}) {
			want := p.mapping.ToExternal(w.link.Kind, set)[name]
			held := ticket.Set(append(now[name].Minus(in), in.Minus(want)...)...)
			now = maps.Clone(now)
			now[name] = held
		}
	}
	return now
}

// landRepeat returns the bases after a create. A system that tells repeats by the
// delivery's id answers one with what it made the first time, of what the ticket held
// then: where the outcome of an earlier try is not known, everything is written again.
func landRepeat(before, after plan.Bases, changes []store.Change) plan.Bases {
	doubt := false
	for _, b := range before {
		doubt = doubt || !b.Doubt.IsEmpty()
	}
	for _, c := range changes {
		if doubt {
			after[c.Field] = doubted(after[c.Field], c)
		}
	}
	return after
}

// awaitRepeat holds an item of our own account back where nothing tells which create made it, while one is to
// be made once more, since its outcome is not known: the answer to that says whose item it is. It waits until then.
func (e *Engine) awaitRepeat(ctx context.Context, tx store.Tx, p *peer, w *work) error {
	if p.caps.CreateKey != external.CreateKeyNone {
		return nil
	}
	if p.repeats == nil {
		if err := findRepeats(ctx, tx, p); err != nil {
			return err
		}
	}
	for _, id := range p.repeats {
		l, err := tx.Link(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		switch {
		case l.Kind != w.link.Kind || !isRepeated(l) && !p.mayBeMade(l):
		case isHeldBack(l):
			w.wait = maybeOwner
			return nil
		default:
			w.wait, w.waitTil = heldForCreate, cmp.Or(l.NextTry, l.DirtyAt)
		}
	}
	return nil
}

// isRepeated reports whether the item of a link is to be made once more.
func isRepeated(l store.Link) bool {
	doubt := false
	for _, b := range l.Bases {
		doubt = doubt || !b.Doubt.IsEmpty()
	}
	return doubt && l.ExternalID == "" && l.Active() && l.Dirty()
}

// findRepeats looks up which links have such a create, once in a Sync: no more of them come up in it.
func findRepeats(ctx context.Context, tx store.Tx, p *peer) error {
	found := []string{}
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		for after, full := "", true; full; {
			page, err := tx.LinksOf(ctx, p.project.ID, kind, after, replanPage)
			if err != nil {
				return err
			}
			for _, l := range page {
				if isRepeated(l) || p.mayBeMade(l) {
					found = append(found, l.ID)
				}
			}
			if full = len(page) == replanPage; full {
				after = page[len(page)-1].ID
			}
		}
	}
	p.repeats = found
	return nil
}

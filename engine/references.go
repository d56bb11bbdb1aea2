package engine

import (
	"context"
	"errors"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// A reference is a field that names another ticket: a parent, an epic. Outside it holds
// that system's id, here the id of our ticket; the links tell one from the other. A
// ticket that is not joined yet has only one of the two. The field then rests without
// being anybody's fault, and the link remembers in ParentKey whom it waits for, so that
// it is planned again when the two meet.

// references are the ids of joined tickets, as far as they were needed. A pair never
// changes, so that what was found stays true.
type references struct {
	here, there map[string]string // by external id, by local id
}

// unknownHere and unknownThere start values that name a ticket without a twin.
const (
	unknownHere  = "external:"
	unknownThere = "local:"
)

// waitsFor is the ParentKey of a link whose reference names a ticket without a twin.
func waitsFor(id string) string { return store.AwaitsTicket + id }

// toHere translates the references among canonical fields that were read outside.
func (p *peer) toHere(kind external.Kind, f ticket.Fields) ticket.Fields {
	return p.eachReference(kind, f, p.refs.here, unknownHere, unknownThere)
}

// toThere returns the fields with their references as the external system knows them.
func (p *peer) toThere(kind external.Kind, f ticket.Fields) ticket.Fields {
	if !p.refers(kind, f) {
		return f
	}
	return p.eachReference(kind, f.Clone(), p.refs.there, unknownThere, unknownHere)
}

func (p *peer) refers(kind external.Kind, f ticket.Fields) bool {
	rules := p.mapping.Rules(kind)
	for i := range rules {
		if r := &rules[i]; r.Convert == mapping.Reference && !f[r.Field].IsEmpty() {
			return true
		}
	}
	return false
}

// eachReference replaces ids by their twins. An id without one gets the prefix of its
// side; one that had the other side's prefix is that side's own id.
func (p *peer) eachReference(kind external.Kind, f ticket.Fields, twins map[string]string, unknown, own string) ticket.Fields {
	rules := p.mapping.Rules(kind)
	for i := range rules {
		r := &rules[i]
		v, ok := f[r.Field]
		if r.Convert != mapping.Reference || !ok || v.IsEmpty() {
			continue
		}
		id := v.Text()
		if twin, known := twins[id]; known {
			f[r.Field] = ticket.Text(twin)
		} else if rest, back := strings.CutPrefix(id, own); back {
			f[r.Field] = ticket.Text(rest)
		} else {
			f[r.Field] = ticket.Text(unknown + id)
		}
	}
	return f
}

// gatherReferences looks up the tickets that either side of a link names. It returns
// the one that is not joined yet, if there is one.
func (e *Engine) gatherReferences(ctx context.Context, tx store.Tx, p *peer, w *work) (missing string, err error) {
	if w.link.Kind != external.KindTicket {
		return "", nil
	}
	for _, r := range p.mapping.Rules(w.link.Kind) {
		if r.Convert != mapping.Reference || w.rules.Keeps(r.Field) {
			continue
		}
		if w.seen != nil {
			if id := w.seen.Item.Fields[r.External[0]].Text(); id != "" {
				if err := e.findTwin(ctx, tx, p, id, true, &missing); err != nil {
					return "", err
				}
			}
		}
		if id := w.ticket.Fields[r.Field].Text(); id != "" {
			if err := e.findTwin(ctx, tx, p, id, false, &missing); err != nil {
				return "", err
			}
		}
	}
	return missing, nil
}

func (e *Engine) findTwin(ctx context.Context, tx store.Tx, p *peer, id string, outside bool, missing *string) error {
	known, find := p.refs.there, tx.LinkByLocal
	if outside {
		known, find = p.refs.here, tx.LinkByExternal
	}
	if _, have := known[id]; have {
		return nil
	}
	l, err := find(ctx, p.project.ID, external.KindTicket, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		*missing = id
		return nil
	case err != nil:
		return err
	case l.LocalID == "" || l.ExternalID == "":
		*missing = id
		return nil
	}
	p.refs.here[l.ExternalID], p.refs.there[l.LocalID] = l.LocalID, l.ExternalID
	return nil
}

// awaitReference notes on a link which ticket it waits for, or that it waits no more.
func awaitReference(ctx context.Context, tx store.Tx, w *work, missing string) error {
	want := ""
	if missing != "" {
		want = waitsFor(missing)
	}
	if w.link.Kind != external.KindTicket || w.link.ParentKey == want {
		return nil
	}
	l, err := tx.LinkForUpdate(ctx, w.link.ID) // somebody may have asked for it to be taken back since it was read
	if err != nil {
		return err
	}
	l.ParentKey, w.link.ParentKey = want, want
	return tx.UpdateLink(ctx, l)
}

// resting returns the fields whose reference has no twin on the other side: they are not
// compared until it has.
func (p *peer) resting(w *work) map[ticket.Field]bool {
	if w.missing == "" {
		return nil
	}
	rest := map[ticket.Field]bool{}
	for _, r := range p.mapping.Rules(w.link.Kind) {
		if r.Convert != mapping.Reference {
			continue
		}
		var there string
		if w.seen != nil {
			there = w.seen.Item.Fields[r.External[0]].Text()
		}
		if w.ticket.Fields[r.Field].Text() == w.missing || there == w.missing {
			rest[r.Field] = true
		}
	}
	return rest
}

// wakeReferring marks the links that waited for a ticket to have both sides.
func (e *Engine) wakeReferring(ctx context.Context, tx store.Tx, l store.Link) error {
	for _, id := range []string{l.LocalID, l.ExternalID} {
		if id == "" {
			continue
		}
		waiting, err := tx.LinksOfParentKey(ctx, l.ProjectID, external.KindTicket, waitsFor(id))
		if err != nil {
			return err
		}
		for _, w := range waiting {
			if err := tx.MarkDirty(ctx, w.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

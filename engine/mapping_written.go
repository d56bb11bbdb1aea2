package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// asWritten returns a peer under the mapping that a write went out under. What became of the write is judged by
// that one, though another one is in force by now: it has other names for what was sent, or none.
func (e *Engine) asWritten(ctx context.Context, tx store.Tx, p *peer, i store.Intent) (*peer, error) {
	if i.Mapping == p.mapping.Version {
		return p, nil
	}
	m, err := e.mappingVersion(ctx, tx, p.project, i.Mapping)
	if err != nil {
		return nil, fmt.Errorf("read the mapping of intent %s: %w", i.ID, err)
	}
	was := *p
	was.mapping = m
	return &was, nil
}

// mappingVersion returns one version of a project's mapping, 0 being its system's default.
func (e *Engine) mappingVersion(ctx context.Context, tx store.Tx, p store.Project, version int) (mapping.Mapping, error) {
	if version == 0 {
		return e.mappings.defaultOf(p.System)
	}
	v, err := tx.Mapping(ctx, p.ID, version)
	if err != nil {
		return mapping.Mapping{}, err
	}
	return decodeMapping(v)
}

// carriedOver returns what both sides agreed on under one mapping as it holds under another, see rebase: old and now
// are how the item last seen reads under each. A field of which nothing holds any more has no base.
func carriedOver(was, is *peer, kind external.Kind, bases plan.Bases, old, now ticket.Fields) plan.Bases {
	next := plan.Bases{}
	for f, b := range bases {
		before, after := was.mapping.Rule(kind, f), is.mapping.Rule(kind, f)
		set := b.Local.IsSet() || b.External.IsSet() || now[f].IsSet()
		switch {
		case after == nil, before != nil && set && sameRoom(before, after), before != nil && !set && now[f].Equal(old[f]):
			next[f] = b
		case before == nil && (set || now[f].Equal(b.External)): // else somebody edited it meanwhile, or it reads otherwise
			next[f] = mappedAgain(b, now[f])
		}
	}
	return next
}

// carriedInto returns the bases of a link under one mapping, with what some fields have agreed on under another one.
func carriedInto(was, is *peer, l store.Link, some plan.Bases, item external.Item) plan.Bases {
	next := maps.Clone(l.Bases)
	for f := range some {
		delete(next, f)
	}
	for f, b := range carriedOver(was, is, l.Kind, some, canonical(was, item), canonical(is, item)) {
		next = withBase(next, f, b)
	}
	return next
}

// editedUncarried reports whether a title, a text or labels that the mapping does not carry hold something else than
// what was agreed on. They are read as the default mapping reads them: without a rule no edit shows.
func (p *peer) editedUncarried(l store.Link, item external.Item) bool {
	m, err := mapping.Default(p.project.System)
	if err != nil {
		return true
	}
	reads := *p
	reads.mapping = m
	norm, there := reads.normalize(l.Kind), canonical(&reads, item)
	return slices.ContainsFunc([]ticket.Field{ticket.Title, ticket.Body, ticket.Labels}, func(f ticket.Field) bool {
		return p.mapping.Rule(l.Kind, f) == nil && m.Rule(l.Kind, f) != nil && !norm(f, there[f]).Equal(norm(f, l.Bases[f].External))
	})
}

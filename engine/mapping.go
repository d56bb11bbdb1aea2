package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func decodeMapping(v store.MappingVersion) (mapping.Mapping, error) {
	var m mapping.Mapping
	if err := json.Unmarshal(v.Document, &m); err != nil {
		return m, fmt.Errorf("mapping version %d: %w", v.Version, err)
	}
	m.Version = v.Version
	return m, nil
}

// ActivateMapping puts a version of a project's mapping in force, older ones included,
// and re-baselines: every link is planned again under it, and a field whose rule now
// reads the external side otherwise is compared anew with what both sides hold.
func (e *Engine) ActivateMapping(ctx context.Context, projectID string, version int, by string) error {
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		p, err := tx.ProjectForUpdate(ctx, projectID)
		if err != nil {
			return err
		}
		before, err := e.mappings.inForce(ctx, tx, &p)
		if err != nil {
			return err
		}
		v, err := tx.Mapping(ctx, projectID, version)
		if err != nil {
			return err
		}
		after, err := decodeMapping(v)
		if err != nil {
			return err
		}
		if err := tx.ActivateMapping(ctx, projectID, version, by, e.Clock.Now()); err != nil {
			return err
		}
		if _, err := tx.BumpEpoch(ctx, projectID); err != nil { // a session that is under way speaks the old mapping
			return err
		}
		if err := errors.Join(e.rebase(ctx, tx, p, before, after), e.endUnmapped(ctx, tx, projectID, after)); err != nil {
			return err
		}
		if err := e.auditProject(ctx, tx, projectID, by, "mapping", fmt.Sprintf("version %d is in force", version)); err != nil {
			return err
		}
		return tx.AddOutbox(ctx, e.wake(projectID))
	})
	if err != nil {
		return fmt.Errorf("activate mapping version %d: %w", version, err)
	}
	return nil
}

// rebase carries the bases of every link over from one mapping to another, and has the
// link planned again, also one that was set aside. Where both mappings read the same of what was last seen outside,
// the base stays. Where they read otherwise, nobody has edited anything, and neither
// side may override the other: the base is dropped, so that the field is adopted where
// both sides agree under the new mapping and is a conflict where they do not. The
// elements of a set are no rivals; what is read otherwise of them comes in. Where they are
// read from other fields, or these have other room, what was agreed on before says nothing of
// them: then each side gets what it lacks, and neither loses any. A field that is not carried any
// more keeps what was agreed on, aside, for the mapping that carries it again.
func (e *Engine) rebase(ctx context.Context, tx store.Tx, p store.Project, before, after mapping.Mapping) error {
	was, is := &peer{project: p, mapping: before}, &peer{project: p, mapping: after}
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		for last := ""; ; {
			links, err := tx.LinksOf(ctx, p.ID, kind, last, replanPage)
			if err != nil {
				return err
			}
			for _, l := range links {
				if err := rebaseLink(ctx, tx, was, is, l); err != nil {
					return err
				}
			}
			if len(links) < replanPage {
				break
			}
			last = links[len(links)-1].ID
		}
	}
	return e.replan(ctx, tx, p.ID)
}

func rebaseLink(ctx context.Context, tx store.Tx, was, is *peer, l store.Link) error {
	l, err := tx.LinkForUpdate(ctx, l.ID) // it may have moved since the page was read
	if err != nil {
		return err
	}
	if len(l.Bases) == 0 || l.ExternalID == "" {
		return nil
	}
	o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	if errors.Is(err, store.ErrNotFound) { // it is read before it is planned, and compared as it is
		return nil
	}
	if err != nil {
		return err
	}
	l.Bases = carriedOver(was, is, l.Kind, l.Bases, canonical(was, o.Item), canonical(is, o.Item))
	return tx.UpdateLink(ctx, l)
}

// sameRoom reports whether two rules look for a field in the same place outside, which holds as
// much under both. Only there is an element that is not read any more one that is read otherwise.
func sameRoom(old, r *mapping.Rule) bool {
	return slices.Equal(old.External, r.External) && old.Set == r.Set && old.Max == r.Max
}

// mappedAgain returns what was agreed on of a field that no mapping carried for a while; of a set, the elements
// that are still there.
func mappedAgain(b base, now ticket.Value) base {
	next := base{Local: b.Local, External: b.External, Ours: b.Ours && now.Equal(b.External)}
	if b.Local.IsSet() || b.External.IsSet() {
		met := slices.DeleteFunc(b.External.Elements(), func(e string) bool { return !contains(b.Local, e) || !contains(now, e) })
		next.Local, next.External = ticket.Set(met...), ticket.Set(met...)
	}
	return next
}

// carried returns what both sides agreed on in the fields that the mapping in force carries.
func (p *peer) carried(l store.Link) plan.Bases {
	out := make(plan.Bases, len(l.Bases))
	for f, b := range l.Bases {
		if p.mapping.Rule(l.Kind, f) != nil {
			out[f] = b
		}
	}
	return out
}

// wakeChildren marks the comments of a ticket, which wait while it is set aside.
func wakeChildren(ctx context.Context, tx store.Tx, l store.Link) error {
	if l.Kind != external.KindTicket {
		return nil
	}
	children, err := tx.LinksOfParent(ctx, l.ID)
	if err != nil {
		return err
	}
	ids := make([]string, len(children))
	for n, c := range children {
		ids[n] = c.ID
	}
	return tx.MarkDirty(ctx, ids...)
}

// refuse returns the planner's question why a local value cannot be written outside:
// the mapping has no word for it, it is too long, or the system's markup would damage it.
func (p *peer) refuse(w *work) func(ticket.Field, ticket.Value) string {
	return func(f ticket.Field, v ticket.Value) string {
		set := ticket.Fields{f: v}
		if reason := p.mapping.Unwritable(w.link.Kind, set)[f]; reason != "" {
			return reason
		}
		var now external.Fields
		if w.seen != nil {
			now = w.seen.Item.Fields
		}
		if reason := p.mapping.Foreign(w.link.Kind, set, now)[f]; reason != "" {
			return reason
		}
		ext := p.mapping.ToExternal(w.link.Kind, p.toThere(w.link.Kind, set))
		for name, value := range ext {
			if reason := tooMuch(p.capability(w.link.Kind, name), value); reason != "" {
				return reason
			}
		}
		d, ok := p.adapter.(adapters.Damager)
		if !ok {
			return ""
		}
		for _, reason := range d.Damage(w.link.Kind, ext, now) {
			return reason
		}
		return ""
	}
}

// capability returns what the system can hold in one external field. A field that does not
// exist can hold nothing.
func (p *peer) capability(kind external.Kind, name string) external.FieldCapability {
	if kind == external.KindComment {
		return p.caps.Comment
	}
	c, _ := p.caps.Field(name)
	if p.caps.Custom.Name == "" || !strings.HasPrefix(name, p.caps.Custom.Name) {
		return c
	}
	for _, r := range p.mapping.Rules(kind) { // a field of the project's own: the mapping knows what it is
		if slices.Contains(r.External, name) {
			c.Set, c.Type = r.Set, r.Type
		}
	}
	return c
}

// tooMuch says why a value is more than a field can hold.
func tooMuch(c external.FieldCapability, v ticket.Value) string {
	if n := len(v.Elements()); c.Set && c.MaxItems > 1 && n > c.MaxItems {
		return fmt.Sprintf("it has %d elements and %s holds at most %d; take some away", n, c.Name, c.MaxItems)
	}
	if c.MaxRunes == 0 {
		return ""
	}
	for _, e := range v.Elements() {
		if n := utf8.RuneCountInString(e); n > c.MaxRunes {
			return fmt.Sprintf("it has %d characters and %s holds at most %d; shorten it", n, c.Name, c.MaxRunes)
		}
	}
	return ""
}

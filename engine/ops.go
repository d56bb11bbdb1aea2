package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// ops turns the outward steps of a plan into vendor calls: plan, mapping, privacy
// gate, adapter, in this order.
func (e *Engine) ops(p *peer, w *work) ([]adapters.Op, error) {
	out, wanted, err := e.cleared(p, w)
	if err != nil || !wanted {
		return nil, err
	}
	ops, err := p.adapter.Ops(out)
	if err != nil {
		return nil, fmt.Errorf("split into calls: %w", err)
	}
	return ops, nil
}

// cleared passes what a plan wants to be written outside through the privacy gate, in the
// external system's own terms; false: it wants nothing.
func (e *Engine) cleared(p *peer, w *work) (outbound.Outbound, bool, error) {
	content, ok := e.content(p, w)
	if !ok {
		return outbound.Outbound{}, false, nil
	}
	var known external.Fields
	if w.seen != nil {
		known = w.seen.Item.Fields
	}
	out, err := outbound.Clear(outbound.Request{
		Rules: w.rules, Grants: w.grants, Ticket: w.ticket, Comment: w.comment,
		Content: content, Carries: p.carries(w.link.Kind), Prose: p.prose(w.link.Kind), Known: known, TakesBack: w.retracts(),
	})
	return out, err == nil, err
}

// content gathers what the plan wants to be written outside.
func (e *Engine) content(p *peer, w *work) (outbound.Content, bool) {
	c := outbound.Content{
		ProjectID: p.project.ID, Action: outbound.Update,
		Ref: external.Ref{Kind: w.link.Kind, ID: w.link.ExternalID, Key: w.link.ExternalKey, Parent: w.parent.ExternalKey},
	}
	if s, back := w.takesBack(); back {
		return p.withdrawn(w, s, c)
	}
	set := ticket.Fields{}
	for _, s := range w.plan.Steps {
		switch s.Action {
		case plan.Push, plan.Redact:
			set[s.Field] = s.After
		case plan.CreateOutside:
			c.Action, c.CreateKey = outbound.Create, e.createKey(w.link.ID)
			for _, r := range w.input.Rules {
				if v := w.leaving(r.Field); !v.IsEmpty() && !r.ReadOnly && r.Withheld == "" && w.input.Refuses(r.Field, v) == "" && !w.refusedBefore(r.Field) {
					set[r.Field] = v
				}
			}
		case plan.DeleteOutside:
			c.Action = outbound.Delete
			return c, true
		}
	}
	if len(set) == 0 {
		return c, false
	}
	if w.link.Made { // also with a notice: the key says nothing of the ticket
		c.CreateKey = e.createKey(w.link.ID)
	}
	if w.seen != nil {
		c.Now = w.seen.Item.Fields
	}
	set = p.toThere(w.link.Kind, set)
	if c.Action == outbound.Create && w.link.Kind == external.KindTicket {
		c.Set = p.withoutKept(w, p.mapping.ForCreate(set))
	} else {
		c.Set = p.mapping.Put(w.link.Kind, set, c.Now)
		c.Now = p.doubtfulNow(w, set, c.Now)
	}
	c.Containers = w.containers
	return c, true
}

// takeMoot turns every push that comes to no call into an agreement: what the external
// side holds already is all that it can hold of the local value.
func (p *peer) takeMoot(w *work, ops []adapters.Op) {
	written := p.written(w, ops)
	for n, s := range w.plan.Steps {
		if s.Action == plan.Push && !written[s.Field] {
			local, ext := w.input.Local.Fields[s.Field], w.input.External.Fields[s.Field]
			w.plan.Steps[n] = plan.Step{Field: s.Field, Action: plan.Adopt, Before: local, After: local,
				Base: base{Local: w.leaving(s.Field), External: ext}, Reason: plan.NoRoom}
		}
	}
}

// written returns the fields that the calls write.
func (p *peer) written(w *work, ops []adapters.Op) map[ticket.Field]bool {
	fields := map[ticket.Field]bool{}
	for _, op := range ops {
		for _, name := range op.Writes {
			f, _ := p.mapping.FieldOf(w.link.Kind, name)
			fields[f] = true
		}
	}
	return fields
}

func (p *peer) prose(kind external.Kind) []string {
	var names []string
	for _, r := range p.mapping.Rules(kind) {
		if r.Prose {
			names = append(names, r.External...)
		}
	}
	return names
}

// intend records one planned intent per call; the ledger adds its audit entry.
func (e *Engine) intend(ctx context.Context, tx store.Tx, r Run, p *peer, w *work, ops []adapters.Op) ([]store.Intent, error) {
	old, err := tx.LinkIntents(ctx, w.link.ID)
	if err != nil {
		return nil, err
	}
	for _, i := range old {
		if i.State == store.Planned { // planned by an attempt that never sent it
			i.State, i.DoneAt = store.Superseded, e.Clock.Now()
			if err := tx.UpdateIntent(ctx, i, store.Planned); err != nil {
				return nil, err
			}
		}
	}
	intents := make([]store.Intent, 0, len(ops))
	for _, op := range ops {
		i, err := e.intent(r, p, w, op)
		if err != nil {
			return nil, err
		}
		if err := tx.InsertIntent(ctx, i); err != nil {
			return nil, err
		}
		intents = append(intents, i)
	}
	return intents, nil
}

func (e *Engine) intent(r Run, p *peer, w *work, op adapters.Op) (store.Intent, error) {
	c, err := op.Open()
	if err != nil {
		return store.Intent{}, err
	}
	_, back := w.takesBack()
	i := store.Intent{
		ID: e.NewID(), ProjectID: p.project.ID, LinkID: w.link.ID, SessionID: r.SessionID, Op: op.Name,
		Verb: verbOf(op, c.Action, back), State: store.Planned, Login: p.project.Login, Mapping: p.mapping.Version, Epoch: r.Epoch, CreatedAt: e.Clock.Now(),
	}
	if w.seen != nil {
		i.Position = w.seen.Item.UpdatedAt
	}
	if op.CreatesContainer {
		return i, nil
	}
	sent := p.canonicalFields(w.link.Kind, c.Set)
	var seen ticket.Fields
	if w.seen != nil {
		seen = canonical(p, w.seen.Item)
	}
	if i.Verb == verbDelete { // what is about to be destroyed
		for _, rule := range w.input.Rules {
			f := rule.Field
			i.Changes = append(i.Changes, w.because(store.Change{Field: f, Seen: seen[f], Local: w.input.Local.Fields[f]}))
		}
	}
	for _, name := range op.Writes {
		f, ok := p.mapping.FieldOf(w.link.Kind, name)
		if !ok || slices.ContainsFunc(i.Changes, func(c store.Change) bool { return c.Field == f }) {
			continue
		}
		c := w.because(store.Change{Field: f, Seen: seen[f], Written: sent[f], Local: w.incorporated(f), Restores: w.restores(f)})
		if _, set := p.history(w.link.Kind, f); set && w.restricted() != "" && !op.Creates { // who else is named there only some may see
			c.Seen, c.Written = ticket.Set(c.Seen.Minus(c.Written)...), ticket.Set(c.Written.Minus(c.Seen)...)
		}
		i.Changes = append(i.Changes, c)
	}
	return i, nil
}

func verbOf(op adapters.Op, a outbound.Action, back bool) string {
	switch {
	case op.CreatesContainer:
		return verbContainer
	case op.Creates:
		return verbCreate
	case a == outbound.Delete:
		return verbDelete
	case back:
		return verbClose
	}
	return verbUpdate
}

// because returns a change with why its field is written outside.
func (w *work) because(c store.Change) store.Change {
	for _, s := range w.plan.Steps {
		if s.Field == c.Field || s.Action == plan.CreateOutside || s.Action == plan.Withdraw {
			if c.Reason = s.Reason; s.Action == plan.Withdraw {
				c.Cause = w.endsAs()
			}
			break
		}
	}
	return c
}

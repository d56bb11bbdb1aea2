package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// createdBases returns the bases of the fields that a create did not write. What
// the system filled in by itself where we hold a value is taken as seen, so that ours
// is pushed; where we hold nothing it is news, and comes in.
func createdBases(p *peer, w *work, item external.Item) plan.Bases {
	bases := plan.Bases{}
	for f, v := range canonical(p, item) {
		if !w.input.Local.Fields[f].IsEmpty() {
			bases[f] = base{Local: v, External: v}
		}
	}
	return bases
}

// landBases returns the bases after a call: for a scalar the local value written and
// the value read back; for a set what the call added and removed, since what else
// the answer shows may be a rival's and must still come in.
//
// It returns besides what came back different.
func (e *Engine) landBases(p *peer, w *work, op adapters.Op, i store.Intent, l store.Link, item external.Item, j *journal) (plan.Bases, []plan.Disagreement) {
	var losses []plan.Disagreement
	back := p.shownBack(l.Kind, i, item)
	norm := p.normalize(l.Kind)
	bases := make(plan.Bases, len(l.Bases)+len(i.Changes))
	for f, b := range l.Bases {
		bases[f] = b
	}
	for _, c := range i.Changes {
		chosen := p.names(l.Kind, c.Field, item.Chosen)
		ignored := item.ReadBack && !p.halfway(l.Kind, c.Field, item) && p.unkept(l.Kind, i, c, back[c.Field], item)
		unmoved := ignored && (c.Field == ticket.State || norm(c.Field, back[c.Field]).Equal(norm(c.Field, c.Seen)))
		readBack := item.ReadBack && !chosen && !ignored
		b, kept := e.landBase(p, l.Kind, op, c, bases[c.Field], back[c.Field], readBack)
		did, kept := p.didWrite(l.Kind, i, c, back[c.Field], kept)
		outcome := "done"
		switch {
		case p.halfway(l.Kind, c.Field, item):
			outcome, b = halfwayThere, base{Local: back[c.Field], External: back[c.Field]}
			if c.Restores != nil { // an undo, which has not ended: what was agreed on stays as it is
				b = l.Bases[c.Field]
			}
		case !kept && readBack:
			outcome = "read back different: taken for an edit made outside since"
		case !kept && ignored && len(w.plan.Of(plan.Redact)) > 0: // which is told with what stays there
			outcome = outcomeLossy + leftAsItWas
		case !kept:
			outcome = outcomeLossy + "the external system kept something else"
			j.counts.Lossy++
			losses = append(losses, plan.Disagreement{
				Field: c.Field, Kind: plan.Lossy, Reason: whyLost(c, back[c.Field], chosen, unmoved), Base: b, Local: w.input.Local.Fields[c.Field], External: back[c.Field], Strategy: plan.Manual, Sticky: true,
			})
		}
		if item.MovedTo != "" {
			outcome += " (" + landedElsewhere + ")"
		}
		b.Ours = b.External.Equal(back[c.Field])
		bases[c.Field] = b
		if i.Verb != verbCreate {
			j.counts.PushedOutside++
		}
		j.add(w, plan.Step{Field: c.Field, Action: plan.Push, Before: c.Seen, After: did, Reason: c.Reason}, outcome, i.ID)
		j.based(l.Bases[c.Field], b)
	}
	return bases, losses
}

// didWrite returns what a call is journalled to have written, and whether the system kept it: of a set landBase knows.
func (p *peer) didWrite(kind external.Kind, i store.Intent, c store.Change, back ticket.Value, kept bool) (ticket.Value, bool) {
	norm := p.normalize(kind)
	if _, set := p.history(kind, c.Field); !set {
		return back, norm(c.Field, back).Equal(norm(c.Field, c.Written))
	}
	if i.Verb != verbCreate { // what else the answer shows an undo must not take for ours
		back = p.elementsDone(kind, c, back).Written
	}
	return back, kept
}

// choseItself is what was lost where the write had no way to say all of it.
const choseItself = "the write had no place for it, and the external system holds a value of its own"

// leftAsItWas is what was lost where a write was accepted, and changed nothing that shows.
const leftAsItWas = "the external system accepted the write, and did not show it right after"

// whyLost says for a person what was lost of a write.
func whyLost(c store.Change, back ticket.Value, chosen, unmoved bool) string {
	switch {
	case chosen:
		return choseItself
	case unmoved:
		return leftAsItWas
	}
	return plan.WhatWasLost(c.Written, back)
}

// landedElsewhere says that a write followed its item, which had been moved since we looked.
const landedElsewhere = "moved: it was written in the project to which the item had been moved meanwhile"

// halfwayThere is the outcome of a write that is to be made again.
const halfwayThere = "halfway: the external system gets there through other values"

// halfway reports whether a write moved a field towards what was asked, and not to it.
// Both sides then have met at the value in between: whatever else the local side holds,
// the target or what it was changed to meanwhile, is an edit that is to go out.
func (p *peer) halfway(kind external.Kind, f ticket.Field, item external.Item) bool {
	return p.names(kind, f, item.Halfway)
}

// names reports whether one of these external fields holds a canonical one.
func (p *peer) names(kind external.Kind, f ticket.Field, fields []string) bool {
	return slices.ContainsFunc(p.externals(kind, f), func(n string) bool { return slices.Contains(fields, n) })
}

// reached returns the changes of a call as they came about: a field that is halfway was
// written with the value it holds now.
func (p *peer) reached(kind external.Kind, changes []store.Change, item external.Item) []store.Change {
	if len(item.Halfway) == 0 {
		return changes
	}
	back, out := canonical(p, item), slices.Clone(changes)
	for n := range out {
		if p.halfway(kind, out[n].Field, item) {
			out[n].Written = back[out[n].Field]
		}
	}
	return out
}

// landBase returns the base of one field after a call, and whether the system kept
// every element of a set that was to be added and dropped every one to be removed.
// What it did not do is no edit of anybody's: only what it did enters the external
// base, so that a dropped label is not taken for a label that someone removed.
//
// Where the answer was read by a later call, what differs from what was written may be a
// rival's: it is left to be seen as an edit made outside, unless it is what stood there before, see unkept.
func (e *Engine) landBase(p *peer, kind external.Kind, op adapters.Op, c store.Change, was base, back ticket.Value, readBack bool) (b base, kept bool) {
	_, set := p.history(kind, c.Field)
	if c.Restores != nil && !set {
		return restoredBase(p, kind, c, back, readBack), true
	}
	if norm := p.normalize(kind); !set && readBack && !norm(c.Field, back).Equal(norm(c.Field, c.Written)) {
		return base{Local: c.Local, External: norm(c.Field, c.Written)}, true
	}
	if !set {
		return base{Local: c.Local, External: back}, true
	}
	add, remove := e.delta(p, kind, c.Field, op)
	b.Local = shifted(was.Local, add, remove)
	if op.Creates {
		b.Local, was.External, add = c.Local, ticket.Value{}, c.Written
	}
	if readBack {
		b.External = shifted(was.External, add, remove)
		return b, true
	}
	done := p.elementsDone(kind, store.Change{Field: c.Field, Seen: remove, Written: add}, back).Written
	added, removed := ticket.Set(done.Minus(remove)...), ticket.Set(remove.Minus(done)...)
	b.External = shifted(was.External, added, removed)
	return b, added.Len() == add.Len() && removed.Equal(remove)
}

// unkept reports whether an answer that was read by a later call shows something else than what was written, in a field of
// which no history tells, and for which the system has to answer: whether it has bent or ignored the write, shows it later,
// or somebody was faster than the reading, nobody can say. It is asked about, for as somebody's edit it would take ours away
// here. A create that was answered with an item from before tells what became of that since.
func (p *peer) unkept(kind external.Kind, i store.Intent, c store.Change, back ticket.Value, item external.Item) bool {
	full, _ := p.history(kind, c.Field)
	norm := p.normalize(kind)
	shown := norm(c.Field, back)
	if full || c.Restores != nil || shown.Equal(norm(c.Field, c.Written)) {
		return false
	}
	madeNow := !item.CreatedAt.IsZero() && !item.CreatedAt.Before(i.SentAt.Truncate(max(p.caps.Precision, 1)))
	return i.Verb != verbCreate || madeNow || shown.IsEmpty() || c.Field == ticket.State
}

func contains(set ticket.Value, elem string) bool { return slices.Contains(set.Elements(), elem) }

// delta returns the elements that a call adds to and removes from a set.
func (e *Engine) delta(p *peer, kind external.Kind, f ticket.Field, op adapters.Op) (add, remove ticket.Value) {
	canon := func(elems []string) ticket.Value {
		return p.mapping.ToCanonical(kind, external.Fields{op.Writes[0]: ticket.Set(elems...)})[f]
	}
	return canon(op.Add), canon(op.Remove)
}

func shifted(was, add, remove ticket.Value) ticket.Value {
	elems := append(was.Elements(), add.Elements()...)
	return ticket.Set(slices.DeleteFunc(elems, func(s string) bool { return contains(remove, s) })...)
}

// auditOf says whether the blind window of a call can be audited: what a rival wrote
// between our look and our write.
func auditOf(p *peer, kind external.Kind, i store.Intent) store.AuditState {
	if i.Verb == verbDelete {
		return store.AuditUnaudited // the vendor's history is gone with the item
	}
	if i.Verb != verbUpdate && i.Verb != verbClose {
		return store.AuditNone
	}
	state := store.AuditNone
	for _, c := range i.Changes {
		full, set := p.history(kind, c.Field)
		switch {
		case set:
		case full:
			return store.AuditPending
		default:
			state = store.AuditUnaudited
		}
	}
	return state
}

// history reports whether the system keeps every value of a field, and whether the
// field is a set, which is changed by element and needs no audit.
func (p *peer) history(kind external.Kind, f ticket.Field) (full, set bool) {
	if kind == external.KindComment {
		return p.caps.History > 0 && p.caps.Comment.History == external.HistoryFull, false
	}
	c := p.capability(kind, p.externals(kind, f)[0])
	return p.caps.History > 0 && c.History == external.HistoryFull, c.Set
}

// externals returns the external fields that hold a canonical one, the leading one
// first.
func (p *peer) externals(kind external.Kind, f ticket.Field) []string {
	for _, r := range p.mapping.Rules(kind) {
		if r.Field == f {
			return r.External
		}
	}
	return []string{string(f)}
}

// observeWritten stores what a call answered as the item's last known state. An
// answer that holds some fields only is laid over the state known before.
func (e *Engine) observeWritten(ctx context.Context, tx store.Tx, p *peer, l store.Link, i store.Intent, item external.Item) error {
	old, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err == nil && (item.UpdatedAt.IsZero() || item.Gone) {
		merged := old.Item
		merged.Gone, merged.MovedTo, merged.Home = item.Gone, item.MovedTo, item.Home
		merged.Fields = make(external.Fields, len(old.Item.Fields))
		for n, v := range old.Item.Fields {
			merged.Fields[n] = v
		}
		for n, v := range item.Fields {
			merged.Fields[n] = v
		}
		item = merged
	}
	item = storable(item)
	o := seenAt(p, item, i.SentAt)
	_, err = tx.PutObservation(ctx, o)
	return err
}

// landContainer remembers a container that was made or found.
func (e *Engine) landContainer(ctx context.Context, tx store.Tx, p *peer, item external.Item) error {
	return e.rememberContainer(ctx, tx, p, containerOf(item))
}

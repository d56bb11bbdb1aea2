package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Repair settles the writes whose outcome is not known: planned ones that were never
// sent are given up, sent ones are looked up once their call has certainly ended,
// and landed ones are audited. An item that cannot be looked up delays only itself.
func (e *Engine) Repair(ctx context.Context, r Run) error {
	p, err := e.peer(ctx, r.ProjectID)
	if err != nil {
		return fmt.Errorf("repair: %w", err)
	}
	if r.Kind == store.Rollback { // which does not observe: a lost create is found by listing alone
		if _, err := e.Observe(ctx, r, false); err != nil {
			return fmt.Errorf("repair: %w", err)
		}
	}
	var open []store.Intent
	var links []store.Link // of each
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		open, err = tx.OpenIntents(ctx, r.ProjectID)
		links = make([]store.Link, len(open))
		for n := 0; n < len(open) && err == nil; n++ {
			links[n], err = tx.Link(ctx, open[n].LinkID)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("repair: %w", err)
	}
	var missed outages
	for n, i := range open {
		r.beat()
		err := e.repair(ctx, r, p, i)
		if err == nil {
			missed.over()
			continue
		}
		if err := e.linkFailed(ctx, r, p, links[n], err, &missed); err != nil {
			return fmt.Errorf("repair intent %s: %w", i.ID, err)
		}
	}
	if err := e.auditWrites(ctx, r, p); err != nil {
		return fmt.Errorf("repair: %w", err)
	}
	return nil
}

func (e *Engine) repair(ctx context.Context, r Run, p *peer, i store.Intent) error {
	now := e.Clock.Now()
	switch {
	case i.State == store.Planned:
		return e.closeIntent(ctx, r, i, store.Superseded, nil)
	case i.State != store.Sent || now.Before(i.Deadline):
		return nil
	case i.Verb == verbContainer:
		// Making it again is refused by the vendor or finds it: nothing to look up.
		return e.closeIntent(ctx, r, i, store.Refused, nil)
	case i.Verb == verbCreate && p.caps.CreateKey != external.CreateKeyNone:
		return e.repairCreate(ctx, r, p, i)
	case i.Verb == verbCreate, !p.readable():
		return e.closeIntent(ctx, r, i, store.Refused, func(tx store.Tx, l store.Link, next *store.Intent) error {
			next.Audit = store.AuditUnaudited
			return forget(ctx, tx, l, *next)
		})
	}
	return e.repairWrite(ctx, r, p, i)
}

// repairCreate gives a create up once every stream was walked, from a moment at which
// its item was certainly visible, without meeting its key. (Where the key was met, the
// walk has joined the link and closed the intent.)
func (e *Engine) repairCreate(ctx context.Context, r Run, p *peer, i store.Intent) error {
	settled := false
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		l, err := tx.Link(ctx, i.LinkID)
		if err != nil {
			return err
		}
		stream := p.streamOf(l.Kind)
		c, err := tx.Cursor(ctx, i.ProjectID, stream)
		settled = c.Page == "" && !c.ReadAt.IsZero() && !c.ReadAt.Before(settledAt(i, p.caps))
		return err
	})
	if err != nil || !settled {
		return err
	}
	return e.closeIntent(ctx, r, i, store.Refused, func(tx store.Tx, l store.Link, next *store.Intent) error {
		was, err := e.asWritten(ctx, tx, p, *next)
		if err != nil {
			return err
		}
		return was.saidOnce(ctx, tx, l, *next)
	})
}

// saidOnce keeps of a comment whose create is given up what that was to write, as what both sides
// agree on, as it reads there: should it show yet, where its ticket has moved to, that is nobody's edit.
func (p *peer) saidOnce(ctx context.Context, tx store.Tx, l store.Link, i store.Intent) error {
	if l.Kind != external.KindComment {
		return nil
	}
	norm := p.normalize(l.Kind)
	for _, c := range i.Changes {
		l.Bases = withBase(l.Bases, c.Field, base{Local: c.Local, External: norm(c.Field, c.Written)})
	}
	return tx.UpdateLink(ctx, l)
}

// repairWrite reads the item and its history to see whether a write landed.
func (e *Engine) repairWrite(ctx context.Context, r Run, p *peer, i store.Intent) error {
	var l, parent store.Link
	var was *peer
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if was, err = e.asWritten(ctx, tx, p, i); err != nil {
			return err
		}
		if l, err = tx.Link(ctx, i.LinkID); err == nil && l.Parent != "" {
			parent, err = tx.Link(ctx, l.Parent)
		}
		return err
	})
	if err != nil {
		return err
	}
	w := &work{link: l, parent: parent}
	if err := e.look(ctx, r, p, w); err != nil {
		return err
	}
	seen, err := e.lookedAt(ctx, was, l)
	if err != nil {
		return err
	}
	if seen.Item.Gone { // a project that is out of sight tells nothing of what we wrote
		proved, err := e.prove(ctx, r, p, w)
		if err != nil || !proved {
			return err
		}
		if seen, err = e.lookedAt(ctx, was, l); err != nil {
			return err
		}
	}
	at, known, err := e.lives(ctx, p, w, seen.Item)
	if err != nil || !known {
		return err
	}
	if at.home != p { // which has a mapping of its own
		was = at.home
	}
	v, err := e.verdictOn(ctx, was, at.link(l), i, at.item)
	if err != nil {
		return err
	}
	if !v.landed {
		return e.closeIntent(ctx, r, i, store.Refused, func(tx store.Tx, l store.Link, next *store.Intent) error {
			if v.blind {
				next.Audit = store.AuditUnaudited
			}
			return mayBeHidden(ctx, tx, was, at.home, l, v.unsure, at.item)
		})
	}
	return e.closeIntent(ctx, r, i, store.Landed, func(tx store.Tx, l store.Link, next *store.Intent) error {
		if err := mayBeHidden(ctx, tx, was, at.home, l, v.unsure, at.item); err != nil {
			return err
		}
		if l, err = tx.Link(ctx, l.ID); err != nil {
			return err
		}
		shown := at.item
		shown.Halfway, shown.ReadBack = v.halfway, true
		return e.landLate(ctx, tx, was, at.home, l, next, v.proven, shown)
	})
}

// mayBeHidden gives the fields that an undo may have restored outside, or that may have been
// taken back there, the bases that they had then: whoever wrote there since may not have seen
// what is here, and it must not pass for incorporated.
func mayBeHidden(ctx context.Context, tx store.Tx, was, is *peer, l store.Link, unsure []store.Change, item external.Item) error {
	hidden := plan.Bases{}
	for _, c := range unsure {
		switch {
		case c.Restores != nil:
			hidden[c.Field] = base{Local: c.Restores.Local, External: c.Restores.External}
		case c.Written.Text() == outbound.Notice:
			hidden[c.Field] = base{Local: c.Local, External: c.Written}
		}
	}
	if len(hidden) == 0 {
		return nil
	}
	l.Bases = carriedInto(was, is, l, hidden, item)
	return tx.UpdateLink(ctx, l)
}

// lookedAt returns what a link's item showed when it was read last.
func (e *Engine) lookedAt(ctx context.Context, p *peer, l store.Link) (seen store.Observation, err error) {
	err = e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if seen, err = tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID); err != nil {
			return err
		}
		_, err = e.gatherReferences(ctx, tx, p, &work{link: l, seen: &seen})
		return err
	})
	return seen, err
}

// finding is what an item shows of a write of unknown outcome.
type finding struct {
	landed bool
	// proven are the changes that were seen to have happened. The others of the same
	// call may have been overwritten since, or the whole call never happened and
	// somebody else wrote the same value: their bases stay as they were.
	proven []store.Change
	// blind: a field that has no history moved since our look, so that the write may
	// have landed, replaced a value nobody saw, and been replaced itself. unsure are the
	// changes of such fields.
	blind  bool
	unsure []store.Change
	// halfway names the external fields that the write moved towards what was asked, and no
	// further, as the answer to the call would have, see external.Item.
	halfway []string
}

// doubt notes that nobody can tell whether a change came about.
func (f *finding) doubt(c store.Change) {
	f.blind = true
	f.unsure = append(f.unsure, c)
}

// verdictOn finds out whether a write of unknown outcome happened: field by field, by
// what the item holds now, else by its history where the system keeps one.
func (e *Engine) verdictOn(ctx context.Context, p *peer, l store.Link, i store.Intent, item external.Item) (finding, error) {
	if i.Verb == verbDelete {
		return finding{landed: item.Gone && item.MovedTo == ""}, nil
	}
	if item.Gone { // its history is gone with it, and what it held at the end nobody knows
		return finding{blind: len(i.Changes) > 0}, nil
	}
	var f finding
	now, norm := canonical(p, item), p.normalize(l.Kind)
	same := func(f ticket.Field, a, b ticket.Value) bool { return norm(f, a).Equal(norm(f, b)) }
	var history []external.Revision
	for _, c := range i.Changes {
		full, set := p.history(l.Kind, c.Field)
		if set {
			if done := p.elementsDone(l.Kind, c, now[c.Field]); !done.Written.Equal(done.Seen) {
				f.proven = append(f.proven, done)
			}
			continue
		}
		if same(c.Field, now[c.Field], c.Written) {
			f.proven = append(f.proven, c)
			continue
		}
		if !full {
			if !same(c.Field, now[c.Field], c.Seen) {
				f.doubt(c)
			}
			continue
		}
		if history == nil {
			all, err := e.historyOf(ctx, p, l, i)
			if err != nil {
				return f, err
			}
			history = all
		}
		if p.audit(l.Kind, i, c, history).found {
			f.proven = append(f.proven, c)
		} else if p.tooYoung(item, i) { // its history would not tell
			if !same(c.Field, now[c.Field], c.Seen) {
				f.doubt(c)
			}
		} else if hop, ok := p.hop(l, i, c, now[c.Field], history); ok {
			f.proven, f.halfway = append(f.proven, hop), p.externals(l.Kind, c.Field)[:1]
		} else if !same(c.Field, now[c.Field], c.Seen) && !p.explains(l.Kind, c.Field, history, now[c.Field]) {
			f.doubt(c) // a history that does not show how the present value came about has gaps
		}
	}
	f.landed = len(f.proven) > 0
	return f, nil
}

// explains reports whether a history shows how a field came to hold its present value.
func (p *peer) explains(kind external.Kind, f ticket.Field, history []external.Revision, now ticket.Value) bool {
	norm, names, held := p.normalize(kind), p.externals(kind, f), external.Fields{}
	for _, rev := range history {
		if slices.Contains(names, rev.Field) {
			held[rev.Field] = ticket.Text(rev.Value)
			if norm(f, p.revised(kind, f, held)).Equal(norm(f, now)) {
				return true
			}
		}
	}
	return false
}

// tooYoung reports whether a write came so soon after the item was made that the system
// may have kept no history of it.
func (p *peer) tooYoung(item external.Item, i store.Intent) bool {
	return p.caps.HistoryGrace > 0 && i.Position.Sub(item.CreatedAt) <= p.caps.HistoryGrace
}

// hop recognises a state that a write of ours went through on its way: it was set by
// our account after the look, and still stands. Both sides have met there, and the rest
// of the way is an edit made here only.
func (p *peer) hop(l store.Link, i store.Intent, c store.Change, now ticket.Value, history []external.Revision) (store.Change, bool) {
	if !p.caps.Transitions || c.Field != ticket.State || now.Equal(c.Seen) {
		return c, false
	}
	names := p.externals(l.Kind, c.Field)
	for n := len(history) - 1; n >= 0; n-- {
		rev := &history[n]
		if !slices.Contains(names[:1], rev.Field) {
			continue
		}
		ours := p.wentOutAs(i, rev.Author) && !rev.At.Before(i.Position)
		c.Written, c.Local = now, now
		return c, ours && p.revised(l.Kind, c.Field, external.Fields{rev.Field: ticket.Text(rev.Value)}).Equal(now)
	}
	return c, false
}

// elementsDone narrows the change of a set to the elements that are now as it wanted
// them, as they are spelled now: those are ours, whatever became of the others.
func (p *peer) elementsDone(kind external.Kind, c store.Change, now ticket.Value) store.Change {
	rule := plan.Rule{AnyCase: p.anyCase(kind, c.Field)}
	held := func(e string) int {
		return slices.IndexFunc(now.Elements(), func(o string) bool { return rule.One(e, o) })
	}
	done := c.Seen.Elements()
	for _, e := range c.Written.Minus(c.Seen) {
		if at := held(e); at >= 0 {
			done = append(done, now.At(at))
		}
	}
	for _, e := range c.Seen.Minus(c.Written) {
		if held(e) < 0 {
			done = slices.DeleteFunc(done, func(x string) bool { return x == e })
		}
	}
	c.Written = ticket.Set(done...)
	return c
}

func (e *Engine) historyOf(ctx context.Context, p *peer, l store.Link, i store.Intent) ([]external.Revision, error) {
	if err := e.pace(ctx, p, store.UseRead); err != nil {
		return nil, err
	}
	all, err := p.adapter.History(ctx, []adapters.HistoryQuery{{Ref: refOf(l), Since: i.Position}})
	if err != nil {
		return nil, e.vendorError(ctx, p, err)
	}
	return all[0], nil
}

// knownLate is the outcome of a write that was found out by looking. It stands in the
// journal of the session that made the call.
const knownLate = "done: known late"

// overtaken is the outcome of a change of which nothing is to be seen any more, though another one
// of its call was proven: somebody wrote over it before anybody looked.
const overtaken = "done, as far as can be told, and written over outside since"

// landLate takes what a late-known write is proven to have written as the bases, and
// leaves its audit to be done. A field that it moved halfway lands as its answer would have
// told: who undoes the session must not take the rest of the way for an edit made since. was
// speaks the mapping that the write went out under, is the one in force.
func (e *Engine) landLate(ctx context.Context, tx store.Tx, was, is *peer, l store.Link, next *store.Intent, proven []store.Change, item external.Item) error {
	next.Audit = auditOf(was, l.Kind, *next)
	if next.Verb == verbDelete || next.Verb == verbClose {
		return errors.Join(e.landLateEnd(ctx, tx, l, *next, proven), e.closeEnded(ctx, tx, is, l.ID), e.askAnew(ctx, tx, l))
	}
	j := &journal{run: Run{SessionID: next.SessionID}}
	w := &work{link: l}
	if err := e.localOf(ctx, tx, w); err != nil {
		return err
	}
	landed := was.lateBases(l, proven, item)
	for _, c := range proven {
		outcome := knownLate
		if was.halfway(l.Kind, c.Field, item) {
			outcome = halfwayThere
		}
		j.add(w, plan.Step{Field: c.Field, Action: plan.Push, Before: c.Seen, After: c.Written, Reason: c.Reason}, outcome, next.ID)
		j.based(l.Bases[c.Field], landed[c.Field])
	}
	was.tellOvertaken(j, w, l, *next, proven)
	l.Bases = carriedInto(was, is, l, landed, item)
	l, err := e.landUndone(ctx, tx, is, l, *next, item, j)
	if err != nil {
		return err
	}
	return errors.Join(tx.UpdateLink(ctx, l), j.flush(ctx, tx, e))
}

// lateBases returns the bases of the fields that a late-known write is proven to have written.
func (p *peer) lateBases(l store.Link, proven []store.Change, item external.Item) plan.Bases {
	norm, shown := p.normalize(l.Kind), canonical(p, item)
	bases := make(plan.Bases, len(proven))
	for _, c := range proven {
		b := l.Bases[c.Field]
		if _, set := p.history(l.Kind, c.Field); set {
			add, remove := ticket.Set(c.Written.Minus(c.Seen)...), ticket.Set(c.Seen.Minus(c.Written)...)
			b = base{Local: shifted(b.Local, add, remove), External: shifted(b.External, add, remove)}
		} else if c.Restores == nil {
			b = base{Local: c.Local, External: norm(c.Field, c.Written)}
		} else if !p.halfway(l.Kind, c.Field, item) { // an undo that has not ended leaves what was agreed on as it is
			b = restoredBase(p, l.Kind, c, c.Written, false)
		}
		b.Ours = norm(c.Field, shown[c.Field]).Equal(norm(c.Field, b.External))
		bases[c.Field] = b
	}
	return bases
}

// tellOvertaken journals what else a late-known write must have written, though nothing is to be
// seen of it: who undoes the session is told, as of any edit made since.
func (p *peer) tellOvertaken(j *journal, w *work, l store.Link, i store.Intent, proven []store.Change) {
	for _, c := range i.Changes {
		_, set := p.history(l.Kind, c.Field)
		if set || c.Restores != nil || slices.ContainsFunc(proven, func(d store.Change) bool { return d.Field == c.Field }) {
			continue
		}
		j.add(w, plan.Step{Field: c.Field, Action: plan.Push, Before: c.Seen, After: c.Written, Reason: c.Reason}, overtaken, i.ID)
		j.based(l.Bases[c.Field], l.Bases[c.Field])
	}
}

// closeIntent moves an intent out of doubt; extra runs in the same transaction.
func (e *Engine) closeIntent(ctx context.Context, r Run, i store.Intent, to store.IntentState, extra func(store.Tx, store.Link, *store.Intent) error) error {
	j := &journal{run: r}
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		if i.State == store.Sent {
			j.counts.Repaired = 1
		}
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		l, err := tx.LinkForUpdate(ctx, i.LinkID)
		if err != nil {
			return err
		}
		next := i
		next.State, next.DoneAt = to, e.Clock.Now()
		if extra != nil {
			if err := extra(tx, l, &next); err != nil {
				return err
			}
		}
		if err := tx.UpdateIntent(ctx, next, i.State); err != nil {
			return err
		}
		if to == store.Superseded {
			return j.flush(ctx, tx, e) // never sent: no news, and its link waits as long as it was told to
		}
		if err := tx.MarkDirty(ctx, l.ID); err != nil {
			return err
		}
		return j.flush(ctx, tx, e)
	})
	if errors.Is(err, store.ErrStale) {
		return nil // a walk met the item and closed it meanwhile
	}
	return err
}

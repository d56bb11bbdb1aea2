package engine

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// inspect compares one link as it really is: the local row as it stands, the external
// item as it was read, through the mapping and the planner that a session uses.
func (e *Engine) inspect(ctx context.Context, p *peer, was store.Link, items map[string]external.Item, readAt time.Time) (verdict, error) {
	var w verdict
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		w = verdict{quiet: InStep}
		l, err := tx.Link(ctx, was.ID)
		if errors.Is(err, store.ErrNotFound) {
			w.quiet = Pending // joined with another one, or unlinked, while we looked
			return nil
		}
		if err != nil {
			return err
		}
		i := inspection{e: e, p: p, tx: tx, w: &work{link: l}, moved: l.DirtyRev != was.DirtyRev || l.CleanRev != was.CleanRev || l.State != was.State}
		if item, read := items[l.ID]; read {
			i.w.seen = &store.Observation{ProjectID: l.ProjectID, Item: item, Hash: hashItem(p, item), TitleKey: p.titleKey(item)}
		}
		if err := i.look(ctx, readAt); err != nil {
			return err
		}
		w = verdict{i.found, i.quiet}
		return errLooked
	})
	return w, looked(err)
}

// inspection is a look at one link in one transaction.
type inspection struct {
	e     *Engine
	p     *peer
	tx    store.Tx
	w     *work
	moved bool   // something happened to it while its item was read
	wait  string // why a difference is to be expected; empty: it is not
	quiet Standing
	found []Difference
}

func (i *inspection) add(s Standing, f ticket.Field, reason string) {
	l := i.w.link
	i.found = append(i.found, Difference{
		Standing: s, Kind: l.Kind, LinkID: l.ID, LocalID: l.LocalID, External: refOf(l), Field: f, Reason: reason,
	})
}

// differs notes a difference that nothing explains, unless something is on its way.
func (i *inspection) differs(s Standing, f ticket.Field, reason string) {
	if i.wait != "" {
		s, reason = Pending, i.wait
	}
	i.add(s, f, reason)
}

func (i *inspection) look(ctx context.Context, readAt time.Time) (err error) {
	i.quiet = InStep
	switch l := i.w.link; {
	case ended(l):
		i.quiet = Ended
		return nil
	case isAside(l):
		i.add(SetAside, "", string(l.State)+": "+l.Reason)
		return nil
	case !i.p.readable() && l.ExternalID != "":
		i.quiet = Unread
		return nil
	case l.Kind == external.KindComment && l.Parent == "":
		return i.unparented(ctx)
	}
	if i.p.project, err = i.tx.Project(ctx, i.w.link.ProjectID); err != nil {
		return err
	}
	i.w.rules, i.w.screen = i.p.project.Rules, outbound.NewScreen(i.p.project.Rules)
	err = i.e.gatherLocal(ctx, i.tx, i.w)
	if errors.Is(err, store.ErrNotFound) {
		i.differs(Dangling, "", "the local item that it names does not exist")
		return nil
	}
	if err == nil && i.w.wait == "" && i.w.link.LocalID == "" && i.w.seen != nil {
		err = i.e.gatherStub(ctx, i.tx, i.p, i.w)
	}
	if err != nil {
		return err
	}
	if i.w.wait != "" {
		return i.waits(ctx)
	}
	if i.w.missing, err = i.e.gatherReferences(ctx, i.tx, i.p, i.w); err != nil {
		return err
	}
	if err := i.e.gatherConflicts(ctx, i.tx, i.w); err != nil {
		return err
	}
	if err := i.e.gatherTwin(ctx, i.tx, i.p, i.w); err != nil {
		return err
	}
	if i.w.wait != "" {
		i.add(Pending, "", i.w.wait)
		return nil
	}
	if err := i.expect(ctx, readAt); err != nil {
		return err
	}
	i.w.input = i.e.input(i.p, i.w)
	i.w.plan = plan.Make(i.w.input)
	return i.compare(ctx)
}

// unparented says how a comment stands that no session has brought together with its ticket.
func (i *inspection) unparented(ctx context.Context) (err error) {
	i.w.wait = "its ticket is not known yet"
	if id := i.w.link.LocalID; id != "" {
		c, err := i.tx.Comment(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			i.differs(Dangling, "", "the local item that it names does not exist")
			return nil
		}
		if err != nil {
			return err
		}
		i.w.comment = &c
	}
	if i.w.parent, err = parentOf(ctx, i.tx, i.w); err != nil {
		return err
	}
	return i.waits(ctx)
}

// waits says how an item stands that waits for another one: as its ticket does where that
// is set aside, over, or kept here.
func (i *inspection) waits(ctx context.Context) error {
	t := i.w.parent
	switch {
	case isAside(t):
		i.add(SetAside, "", "its ticket is set aside: "+string(t.State)+": "+t.Reason)
		return nil
	case t.ID != "" && ended(t):
		i.quiet = Ended
		return nil
	}
	why, err := i.ticketStays(ctx)
	switch {
	case err != nil:
		return err
	case why != "":
		i.add(Withheld, "", "its ticket stays here: "+why)
	default:
		i.add(Pending, "", i.w.wait)
	}
	return nil
}

// ticketStays is why the ticket of a comment does not leave, where that is why it is not
// outside; empty: it is, or may.
func (i *inspection) ticketStays(ctx context.Context) (string, error) {
	if i.w.comment == nil || i.w.parent.ExternalID != "" {
		return "", nil
	}
	t, err := i.tx.Ticket(ctx, i.w.comment.TicketID)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	grants, err := i.tx.Grants(ctx, t.ID)
	if v := outbound.Judge(i.p.project.ID, i.p.project.Rules, grants, t, nil); !v.Out {
		return v.Reason, err
	}
	return "", err
}

// isAside reports whether a link rests until a person does something.
func isAside(l store.Link) bool {
	return l.State == store.MaybeGone || l.State == store.ParkedLink || l.State == store.Quarantined
}

// expect finds out why a difference would be no surprise.
func (i *inspection) expect(ctx context.Context, readAt time.Time) error {
	l := i.w.link
	open, err := i.tx.LinkIntents(ctx, l.ID)
	if err != nil {
		return err
	}
	for _, intent := range open {
		if intent.State != store.Landed {
			i.wait = "a write to it is under way, or its outcome is not known yet"
		}
	}
	switch {
	case l.Dirty():
		i.wait = "a change waits for its session"
	case i.moved:
		i.wait = "it changed while it was compared"
	}
	if i.w.seen == nil || i.wait != "" {
		return nil
	}
	o, err := i.tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		i.wait = "it was never read"
	case err != nil:
		return err
	case o.SeenAt.After(readAt) && o.Hash != i.w.seen.Hash:
		i.wait = "it changed while it was compared"
	case o.Hash != i.w.seen.Hash && !i.w.seen.Item.Gone:
		unseen, err := i.e.unseen(ctx, i.tx, i.p, i.w.seen.Item)
		if unseen {
			i.wait = "it changed outside since it was read last, and the next poll brings it"
		}
		return err
	}
	return nil
}

// compare turns the steps that a session would take into standings, and looks at the
// fields for which it would take none: what was agreed on may still not be alike.
func (i *inspection) compare(ctx context.Context) error {
	planned := map[ticket.Field]bool{}
	for _, s := range i.w.plan.Steps {
		planned[s.Field] = true
		i.step(s)
	}
	here := i.w.input.Local.Exists && !i.w.input.Local.Deleted
	there := i.w.input.External.Exists && !i.w.input.External.Deleted
	if !here || !there || len(i.w.plan.Of(plan.Withhold)) > 0 && planned[""] {
		return nil
	}
	i.rest()
	for _, r := range i.w.input.Rules {
		a, b := i.w.leaving(r.Field), i.w.input.External.Fields[r.Field]
		norm := i.w.input.Normalize
		if r.OnCreate || planned[r.Field] || a.Equal(b) || norm(r.Field, a).Equal(norm(r.Field, b)) || i.w.input.Says(r.Field, a) || r.AnyCase && r.Alike(a, b) {
			continue
		}
		if r.Withheld != "" {
			i.add(Withheld, r.Field, r.Withheld)
			continue
		}
		known, err := i.toldLossy(ctx, r.Field)
		switch {
		case err != nil:
			return err
		case known != "":
			i.add(Lossy, r.Field, known)
		case r.PushOnly:
			i.add(Drifted, r.Field, "edited outside, and the edit may not come in")
		default:
			i.differs(Different, r.Field, "both sides are as they were last agreed, and differ")
		}
	}
	return nil
}

// rest notes the references that are not compared, as one of the two sides names a ticket that the other has no twin
// of. What stands there may be an edit of somebody's, which does not come in as long as that lasts.
func (i *inspection) rest() {
	for f := range i.p.resting(i.w) {
		a, b := i.w.leaving(f), i.w.input.External.Fields[f]
		switch {
		case a.Equal(b):
		case i.w.ticket.Fields[f].Text() == i.w.missing:
			i.add(Withheld, f, plan.NoTwinThere)
		default:
			i.add(Withheld, f, plan.NoTwinHere)
		}
	}
}

func (i *inspection) step(s plan.Step) {
	switch s.Action {
	case plan.KeepConflict:
		i.add(Parked, s.Field, s.Reason)
	case plan.Drift:
		i.add(Drifted, s.Field, s.Reason)
	case plan.Withhold:
		i.add(Withheld, s.Field, s.Reason)
	case plan.Unfit:
		i.add(SetAside, s.Field, s.Reason)
	case plan.CreateHere:
		i.differs(NotHere, "", "it exists outside and not here, and nothing is on its way")
	case plan.CreateOutside:
		i.differs(NotThere, "", "it exists here and not outside, and nothing is on its way")
	case plan.MoveOn:
		i.differs(NotThere, "", "its external side was moved to a project that is connected here, and no session has followed it")
	case plan.LinkGone, plan.DeleteHere:
		i.differs(NotThere, "", "its external side is gone, and no sweep has seen it")
	case plan.Revive, plan.DeleteOutside:
		i.differs(NotHere, "", "it was deleted here and stands outside, and nothing is on its way")
	case plan.Nothing:
		if i.w.input.Local.Deleted != i.w.input.External.Deleted {
			i.add(Drifted, "", s.Reason)
		}
	case plan.Decide:
		if i.p.project.Restored.Open() { // what is decided waits for its release, see plan.Hold
			i.add(Parked, s.Field, "decided; it waits until a person releases the project, whose database was restored")
			return
		}
		i.due(s)
	case plan.OpenConflict:
		if s.Field == whole && i.w.input.External.Deleted {
			i.differs(NotThere, "", "its external side is gone, and no sweep has seen it")
			return
		}
		i.due(s)
	default:
		i.due(s)
	}
}

// due notes a step that a session would take, though none is due.
func (i *inspection) due(s plan.Step) {
	i.differs(Different, s.Field, "a session would have to "+string(s.Action)+" it, and none is due: "+s.Reason)
}

// toldLossy returns what the journal says of the last write of a field where the system
// kept something else; empty: nothing of the kind.
func (i *inspection) toldLossy(ctx context.Context, f ticket.Field) (string, error) {
	steps, err := allSteps(ctx, i.tx, i.w.ticket.ID)
	if err != nil {
		return "", err
	}
	for _, s := range steps {
		if s.LinkID != i.w.link.ID || s.Field != f {
			continue
		}
		switch {
		case strings.HasPrefix(s.Outcome, outcomeLossy):
			return s.Outcome, nil
		case strings.HasPrefix(s.Reason, plan.NoRoom):
			return s.Reason, nil
		}
	}
	return "", nil
}

// What the journal says where both sides hold different things by agreement.
const outcomeLossy = "lossy: "

package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Withdrawing takes the external twin of a link back: it is deleted where the system can,
// else closed as not planned. The link ends as withdrawn: whatever is seen of the item
// afterwards is not pulled, and what is edited here does not make it anew.
//
// A plan.Withdraw step is all it takes; carryOut does the rest, under an intent like every
// write. What is asked for again after a crash is the same step: an item that is gone, or
// closed, is withdrawn without a call.

// verbClose is the verb of the intent that closes what cannot be deleted.
const verbClose = "close"

// waitError says that a link cannot be dealt with yet.
type waitError struct {
	reason string
	till   time.Time // zero: when something else moves
}

func (e *waitError) Error() string { return e.reason }

// withdrawal plans to take back the external item of a link. w.input must be there. A
// ticket that is closed is left as it is, unless it is only halfway to where it shall go.
func (p *peer) withdrawal(w *work, reason string, halfway bool) (plan.Plan, error) {
	s := plan.Step{Action: plan.Withdraw, Reason: reason}
	if w.seen != nil && w.seen.Item.Gone || p.deletes(w.link) {
		return plan.Plan{Steps: []plan.Step{s}}, nil
	}
	closing, ok := p.closing(w.link.Kind)
	if !ok {
		return plan.Plan{}, &external.Error{Kind: external.Invalid, Op: "withdraw", Message: cannotWithdraw(w.link.Kind)}
	}
	s.Field, s.Before, s.After = ticket.State, w.input.External.Fields[ticket.State], closing
	if ticket.IsClosed(s.Before.Text()) && !halfway {
		s.After = s.Before
	}
	return plan.Plan{Steps: []plan.Step{s}}, nil
}

func cannotWithdraw(kind external.Kind) string {
	return fmt.Sprintf("the external system can neither delete a %s nor close it: remove it there by hand", kind)
}

// deletes reports whether the external item of a link can be deleted, as far as is known.
func (p *peer) deletes(l store.Link) bool {
	if l.Kind == external.KindComment {
		return p.caps.CommentDel
	}
	return p.caps.TicketDel && !p.keeps[l.ID]
}

// mayNot reports whether a call that was to delete a ticket was refused as such: our account
// may not delete it, or it has parts that would go with it. It is closed then.
func (p *peer) mayNot(w *work, err error) bool {
	kind := external.KindOf(err)
	if _, back := w.takesBack(); !back || w.link.Kind != external.KindTicket || !p.deletes(w.link) ||
		kind != external.Forbidden && kind != external.Invalid {
		return false
	}
	p.keep(w.link.ID)
	return true
}

// keep has a ticket closed in this round where it would be deleted.
func (p *peer) keep(linkID string) {
	if p.keeps == nil {
		p.keeps = map[string]bool{}
	}
	p.keeps[linkID] = true
}

// closing returns the state in which a ticket is left that cannot be deleted: not planned,
// or done where the mapping has no other word for closed.
func (p *peer) closing(kind external.Kind) (ticket.Value, bool) {
	for _, r := range p.mapping.Rules(kind) {
		if r.Field != ticket.State || r.ReadOnly || r.Direction == mapping.In {
			continue
		}
		for _, s := range []string{ticket.StateNotPlanned, ticket.StateDone} {
			v := ticket.Text(s)
			if len(p.mapping.Unwritable(kind, ticket.Fields{ticket.State: v})) == 0 {
				return v, true
			}
		}
	}
	return ticket.Value{}, false
}

// takesBack returns the step that withdraws the link's item, if that is the plan.
func (w *work) takesBack() (plan.Step, bool) {
	if s := w.plan.Of(plan.Withdraw); len(s) > 0 {
		return s[0], true
	}
	return plan.Step{}, false
}

// withdrawn fills in what is to be written outside to take an item back; false when
// nothing is: the item is gone, or closed already.
func (p *peer) withdrawn(w *work, s plan.Step, c outbound.Content) (outbound.Content, bool) {
	switch {
	case w.seen != nil && w.seen.Item.Gone:
		return c, false
	case p.deletes(w.link):
		c.Action = outbound.Delete
		return c, true
	case s.After.Equal(s.Before):
		return c, false
	}
	if w.seen != nil {
		c.Now = w.seen.Item.Fields
	}
	c.Set = p.mapping.Put(w.link.Kind, ticket.Fields{ticket.State: s.After}, c.Now)
	return c, true
}

// landWithdrawal records that the item was taken back. Its bases stay: should a person
// bring it back, the two are compared as they were.
func (e *Engine) landWithdrawal(w *work, p *peer, l store.Link, i store.Intent, item external.Item, j *journal) store.Link {
	s, _ := w.takesBack()
	if i.Verb == verbDelete {
		j.counts.DeletedOutside++
	} else {
		j.counts.PushedOutside++
		l = l.Pushed(i.DoneAt)
	}
	if p.halfway(l.Kind, ticket.State, item) {
		s.After = canonical(p, item)[ticket.State]
		j.add(w, s, halfwayThere, i.ID)
		return l
	}
	if i.Verb == verbClose && (!item.ReadBack || p.names(l.Kind, ticket.State, item.Chosen)) {
		s.After = canonical(p, item)[ticket.State] // in which the system left it, if not in the one that was asked for
	}
	j.add(w, s, "done", i.ID)
	if i.Verb == verbClose && l.TakeBack != w.link.TakeBack {
		return closedLink(l, canonical(p, item)[ticket.State])
	}
	return endedBy(i, l, w.endsAs(), s.Reason)
}

// closedLink returns the link of an item that was closed while somebody asked for it to be taken
// back: that ends it, since what the item says would stand there for ever otherwise.
func closedLink(l store.Link, state ticket.Value) store.Link {
	l.Bases = withBase(l.Bases, ticket.State, base{Local: state, External: state})
	return l
}

// withdrawnLink returns a link whose external item was taken back.
func withdrawnLink(l store.Link, cause store.Cause, reason string) store.Link {
	onward := ""
	if l.LocalID == "" && l.Cause != store.CauseMoved { // whose text it holds is to be known yet; what came back holds its own
		onward = l.Onward
		if said := onwardSaid(l); !strings.Contains(reason, said) {
			reason = and(reason, said)
		}
	}
	l = l.As(store.Withdrawn, cause, reason)
	l.TakeBack, l.Onward = "", onward
	l.Attempts, l.FirstTry, l.NextTry = 0, time.Time{}, time.Time{}
	return l
}

// undoneReason begins what people are told of whatever an undo did, and undoneLate is that of an item which one took
// back, when that is known late.
const (
	undoneReason = "undone: "
	undoneLate   = "a session took it back"
)

// endedBy returns a link whose item a call of ours took back. What it deleted since that was asked for may be
// taken out of a bin there, and is overwritten then.
func endedBy(i store.Intent, l store.Link, cause store.Cause, reason string) store.Link {
	removed := l.TakeBack != "" && i.Verb == verbDelete
	if l = withdrawnLink(l, cause, reason); removed {
		l.Unseen = outbound.Redact
	}
	return l
}

// whyEnded is why a write took an item back. Of one that the mapping carries nothing of the write has no word.
func whyEnded(l store.Link, i store.Intent) (store.Cause, string) {
	switch {
	case len(i.Changes) > 0:
		return i.Changes[0].Cause, i.Changes[0].Reason
	case l.TakeBack != "":
		return store.CauseTakenBack, takenBack + "it was asked for"
	}
	return store.CauseUndone, undoneLate
}

// landLateEnd ends a link whose item was deleted or closed by a write that is known late.
// A close that came halfway leaves the link as it is: whoever wants it asks again.
func (e *Engine) landLateEnd(ctx context.Context, tx store.Tx, l store.Link, i store.Intent, proven []store.Change) error {
	j := &journal{run: Run{SessionID: i.SessionID}}
	w := &work{link: l}
	if err := e.localOf(ctx, tx, w); err != nil {
		return err
	}
	by, err := tx.Session(ctx, i.SessionID)
	if err != nil {
		return err
	}
	asked, err := asksAboutOurs(ctx, tx, l.ID) // it may have been restored since
	if err != nil {
		return err
	}
	cause, reason := whyEnded(l, i)
	s, deleted := plan.Step{Action: plan.Withdraw, Reason: reason}, by.Kind != store.Rollback && l.State != store.Withdrawn &&
		(w.input.Local.Deleted || asked != nil && l.TakeBack == "")
	switch {
	case i.Verb == verbClose && !slices.ContainsFunc(proven, func(c store.Change) bool { return ticket.IsClosed(c.Written.Text()) }):
		for _, c := range proven {
			s.Field, s.Before, s.After = ticket.State, c.Seen, c.Written
			j.add(w, s, halfwayThere, i.ID)
		}
		return j.flush(ctx, tx, e)
	case i.Verb == verbClose && l.TakeBack != "": // perhaps since the call was made
		l = closedLink(l, closedAs(proven))
	case deleted:
		s.Action = plan.DeleteOutside
		l = buried(endedBy(i, l, store.CauseWentAlong, wentAlong), i.Verb, closedAs(proven))
	default:
		l = endedBy(i, l, cause, reason)
	}
	if i.Verb == verbClose {
		s.Field, s.Before, s.After = ticket.State, i.Changes[0].Seen, closedAs(proven) // perhaps a state on the way
	}
	j.add(w, s, knownLate, i.ID)
	return errors.Join(tx.UpdateLink(ctx, l), j.flush(ctx, tx, e))
}

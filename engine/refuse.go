package engine

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// A system may refuse a value that it is free to refuse: a state that its workflow does
// not allow, a label that its rules forbid. A call is refused as a whole and seldom says
// which field is to blame. Each refused field is marked; the next try sends a marked field
// alone (see plan), and the one that is refused again for the same value rests as a
// conflict, while all others flow. An item that is refused when it is made is made without
// what can be left out. What is refused all the same is counted against the link, which is
// quarantined in the end. A refusal that marks a value, or has one rest, begins that count
// anew: it brings the link on, and there are no more of them than values that people wrote.

// errRests says that the fields of a refused call rest from now on.
var errRests = errors.New("the refused fields rest, and wait for a person")

// noteRefusal marks the values of a refused call, or has those rest that were refused
// before. Outages, limits and permissions are nobody's values.
func (e *Engine) noteRefusal(ctx context.Context, tx store.Tx, w *work, l store.Link, i store.Intent, cause error, j *journal) (rests bool, err error) {
	if external.KindOf(cause) != external.Invalid || i.Verb != verbUpdate && i.Verb != verbCreate {
		return false, nil
	}
	bases := maps.Clone(l.Bases)
	if bases == nil {
		bases = plan.Bases{}
	}
	for _, c := range i.Changes {
		local := w.sent(c.Field)
		b, mark := bases[c.Field], plan.Mark(local)
		if i.Verb == verbUpdate || !plan.Essential(c.Field) { // the next call is another one
			l.Attempts, l.FirstTry = 0, time.Time{}
		}
		if i.Verb == verbUpdate && b.Refused == mark {
			b.Refused, rests = "", true
			d := plan.Disagreement{
				Field: c.Field, Kind: plan.Refused, Reason: answerOf(cause), Base: b, Local: local, External: c.Seen, Strategy: plan.Manual,
			}
			if err := e.raise(ctx, tx, w, d, j); err != nil {
				return false, err
			}
			j.add(w, plan.Step{Field: c.Field, Action: plan.OpenConflict, Before: c.Seen, After: local,
				Reason: "the external system refuses the value"}, "done", i.ID)
		} else {
			b.Refused = mark
		}
		bases[c.Field] = b
	}
	l.Bases = bases
	return rests, tx.UpdateLink(ctx, l)
}

// sent returns the value of a field that a call carried: as it stands here, with what a rule keeps from
// leaving, for so the plan sees it; or the notice that it was to be overwritten with.
func (w *work) sent(f ticket.Field) ticket.Value {
	if notice, is := w.redactsTo(f); is {
		return notice
	}
	return w.input.Local.Fields[f]
}

// refusedBefore reports whether an item that is about to be made was refused with a value
// of the field, which it can be made without. Another value does not make it try again:
// it follows as an edit once there is an item, which each refusal would put off.
func (w *work) refusedBefore(f ticket.Field) bool {
	return !plan.Essential(f) && w.link.Bases[f].Refused != ""
}

// maxAnswer bounds what is kept of a system's answer, in bytes.
const maxAnswer = 500

// answerOf is what the system said, for a person.
func answerOf(cause error) string {
	var vendor *external.Error
	if !errors.As(cause, &vendor) {
		return ""
	}
	said, _ := storableText(vendor.Message[:min(len(vendor.Message), maxAnswer)])
	return said
}

// keepLosses records what came back from a write different, at most once a field: a newer
// loss replaces an older one, and the same loss is not told twice.
func (e *Engine) keepLosses(ctx context.Context, tx store.Tx, w *work, losses []plan.Disagreement, j *journal) error {
	if w.undo != nil {
		return nil // what an undo brings back is parked as it came back
	}
	for _, d := range losses {
		if err := e.keepLoss(ctx, tx, w, d, j); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) keepLoss(ctx context.Context, tx store.Tx, w *work, d plan.Disagreement, j *journal) error {
	open, err := tx.LinkConflicts(ctx, w.link.ID)
	if err != nil {
		return err
	}
	digest := plan.Digest(d.Local, d.External)
	for _, c := range open {
		switch {
		case c.Field != d.Field:
		case c.Kind == store.LossyWrite && c.Digest != digest:
			return e.showAnew(ctx, tx, c, d)
		default:
			return nil // the same loss, or something that matters more
		}
	}
	last, err := tx.FindConflicts(ctx, store.ConflictFilter{LinkID: w.link.ID, Field: d.Field, Kind: store.LossyWrite}, 1)
	if err != nil {
		return err
	}
	anew := e.newConflict(w, d)
	if len(last) == 0 || last[0].Digest != digest {
		j.counts.Conflicts++
		return e.insertConflict(ctx, tx, anew)
	}
	if last[0].State != store.Converged {
		return nil // a person has seen this very loss
	}
	c := last[0] // it begins anew, for whoever is reminded of it, or has it expire
	c.State, c.ClosedAt, c.ClosedRevision = store.OpenConflict, time.Time{}, 0
	c.Choice, c.DecidedBy, c.DecidedAt = "", "", time.Time{}
	c.DetectedAt, c.Reminders, c.RemindedAt = anew.DetectedAt, 0, time.Time{}
	if err := tx.UpdateConflict(ctx, c); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.opened(c)...)
}

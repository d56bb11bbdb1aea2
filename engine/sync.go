package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// Progress is how far a Sync came.
type Progress struct {
	Tickets  int       // ticket links that were planned
	Comments int       // comment links that were planned
	More     bool      // due links are left
	RetryAt  time.Time // set when the vendor's limits stop the session until then
	Reason   string    // why, with RetryAt
}

// HeldError says that a guard stopped the session before it did what a person must allow.
type HeldError struct {
	Reason string
	Remedy string // what a person can do; empty: look, and allow it
}

// Error says what would have happened and how to allow it.
func (e *HeldError) Error() string {
	if e.Remedy != "" {
		return e.Reason + "; " + e.Remedy
	}
	return e.Reason + "; look at the plan, and resume the project with --allow to let it pass once"
}

// maxRounds bounds how often one link is planned in a row. Each round follows a
// write, and a link settles after two or three.
const maxRounds = 12

// Guard plans all that is due without writing, and fails with a HeldError when the
// sum is more than the guards allow without a person's word.
func (e *Engine) Guard(ctx context.Context, r Run, limit int) error {
	p, err := e.peer(ctx, r.ProjectID)
	if err != nil {
		return fmt.Errorf("guard: %w", err)
	}
	if p.project.Guard.All && !p.project.Restored.Open() {
		return nil
	}
	if r.Kind == store.Rollback {
		return e.guardUndo(ctx, r)
	}
	links, counts, err := e.due(ctx, r, limit)
	if err != nil {
		return fmt.Errorf("guard: %w", err)
	}
	if err := e.readDoubted(ctx, r, p, links, counts.Tickets+counts.Comments); err != nil {
		return fmt.Errorf("guard: %w", err)
	}
	t := plan.Totals{Links: counts.Tickets + counts.Comments, Previewed: -1}
	if p.project.Guard.By != "" {
		t.Previewed = p.project.Guard.Creates
	}
	for _, l := range links {
		w, err := e.gather(ctx, r, p, l.ID)
		if err != nil {
			return fmt.Errorf("guard: %w", err)
		}
		tally(&t, w)
	}
	if p.project.Restored.Open() {
		return e.guardRestored(p, t)
	}
	if reason := plan.Guard(t); reason != "" {
		return &HeldError{Reason: reason}
	}
	return nil
}

func tally(t *plan.Totals, w *work) {
	if over(w.link) { // it is only to be taken back, which a person asked for
		return
	}
	changed := false
	for _, s := range w.plan.Steps {
		switch s.Action {
		case plan.CreateOutside, plan.MakeAgain:
			t.Creates++
		case plan.DeleteHere, plan.DeleteOutside, plan.Withdraw:
			t.Deletes++
		case plan.OpenConflict:
			if s.Field == whole && w.input.External.Deleted {
				t.Gone++
			}
		case plan.Apply, plan.Push, plan.MoveOn:
			changed = true
		}
	}
	if changed {
		t.Changes++
	}
	for _, d := range w.plan.Conflicts {
		if !d.Settled && d.Kind != plan.Unmappable && d.Kind != plan.TwinNew { // which override nothing, whatever is decided
			t.Conflicts++
		}
	}
}

func (e *Engine) due(ctx context.Context, r Run, limit int) (links []store.Link, c store.LinkCounts, err error) {
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		now := e.Clock.Now()
		if c, err = tx.CountLinks(ctx, r.ProjectID, now); err != nil {
			return err
		}
		links, err = tx.DueLinks(ctx, r.ProjectID, now, limit)
		return err
	})
	return links, c, err
}

// Sync plans, applies and pushes up to limit due links, then reads the history of
// what it wrote. One failing link delays only itself; a refused credential, a newer
// session or an outage ends the call with an error.
func (e *Engine) Sync(ctx context.Context, r Run, limit int) (Progress, error) {
	var pr Progress
	p, err := e.peer(ctx, r.ProjectID)
	if err != nil {
		return pr, fmt.Errorf("sync: %w", err)
	}
	links, counts, err := e.due(ctx, r, limit)
	if err != nil {
		return pr, fmt.Errorf("sync: %w", err)
	}
	pr.More, p.links = counts.Due > len(links), counts.Tickets+counts.Comments
	var missed outages
	turn, err := e.createTogether(ctx, r, p, links, &missed)
	if err != nil {
		return pr, e.ended(e.witnessed(ctx, r, err), &pr)
	}
	err = e.syncLinks(ctx, r, p, links, turn, &missed, &pr)
	if err == nil {
		err = e.syncBehind(ctx, r, p, links, turn, &missed, &pr)
	}
	if err != nil {
		return pr, e.ended(e.witnessed(ctx, r, err), &pr)
	}
	if err := errors.Join(e.auditWrites(ctx, r, p), p.unlessShut()); err != nil {
		return pr, e.ended(e.witnessed(ctx, r, err), &pr)
	}
	return pr, nil
}

// syncLinks synchronises links one after the other, but for those that have had their turn.
func (e *Engine) syncLinks(ctx context.Context, r Run, p *peer, links []store.Link, turn map[string]bool, missed *outages, pr *Progress) error {
	for _, l := range links {
		if turn[l.ID] {
			continue
		}
		if r.Enough != nil && r.Enough() {
			pr.More = true
			break
		}
		r.beat()
		if missed.silent(l) {
			if _, err := e.delay(ctx, r, l.ID, e.Clock.Now().Add(restlessDelay)); err != nil {
				return err
			}
			continue
		}
		err := e.syncLink(ctx, r, p, l.ID)
		if l.Kind == external.KindTicket {
			pr.Tickets++
		} else {
			pr.Comments++
		}
		if err == nil {
			missed.over()
			continue
		}
		if err = e.linkFailed(ctx, r, p, l, err, missed); err != nil {
			return err
		}
	}
	return nil
}

// ended turns what ends a Sync early into progress where it is no failure.
func (e *Engine) ended(err error, pr *Progress) error {
	var paced *PacedError
	if errors.As(err, &paced) {
		pr.RetryAt, pr.Reason, pr.More = paced.RetryAt, paced.Reason, true
		return nil
	}
	return fmt.Errorf("sync: %w", err)
}

// syncLink plans one link, carries the plan out, and plans again until there is
// nothing left to do.
func (e *Engine) syncLink(ctx context.Context, r Run, p *peer, linkID string) error {
	known, tookBack := certainty{looked: !p.readable(), proved: !p.readable(), met: !p.readable()}, false
	for range maxRounds {
		w, err := e.gather(ctx, r, p, linkID)
		if errors.Is(err, errNoLink) {
			return nil // a stub that a look has joined with the link that made its item
		}
		if err != nil {
			return err
		}
		if w.link.TakeBack != "" && w.wait == "" {
			switch {
			case p.isShut():
				return p.shut
			case !tookBack:
				if err := e.takeBack(ctx, r, p, linkID); err != nil {
					return err
				}
				tookBack = true
				continue // what may still flow does
			case !p.project.Restored.Open():
				return nil // it rests, or waits
			}
			// It waits for the release, and what may still flow is planned under its hold.
		}
		if err := p.shutOut(w, known.letIn); err != nil {
			return err
		}
		switch next, err := e.ascertain(ctx, r, p, w, &known); {
		case err != nil || next == restUntilAsked:
			return err
		case next == planAgain:
			continue
		}
		known.letIn = p.isShut()
		done, wrote, err := e.carryOn(ctx, r, p, w)
		if done {
			return err
		}
		switch {
		case errors.Is(err, store.ErrStale), errors.Is(err, errRests):
			continue // someone edited the ticket meanwhile, or what was refused rests: plan again
		case errors.Is(err, errTaken):
			return nil // there is nothing outside any more, and nothing to be made
		case err != nil:
			return err
		}
		// What was just written outside came back with the answer; before another
		// write the item is looked at again.
		known.looked = !p.readable() || known.looked && !wrote
	}
	_, err := e.delay(ctx, r, linkID, e.Clock.Now().Add(restlessDelay))
	return err
}

// certainty is what the rounds of one link know for certain of its external item.
type certainty struct {
	looked bool // it was read since our last write
	proved bool // if it is gone, that was proved
	met    bool // what is about to be linked was read
	under  bool // so was its ticket, since it was read itself
	letIn  bool // what came in of it did, while nothing may be written to its project
}

// looks notes that the item is read anew. What was proved before, of an item that showed since, proves
// nothing of one that cannot be seen now.
func (c *certainty) looks(p *peer) { c.looked, c.proved, c.under = true, !p.readable(), false }

// further says how a round goes on once its item was looked at.
type further int

const (
	carryPlanOut further = iota
	planAgain
	restUntilAsked
)

// ascertain looks at the external item where the plan rests on doubt, writes to it, carries
// out what a person decided: he meant the value that he was shown; or is of one that could not be made here before;
// fetches the times of a disputed field, and proves that an item is gone.
func (e *Engine) ascertain(ctx context.Context, r Run, p *peer, w *work, known *certainty) (further, error) {
	// A webhook may cast doubt on what was just looked at: nothing is planned then, which
	// does not mean that there is nothing to do.
	doubt := p.doubts(w) && w.wait == ""
	if doubt || !known.looked && (writesOutside(w.plan) || decidesHere(w.plan) || w.wasUntold()) {
		known.looks(p)
		return planAgain, e.look(ctx, r, p, w)
	}
	if w.enquiry != nil {
		return e.enquire(ctx, r, p, w)
	}
	if !known.under && w.mayBeSecluded(p) {
		known.under = true
		return planAgain, e.readAll(ctx, r, p, []external.Ref{refOf(w.parent)})
	}
	if err := e.date(ctx, r, p, w); err != nil {
		return carryPlanOut, err
	}
	if !known.met && w.twin != nil && len(w.plan.Of(plan.Link)) > 0 { // it may have gone elsewhere since it was asked about
		known.met = true
		if err := e.readAll(ctx, r, p, []external.Ref{w.twin.item.Ref}); err != nil {
			return carryPlanOut, err
		}
		return planAgain, e.readRemarks(ctx, r, p, w.twin.there)
	}
	if !concludesGone(w) || known.proved {
		return carryPlanOut, nil
	}
	proved, err := e.prove(ctx, r, p, w)
	if known.proved = proved; err != nil || !proved {
		return restUntilAsked, err
	}
	return planAgain, nil
}

// carryOn carries a plan out, or settles a link about which there is nothing to do; done
// says that nothing more is to be planned.
func (e *Engine) carryOn(ctx context.Context, r Run, p *peer, w *work) (done, wrote bool, err error) {
	switch {
	case w.isReleased(p):
		return false, false, e.releaseAlone(ctx, r, w)
	case w.wait != "" || w.plan.Idle() || !w.link.Active():
		return true, false, e.settle(ctx, r, w)
	case writesOutside(w.plan) && w.link.Fights(e.Clock.Now()):
		return true, false, e.breakLoop(ctx, r, w)
	}
	if err := e.capped(ctx, r, p, w); err != nil {
		return true, false, err
	}
	if len(w.plan.Of(plan.MoveOn)) > 0 {
		done, err = e.follow(ctx, r, p, w)
		return done, false, err
	}
	if wrote, err = e.carryOut(ctx, r, p, w); err != nil && p.mayNot(w, err) {
		return false, true, nil
	}
	return false, wrote, err
}

// restlessDelay is how long a link rests that did not settle within maxRounds,
// because people kept editing it meanwhile.
const restlessDelay = 10 * time.Second

// writesOutside reports whether a plan changes an external item that exists.
func writesOutside(p plan.Plan) bool {
	return slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return isWriteOutside(s.Action) })
}

// isWriteOutside reports whether a step of that kind changes an external item that exists.
func isWriteOutside(a plan.Action) bool {
	switch a {
	case plan.Push, plan.DeleteOutside, plan.Withdraw, plan.Redact:
		return true
	}
	return false
}

// decidesHere reports whether a plan carries out what a person decided on a field, or brings an
// item back as it is outside.
func decidesHere(p plan.Plan) bool {
	return slices.ContainsFunc(p.Steps, func(s plan.Step) bool {
		return s.Action == plan.Decide && s.Reason == plan.PersonDecided || s.Action == plan.Revive
	})
}

// look reads the external item directly and stores what it shows.
func (e *Engine) look(ctx context.Context, r Run, p *peer, w *work) error {
	return e.readAll(ctx, r, p, []external.Ref{w.itsRef()})
}

// itsRef is by what the external item is read.
func (w *work) itsRef() external.Ref {
	ref := external.Ref{Kind: w.link.Kind, ID: w.link.ExternalID, Key: w.link.ExternalKey}
	if w.link.Kind == external.KindComment {
		if ref.Parent = w.parent.ExternalKey; ref.Parent == "" {
			ref.Parent = w.link.ParentKey
		}
	}
	return ref
}

// settle marks a link clean as of the plan that found nothing to do.
func (e *Engine) settle(ctx context.Context, r Run, w *work) error {
	j := &journal{run: r}
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		for _, s := range w.plan.Steps {
			if w.plan.Idle() { // what is not carried out is not told of: an undo would take it for done
				j.add(w, s, "", "")
			}
			switch s.Action {
			case plan.Drift:
				j.counts.Drift++
			case plan.Withhold:
				j.counts.Withheld++
			}
		}
		unfit := w.plan.Of(plan.Unfit)
		if err := e.settleUnmade(ctx, tx, w, j); err != nil {
			return err
		}
		l, err := tx.LinkForUpdate(ctx, w.link.ID)
		if errors.Is(err, store.ErrNotFound) {
			return nil // a stub that was joined with the link that made its item
		}
		if err != nil {
			return err
		}
		if w.wait != "" {
			j.add(w, plan.Step{Action: plan.Nothing, Reason: w.wait}, "", "")
			if !w.waitTil.IsZero() {
				if w.wait == unreadRemarks {
					l, _ = tried(l, e.Clock.Now())
				}
				l.NextTry = e.restsTill(w)
				return errors.Join(e.wakeTwin(ctx, tx, w), tx.UpdateLink(ctx, l), j.flush(ctx, tx, e))
			}
			l = w.rests(l)
		}
		l = w.afterFailures(l)
		l.Held = l.Held && !w.wasHeld()
		if len(unfit) > 0 && l.Active() && w.wait == "" && l.DirtyRev == w.link.DirtyRev {
			// It is not made. A person finds it in the queue, by the field that keeps it from being
			// made, and among the quarantined; an edit, or other settings, try it again.
			l = l.As(store.Quarantined, store.NoCause, unfitReason(unfit[0]))
			j.counts.Quarantined++
		}
		l = w.stillGone(l)
		if err := tx.UpdateLink(ctx, l); err != nil {
			return err
		}
		if err := tx.MarkClean(ctx, l.ID, w.link.DirtyRev); err != nil {
			return err
		}
		return j.flush(ctx, tx, e)
	})
}

// rests returns a link that waits, with what is to be kept in mind of that. One that is over waits for
// nobody: what ended it, a person who had its ticket made again, say, is not asked once more.
func (w *work) rests(l store.Link) store.Link {
	switch {
	case over(l):
	case w.parks(l):
		l = l.As(store.ParkedLink, causeOfWait(w.wait), w.wait)
		l.Held = l.Held && w.wait != heldBack && w.wait != heldGone // who tries it again has looked
	case w.wait == comesLate:
		l = l.As(l.State, causeOfWait(w.wait), w.wait)
	}
	return l
}

// parks reports whether a link that waits does so until a person does something. An item
// that looks like a ticket is looked at once more where something has happened to it.
func (w *work) parks(l store.Link) bool {
	switch w.wait {
	case secondHolder, madeElsewhere, lostOwner, maybeOwner, heldBack, heldGone:
		return true
	case heldTwin:
		return l.DirtyRev == w.link.DirtyRev
	}
	return false
}

// restsTill is when a link that waits is planned again: what should have been found out by now
// is up to the next repair, and holds up nobody meanwhile.
func (e *Engine) restsTill(w *work) time.Time {
	if now := e.Clock.Now(); !w.waitTil.After(now) {
		return now.Add(restlessDelay)
	}
	return w.waitTil
}

// lockEdits keeps people from editing: an edit made since the plan has marked the link by
// now, and one made later finds it set aside.
func lockEdits(ctx context.Context, tx store.Tx, w *work) (err error) {
	if w.ticket.ID != "" {
		_, err = tx.TicketForUpdate(ctx, w.ticket.ID)
	}
	if err == nil && w.comment != nil {
		_, err = tx.CommentForUpdate(ctx, w.comment.ID)
	}
	return err
}

func unfitReason(s plan.Step) string {
	if s.Field == "" {
		return s.Reason
	}
	return string(s.Field) + ": " + s.Reason
}

package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// When less may leave than before, what is outside stays there unless a person, or the
// project's rules, say otherwise. Then each link that is concerned remembers how it is to
// be taken back (store.Link.TakeBack), and the project's next session does it, before
// anything else of that link is planned:
//
//   - an item that may not be there any more, and that we made, is deleted (remove), or its
//     title, its texts and its labels are overwritten (redact), and the link is withdrawn;
//     a ticket on which others commented, or may have, is overwritten and closed: what they
//     said is theirs, and would go with it;
//   - of one that others made, only what we wrote and what still stands as we wrote it is
//     overwritten, and the link is withdrawn;
//   - of one that was withdrawn before, since an undo closed it say, what it still says is
//     overwritten, or it is deleted, likewise; its link stays withdrawn whatever may leave by then;
//   - of one that may stay, the fields that a rule keeps here are overwritten likewise, and
//     the rest goes on.
//
// What is overwritten with says nothing of the ticket. Each write is an intent like any
// other; what was asked for is forgotten only when nothing is left to be done, so that a
// crash in between does no harm. An item that may leave again meanwhile is left alone.

// Withdrawal says what was asked to be taken back.
type Withdrawal struct {
	How   outbound.TakeBack // for the projects that differ: the strongest
	Items int               // tickets and comments outside that are looked at, at most
	// Cannot lists what no vendor takes back.
	Cannot []string
	// Passages says that passages are kept here from now on. Of a text that stays nothing is taken back.
	Passages bool
}

// cannotTakeBack is what stays outside whatever is overwritten or deleted.
func cannotTakeBack() []string {
	return []string{
		"the history that the external system keeps of earlier texts",
		"e-mails and webhooks that it sent, and what people copied",
		"in items that others made: titles, texts and labels that others wrote or changed there",
		"of what is overwritten and not deleted: who and what else is named beside them, such as people, priority, dates, sprint and milestone",
	}
}

// retracts reports whether the plan takes something back, and carries nothing outside.
func (w *work) retracts() bool {
	_, whole := w.takesBack()
	return whole || len(w.plan.Of(plan.Redact)) > 0
}

// incorporated is the local value that the other side has once the plan is carried out.
// Where a value is taken back that is the notice: whatever is here is then an edit, which
// goes out should it ever be let out again.
func (w *work) incorporated(f ticket.Field) ticket.Value {
	if notice, is := w.redactsTo(f); is {
		return notice
	}
	return w.leaving(f)
}

// redactsTo returns what a plan overwrites a field with to take it back, if it does.
func (w *work) redactsTo(f ticket.Field) (notice ticket.Value, is bool) {
	for _, s := range w.plan.Of(plan.Redact) {
		if s.Field == f {
			return s.After, true
		}
	}
	return notice, false
}

// takeBack takes back what of a link may not be outside any more.
func (e *Engine) takeBack(ctx context.Context, r Run, p *peer, linkID string) error {
	r.retracts = true
	known := certainty{looked: !p.readable(), proved: !p.readable()}
	for range maxRounds {
		w, err := e.gather(ctx, r, p, linkID)
		if errors.Is(err, errNoLink) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case w.wait != "":
			return e.settle(ctx, r, w)
		case w.link.TakeBack == "" || w.link.ExternalID == "":
			return e.tookBack(ctx, r, p, w, nil)
		case p.project.Restored.Open(): // its release has every link planned again
			w.plan, w.wait = plan.Plan{}, takeBackHeld
			return e.settle(ctx, r, w)
		}
		switch next, err := e.ascertainStanding(ctx, r, p, w, &known); {
		case err != nil || next == restUntilAsked:
			return err
		case next == planAgain:
			continue
		}
		done, wrote, err := e.retract(ctx, r, p, w)
		if done || err != nil {
			return err
		}
		known.looked = !p.readable() || known.looked && !wrote
	}
	_, err := e.delay(ctx, r, linkID, e.Clock.Now().Add(restlessDelay))
	return err
}

// ascertainStanding looks at what stands outside before anything of it is taken back. What
// a reading does not show may be merely out of sight, with all that it says; what was moved
// is taken back where it is now.
func (e *Engine) ascertainStanding(ctx context.Context, r Run, p *peer, w *work, known *certainty) (next further, err error) {
	switch {
	case !known.looked || p.doubts(w):
		known.looks(p)
		return planAgain, e.look(ctx, r, p, w)
	case w.onward != nil:
		if done, err := e.follow(ctx, r, p, w); done {
			return restUntilAsked, err
		}
		return planAgain, nil
	case w.seen != nil && w.seen.Item.Gone && !known.proved:
		if known.proved, err = e.prove(ctx, r, p, w); err != nil || !known.proved {
			return restUntilAsked, err
		}
		return planAgain, nil
	}
	return carryPlanOut, nil
}

// retract writes what is to be written next to take a link back; done says that nothing is
// left to be. What somebody edited meanwhile, or what was refused, is planned again.
func (e *Engine) retract(ctx context.Context, r Run, p *peer, w *work) (done, wrote bool, err error) {
	if w.uncarried, err = e.uncarriedBy(ctx, p, w); err != nil {
		return false, false, err
	}
	steps, left := e.retraction(p, w)
	if w.stays = left; len(steps) == 0 {
		return true, false, e.tookBack(ctx, r, p, w, left)
	}
	wrote, err = e.overwrite(ctx, r, p, w, steps)
	if errors.Is(err, store.ErrStale) || errors.Is(err, errRests) || err != nil && p.mayNot(w, err) {
		return false, wrote, nil
	}
	return false, wrote, err
}

// overwrite carries out steps by which a link is taken back.
func (e *Engine) overwrite(ctx context.Context, r Run, p *peer, w *work, steps []plan.Step) (wrote bool, err error) {
	w.plan = plan.Plan{Steps: steps}
	w.plan.SendAlone(w.input)
	w.plan.Conflicts = w.unseen(w.plan.Steps)
	return e.carryOut(ctx, r, p, w)
}

// takenBackBefore adopts what a database does not know any more that was restored from a
// backup: an item was taken back, and its twin shows our notice. That is nobody's edit; nor
// are what was emptied beside it and the state in which it was left.
func (w *work) takenBackBefore() {
	notice := ticket.Text(outbound.Notice)
	moved := func(f ticket.Field) bool {
		return !w.input.Normalize(f, w.link.Bases[f].External).Equal(w.input.Normalize(f, w.input.External.Fields[f]))
	}
	if !w.input.Linked || !slices.ContainsFunc(w.input.Rules, func(r plan.Rule) bool {
		return w.input.External.Fields[r.Field].Equal(notice) && moved(r.Field)
	}) {
		return
	}
	w.plan = plan.Plan{}
	for _, r := range w.input.Rules {
		there := w.input.External.Fields[r.Field]
		ours := there.Equal(notice) || there.IsEmpty() || r.Field == ticket.State && ticket.IsClosed(there.Text())
		if !ours || !moved(r.Field) {
			continue
		}
		here := w.input.Local.Fields[r.Field]
		w.plan.Steps = append(w.plan.Steps, plan.Step{Field: r.Field, Action: plan.Adopt, Before: here, After: here,
			Base: base{Local: there, External: there}, Reason: "it was taken back before, and nothing here knows of it any more"})
	}
}

// standsAsOurs reports whether a comment is ours and nobody edited it since.
func (p *peer) standsAsOurs(l store.Link, item external.Item) bool {
	if p.mapping.Rule(l.Kind, ticket.Body) == nil {
		return l.Made && !p.editedUncarried(l, item)
	}
	norm := p.normalize(l.Kind)
	there, met := canonical(p, item)[ticket.Body], l.Bases[ticket.Body].External
	return l.Made && norm(ticket.Body, there).Equal(norm(ticket.Body, met))
}

// What people are told of an item that was taken back, and of what was not.
const (
	takenBack = "taken back: "
	leftThere = "left: "
)

// takeBackHeld is why nothing is taken back of a restored project.
const takeBackHeld = "it was asked to be taken back before the backup, and may have been let out again since: it waits until a person releases the project"

// retraction returns what is to be written next to take a link back, and the fields that
// are left as they are although they may not be there.
func (e *Engine) retraction(p *peer, w *work) (steps []plan.Step, left []string) {
	if w.seen == nil || w.seen.Item.Gone {
		return nil, nil
	}
	whole := !w.input.Verdict.Out
	if steps = p.removal(w, whole); len(steps) > 0 {
		return steps, nil
	}
	for _, rule := range w.input.Rules {
		there := w.input.External.Fields[rule.Field]
		after, concerned := w.notice(rule, whole)
		if !concerned || there.IsEmpty() || there.Equal(after) {
			continue
		}
		if why := w.staysAsItIs(rule, there, after); why != "" {
			left = append(left, string(rule.Field)+", "+why)
			continue
		}
		steps = append(steps, plan.Step{Field: rule.Field, Action: plan.Redact, Before: there, After: after,
			Reason: takenBack + redactReason(rule, w)})
	}
	for _, f := range w.uncarried {
		left = append(left, string(f)+", which the mapping carries no more: look there, and remove it by hand")
	}
	if len(steps) == 0 && whole && w.link.Made && w.link.TakeBack == outbound.Remove && w.link.Kind == external.KindTicket {
		reason := and("taken back: "+w.input.Verdict.Reason, w.staysThere(left))
		if p, err := p.withdrawal(w, reason, false); err == nil {
			return p.Steps, left
		}
	}
	return steps, left
}

// uncarriedBy returns what of an item that may not be there as a whole we wrote under an earlier mapping, and
// the one in force does not carry: a title, a text, labels or a field of a project's own. Nothing is written there.
func (e *Engine) uncarriedBy(ctx context.Context, p *peer, w *work) (fields []ticket.Field, err error) {
	if w.input.Verdict.Out {
		return nil, nil
	}
	var steps []store.Step
	err = e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		steps, err = pushesOf(ctx, tx, w)
		return err
	})
	last := map[ticket.Field]bool{} // they come newest first
	for _, s := range steps {
		if last[s.Field] {
			continue
		}
		last[s.Field] = true
		_, custom := s.Field.CustomName()
		says := custom || s.Field == ticket.Title || s.Field == ticket.Body || s.Field == ticket.Labels
		if says && !s.After.IsEmpty() && p.mapping.Rule(w.link.Kind, s.Field) == nil {
			fields = append(fields, s.Field)
		}
	}
	slices.Sort(fields)
	return fields, err
}

// removal deletes an item that we made and that may not be there as a whole, where that was asked for; not
// if others wrote there what only some may see: it would go, or be kept where everybody sees it. Nor if they
// edited a text, or labels, that are not mapped any more: nobody would know what they wrote.
func (p *peer) removal(w *work, whole bool) []plan.Step {
	if !whole || !w.link.Made || w.link.TakeBack != outbound.Remove || !p.deletes(w.link) {
		return nil
	}
	steps := []plan.Step{{Action: plan.Withdraw, Reason: takenBack + w.input.Verdict.Reason}}
	unread := p.editedUncarried(w.link, w.seen.Item)
	if unread || w.restricted() != "" && len(w.unseen(steps)) > 0 {
		p.keep(w.link.ID)
		return nil
	}
	return steps
}

// unseen returns what a person wrote outside since both sides met, and that is about to
// be overwritten or deleted: it stays in the queue, like any edit that a write of ours
// replaced. Labels of theirs are lost only with the whole item.
func (w *work) unseen(steps []plan.Step) (out []plan.Disagreement) {
	for _, rule := range w.input.Rules {
		deleted := slices.ContainsFunc(steps, func(s plan.Step) bool { return s.Action == plan.Withdraw && s.Field == "" })
		concerned := deleted || slices.ContainsFunc(steps, func(s plan.Step) bool { return s.Field == rule.Field })
		there, b := w.input.External.Fields[rule.Field], w.link.Bases[rule.Field]
		moved := !w.input.Normalize(rule.Field, there).Equal(w.input.Normalize(rule.Field, b.External))
		if there.IsSet() {
			moved = deleted && len(there.Minus(b.External)) > 0
		}
		_, says := w.notice(rule, true) // of the rest, a system fills in much by itself
		if concerned && says && moved && rule.Field != ticket.State && !there.IsEmpty() && !there.Equal(ticket.Text(outbound.Notice)) {
			out = append(out, plan.Disagreement{Field: rule.Field, Kind: plan.Overwritten, Sticky: true, Base: b,
				Local: w.input.Local.Fields[rule.Field], External: there, Strategy: plan.Manual})
		}
	}
	return out
}

func redactReason(rule plan.Rule, w *work) string {
	if rule.Withheld != "" {
		return rule.Withheld
	}
	return w.input.Verdict.Reason
}

// notice returns what a field is overwritten with, and whether it is concerned at all. Of
// a whole item these are its title, its texts and its labels; what else it holds says
// little, and a tracker may not let it be empty.
func (w *work) notice(rule plan.Rule, whole bool) (after ticket.Value, concerned bool) {
	_, custom := rule.Field.CustomName()
	prose := rule.Prose || rule.Field == ticket.Title || rule.Field == ticket.Body
	concerned = w.rules.Keeps(rule.Field) && w.link.Kind == external.KindTicket
	if whole {
		concerned = concerned || prose || custom || rule.Field == ticket.Labels
	}
	switch there := w.input.External.Fields[rule.Field]; {
	case prose:
		return ticket.Text(outbound.Notice), concerned
	case there.IsSet(): // what others put in there, and nobody here has seen, is theirs
		return ticket.Set(there.Minus(w.link.Bases[rule.Field].External)...), concerned
	}
	return ticket.Value{}, concerned
}

// refusesNotice reports whether a field rests because its system refused to have it overwritten. That it
// refused another value before says nothing of the notice.
func (w *work) refusesNotice(f ticket.Field, after ticket.Value) bool {
	c, open := w.conflicts[f]
	return open && c.Kind == store.RefusedOutside && c.Local.Equal(after)
}

// mayRedact reports whether a value outside is ours to be overwritten. One that others changed where only
// some may see it is not, though we made its item: it would be kept here.
func (w *work) mayRedact(rule plan.Rule, there, after ticket.Value) bool {
	if rule.Field == ticket.State {
		return false // an item always has a state
	}
	b := w.link.Bases[rule.Field]
	asMet := w.input.Normalize(rule.Field, there).Equal(w.input.Normalize(rule.Field, b.External))
	ours := b.Ours && asMet || w.link.Made && (asMet || there.IsSet() || w.restricted() == "")
	return ours && !rule.ReadOnly && w.input.Refuses(rule.Field, after) == ""
}

// tookBack notes that nothing is left to be taken back, and what stays outside.
func (e *Engine) tookBack(ctx context.Context, r Run, p *peer, w *work, left []string) error {
	j := &journal{run: r}
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		if err := lockEdits(ctx, tx, w); err != nil {
			return err
		}
		l, err := tx.LinkForUpdate(ctx, w.link.ID)
		if err != nil || l.TakeBack == "" {
			return err
		}
		if l.DirtyRev != w.link.DirtyRev {
			return nil // something moved meanwhile: it is looked at again
		}
		how := l.TakeBack
		stayed := w.staysThere(left)
		step, outcome := plan.Step{Action: plan.Nothing, Reason: and("nothing more is taken back", stayed)}, ""
		if l.TakeBack = ""; !w.input.Verdict.Out && l.ExternalID != "" {
			step, outcome = plan.Step{Action: plan.Withdraw, Reason: takenBack + w.input.Verdict.Reason}, cmp.Or(stayed, "done")
			l = inPart(withdrawnLink(l, store.CauseTakenBack, and(step.Reason, stayed)), left)
			j.counts.TakenBack++
		} else if over(l) {
			l = inPart(overAsBefore(l, stayed), left)
		}
		// An item that it had before, or that a create makes late, may show yet.
		if l.Unseen = ""; w.isUnseen() || l.ExternalID == "" && !w.input.Verdict.Out {
			l.Unseen = outbound.Redact
		}
		j.add(w, step, outcome, "")
		if err := tx.UpdateLink(ctx, l); err != nil {
			return err
		}
		if err := tx.MarkDirty(ctx, l.ID); err != nil { // whatever may flow again flows
			return err
		}
		if over(l) {
			if err := errors.Join(e.endAsked(ctx, tx, p, w, j), e.overAt(ctx, tx, l), e.letGo(ctx, tx, p, w)); err != nil {
				return err
			}
		}
		if err := e.auditTakeBack(ctx, tx, l, how, left); err != nil {
			return err
		}
		return j.flush(ctx, tx, e)
	})
}

// overAsBefore returns a link that is over of whose item a part was taken back, or nothing, with what stays there.
func overAsBefore(l store.Link, stayed string) store.Link {
	if isTombstone(l) {
		l.State = store.Tombstone
	}
	if stayed != "" {
		l = besides(staysAway(l), stayed)
	}
	return l
}

// endAsked closes the question what becomes of a ticket one side of which is deleted, as its item comes
// to its end. Where that is taken back, it is no answer: what a person has decided about ours is carried
// out all the same, be it while the call was on its way that ends the item.
func (e *Engine) endAsked(ctx context.Context, tx store.Tx, p *peer, w *work, j *journal) error {
	if err := hear(ctx, tx, w); err != nil {
		return err
	}
	if w.link.TakeBack == "" && !w.buries() {
		return e.closeWhole(ctx, tx, w.link.ID, store.Resolved, j)
	}
	s, answered := w.answerHere()
	switch {
	case !answered && w.link.TakeBack == "" && !w.buriesUnlinked():
		return e.closeWhole(ctx, tx, w.link.ID, store.Resolved, j)
	case !answered:
		return e.closeWhole(ctx, tx, w.link.ID, store.Converged, j)
	}
	j.add(w, s, "done", "")
	if s.Action == plan.DeleteHere {
		j.counts.DeletedHere++
	}
	return errors.Join(e.setDeleted(ctx, tx, p, w, s.Action == plan.DeleteHere), e.closeWhole(ctx, tx, w.link.ID, store.Resolved, j))
}

// answerHere is the step by which what a person decided about a ticket, one side of which is deleted, is
// carried out on ours. It is planned anew, for by now the plan says how its item is taken back.
func (w *work) answerHere() (s plan.Step, is bool) {
	if asked := w.input.Whole; asked == nil || !asked.Decided {
		return s, false
	}
	s = plan.Make(w.input).Steps[0]
	return s, s.Action == plan.DeleteHere || s.Action == plan.Revive
}

// auditTakeBack notes how a link was taken back, and what is left of it outside.
func (e *Engine) auditTakeBack(ctx context.Context, tx store.Tx, l store.Link, how outbound.TakeBack, left []string) error {
	return tx.AppendAudit(ctx, store.AuditEntry{
		ProjectID: l.ProjectID, At: e.Clock.Now(), Actor: "sync", Action: "withdraw", Subject: l.ID,
		Detail: fmt.Sprintf("how=%s state=%s left=%s", how, l.State, strings.Join(left, ",")),
	})
}

// leaveWithdrawn gives up taking back what still stands of a link that is over, and says so: nobody puts such a
// link back to work, but whoever asks once more.
func (e *Engine) leaveWithdrawn(ctx context.Context, tx store.Tx, l store.Link, cause *external.Error) (store.Link, error) {
	how, left := l.TakeBack, "what it says, since the external system refuses ("+string(cause.Kind)+"): remove it there by hand"
	reason, _, _ := strings.Cut(l.Reason, "; "+leftThere) // what was told before of what is left
	l = inPart(withdrawnLink(l, staysAway(l).Cause, and(reason, leftThere+left)), []string{left})
	return l, e.auditTakeBack(ctx, tx, l, how, []string{left})
}

// staysThere is what is not taken back of an item, in words. One that was moved and that its link did
// not follow stands as it is: it is not connected where it is now, or its ticket has another item there.
func (w *work) staysThere(left []string) string {
	switch {
	case len(left) > 0:
		return leftThere + strings.Join(left, "; ")
	case w.isUnseen() && w.seen.Item.MovedTo != "":
		return "it was moved to " + w.seen.Item.MovedTo + ", and stands there as it was; remove it there by hand"
	case w.isUnseen():
		return outOfSight
	}
	return ""
}

// and returns a reason with what there is to say besides.
func and(reason, stayed string) string {
	if stayed == "" {
		return reason
	}
	return reason + "; " + stayed
}

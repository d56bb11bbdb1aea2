package engine

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

type base = plan.Base

// work is what is known of one link, read in one transaction, and its plan.
type work struct {
	restored   bool            // it is planned under the hold of a restored database
	retracting bool            // it is planned to be taken back, and for nothing else
	brings     map[string]bool // see Run
	link       store.Link
	parent     store.Link         // of a comment
	under      *store.Observation // the item of a comment's ticket; nil: it has none that was seen
	ticket     ticket.Ticket
	comment    *ticket.Comment
	grants     []ticket.Grant
	rules      outbound.Rules // under which it was planned
	said       store.Project  // what people had said of the project by then
	screen     outbound.Screen
	seen       *store.Observation
	conflicts  map[ticket.Field]store.Conflict
	input      plan.Input
	plan       plan.Plan
	containers []external.Container // that the outward steps name
	patched    bool                 // carrying it out changed the local side
	moot       bool                 // it comes to no call
	undo       *undoing             // it undoes what a session did
	onward     *onward              // where its link goes on; nil: here
	enquiry    *enquiry             // nil: nothing is to be read elsewhere first
	twin       *double              // the ticket and an item outside look like one
	remarks    int                  // comments of a deleted ticket that are known outside
	unread     bool                 // of which some have not come in yet
	uncarried  []ticket.Field       // see uncarriedBy
	stays      []string             // what is not taken back of its item as that is closed

	former  string    // the id of what the link stood for that left it, see stoodFor
	missing string    // the ticket that a reference names and that has no twin yet
	wait    string    // why it cannot be planned now, for the journal
	waitTil time.Time // when it can; zero: when something marks it dirty
}

// doubtful reports whether the stored state of the external item must be read anew
// before anything is planned on it.
func (w *work) doubtful() bool {
	return w.link.ExternalID != "" && (w.seen == nil || w.seen.Hash == "")
}

// doubts reports whether an item must be read before anything is planned: one that cannot
// be read is never in doubt, whoever casts it.
func (p *peer) doubts(w *work) bool { return p.readable() && w.doubtful() }

// errNoLink says that a link does not exist any more.
var errNoLink = errors.New("the link was joined with another one")

// gather reads a link and plans it.
func (e *Engine) gather(ctx context.Context, r Run, p *peer, linkID string) (*work, error) {
	w := &work{}
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		*w = work{retracting: r.retracts, brings: r.brings}
		if err := e.gatherAll(ctx, tx, r, p, w, linkID); err != nil || !r.peek {
			return err
		}
		return errLooked
	})
	if err = looked(err); err != nil {
		return nil, err
	}
	p.planned = w.link
	if shows(p.opened, p.project) { // what it lists and reads would be as the settings of before say
		if err := e.open(ctx, p); err != nil {
			return nil, err
		}
	}
	if w.wait == "" && !p.doubts(w) {
		w.input = e.input(p, w)
		w.plan = plan.Make(w.input)
		w.takenBackBefore()
		p.endPlan(w)
		if r.Kind != store.Rollback { // an undo has a plan of its own, and goes before what this one would wait for
			e.awaitComments(p, w)
			e.awaitFollow(p, w)
		}
		if w.isHeld(p, r.Kind) {
			return w, e.hold(ctx, p, w)
		}
	}
	return w, nil
}

// gatherAll reads all that there is to a link.
func (e *Engine) gatherAll(ctx context.Context, tx store.Tx, r Run, p *peer, w *work, linkID string) error {
	project, err := e.fence(ctx, tx, r)
	if err != nil {
		return err
	}
	p.project = project
	w.rules, w.screen, w.said = project.Rules, outbound.NewScreen(project.Rules), project
	if w.link, err = tx.Link(ctx, linkID); errors.Is(err, store.ErrNotFound) {
		return errNoLink
	} else if err != nil {
		return err
	}
	if err := e.gatherSides(ctx, tx, p, w); err != nil || w.wait != "" {
		return err
	}
	if err := e.gatherConflicts(ctx, tx, w); err != nil {
		return err
	}
	if err := errors.Join(e.gatherTwin(ctx, tx, p, w), e.awaitOwn(ctx, tx, p, w)); err != nil || w.wait != "" {
		return err
	}
	if w.missing, err = e.gatherReferences(ctx, tx, p, w); err != nil || w.twin != nil {
		return err // what exists outside already waits for nobody there
	}
	return awaitReference(ctx, tx, w, w.missing)
}

// errLooked undoes the transaction in which a link was only looked at: what is found out there
// as a session would find it out may have other links read again, and looking changes nothing.
var errLooked = errors.New("nothing is changed by looking")

// looked takes errLooked for what it is.
func looked(err error) error {
	if errors.Is(err, errLooked) {
		return nil
	}
	return err
}

func (e *Engine) gatherSides(ctx context.Context, tx store.Tx, p *peer, w *work) error {
	if err := e.gatherIntents(ctx, tx, w); err != nil || w.wait != "" {
		return err
	}
	if w.link.State == store.Withdrawn {
		former, err := stoodFor(ctx, tx, w.link)
		if w.former = former; err != nil {
			return err
		}
	}
	if w.link.ExternalID != "" {
		o, err := tx.Observation(ctx, w.link.ProjectID, w.link.Kind, w.link.ExternalID)
		if err == nil {
			w.seen = &o
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	if err := e.awaitOwner(ctx, tx, p, w); err != nil || w.wait != "" {
		return err
	}
	if err := e.gatherLocal(ctx, tx, w); err != nil || w.wait != "" {
		return err
	}
	if w.localID() == "" && w.seen != nil {
		return e.gatherStub(ctx, tx, p, w)
	}
	if w.comment != nil {
		return e.findSaid(ctx, tx, p, w)
	}
	return e.gatherMove(ctx, tx, p, w)
}

// gatherIntents makes a link wait whose last write has no known outcome.
func (e *Engine) gatherIntents(ctx context.Context, tx store.Tx, w *work) error {
	intents, err := tx.LinkIntents(ctx, w.link.ID)
	for _, i := range intents {
		if i.State == store.Sent {
			w.wait, w.waitTil = "the outcome of its last write is not known yet", i.Deadline
		}
	}
	return err
}

func (e *Engine) gatherLocal(ctx context.Context, tx store.Tx, w *work) (err error) {
	ticketID := w.localID()
	if w.link.Kind == external.KindComment {
		if ticketID, err = e.gatherComment(ctx, tx, w); err != nil || w.wait != "" {
			return err
		}
	}
	if ticketID == "" {
		return nil
	}
	if w.ticket, err = tx.Ticket(ctx, ticketID); err != nil {
		return err
	}
	w.ticket.Deleted = w.ticket.Deleted && !w.brings[w.link.Parent]
	if err := e.known(ctx, tx, w); err != nil {
		return err
	}
	w.grants, err = tx.Grants(ctx, ticketID)
	return err
}

// gatherComment reads a comment and its ticket's link, without which it waits.
func (e *Engine) gatherComment(ctx context.Context, tx store.Tx, w *work) (ticketID string, err error) {
	if id := w.localID(); id != "" {
		c, err := tx.Comment(ctx, id)
		if err != nil {
			return "", err
		}
		w.comment = &c
	}
	if err := e.findParent(ctx, tx, w); err != nil {
		return "", err
	}
	if w.link.Parent == "" {
		w.wait = "its ticket is not known yet"
		return "", nil
	}
	if w.parent, err = tx.Link(ctx, w.link.Parent); err != nil {
		return "", err
	}
	back := w.link.TakeBack != "" && over(w.parent) // they are taken back after their ticket
	if ticketID = w.ticketAbove(back); !back && !w.isJoined() || ticketID == "" || w.parent.ExternalID == "" {
		w.wait = notJoined
	}
	if err := e.gatherUnder(ctx, tx, w); err != nil || back || w.saysNews() || w.brings[w.parent.ID] { // it went with its ticket, or need not see it
		return ticketID, err
	}
	if w.under != nil && w.under.Item.Gone {
		w.wait = "its ticket cannot be seen outside"
	}
	return ticketID, nil
}

// isJoined reports whether a comment need not wait for its ticket: that is at work, or comes back with the undo that is
// looked at; or somebody is asked what becomes of it, and the comment is news; or it is set aside, which is no reason to
// leave there what was said below it.
func (w *work) isJoined() bool {
	switch w.parent.State {
	case store.Live, store.Quarantined:
		return true
	case store.MaybeGone:
		return w.saysNews() || w.brings[w.parent.ID]
	case store.ParkedLink:
		return w.link.TakeBack != "" || w.brings[w.parent.ID]
	}
	return w.brings[w.parent.ID]
}

// ticketAbove is the id of a comment's ticket. The link of one whose ticket has another item knows it no more.
func (w *work) ticketAbove(back bool) string {
	if back && w.comment != nil && w.parent.LocalID == "" {
		return w.comment.TicketID
	}
	return w.parent.LocalID
}

// localID is the id of what a link stands for here, or did until it got another item.
func (w *work) localID() string { return cmp.Or(w.link.LocalID, w.former) }

// saysNews reports whether a comment was seen outside and has not come in. It does, whatever has
// become of its ticket there since: else what somebody said would be lost, or not, by what a
// session happens to look at first.
func (w *work) saysNews() bool { return w.localID() == "" && w.seen != nil && !w.seen.Item.Gone }

// findSaid joins a comment that is to be made with what we made of it already, where another
// project did: it wrote to its ticket's item, which had been moved here, and did not know.
func (e *Engine) findSaid(ctx context.Context, tx store.Tx, p *peer, w *work) error {
	if w.link.ExternalID != "" || w.link.State != store.Backlog {
		return nil
	}
	if near, err := e.beside(ctx, tx, p); err != nil || len(near) == 0 {
		return err
	}
	said, _, is, err := e.saidThere(ctx, tx, p, w.parent.ID, w.link.LocalID)
	if err != nil || !is {
		return err
	}
	if err := e.pairSaid(ctx, tx, w.link, said); err != nil {
		return err
	}
	o, err := tx.Observation(ctx, said.ProjectID, said.Kind, said.ExternalID)
	if err != nil {
		return err
	}
	w.seen = &o
	w.link, err = tx.Link(ctx, w.link.ID)
	return err
}

// findParent tells a comment's link its ticket's link once there is one.
func (e *Engine) findParent(ctx context.Context, tx store.Tx, w *work) error {
	if w.link.Parent != "" {
		return nil
	}
	parent, err := parentOf(ctx, tx, w)
	if err != nil || parent.ID == "" {
		return err
	}
	l, err := tx.LinkForUpdate(ctx, w.link.ID) // as it is by now
	if err != nil {
		return err
	}
	l.Parent, w.link.Parent = parent.ID, parent.ID
	return tx.UpdateLink(ctx, l)
}

// parentOf looks a comment's ticket's link up; the zero one: there is none yet.
func parentOf(ctx context.Context, tx store.Tx, w *work) (parent store.Link, err error) {
	if w.comment != nil {
		parent, err = tx.LinkByLocal(ctx, w.link.ProjectID, external.KindTicket, w.comment.TicketID)
	} else {
		parent, err = tx.LinkByKey(ctx, w.link.ProjectID, external.KindTicket, w.link.ParentKey)
	}
	if errors.Is(err, store.ErrNotFound) {
		return store.Link{}, nil
	}
	return parent, err
}

// awaitOwner sets an item of ours aside whose link a restored database forgot, before it is taken for one
// that was moved here, or waits for its ticket: no project knows whose it was, and after the release
// nobody asks.
func (e *Engine) awaitOwner(ctx context.Context, tx store.Tx, p *peer, w *work) error {
	if w.link.LocalID != "" || w.seen == nil || !p.project.Restored.Open() {
		return nil
	}
	lost, err := e.orphaned(ctx, tx, p, w.seen.Item)
	switch {
	case lost:
		w.wait = lostOwner
	case p.ownerless(w.seen.Item):
		w.wait = maybeOwner
	}
	return err
}

// heldForCreate is why an item of our own account waits.
const heldForCreate = "held: it may be what a create of unknown outcome made"

// gatherStub holds an item of our own account back while any create of ours has no
// known outcome: it could be the very item that create made.
func (e *Engine) gatherStub(ctx context.Context, tx store.Tx, p *peer, w *work) error {
	if err := e.awaitMove(ctx, tx, p, w); err != nil || w.wait != "" || p.doubts(w) { // it is read first, and waits for others then
		return err
	}
	if w.unseenSince(p) {
		w.wait = "its ticket cannot be seen outside, and may have been restricted since it was"
		return nil
	}
	if !p.project.SpokeAs(w.seen.Item.Author) {
		return nil
	}
	open, err := tx.OpenIntents(ctx, w.link.ProjectID)
	if err != nil {
		return err
	}
	for _, i := range open {
		if i.State == store.Sent && i.Verb == verbCreate && p.wentOutAs(i, w.seen.Item.Author) {
			w.wait, w.waitTil = heldForCreate, settledAt(i, p.caps)
		}
	}
	if w.wait == "" {
		if err := e.awaitRepeat(ctx, tx, p, w); err != nil {
			return err
		}
	}
	return e.awaitHolder(ctx, tx, p, w)
}

// awaitHolder sets an item of ours aside that carries the key of another one, unless it is that one, moved away and back.
func (e *Engine) awaitHolder(ctx context.Context, tx store.Tx, p *peer, w *work) error {
	id, ours := e.keyOwner(p.project.ID, w.seen.Item.CreateKey)
	if !ours {
		return nil
	}
	l, err := tx.Link(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && l.Kind != w.link.Kind { // a remark that quotes its ticket
		return nil
	}
	if err == nil {
		l, err = goneOn(ctx, tx, l)
	}
	if err != nil {
		return err
	}
	if back, err := e.awaitBack(ctx, tx, p, w, l); err != nil || back {
		return err
	}
	if w.wait = secondHolder; l.ProjectID != p.project.ID {
		w.wait = madeElsewhere
	}
	return nil
}

// notJoined is why a comment waits for its ticket.
const notJoined = "its ticket is not joined"

// secondHolder is why an item that carries the key of another one is never adopted.
const secondHolder = "it carries the create key of an item that is linked already; remove one of the two outside"

// madeElsewhere is why an item of ours that was moved here stays out where its link did not follow.
const madeElsewhere = "we made it in another project, for a ticket that is not synchronised with it any more; remove it outside, or copy it to have it come in"

func (e *Engine) gatherConflicts(ctx context.Context, tx store.Tx, w *work) error {
	list, err := tx.LinkConflicts(ctx, w.link.ID)
	if err != nil {
		return err
	}
	w.conflicts = make(map[ticket.Field]store.Conflict, len(list))
	for _, c := range list {
		w.conflicts[c.Field] = c
	}
	return nil
}

// input translates what was read into the planner's terms.
func (e *Engine) input(p *peer, w *work) plan.Input {
	in := plan.Input{
		Kind: w.link.Kind, Linked: w.localID() != "" && w.link.ExternalID != "", Bases: p.carried(w.link),
		Direction: p.project.Direction, Verdict: e.verdict(p, w),
		CanDelete: w.link.Kind == external.KindComment && p.caps.CommentDel,
		Normalize: p.normalize(w.link.Kind), Rules: p.rules(w), Refuse: p.refuse(w), Respell: p.respell(w.link.Kind),
		Leaves: p.leaves(w),
	}
	if w.localID() != "" {
		in.Local = localSide(w)
	}
	if w.seen != nil {
		in.External = plan.Side{Exists: true, Deleted: w.seen.Item.Gone, Fields: p.held(w.seen.Item, in.Bases)}
		in.Unfit = p.unfit(w.seen.Item, in.External.Fields)
		in.Raw = p.rawOf(w.seen.Item, in.Unfit)
		in.Says = p.says(w.link.Kind, w.seen.Item.Fields)
		w.seclude(p, &in)
	}
	if len(w.conflicts) > 0 {
		in.Parked = make(map[ticket.Field]plan.Parked, len(w.conflicts))
	}
	for f, c := range w.conflicts {
		in.Parked[f] = plan.Parked{
			Kind: c.Kind, Local: c.Local, External: c.External, Sticky: c.Sticky(),
			Decided: c.State == store.Decided, Value: c.Value,
		}
	}
	e.wholeInput(p, w, &in)
	w.twinInput(&in)
	return in
}

func localSide(w *work) plan.Side {
	if c := w.comment; c != nil {
		return plan.Side{Exists: true, Deleted: c.Deleted, Fields: ticket.Fields{ticket.Body: c.Body}}
	}
	return plan.Side{Exists: true, Deleted: w.ticket.Deleted, Fields: w.ticket.Fields}
}

// verdict judges the link; an item that has no local ticket yet may come in, unless not everybody
// may see it outside.
func (e *Engine) verdict(p *peer, w *work) external.Verdict {
	if v, is := w.secluded(p); is {
		return v
	}
	if v, is := w.unmappedRemark(p); is {
		return v
	}
	if w.ticket.ID == "" {
		return external.Verdict{In: true, Out: true, Reason: "new outside"}
	}
	return outbound.Judge(p.project.ID, w.rules, w.grants, w.ticket, w.comment)
}

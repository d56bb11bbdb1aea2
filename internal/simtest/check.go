package simtest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func itoa(n int) string { return strconv.Itoa(n) }

// pair is a link with both its sides as they are.
type pair struct {
	p       *peer
	link    store.Link
	ticket  ticket.Ticket
	comment *ticket.Comment
	item    external.Item // the truth, from the tracker itself
	there   bool          // the tracker knows the item
	parked  map[ticket.Field]bool
	// parentLive says of a comment that its ticket's link is live.
	parentLive bool
}

// final is the state of everything at the end.
type final struct {
	tickets   []ticket.Ticket
	comments  []ticket.Comment
	pairs     []pair
	conflicts []store.Conflict
}

// check is one thing that must hold at the end of the quiet phase.
type check struct {
	name  string
	holds string // the invariants that it is about
	do    func(*world, final)
}

// checks is the table of them, a line each; what is checked while a run goes on, and what
// comes after the end, stands in docs/reliability.md beside these.
func checks() []check {
	return []check{
		{"loss", "I2", (*world).checkLoss},
		{"bytes", "I3", (*world).checkBytes},
		{"texts", "I3 I15", (*world).checkTexts},
		{"pairs", "I1", (*world).checkPairs},
		{"joined", "I1 I6", (*world).checkJoined},
		{"unique", "I6", (*world).checkUnique},
		{"intents", "I1", (*world).checkIntents},
		{"conflicts", "I4", (*world).checkConflicts},
		{"labels", "I2", (*world).checkLabels},
		{"writes", "I7", (*world).checkWrites},
		{"audit", "I22", (*world).checkAudit},
		{"verify", "I1 I7", (*world).checkVerify},
		{"why", "I23", (*world).checkWhy},
		{"deletions", "I12 I13", (*world).checkDeletions},
		{"twins", "I4 I6", (*world).checkTwins},
		{"moves", "I6 I13", (*world).checkMoves},
		{"retracted", "I5", (*world).checkRetracted},
	}
}

// check holds the end of the quiet phase against the invariants.
func (w *world) check() {
	f := w.final()
	if w.keepsEnd {
		w.ended = end{f.onItsWay(w.cameFirst(f)), func(late map[string][]ticket.Field) []string { return w.outcome(f, late) }}
	}
	for _, c := range checks() {
		if !w.skips(c.name) {
			c.do(w, f)
		}
	}
}

// checkPairs holds every link.
func (w *world) checkPairs(f final) {
	for _, p := range f.pairs {
		w.checkPair(p)
	}
}

// checkSeen holds the first half of the quiet phase against what cursors alone can
// find: every change but a deletion (I9).
func (w *world) checkSeen() {
	if w.failed != nil || w.skips("seen") {
		return
	}
	f := w.final()
	for _, pr := range f.pairs {
		if !pr.item.Gone {
			w.checkPair(pr)
		}
	}
	w.checkJoined(f)
	if w.failed != nil && w.failed.Invariant == "I1" {
		w.failed.Invariant = "I9"
	}
}

// final reads everything.
func (w *world) final() final {
	var f final
	w.read(func(tx store.Tx) error {
		var err error
		if f.tickets, err = tx.ListTickets(w.ctx, "", 10_000); err != nil {
			return err
		}
		for _, t := range f.tickets {
			cs, err := tx.CommentsOf(w.ctx, t.ID)
			if err != nil {
				return err
			}
			f.comments = append(f.comments, cs...)
		}
		if f.conflicts, err = tx.FindConflicts(w.ctx, store.ConflictFilter{}, 10_000); err != nil {
			return err
		}
		for _, p := range w.peers {
			for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
				links, err := tx.LinksOf(w.ctx, p.id, kind, "", 10_000)
				if err != nil {
					return err
				}
				for _, l := range links {
					pr, err := w.pair(tx, p, l)
					if err != nil {
						return err
					}
					f.pairs = append(f.pairs, pr)
				}
			}
		}
		return nil
	})
	return f
}

func (w *world) pair(tx store.Tx, p *peer, l store.Link) (pair, error) {
	pr := pair{p: p, link: l, parked: map[ticket.Field]bool{}}
	pr.item, pr.there = p.site.Peek(l.Kind, l.ExternalID)
	if !pr.there && w.astray[stay{p.n, l.Kind, l.ExternalID}] { // who looks for it there finds what he finds of its ticket
		pr.there, pr.item.Gone = true, true
	}
	open, err := tx.LinkConflicts(w.ctx, l.ID)
	if err != nil {
		return pr, err
	}
	for _, c := range open {
		pr.parked[c.Field] = pr.parked[c.Field] || !c.Sticky() || w.ignores(pr, c.Field)
	}
	id := l.LocalID
	if id != "" && l.Kind == external.KindComment {
		c, err := tx.Comment(w.ctx, id)
		if err != nil {
			return pr, err
		}
		pr.comment, id = &c, c.TicketID
		parent, err := tx.LinkByLocal(w.ctx, p.id, external.KindTicket, id)
		pr.parentLive = err == nil && parent.State == store.Live
	}
	if id != "" {
		pr.ticket, err = tx.Ticket(w.ctx, id)
	}
	// Who lets a loss be when asked is told that the two sides differ from then on.
	if let, is := w.letBe[l.ID]; is && w.ignores(pr, ticket.State) && let.Equal(pr.ticket.Fields[ticket.State]) {
		pr.parked[ticket.State] = true
	}
	return pr, err
}

// ignores reports whether the item still holds what a write of ours should have changed there.
func (w *world) ignores(pr pair, f ticket.Field) bool {
	left, is := w.ignored[fieldAt{stay{pr.p.n, pr.link.Kind, pr.link.ExternalID}, f}]
	return is && left.Equal(pr.item.Fields[string(f)])
}

// checkLoss is the lineage oracle (I2).
func (w *world) checkLoss(f final) {
	live, kept := w.accounts(f)
	excused := w.excused()
	w.bentLineage(live, kept)
	for _, t := range w.oracle.lost(live, kept, excused) {
		w.fail("I2", fmt.Sprintf("the value %q that was written %s of %s on side %d is lost without a trace", t.raw, t.field, t.item, t.side))
	}
}

// accounts returns the tokens that are live somewhere, and those that are kept in a conflict
// record or with what was deleted here.
func (w *world) accounts(f final) (live, kept map[int]bool) {
	live, kept = map[int]bool{}, map[int]bool{}
	for _, t := range f.tickets {
		for _, v := range t.Fields {
			note(live, v)
		}
	}
	w.keptHere(f, func(v ticket.Value) { note(kept, v) })
	for _, c := range f.comments {
		if !c.Deleted {
			note(live, c.Body)
		}
	}
	for _, p := range w.peers {
		for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
			for _, it := range p.site.Look(kind) {
				for _, v := range it.Fields {
					if !it.Gone {
						note(live, v)
					}
				}
			}
		}
	}
	for _, c := range f.conflicts {
		note(kept, c.Local)
		note(kept, c.External)
		note(kept, c.Value)
	}
	return live, kept
}

// excused returns the values lost in a blind window that nothing can audit, provided
// that the journal says so: "unaudited"; and those that are looked up once everybody may see them.
func (w *world) excused() map[int]bool {
	type place struct {
		link  string
		field ticket.Field
	}
	said, awaited := map[place]bool{}, map[string]bool{}
	for id := range w.intents {
		w.read(func(tx store.Tx) error {
			i, err := tx.Intent(w.ctx, id)
			if errors.Is(err, store.ErrNotFound) {
				return nil // undone with its transaction
			}
			for _, c := range i.Changes {
				if i.Audit == store.AuditUnaudited {
					said[place{i.LinkID, c.Field}], said[place{i.LinkID, ""}] = true, true
				}
			}
			return err
		})
	}
	for _, p := range w.peers {
		for _, i := range w.openIntents(p) {
			awaited[i.LinkID] = awaited[i.LinkID] || w.awaitsOpening(p, i)
		}
	}
	out := map[int]bool{}
	for _, b := range w.blind {
		if awaited[b.link] {
			out[b.token] = true
		}
		it, _ := b.peer.site.Peek(b.item.Kind, b.item.ID)
		if said[place{b.link, b.field}] && (it.Gone || b.dim) {
			out[b.token] = true
		}
	}
	return out
}

// checkBytes: a text that was written here is byte for byte what was typed, and one
// from outside is what the tracker made of it (I3), in our spelling of paragraphs that
// were here before where the tracker respells all. What a person put back from a record may
// be what left of it: the base is what both sides had, without the passages that stay here. So is
// what came in as a ticket of its own because a person told the two apart, as the tracker has it.
func (w *world) checkBytes(f final) {
	merges, lines := w.merges(), w.oracle.linesOf()
	look := func(id string, v ticket.Value) {
		t := w.oracle.newestIn(v)
		if v.IsSet() || t == nil || t.id <= w.past.upTo {
			return
		}
		want, same := t.raw, false
		if t.side > 0 {
			want = outbound.Restore(want)
			same = w.peers[t.side-1].site.settles(v.Text(), want)
		} else if len(w.cameAnew(w.home(t.id), id)) > 0 {
			same = oneText(v, leaves(ticket.Text(want)))
		}
		if len(w.putBack[v.Text()]) > 0 || w.composed[t.id] && v.Text() == leaves(ticket.Text(want)).Text() {
			return
		}
		composed := slices.ContainsFunc(tokensIn(v), func(id int) bool { return w.composed[id] })
		if composed && w.fleet != nil {
			return // of blocks that a vendor spells in its own way; see checkUntouched
		}
		if v.Text() != want && !same && (merges || composed) && w.fleet == nil {
			w.checkMixed(id, v, lines)
			return
		}
		if v.Text() != want && !same {
			w.fail("I3", fmt.Sprintf("%s of %s reads %q here, but %q was written on side %d", t.field, id, v.Text(), want, t.side))
		}
	}
	for _, t := range f.tickets {
		for _, v := range t.Fields {
			look(t.ID, v)
		}
	}
	for _, c := range f.comments {
		look(c.ID, c.Body)
	}
}

// checkPair: both sides of a link are in step (I1).
func (w *world) checkPair(pr pair) {
	l := pr.link
	name := fmt.Sprintf("%s link %s (%s here, %s at %s)", l.Kind, l.ID, l.LocalID, l.ExternalID, pr.p.id)
	switch {
	case l.State == store.Quarantined && (l.LocalID == "" || l.ExternalID == "") && w.unfit(pr):
		return // it cannot be made, and says why
	case l.State == store.Quarantined:
		w.fail("I1", name+" was quarantined: "+l.Reason)
	case l.State == store.Live && w.restsDeleted(pr):
		return
	case l.State != store.Live, pr.comment != nil && !pr.parentLive:
		return // it waits for a person, or its ticket does
	case !pr.there || l.LocalID == "":
		w.fail("I1", name+" is live and lacks a side")
	case pr.item.Gone && w.comesIn(pr.p, pr.ticket, pr.comment):
		w.fail("I1", name+" is live and its external side is gone")
	case pr.comment != nil && pr.comment.Deleted && !pr.item.Gone && w.goesOut(pr.p, pr.ticket, pr.comment):
		w.fail("I1", name+" is live and its local side is deleted")
	default:
		w.checkFields(pr, name)
	}
}

// unfit reports whether the local side of a link holds what its project cannot.
func (w *world) unfit(pr pair) bool {
	here := pr.ticket.Fields
	if pr.comment != nil {
		here = ticket.Fields{ticket.Body: pr.comment.Body}
	}
	for _, f := range pr.p.site.fields(pr.link.Kind) {
		if w.rests(&pr, f) {
			continue
		}
		if _, holds := pr.p.site.view(&pr, f, leaves(here[f])); !holds && f != ticket.Parent {
			return true
		}
	}
	return false
}

// checkFields compares every field: where both ways are open it is the same on both
// sides and in both bases; where only the way in is open, nothing waits out there.
func (w *world) checkFields(pr pair, name string) {
	if !w.comesIn(pr.p, pr.ticket, pr.comment) || pr.item.Gone || pr.comment != nil && pr.comment.Deleted {
		return
	}
	here := pr.ticket.Fields
	if pr.comment != nil {
		here = ticket.Fields{ticket.Body: pr.comment.Body}
	}
	both := w.goesOut(pr.p, pr.ticket, pr.comment)
	for _, f := range pr.p.site.fields(pr.link.Kind) {
		if pr.parked[f] || w.rests(&pr, f) {
			continue
		}
		base, there := pr.link.Bases[f], pr.item.Fields[string(f)]
		ours := leaves(here[f])
		if ours.Equal(there) && ours.Equal(base.Local) && ours.Equal(base.External) {
			continue
		}
		a, holds := pr.p.site.view(&pr, f, ours)
		if !holds && both && f != ticket.Parent && !ours.Equal(base.Local) {
			w.fail("I4", fmt.Sprintf("%s: %s is %q, which cannot be told there, and no conflict says so", name, f, ours.Text()))
		}
		if !holds {
			continue
		}
		b, _ := pr.p.site.view(&pr, f, there)
		atRest := ours.Equal(base.Local)
		if !both && !atRest {
			continue // an edit of ours that may not leave holds the field back
		}
		if !a.Equal(b) && !pr.p.site.enough(&pr, f, ours) {
			w.fail("I1", fmt.Sprintf("%s: %s is %q here and %q there", name, f, here[f].Text(), there.Text()))
		}
		if met, _ := pr.p.site.view(&pr, f, base.External); !atRest || !met.Equal(b) {
			w.fail("I1", fmt.Sprintf("%s: %s is %q on both sides, but the bases are %q and %q", name, f, a.Text(), base.Local.Text(), base.External.Text()))
		}
	}
}

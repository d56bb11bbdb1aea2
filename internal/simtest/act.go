package simtest

import (
	"slices"

	"github.com/extsync/extsync/external"
)

// actKind is one thing that a person does.
type actKind int

// What people do.
const (
	actCreate actKind = iota
	actEdit
	actLabel
	actUnlabel
	actState
	actComment
	actEditComment
	actDeleteComment
	actDeleteTicket
	actPrivacy
	actGrant
	actRevoke
	actDecide
	actForge
	actErase
	actAssign // from here on with vendors alone
	actParent
	actKinds
)

// String returns the act's name.
func (k actKind) String() string {
	return [actKinds]string{
		"create", "edit", "label", "unlabel", "state", "comment", "edit comment", "delete comment", "delete ticket",
		"privacy", "grant", "revoke", "decide", "forge", "erase", "assign", "parent",
	}[k]
}

// weights say how often an act is drawn, here and outside.
func weights(here bool) [actKinds]int {
	if here {
		return [actKinds]int{8, 22, 7, 4, 5, 7, 7, 3, 0, 6, 4, 3, 12, 0, 0, 4, 2}
	}
	return [actKinds]int{7, 24, 7, 4, 5, 7, 7, 3, 1, 0, 0, 0, 0, 2, 1, 4, 2}
}

// needs is the feature that an act belongs to; 0: always there.
func (k actKind) needs() feature {
	switch k {
	case actLabel, actUnlabel:
		return labels
	case actState:
		return states
	case actComment, actEditComment, actDeleteComment:
		return comments
	case actPrivacy, actGrant, actRevoke:
		return privacy
	case actDecide:
		return decisions
	case actForge, actErase:
		return forgery
	case actAssign, actParent:
		return vendors
	}
	return 0
}

// act lets one person do one thing, somewhere.
func (w *world) act() {
	var sides []int
	for n, f := range w.sides() {
		if w.has(f) {
			sides = append(sides, n)
		}
	}
	if len(sides) == 0 || w.calm {
		return
	}
	side := sides[w.work.IntN(len(sides))]
	if side != 0 && w.work.IntN(3) == 0 && slices.Contains(sides, 0) {
		side = 0 // half of the work is done here
	}
	w.acting++
	defer func() { w.acting-- }()
	k := w.pick(weights(side == 0))
	if (k == actDeleteComment || k == actDeleteTicket) && !w.has(deletions) {
		k = actEdit
	}
	if k == actForge {
		w.fire(faultForged)
	}
	var done bool
	if side == 0 {
		done = w.actHere(k)
	} else {
		first := len(w.oracle.tokens) + 1
		done = w.actOutside(w.peers[side-1], k)
		w.shown(w.peers[side-1], first)
		w.collect(w.peers[side-1])
	}
	if done {
		w.verbs++
		w.did[k]++
	}
}

// shown takes the bytes of new tokens as the tracker shows them: what it made of the
// author's typing is what he meant, for all that anybody can tell.
func (w *world) shown(p *peer, first int) {
	for id := first; id <= len(w.oracle.tokens); id++ {
		t := w.oracle.token(id)
		it, ok := p.site.Peek(t.kind, t.item)
		if v := it.Fields[string(t.field)]; ok && !v.IsSet() && tokenIn(v.Text()) == id {
			t.raw = v.Text()
		}
	}
}

func (w *world) pick(weights [actKinds]int) actKind {
	sum := 0
	for k, n := range weights {
		if w.has(actKind(k).needs()) {
			sum += n
		}
	}
	at := w.work.IntN(sum)
	for k, n := range weights {
		if !w.has(actKind(k).needs()) {
			continue
		}
		if at -= n; at < 0 {
			return actKind(k)
		}
	}
	return actEdit
}

// collect takes the tracker's events as hints to be delivered, or not.
func (w *world) collect(p *peer) {
	for _, it := range p.site.events() {
		p.hints = append(p.hints, hint{it})
		p.all = append(p.all, hint{it})
	}
}

// deliver delivers one hint: late ones and new ones in any order, some never, some
// more than once.
func (w *world) deliver(p *peer) {
	if !w.has(hints) || len(p.hints) == 0 {
		return
	}
	n := w.sched.IntN(len(p.hints))
	h := p.hints[n]
	switch {
	case w.hits(faultHintLost):
		p.hints = slices.Delete(p.hints, n, n+1)
		return
	case w.hits(faultHintDoubled):
	default:
		p.hints = slices.Delete(p.hints, n, n+1)
	}
	if n < len(p.hints)-1 {
		w.fire(faultHintLate)
	}
	w.hint(p, h)
}

func (w *world) hint(p *peer, h hint) {
	w.trace.add("hint", p.id, h.item.ID)
	if m := w.mutant; m != nil && m.hinted != nil {
		m.hinted(w, p, h.item)
	}
	w.acting++ // a webhook whose intake dies was not delivered: the same as a lost one
	defer func() { w.acting-- }()
	w.must(w.engine.Hint(w.ctx, p.id, []external.Ref{h.item.Ref}))
}

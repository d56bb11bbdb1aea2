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
	actRule
	actDecideMany
	actRestore
	actUndo
	actTwin
	actMove
	actRename
	actRestrict
	actMap
	actSetting
	actAccount
	actAssign // from here on with vendors alone
	actParent
	actKinds
)

// actSpec is what there is to say of one act.
type actSpec struct {
	name          string
	here, outside int     // how often it is drawn on our side, and outside
	needs         feature // what it belongs to; 0: it is always there
}

// spec is the table of all acts, a line each. A line that is added leaves the draws of
// the others as they were, but for those that it wins.
func (k actKind) spec() actSpec {
	return [actKinds]actSpec{
		actCreate:        {"create", 8, 7, 0},
		actEdit:          {"edit", 22, 24, 0},
		actLabel:         {"label", 7, 7, labels},
		actUnlabel:       {"unlabel", 4, 4, labels},
		actState:         {"state", 5, 5, states},
		actComment:       {"comment", 7, 7, comments},
		actEditComment:   {"edit comment", 7, 7, comments},
		actDeleteComment: {"delete comment", 3, 3, comments},
		actDeleteTicket:  {"delete ticket", 2, 1, 0},
		actPrivacy:       {"privacy", 6, 0, privacy},
		actGrant:         {"grant", 4, 0, privacy},
		actRevoke:        {"revoke", 3, 0, privacy},
		actDecide:        {"decide", 12, 0, decisions},
		actForge:         {"forge", 0, 2, forgery},
		actErase:         {"erase", 0, 1, forgery},
		actRule:          {"rule", 3, 0, privacy},
		actDecideMany:    {"decide by rule", 2, 0, decisions},
		actRestore:       {"restore", 4, 0, decisions},
		actUndo:          {"roll back", 9, 0, undos},
		actTwin:          {"twin", 4, 2, twinned},
		actMove:          {"move", 0, 9, moving},
		actRename:        {"rename", 0, 1, moving},
		actRestrict:      {"restrict", 0, 8, secluding},
		actMap:           {"map", 5, 0, mappings},
		actSetting:       {"setting", 6, 0, settings},
		actAccount:       {"account", 4, 0, accounts},
		actAssign:        {"assign", 4, 4, vendors},
		actParent:        {"parent", 2, 2, vendors},
	}[k]
}

// String returns the act's name.
func (k actKind) String() string { return k.spec().name }

// rareWithVendors reports whether an act takes a conflict that is open, or was closed, of
// which there is one in some dozen runs with vendors. It is demanded of long series alone.
func (k actKind) rareWithVendors() bool {
	return k == actDecideMany || k == actRestore
}

// cannotWithVendors says why an act never happens with vendors; empty: it can.
func (k actKind) cannotWithVendors() string {
	switch k.spec().needs {
	case twinned:
		return "twins are found in what is stored, whichever tracker it came from: schedules in memory make them"
	case secluding:
		return "the people of these vendors restrict nothing; the suites over their simulators do"
	case mappings:
		return "vendors have mappings of their own: schedules in memory put others in force"
	case accounts:
		return "the accounts of these vendors stay; the suites over their simulators exchange them"
	case moving:
		return "the people of these vendors move nothing; the suites over their simulators do (TestAMovedTicketGoesOn, TestARenameIsNoMove)"
	}
	return ""
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
	call := w.call
	defer func() { w.acting--; w.call = call }()
	k := w.pickAct(side == 0)
	if (k == actDeleteComment || k == actDeleteTicket || k == actTwin && side != 0) && !w.has(deletions) {
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
		if v := it.Fields[string(t.field)]; ok && !v.IsSet() && slices.Contains(tokensIn(v), id) {
			t.raw = v.Text()
		}
	}
	w.hush(p, first)
}

// pickAct draws an act among those whose feature is on.
func (w *world) pickAct(here bool) actKind {
	var all [actKinds]choice
	for k := range actKinds {
		s := k.spec()
		if !w.has(s.needs) {
			continue
		}
		all[k] = choice{s.name, s.outside}
		if here {
			all[k].weight = s.here
		}
		if k == actEdit && w.profile == Texts || w.profile == Vendors && k.rareWithVendors() {
			all[k].weight *= 4
		}
		if k == actDecide && w.has(policies) && w.past.happened {
			all[k].weight *= 4
		}
	}
	return actKind(pick(w.work.Rand, all[:]))
}

// collect takes the tracker's events as hints to be delivered, or not.
func (w *world) collect(p *peer) {
	for _, it := range p.site.events() {
		p.hints = append(p.hints, hint{it})
		p.newest.note(it)
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

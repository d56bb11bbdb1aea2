package simtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// settingHere lets an operator change a project in the middle of its life, by anything but the
// rules of what may leave.
func (w *world) settingHere() bool {
	p := w.peers[w.work.IntN(len(w.peers))]
	all := []func(*peer) bool{w.turn, w.turn, w.strategise, w.narrow, w.narrow, w.linkUp, w.passOn, w.letBeFollowed, w.letExpire}
	return all[w.work.IntN(len(all))](p)
}

// turn lets changes flow one way only, no way, or both.
func (w *world) turn(p *peer) bool {
	d := [...]external.Direction{external.Push, external.Pull, external.Disabled, external.Bidirectional, external.Bidirectional}[w.work.IntN(5)]
	w.setDirection(p, d)
	return true
}

func (w *world) setDirection(p *peer, d external.Direction) {
	if p.off {
		return
	}
	_, err := w.engine.Configure(w.ctx, p.id, "op", func(row *store.Project) error { row.Direction = d; return nil })
	w.must(err)
	w.trace.add("here: direction of", p.id, string(d))
}

// strategise gives a project another strategy.
func (w *world) strategise(p *peer) bool {
	if !w.has(strategies) || p.off {
		return false
	}
	s := w.drawStrategies()[0]
	if s.Strategy == plan.ExternalWins && w.has(picky) { // see drawPolicies
		return false
	}
	p.obeyed = append(p.obeyed, w.row(p).Strategies...)
	_, err := w.engine.Strategise(w.ctx, p.id, "op", s, s.ConfirmedBy != "")
	w.must(err)
	w.trace.add("here: strategy of", p.id, string(s.Field), string(s.Strategy))
	return true
}

// loosen has an operator change the filter of a project in the middle of a list of it, or what else there is
// to be set; most of all, to have all of it shown.
func (w *world) loosen(p *peer) {
	if !w.has(settings|insideCalls) || w.calm || w.acting > 0 || w.sched.IntN(16) > 0 {
		return
	}
	w.acting++
	call := w.call
	defer func() { w.acting--; w.call = call }()
	done := true
	if _, can := p.site.(*memorySite); can && w.row(p).Filter != "" {
		w.setFilter(p, "")
	} else {
		done = w.settingHere()
	}
	if done {
		w.verbs++
		w.did[actSetting]++
	}
}

// judgeInward checks, as a session writes down what it does here, that changes may flow that way (I3). What a
// person decided, or has undone, he has seen.
func (t *txPort) judgeInward(ctx context.Context, s store.Step) error {
	of, err := t.Session(ctx, s.SessionID)
	if err != nil {
		return err
	}
	row, err := t.Project(ctx, of.ProjectID)
	if d := row.Direction; err == nil && !d.In() && (s.Action == plan.Apply || s.Action == plan.CreateHere) && of.Undoes == "" && !t.w.skips("direction") {
		t.w.fail("I3", string(s.Action)+" of "+string(s.Field)+" of "+s.TicketID+" from "+row.ID+", where the direction is "+string(d)+" ("+s.Reason+")")
	}
	return err
}

// The filters that a project of the memory adapter may have.
const (
	filterOdd  = "odd"  // tickets with an odd number
	filterOpen = "open" // tickets that are open
)

// narrow gives a project another filter, or none.
func (w *world) narrow(p *peer) bool {
	if _, can := p.site.(*memorySite); !can || p.off {
		return false
	}
	w.setFilter(p, [...]string{filterOdd, filterOpen, filterOdd + " " + filterOpen, ""}[w.work.IntN(4)])
	return true
}

func (w *world) setFilter(p *peer, filter string) {
	if p.off || w.row(p).Filter == filter {
		return
	}
	_, err := w.engine.Configure(w.ctx, p.id, "op", func(row *store.Project) error { row.Filter = filter; return nil })
	w.must(err)
	p.rewound = true
	w.trace.add("here: filter of", p.id, filter)
}

// filtered is what a list shows of a page under a filter: comments, too, are those of the tickets that
// are in. What we made is shown besides with what is said below it, as adapters have it: a lost create is
// found so, and nothing of ours is deleted with what others said there unseen.
func filtered(of site, filter string, items []external.Item) []external.Item {
	return slices.DeleteFunc(items, func(it external.Item) bool {
		if of.ours(it.Author) {
			return false
		}
		if it.Kind == external.KindComment {
			for _, t := range of.Look(external.KindTicket) {
				if t.Key == it.Parent {
					return !of.ours(t.Author) && !letsIn(filter, t)
				}
			}
		}
		return !letsIn(filter, it)
	})
}

func letsIn(filter string, it external.Item) bool {
	odd := strings.IndexByte("13579", it.Key[len(it.Key)-1]) >= 0
	return (!strings.Contains(filter, filterOdd) || odd) && (!strings.Contains(filter, filterOpen) || it.Fields["state"].Text() == ticket.StateOpen)
}

// narrowed is the adapter of a project with a filter.
type narrowed struct {
	*port
	filter string
}

// Changes lists what the filter lets in.
func (n narrowed) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	out, err := n.port.Changes(ctx, s, win, page, version)
	out.Items = filtered(n.p.site, n.filter, out.Items)
	return out, err
}

// linkUp disconnects a project, or connects it again.
func (w *world) linkUp(p *peer) bool {
	_, can := p.site.(*memorySite)
	switch {
	case !can || w.has(backups) && !w.has(relinks):
		return false
	case p.off:
		w.reconnect(p)
	case p.paused || w.row(p).Status != external.Active || w.isLeft(p):
		return false
	default:
		_, err := w.engine.Disconnect(w.ctx, p.id, "op")
		w.must(err)
		p.off = true
		w.trace.add("here: disconnect", p.id)
	}
	return true
}

// isLeft reports whether an item was moved out of a project, which its list alone cannot tell: once it is
// disconnected nobody can ask there any more, and what was moved comes in as new where it went.
func (w *world) isLeft(p *peer) bool {
	if !w.has(moving) {
		return false
	}
	for at := range w.carried {
		if at.peer == p.n && at.kind == external.KindTicket {
			if l := w.linkOf(p, "", external.Ref{Kind: at.kind, ID: at.id}); l.State != store.Tombstone && l.State != store.Withdrawn {
				return true
			}
		}
	}
	return false
}

func (w *world) reconnect(p *peer) {
	if !p.off {
		return
	}
	row := w.row(p)
	_, err := w.engine.CreateProject(w.ctx, engine.Connection{System: row.System, Key: row.Key, By: "op"}, func(string) ([]byte, error) { return []byte("sealed"), nil })
	w.must(err)
	p.off, p.rewound = false, true
	_, err = w.engine.Configure(w.ctx, p.id, "", func(now *store.Project) error { now.ExternalID = row.ExternalID; return nil })
	w.must(err)
	seen, err := w.engine.Preview(w.ctx, p.id)
	w.must(err)
	_, err = w.engine.Activate(w.ctx, p.id, "op", seen)
	w.must(err)
	w.trace.add("here: connect again", p.id)
}

// passOn lets tickets of one project go on to another one, or not any more.
func (w *world) passOn(p *peer) bool {
	from := w.otherThan(p)
	if !w.has(privacy) || p.off || w.past.happened {
		return false
	}
	_, _, err := w.engine.ChangeRulesAndTakeBack(w.ctx, p.id, "op", w.someWay(w.linkedTo(p)...), func(r *outbound.Rules) {
		is := outbound.PassOn{From: from.id, To: p.id}
		had := slices.Contains(r.PassOn, is)
		r.PassOn = slices.DeleteFunc(slices.Clone(r.PassOn), func(one outbound.PassOn) bool { return one == is })
		if !had {
			r.PassOn = append(r.PassOn, is)
		}
	})
	w.must(err)
	w.trace.add("here: pass on from", from.id, "to", p.id, "or not")
	return true
}

// letBeFollowed says that deletions follow in a project from now on, or not any more.
func (w *world) letBeFollowed(p *peer) bool {
	if !w.has(policies) || p.off {
		return false
	}
	follow := !w.row(p).Deletions.Follow
	_, err := w.engine.FollowDeletions(w.ctx, p.id, "op", follow, 5*time.Minute)
	w.must(err)
	if follow {
		w.mayFollowAll(p)
	}
	w.trace.add("here: deletions follow in", p.id)
	return true
}

// mayFollowAll notes all that was deleted in a project before deletions followed there.
func (w *world) mayFollowAll(p *peer) {
	for _, it := range p.site.Look(external.KindTicket) {
		if it.Gone {
			w.deletion.follows[w.linkOf(p, "", it.Ref).LocalID] = true
			w.deletion.follows[p.id+"/"+it.ID] = true
		}
	}
}

// letExpire gives a project another policy for conflicts that nobody decides.
func (w *world) letExpire(p *peer) bool {
	if !w.has(policies) || p.off {
		return false
	}
	c := store.ConflictPolicy{}
	if !w.has(picky) || w.work.IntN(2) == 0 {
		c = store.ConflictPolicy{ExpireAfter: time.Hour, OnExpiry: store.ChooseLocal}
	}
	_, err := w.engine.SetConflictPolicy(w.ctx, p.id, "op", c, true)
	w.must(err)
	w.trace.add("here: conflicts expire in", p.id, c.ExpireAfter.String())
	return true
}

// settleSettings has all flow again both ways and without a filter when the quiet begins: what is
// held back need never be in step.
func (w *world) settleSettings() {
	if !w.has(settings) {
		return
	}
	w.acting++
	defer func() { w.acting-- }()
	for _, p := range w.peers {
		w.reconnect(p)
		w.setFilter(p, "")
		w.setDirection(p, external.Bidirectional)
		p.rewound = true
	}
	w.forgetListed()
}

// judgeDirection checks, at the moment a write begins, that changes may flow that way (I5). What is
// taken back says nothing.
func (a *port) judgeDirection(op adapters.Op, c outbound.Content) {
	if d := a.w.row(a.p).Direction; a.w.has(settings) && !d.Out() && a.says(op, c) && !a.w.skips("direction") {
		a.w.fail("I5", op.Name+" of "+c.Ref.ID+" at "+a.p.id+" begins, where the direction is "+string(d))
	}
}

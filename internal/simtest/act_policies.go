package simtest

import (
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// drawPolicies draws what becomes of deletions and conflicts of a project that nobody answers.
func (w *world) drawPolicies(row *store.Project) {
	if !w.has(policies) {
		return
	}
	rng := keyed(w.seed, "policies of "+row.ID)
	delays := [...]time.Duration{30 * time.Second, 5 * time.Minute, 3 * time.Hour, farOff}
	if delay := delays[rng.IntN(len(delays))]; rng.IntN(3) > 0 {
		row.Deletions = store.Deletions{Follow: true, Delay: delay, ConfirmedBy: "op", ConfirmedAt: w.now}
	}
	ends := [...]time.Duration{time.Minute, 10 * time.Minute, 3 * time.Hour}
	p := store.ConflictPolicy{
		ExpireAfter: ends[rng.IntN(len(ends))], OnExpiry: [...]store.Choice{"", store.ChooseLocal, store.ChooseExternal}[rng.IntN(3)],
		ConfirmedBy: "op", ConfirmedAt: w.now,
	}
	// Two trackers that refuse each other's value hand it back and forth where what is outside wins at both.
	if rng.IntN(2) == 0 && (p.OnExpiry != store.ChooseExternal || !w.has(picky)) {
		row.Conflicts = p
	}
}

// farOff is later than the quiet phase takes to release a restored database.
const farOff = 72 * time.Hour

// movesOfPolicies are those of runs in which something happens when nobody answers.
func movesOfPolicies() []move {
	return []move{
		{choice{"hours", 3}, (*world).hours},
		{choice{"restore the database soon", 5}, (*world).restoreNow},
	}
}

func (w *world) hours(*peer) {
	w.pass(time.Duration(w.sched.IntN(240)) * time.Minute)
	w.trace.add("hours pass")
}

// attend does what is due about conflicts that nobody decides.
func (w *world) attend() {
	if !w.has(policies) || w.failed != nil {
		return
	}
	w.acting++
	defer func() { w.acting-- }()
	for _, c := range w.openConflicts() {
		if at := engine.NextDue(w.row(w.peerOf(c.ProjectID)), c); at.IsZero() || w.now.Before(at) {
			continue
		}
		w.must(w.engine.Attend(w.ctx, c.ID))
		w.read(func(tx store.Tx) (err error) {
			c, err = tx.Conflict(w.ctx, c.ID)
			return err
		})
		if c.State == store.Decided {
			w.choseSide(c, c.Choice)
			w.expired = true
			w.trace.add("expired:", c.ID, string(c.Field), string(c.Choice))
		}
	}
}

// awaited is how many conflicts something is still to be done about though nobody answers.
func (w *world) awaited() (n int) {
	if !w.has(policies) {
		return 0
	}
	for _, c := range w.openConflicts() {
		row := w.row(w.peerOf(c.ProjectID))
		asked := c.Kind == store.GoneOutside && row.Deletions.Follow // it is followed in the round after the delay, or never
		if asked && w.now.Before(c.DetectedAt.Add(row.Deletions.Delay+3*time.Hour)) || !engine.NextDue(row, c).IsZero() {
			n++
		}
	}
	return n
}

// waitNoLonger has an operator say, where deletions follow after days, that people are asked: the
// quiet phase ends before that.
func (w *world) waitNoLonger() {
	if !w.has(policies) {
		return
	}
	w.acting++
	defer func() { w.acting-- }()
	for _, p := range w.peers {
		if w.row(p).Deletions.Delay == farOff {
			_, err := w.engine.FollowDeletions(w.ctx, p.id, "op", false, 0)
			w.must(err)
		}
	}
}

// letFollow notes that a person deletes the twin of a ticket where deletions follow, or from where it was moved away:
// unless somebody saw it go, it is gone there.
func (w *world) letFollow(p *peer, it external.Item) {
	for from := range w.carried {
		was := w.peers[from.peer]
		if w.has(policies) && from.kind == external.KindTicket && w.row(was).Deletions.Follow && w.went(from, func(at stay) bool { return at == stay{p.n, it.Kind, it.ID} }) {
			w.deletion.follows[w.linkOf(was, "", external.Ref{Kind: from.kind, ID: from.id}).LocalID] = true
			w.deletion.follows[was.id+"/"+from.id] = true
		}
	}
	if w.has(policies) && it.Kind == external.KindTicket && w.row(p).Deletions.Follow {
		w.deletion.follows[w.linkOf(p, "", it.Ref).LocalID] = true
		w.deletion.follows[p.id+"/"+it.ID] = true // should nobody know of it yet, or any more
	}
}

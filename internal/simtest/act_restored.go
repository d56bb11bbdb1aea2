package simtest

import (
	"slices"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// past is the backup of the database, and what is known of its restoration outside of it.
type past struct {
	taken    bool
	upTo     int // tokens that were written before it was put back
	removed  int // labels that were taken off by then
	deletion deletion
	happened bool
	barred   map[*peer]bool           // projects that a person has not released since, and whose epoch tells
	said     []func() error           // what people said about privacy since, to be said again
	known    map[*peer]int64          // the writer epochs that Temporal has heard of
	let      []int                    // tokens that people, or their strategies, have decided against since
	decided  map[string]bool          // conflicts that were closed by then
	booked   ledger                   // what was done by then
	rules    map[*peer]outbound.Rules // as the backup has them
	again    map[string]bool          // tickets of which people say again who may see them
}

// letGo notes what a person decided against having seen it.
func (p *past) letGo(tokens []int) {
	if p.taken && !p.happened {
		p.let = append(p.let, tokens...)
	}
}

// keeps makes a backup, of which there is one in a run.
func (w *world) backup(*peer) {
	if w.past.taken || w.depth > 0 {
		return
	}
	w.base.Backup()
	for _, p := range w.peers {
		// Its epoch is in the backup: of what such a process writes from now on no epoch tells.
		p.old = nil
	}
	w.past.taken, w.past.removed, w.past.deletion = true, len(w.oracle.removed), w.deletion.clone()
	w.past.booked = w.ledger.kept()
	w.past.decided = map[string]bool{}
	w.read(func(tx store.Tx) error { // what is decided, and carried out after it
		all, err := tx.FindConflicts(w.ctx, store.ConflictFilter{}, 1000)
		for _, c := range all {
			if w.past.decided[c.ID] = c.Closed(); c.State == store.Decided {
				w.past.letGo(tokensIn(loser(c, c.Choice)))
			}
		}
		return err
	})
	w.trace.add("a backup is made")
}

// letGoByStrategy notes what strategies decided against since the backup: the record that told it goes with the
// database, and its effect outside stands, where it reads as anybody's edit.
func (w *world) letGoByStrategy() {
	w.read(func(tx store.Tx) error {
		all, err := tx.FindConflicts(w.ctx, store.ConflictFilter{State: store.Resolved}, 1000)
		for _, c := range all {
			if c.DecidedBy == "strategy" && !w.past.decided[c.ID] {
				w.past.letGo(tokensIn(loser(c, c.Choice)))
			}
		}
		return err
	})
}

// restoreNow lets the database go back to its backup between sessions.
func (w *world) restoreNow(*peer) {
	if w.past.taken && !w.past.happened {
		w.fire(faultRestored)
		w.restoreDatabase()
	}
}

// restoreInside lets it go back in the middle of a call, and the process dies with it, or
// lives on.
func (w *world) restoreInside() {
	if !w.past.taken || w.past.happened || w.acting > 0 || !w.hits(faultRestored) {
		return
	}
	w.restoreDatabase()
	if w.sched.IntN(2) == 0 {
		w.die()
	}
}

// restoreDatabase goes back to the backup. The oracle learns what went with the database:
// what nobody holds any more now, and somebody did before.
func (w *world) restoreDatabase() {
	before := w.unaccounted()
	w.letGoByStrategy()
	privacy, rules := w.privacyNow(), map[*peer]outbound.Rules{}
	for _, p := range w.peers {
		rules[p] = w.rulesOf(p)
	}
	w.base.Restore()
	w.trace.add("the database is restored from its backup")
	w.past.happened, w.past.upTo, w.oracle.forgot = true, len(w.oracle.tokens), true
	w.forget(before)
	w.forgetMoves()
	w.oracle.deleted(w.past.let)
	w.taintRemoved()
	w.deletion = w.past.deletion.after(w.deletion)
	w.ledger.back(w.past.booked)
	w.creditAttempts()
	w.looked, w.queue, w.sentWrites = map[string]ticket.Ticket{}, map[string]store.Conflict{}, nil
	for _, p := range w.peers {
		row := w.row(p)
		p.crashed, p.paused, p.off = "", row.Status == external.Paused, row.Status == external.Disconnected
		w.past.barred[p] = w.past.known[p] > row.WriterEpoch
		// A process that hung since before the backup nobody could tell from a present one.
		p.old = slices.DeleteFunc(p.old, func(r engine.Run) bool { return r.Epoch <= row.WriterEpoch })
		w.past.rules[p] = row.Rules
		if r := rules[p]; !r.Equal(row.Rules) {
			w.past.said = append(w.past.said, func() error {
				_, err := w.engine.ChangeRules(w.ctx, p.id, "op", func(now *outbound.Rules) { *now = r })
				return err
			})
		}
	}
	w.sayPrivacyAgain(privacy)
}

// forgetMoves: where the backup links a ticket with no item that was moved since, nobody can know
// whose it is, and it comes in as a new one.
func (w *world) forgetMoves() {
	for n := range w.movements {
		m := &w.movements[n]
		if m.at == nil || m.ticket == "" {
			continue
		}
		var links []store.Link
		w.read(func(tx store.Tx) (err error) {
			links, err = tx.LinksOfLocal(w.ctx, external.KindTicket, m.ticket)
			return err
		})
		now := stay{m.at.n, external.KindTicket, m.item}
		known := func(l store.Link) bool {
			return w.stayOf(l) == now || w.went(w.stayOf(l), func(at stay) bool { return at == now })
		}
		if !slices.ContainsFunc(links, known) {
			m.ticket = ""
		}
	}
}

// taintRemoved excuses the labels that were taken off since the backup: whether that went
// with the database, or was said about a twin that it had forgotten, nobody can tell.
func (w *world) taintRemoved() {
	for _, id := range w.oracle.removed[w.past.removed:] {
		w.tainted[id] = true
	}
}

// creditAttempts books an item that was made since the backup as that session's which had tried
// before, and in the database does not know the outcome: it will take the item for its own.
func (w *world) creditAttempts() {
	if w.ledger == nil {
		return
	}
	for _, p := range w.peers {
		var open []store.Intent
		w.read(func(tx store.Tx) (err error) {
			open, err = tx.OpenIntents(w.ctx, p.id)
			return err
		})
		for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
			for _, it := range p.site.Look(kind) {
				q := slot{side: p.n + 1, kind: kind, item: it.ID}
				n := slices.IndexFunc(open, func(i store.Intent) bool {
					return i.Verb == "create" && i.State == store.Sent && i.LinkID == linkIn(it.CreateKey)
				})
				if n >= 0 && p.site.ours(it.Author) && w.ledger.made[q] != "" && w.ledger.made[q] != open[n].SessionID {
					w.ledger.credit(q, open[n])
				}
			}
		}
	}
}

func (w *world) row(p *peer) (row store.Project) {
	w.read(func(tx store.Tx) (err error) {
		row, err = tx.Project(w.ctx, p.id)
		return err
	})
	return row
}

// sharing is who may see a ticket.
type sharing struct {
	id     string
	level  ticket.Privacy
	grants []ticket.Grant
}

func (w *world) privacyNow() (all []sharing) {
	for _, t := range w.tickets() {
		s := sharing{id: t.ID, level: t.Privacy}
		w.read(func(tx store.Tx) (err error) {
			s.grants, err = tx.Grants(w.ctx, t.ID)
			return err
		})
		all = append(all, s)
	}
	return all
}

// sayPrivacyAgain has people say once more what the database has forgotten, before they
// release a project.
func (w *world) sayPrivacyAgain(before []sharing) {
	now := w.privacyNow()
	for _, was := range before {
		n := slices.IndexFunc(now, func(s sharing) bool { return s.id == was.id })
		if n < 0 || now[n].level == was.level && slices.Equal(projectsOf(now[n].grants), projectsOf(was.grants)) {
			continue
		}
		w.past.again[was.id] = true
		w.past.said = append(w.past.said, func() error { return w.share(was) })
	}
}

func projectsOf(grants []ticket.Grant) (ids []string) {
	for _, g := range grants {
		ids = append(ids, g.ProjectID)
	}
	return ids
}

func (w *world) share(s sharing) error {
	if _, _, err := w.engine.SetPrivacyAndTakeBack(w.ctx, s.id, s.level, "", "ann"); err != nil {
		return ignoreNotFound(err)
	}
	for _, p := range w.peers {
		var err error
		if slices.Contains(projectsOf(s.grants), p.id) {
			err = w.engine.Grant(w.ctx, ticket.Grant{TicketID: s.id, ProjectID: p.id, By: "ann"})
		} else {
			_, err = w.engine.RevokeAndTakeBack(w.ctx, s.id, p.id, "", "ann")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// heard notes the epoch of a project that a session or a poll has told of, as Temporal does.
func (w *world) heard(p *peer, epoch int64) {
	if w.has(backups) {
		w.past.known[p] = max(w.past.known[p], epoch)
	}
}

// witness holds what Temporal knows against the database, as every step of a session and
// every poll does first. What it finds out holds for all projects.
func (w *world) witness(e *engine.Engine, p *peer) {
	if !w.has(backups) {
		return
	}
	older := w.row(p).WriterEpoch < w.past.known[p]
	_, err := e.Witness(w.ctx, p.id, w.past.known[p])
	w.must(err)
	for _, q := range w.peers {
		if older && !w.row(q).Restored.Open() {
			w.fail("I9", "the database is older than what is known of "+p.id+" outside of it, and "+q.id+" goes on")
		}
	}
}

// releaseAll is a person who looks at the projects that were read anew, and lets them go on.
func (w *world) releaseAll(*peer) {
	w.acting++
	defer func() { w.acting-- }()
	for _, p := range w.peers {
		if row := w.row(p); row.Status == external.Paused && row.Restored.Done {
			w.must(w.resume(p))
		}
	}
}

// release has people say again what the database forgot before a project that was read anew
// goes on.
func (w *world) release(p *peer) error {
	for _, say := range w.past.said {
		w.must(say())
		w.hops += 8
	}
	w.past.said, w.past.barred[p] = nil, false
	w.taintRemoved()
	w.trace.add("released:", p.id)
	if _, err := w.engine.Resume(w.ctx, p.id, "op", true); err != nil {
		return err
	}
	w.retryHeld(p)
	return nil
}

// retryHeld tries again what was set aside and has no twin outside that the database forgot;
// and every other time what is gone there, so that it goes here, too, as whoever does that sees.
func (w *world) retryHeld(p *peer) {
	var aside []store.Link
	w.read(func(tx store.Tx) (err error) {
		aside, err = tx.LinksAside(w.ctx, p.id, store.ParkedLink, "", 1000)
		return err
	})
	for _, l := range aside {
		w.hops += 2
		gone := l.Cause == store.CauseHeldGone && lot(w.seed, l.ID)%2 == 0
		if gone {
			_, c := w.localItem(l)
			w.oracle.deleted(tokensIn(c.Body))
		}
		if gone || l.Cause == store.CauseHeldBack && !w.hasTwin(p, l) {
			w.must(w.raw.Tx(w.ctx, func(tx store.Tx) error { return w.engine.RetryTx(w.ctx, tx, l.ID) }))
			w.trace.add("tried again:", p.id, l.ID)
		}
	}
}

// lookAside tries again what was set aside once its project was released: what waited for that.
func (w *world) lookAside() {
	for _, p := range w.peers {
		if w.past.happened && !w.row(p).Restored.Open() {
			w.retryHeld(p)
		}
	}
}

// hasTwin reports whether an item that we made and the database forgot holds what the local
// side of a link does.
func (w *world) hasTwin(p *peer, l store.Link) bool {
	if l.LocalID == "" {
		return false
	}
	if l.ExternalID != "" { // it may be about to be made again, and have been already
		if it, there := p.site.Peek(l.Kind, l.ExternalID); there && !it.Gone {
			return false
		}
	}
	t, c := w.localItem(l)
	ids := tokensIn(t.Fields[ticket.Title])
	if c != nil {
		ids = tokensIn(c.Body)
	}
	for _, it := range p.site.Look(l.Kind) {
		if it.Gone || !w.orphaned(p, it) {
			continue
		}
		if slices.ContainsFunc(allTokens(it), func(id int) bool { return w.related(id, ids) }) {
			return true
		}
	}
	return false
}

// related reports whether a token and one of those go back to the same words: they are these,
// or were written in their place, on either side.
func (w *world) related(id int, ids []int) bool {
	from := w.oracle.origins(id)
	return slices.ContainsFunc(ids, func(other int) bool {
		return slices.ContainsFunc(w.oracle.origins(other), func(o int) bool { return slices.Contains(from, o) })
	})
}

// released brings every project that was read anew to its release, in rounds of the quiet
// phase. It returns how many that took.
func (w *world) released() (rounds int) {
	for ; rounds < quietRounds; rounds++ {
		w.releaseAll(nil)
		open := false
		for _, p := range w.peers {
			row := w.row(p)
			open = open || row.Restored.Open() || w.past.barred[p]
			if row.Status == external.Paused {
				w.must(w.resume(p))
			}
		}
		if !open {
			w.forgetListed()
			return rounds
		}
		w.round(store.Incremental)
		if w.failed != nil {
			return rounds
		}
	}
	w.fail("I1", "a restored database is not read anew within "+itoa(quietRounds)+" rounds")
	return rounds
}

package chaos

import (
	"context"
	"fmt"
	"time"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/workflows"
)

// QuietRounds is how many rounds of sessions the quiet phase may take.
const QuietRounds = 12

// longestWait bounds the wait for one session, and for what rests between two rounds, by
// the wall clock: an hour of the fast clock is three minutes.
const longestWait = 4 * time.Minute

// quietness is how the quiet phase went.
type quietness struct {
	rounds int
	took   time.Duration
	storm  time.Duration // that came before
}

// quiet is the second phase: no faults, no edits, all webhooks lost. First the cursors
// alone must find every change, then sweeps what no list shows.
func (w *world) quiet(ctx context.Context) quietness {
	q := quietness{storm: time.Since(w.story.began)}
	began := time.Now()
	w.soothe(ctx)
	q.rounds = w.rest(ctx, false, QuietRounds)
	if !w.sick() {
		q.rounds += w.rest(ctx, true, QuietRounds-q.rounds)
	}
	q.took = time.Since(began)
	return q
}

// soothe switches every fault off.
func (w *world) soothe(ctx context.Context) {
	w.calm.Store(true)
	w.story.tell("quiet")
	for _, v := range w.vendors {
		v.mu.Lock()
		v.heal()
		v.bursts, v.locked = [2]int{}, false
		v.mu.Unlock()
	}
	for _, x := range w.wires() {
		if err := x.mend(); err != nil {
			w.story.violate("mend the network: %v", err)
		}
	}
	w.crew.second.wanted.Store(false)
	w.crew.second.kill()
	if !await(ctx, func() bool { return w.showAll(ctx) }) {
		w.story.violate("a ticket that was private cannot be made public again")
	}
}

func (w *world) wires() []*wire {
	all := []*wire{w.postgres}
	for _, v := range w.vendors {
		all = append(all, v.wire)
	}
	return all
}

// rest does rounds until one of them wrote nothing and left nothing to do.
func (w *world) rest(ctx context.Context, sweep bool, most int) int {
	left := ""
	for n := 1; n <= most; n++ {
		wrote := w.written()
		if !w.round(ctx, sweep) {
			return n
		}
		var err error
		if left, err = w.awaitDue(ctx); err != nil {
			w.story.violate("look what waits: %v", err)
			return n
		}
		w.story.tell("round (sweep %t): %d writes; %s; left: %s", sweep, w.written()-wrote, w.newest(ctx), left)
		if left == "" && w.written() == wrote {
			return n
		}
	}
	w.story.violate("the quiet phase does not come to rest within %d rounds: %s", QuietRounds, left)
	return most
}

// written counts the product's writes at all vendors.
func (w *world) written() (n int) {
	for _, v := range w.vendors {
		v.mu.Lock()
		n += v.writes
		v.mu.Unlock()
	}
	return n
}

// round asks every project for a session and waits until each had one. A session that ran
// out of its time is followed at once by another, and both count as one: by the fast clock
// that time is a quarter of a minute, which a busy machine spends on a hundred comments.
func (w *world) round(ctx context.Context, sweep bool) bool {
	before := map[string]string{}
	for _, v := range w.vendors {
		before[v.m.ID], _ = w.latest(ctx, v.m.ID)
		if err := workflows.SignalWake(ctx, w.services.Temporal, v.m.ID, activities.Wake{Walk: true, Sweep: sweep}); err != nil {
			w.story.violate("wake %s: %v", v.m.Name, err)
			return false
		}
	}
	for _, v := range w.vendors {
		ok := await(ctx, func() bool {
			id, running := w.latest(ctx, v.m.ID)
			return id != before[v.m.ID] && !running && !w.cutShort(ctx, v.m.ID)
		})
		if !ok {
			w.story.violate("%s has no session, or one that does not end: %s", v.m.Name, w.account(ctx, v))
			return false
		}
	}
	return true
}

// await waits until a state holds.
func await(ctx context.Context, holds func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// latest is the newest session of a project, and whether any of the last few runs.
func (w *world) latest(ctx context.Context, projectID string) (id string, running bool) {
	err := w.tx(ctx, func(tx store.Tx) error {
		list, err := tx.ListSessions(ctx, projectID, "", 20)
		id, running = "", false
		for n, s := range list {
			if n == 0 {
				id = s.ID
			}
			running = running || s.State == store.Running
		}
		return err
	})
	if err != nil {
		w.story.tell("look at the sessions: %v", err)
		return "", true
	}
	return id, running
}

// cutShort reports whether the newest session of a project took all the time that one has,
// and left something that is due.
func (w *world) cutShort(ctx context.Context, projectID string) (cut bool) {
	err := w.tx(ctx, func(tx store.Tx) error {
		list, err := tx.ListSessions(ctx, projectID, "", 1)
		if err != nil || len(list) == 0 || list[0].EndedAt.Sub(list[0].StartedAt) < workflows.SessionTime {
			return err
		}
		c, err := tx.CountLinks(ctx, projectID, w.clock.Now())
		cut = c.Due > 0
		return err
	})
	if err != nil {
		w.story.tell("look at the newest session: %v", err)
	}
	return cut
}

// newest says how the newest session of each project ended, and how long it took.
func (w *world) newest(ctx context.Context) (text string) {
	err := w.tx(ctx, func(tx store.Tx) error {
		text = ""
		for _, v := range w.vendors {
			list, err := tx.ListSessions(ctx, v.m.ID, "", 1)
			if err != nil {
				return err
			}
			for _, s := range list {
				text += fmt.Sprintf("%s %s after %s (%s) ", v.m.Name, s.State, s.EndedAt.Sub(s.StartedAt).Round(time.Second), s.Reason)
			}
		}
		return nil
	})
	if err != nil {
		return err.Error()
	}
	return text
}

// awaitDue says what waits, once any of it may be tried again; empty: nothing does.
func (w *world) awaitDue(ctx context.Context) (left string, err error) {
	await(ctx, func() bool {
		var due bool
		left, due, err = w.waiting(ctx)
		return err != nil || left == "" || due
	})
	return left, err
}

// waiting says what waits, and whether some of it is due now. The poisoned ticket waits
// for ever.
func (w *world) waiting(ctx context.Context) (left string, due bool, err error) {
	poisoned := w.poisoned()
	err = w.tx(ctx, func(tx store.Tx) error {
		left, due = "", false
		for _, v := range w.vendors {
			links, err := linksOf(ctx, tx, v.m.ID)
			if err != nil {
				return err
			}
			for _, l := range links {
				if l.Dirty() && l.Active() && (v.side != 1 || l.ExternalID != poisoned) {
					left += fmt.Sprintf("%s %s %s (%s, attempt %d, %s, %s); ", v.m.Name, l.Kind, l.ID, l.ExternalKey, l.Attempts, l.State, l.Reason)
					due = due || !l.NextTry.After(w.clock.Now())
				}
			}
			open, err := tx.OpenIntents(ctx, v.m.ID)
			if err != nil {
				return err
			}
			for _, i := range open {
				left += fmt.Sprintf("%s write %s of link %s is %s, audit %q; ", v.m.Name, i.Op, i.LinkID, i.State, i.Audit)
				due = due || !i.Deadline.After(w.clock.Now())
			}
		}
		return nil
	})
	return left, due, err
}

func linksOf(ctx context.Context, tx store.Tx, projectID string) ([]store.Link, error) {
	links, err := tx.LinksOf(ctx, projectID, external.KindTicket, "", 100_000)
	if err != nil {
		return nil, err
	}
	comments, err := tx.LinksOf(ctx, projectID, external.KindComment, "", 100_000)
	return append(links, comments...), err
}

// poisoned is the id of the ticket that always fails, empty: none does.
func (w *world) poisoned() (id string) {
	v := w.vendors[0]
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, i := range v.Look() {
		if v.poison == "/issues/"+i.Key {
			id = i.ID
		}
	}
	return id
}

func (w *world) projects(ctx context.Context) (list []store.Project, err error) {
	err = w.tx(ctx, func(tx store.Tx) error {
		list, err = tx.ListProjects(ctx)
		return err
	})
	return list, err
}

// account tells how a project's last sessions went.
func (w *world) account(ctx context.Context, v *vendor) (text string) {
	err := w.tx(ctx, func(tx store.Tx) error {
		p, err := tx.Project(ctx, v.m.ID)
		if err != nil {
			return err
		}
		text = fmt.Sprintf("%s is %s (%s)", v.m.Name, p.Status, p.StatusReason)
		list, err := tx.ListSessions(ctx, v.m.ID, "", 8)
		for _, s := range list {
			text += fmt.Sprintf("\n    %s %s %s %s", s.Kind, s.State, s.StartedAt.Format("15:04:05"), s.Reason)
		}
		return err
	})
	if err != nil {
		return err.Error()
	}
	return text
}

package chaos

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/internal/simtest"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/ticket"
)

// past is one run in which the database goes back to a backup, over the store in memory
// and a virtual clock.
type past struct {
	*testing.T
	*fleet.Fleet
	mem    *memory.Store
	rng    *rand.Rand
	ledger ledger
	// noWitness: Temporal has forgotten the epochs, too.
	noWitness bool
}

// TestARestoredDatabaseIsReadAnew goes back to a backup at a random moment, with random
// edits before it, since, and after: it is found out, nothing is written outside before a
// person says so, nothing that lived outside or in the backup is lost, nothing is doubled.
func TestARestoredDatabaseIsReadAnew(t *testing.T) {
	t.Parallel()
	runs := uint64(20)
	conflicts, aside := 0, 0
	for seed := range runs {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			p := newPast(t, seed)
			c, a := p.play()
			conflicts, aside = conflicts+c, aside+a
		})
	}
	t.Logf("%d runs: %d conflicts opened and %d links set aside by the reading anew", runs, conflicts, aside)
}

func newPast(t *testing.T, seed uint64) *past {
	t.Helper()
	p := &past{T: t, rng: rand.New(rand.NewPCG(seed, 1)), noWitness: seed%4 == 3}
	p.Fleet = fleet.New(fleet.Options{Seed: seed, Lag: seed%2 == 1, Allow: true})
	mem, ok := p.Store.(*memory.Store)
	if !ok {
		t.Fatal("the fleet has another store")
	}
	p.mem = mem
	for _, s := range systems() {
		_, err := p.Connect(t.Context(), fleet.Spec{System: s})
		p.must(err)
	}
	p.must(p.PassAll(t.Context()))
	return p
}

func (p *past) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// play is the whole run. It returns how many conflicts and how many links that wait for a
// person the reading anew made.
func (p *past) play() (conflicts, aside int) {
	ctx := p.Context()
	p.edits(15, true)
	p.settle()
	p.edits(p.rng.IntN(6), true) // some of the backup's edits have not gone out
	p.mem.Backup()
	p.edits(12, true)
	if p.noWitness { // at least one item outside that the backup does not know
		p.must(p.create())
	}
	p.settle()
	p.edits(p.rng.IntN(4), true)
	known := p.epochs()

	p.mem.Restore()
	p.forget() // what people wrote here alone went with the database
	p.Reset()
	p.edits(p.rng.IntN(4), false) // people outside do not know of it
	if !p.noWitness {
		m := p.Members()[p.rng.IntN(len(p.Members()))]
		if found, err := p.Engine.Witness(ctx, m.ID, known[m.ID]); err != nil || !found {
			p.Fatalf("the restored database was not found out: %v", err)
		}
		p.witnessAll(known)
	}
	before, err := p.Conflicts(ctx, nil)
	p.must(err)
	p.readAnew()
	after, err := p.Conflicts(ctx, nil)
	p.must(err)
	p.checkLoss("before anybody released it")
	aside = p.release()
	p.settle()
	p.checkLoss("after it was released")
	p.checkOnce()
	p.checkStep()
	return len(after) - len(before), aside
}

// settle lets everything come to rest.
func (p *past) settle() {
	p.Helper()
	_, err := p.Settle(p.Context())
	p.must(err)
}

// witnessAll has every project's own poll notice, too: what one has found out is not begun
// again by the others.
func (p *past) witnessAll(known map[string]int64) {
	p.Helper()
	for _, m := range p.Members() {
		_, err := p.Engine.Witness(p.Context(), m.ID, known[m.ID])
		p.must(err)
		marks := 0
		p.must(p.Store.Tx(p.Context(), func(tx store.Tx) error {
			log, err := tx.AuditLog(p.Context(), m.ID, 0, 1000)
			for _, e := range log {
				if e.Action == "restored" {
					marks++
				}
			}
			return err
		}))
		if row, err := p.Project(p.Context(), m); err != nil || marks != 1 || row.WriterEpoch <= known[m.ID] {
			p.Errorf("%s: noted %d times, want once; epoch %d, and %d was seen (%v)", m.Name, marks, row.WriterEpoch, known[m.ID], err)
		}
	}
}

func (p *past) epochs() map[string]int64 {
	out := map[string]int64{}
	for _, m := range p.Members() {
		row, err := p.Project(p.Context(), m)
		p.must(err)
		out[m.ID] = row.WriterEpoch
	}
	return out
}

// readAnew runs sessions until every project waits to be released.
func (p *past) readAnew() {
	p.Helper()
	for range QuietRounds {
		waiting := 0
		for _, m := range p.Members() {
			_, err := p.Session(p.Context(), m, store.Incremental)
			var held *engine.HeldError
			if err != nil && !errors.As(err, &held) && !errors.Is(err, engine.ErrStopped) && !errors.Is(err, engine.ErrFenced) {
				p.Fatal(err)
			}
			row, err := p.Project(p.Context(), m)
			p.must(err)
			switch {
			case row.Status == external.Paused && row.Restored.Done:
				waiting++
			case row.Status == external.Paused: // a guard: a person looks, and lets it go on
				_, err := p.Engine.Resume(p.Context(), m.ID, "op", true)
				p.must(err)
			}
		}
		p.Clock.Advance(2 * time.Hour)
		if waiting == len(p.Members()) {
			if n, each := p.Writes(); n > 0 {
				p.Fatalf("%d writes outside while it was read anew: %v", n, each)
			}
			return
		}
	}
	for _, m := range p.Members() {
		row, err := p.Project(p.Context(), m)
		p.Logf("%s is %s: %s; %+v (%v)", m.Name, row.Status, row.StatusReason, row.Restored, err)
	}
	w, err := p.Waiting(p.Context())
	p.Fatalf("not read anew after %d rounds: %s (%v)", QuietRounds, w, err)
}

// release is a person who looks at every project, tries again what is set aside and has no
// twin outside, and lets them go on.
func (p *past) release() (aside int) {
	p.Helper()
	for _, m := range p.Members() {
		_, err := p.Engine.Resume(p.Context(), m.ID, "op", true)
		p.must(err)
		worn := map[int]bool{}
		for _, i := range m.Site.Look() {
			for _, l := range i.Labels {
				worn[simtest.TokenIn(l)] = true
			}
		}
		links, err := p.Links(p.Context(), m, external.KindTicket)
		p.must(err)
		for _, l := range links {
			if l.State != store.ParkedLink {
				continue
			}
			aside++
			if l.LocalID == "" {
				continue // its ticket is lost with the database, and lives on there
			}
			t, err := p.Ticket(p.Context(), l.LocalID)
			p.must(err)
			twin := false
			for _, id := range simtest.TokensIn(t.Fields[ticket.Labels]) {
				twin = twin || worn[id]
			}
			if !twin {
				p.must(p.Store.Tx(p.Context(), func(tx store.Tx) error { return p.Engine.RetryTx(p.Context(), tx, l.ID) }))
			}
		}
	}
	return aside
}

// values returns the tokens that are live or kept.
func (p *past) values() (live, kept map[int]bool) {
	live, kept = map[int]bool{}, map[int]bool{}
	note := func(set map[int]bool, v ticket.Value) {
		for _, id := range simtest.TokensIn(v) {
			set[id] = true
		}
	}
	all, err := p.Tickets(p.Context())
	p.must(err)
	for _, t := range all {
		for _, v := range t.Fields {
			note(live, v)
		}
		cs, err := p.Comments(p.Context(), t.ID)
		p.must(err)
		for _, c := range cs {
			if !c.Deleted {
				note(live, c.Body)
			}
		}
	}
	for _, m := range p.Members() {
		v := &vendor{Site: m.Site}
		v.each(func(_ place, value ticket.Value) { note(live, value) })
	}
	p.must(p.Store.Tx(p.Context(), func(tx store.Tx) error {
		list, err := tx.FindConflicts(p.Context(), store.ConflictFilter{}, 10_000)
		for _, c := range list {
			note(kept, c.Local)
			note(kept, c.External)
			note(kept, c.Value)
		}
		return err
	}))
	return live, kept
}

// forget excuses what is lost with the database itself: all that is accounted for at this
// moment, outside or in the backup, must be so for ever.
func (p *past) forget() {
	live, kept := p.values()
	for _, t := range p.ledger.oracle.Lost(live, kept, nil) {
		p.ledger.oracle.Moot(t.ID, true)
	}
}

func (p *past) checkLoss(when string) {
	p.Helper()
	live, kept := p.values()
	for _, t := range p.ledger.oracle.Lost(live, kept, nil) {
		p.Errorf("%s: the value %q that was written %s of %s on side %d is lost without a trace", when, t.Raw, t.Field, t.Item, t.Side)
	}
}

// checkOnce: no ticket has two twins.
func (p *past) checkOnce() {
	p.Helper()
	all, err := p.Tickets(p.Context())
	p.must(err)
	for _, b := range p.ledger.births {
		here := 0
		for _, t := range all {
			for _, id := range simtest.TokensIn(t.Fields[ticket.Labels]) {
				if id == b.token {
					here++
				}
			}
		}
		if here > 1 {
			p.Errorf("%d tickets here were born as k%d", here, b.token)
		}
		for _, m := range p.Members() {
			if n := (&vendor{Site: m.Site}).wearing(b.token); n > 1 {
				p.Errorf("%d tickets at %s were born as k%d", n, m.Name, b.token)
			}
		}
	}
}

// checkStep: whatever does not wait for a person is in step.
func (p *past) checkStep() {
	p.Helper()
	err := p.Converged(p.Context(), closedAnyway)
	if err == nil {
		return
	}
	waits := p.orphans()
	for _, l := range strings.Split(err.Error(), "\n") {
		waiting := strings.Contains(l, "restored database")
		for _, w := range waits {
			waiting = waiting || strings.Contains(l, w)
		}
		if !waiting {
			p.Error(l)
		}
	}
}

// orphans names the comments whose tickets wait for a person.
func (p *past) orphans() (list []string) {
	for _, m := range p.Members() {
		links, err := p.Links(p.Context(), m, external.KindComment)
		p.must(err)
		for _, l := range links {
			p.must(p.Store.Tx(p.Context(), func(tx store.Tx) error {
				parent, err := tx.Link(p.Context(), l.Parent)
				if l.State == store.Backlog && (err != nil || parent.State == store.ParkedLink) {
					list = append(list, fmt.Sprintf("comment %s (%s) is", l.LocalID, l.ExternalKey))
				}
				return nil
			}))
		}
	}
	return list
}

// edits has people edit, here as well if so.
func (p *past) edits(n int, here bool) {
	p.Helper()
	for range n {
		all, err := p.Tickets(p.Context())
		p.must(err)
		switch {
		case p.rng.IntN(5) == 0 || len(all) == 0:
			p.must(p.create())
		case here && p.rng.IntN(2) == 0:
			p.must(p.here(all[p.rng.IntN(len(all))]))
		default:
			p.must(p.there(p.Members()[p.rng.IntN(len(p.Members()))]))
		}
		p.Clock.Advance(time.Duration(p.rng.IntN(90)) * time.Second)
	}
}

// create makes a ticket, outside or, while the database is there, here.
func (p *past) create() error {
	side := p.rng.IntN(len(p.Members()) + 1)
	at := func(f ticket.Field) place { return place{side, "new", f} }
	t, title := p.ledger.reserve(entry{at(ticket.Title), external.KindTicket, wordy("made"), nil})
	l, label := p.ledger.reserve(entry{at(ticket.Labels), external.KindTicket, plain, nil})
	var err error
	if side == 0 {
		f := ticket.Fields{ticket.Title: ticket.Text(title), ticket.Labels: ticket.Set(label)}
		_, err = p.Engine.CreateTicket(p.Context(), f, ticket.Public, "ada")
	} else {
		_, err = p.Members()[side-1].Site.Create("ada", fleet.Change{Title: &title, Label: []string{label}})
	}
	if err == nil {
		p.ledger.sure(t, l)
		p.ledger.born(birth{l, side, true})
	}
	return err
}

func (p *past) here(t ticket.Ticket) error {
	f := [...]ticket.Field{ticket.Title, ticket.Body}[p.rng.IntN(2)]
	if p.rng.IntN(4) == 0 {
		id, text := p.ledger.reserve(entry{place{0, "new", ticket.Body}, external.KindComment, wordy("a remark"), nil})
		_, err := p.Engine.AddComment(p.Context(), t.ID, text, "", "ada")
		p.ledger.sure(id)
		return err
	}
	id, text := p.ledger.reserve(entry{place{0, t.ID, f}, external.KindTicket, wordy("from here"), simtest.TokensIn(t.Fields[f])})
	err := p.EditLocal(p.Context(), "ada", t.ID, ticket.Fields{f: ticket.Text(text)})
	p.ledger.sure(id)
	return err
}

func (p *past) there(m *fleet.Member) error {
	all := m.Site.Look()
	if len(all) == 0 {
		return nil
	}
	i, side := all[p.rng.IntN(len(all))], 0
	for n, other := range p.Members() {
		if other == m {
			side = n + 1
		}
	}
	if p.rng.IntN(4) == 0 {
		id, text := p.ledger.reserve(entry{place{side, "new", ticket.Body}, external.KindComment, wordy("a remark"), nil})
		_, err := m.Site.Comment("bob", i.ID, text)
		p.ledger.sure(id)
		return err
	}
	if p.rng.IntN(2) == 0 {
		id, text := p.ledger.reserve(entry{place{side, i.ID, ticket.Body}, external.KindTicket, wordy("from outside"), simtest.TokensIn(ticket.Text(i.Body))})
		text = withMarker(text, i.Body)
		p.ledger.sure(id)
		return m.Site.Edit("bob", i.ID, fleet.Change{Body: &text})
	}
	id, text := p.ledger.reserve(entry{place{side, i.ID, ticket.Title}, external.KindTicket, wordy("from outside"), simtest.TokensIn(ticket.Text(i.Title))})
	p.ledger.sure(id)
	return m.Site.Edit("bob", i.ID, fleet.Change{Title: &text})
}

package storetest

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// workers is how many goroutines race: more than the processors, fewer than the
// connections of a pool.
const workers = 8

// race runs fn in every worker at once and waits for all.
func (b *bench) race(fn func(worker int) error) {
	b.Helper()
	errs := make([]error, workers)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			<-start
			errs[w] = fn(w)
		})
	}
	close(start)
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
}

// oneWins races fn and expects that it succeeds once and fails with want otherwise.
func (b *bench) oneWins(want error, fn func(worker int, tx store.Tx) error) {
	b.Helper()
	var wins atomic.Int64
	b.race(func(worker int) error {
		err := b.store.Tx(b.Context(), func(tx store.Tx) error { return fn(worker, tx) })
		if err == nil {
			wins.Add(1)
			return nil
		}
		if errors.Is(err, want) {
			return nil
		}
		return err
	})
	b.same("winners", wins.Load(), 1)
}

func raceTests() []test {
	return []test{
		{"of rival edits on one revision exactly one wins, and no revision is skipped", rivalEdits},
		{"who locks the row first is never stale, because that is what locks are for", lockedEdits},
		{"a fenced writer commits nothing, because a zombie must not write after its successor", fencing},
		{"of rival connections of one external project one wins", func(b *bench) {
			external := newID()
			b.oneWins(store.ErrExists, func(_ int, tx store.Tx) error {
				p := aProject()
				p.ExternalID = external
				return tx.InsertProject(b.Context(), p)
			})
		}},
		{"one delivery is fresh for one receiver", func(b *bench) {
			for range 5 {
				id := newID()
				b.oneWins(errWanted, func(_ int, tx store.Tx) error {
					fresh, err := tx.RecordDelivery(b.Context(), "github", id, day)
					if err == nil && !fresh {
						return errWanted
					}
					return err
				})
			}
		}},
		{"of rival intents of one link one is sent, and of rival senders of one intent one sends", rivalIntents},
		{"of rival conflicts in one field one is opened", func(b *bench) {
			p := b.insertProject()
			b.oneWins(store.ErrExists, func(_ int, tx store.Tx) error {
				return tx.InsertConflict(b.Context(), aConflict(p.ID, "link"))
			})
		}},
		{"each outbox entry is delivered once, by writers and drainers at once", drainOutbox},
		{"a budget is spent call by call, also from the first, because workers share it", func(b *bench) {
			b.race(func(int) error { return b.times(20, func(int) error { return b.store.Tx(b.Context(), b.spend) }) })
			b.same("remaining", b.budget("c").Remaining, -20*workers)
		}},
		{"an audit chain has no gap and no fork, also when transactions fail", auditRace},
		{"a journal has no gap and no number twice", journalRace},
	}
}

// times runs fn n times or until it fails.
func (b *bench) times(n int, fn func(i int) error) error {
	for i := range n {
		if err := fn(i); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) spend(tx store.Tx) error {
	budget, err := tx.BudgetForUpdate(b.Context(), "c")
	if err != nil {
		return err
	}
	budget.Remaining--
	return tx.PutBudget(b.Context(), budget)
}

func rivalEdits(b *bench) {
	t := b.insertTicket(newID())
	var wins atomic.Int64
	var won sync.Map
	b.race(func(worker int) error {
		return b.times(20, func(int) error {
			var next ticket.Ticket
			err := b.store.Tx(b.Context(), func(tx store.Tx) (err error) {
				if next, err = tx.Ticket(b.Context(), t.ID); err != nil {
					return err
				}
				next.Revision++
				next.Fields[ticket.Title] = ticket.Text(strconv.Itoa(worker))
				return tx.UpdateTicket(b.Context(), next, next.Revision-1)
			})
			if errors.Is(err, store.ErrStale) {
				return nil
			}
			if err != nil {
				return err
			}
			wins.Add(1)
			if _, twice := won.LoadOrStore(next.Revision, strconv.Itoa(worker)); twice {
				return errors.New("revision " + strconv.FormatInt(next.Revision, 10) + " was won twice")
			}
			return nil
		})
	})
	got := b.ticket(t.ID)
	b.same("final revision", got.Revision, 1+wins.Load())
	last, _ := won.Load(got.Revision)
	b.same("final writer", got.Fields[ticket.Title].Text(), last)
}

func lockedEdits(b *bench) {
	t := b.insertTicket(newID())
	b.race(func(int) error {
		return b.times(20, func(int) error {
			return b.store.Tx(b.Context(), func(tx store.Tx) error {
				next, err := tx.TicketForUpdate(b.Context(), t.ID)
				if err != nil {
					return err
				}
				next.Revision++
				return tx.UpdateTicket(b.Context(), next, next.Revision-1)
			})
		})
	})
	b.same("final revision", b.ticket(t.ID).Revision, 1+20*workers)
}

// fencing lets every worker take over as the writer now and then. Each commit is
// written to the audit log with its epoch: the epochs there must never fall.
func fencing(b *bench) {
	p := b.insertProject()
	b.race(func(int) error {
		return b.times(6, func(int) error {
			var mine int64
			if err := b.store.Tx(b.Context(), func(tx store.Tx) (err error) {
				mine, err = tx.BumpEpoch(b.Context(), p.ID)
				return err
			}); err != nil {
				return err
			}
			return b.times(4, func(int) error {
				err := b.store.Tx(b.Context(), func(tx store.Tx) error { return b.fencedWrite(tx, p.ID, mine) })
				if errors.Is(err, errWanted) {
					return nil // fenced
				}
				return err
			})
		})
	})
	b.same("final epoch", b.project(p.ID).WriterEpoch, 6*workers)
	last := 0
	for _, e := range b.auditLog(p.ID, 0, 1000) {
		epoch, err := strconv.Atoi(e.Detail)
		if err != nil || epoch < last {
			b.Fatalf("a commit of epoch %s after one of epoch %d (%v)", e.Detail, last, err)
		}
		last = epoch
	}
}

func (b *bench) fencedWrite(tx store.Tx, projectID string, mine int64) error {
	p, err := tx.ProjectForUpdate(b.Context(), projectID)
	if err != nil {
		return err
	}
	if p.WriterEpoch != mine {
		return errWanted
	}
	p.Failures++
	return errors.Join(
		tx.UpdateProject(b.Context(), p),
		tx.AppendAudit(b.Context(), store.AuditEntry{ProjectID: projectID, At: day, Detail: strconv.FormatInt(mine, 10)}),
	)
}

func rivalIntents(b *bench) {
	p := b.insertProject()
	for range 5 {
		link, mine := newID(), make([]store.Intent, workers)
		for w := range workers {
			mine[w] = b.insertIntent(anIntent(p.ID, link))
		}
		send := func(i store.Intent, tx store.Tx) error {
			i.State = store.Sent
			return tx.UpdateIntent(b.Context(), i, store.Planned)
		}
		b.oneWins(store.ErrExists, func(w int, tx store.Tx) error { return send(mine[w], tx) })
		shared := b.insertIntent(anIntent(p.ID, newID()))
		b.oneWins(store.ErrStale, func(_ int, tx store.Tx) error { return send(shared, tx) })
	}
}

func drainOutbox(b *bench) {
	const each = 15
	var delivered sync.Map
	var count atomic.Int64
	b.race(func(worker int) error {
		return b.times(each, func(i int) error {
			id := strconv.Itoa(worker) + "/" + strconv.Itoa(i)
			add := func(tx store.Tx) error {
				return tx.AddOutbox(b.Context(), store.Outbox{ID: id, Kind: store.OutboxWake, At: day})
			}
			if err := b.store.Tx(b.Context(), add); err != nil {
				return err
			}
			return b.drain(2, &delivered, &count)
		})
	})
	for len(b.outbox(1, store.OutboxWake)) > 0 { // what was locked by another when its turn came
		if err := b.drain(100, &delivered, &count); err != nil {
			b.Fatal(err)
		}
	}
	b.same("delivered", count.Load(), each*workers)
}

// drain delivers up to limit entries and reports an entry that was delivered before.
func (b *bench) drain(limit int, delivered *sync.Map, count *atomic.Int64) error {
	var got []store.Outbox
	err := b.store.Tx(b.Context(), func(tx store.Tx) (err error) {
		if got, err = tx.DueOutbox(b.Context(), []store.OutboxKind{store.OutboxWake}, limit); err != nil {
			return err
		}
		return tx.MarkDelivered(b.Context(), day, ids(got, func(o store.Outbox) string { return o.ID })...)
	})
	for _, o := range got {
		if _, twice := delivered.LoadOrStore(o.ID, true); twice && err == nil {
			err = errors.New(o.ID + " was delivered twice")
		}
		count.Add(1)
	}
	return err
}

func auditRace(b *bench) {
	b.race(func(worker int) error {
		return b.times(12, func(i int) error {
			err := b.store.Tx(b.Context(), func(tx store.Tx) error {
				for _, project := range []string{"p", "q"} {
					if err := tx.AppendAudit(b.Context(), store.AuditEntry{ProjectID: project, At: day, Subject: newID()}); err != nil {
						return err
					}
				}
				if (worker+i)%3 == 0 {
					return errWanted
				}
				return nil
			})
			if errors.Is(err, errWanted) {
				return nil
			}
			return err
		})
	})
	for _, project := range []string{"p", "q"} {
		log := b.auditLog(project, 0, 1000)
		b.same("entries", len(log), 12*workers*2/3)
		b.checkChain(log)
	}
}

func journalRace(b *bench) {
	s := b.insertSession(b.insertProject().ID)
	b.race(func(int) error {
		return b.times(10, func(int) error {
			return b.store.Tx(b.Context(), func(tx store.Tx) error { return tx.AppendSteps(b.Context(), aStep(s.ID), aStep(s.ID)) })
		})
	})
	for i, step := range b.steps(s.ID, 0, 1000) {
		b.same("number", step.Seq, i+1)
	}
	b.same("steps", len(b.steps(s.ID, 0, 1000)), 20*workers)
}

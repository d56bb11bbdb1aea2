package simtest

import (
	"strconv"
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// undoScripts lead to places of a rollback where random schedules hardly come.
func undoScripts() []script {
	return []script{
		{"a limit on one item of an undo", Undone, 0, playUndoLimit, false},
		{"labels come back in the middle of every call of an undo", Undone, 0, playUndoRestless, false},
		{"an undo of a field that is parked", Undone, 0, playUndoParked, false},
		{"the database is found to be restored as an undo begins", Undone, 0, playUndoHeld, false},
		{"an undo of a write that nobody can look up", Undone, 0, playUndoDoubt, false},
		{"an undo of an undo that had left all to a person", Undone, 0, playUndoLeft, false},
	}
}

// rollBackLast orders the rollback of the first project's last session that pushed something;
// none: it does nothing.
func (w *world) rollBackLast() (id string) {
	w.acting++
	defer func() { w.acting-- }()
	var of string
	w.read(func(tx store.Tx) error {
		list, err := tx.ListSessions(w.ctx, w.peers[0].id, "", 50)
		for _, s := range list {
			if of == "" && s.Counts.PushedOutside > 0 {
				of = s.ID
			}
		}
		return err
	})
	if of == "" {
		return "" // the process died before it had pushed anything
	}
	return w.rollBackOf(of)
}

// rollBackOf orders the rollback of a session.
func (w *world) rollBackOf(of string) (id string) {
	pv, err := w.engine.PreviewRollback(w.ctx, of)
	w.must(err)
	r, _, err := w.engine.OrderRollback(w.ctx, of, pv.Digest, "ann")
	w.must(err)
	w.verbs++
	return r.ID
}

func playUndoLimit(w *world) {
	t := w.publish(nil)
	w.syncFirst()
	w.retype(t.ID, ticket.Body)
	w.syncFirst()
	w.rollBackLast()
	limited := false
	w.refuse = func(what string) error {
		if what != "write" || limited {
			return nil
		}
		limited = true
		return &external.Error{Kind: external.RateLimited, Op: what, Message: "too many writes of this item", OneItem: true}
	}
	w.syncFirst()
}

func playUndoRestless(w *world) {
	t := w.publish(ticket.Fields{ticket.Labels: ticket.Set("stays")})
	w.syncFirst()
	label := w.relabel(t.ID)
	w.syncFirst()
	w.rollBackLast()
	n := 0
	w.meddle = func(what string, when Moment, item external.Ref) {
		if what == "write" && when == After && n < 40 {
			n++
			w.hops += 2
			it := w.there(t.ID)
			w.must(w.peers[0].site.label("mallory", it, label))
			w.must(w.peers[0].site.label("mallory", it, "other "+strconv.Itoa(n)))
			w.collect(w.peers[0])
		}
	}
	w.syncFirst()
}

// relabel gives a ticket one more label, here.
func (w *world) relabel(id string) string {
	w.acting++
	defer func() { w.acting-- }()
	var t ticket.Ticket
	w.read(func(tx store.Tx) (err error) { t, err = tx.Ticket(w.ctx, id); return err })
	label := w.oracle.next()
	set := ticket.Fields{ticket.Labels: ticket.Set(append(t.Fields[ticket.Labels].Elements(), label)...)}
	_, err := w.engine.EditTicket(w.ctx, id, ticket.Patch{Seen: t.Revision, By: "ann", Set: set})
	w.must(err)
	w.oracle.wrote(0, id, ticket.Labels, label)
	w.verbs++
	return label
}

// playUndoLeft: what the session wrote was edited since, so that its undo writes nothing; nor does the
// undo of that.
func playUndoLeft(w *world) {
	t := w.publish(nil)
	w.syncFirst()
	w.retype(t.ID, ticket.Body)
	w.syncFirst()
	w.retype(t.ID, ticket.Body)
	if id := w.rollBackLast(); id != "" {
		w.syncFirst()
		w.acting++
		w.rollBackOf(id)
		w.acting--
	}
	w.syncFirst()
}

func playUndoParked(w *world) {
	t := w.publish(nil)
	w.syncFirst()
	w.retype(t.ID, ticket.Body)
	w.syncFirst()
	w.retype(t.ID, ticket.Body)
	w.retypeOutside(t.ID)
	w.syncFirst() // a conflict
	w.rollBackLast()
	w.syncFirst()
}

func playUndoHeld(w *world) {
	t := w.publish(nil)
	w.syncFirst()
	w.retype(t.ID, ticket.Body)
	w.syncFirst()
	id, p := w.rollBackLast(), w.peers[0]
	w.past.happened = true // it is to be released
	w.must(w.engine.Restored(w.ctx, p.id, 0, "a script says so"))
	w.depth++
	defer func() { w.depth-- }()
	w.alive(func() {
		run, err := w.engine.Begin(w.ctx, id, p.id, store.Rollback)
		w.must(err)
		defer w.works(run)()
		pr, err := w.engine.Undo(w.ctx, run, 50)
		w.must(err)
		_, err = w.engine.Record(w.ctx, run, engine.Outcome{State: store.Stopped, Reason: pr.Reason})
		w.must(err)
	})
}

func playUndoDoubt(w *world) {
	t, other := w.publish(nil), w.publish(nil)
	w.syncFirst()
	w.retype(t.ID, ticket.Body)
	w.retype(other.ID, ticket.Body)
	lost := false
	w.refuse = func(what string) error {
		if what != "write" || lost {
			return nil
		}
		lost = true
		return &external.Error{Kind: external.Ambiguous, Op: what, Message: "no answer came"}
	}
	w.syncFirst()
	w.rollBackLast()
	w.refuse = func(what string) error {
		if what != "read" {
			return nil
		}
		return &external.Error{Kind: external.Invalid, Op: what, Message: "the answer makes no sense"}
	}
	w.pass(2 * time.Hour)
	w.syncFirst()
}

package simtest

import (
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// moveScripts are those about tickets that people move between projects.
func moveScripts() []script {
	return []script{
		{"an item comes where its ticket was let go", Hub, moversSeed(), playOntoOver, false},
		{"an item was moved to a project that is not released yet", Hub, moversSeed(), playOntoRestored, false},
		{"an item was moved to where its deleted ticket has another one, which left unseen", Hub, moversSeed(), playOntoLeft, false},
	}
}

// moversSeed finds the first seed of a hub between whose projects tickets can be moved.
func moversSeed() uint64 {
	for seed := uint64(0); ; seed++ {
		if draw(Hub, seed, Mask{}).has(moving) {
			return seed
		}
	}
}

// moveOver has somebody move a ticket's item from the first project to the second.
func (w *world) moveOver(ticketID string) {
	if it := w.there(ticketID); it.ID != "" {
		w.by(func() error {
			w.moveTo(w.peers[0], it, ticketID, w.peers[1])
			return nil
		})
	}
}

// loseCopy makes a ticket in two projects, and has somebody delete the second one's item outside.
func (w *world) loseCopy() ticket.Ticket {
	t := w.publish(nil)
	w.syncFirst()
	w.session(w.peers[1], store.Incremental)
	w.pass(time.Hour)
	if it := w.twinAt(w.peers[1], t.ID); it.ID != "" {
		w.by(func() error {
			w.deleteOutside(w.peers[1], it)
			return nil
		})
	}
	return t
}

func playOntoOver(w *world) {
	t := w.loseCopy()
	w.session(w.peers[1], store.Reconcile)
	w.answer(store.ChooseUnlink)
	w.session(w.peers[1], store.Incremental)
	w.moveOver(t.ID)
	w.session(w.peers[0], store.Reconcile)
}

func playOntoRestored(w *world) {
	t := w.publish(nil)
	w.syncFirst()
	w.by(func() error { return w.engine.Restored(w.ctx, w.peers[0].id, 0, "a script says so") })
	for range 3 {
		w.pass(time.Hour)
		for _, p := range w.peers {
			w.session(p, store.Incremental)
		}
	}
	w.moveOver(t.ID)
	w.pass(time.Hour)
	for _, p := range w.peers {
		w.by(func() error { return w.release(p) })
		w.session(p, store.Reconcile)
	}
}

func playOntoLeft(w *world) {
	t := w.loseCopy()
	w.moveOver(t.ID)
	w.by(func() error {
		w.read(func(tx store.Tx) (err error) { t, err = tx.Ticket(w.ctx, t.ID); return err })
		w.dropHere(t)
		return nil
	})
	w.session(w.peers[0], store.Reconcile)
	w.session(w.peers[1], store.Reconcile)
}

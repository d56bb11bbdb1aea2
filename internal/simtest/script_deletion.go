package simtest

import (
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// deletionScripts are those about whole tickets: few schedules have a question open and
// its answer carried out before they end. A seed is one whose sessions list, and ask the
// guard, when they are to.
func deletionScripts() []script {
	return []script{
		{"deletions are followed where nobody objects", AllOn, 0, playFollow, false},
		{"a deleted twin is made again", AllOn, 0, playAgain, false},
		{"a deleted twin is let go", AllOn, 0, playLetGo, false},
		{"most of a project is deleted", AllOn, 4, playManyGone, false},
		{"a comment changes while its ticket is let go", AllOn, 1, playLateComment, false},
		{"people write over what is taken back", AllOn, 0, playStubborn, false},
		{"a comment is decided whose ticket is taken back", AllOn, 0, playDecidedLate, false},
		{"a title is decided whose item is gone", AllOn, 0, playDecidedGone, false},
	}
}

// by does what a person does.
func (w *world) by(do func() error) {
	w.acting++
	defer func() { w.acting-- }()
	w.must(do())
	w.verbs++
}

// loseTwin has somebody delete tickets' items that were seen for a while, and lets a sweep
// find out.
func (w *world) loseTwin(ids ...string) {
	w.pass(time.Hour)
	w.syncFirst()
	for _, id := range ids {
		if it := w.there(id); it.ID != "" { // else the process died before it was known
			w.by(func() error {
				w.deleteOutside(w.peers[0], it)
				return nil
			})
		}
	}
	w.session(w.peers[0], store.Reconcile)
}

// answer decides every open question about a whole ticket.
func (w *world) answer(choice store.Choice) {
	w.by(func() error {
		var open []store.Conflict
		w.read(func(tx store.Tx) (err error) {
			open, err = tx.FindConflicts(w.ctx, store.ConflictFilter{State: store.OpenConflict}, 100)
			return err
		})
		for _, c := range open {
			if c.Field != "" {
				continue
			}
			if _, err := w.engine.Decide(w.ctx, c.ID, engine.Decision{Choice: choice, Digest: c.Digest, By: "ann"}); err != nil {
				return err
			}
			w.decidedWhole(c, choice)
		}
		return nil
	})
}

func playFollow(w *world) {
	w.by(func() error {
		_, err := w.engine.FollowDeletions(w.ctx, w.peers[0].id, "op", true, time.Hour)
		return err
	})
	t := w.publish(nil)
	w.syncFirst()
	w.deletion.either[t.ID] = true // the operator lets it go, if nobody says otherwise
	w.loseTwin(t.ID)
	w.pass(2 * time.Hour)
	w.syncFirst()
}

func playAgain(w *world) {
	t := w.publish(nil)
	w.syncFirst()
	w.loseTwin(t.ID)
	w.answer(store.ChooseLocal)
	w.syncFirst()
}

func playLetGo(w *world) {
	t := w.publish(nil)
	w.syncFirst()
	w.loseTwin(t.ID)
	w.answer(store.ChooseExternal)
	w.syncFirst()
}

func playManyGone(w *world) {
	var ids []string
	for range 7 {
		ids = append(ids, w.publish(nil).ID)
	}
	w.syncFirst()
	w.loseTwin(ids...)
	w.session(w.peers[0], store.Reconcile) // should the process have died before a person was asked
}

// publishRemarked makes a ticket here and has somebody comment on its item; known is false where the
// process died before the item was known.
func (w *world) publishRemarked() (t ticket.Ticket, known bool) {
	t = w.publish(nil)
	w.syncFirst()
	if w.there(t.ID).ID == "" {
		return t, false
	}
	w.by(func() error {
		w.commentOutside(w.peers[0], w.there(t.ID))
		return nil
	})
	return t, true
}

func playLateComment(w *world) {
	p := w.peers[0]
	t, known := w.publishRemarked()
	if !known {
		return
	}
	w.syncFirst()
	w.by(func() error {
		w.deletion.here[t.ID] = true
		w.oracle.deleted(allTokens(w.there(t.ID)))
		_, err := w.engine.DeleteTicket(w.ctx, t.ID, t.Revision, "ann")
		return err
	})
	w.syncFirst()
	w.answer(store.ChooseLocal)
	w.by(func() error {
		w.setOutside(p, p.site.Look(external.KindComment)[0], ticket.Body)
		return nil
	})
	w.collect(p)
	w.pass(time.Hour)
	w.syncFirst()
}

func playStubborn(w *world) {
	t := w.publish(nil)
	w.syncFirst()
	w.by(func() error {
		_, _, err := w.engine.SetPrivacyAndTakeBack(w.ctx, t.ID, ticket.LocalOnly, outbound.Redact, "ann")
		return err
	})
	w.meddle = func(what string, when Moment, item external.Ref) {
		if what == "write" && when == After {
			w.hops++ // it is overwritten once more
			w.retypeOutside(t.ID)
		}
	}
	w.syncFirst()
}

// playDecidedLate: both sides edit a comment, and a person decides on another text. Before that
// goes out, the ticket is taken back: the decision is carried out here alone.
func playDecidedLate(w *world) {
	p := w.peers[0]
	t, known := w.publishRemarked()
	if !known {
		return
	}
	w.pass(time.Hour)
	w.syncFirst()
	w.by(func() error {
		w.changeCommentHere(actEditComment, t)
		w.setOutside(p, p.site.Look(external.KindComment)[0], ticket.Body)
		return nil
	})
	w.pass(time.Hour)
	w.syncFirst()
	w.decideAnew()
	w.by(func() error {
		_, _, err := w.engine.SetPrivacyAndTakeBack(w.ctx, t.ID, ticket.LocalOnly, outbound.Redact, "ann")
		return err
	})
	w.syncFirst()
}

// decideAnew decides every open conflict on a value of its own.
func (w *world) decideAnew() {
	w.by(func() error {
		for _, c := range w.openConflicts() {
			if c.Field == "" {
				continue
			}
			d := engine.Decision{Choice: store.ChooseValue, Digest: c.Digest, By: "ann"}
			w.decideOn(c, &d)
			if err := w.decideOnly(c, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// playDecidedGone: both sides edit a title, the item is deleted outside, and a person decides
// both: on another title, and to have the item made again.
func playDecidedGone(w *world) {
	t := w.publish(nil)
	w.syncFirst()
	if w.there(t.ID).ID == "" {
		return // the process died before it was known
	}
	w.retype(t.ID, ticket.Title)
	w.by(func() error {
		w.setOutside(w.peers[0], w.there(t.ID), ticket.Title)
		return nil
	})
	w.pass(time.Hour)
	w.syncFirst()
	w.loseTwin(t.ID)
	w.decideAnew()
	w.answer(store.ChooseLocal)
	w.syncFirst()
}

package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestAnotherAccount: the credential is replaced by another account's. From the next sweep on what
// that one makes is known for ours: a create whose answer is lost is not made twice.
func TestAnotherAccount(t *testing.T) {
	w, p, _ := pairOf(t, memory.Options{})
	w.trackers[p.ID].SpeakAs("another-bot")
	w.reconcile(p.ID)
	w.create("made by another account", ticket.Public)
	w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: true})
	for range 4 {
		_, err := w.session(p.ID, "incremental")
		w.must(err)
		w.clock.now = w.clock.now.Add(10 * time.Minute)
	}
	if here, there := len(w.tickets()), w.standing(p.ID); here != 2 || there != 2 {
		t.Errorf("%d tickets are here and %d items outside, want two of each", here, there)
	}
}

// nameless does not tell whom it speaks as.
type nameless struct{ *memory.Adapter }

func (nameless) Account(context.Context) (string, error) {
	return "", &external.Error{Kind: external.Forbidden, Op: "ask whose token it is", Message: "not for this token"}
}

// TestANameIsLearntWithoutTheAccount: a token that may not ask whom it speaks as hides no new name of
// its project.
func TestANameIsLearntWithoutTheAccount(t *testing.T) {
	w := newWorld(t)
	w.wrap = func(inner *memory.Adapter) adapters.Adapter { return nameless{inner} }
	p := w.connect("octo/hello", memory.Options{})
	w.trackers[p.ID].Rename("octo/greetings")
	w.reconcile(p.ID)
	w.view(func(tx store.Tx) (err error) { p, err = tx.Project(t.Context(), p.ID); return err })
	if p.Key != "octo/greetings" || p.Login == "" {
		t.Errorf("it is known as %s, and we as %q", p.Key, p.Login)
	}
}

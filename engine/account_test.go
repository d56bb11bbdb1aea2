package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestAnotherAccount: the account has another name, or the credential is another one's, and nobody said so. Be
// it that a sweep has asked since or not: a create whose answer is lost is not made twice.
func TestAnotherAccount(t *testing.T) {
	for _, swept := range []bool{true, false} {
		w, p, _ := pairOf(t, memory.Options{})
		w.trackers[p.ID].SpeakAs("another-bot")
		if swept {
			w.reconcile(p.ID)
		}
		w.create("made by another account", ticket.Public)
		w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: true})
		for range 4 {
			_, err := w.session(p.ID, "incremental")
			w.must(err)
			w.clock.now = w.clock.now.Add(10 * time.Minute)
		}
		if here, there := len(w.tickets()), w.standing(p.ID); here != 2 || there != 2 {
			t.Errorf("swept %t: %d tickets are here and %d items outside, want two of each", swept, here, there)
		}
	}
}

// TestAnotherAccountWhileACreateIsInDoubt: the credential is replaced by another account's before
// anybody has looked what a lost create of the old one made. That is ours all the same.
func TestAnotherAccountWhileACreateIsInDoubt(t *testing.T) {
	w, p, _ := pairOf(t, memory.Options{})
	w.create("made by the old account", ticket.Public)
	w.lose(p, true)
	w.sync(p.ID)
	w.trackers[p.ID].SpeakAs("another-bot")
	_, err := w.engine.Probe(t.Context(), p.ID) // as who replaces the credential has it tried
	w.must(err)
	w.syncs(p.ID, 4)
	if here, there := len(w.tickets()), w.standing(p.ID); here != 2 || there != 2 {
		t.Errorf("%d tickets are here and %d items outside, want two of each", here, there)
	}
}

// TestConnectedAgainAsAnotherAccount: a project is disconnected while a create is in doubt, and connected again
// with another account's credential. What the old one made is ours all the same.
func TestConnectedAgainAsAnotherAccount(t *testing.T) {
	w, p, _ := pairOf(t, memory.Options{})
	w.create("made by the old account", ticket.Public)
	w.lose(p, true)
	w.sync(p.ID)
	_, err := w.engine.Disconnect(t.Context(), p.ID, "op")
	w.must(err)
	w.trackers[p.ID].SpeakAs("another-bot")
	w.reconnect(p, external.Bidirectional)
	w.syncs(p.ID, 4)
	if here, there := len(w.tickets()), w.standing(p.ID); here != 2 || there != 2 {
		t.Errorf("%d tickets are here and %d items outside, want two of each", here, there)
	}
}

// TestWhatAnotherAccountReplacedIsFound: a write of the old account replaced a value that nobody had
// seen. Its history is read as another account, and still tells the old one's write for ours.
func TestWhatAnotherAccountReplacedIsFound(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{History: external.HistoryFull})
	rival := once(func() {
		w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, tk.ID).ID, "title", ticket.Text("mallory's")))
	})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return meddler{a, rival} }
	w.edit(tk.ID, text(ticket.Title, "ours"))
	w.lose(p, true)
	w.sync(p.ID)
	w.trackers[p.ID].SpeakAs("another-bot")
	_, err := w.engine.Probe(t.Context(), p.ID)
	w.must(err)
	w.syncs(p.ID, 2)
	open := w.conflicts(store.OpenConflict)
	if len(open) != 1 || open[0].External.Text() != "mallory's" {
		t.Errorf("got the conflicts %+v, want mallory's title kept in one", open)
	}
}

// TestAnotherAccountSinceTheBackup: what the old account made after a backup is ours in the restored
// database, too, though the credential there was replaced since: nothing is made a second time.
func TestAnotherAccountSinceTheBackup(t *testing.T) {
	w, p, _ := pairOf(t, memory.Options{})
	w.create("made after the backup", ticket.Public)
	w.store.Backup()
	w.sync(p.ID)
	w.store.Restore()
	w.trackers[p.ID].SpeakAs("another-bot")
	_, err := w.engine.Probe(t.Context(), p.ID)
	w.must(err)
	w.syncs(p.ID, 4)
	if here, there := len(w.tickets()), w.standing(p.ID); here != 2 || there != 2 {
		t.Errorf("%d tickets are here and %d items outside, want two of each", here, there)
	}
}

// TestTheNewestIsNoneOfAnotherAccountOfOurs: a value that the old account wrote, of which a restored
// database knows nothing, is nobody's edit there: it is not weighed, and a person decides.
func TestTheNewestIsNoneOfAnotherAccountOfOurs(t *testing.T) {
	w, p, tk, ref := contested(t, memory.Options{History: external.HistoryFull}, plan.NewestWins, true, steps)
	w.must(w.trackers[p.ID].EditField(w.project(p.ID).Login, ref, "title", ticket.Text("written by the old account")))
	w.trackers[p.ID].SpeakAs("another-bot")
	_, err := w.engine.Probe(t.Context(), p.ID)
	w.must(err)
	w.clock.now = w.clock.now.Add(time.Hour)
	w.edit(tk.ID, text(ticket.Title, "mine"))
	w.sync(p.ID)
	if open := w.conflicts(store.OpenConflict); len(open) != 1 || open[0].Field != ticket.Title {
		t.Errorf("what we wrote ourselves was weighed: %+v", open)
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

package engine_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestMainJob plays the main job: what is outside comes in, what is here goes out,
// one field is edited on both sides, a person decides, and then nothing is left to do.
func TestMainJob(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	tracker := w.trackers[p.ID]
	ref, err := tracker.CreateTicket("bob", external.Fields{"title": ticket.Text("Login fails"), "labels": ticket.Set("bug")})
	w.must(err)
	_, err = tracker.AddComment("bob", ref.Key, "me too")
	w.must(err)
	mine := w.create("Write the manual", ticket.Public)
	secret := w.create("Fire Bob", ticket.LocalOnly)

	s := w.sync(p.ID)
	if s.Counts.CreatedHere != 2 || s.Counts.CreatedOutside != 1 || s.Counts.Withheld != 1 {
		t.Fatalf("first session: %+v", s.Counts)
	}
	if got := w.outside(p.ID, mine.ID).Fields["title"].Text(); got != "Write the manual" {
		t.Fatalf("outside: %q", got)
	}
	var pulled ticket.Ticket
	for _, tk := range w.tickets() {
		if tk.ID != mine.ID && tk.ID != secret.ID {
			pulled = tk
		}
	}
	if pulled.Privacy != ticket.Shareable || pulled.Origin != p.ID || !pulled.Fields[ticket.Labels].Equal(ticket.Set("bug")) {
		t.Fatalf("pulled: %+v", pulled)
	}

	if s = w.sync(p.ID); s.Counts.Writes != 0 || s.Counts.AppliedHere != 0 {
		t.Fatalf("the second session must find nothing to do: %+v", s.Counts)
	}

	w.edit(pulled.ID, text(ticket.Title, "Login fails on Mondays"))
	w.must(tracker.EditField("bob", ref.ID, "title", ticket.Text("Sign-in fails")))
	if s = w.sync(p.ID); s.Counts.Conflicts != 1 || s.Counts.Writes != 0 {
		t.Fatalf("third session: %+v", s.Counts)
	}
	c := w.conflicts(store.OpenConflict)[0]
	if c.Local.Text() != "Login fails on Mondays" || c.External.Text() != "Sign-in fails" {
		t.Fatalf("conflict: %+v", c)
	}
	_, err = w.engine.Decide(w.t.Context(), c.ID, engine.Decision{Choice: store.ChooseLocal, Digest: c.Digest, By: "ann"})
	w.must(err)
	s = w.sync(p.ID)
	if got := w.outside(p.ID, pulled.ID).Fields["title"].Text(); got != "Login fails on Mondays" || s.Counts.Resolved != 1 {
		t.Fatalf("after the decision outside holds %q: %+v", got, s.Counts)
	}
	if s = w.sync(p.ID); s.Counts.Writes != 0 || s.Counts.AppliedHere != 0 {
		t.Fatalf("then nothing is left to do: %+v", s.Counts)
	}
}

func TestDecisionsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	ref, err := w.trackers[p.ID].CreateTicket("bob", external.Fields{"title": ticket.Text("a")})
	w.must(err)
	w.sync(p.ID)
	id := w.tickets()[0].ID
	w.edit(id, text(ticket.Title, "b"))
	w.must(w.trackers[p.ID].EditField("bob", ref.ID, "title", ticket.Text("c")))
	w.sync(p.ID)
	c := w.conflicts(store.OpenConflict)[0]
	decide := func(choice store.Choice, digest string) (store.Conflict, error) {
		return w.engine.Decide(w.t.Context(), c.ID, engine.Decision{Choice: choice, Digest: digest, By: "ann"})
	}

	if _, err := decide("both", c.Digest); !errors.Is(err, ticket.ErrInvalid) {
		t.Errorf("an unknown choice: %v", err)
	}
	w.edit(id, text(ticket.Title, "b2"))
	now, err := decide(store.ChooseLocal, c.Digest)
	if !errors.Is(err, engine.ErrMoved) || now.Local.Text() != "b2" {
		t.Errorf("values that moved since: %v, shows %q", err, now.Local.Text())
	}
	_, err = decide(store.ChooseExternal, now.Digest)
	w.must(err)
	if _, err = decide(store.ChooseLocal, now.Digest); !errors.Is(err, engine.ErrDecided) {
		t.Errorf("decided already: %v", err)
	}
	w.sync(p.ID)
	if got := w.tickets()[0].Fields[ticket.Title].Text(); got != "c" {
		t.Errorf("the decision was not carried out: %q", got)
	}
}

// TestHubAndSpokes links one ticket to two projects: an edit in one reaches the other
// through the local ticket, once, and settles.
func TestHubAndSpokes(t *testing.T) {
	w := newWorld(t)
	a, b := w.connect("a", memory.Options{}), w.connect("b", memory.Options{})
	ref, err := w.trackers[a.ID].CreateTicket("bob", external.Fields{"title": ticket.Text("one")})
	w.must(err)
	w.sync(a.ID)
	w.sync(b.ID)
	id := w.tickets()[0].ID
	if n := len(w.look(b.ID, external.KindTicket)); n != 0 {
		t.Fatalf("a pulled ticket went on to another project without a grant: %d", n)
	}
	w.must(w.engine.Grant(w.t.Context(), ticket.Grant{TicketID: id, ProjectID: b.ID, By: "ann"}))
	w.sync(b.ID)
	w.must(w.trackers[a.ID].EditField("bob", ref.ID, "title", ticket.Text("two")))
	w.sync(a.ID)
	w.sync(b.ID)
	if got := w.outside(b.ID, id).Fields["title"].Text(); got != "two" {
		t.Fatalf("b holds %q", got)
	}
	for _, p := range []store.Project{a, b, a, b} {
		if s := w.sync(p.ID); s.Counts.Writes != 0 || s.Counts.AppliedHere != 0 {
			t.Fatalf("it does not settle: %+v", s.Counts)
		}
	}
}

// TestLostReply loses the reply to a create, an edit and a comment: nothing is made
// twice, and nothing is lost.
func TestLostReply(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	tracker := w.trackers[p.ID]
	lose := func() { tracker.FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: true}) }
	mine := w.create("Write the manual", ticket.Public)
	lose()
	w.sync(p.ID)
	for range 3 {
		w.sync(p.ID)
	}
	if n := len(w.look(p.ID, external.KindTicket)); n != 1 {
		t.Fatalf("%d tickets outside, want 1", n)
	}
	w.edit(mine.ID, text(ticket.Title, "Write the handbook"))
	lose()
	for range 4 {
		w.sync(p.ID)
	}
	if _, err := w.engine.AddComment(w.t.Context(), mine.ID, "started", "", "ann"); err != nil {
		t.Fatal(err)
	}
	lose()
	for range 4 {
		w.sync(p.ID)
	}
	if got := w.outside(p.ID, mine.ID).Fields["title"].Text(); got != "Write the handbook" {
		t.Errorf("outside: %q", got)
	}
	if n := len(w.look(p.ID, external.KindComment)); n != 1 {
		t.Errorf("%d comments outside, want 1", n)
	}
	if n := len(w.conflicts("")); n != 0 {
		t.Errorf("%d conflicts with ourselves", n)
	}
}

// TestStatusFollowsSessions: an authentication failure is an error at once, and the
// project recovers by itself when the cause is gone.
func TestStatusFollowsSessions(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	tracker := w.trackers[p.ID]
	delete(w.trackers, p.ID)
	w.sync(p.ID)
	if got := w.project(p.ID); got.Status != external.InError || got.StatusReason == "" {
		t.Fatalf("after a refused credential: %s %q", got.Status, got.StatusReason)
	}
	w.trackers[p.ID] = tracker
	w.sync(p.ID)
	if got := w.project(p.ID).Status; got != external.Active {
		t.Fatalf("after the cause is gone: %s", got)
	}
}

// TestPauseActsWithinOneTicket pauses the project from inside the first call that
// writes: nothing is written after it.
func TestPauseActsWithinOneTicket(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	for range 5 {
		w.create("work", ticket.Public)
	}
	r, err := w.engine.Begin(w.t.Context(), "s", p.ID, store.Incremental)
	w.must(err)
	beats := 0
	r.Beat = func() {
		if beats++; beats == 3 {
			_, err := w.engine.Pause(w.t.Context(), p.ID, "op")
			w.must(err)
		}
	}
	if _, err = w.engine.Sync(w.t.Context(), r, 100); !errors.Is(err, engine.ErrStopped) {
		t.Fatalf("sync: %v, want that it was stopped", err)
	}
	if n := len(w.look(p.ID, external.KindTicket)); n != 2 {
		t.Fatalf("%d tickets outside, want the two written before the pause", n)
	}
	if _, err := w.engine.Begin(w.t.Context(), "s2", p.ID, store.Incremental); !errors.Is(err, engine.ErrStopped) {
		t.Fatalf("a paused project must not begin a session: %v", err)
	}
}

// TestZombieWritesNothing: an attempt that was fenced changes nothing any more.
func TestZombieWritesNothing(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.create("work", ticket.Public)
	old, err := w.engine.Begin(w.t.Context(), "s", p.ID, store.Incremental)
	w.must(err)
	_, err = w.engine.Begin(w.t.Context(), "s", p.ID, store.Incremental)
	w.must(err)
	if _, err := w.engine.Sync(w.t.Context(), old, 10); !errors.Is(err, engine.ErrFenced) {
		t.Fatalf("the old attempt: %v", err)
	}
	if _, err := w.engine.Observe(w.t.Context(), old, true); !errors.Is(err, engine.ErrFenced) {
		t.Fatalf("the old attempt observes: %v", err)
	}
	if n := w.trackers[p.ID].Calls().Writes(); n != 0 {
		t.Fatalf("%d writes", n)
	}
}

// TestQuarantine: a ticket that always fails is set aside after five tries over an
// hour, and delays nobody else.
func TestQuarantine(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	bad := w.create("bad", ticket.Public)
	good := w.create("good", ticket.Public)
	for n := range 8 {
		if n < 6 {
			w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Invalid})
		}
		w.sync(p.ID)
		w.clock.now = w.clock.now.Add(65 * time.Minute)
	}
	var l store.Link
	w.view(func(tx store.Tx) (err error) {
		l, err = tx.LinkByLocal(w.t.Context(), p.ID, external.KindTicket, bad.ID)
		return err
	})
	if l.State != store.Quarantined || l.Reason == "" {
		t.Errorf("the bad ticket: %s after %d attempts, %q", l.State, l.Attempts, l.Reason)
	}
	w.outside(p.ID, good.ID)
}

// TestLoopWithAnotherBot: another program undoes each of our writes at once. The link
// is parked and says over which field they fight; an edit here tries it again.
func TestLoopWithAnotherBot(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	link := func() (l store.Link) {
		w.view(func(tx store.Tx) (err error) {
			l, err = tx.LinkByLocal(w.t.Context(), p.ID, external.KindTicket, mine.ID)
			return err
		})
		return l
	}
	for n := 0; link().State == store.Live; n++ {
		if n > 2*store.MaxPushes {
			t.Fatal("the loop goes on")
		}
		w.clock.now = w.clock.now.Add(-50 * time.Second) // a fast bot: a round every ten seconds
		w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("ours")})
		if n%3 == 0 { // another field is fought over now and then
			w.edit(mine.ID, text(ticket.Title, "ours "+strconv.Itoa(n)))
		}
		w.sync(p.ID)
		w.clock.now = w.clock.now.Add(-50 * time.Second)
		w.must(w.trackers[p.ID].RemoveLabel("bot", link().ExternalID, "ours"))
		w.sync(p.ID)
	}
	l := link()
	if l.State != store.ParkedLink || !strings.Contains(l.Reason, "over labels, title:") {
		t.Fatalf("%s: %q", l.State, l.Reason)
	}
	w.edit(mine.ID, text(ticket.Title, "Write the handbook"))
	w.sync(p.ID)
	if got := w.outside(p.ID, mine.ID).Fields["title"].Text(); got != "Write the handbook" {
		t.Errorf("after an edit here outside holds %q", got)
	}
}

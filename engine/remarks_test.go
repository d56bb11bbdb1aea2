package engine_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// oneList lists comments with their tickets, as Jira and Linear do.
type oneList struct{ *memory.Adapter }

func (o oneList) Capabilities() external.Capabilities {
	c := o.Adapter.Capabilities()
	c.Streams = []external.Stream{external.StreamTickets}
	return c
}

func (o oneList) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	tickets, err := o.Adapter.Changes(ctx, s, win, page, version)
	if err != nil {
		return tickets, err
	}
	comments, err := o.Adapter.Changes(ctx, external.StreamComments, external.Window{}, "", "")
	tickets.Items = append(tickets.Items, comments.Items...)
	return tickets, err
}

// TestRemarksSaveTheirTicket: a session that a webhook woke lists nothing. A ticket that it
// is to take back is closed, not deleted, when somebody commented on it meanwhile.
func TestRemarksSaveTheirTicket(t *testing.T) {
	for _, tt := range []struct {
		reason  string
		comment bool
		one     bool // comments come in the list of their tickets
		gone    bool
	}{
		{"nobody said anything: it is deleted", false, false, true},
		{"a stranger's comment would go with it: it is overwritten and closed", true, false, false},
		{"the same where comments come with their tickets", true, true, false},
	} {
		w, p, tk := pairOf(t, memory.Options{TicketDel: true})
		if tt.one {
			w.wrap = func(a *memory.Adapter) adapters.Adapter { return oneList{a} }
		}
		it := w.outside(p.ID, tk.ID)
		if tt.comment {
			_, err := w.trackers[p.ID].AddComment("mallory", it.Key, "I need this")
			w.must(err)
		}
		_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), tk.ID, ticket.LocalOnly, outbound.Remove, "ann")
		w.must(err)
		r, err := w.engine.Begin(t.Context(), "woken", p.ID, store.Incremental)
		w.must(err)
		_, err = w.engine.Sync(t.Context(), r, 100)
		w.must(err)
		now := w.look(p.ID, external.KindTicket)[0]
		if now.Gone != tt.gone || !now.Gone && now.Fields["state"].Text() != ticket.StateNotPlanned {
			t.Errorf("%s: it is %+v", tt.reason, now)
		}
		if n := len(w.look(p.ID, external.KindComment)); tt.comment && n != 1 {
			t.Errorf("%s: %d comments stand outside", tt.reason, n)
		}
	}
}

// TestARemarkOutOfSightSavesItsTicket: the project was out of sight as the comment was to be read. A list that
// has not changed since shows it to nobody.
func TestARemarkOutOfSightSavesItsTicket(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{TicketDel: true})
	it, tracker := w.outside(p.ID, tk.ID), w.trackers[p.ID]
	ref, err := tracker.AddComment("mallory", it.Key, "I need this")
	w.must(err)
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{ref}))
	r, err := w.engine.Begin(t.Context(), "heard", p.ID, store.Incremental)
	w.must(err)
	for range 2 { // the second time the list begins where it will next time
		_, err = w.engine.Observe(t.Context(), r, true)
		w.must(err)
	}
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{ref}))
	tracker.Hide(true)
	_, err = w.engine.Sync(t.Context(), r, 100)
	tracker.Hide(false)
	var seen store.Observation
	w.must(w.engine.Store.Tx(t.Context(), func(tx store.Tx) (err error) {
		seen, err = tx.Observation(t.Context(), p.ID, ref.Kind, ref.ID)
		return err
	}))
	if !seen.Item.Gone {
		t.Fatalf("the comment was not looked at while it could not be seen: %+v (%v)", seen, err)
	}
	_, _, err = w.engine.SetPrivacyAndTakeBack(t.Context(), tk.ID, ticket.LocalOnly, outbound.Remove, "ann")
	w.must(err)
	w.sync(p.ID)
	if now := w.look(p.ID, external.KindTicket)[0]; now.Gone || now.Fields["state"].Text() != ticket.StateNotPlanned {
		t.Errorf("it is %+v", now)
	}
}

// TestARemarkThatCannotBeRead: under a ticket that is to be deleted outside stands a comment that
// changed, and that the system does not show. Somebody may have said something in it: the ticket is
// closed instead, and it does not wait for ever. What is taken back is overwritten, too.
func TestARemarkThatCannotBeRead(t *testing.T) {
	private := func(w *world, id string) {
		_, _, err := w.engine.SetPrivacyAndTakeBack(w.t.Context(), id, ticket.LocalOnly, outbound.Remove, "ann")
		w.must(err)
	}
	for _, tt := range []struct {
		reason string
		read   external.ErrorKind
		ends   func(*world, string)
		says   string // in the end
	}{
		{"taken back, and the comment is refused", external.Invalid, private, outbound.Notice},
		{"taken back, and the comment is refused otherwise", external.Conflict, private, outbound.Notice},
		{"taken back, and about the comment no answer comes", external.Temporary, private, outbound.Notice},
		{"deleted here, and the comment is refused", external.Invalid, (*world).dropHere, secret},
		{"deleted here, and about the comment no answer comes", external.Temporary, (*world).dropHere, secret},
	} {
		w := newWorld(t)
		a := &poisoned{}
		w.wrap = func(inner *memory.Adapter) adapters.Adapter { a.Adapter = inner; return a }
		p, id := w.secretPair(memory.Options{TicketDel: true})
		said, err := w.trackers[p.ID].AddComment("mallory", w.outside(p.ID, id).Key, "I need this")
		w.must(err)
		w.syncs(p.ID, 2)
		a.item, a.read = said.ID, tt.read
		w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{said}))
		tt.ends(w, id)
		w.sync(p.ID)
		for _, c := range w.conflicts(store.OpenConflict) {
			w.decide(c, store.ChooseLocal)
		}
		w.syncs(p.ID, 8)
		if got, want := w.shown(p.ID), "title="+tt.says+";body="+tt.says+";state=not_planned;body=I need this;"; got != want {
			t.Errorf("%s: outside it reads %q, want %q", tt.reason, got, want)
		}
	}
}

// TestALostAnswerAboutARemark: one reading of a comment that fails does not keep its ticket from
// being deleted.
func TestALostAnswerAboutARemark(t *testing.T) {
	w := newWorld(t)
	a := &poisoned{}
	w.wrap = func(inner *memory.Adapter) adapters.Adapter { a.Adapter = inner; return a }
	p, id := w.secretPair(memory.Options{TicketDel: true})
	said, err := w.engine.AddComment(t.Context(), id, "a remark", "", "bob")
	w.must(err)
	w.sync(p.ID)
	l := w.link(p.ID, external.KindComment, said.ID)
	a.item, a.read = l.ExternalID, external.Temporary
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{{Kind: l.Kind, ID: l.ExternalID}}))
	_, _, err = w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Remove, "ann")
	w.must(err)
	before := w.shown(p.ID)
	w.syncs(p.ID, 2)
	if got := w.shown(p.ID); got != before {
		t.Errorf("without an answer it reads %q", got)
	}
	a.read = ""
	w.syncs(p.ID, 1)
	if !w.outside(p.ID, id).Gone {
		t.Errorf("it is not deleted: %q", w.shown(p.ID))
	}
}

// beset lets somebody act right before a write and right after it.
type beset struct {
	adapters.Adapter
	before, after func()
}

func (b beset) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	b.before()
	defer b.after()
	return b.Adapter.Write(ctx, op)
}

// TestTwoWritesOfOneValue: a text is overwritten twice with the same notice within one
// minute, which is how fine the tracker's stamps are, because people edited it before the
// first of these writes, unseen, and after it. The history does not tell the writes apart.
func TestTwoWritesOfOneValue(t *testing.T) {
	w := newWorld(t)
	p, id := w.secretPair(memory.Options{History: external.HistoryFull, Precision: time.Minute})
	edit := func(text string) func() {
		return once(func() {
			w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, id).ID, memory.FieldBody, ticket.Text(text)))
		})
	}
	first, second := edit("the first edit"), edit("the second edit")
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return beset{a, first, second} }
	_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Redact, "ann")
	w.must(err)
	w.syncs(p.ID, 3)
	var kept []string
	for _, state := range []store.ConflictState{store.OpenConflict, store.Resolved} {
		for _, c := range w.conflicts(state) {
			kept = append(kept, c.External.Text())
		}
	}
	for _, want := range []string{"the first edit", "the second edit"} {
		if !slices.Contains(kept, want) {
			t.Errorf("%q is lost; kept are %q", want, kept)
		}
	}
}

// TestCommentsThatAreNotMapped stay on the side on which they are, and nothing waits for them, or comes in without
// its words. Once they are mapped they go where they may.
func TestCommentsThatAreNotMapped(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	w.activate(p.ID, func(m *mapping.Mapping) { m.Comments = nil })
	_, err := w.engine.AddComment(t.Context(), tk.ID, "mine", "", "ann")
	w.must(err)
	_, err = w.trackers[p.ID].AddComment("bob", w.outside(p.ID, tk.ID).Key, "theirs")
	w.must(err)
	w.syncs(p.ID, 2)
	said := func() (texts []string) {
		w.view(func(tx store.Tx) error {
			list, err := tx.CommentsOf(t.Context(), tk.ID)
			for _, c := range list {
				texts = append(texts, c.Body.Text())
			}
			return err
		})
		return texts
	}
	if got := said(); !slices.Equal(got, []string{"mine"}) {
		t.Errorf("here are the comments %q", got)
	}
	w.view(func(tx store.Tx) error {
		n, err := tx.CountLinks(t.Context(), p.ID, w.clock.now)
		if n.Dirty > 0 {
			t.Errorf("%d links wait, for ever", n.Dirty)
		}
		return err
	})
	w.activate(p.ID, func(*mapping.Mapping) {})
	w.syncs(p.ID, 2)
	if got, there := said(), w.stands(p.ID, external.KindComment); !slices.Contains(got, "theirs") || len(there) != 2 {
		t.Errorf("mapped, here are the comments %q, and %d outside", got, len(there))
	}
}

// TestTheEndOfACommentThatIsNotMapped: a comment was joined, and no mapping carries comments any more. Whoever
// deletes it on one side takes from the other nothing that was written there since, and nobody saw.
func TestTheEndOfACommentThatIsNotMapped(t *testing.T) {
	for _, here := range []bool{true, false} {
		w, p, tk := pairOf(t, memory.Options{})
		said, err := w.engine.AddComment(t.Context(), tk.ID, "mine", "", "ann")
		w.must(err)
		w.syncs(p.ID, 2)
		there := w.stands(p.ID, external.KindComment)[0]
		w.activate(p.ID, func(m *mapping.Mapping) { m.Comments = nil })
		w.syncs(p.ID, 2)
		if here {
			w.must(w.trackers[p.ID].EditField("bob", there.ID, memory.FieldBody, ticket.Text("edited")))
			w.syncs(p.ID, 1)
			_, err = w.engine.DeleteComment(t.Context(), said.ID, said.Revision, "ann")
		} else {
			_, err = w.engine.EditComment(t.Context(), said.ID, "edited", said.Revision, "ann")
			w.must(err)
			w.syncs(p.ID, 1)
			err = w.trackers[p.ID].Delete("bob", there.ID)
		}
		w.must(err)
		w.reconcile(p.ID)
		w.syncs(p.ID, 3)
		w.view(func(tx store.Tx) error {
			c, err := tx.Comment(t.Context(), said.ID)
			if standing := len(w.stands(p.ID, external.KindComment)); c.Deleted != here || standing == 1 != here {
				t.Errorf("deleted here %t: here it is deleted: %t; outside stand %d", here, c.Deleted, standing)
			}
			return err
		})
	}
}

// TestARemarkOfOursThatIsNotMapped: comments are not mapped any more, and somebody has edited one of ours outside since.
// It stays, and its ticket, which is taken back, is closed and not deleted.
func TestARemarkOfOursThatIsNotMapped(t *testing.T) {
	for _, edited := range []bool{true, false} {
		w, p, tk := pairOf(t, memory.Options{TicketDel: true})
		_, err := w.engine.AddComment(t.Context(), tk.ID, "mine", "", "ann")
		w.must(err)
		w.syncs(p.ID, 2)
		w.activate(p.ID, func(m *mapping.Mapping) { m.Comments = nil })
		w.syncs(p.ID, 2)
		if edited {
			w.must(w.trackers[p.ID].EditField("bob", w.stands(p.ID, external.KindComment)[0].ID, memory.FieldBody, ticket.Text("edited")))
			w.syncs(p.ID, 1)
		}
		_, _, err = w.engine.SetPrivacyAndTakeBack(t.Context(), tk.ID, ticket.LocalOnly, outbound.Remove, "ann")
		w.must(err)
		w.syncs(p.ID, 3)
		said := w.stands(p.ID, external.KindComment)
		if gone := w.outside(p.ID, tk.ID).Gone; gone == edited || edited && (len(said) != 1 || said[0].Fields[memory.FieldBody].Text() != "edited") {
			t.Errorf("edited %t: its ticket is gone %t, and below it stands %+v", edited, gone, said)
		}
	}
}

// TestARemarkOfOursThatIsNotMappedGoesUnanswered: the mapping carries no remarks by the time one of ours is taken back,
// so that nothing that it says is part of the call. Its answer is lost, and found out by looking.
func TestARemarkOfOursThatIsNotMappedGoesUnanswered(t *testing.T) {
	w := newWorld(t)
	a := &poisoned{}
	w.wrap = func(inner *memory.Adapter) adapters.Adapter { a.Adapter = inner; return a }
	p, id := w.secretPair(memory.Options{})
	said, err := w.engine.AddComment(t.Context(), id, "a remark", "", "bob")
	w.must(err)
	w.sync(p.ID)
	w.activate(p.ID, func(m *mapping.Mapping) { m.Comments = nil })
	a.item, a.lost = w.link(p.ID, external.KindComment, said.ID).ExternalID, true
	w.hide(id, outbound.Remove)
	w.syncs(p.ID, 3)
	if l := w.link(p.ID, external.KindComment, said.ID); a.lost || l.State != store.Withdrawn || !strings.HasPrefix(l.Reason, "taken back: ") || len(w.stands(p.ID, external.KindComment)) > 0 {
		t.Errorf("the answer is still to be lost: %t; the remark's link is %s (%s)", a.lost, l.State, l.Reason)
	}
}

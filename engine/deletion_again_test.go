package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// binned is a ticket of bob's that he put into the bin, and that was deleted here for that.
type binned struct {
	*world
	p      store.Project
	id     string
	ref    external.Ref
	hidden string // whose items are in the bin
}

func inTheBin(t *testing.T, follow bool) *binned {
	t.Helper()
	b := &binned{world: newWorld(t), hidden: "nobody"}
	b.wrap = func(a *memory.Adapter) adapters.Adapter { return veiled{a, &b.hidden} }
	b.p = b.connect("octo/hello", memory.Options{})
	if follow {
		_, err := b.engine.FollowDeletions(t.Context(), b.p.ID, "op", true, time.Second)
		b.must(err)
	}
	ref, err := b.trackers[b.p.ID].CreateTicket("bob", external.Fields{"title": ticket.Text("theirs")})
	b.must(err)
	b.sync(b.p.ID)
	b.ref, b.id = ref, b.onlyTicket(b.p.ID)
	b.hidden = "bob"
	b.reconcile(b.p.ID)
	if !follow {
		b.decide(b.asked(store.GoneOutside), store.ChooseExternal)
	}
	b.syncs(b.p.ID, 3)
	if l := b.link(b.p.ID, external.KindTicket, b.id); !b.ticket(b.id).Deleted || l.State != store.Tombstone {
		t.Fatalf("ours is deleted %t, its link is %s: %s", b.ticket(b.id).Deleted, l.State, l.Reason)
	}
	return b
}

// hears has a session hear of the item once more, by a list or a webhook.
func (b *binned) hears(webhook bool) {
	b.t.Helper()
	if webhook {
		b.must(b.engine.Hint(b.t.Context(), b.p.ID, []external.Ref{b.ref}))
		b.sync(b.p.ID)
		return
	}
	b.reconcile(b.p.ID)
	b.sync(b.p.ID)
}

// TestATicketOutOfTheBin: a ticket was deleted outside, and ours for that. It is taken out of the bin there: a person
// is asked, once, however often it is heard of, and whatever follows without being asked. Each answer holds.
func TestATicketOutOfTheBin(t *testing.T) {
	for _, follow := range []bool{true, false} {
		for _, webhook := range []bool{true, false} {
			for choice, want := range map[store.Choice]struct {
				deleted bool
				state   store.LinkState
			}{
				store.ChooseExternal: {false, store.Live},
				store.ChooseLocal:    {true, store.Tombstone},
				store.ChooseUnlink:   {true, store.Tombstone},
			} {
				b := inTheBin(t, follow)
				b.hidden = "nobody"
				b.hears(webhook)
				c := b.asked(store.EditedAndDeleted)
				if !strings.Contains(c.Reason, "there again") || !b.ticket(b.id).Deleted {
					t.Fatalf("asked for %q, ours is deleted %t", c.Reason, b.ticket(b.id).Deleted)
				}
				for range 3 {
					b.clock.now = b.clock.now.Add(48 * time.Hour)
					b.hears(webhook)
				}
				if again := b.asked(store.EditedAndDeleted); again.ID != c.ID || len(b.conflicts("")) > 2 {
					t.Errorf("asked again: %+v", b.conflicts(""))
				}
				b.decide(c, choice)
				b.syncs(b.p.ID, 2)
				l := b.link(b.p.ID, external.KindTicket, b.id)
				if b.ticket(b.id).Deleted != want.deleted || l.State != want.state {
					t.Errorf("follow %t, webhook %t, %s: ours is deleted %t, its link is %s: %s", follow, webhook, choice, b.ticket(b.id).Deleted, l.State, l.Reason)
				}
				if open := b.conflicts(store.OpenConflict); len(open) > 0 {
					t.Errorf("%s: still asked %+v", choice, open)
				}
				b.stays(b.p.ID)
			}
		}
	}
}

// TestATicketOutOfTheBinIsRestoredHere: whoever restores ours himself has answered, and what was edited there comes in.
func TestATicketOutOfTheBinIsRestoredHere(t *testing.T) {
	b := inTheBin(t, true)
	b.hidden = "nobody"
	b.must(b.trackers[b.p.ID].EditField("bob", b.ref.ID, memory.FieldTitle, ticket.Text("theirs, edited")))
	b.hears(false)
	b.asked(store.EditedAndDeleted)
	_, err := b.engine.RestoreTicket(t.Context(), b.id, "ann")
	b.must(err)
	b.syncs(b.p.ID, 2)
	if got := b.ticket(b.id); got.Deleted || got.Fields[ticket.Title].Text() != "theirs, edited" || len(b.conflicts(store.OpenConflict)) > 0 {
		t.Errorf("ours is %+v, asked %+v", got, b.conflicts(store.OpenConflict))
	}
}

// TestALateWebhookOfWhatIsGone: what tells of a ticket that is gone still, as ours is, has it read, and nobody is asked;
// it is no deletion more, and the next that shows it is heard.
func TestALateWebhookOfWhatIsGone(t *testing.T) {
	b := inTheBin(t, true)
	b.hears(true)
	if l := b.link(b.p.ID, external.KindTicket, b.id); l.State != store.Tombstone || l.Reason != plan.GoneAsBefore {
		t.Errorf("its link is %s: %s", l.State, l.Reason)
	}
	if open := b.conflicts(store.OpenConflict); len(open) > 0 {
		t.Errorf("asked %+v", open)
	}
	b.hidden = "nobody"
	b.hears(true)
	b.asked(store.EditedAndDeleted)
}

// TestATicketOutOfTheBinOfAProjectThatOnlyPulls: nothing may go out, so that nobody is asked; it is told what there is to do.
func TestATicketOutOfTheBinOfAProjectThatOnlyPulls(t *testing.T) {
	b := inTheBin(t, true)
	b.pullOnly(b.p, "", true)
	b.hidden = "nobody"
	b.hears(false)
	v, err := b.engine.Verify(t.Context(), b.p.ID, "", 100)
	b.must(err)
	if len(v.Differences) != 1 || !strings.Contains(v.Differences[0].Reason, "there again; restore ours") {
		t.Errorf("told: %+v", v)
	}
	_, err = b.engine.RestoreTicket(t.Context(), b.id, "ann")
	b.must(err)
	b.syncs(b.p.ID, 2)
	if l := b.link(b.p.ID, external.KindTicket, b.id); l.State != store.Live || b.ticket(b.id).Deleted {
		t.Errorf("restored, ours is deleted %t, its link is %s: %s", b.ticket(b.id).Deleted, l.State, l.Reason)
	}
}

// TestARestoredTicketForgetsThatItWasHeardOf: a late webhook tells of a ticket that is in the bin still, and ours is restored
// before anybody reads it. What both sides had agreed on is the base again.
func TestARestoredTicketForgetsThatItWasHeardOf(t *testing.T) {
	b := inTheBin(t, true)
	b.must(b.engine.Hint(t.Context(), b.p.ID, []external.Ref{b.ref}))
	_, err := b.engine.RestoreTicket(t.Context(), b.id, "ann")
	b.must(err)
	b.syncs(b.p.ID, 2)
	title := b.link(b.p.ID, external.KindTicket, b.id).Bases[ticket.Title]
	if title.External.Text() != "theirs" || !title.Was.IsEmpty() {
		t.Errorf("the base is %+v", title)
	}
}

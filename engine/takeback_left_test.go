package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// asideReads is a tracker that says when it is about to be read directly.
type asideReads struct {
	asideTracker
	before func()
}

func (a asideReads) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	a.before()
	return a.asideTracker.Read(ctx, refs)
}

// asideBin is a tracker that throws away what is deleted there, and keeps it in a bin.
type asideBin struct {
	asideTracker
	lost bool // so is the answer to that
	bin  func()
}

func (a asideBin) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	c, err := op.Open()
	if err != nil {
		return external.Item{}, err
	}
	if c.Action == outbound.Delete {
		if a.bin(); a.lost {
			return external.Item{}, &external.Error{Kind: external.Ambiguous, Op: op.Name, Message: "no answer"}
		}
		return external.Item{Ref: c.Ref, Gone: true}, nil
	}
	return a.asideTracker.Write(ctx, op)
}

// asideUntold is a tracker that does not tell its history, and in which somebody is faster than our write to one item.
type asideUntold struct {
	asideTracker
	id     string
	before func()
}

func (a asideUntold) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	if c, err := op.Open(); err == nil && c.Ref.ID == a.id {
		a.before()
	}
	return a.asideTracker.Write(ctx, op)
}

func (asideUntold) History(context.Context, []adapters.HistoryQuery) ([][]external.Revision, error) {
	return nil, &external.Error{Kind: external.Forbidden, Op: "history", Message: "not now"}
}

// madeAgain has a ticket made again whose item is out of sight and to be taken back.
func (s *aside) madeAgain() {
	s.t.Helper()
	s.stood()
	s.vanished = true
	s.goOn(store.Reconcile)
	_, _, err := s.engine.ChangeRulesAndTakeBack(s.t.Context(), s.p.ID, "op", outbound.Redact, func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Body} })
	s.must(err)
	s.goOn(store.Incremental)
	s.decideAll(func(store.Conflict) store.Choice { return store.ChooseLocal })
	s.goOn(store.Incremental)
	s.hide(s.id, outbound.Redact)
	s.goOn(store.Incremental)
}

// showsNow has an item come into sight, and fails where it says in the end what it may not.
func (s *aside) showsNow(when string, kinds ...external.Kind) {
	s.t.Helper()
	s.vanished = false
	s.must(s.at.AddLabel("bob", s.ref.ID, "green"))
	for range 4 {
		s.goOn(store.Incremental)
	}
	for _, kind := range kinds {
		for _, it := range s.all(kind) {
			if strings.Contains(says(it), "TITLE") || strings.Contains(says(it), "BODY") || strings.Contains(says(it), "REMARK") {
				s.t.Errorf("%s: outside a %s shows %q", when, kind, says(it))
			}
		}
	}
}

// TestSeenForAMomentOnly: the item of a ticket that was made again is to be taken back once it shows. A list shows it,
// and it is out of sight once more as it is read for that.
func TestSeenForAMomentOnly(t *testing.T) {
	s := newAside(t, memory.Options{CreateKey: external.CreateKeyClientID})
	s.madeAgain()
	wrap := s.wrap
	s.wrap = func(a *memory.Adapter) adapters.Adapter {
		return asideReads{asideTracker{a, s}, func() { s.vanished = true }}
	}
	s.vanished = false
	s.must(s.at.AddLabel("bob", s.ref.ID, "red"))
	s.goOn(store.Incremental)
	s.wrap = wrap
	s.showsNow("seen again", external.KindTicket)
}

// TestUndoneAndOutOfTheBin: an undo deleted an item outside before its ticket was asked to be taken back. Somebody
// takes it out of the bin there.
func TestUndoneAndOutOfTheBin(t *testing.T) {
	s := newAside(t, memory.Options{TicketDel: true})
	bin := once(func() { s.vanished = true })
	s.wrap = func(a *memory.Adapter) adapters.Adapter { return asideBin{asideTracker{a, s}, false, bin} }
	s.stood()
	s.order(s.last)
	s.goOn(store.Incremental)
	s.goOn(store.Incremental)
	if l := s.link(s.p.ID, external.KindTicket, s.id); !s.vanished || l.State != store.Withdrawn {
		t.Fatalf("undone the link is %s (%s)", l.State, l.Reason)
	}
	s.hide(s.id, outbound.Redact)
	s.goOn(store.Incremental)
	s.showsNow("out of the bin", external.KindTicket, external.KindComment)
}

// TestRemovedAndOutOfTheBin: what we deleted outside as it was taken back is taken out of the bin there.
func TestRemovedAndOutOfTheBin(t *testing.T) {
	for _, lost := range []bool{false, true} {
		s := newAside(t, memory.Options{TicketDel: true})
		s.stood()
		bin := once(func() { s.vanished = true })
		s.wrap = func(a *memory.Adapter) adapters.Adapter { return asideBin{asideTracker{a, s}, lost, bin} }
		s.hide(s.id, outbound.Remove)
		for range 3 {
			s.goOn(store.Incremental)
		}
		if l := s.link(s.p.ID, external.KindTicket, s.id); l.State != store.Withdrawn || l.TakeBack != "" {
			t.Fatalf("lost %t: removed the link is %s (%s)", lost, l.State, l.Reason)
		}
		s.showsNow(fmt.Sprintf("lost %t", lost), external.KindTicket, external.KindComment)
	}
}

// TestTakenBackAfterItWasMadeAgain: a ticket whose item is out of sight is made again, and taken back then. The old
// item shows, with what was said below it.
func TestTakenBackAfterItWasMadeAgain(t *testing.T) {
	s := newAside(t, memory.Options{})
	s.stood()
	s.vanished = true
	s.goOn(store.Reconcile)
	s.decideAll(func(store.Conflict) store.Choice { return store.ChooseLocal })
	s.goOn(store.Incremental)
	s.goOn(store.Incremental)
	s.hide(s.id, outbound.Redact)
	s.goOn(store.Incremental)
	s.goOn(store.Incremental)
	s.showsNow("the old one", external.KindTicket, external.KindComment)
}

// TestTakenBackThoughItsTicketHasAnotherItem: a ticket has an item in each of two projects. A person let it and the one
// alone, and that is taken back; then the other one is moved there, and the ticket goes on with it.
func TestTakenBackThoughItsTicketHasAnotherItem(t *testing.T) {
	for _, unseen := range []bool{true, false} {
		s := newAside(t, memory.Options{})
		s.stood()
		s.must(s.engine.Grant(t.Context(), ticket.Grant{TicketID: s.id, ProjectID: s.q.ID, By: "ann"}))
		s.goOn(store.Incremental)
		s.goOn(store.Incremental)
		here, there := s.ref, s.outside(s.q.ID, s.id).Ref
		s.ref, s.vanished = there, true
		s.goOn(store.Reconcile)
		s.decideAll(func(store.Conflict) store.Choice { return store.ChooseUnlink })
		s.goOn(store.Incremental)
		if s.vanished = unseen; !unseen { // a list shows it once more
			s.must(s.trackers[s.q.ID].AddLabel("bob", there.ID, "red"))
			s.goOn(store.Incremental)
		}
		s.ref = here
		s.moves(s.trackers[s.q.ID])
		s.ref = there
		_, err := s.engine.RevokeAndTakeBack(t.Context(), s.id, s.q.ID, outbound.Redact, "ann")
		s.must(err)
		s.goOn(store.Reconcile)
		if l := s.linkOf(there.ID); l.LocalID != "" {
			t.Errorf("unseen %t: the ticket did not go on with the other one: %s (%s)", unseen, l.State, l.Reason)
		}
		s.goOn(store.Incremental)
		s.at = s.trackers[s.q.ID]
		s.showsNow(map[bool]string{true: "unseen", false: "seen"}[unseen], external.KindTicket, external.KindComment)
	}
}

// linkOf is the link of a ticket's item.
func (s *aside) linkOf(externalID string) (l store.Link) {
	for _, l := range s.links(external.KindTicket) {
		if l.ExternalID == externalID {
			return l
		}
	}
	return l
}

// TestTheHistoryOfWhatLeftItsTicket: an edit slipped in between our look and our write. Its history is read when the
// ticket has another item already: the edit is kept, and the project goes on.
func TestTheHistoryOfWhatLeftItsTicket(t *testing.T) {
	check := func(t *testing.T, s *aside, p store.Project) {
		t.Helper()
		for range 2 {
			s.clock.now = s.clock.now.Add(time.Hour)
			if r, err := s.session(p.ID, store.Incremental); err != nil || r.State != store.Succeeded {
				t.Fatalf("the session has %s (%s): %v", r.State, r.Reason, err)
			}
		}
		if !strings.Contains(s.queue(), "THEIRS-0") {
			t.Errorf("the edit is lost: %s", s.queue())
		}
	}
	t.Run("its notice was written over it", func(t *testing.T) {
		s := newAside(t, memory.Options{CreateKey: external.CreateKeyClientID, History: external.HistoryFull})
		s.madeAgain()
		s.vanished = false
		s.must(s.at.AddLabel("bob", s.ref.ID, "green"))
		rival := once(func() { s.must(s.at.EditField("bob", s.ref.ID, memory.FieldTitle, ticket.Text("THEIRS-0"))) })
		s.wrap = func(a *memory.Adapter) adapters.Adapter { return meddler{asideTracker{a, s}, rival} }
		s.goOn(store.Incremental)
		check(t, s, s.p)
	})
	for _, known := range []bool{true, false} {
		t.Run(fmt.Sprintf("another item was moved there, known %t", known), func(t *testing.T) {
			s := newAside(t, memory.Options{History: external.HistoryFull})
			s.stood()
			s.must(s.engine.Grant(t.Context(), ticket.Grant{TicketID: s.id, ProjectID: s.q.ID, By: "ann"}))
			s.goOn(store.Incremental)
			s.goOn(store.Incremental)
			here, there := s.ref, s.outside(s.q.ID, s.id).Ref
			s.edit(s.id, text(ticket.Body, "BODY-1"))
			rival := once(func() {
				s.must(s.trackers[s.q.ID].EditField("bob", there.ID, memory.FieldBody, ticket.Text("THEIRS-0")))
			})
			s.wrap = func(a *memory.Adapter) adapters.Adapter { return asideUntold{asideTracker{a, s}, there.ID, rival} }
			s.goOn(store.Incremental)
			s.ref, s.vanished = there, true
			s.goOn(store.Reconcile)
			s.decideAll(func(store.Conflict) store.Choice { return store.ChooseUnlink })
			s.goOn(store.Incremental)
			s.ref = here
			s.moves(s.trackers[s.q.ID])
			s.ref = there
			s.goOn(store.Reconcile)
			s.goOn(store.Incremental)
			l := s.linkOf(there.ID)
			if l.LocalID != "" || len(s.open(s.q.ID)) == 0 {
				t.Fatalf("the link is %s (%s), with %d writes to be audited", l.State, l.Reason, len(s.open(s.q.ID)))
			}
			if !known { // an earlier version did not say as what the ticket goes on
				s.putLink(l, func(l store.Link) store.Link { return l.As(l.State, store.CauseUnlinked, "unlinked") })
			}
			s.wrap = func(a *memory.Adapter) adapters.Adapter { return asideTracker{a, s} }
			check(t, s, s.q)
		})
	}
}

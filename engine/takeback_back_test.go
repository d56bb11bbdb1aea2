package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// letGo has a person leave the ticket and its item as they are, where that is by now.
func (s *aside) letGo() {
	s.t.Helper()
	s.vanished = true
	s.goOn(store.Reconcile)
	s.decideAll(func(store.Conflict) store.Choice { return store.ChooseUnlink })
	s.goOn(store.Incremental)
	s.vanished = false
	if l := s.linkOf(s.ref.ID); l.State != store.Tombstone {
		s.t.Fatalf("let go, its link is %s (%s)", l.State, l.Reason)
	}
}

// withdrawn fails where anything of the ticket can still be read outside.
func (s *aside) withdrawn(when string) {
	s.t.Helper()
	for _, it := range append(s.all(external.KindTicket), s.all(external.KindComment)...) {
		if strings.Contains(says(it), "TITLE") || strings.Contains(says(it), "BODY") || strings.Contains(says(it), "REMARK") {
			s.t.Errorf("%s: outside it shows %q", when, says(it))
		}
	}
}

// goesOn runs some sessions of both projects.
func (s *aside) goesOn(times int) {
	s.t.Helper()
	for range times {
		s.goOn(store.Incremental)
	}
}

// TestTakenBackThoughLetGo: an item was moved to another project, where a person let it go. It is revoked for the project that it
// left, or is to stay here altogether, and somebody moves it back there, where it may have another id. Whatever comes first,
// nothing of it can be read in the end, and nothing comes in twice.
func TestTakenBackThoughLetGo(t *testing.T) {
	const beforeLetGo, beforeBack, onceBack = "before it is let go", "before it is back", "once it is back"
	revoke := func(s *aside) {
		_, err := s.engine.RevokeAndTakeBack(t.Context(), s.id, s.p.ID, outbound.Redact, "ann")
		s.must(err)
	}
	hide := func(s *aside) { s.hide(s.id, outbound.Redact) }
	for _, tt := range []struct {
		when string
		ask  func(*aside)
	}{{beforeLetGo, revoke}, {beforeBack, revoke}, {onceBack, revoke}, {beforeBack, hide}, {onceBack, hide}} {
		for n, key := range []external.CreateKeyKind{"", external.CreateKeyClientID, "", external.CreateKeyClientID} {
			told := n < 2 // before it is moved back sessions know what was asked
			s := newAside(t, memory.Options{CreateKey: key})
			asks := func(at string) {
				if at == tt.when {
					tt.ask(s)
				}
			}
			s.stood()
			s.moves(s.trackers[s.q.ID])
			s.goOn(store.Reconcile)
			asks(beforeLetGo)
			s.letGo()
			asks(beforeBack)
			if told {
				s.goOn(store.Incremental)
			}
			s.moves(s.trackers[s.p.ID])
			s.goesOn(4)
			asks(onceBack)
			s.goesOn(4)
			s.withdrawn(fmt.Sprintf("asked %s, key %q, told %t", tt.when, key, told))
			if k := len(s.tickets()); k != 2 {
				t.Errorf("asked %s, key %q, told %t: %d tickets are here, want the two that were made", tt.when, key, told, k)
			}
		}
	}
}

// TestTakenBackWhereItMovedOn: a person let an item go, and somebody moves it to another connected project, be it after its ticket
// was asked to be taken back.
func TestTakenBackWhereItMovedOn(t *testing.T) {
	for _, key := range []external.CreateKeyKind{"", external.CreateKeyClientID} {
		for _, moved := range []bool{false, true} {
			s := newAside(t, memory.Options{CreateKey: key})
			s.stood()
			s.letGo()
			if moved {
				s.moves(s.trackers[s.q.ID])
				s.goesOn(3)
			}
			s.hide(s.id, outbound.Redact)
			if !moved {
				s.moves(s.trackers[s.q.ID])
			}
			s.goesOn(4)
			s.withdrawn(fmt.Sprintf("key %q, moved before %t", key, moved))
		}
	}
}

// TestTakenBackFarAwayAndMovedBack: an item is taken back while it is where nothing is connected, be it that a person let it go.
// Somebody moves it back, under another id.
func TestTakenBackFarAwayAndMovedBack(t *testing.T) {
	for _, decided := range []store.Choice{"", store.ChooseUnlink} {
		s := newAside(t, memory.Options{})
		s.stood()
		s.moves(s.far)
		s.goOn(store.Reconcile)
		s.decideAll(func(store.Conflict) store.Choice { return decided })
		s.goOn(store.Incremental)
		s.hide(s.id, outbound.Redact)
		s.goesOn(2)
		s.moves(s.trackers[s.p.ID])
		s.goesOn(4)
		s.withdrawn(fmt.Sprintf("decided %q", decided))
	}
}

// TestWhatMayStayWhereItIsBackIsLeft: the ticket may be there again by the time its item is back. It stays as it was, and
// out, as a person said.
func TestWhatMayStayWhereItIsBackIsLeft(t *testing.T) {
	for _, key := range []external.CreateKeyKind{"", external.CreateKeyClientID} {
		s := newAside(t, memory.Options{CreateKey: key})
		s.stood()
		s.moves(s.trackers[s.q.ID])
		s.goOn(store.Reconcile)
		_, err := s.engine.RevokeAndTakeBack(t.Context(), s.id, s.p.ID, outbound.Redact, "ann")
		s.must(err)
		s.letGo()
		s.must(s.engine.Grant(t.Context(), ticket.Grant{TicketID: s.id, ProjectID: s.p.ID, By: "ann"}))
		s.moves(s.trackers[s.p.ID])
		s.goesOn(4)
		if got := s.shown(s.p.ID); !strings.Contains(got, "TITLE-0") || len(s.tickets()) != 2 {
			t.Errorf("key %q: outside it shows %q, and %d tickets are here", key, got, len(s.tickets()))
		}
	}
}

// TestHiddenBeforeItIsMadeAgain: a ticket whose item is out of sight is to be made again, and is to stay here before that comes
// about. The old item shows, with what was said below it. Let out again, the ticket is made, and nothing is owed.
func TestHiddenBeforeItIsMadeAgain(t *testing.T) {
	for _, key := range []external.CreateKeyKind{"", external.CreateKeyClientID} {
		s := newAside(t, memory.Options{CreateKey: key})
		s.stood()
		s.vanished = true
		s.goOn(store.Reconcile)
		s.decideAll(func(store.Conflict) store.Choice { return store.ChooseLocal })
		s.goOn(store.Incremental)
		if l := s.link(s.p.ID, external.KindTicket, s.id); l.ExternalID != "" {
			t.Fatalf("key %q: it was made again as %s", key, l.ExternalID)
		}
		s.hide(s.id, outbound.Redact)
		s.goOn(store.Incremental)
		s.showsNow(fmt.Sprintf("key %q", key), external.KindTicket, external.KindComment)
		_, err := s.engine.SetPrivacy(t.Context(), s.id, ticket.Public, "ann")
		s.must(err)
		s.goesOn(3)
		if l := s.link(s.p.ID, external.KindTicket, s.id); l.State != store.Live || l.TakeBack != "" || l.Unseen != "" {
			t.Errorf("key %q: let out again, the link is %s (%s), to be taken back %q, unseen %q", key, l.State, l.Reason, l.TakeBack, l.Unseen)
		}
	}
}

// TestHiddenBeforeItShows: the answer to the create of a ticket is lost, and no list shows the item until its create is given up. By
// then the ticket is to stay here, and what shows at last is overwritten.
func TestHiddenBeforeItShows(t *testing.T) {
	s := newAside(t, memory.Options{CreateKey: external.CreateKeyClientID})
	s.born()
	s.lose(s.p, true)
	s.vanished = true
	s.goOn(store.Incremental)
	for _, it := range s.all(external.KindTicket) {
		if strings.Contains(says(it), "TITLE") {
			s.ref = it.Ref
		}
	}
	s.hide(s.id, outbound.Redact)
	s.goesOn(5)
	if l := s.link(s.p.ID, external.KindTicket, s.id); s.ref.ID == "" || l.ExternalID != "" || len(s.open(s.p.ID)) > 0 {
		t.Fatalf("the create of %q is not given up: %s (%s) with %q", s.ref.ID, l.State, l.Reason, l.ExternalID)
	}
	s.showsNow("at last", external.KindTicket)
}

// TestTakenBackOnceWhereItMovedSince: an item is overwritten, with its ticket asked back from every project, and somebody moves it to
// one that never had an item of that ticket. Nothing is left to take back there, whatever webhook tells of it again.
func TestTakenBackOnceWhereItMovedSince(t *testing.T) {
	for _, key := range []external.CreateKeyKind{"", external.CreateKeyClientID} {
		s := newAside(t, memory.Options{CreateKey: key})
		s.stood()
		s.hide(s.id, outbound.Redact)
		s.goesOn(2)
		before := s.withdrawals()
		s.moves(s.trackers[s.q.ID])
		s.goesOn(2)
		s.must(s.engine.Hint(t.Context(), s.q.ID, []external.Ref{s.ref}))
		s.goesOn(2)
		s.goOn(store.Reconcile)
		s.withdrawn(fmt.Sprintf("key %q", key))
		if n := s.withdrawals(); n != before {
			t.Errorf("key %q: the journal tells of %d withdrawals, want the %d from before it moved", key, n, before)
		}
	}
}

// TestWhatOthersLeftMovesInSilence: bob's ticket is taken back, but for his own text, while what became of its create in another
// project is not known. He moves it there: nothing is left to take back, and nothing is told once more.
func TestWhatOthersLeftMovesInSilence(t *testing.T) {
	for _, key := range []external.CreateKeyKind{"", external.CreateKeyClientID} {
		s := newAside(t, memory.Options{CreateKey: key})
		var err error
		s.ref, err = s.trackers[s.p.ID].CreateTicket("bob", external.Fields{"title": ticket.Text("bob's"), "body": ticket.Text("bob's own words")})
		s.must(err)
		s.goesOn(1)
		s.id = s.titled("bob's").ID
		s.edit(s.id, ticket.Fields{ticket.Title: ticket.Text("ann's")})
		s.goesOn(1)
		s.must(s.engine.Grant(t.Context(), ticket.Grant{TicketID: s.id, ProjectID: s.q.ID, By: "ann"}))
		s.lose(s.q, false)
		s.sync(s.q.ID)
		s.hide(s.id, outbound.Remove)
		s.sync(s.p.ID)
		before := s.withdrawals()
		if before != 1 || len(s.open(s.q.ID)) != 1 {
			t.Fatalf("key %q: %d withdrawals, and in doubt are %+v", key, before, s.open(s.q.ID))
		}
		s.moves(s.trackers[s.q.ID])
		s.goesOn(3)
		s.must(s.engine.Hint(t.Context(), s.q.ID, []external.Ref{s.ref}))
		s.goesOn(2)
		s.goOn(store.Reconcile)
		if n := s.withdrawals(); n != before {
			t.Errorf("key %q: the journal tells of %d withdrawals, want the one from before it moved", key, n)
		}
	}
}

// withdrawals counts how often the journal of the ticket says that an item of it was taken back.
func (s *aside) withdrawals() (n int) {
	s.t.Helper()
	s.view(func(tx store.Tx) error {
		steps, err := tx.TicketSteps(s.t.Context(), s.id, 1000)
		n = 0
		for _, one := range steps {
			if one.Action == plan.Withdraw {
				n++
			}
		}
		return err
	})
	return n
}

package engine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestTakenBackOnceItShowsAgain: an item cannot be seen outside, and a person may have said what becomes of
// its ticket, when it is asked to be taken back. Somebody takes it out of the bin there: what it says is
// overwritten, and so is what was said below it; until then its link says what it knows.
func TestTakenBackOnceItShowsAgain(t *testing.T) {
	for _, decided := range []store.Choice{"", store.ChooseUnlink, store.ChooseExternal} {
		for _, undone := range []bool{false, true} {
			s := newAside(t, memory.Options{})
			s.stood()
			s.vanished = true
			s.goOn(store.Reconcile)
			s.decideAll(func(store.Conflict) store.Choice { return decided })
			s.goOn(store.Incremental)
			s.hide(s.id, outbound.Redact)
			if undone {
				s.order(s.last)
			}
			s.goOn(store.Incremental)
			if l := s.link(s.p.ID, external.KindTicket, s.id); !strings.Contains(l.Reason, "could not be seen") {
				t.Errorf("decided %q, undone %t: unseen the link is %s (%s)", decided, undone, l.State, l.Reason)
			}
			s.vanished = false
			s.must(s.at.AddLabel("bob", s.ref.ID, "green"))
			for range 3 {
				s.goOn(store.Incremental)
			}
			for _, it := range append(s.all(external.KindTicket), s.all(external.KindComment)...) {
				if strings.Contains(says(it), "TITLE") || strings.Contains(says(it), "BODY") || strings.Contains(says(it), "REMARK") {
					t.Errorf("decided %q, undone %t: outside it shows %q", decided, undone, says(it))
				}
			}
			if l := s.link(s.p.ID, external.KindTicket, s.id); l.State != store.Withdrawn || l.TakeBack != "" || strings.Contains(l.Reason, "could not be seen") {
				t.Errorf("decided %q, undone %t: the link is %s (%s), to be taken back %q", decided, undone, l.State, l.Reason, l.TakeBack)
			}
		}
	}
}

// TestWhatMayStayWhenItShowsAgainIsLeft: by the time an item shows again it may be there.
func TestWhatMayStayWhenItShowsAgainIsLeft(t *testing.T) {
	s := newAside(t, memory.Options{})
	s.stood()
	s.vanished = true
	s.goOn(store.Reconcile)
	s.hide(s.id, outbound.Redact)
	s.goOn(store.Incremental)
	_, err := s.engine.SetPrivacy(t.Context(), s.id, ticket.Shareable, "ann")
	s.must(err)
	s.vanished = false
	s.must(s.at.AddLabel("bob", s.ref.ID, "green"))
	for range 3 {
		s.goOn(store.Incremental)
	}
	if n := len(s.all(external.KindTicket)); n != 2 || !strings.Contains(s.shown(s.p.ID), "TITLE-0") {
		t.Errorf("%d items outside, which show %q", n, s.shown(s.p.ID))
	}
}

// TestAFieldIsTakenBackOnceItsItemShows: a rule keeps a field here, and what stands outside is to be
// overwritten, while the item is out of sight, be it that its ticket is made again by then. It comes back.
func TestAFieldIsTakenBackOnceItsItemShows(t *testing.T) {
	for _, far := range []bool{false, true} {
		for _, again := range []bool{false, true} {
			s := newAside(t, memory.Options{CreateKey: external.CreateKeyClientID})
			s.stood()
			if s.vanished = !far; far {
				s.moves(s.far)
			}
			s.goOn(store.Reconcile)
			_, _, err := s.engine.ChangeRulesAndTakeBack(t.Context(), s.p.ID, "op", outbound.Redact, func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Body} })
			s.must(err)
			s.goOn(store.Incremental)
			if l := s.link(s.p.ID, external.KindTicket, s.id); l.Unseen != outbound.Redact || !strings.Contains(l.Reason, "could not be seen") {
				t.Errorf("far %t, again %t: unseen the link is %s (%s), unseen %q", far, again, l.State, l.Reason, l.Unseen)
			}
			if again {
				s.decideAll(func(store.Conflict) store.Choice { return store.ChooseLocal })
				s.goOn(store.Incremental)
			}
			if s.vanished = false; far {
				s.moves(s.trackers[s.p.ID])
			}
			s.must(s.at.AddLabel("bob", s.ref.ID, "green"))
			for range 3 {
				s.goOn(store.Incremental)
			}
			shown, n := "", 0
			for _, it := range s.all(external.KindTicket) {
				if shown += says(it); strings.Contains(says(it), "TITLE") {
					n++
				}
			}
			if strings.Contains(shown, "BODY") || n != 1 && !again || n != 2 && again {
				t.Errorf("far %t, again %t: outside it shows %q", far, again, shown)
			}
		}
	}
}

// TestRevokedWhileItWasElsewhere: a ticket is revoked for a project which its item has left for another one.
// Somebody moves it back.
func TestRevokedWhileItWasElsewhere(t *testing.T) {
	for _, key := range []external.CreateKeyKind{"", external.CreateKeyClientID} {
		s := newAside(t, memory.Options{CreateKey: key})
		s.stood()
		s.moves(s.trackers[s.q.ID])
		s.goOn(store.Reconcile)
		_, err := s.engine.RevokeAndTakeBack(t.Context(), s.id, s.p.ID, outbound.Redact, "ann")
		s.must(err)
		s.goOn(store.Incremental)
		if got := s.outside(s.q.ID, s.id).Fields[memory.FieldTitle].Text(); got != "TITLE-0" {
			t.Errorf("key %q: where it is nobody asked, and it reads %q", key, got)
		}
		s.moves(s.trackers[s.p.ID])
		for range 4 {
			s.goOn(store.Incremental)
		}
		for _, it := range append(s.all(external.KindTicket), s.all(external.KindComment)...) {
			if strings.Contains(says(it), "TITLE") || strings.Contains(says(it), "BODY") || strings.Contains(says(it), "REMARK") {
				t.Errorf("key %q: outside it shows %q", key, says(it))
			}
		}
	}
}

// TestNothingIsTakenBackBeforeItShows: what is to be taken back of an item is not due while webhooks merely
// repeat what nobody can see.
func TestNothingIsTakenBackBeforeItShows(t *testing.T) {
	s := newAside(t, memory.Options{})
	s.stood()
	s.vanished = true
	_, _, err := s.engine.ChangeRulesAndTakeBack(t.Context(), s.p.ID, "op", outbound.Redact, func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Body} })
	s.must(err)
	s.goOn(store.Reconcile)
	_, err = s.engine.SetPrivacy(t.Context(), s.id, ticket.LocalOnly, "ann")
	s.must(err)
	s.goOn(store.Incremental)
	before := s.link(s.p.ID, external.KindTicket, s.id)
	s.must(s.engine.Hint(t.Context(), s.p.ID, []external.Ref{s.ref}))
	s.goOn(store.Incremental)
	if l := s.link(s.p.ID, external.KindTicket, s.id); before.Unseen == "" || l.Unseen != before.Unseen || l.State != before.State || l.Reason != before.Reason {
		t.Errorf("the link was %s (%s), and after a late webhook it is %s (%s)", before.State, before.Reason, l.State, l.Reason)
	}
}

// TestToldAgainOfWhatWasTakenBack: a remark was deleted on both sides, and its ticket is taken back outside. Late webhooks tell of
// both once more, and change nothing.
func TestToldAgainOfWhatWasTakenBack(t *testing.T) {
	s := newAside(t, memory.Options{})
	s.stood()
	remark := s.all(external.KindComment)[0].Ref
	_, err := s.engine.DeleteComment(t.Context(), s.remark.ID, s.remark.Revision, "ann")
	s.must(err)
	s.goOn(store.Incremental)
	s.hide(s.id, outbound.Redact)
	s.goOn(store.Incremental)
	before := append(s.links(external.KindTicket), s.links(external.KindComment)...)
	s.must(s.engine.Hint(t.Context(), s.p.ID, []external.Ref{remark, s.ref}))
	s.goOn(store.Incremental)
	for n, l := range append(s.links(external.KindTicket), s.links(external.KindComment)...) {
		if was := before[n]; l.State != was.State || l.Reason != was.Reason || l.Unseen != was.Unseen || l.TakeBack != was.TakeBack {
			t.Errorf("the link was %s (%s, %q), and is %s (%s, %q)", was.State, was.Reason, was.Unseen, l.State, l.Reason, l.Unseen)
		}
	}
}

// TestTakenBackOnceMore: an item was out of sight, or in the bin, when its ticket was taken back, or let alone. It
// shows while the ticket may be there, and is left; then that is taken back once more.
func TestTakenBackOnceMore(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(*aside)
	}{
		{"it was out of sight", func(s *aside) {
			s.vanished = true
			s.goOn(store.Reconcile)
			s.hide(s.id, outbound.Redact)
		}},
		{"we deleted it", func(s *aside) { s.hide(s.id, outbound.Remove) }},
		{"a person let the two alone", func(s *aside) {
			s.vanished = true
			s.goOn(store.Reconcile)
			s.decideAll(func(store.Conflict) store.Choice { return store.ChooseUnlink })
		}},
	} {
		for _, how := range []outbound.TakeBack{outbound.Redact, outbound.Remove} {
			s := newAside(t, memory.Options{TicketDel: true})
			bin := func() { s.vanished = true }
			s.wrap = func(a *memory.Adapter) adapters.Adapter { return asideBin{asideTracker{a, s}, false, bin} }
			s.stood()
			tt.before(s)
			s.goOn(store.Incremental)
			s.goOn(store.Incremental)
			_, err := s.engine.SetPrivacy(t.Context(), s.id, ticket.Shareable, "ann")
			s.must(err)
			s.vanished = false
			s.must(s.at.AddLabel("bob", s.ref.ID, "green"))
			s.goOn(store.Incremental)
			s.goOn(store.Incremental)
			if got := s.shown(s.p.ID); !strings.Contains(got, "TITLE-0") {
				t.Errorf("%s, %s: it may be there, and outside shows %q", tt.name, how, got)
			}
			_, back, err := s.engine.SetPrivacyAndTakeBack(t.Context(), s.id, ticket.LocalOnly, how, "ann")
			s.must(err)
			for range 3 {
				s.goOn(store.Incremental)
			}
			got := s.shown(s.p.ID)
			if back.Items == 0 || !s.vanished && (strings.Contains(got, "TITLE") || strings.Contains(got, "REMARK")) {
				t.Errorf("%s, %s: of %d items outside shows %q", tt.name, how, back.Items, got)
			}
		}
	}
}

// asideTrash is a tracker that shows in its lists what it has in the bin, as Linear does.
type asideTrash struct{ asideBin }

func (a asideTrash) Changes(ctx context.Context, stream external.Stream, w external.Window, page, version string) (external.Page, error) {
	out, err := a.asideBin.Changes(ctx, stream, w, page, version)
	if a.s.vanished && stream == external.StreamTickets {
		out.Items, out.Unchanged = append(out.Items, external.Item{Ref: a.s.ref, Gone: true}), false
	}
	return out, err
}

// TestALateWebhookOfWhatIsInTheBin: an item was taken back, and is in the bin, where lists still show it. A webhook from before
// tells of it, and nothing is taken back once more.
func TestALateWebhookOfWhatIsInTheBin(t *testing.T) {
	s := newAside(t, memory.Options{TicketDel: true})
	s.wrap = func(a *memory.Adapter) adapters.Adapter {
		return asideTrash{asideBin{asideTracker{a, s}, false, func() { s.vanished = true }}}
	}
	s.stood()
	s.hide(s.id, outbound.Remove)
	s.goesOn(2)
	before := s.withdrawals()
	s.must(s.engine.Hint(t.Context(), s.p.ID, []external.Ref{s.ref}))
	s.goesOn(2)
	if n := s.withdrawals(); !s.vanished || n != before {
		t.Errorf("in the bin %t, the journal tells of %d withdrawals, want the %d from before the webhook", s.vanished, n, before)
	}
}

package engine_test

import (
	"slices"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestARemarkThatNobodyPlannedBeforeItsTicketWasLinked: an item is moved to a project that its ticket may leave for, and
// the one that it left cannot be read any more. A remark on it has come in from there, and the other project, whose
// session does not come to its remarks before it links the two, as a person says, did not plan it yet. It is the
// one that stands there, and is said once.
func TestARemarkThatNobodyPlannedBeforeItsTicketWasLinked(t *testing.T) {
	m := twoProjects(t, memory.Options{CreateKey: external.CreateKeyClientID, History: external.HistoryFull})
	ref, err := m.trackers[m.a.ID].CreateTicket("mallory", external.Fields{memory.FieldTitle: ticket.Text("It smokes"), memory.FieldBody: ticket.Text("since Monday")})
	m.must(err)
	m.sync(m.a.ID)
	m.id = m.titled("It smokes").ID
	m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
	_, err = m.trackers[m.a.ID].AddComment("mallory", ref.Key, "a remark")
	m.must(err)
	r, err := m.engine.Begin(t.Context(), "listed", m.a.ID, store.Incremental)
	m.must(err)
	_, err = m.engine.Observe(t.Context(), r, true)
	m.must(err)
	at := m.move(m.a, m.b, ref.ID)
	m.sync(m.b.ID)
	m.decide(m.asked(store.TwinCreated), store.ChooseLink)
	_, err = m.engine.Sync(t.Context(), r, 1000)
	m.must(err)
	if said := m.said(m.id); !slices.Equal(said, []string{"a remark"}) {
		t.Fatalf("here %q is said", said)
	}
	if r, err = m.engine.Begin(t.Context(), "unguarded", m.b.ID, store.Incremental); err == nil {
		_, err = m.engine.Sync(t.Context(), r, 1000)
	}
	m.must(err)
	m.syncs(m.b.ID, 3)
	if l := m.link(m.b.ID, external.KindTicket, m.id); l.ExternalID != at.ID {
		t.Fatalf("its link is %s (%s)", l.State, l.Reason)
	}
	if said, there := m.said(m.id), m.times(m.b, "a remark"); len(said) != 1 || there != 1 {
		t.Errorf("here %q is said, and there the remark stands %d times", said, there)
	}
}

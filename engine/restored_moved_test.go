package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// release lets sessions read projects of a restored database anew, and has a person let them go on.
func (w *world) release(projects ...store.Project) {
	w.t.Helper()
	for range 4 {
		for _, p := range projects {
			if !w.project(p.ID).Restored.Done {
				w.syncs(p.ID, 1)
			}
		}
		w.clock.now = w.clock.now.Add(10 * time.Minute)
	}
	for _, p := range projects {
		if got := w.project(p.ID).Restored; !got.Done {
			w.t.Fatalf("%s is not read anew to the end: %+v", p.Key, got)
		}
	}
	for _, p := range projects {
		_, err := w.engine.Resume(w.t.Context(), p.ID, "op", true)
		w.must(err)
	}
}

// TestMovedAndRestored: a ticket was moved, and the database is older than that. All is read anew
// to the end though its link cannot go on before the release, and then it does.
func TestMovedAndRestored(t *testing.T) {
	for habit, o := range habits() {
		for _, granted := range []bool{false, true} {
			t.Run(habit+map[bool]string{true: ", granted to the new project"}[granted], func(t *testing.T) {
				m := newMovers(t, o)
				if granted {
					m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
				}
				m.store.Backup()
				at := m.move(m.a, m.b, m.ref.ID)
				m.clock.now = m.clock.now.Add(10 * time.Minute)
				_, err := m.engine.Begin(t.Context(), "cut off", m.a.ID, store.Incremental)
				m.must(err)
				m.restored(m.a.ID)
				m.release(m.a, m.b)
				m.settle(m.b)
				for _, c := range m.conflicts(store.OpenConflict) { // labels that the move lost: they may have come off since the backup
					m.decide(c, store.ChooseLocal)
					m.settle(m.b)
				}
				m.follows(m.a, m.b, at.ID)
			})
		}
	}
}

// TestAnUndoThatMovedIsNobodysEdit: a session that wrote a title and a comment outside was undone after
// the backup, and the item was moved: to a connected project, or to another one, whence it is back only
// after the release. What the undo brought back does not come in over what was written here: a person is
// asked.
func TestAnUndoThatMovedIsNobodysEdit(t *testing.T) {
	for _, back := range []bool{false, true} {
		m := newMovers(t, memory.Options{CreateKey: external.CreateKeyClientID, History: external.HistoryFull})
		m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
		said := m.remarks()[0]
		m.edit(m.id, ticket.Fields{ticket.Title: ticket.Text("edited here")})
		_, err := m.engine.EditComment(t.Context(), said.ID, "a remark, edited", said.Revision, "ann")
		m.must(err)
		s := m.sync(m.a.ID)
		m.store.Backup()
		m.rollBack(s.ID)
		if got := m.outside(m.a.ID, m.id).Fields[memory.FieldTitle].Text(); got != "a ticket" {
			t.Fatalf("undone it reads %q outside", got)
		}
		from, to, now := m.trackers[m.a.ID], m.trackers[m.b.ID], m.b
		if back {
			to, now = memory.NewTracker(memory.Options{CreateKey: external.CreateKeyClientID, Beside: from}), m.a
		}
		at, err := from.Transfer("mallory", m.ref.ID, to)
		m.must(err)
		m.restored(m.a.ID)
		m.release(m.a, m.b)
		if back {
			_, err := to.Transfer("mallory", at.ID, from)
			m.must(err)
		}
		m.settle(now)
		asked := m.conflicts(store.OpenConflict)
		for _, c := range asked {
			m.decide(c, store.ChooseLocal)
		}
		m.settle(now)
		title, body := m.ticket(m.id).Fields[ticket.Title].Text(), m.remarks()[0].Body.Text()
		if len(asked) != 2 || title != "edited here" || body != "a remark, edited" {
			t.Errorf("back %t: here it reads %q and %q; a person is asked about %+v", back, title, body, asked)
		}
		for _, c := range asked {
			if !strings.Contains(c.Reason, "the restored database has forgotten") {
				t.Errorf("back %t: why he is asked about %s reads %q", back, c.Field, c.Reason)
			}
		}
		if got := m.outside(now.ID, m.id).Fields[memory.FieldTitle].Text(); got != "edited here" || m.times(now, "a remark, edited") != 1 {
			t.Errorf("back %t: decided, it reads %q outside", back, got)
		}
		if l := m.link(now.ID, external.KindTicket, m.id); l.Held {
			t.Errorf("back %t: its link is held for ever", back)
		}
	}
}

// TestOursIsLostWhateverItLooksLike: two tickets went out at one moment, each to its project, and the
// restored database has forgotten the second. Its item is no new ticket, neither before the release
// nor after it, though it could be the first's, moved.
func TestOursIsLostWhateverItLooksLike(t *testing.T) {
	m := twoProjects(t, memory.Options{Precision: 10 * time.Minute})
	mine := m.createWith(ticket.Fields{ticket.Title: ticket.Text("first")}, ticket.Shareable)
	m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: mine, ProjectID: m.a.ID, By: "ann"}))
	m.sync(m.a.ID)
	m.store.Backup()
	lost := m.createWith(ticket.Fields{ticket.Title: ticket.Text("second")}, ticket.Shareable)
	m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: lost, ProjectID: m.b.ID, By: "ann"}))
	m.sync(m.b.ID)
	first, second := m.stands(m.a.ID, external.KindTicket)[0], m.stands(m.b.ID, external.KindTicket)[0]
	if !first.CreatedAt.Equal(second.CreatedAt) || first.Author != second.Author {
		t.Fatalf("%v of %s and %v of %s do not look alike", first.CreatedAt, first.Author, second.CreatedAt, second.Author)
	}
	m.restored(m.b.ID)
	m.release(m.a, m.b)
	m.settle(m.b)
	if l := m.joins(m.b, external.KindTicket, second.ID); l.State != store.ParkedLink || len(m.tickets()) != 1 {
		t.Errorf("its link is %s (%s), and %d tickets are here, want it set aside, and one", l.State, l.Reason, len(m.tickets()))
	}
}

// TestAnUndoAnswersNobody: an item waits for the answer of another project, where only an undo
// happens for an hour. That reads nothing, and the item goes on waiting.
func TestAnUndoAnswersNobody(t *testing.T) {
	m := newMovers(t, memory.Options{CreateKey: external.CreateKeyClientID, Precision: time.Second})
	m.edit(m.id, ticket.Fields{ticket.Title: ticket.Text("renamed here")})
	undone := m.sync(m.a.ID)
	synced := m.project(m.a.ID).SyncedAt
	at := m.move(m.a, m.b, m.ref.ID)
	m.syncs(m.b.ID, 2)
	m.clock.now = m.clock.now.Add(2 * time.Hour)
	m.rollBack(undone.ID)
	if got := m.project(m.a.ID).SyncedAt; !got.Equal(synced) {
		t.Errorf("the undo counts as a sync at %v", got)
	}
	m.syncs(m.b.ID, 2)
	if n := len(m.tickets()); n != 1 {
		t.Errorf("%d tickets are here, want the one that moved", n)
	}
	m.settle(m.a)
	m.follows(m.a, m.b, at.ID)
}

// scripted has a script make two tickets at one moment, after a backup, and lets them come in.
func (m *movers) scripted() {
	m.t.Helper()
	m.watch(nil, func(string) { m.clock.now = m.clock.now.Add(20 * time.Millisecond) }) // no answer shows both
	m.store.Backup()
	for range 2 {
		_, err := m.trackers[m.a.ID].CreateTicket("mallory", external.Fields{"title": ticket.Text("made by a script")})
		m.must(err)
	}
	m.clock.now = m.clock.now.Add(time.Hour)
	m.settle(m.a)
}

// comeInLate restores the database, and has them come in once more, after the release.
func (m *movers) comeInLate() {
	m.t.Helper()
	m.restored(m.a.ID)
	m.release(m.a, m.b)
	if n := len(m.tickets()); n != 0 {
		m.t.Fatalf("%d came in before the release, want them to wait", n)
	}
	m.settle(m.a)
}

// TestWhatComesInLateIsHeldBack: a script made two tickets at one moment, which went on to another
// project by a rule, and the restored database knows of neither. Each may be the other one, moved
// away and back, and waits for the release: what comes in after it is made nowhere a second time.
func TestWhatComesInLateIsHeldBack(t *testing.T) {
	m := twoProjects(t, memory.Options{Precision: 10 * time.Minute, PageSize: 1})
	_, err := m.engine.ChangeRules(t.Context(), m.b.ID, "op", func(r *outbound.Rules) {
		r.PassOn = append(r.PassOn, outbound.PassOn{From: m.a.ID, To: m.b.ID})
	})
	m.must(err)
	m.scripted()
	if n := m.standing(m.b.ID); n != 2 {
		t.Fatalf("%d went on before the restoration, want both", n)
	}
	m.comeInLate()
	if n := len(m.tickets()); n != 2 || m.standing(m.b.ID) != 2 {
		t.Errorf("%d tickets are here and %d stand in the other project, want two each", n, m.standing(m.b.ID))
	}
	for _, tk := range m.tickets() {
		if l := m.link(m.b.ID, external.KindTicket, tk.ID); l.State != store.ParkedLink || !strings.Contains(l.Reason, "retry") {
			t.Errorf("its link is %s (%s), and does not say what is to be done", l.State, l.Reason)
		}
	}
}

// TestWhatComesInLateGoesWhereItIsGranted: the same, where no rule has the tickets go on. Nothing is
// held back where they may not go, and nobody is told to look there; one that is granted later is made.
func TestWhatComesInLateGoesWhereItIsGranted(t *testing.T) {
	m := twoProjects(t, memory.Options{Precision: 10 * time.Minute, PageSize: 1})
	m.scripted()
	m.comeInLate()
	for _, tk := range m.tickets() {
		if l := m.link(m.b.ID, external.KindTicket, tk.ID); l.State != store.Backlog {
			t.Errorf("its link is %s (%s) where it may not go", l.State, l.Reason)
		}
		m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: tk.ID, ProjectID: m.b.ID, By: "ann"}))
	}
	m.settle(m.b)
	if n := m.standing(m.b.ID); n != 2 {
		t.Errorf("%d stand there, want both", n)
	}
}

// TestWhatIsTakenBackIsHeld: as the backup was made something of a ticket was to be taken back, which
// waits for the release. What flows all the same is planned under its hold: a label that is missing
// outside may be what an undo took off since, and stays here until a person says.
func TestWhatIsTakenBackIsHeld(t *testing.T) {
	m := newMovers(t, memory.Options{CreateKey: external.CreateKeyClientID, History: external.HistoryFull})
	l := m.link(m.a.ID, external.KindTicket, m.id)
	takeBack := func(how outbound.TakeBack) {
		m.putLink(l, func(l store.Link) store.Link { l.TakeBack = how; return l })
	}
	takeBack(outbound.Redact)
	m.store.Backup()
	takeBack("")
	m.syncs(m.a.ID, 1)
	m.must(m.trackers[m.a.ID].EditField("mallory", m.ref.ID, "labels", ticket.Set("known")))
	m.restored(m.a.ID)
	m.must(m.engine.Hint(t.Context(), m.a.ID, []external.Ref{m.ref}))
	m.release(m.a, m.b)
	m.settle(m.a)
	if got := m.ticket(m.id).Fields[ticket.Labels]; len(got.Elements()) != 2 {
		t.Errorf("the labels here are %v, want both", got.Elements())
	}
}

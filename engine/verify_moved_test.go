package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/ticket"
)

// TestVerifyWhatWasMovedBesideItsTwin: an item was moved to a project in which its ticket has another one, and a person is asked.
// What is said below it waits with it there: it is not missing here, and the key that a remark of ours brought along is no second
// one's, whatever ids the vendor gives to what is moved.
func TestVerifyWhatWasMovedBesideItsTwin(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := twoProjects(t, o)
			id := m.create("TITLE", ticket.Public).ID
			m.syncs(m.a.ID, 2)
			m.syncs(m.b.ID, 2)
			item := m.outside(m.a.ID, id)
			_, err := m.trackers[m.a.ID].AddComment("mallory", item.Key, "a remark")
			m.must(err)
			_, err = m.engine.AddComment(t.Context(), id, "our remark", "", "ada")
			m.must(err)
			for range 4 {
				m.later(m.a.ID, time.Hour)
				m.later(m.b.ID, time.Hour)
			}
			_, err = m.trackers[m.a.ID].Transfer("bob", item.ID, m.trackers[m.b.ID])
			m.must(err)
			for range 4 {
				m.reconcile(m.a.ID)
				m.later(m.b.ID, time.Hour)
			}
			for _, p := range []string{m.a.ID, m.b.ID} {
				if v := m.verify(p); v.Unexplained > 0 {
					t.Errorf("a verification finds %+v", v.Differences)
				}
			}
		})
	}
}

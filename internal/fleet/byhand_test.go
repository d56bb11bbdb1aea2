package fleet_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/ticket"
)

// TestWhatSomebodyMakesByHandUnderOurAccount: a personal token speaks as a person, who goes on to work by hand. What he makes
// is as anybody's: it comes in, and nobody takes it for something of ours that a restored database forgot.
func TestWhatSomebodyMakesByHandUnderOurAccount(t *testing.T) {
	t.Parallel()
	for _, system := range []external.System{"github", "jira", "linear"} {
		t.Run(string(system), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
			m, err := w.Connect(t.Context(), fleet.Spec{System: system})
			w.must(err)
			self := m.Site.Account().Login
			w.settle()
			made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("ours")}, ticket.Public, "ada")
			w.must(err)
			w.settle()
			w.Clock.Advance(time.Hour)
			l, err := w.LinkOf(t.Context(), m, made.ID)
			w.must(err)
			_, err = m.Site.Comment(self, l.ExternalID, "said by hand")
			w.must(err)
			id, err := m.Site.Create(self, fleet.Change{Title: p("by hand"), Body: p("some words")})
			w.must(err)
			_, err = m.Site.Comment(self, id, "a remark by hand")
			w.must(err)
			w.settle()
			for _, item := range []string{l.ExternalID, id} {
				here, err := w.TicketOf(t.Context(), m, item)
				w.must(err)
				if said, err := w.Comments(t.Context(), here.ID); err != nil || len(said) != 1 {
					t.Errorf("below %q stand %d comments (%v), want the one made by hand", here.Fields[ticket.Title].Text(), len(said), err)
				}
			}
			if project, err := w.Project(t.Context(), m); err != nil || project.Status != external.Active || project.Restored.Open() {
				t.Errorf("the project is %s: %s (%v)", project.Status, project.StatusReason, err)
			}
			w.converged()
			w.quiet()
		})
	}
}

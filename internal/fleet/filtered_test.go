package fleet_test

import (
	"slices"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/ticket"
)

// TestWhatIsSaidBesideTheFilter: what we make outside need not match the project's filter. What somebody edits there, or says
// below it, comes in by the next poll; what he makes by hand under our account comes in only if it matches.
func TestWhatIsSaidBesideTheFilter(t *testing.T) {
	t.Parallel()
	for _, system := range []external.System{"jira", "linear"} {
		t.Run(string(system), func(t *testing.T) {
			t.Parallel()
			filter := map[external.System]string{"jira": `summary ~ "shared"`, "linear": `{"title": {"contains": "shared"}}`}[system]
			w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
			m, err := w.Connect(t.Context(), fleet.Spec{System: system, Filter: filter})
			w.must(err)
			made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("ours")}, ticket.Public, "ada")
			w.must(err)
			w.settle()
			l, err := w.LinkOf(t.Context(), m, made.ID)
			w.must(err)
			w.Clock.Advance(time.Hour)
			_, err = m.Site.Comment("bob", l.ExternalID, "a remark")
			w.must(err)
			w.must(m.Site.Edit("bob", l.ExternalID, fleet.Change{Body: p("other words")}))
			self := m.Site.Account().Login
			for _, title := range []string{"by hand", "by hand and shared"} {
				id, err := m.Site.Create(self, fleet.Change{Title: p(title)})
				w.must(err)
				_, err = m.Site.Comment(self, id, "said below "+title)
				w.must(err)
			}
			w.settle()
			w.holds("by hand and shared", "ours")
			if said, err := w.Comments(t.Context(), made.ID); err != nil || len(said) != 1 {
				t.Errorf("below ours stand %d comments (%v), want one", len(said), err)
			}
			here, err := w.Ticket(t.Context(), made.ID)
			w.must(err)
			if got := here.Fields[ticket.Body].Text(); got != "other words" {
				t.Errorf("its text is %q, want what was written there", got)
			}
			links, err := w.Links(t.Context(), m, external.KindComment)
			w.must(err)
			if len(links) != 2 {
				t.Errorf("%d comments are known here, want those of the two", len(links))
			}
			w.quiet()
		})
	}
}

// holds fails unless the tickets here are those of that title.
func (w *world) holds(titles ...string) {
	w.Helper()
	all, err := w.Tickets(w.Context())
	w.must(err)
	var got []string
	for _, t := range all {
		got = append(got, t.Fields[ticket.Title].Text())
	}
	if slices.Sort(got); !slices.Equal(got, titles) {
		w.Errorf("here are %q, want %q", got, titles)
	}
}

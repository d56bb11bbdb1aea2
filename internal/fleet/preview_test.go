package fleet_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestPreviewCountsTwinsAtEverySystem connects systems in which some of the tickets here exist
// already: the preview says how many before anything was read for good, at the cost of the
// pages of one list, and the first synchronisation then asks about so many.
func TestPreviewCountsTwinsAtEverySystem(t *testing.T) {
	const outside, here, twins = 110, 12, 5
	for name, c := range map[string]struct {
		open  func(w *world) (fleet.Site, error)
		calls int
	}{
		"github":           {func(w *world) (fleet.Site, error) { return w.GitHub(), nil }, 2},
		"jira cloud":       {func(w *world) (fleet.Site, error) { return w.Jira(fleet.JiraOptions{}) }, 5},                 // each page is searched and fetched
		"jira data center": {func(w *world) (fleet.Site, error) { return w.Jira(fleet.JiraOptions{DataCenter: true}) }, 6}, // each page is searched twice
		"linear":           {func(w *world) (fleet.Site, error) { return w.Linear(), nil }, 4},
		"webhook":          {func(w *world) (fleet.Site, error) { return w.NewSite("webhook") }, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fleet.Options{Seed: 7, Allow: true})
			site, err := c.open(w)
			w.must(err)
			for n := range outside {
				w.Clock.Advance(time.Minute)
				_, err := site.Create("ada", fleet.Change{Title: p(fmt.Sprintf("ticket number %d of them", n)), Body: p("some words")})
				w.must(err)
			}
			for n := range here {
				_, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{
					ticket.Title: ticket.Text(fmt.Sprintf("Ticket number %d of them", outside-twins+n)), ticket.Body: ticket.Text("some words"),
				}, ticket.Public, "ann")
				w.must(err)
			}
			m, err := w.Connect(t.Context(), fleet.Spec{Site: site})
			w.must(err)
			w.Reset()
			got, err := w.Engine.PreviewTwins(t.Context(), m.ID)
			w.must(err)
			if got.CreateOutside != here || got.Twins != twins || got.Outside != outside || got.Part {
				t.Errorf("preview %+v, want %d of %d tickets here to be among %d there", got, twins, here, outside)
			}
			if n := site.Counters(); n.Total > c.calls || n.Writes > 0 {
				t.Errorf("%d calls, of which %d write; want at most %d: %v", n.Total, n.Writes, c.calls, n.Kinds)
			}
			if links, err := w.Links(t.Context(), m, external.KindTicket); err != nil || len(links) != here {
				t.Errorf("%d links, %v; want those of the tickets here alone", len(links), err)
			}
			w.settle()
			open, err := w.Conflicts(t.Context(), m)
			w.must(err)
			asked := 0
			for _, c := range open {
				if c.Kind == store.TwinCreated {
					asked++
				}
			}
			if asked != twins {
				t.Errorf("the first synchronisation asks about %d, want %d", asked, twins)
			}
		})
	}
}

package fleet_test

import (
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
)

// TestAWebhookOfWhatTheFilterLeavesOut: a webhook tells of every issue of its project. Those that the filter leaves out do not
// come in by it.
func TestAWebhookOfWhatTheFilterLeavesOut(t *testing.T) {
	for _, system := range []external.System{"jira", "linear"} {
		t.Run(string(system), func(t *testing.T) {
			w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
			filter := map[external.System]string{"jira": `summary ~ "shared"`, "linear": `{"title": {"contains": "shared"}}`}[system]
			m, err := w.Connect(t.Context(), fleet.Spec{System: system, Filter: filter})
			w.must(err)
			w.settle()
			for _, title := range []string{"shared by all", "of us alone"} {
				id, err := m.Site.Create(fleet.People()[0], fleet.Change{Title: &title})
				w.must(err)
				w.must(w.Engine.Hint(t.Context(), m.ID, []external.Ref{{Kind: external.KindTicket, ID: id}}))
			}
			w.settle()
			all, err := w.Tickets(t.Context())
			w.must(err)
			if len(all) != 1 {
				t.Errorf("%d tickets came in, want the one that the filter lets in: %v", len(all), all)
			}
		})
	}
}

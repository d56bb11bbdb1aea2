package fleet_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// typed is a text in a spelling that no system keeps as it is.
const typed = "* one\n* two\n\nplain words\n\n1) first\n2) second\n\nthe end\n"

// TestMergeAcrossSpellings: two people edit different paragraphs of one text, here in the
// spelling that was typed, there in the one that each system made of it. Both edits stand
// on both sides, and here nothing but the edited paragraphs has other bytes than before.
func TestMergeAcrossSpellings(t *testing.T) {
	t.Parallel()
	for _, system := range []external.System{"github", "jira", "linear"} {
		t.Run(string(system), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fleet.Options{Seed: 11, Allow: true})
			m, err := w.Connect(t.Context(), fleet.Spec{System: system, Strategies: []store.Strategy{{Strategy: plan.Merge, ConfirmedBy: "ann"}}})
			w.must(err)
			made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Body: ticket.Text(typed)}, ticket.Public, "ada")
			w.must(err)
			w.settle()
			here := strings.Replace(typed, "plain words", "plain words of ours", 1)
			w.must(w.EditLocal(t.Context(), "ada", made.ID, ticket.Fields{ticket.Body: ticket.Text(here)}))
			seen := m.Site.Look()[0]
			w.must(m.Site.Edit("bob", seen.ID, fleet.Change{Body: p(strings.Replace(seen.Body, "the end", "another end", 1))}))
			w.settle()
			got, err := w.Ticket(t.Context(), made.ID)
			w.must(err)
			if want := strings.Replace(here, "the end", "another end", 1); got.Fields[ticket.Body].Text() != want {
				t.Errorf("here %q, want %q", got.Fields[ticket.Body].Text(), want)
			}
			if there := m.Site.Look()[0].Body; !strings.Contains(there, "words of ours") || !strings.Contains(there, "another end") {
				t.Errorf("outside %q lacks one of the edits", there)
			}
			w.converged()
			w.quiet()
		})
	}
}

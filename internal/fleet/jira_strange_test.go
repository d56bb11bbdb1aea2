package fleet_test

import (
	"github.com/extsync/extsync/internal/fleet"
	simulator "github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// strangeScenes are further ones.
func strangeScenes() []scene {
	return []scene{
		{"by hand of our own account", func(l *life) {
			us := l.site.Account().Login
			item := l.act(simulator.Act{Login: us, Do: "create", Project: l.site.Project.Key(), Summary: "umbrella by hand"})
			l.act(simulator.Act{Login: us, Do: "comment", Issue: l.item, Text: p("said by hand")})
			l.quietly()
			l.tickets(2)
			l.must(l.EditLocal(l.Context(), "cyn", l.here, ticket.Fields{ticket.Body: ticket.Text("words from here")}))
			l.meanwhile(writes, func() {
				l.act(simulator.Act{Login: us, Do: "edit", Issue: l.item, Summary: "umbrella, by hand"})
			})
			l.act(simulator.Act{Login: us, Do: "edit", Issue: item, Summary: "umbrella by hand, again"})
			l.quietly()
			l.stands("umbrella, by hand", "words from here", "theirs")
			if here, there := l.said(); len(here) != 2 || len(there) != 2 {
				l.Errorf("here it says %q, there %q", here, there)
			}
			tk, err := l.TicketOf(l.Context(), l.m, item)
			l.must(err)
			if got := tk.Fields[ticket.Title].Text(); got != "umbrella by hand, again" {
				l.Errorf("here it is %q", got)
			}
		}},
		{"moved to where another filter is", func(l *life) {
			beside, err := l.site.Beside()
			l.must(err)
			to, err := l.Connect(l.Context(), fleet.Spec{Site: beside, Filter: "labels = shared", Mapping: l.c.mapping})
			l.must(err)
			l.movesTo(beside)
			l.must(beside.Edit("ada", l.item, fleet.Change{Title: p("umbrella since"), Label: []string{"shared"}}))
			l.quietly()
			all, err := l.Tickets(l.Context())
			l.must(err)
			open, err := l.Conflicts(l.Context(), nil)
			l.must(err)
			tk := all[0]
			if len(all) != 1 || tk.Fields[ticket.Title].Text() != "umbrella since" || len(open) > 0 {
				l.Errorf("%d tickets; %v; conflicts %+v", len(all), tk.Fields, open)
			}
			if lk, err := l.LinkOf(l.Context(), to, l.here); err != nil || lk.State != store.Live {
				l.Errorf("the link there is %s (%s), %v", lk.State, lk.Reason, err)
			}
		}},
		{"an estimate in another field", func(l *life) {
			l.act(simulator.Act{Do: "edit", Issue: l.item, Fields: map[string]any{"customfield_10030": 3.0}})
			l.quietly()
			if l.c.Spec.Fields[len(l.c.Spec.Fields)-1].ID == "customfield_10011" {
				l.act(simulator.Act{Do: "edit", Issue: l.item, Fields: map[string]any{"customfield_10011": 2.0}})
			}
			l.quietly()
			l.must(l.EditLocal(l.Context(), "cyn", l.here, ticket.Fields{ticket.Estimate: ticket.Text("8")}))
			l.quietly()
			tk, err := l.Ticket(l.Context(), l.here)
			l.must(err)
			open, err := l.Conflicts(l.Context(), nil)
			l.must(err)
			if tk.Fields[ticket.Estimate].Text() != "8" || len(open) > 0 {
				l.Errorf("the estimate here is %v, conflicts %+v", tk.Fields[ticket.Estimate], open)
			}
		}},
	}
}

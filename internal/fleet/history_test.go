package fleet_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestAVendorWhoseHistoryEndsYesterday: bob edits between our look and our write, which
// replaces what he wrote. A history that goes on keeps his value in a conflict. One that
// ended yesterday cannot, and then the journal says so of that very write, whether its
// reply came or not.
func TestAVendorWhoseHistoryEndsYesterday(t *testing.T) {
	for _, c := range []struct {
		reason    string
		ended     bool
		lost      bool // the reply, and cyn edits before we look again
		conflict  bool
		unaudited bool
	}{
		{"the history goes on", false, false, true, false},
		{"it ended yesterday", true, false, false, true},
		{"the history goes on, the reply is lost and the value replaced", false, true, true, false},
		{"it ended yesterday, the reply is lost and the value replaced", true, true, false, true},
	} {
		t.Run(c.reason, func(t *testing.T) {
			w := newWorld(t, fleet.Options{Seed: 1})
			var o fleet.JiraOptions
			if c.ended {
				o.HistoryUntil = w.Clock.Now().Add(-24 * time.Hour)
			}
			site, err := w.Jira(o)
			w.must(err)
			m, err := w.Connect(t.Context(), fleet.Spec{Site: site})
			w.must(err)
			id, err := site.Create("ada", fleet.Change{Title: p("first")})
			w.must(err)
			w.settle()
			w.Clock.Advance(time.Hour)
			made, err := w.TicketOf(t.Context(), m, id)
			w.must(err)
			w.must(w.EditLocal(t.Context(), "ada", made.ID, ticket.Fields{ticket.Title: ticket.Text("from here")}))
			w.rival(m, id, c.lost)
			w.settle()
			open, err := w.Conflicts(t.Context(), m)
			w.must(err)
			kept := len(open) == 1 && open[0].External.Text() == "bob's"
			if kept != c.conflict {
				t.Errorf("bob's value is kept: %t, want %t; conflicts %+v", kept, c.conflict, open)
			}
			if got := w.unaudited(m); got != c.unaudited {
				t.Errorf("the write is journalled as unaudited: %t, want %t", got, c.unaudited)
			}
		})
	}
}

// rival has bob edit the title right before our next write of it. With lost, its reply is
// lost and cyn writes over it.
func (w *world) rival(m *fleet.Member, id string, lost bool) {
	if lost {
		w.must(m.Site.Lose(fleet.Fault{Kind: fleet.LoseReply, Calls: []string{"issues.edit"}}))
	}
	struck := false
	m.Site.Wire().Meanwhile(func(r *http.Request) {
		if wrote := r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/issue/"); !wrote {
			if struck && lost { // we come to look what became of it
				lost = false
				w.must(m.Site.Edit("cyn", id, fleet.Change{Title: p("cyn's")}))
			}
			return
		}
		if !struck {
			struck = true
			w.must(m.Site.Edit("bob", id, fleet.Change{Title: p("bob's")}))
		}
	})
	w.Cleanup(func() {
		if !struck {
			w.Error("no write came: the test tests nothing")
		}
	})
}

// unaudited reports whether any write of a member is journalled so. The audit log names
// them all.
func (w *world) unaudited(m *fleet.Member) (is bool) {
	w.must(w.Store.Tx(w.Context(), func(tx store.Tx) error {
		log, err := tx.AuditLog(w.Context(), m.ID, 0, 1000)
		if err != nil {
			return err
		}
		for _, entry := range log {
			if entry.Action != "write" {
				continue
			}
			i, err := tx.Intent(w.Context(), entry.Subject)
			if err != nil {
				return err
			}
			is = is || i.Audit == store.AuditUnaudited
		}
		return nil
	}))
	return is
}

package fleet_test

import (
	"errors"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/simulator/github"
	simulator "github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/ticket"
)

// TestWhatTheTokenLacksIsNoTicketsFault: a token that may only read, or that does not see the team any more, is about the
// project. No probe tells of it, and yet no ticket is set aside for it: all goes out by itself once it is mended.
func TestWhatTheTokenLacksIsNoTicketsFault(t *testing.T) {
	t.Parallel()
	hinder := map[string]func(w *world, on bool) fleet.Site{
		"github, a token that may only read": func(w *world, on bool) fleet.Site {
			s := w.Members()[0].Site.(*fleet.GitHub) //nolint:errcheck // because it is this case's own
			rights := github.Token{Login: s.Account().Login, Push: true}
			if on {
				rights.Issues = github.PermissionRead
			}
			s.Sim.AddToken(s.Account().Token, rights)
			return s
		},
		"linear, a team out of sight": func(w *world, on bool) fleet.Site {
			s := w.Members()[0].Site.(*fleet.Linear) //nolint:errcheck // because it is this case's own
			rights := simulator.Token{Login: s.Account().Login}
			if on {
				rights.Teams = []string{"ANOTHER"}
			}
			s.Sim.AddToken(s.Account().Token, rights)
			return s
		},
	}
	for name, hinder := range hinder {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
			_, err := w.Connect(t.Context(), fleet.Spec{System: external.System(name[:6])})
			w.must(err)
			w.settle()
			site := hinder(w, true)
			for _, title := range []string{"one", "two", "three"} {
				_, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text(title)}, ticket.Public, "ada")
				w.must(err)
			}
			for range 8 {
				_, err := w.Round(t.Context())
				var vendor *external.Error
				if !errors.As(err, &vendor) || vendor.Kind != external.Forbidden {
					t.Errorf("a session ended with %v, want the reason", err)
				}
				w.Clock.Advance(time.Hour)
			}
			hinder(w, false)
			w.settle()
			if seen := site.Look(); len(seen) != 3 {
				t.Errorf("%d tickets went out once it was mended, want 3", len(seen))
			}
			w.converged()
			w.quiet()
		})
	}
}

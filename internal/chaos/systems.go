package chaos

import (
	"context"
	"net/http"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/simulator/stage"
	"github.com/extsync/extsync/simulator/webhook"
)

// hookSecret signs the webhooks of all vendors; Standard Webhooks want this form.
const hookSecret = "whsec_Q2hhb3NDaGFvc0NoYW9zQ2hhb3NDaGFvcw==" //nolint:gosec // of simulators alone

func systems() []external.System { return []external.System{"github", "jira", "linear", "webhook"} }

// system is what the simulators do not have in common.
type system struct {
	handler http.Handler
	path    string // of the API below the server's root
	hook    func(url string)
	post    func(context.Context, *http.Client) (int, error)
	faults  func(...stage.Fault)
	heal    func()
	root    func(url string) // tells the simulator its own address
	limit   stage.Fault
	revoked stage.Fault
}

// retryAfter is what a limited client is told to wait, in seconds by the wall clock.
const retryAfter = "1"

func systemOf(site fleet.Site) *system {
	switch s := site.(type) {
	case *fleet.GitHub:
		return &system{
			handler: s.Sim, post: s.Sim.Deliver, faults: s.Sim.Faults().Add, heal: s.Sim.Faults().Clear, root: s.Sim.SetBaseURL,
			hook:  func(url string) { s.Repo.AddHook(url, hookSecret) },
			limit: stage.Fault{Kind: "secondary_limit", RetryAfter: retryAfter}, revoked: stage.Fault{Kind: stage.BadCredentials},
		}
	case *fleet.Jira:
		return &system{
			handler: s.Sim, post: s.Sim.Deliver, faults: s.Sim.Faults().Add, heal: s.Sim.Faults().Clear, root: s.Sim.SetBaseURL,
			hook:  func(url string) { s.Sim.AddHook(jira.HookSettings{URL: url, Secret: hookSecret}) },
			limit: stage.Fault{Kind: jira.BurstLimit, RetryAfter: retryAfter}, revoked: stage.Fault{Kind: stage.BadCredentials},
		}
	case *fleet.Linear:
		return &system{
			handler: s.Sim, path: "/graphql", post: s.Sim.Deliver, faults: s.Sim.Faults().Add, heal: s.Sim.Faults().Clear, root: func(string) {},
			hook:  func(url string) { s.Sim.AddHook(url, hookSecret, s.Team.Key()) },
			limit: stage.Fault{Kind: linear.RequestLimit, RetryAfter: retryAfter}, revoked: stage.Fault{Kind: stage.BadCredentials},
		}
	case *fleet.Webhook:
		return &system{
			handler: s.Handler(), post: s.Sim.Deliver, faults: s.Sim.Faults, heal: s.Sim.ClearFaults, root: func(string) {},
			hook: func(url string) {
				s.Sim.AddHook(webhook.Hook{Project: s.Account().Key, URL: url, Mode: webhook.ModeStandard, Secret: hookSecret})
			},
			limit:   stage.Fault{Kind: webhook.Status, Status: http.StatusTooManyRequests, RetryAfter: retryAfter},
			revoked: stage.Fault{Kind: webhook.Status, Status: http.StatusUnauthorized},
		}
	}
	return nil // of the four, see systems
}

package webhook

import (
	"fmt"
	"net/http"
	"time"

	"github.com/extsync/extsync/simulator/stage"
)

// Settings change a running simulator; what is absent stays.
type Settings struct {
	Projects []string           `json:"projects,omitempty"`
	Tokens   map[string]Account `json:"tokens,omitempty"`
	Trust    []Trusted          `json:"trust,omitempty"`
	Hooks    []Hook             `json:"hooks,omitempty"`
	Blind    *bool              `json:"blind,omitempty"`
	LagMS    *int64             `json:"lag_ms,omitempty"`
}

// Trusted is whom a project takes deliveries from, see Sim.Trust.
type Trusted struct {
	Project string   `json:"project"`
	Sender  Account  `json:"sender"`
	Secrets []string `json:"secrets"`
}

// Apply changes what the settings name.
func (s *Sim) Apply(set Settings) {
	for _, p := range set.Projects {
		s.AddProject(p)
	}
	for token, a := range set.Tokens {
		s.AddToken(token, a)
	}
	for _, t := range set.Trust {
		s.Trust(t.Project, t.Sender, t.Secrets...)
	}
	for _, h := range set.Hooks {
		s.AddHook(h)
	}
	if set.Blind != nil {
		s.SetBlind(*set.Blind)
	}
	if set.LagMS != nil {
		s.locked(func() { s.world.SetLag(time.Duration(*set.LagMS) * time.Millisecond) })
	}
}

// controls are what can be done under /_sim/:
//
//	GET    /_sim/counters         Counters
//	POST   /_sim/counters/reset
//	POST   /_sim/faults           []Fault, added to those that wait
//	DELETE /_sim/faults
//	POST   /_sim/act              Act, answers the item
//	POST   /_sim/settings         Settings
//	GET    /_sim/requests?kind=   []Request
//	GET    /_sim/deliveries       []Delivery
//	POST   /_sim/deliver          sends the queued webhooks
//	POST   /_sim/redeliver?id=
func (s *Sim) controls() stage.Controls {
	return stage.Controls{
		"GET counters": func(*http.Request) (any, error) { return s.Counters(), nil },
		"POST counters/reset": func(*http.Request) (any, error) {
			s.ResetCounters()
			return stage.Done(nil)
		},
		"POST faults": stage.Take(s.adminFaults),
		"DELETE faults": func(*http.Request) (any, error) {
			s.ClearFaults()
			return stage.Done(nil)
		},
		"POST act": stage.Take(s.adminAct),
		"POST settings": stage.Take(func(set Settings) (any, error) {
			s.Apply(set)
			return stage.Done(nil)
		}),
		"GET requests": func(r *http.Request) (any, error) {
			return append([]Request{}, s.Requests(r.URL.Query()["kind"]...)...), nil
		},
		"GET deliveries": func(*http.Request) (any, error) { return s.Deliveries(), nil },
		"POST deliver": func(r *http.Request) (any, error) {
			n, err := s.Deliver(r.Context(), http.DefaultClient)
			return map[string]int{"sent": n}, err
		},
		"POST redeliver": func(r *http.Request) (any, error) {
			return stage.Done(s.Redeliver(r.Context(), http.DefaultClient, r.URL.Query().Get("id")))
		},
	}
}

func (s *Sim) adminFaults(list []Fault) (any, error) {
	for _, f := range list {
		if !known(f.Kind) {
			return nil, fmt.Errorf("there is no fault %q", f.Kind)
		}
	}
	s.Faults(list...)
	return map[string]int{"added": len(list)}, nil
}

func (s *Sim) adminAct(a Act) (any, error) {
	i, err := s.Act(a)
	return view(a.Project, i), err
}

package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
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

var errNoSuchControl = errors.New("no such control: GET counters, requests, deliveries; " +
	"POST counters/reset, faults, act, settings, deliver, redeliver; DELETE faults")

// serveAdmin answers under /_sim/. It needs no credentials: the simulator is for tests and demonstrations, on loopback.
func (s *Sim) serveAdmin(w http.ResponseWriter, r *http.Request) {
	do := s.controls()[r.Method+" "+strings.TrimPrefix(r.URL.Path, "/_sim/")]
	if do == nil {
		failure(http.StatusNotFound, errNoSuchControl.Error()).Write(w)
		return
	}
	out, err := do(r)
	if err != nil {
		failure(http.StatusBadRequest, err.Error()).Write(w)
		return
	}
	jsonReply(http.StatusOK, out).Write(w)
}

// controls are what serveAdmin can do:
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
func (s *Sim) controls() map[string]func(*http.Request) (any, error) {
	done := map[string]bool{"ok": true}
	return map[string]func(*http.Request) (any, error){
		"GET counters": func(*http.Request) (any, error) { return s.Counters(), nil },
		"POST counters/reset": func(*http.Request) (any, error) {
			s.ResetCounters()
			return done, nil
		},
		"POST faults": s.adminFaults,
		"DELETE faults": func(*http.Request) (any, error) {
			s.ClearFaults()
			return done, nil
		},
		"POST act": s.adminAct,
		"POST settings": func(r *http.Request) (any, error) {
			var set Settings
			err := decodeAdmin(r, &set)
			if err == nil {
				s.Apply(set)
			}
			return done, err
		},
		"GET requests": func(r *http.Request) (any, error) {
			return append([]Request{}, s.Requests(r.URL.Query()["kind"]...)...), nil
		},
		"GET deliveries": func(*http.Request) (any, error) { return s.Deliveries(), nil },
		"POST deliver": func(r *http.Request) (any, error) {
			n, err := s.Deliver(r.Context(), http.DefaultClient)
			return map[string]int{"sent": n}, err
		},
		"POST redeliver": func(r *http.Request) (any, error) {
			return done, s.Redeliver(r.Context(), http.DefaultClient, r.URL.Query().Get("id"))
		},
	}
}

func (s *Sim) adminFaults(r *http.Request) (any, error) {
	var list []Fault
	if err := decodeAdmin(r, &list); err != nil {
		return nil, err
	}
	for _, f := range list {
		if !known(f.Kind) {
			return nil, fmt.Errorf("there is no fault %q", f.Kind)
		}
	}
	s.Faults(list...)
	return map[string]int{"added": len(list)}, nil
}

func (s *Sim) adminAct(r *http.Request) (any, error) {
	var a Act
	if err := decodeAdmin(r, &a); err != nil {
		return nil, err
	}
	i, err := s.Act(a)
	return view(a.Project, i), err
}

func decodeAdmin(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", r.URL.Path, err)
	}
	return nil
}

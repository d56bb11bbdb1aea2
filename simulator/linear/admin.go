package linear

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/stage"
)

// Settings are what can be changed while running. Absent fields stay as they are.
type Settings struct {
	Limits *Limits          `json:"limits,omitempty"`
	Lag    *time.Duration   `json:"lag,omitempty"`    // nanoseconds
	Teams  []TeamSettings   `json:"teams,omitempty"`  // made when missing
	Tokens map[string]Token `json:"tokens,omitempty"` // added or replaced
	Hooks  []HookSettings   `json:"hooks,omitempty"`  // added
}

// TeamSettings are the switches of one team.
type TeamSettings struct {
	Key       string   `json:"key"`
	Name      string   `json:"name"`
	Private   bool     `json:"private"`
	Triage    bool     `json:"triage"`
	Estimates string   `json:"estimates"` // scale, as in Team.SetEstimates; empty: as it is
	Members   []string `json:"members,omitempty"`
	Labels    []string `json:"labels,omitempty"` // made when missing
}

// HookSettings set a webhook up.
type HookSettings struct {
	Team   string   `json:"team"` // key; empty: all public teams
	URL    string   `json:"url"`
	Secret string   `json:"secret"`
	Types  []string `json:"types,omitempty"`
}

// Apply changes the settings.
func (s *Sim) Apply(set Settings) error {
	if set.Limits != nil {
		s.SetLimits(*set.Limits)
	}
	if set.Lag != nil {
		s.SetLag(*set.Lag)
	}
	for _, t := range set.Teams {
		if err := s.applyTeam(t); err != nil {
			return err
		}
	}
	for _, secret := range slices.Sorted(maps.Keys(set.Tokens)) { // in a fixed order, since new users draw the next ids
		s.AddToken(secret, set.Tokens[secret])
	}
	for _, h := range set.Hooks {
		if _, known := s.Team(h.Team); h.Team != "" && !known {
			return fmt.Errorf("webhook: no team %q", h.Team)
		}
		s.AddHook(h.URL, h.Secret, h.Team, h.Types...)
	}
	return nil
}

func (s *Sim) applyTeam(set TeamSettings) error {
	if set.Key == "" {
		return errors.New("a team needs a key")
	}
	t, known := s.Team(set.Key)
	if !known {
		t = s.AddTeam(set.Key, orKey(set.Name, set.Key))
	}
	t.SetPrivate(set.Private)
	t.SetTriage(set.Triage)
	if set.Estimates != "" {
		t.SetEstimates(set.Estimates, false, false)
	}
	t.AddMember(set.Members...)
	for _, name := range set.Labels {
		if t.label(name) {
			continue
		}
		if _, err := t.AddLabel(name); err != nil {
			return err
		}
	}
	return nil
}

func orKey(name, key string) string {
	if name == "" {
		return key
	}
	return name
}

// label says whether issues of the team can carry a label of that name.
func (t *Team) label(name string) bool {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.s.world.LabelNamed(t.m, name) != nil
}

// serveAdmin answers under /_sim/. It needs no credentials: the simulator is for tests and demonstrations, on loopback.
func (s *Sim) serveAdmin(w http.ResponseWriter, r *http.Request) {
	do := s.controls()[r.Method+" "+strings.TrimPrefix(r.URL.Path, "/_sim/")]
	if do == nil {
		do = func(*http.Request) (any, error) { return nil, errNoSuchControl }
	}
	out, err := do(r)
	status := http.StatusOK
	if err != nil {
		status, out = http.StatusBadRequest, map[string]string{"error": err.Error()}
		if errors.Is(err, errNoSuchControl) {
			status = http.StatusNotFound
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(stage.Marshal(out), '\n')) // a client that has gone away needs no answer
}

var errNoSuchControl = errors.New("no such control: GET counters, faults, requests, deliveries, marked; " +
	"POST counters/reset, faults, act, settings, deliver, redeliver; DELETE faults")

// controls are what serveAdmin can do:
//
//	GET    /_sim/counters                     Counters
//	POST   /_sim/counters/reset
//	GET    /_sim/faults                       []Fault, what is left of them
//	POST   /_sim/faults?mode=add|set          []Fault or one Fault; set (the default) replaces all
//	DELETE /_sim/faults
//	POST   /_sim/act                          Act, answers Acted
//	POST   /_sim/settings                     Settings
//	GET    /_sim/requests?kind=               []Request
//	GET    /_sim/deliveries                   []Delivery
//	POST   /_sim/deliver                      sends the webhooks that are due
//	POST   /_sim/redeliver?id=
//	GET    /_sim/marked?text=                 how many issues and comments contain the text
func (s *Sim) controls() map[string]func(*http.Request) (any, error) {
	done := map[string]bool{"ok": true}
	return map[string]func(*http.Request) (any, error){
		"GET counters": func(*http.Request) (any, error) { return s.Counters(), nil },
		"POST counters/reset": func(*http.Request) (any, error) {
			s.ResetCounters()
			return s.Counters(), nil
		},
		"GET faults":  func(*http.Request) (any, error) { return orEmpty(s.Faults().Active()), nil },
		"POST faults": s.adminFaults,
		"DELETE faults": func(*http.Request) (any, error) {
			s.Faults().Clear()
			return []Fault{}, nil
		},
		"POST act": func(r *http.Request) (any, error) {
			var a Act
			if err := decodeAdmin(r, &a); err != nil {
				return nil, err
			}
			return s.Act(a)
		},
		"POST settings": func(r *http.Request) (any, error) {
			var set Settings
			if err := decodeAdmin(r, &set); err != nil {
				return nil, err
			}
			return done, s.Apply(set)
		},
		"GET requests":   func(r *http.Request) (any, error) { return orEmpty(s.Requests(r.URL.Query()["kind"]...)), nil },
		"GET deliveries": func(*http.Request) (any, error) { return orEmpty(s.Deliveries()), nil },
		"POST deliver": func(r *http.Request) (any, error) {
			n, err := s.Deliver(r.Context(), s.opts.WebhookClient)
			return map[string]int{"sent": n}, err
		},
		"POST redeliver": func(r *http.Request) (any, error) {
			return done, s.Redeliver(r.Context(), s.opts.WebhookClient, r.URL.Query().Get("id"))
		},
		"GET marked": func(r *http.Request) (any, error) {
			issues, comments := s.Marked(r.URL.Query().Get("text"))
			return map[string]int{"issues": issues, "comments": comments}, nil
		},
	}
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func decodeAdmin(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", r.URL.Path, err)
	}
	return nil
}

func (s *Sim) adminFaults(r *http.Request) (any, error) {
	var raw json.RawMessage
	if err := decodeAdmin(r, &raw); err != nil {
		return nil, err
	}
	var list []Fault
	if err := json.Unmarshal(raw, &list); err != nil {
		var one Fault
		if err := json.Unmarshal(raw, &one); err != nil {
			return nil, fmt.Errorf("read faults: %w", err)
		}
		list = []Fault{one}
	}
	for _, f := range list {
		if !slices.Contains(faultKinds(), f.Kind) {
			return nil, fmt.Errorf("unknown fault kind %q", f.Kind)
		}
	}
	if r.URL.Query().Get("mode") == "add" {
		s.Faults().Add(list...)
	} else {
		s.Faults().Set(list...)
	}
	return s.Faults().Active(), nil
}

package github

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
	Limits  *Limits          `json:"limits,omitempty"`
	Lag     *time.Duration   `json:"lag,omitempty"` // nanoseconds
	PageCap *int             `json:"page_cap,omitempty"`
	Tokens  map[string]Token `json:"tokens,omitempty"` // added or replaced
	Repos   []RepoSettings   `json:"repos,omitempty"`  // made when missing
	Hooks   []HookSettings   `json:"hooks,omitempty"`  // added
	Roles   []RoleAssignment `json:"roles,omitempty"`
}

// RepoSettings are the switches of one repository.
type RepoSettings struct {
	Repo           string   `json:"repo"` // owner/name
	Private        bool     `json:"private"`
	IssuesDisabled bool     `json:"issues_disabled"`
	Collaborators  []string `json:"collaborators,omitempty"`
}

// HookSettings set a webhook up.
type HookSettings struct {
	Repo   string   `json:"repo"`
	URL    string   `json:"url"`
	Secret string   `json:"secret"`
	Events []string `json:"events,omitempty"`
}

// RoleAssignment flips a role.
type RoleAssignment struct {
	Token string `json:"token"`
	Repo  string `json:"repo"`
	Role  Role   `json:"role"`
}

// Apply changes the settings.
func (s *Sim) Apply(set Settings) error {
	if set.Limits != nil {
		s.SetLimits(*set.Limits)
	}
	if set.Lag != nil {
		s.SetLag(*set.Lag)
	}
	if set.PageCap != nil {
		s.locked(func() { s.opts.PageCap = *set.PageCap })
	}
	for _, r := range set.Repos {
		repo, err := s.ensureRepo(r.Repo)
		if err != nil {
			return err
		}
		repo.SetPrivate(r.Private)
		repo.DisableIssues(r.IssuesDisabled)
		repo.AddCollaborator(r.Collaborators...)
	}
	for _, token := range slices.Sorted(maps.Keys(set.Tokens)) { // in a fixed order, since new users get the next ids
		s.AddToken(token, set.Tokens[token])
	}
	for _, h := range set.Hooks {
		repo, err := s.ensureRepo(h.Repo)
		if err != nil {
			return err
		}
		repo.AddHook(h.URL, h.Secret, h.Events...)
	}
	for _, r := range set.Roles {
		s.SetRole(r.Token, r.Repo, r.Role)
	}
	return nil
}

// Repo returns the handle of an existing repository; false if there is none.
func (s *Sim) Repo(fullName string) (*Repo, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.repoNamed(fullName)
	return &Repo{s, m}, err == nil
}

func (s *Sim) ensureRepo(full string) (*Repo, error) {
	if r, found := s.Repo(full); found {
		return r, nil
	}
	owner, name, cut := strings.Cut(full, "/")
	if !cut || owner == "" || name == "" {
		return nil, fmt.Errorf("repository %q: want owner/name", full)
	}
	return s.AddRepo(owner, name), nil
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
//	POST   /_sim/deliver                      sends the queued webhooks
//	POST   /_sim/redeliver?id=
//	GET    /_sim/marked?repo=&text=           how many issues and comments contain the text
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
		"GET marked": s.adminMarked,
	}
}

func (s *Sim) adminMarked(r *http.Request) (any, error) {
	q := r.URL.Query()
	repo, found := s.Repo(q.Get("repo"))
	if !found {
		return nil, fmt.Errorf("no repository %q", q.Get("repo"))
	}
	issues, comments := repo.Marked(q.Get("text"))
	return map[string]int{"issues": issues, "comments": comments}, nil
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

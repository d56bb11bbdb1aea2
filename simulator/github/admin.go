package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
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
	for token, t := range set.Tokens {
		s.AddToken(token, t)
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
	out, err := s.admin(r)
	status := http.StatusOK
	if err != nil {
		status, out = http.StatusBadRequest, map[string]string{"error": err.Error()}
		if errors.Is(err, errNoSuchControl) {
			status = http.StatusNotFound
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(marshal(out), '\n')) // a client that has gone away needs no answer
}

var errNoSuchControl = errors.New("no such control: GET counters, faults, requests, deliveries, marked; " +
	"POST counters/reset, faults, act, settings, deliver, redeliver; DELETE faults")

// admin does one control:
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
func (s *Sim) admin(r *http.Request) (any, error) {
	q := r.URL.Query()
	switch r.Method + " " + strings.TrimPrefix(r.URL.Path, "/_sim/") {
	case "GET counters":
		return s.Counters(), nil
	case "POST counters/reset":
		s.ResetCounters()
		return s.Counters(), nil
	case "GET faults":
		return orEmpty(s.Faults().Active()), nil
	case "POST faults":
		return s.adminFaults(r)
	case "DELETE faults":
		s.Faults().Clear()
		return []Fault{}, nil
	case "POST act":
		var a Act
		if err := decodeAdmin(r, &a); err != nil {
			return nil, err
		}
		return s.Act(a)
	case "POST settings":
		var set Settings
		if err := decodeAdmin(r, &set); err != nil {
			return nil, err
		}
		return map[string]bool{"ok": true}, s.Apply(set)
	case "GET requests":
		return orEmpty(s.Requests(q["kind"]...)), nil
	case "GET deliveries":
		return orEmpty(s.Deliveries()), nil
	case "POST deliver":
		n, err := s.Deliver(r.Context(), s.opts.WebhookClient)
		return map[string]int{"sent": n}, err
	case "POST redeliver":
		return map[string]bool{"ok": true}, s.Redeliver(r.Context(), s.opts.WebhookClient, q.Get("id"))
	case "GET marked":
		repo, found := s.Repo(q.Get("repo"))
		if !found {
			return nil, fmt.Errorf("no repository %q", q.Get("repo"))
		}
		issues, comments := repo.Marked(q.Get("text"))
		return map[string]int{"issues": issues, "comments": comments}, nil
	}
	return nil, errNoSuchControl
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
		if !f.Kind.known() {
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

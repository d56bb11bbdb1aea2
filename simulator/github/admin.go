package github

import (
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

// controls are those of stage.ControlsOf, and:
//
//	POST /_sim/act                  Act, answers Acted
//	POST /_sim/settings             Settings
//	GET  /_sim/marked?repo=&text=   how many issues and comments contain the text
func (s *Sim) controls() stage.Controls {
	return stage.ControlsOf(s, faultKinds(), s.opts.WebhookClient).With(stage.Controls{
		"POST act":      stage.Take(s.Act),
		"POST settings": stage.Take(func(set Settings) (any, error) { return stage.Done(s.Apply(set)) }),
		"GET marked":    s.adminMarked,
	})
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

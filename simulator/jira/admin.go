package jira

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/simulator/stage"
)

// Settings are what can be changed while running. Absent fields stay as they are.
type Settings struct {
	Limits   *Limits             `json:"limits,omitempty"`
	Lag      *time.Duration      `json:"lag,omitempty"`      // nanoseconds
	Users    []model.User        `json:"users,omitempty"`    // added or replaced
	Tokens   map[string]Token    `json:"tokens,omitempty"`   // added or replaced
	Projects []model.ProjectSpec `json:"projects,omitempty"` // made when missing
	Hooks    []HookSettings      `json:"hooks,omitempty"`    // added
	Rights   []RightsSettings    `json:"rights,omitempty"`
}

// RightsSettings replace what a user may do in a project.
type RightsSettings struct {
	Project     string             `json:"project"`
	Login       string             `json:"login"`
	Permissions []model.Permission `json:"permissions"`
}

// Apply changes the settings.
func (s *Sim) Apply(set Settings) error {
	if set.Limits != nil {
		s.SetLimits(*set.Limits)
	}
	if set.Lag != nil {
		s.SetLag(*set.Lag)
	}
	for _, u := range set.Users {
		if u.Login == "" {
			return errors.New("settings: a user without login")
		}
		s.AddUser(u)
	}
	for _, token := range slices.Sorted(maps.Keys(set.Tokens)) { // in a fixed order, since new users are listed in it
		s.AddToken(token, set.Tokens[token])
	}
	for _, p := range set.Projects {
		if _, found := s.Project(p.Key); found {
			continue
		}
		if _, err := s.AddProject(p); err != nil {
			return err
		}
	}
	for _, h := range set.Hooks {
		s.AddHook(h)
	}
	for _, r := range set.Rights {
		p, found := s.Project(r.Project)
		if !found {
			return fmt.Errorf("settings: no project %q", r.Project)
		}
		if err := p.SetPermissions(r.Login, r.Permissions...); err != nil {
			return err
		}
	}
	return nil
}

// controls are those of stage.ControlsOf, and:
//
//	POST /_sim/act                  Act, answers Acted
//	POST /_sim/settings             Settings
//	GET  /_sim/marked?project=&text=how many issues and comments contain the text
func (s *Sim) controls() stage.Controls {
	return stage.ControlsOf(s, faultKinds(), s.opts.WebhookClient).With(stage.Controls{
		"POST act":      stage.Take(s.Act),
		"POST settings": stage.Take(func(set Settings) (any, error) { return stage.Done(s.Apply(set)) }),
		"GET marked":    s.adminMarked,
	})
}

func (s *Sim) adminMarked(r *http.Request) (any, error) {
	q := r.URL.Query()
	p, found := s.Project(q.Get("project"))
	if !found {
		return nil, fmt.Errorf("no project %q", q.Get("project"))
	}
	issues, comments := p.Marked(q.Get("text"))
	return map[string]int{"issues": issues, "comments": comments}, nil
}

package linear

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
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

// controls are those of stage.ControlsOf, and:
//
//	POST /_sim/act                  Act, answers Acted
//	POST /_sim/settings             Settings
//	GET  /_sim/marked?text=         how many issues and comments contain the text
func (s *Sim) controls() stage.Controls {
	return stage.ControlsOf(s, faultKinds(), s.opts.WebhookClient).With(stage.Controls{
		"POST act":      stage.Take(s.Act),
		"POST settings": stage.Take(func(set Settings) (any, error) { return stage.Done(s.Apply(set)) }),
		"GET marked": func(r *http.Request) (any, error) {
			issues, comments := s.Marked(r.URL.Query().Get("text"))
			return map[string]int{"issues": issues, "comments": comments}, nil
		},
	})
}

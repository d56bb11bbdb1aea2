package model

import (
	"slices"
	"strings"
)

// Team is a team with its workflow.
type Team struct {
	Meta
	Key, Name    string
	Private      bool
	Triage       bool   // what outsiders and apps create starts in the triage state
	EstimateType string // notUsed, exponential, fibonacci, linear, tShirt
	EstimateMore bool   // the two larger estimates are allowed
	EstimateZero bool
	DefaultState *State
	Members      []*User

	last int // number of the newest issue
}

// State is a workflow state of one team. Type is triage, backlog, unstarted, started, completed, canceled or duplicate.
type State struct {
	Meta
	Team        *Team
	Name, Type  string
	Color       string
	Description *string
	Position    float64
}

type stateSpec struct{ name, kind, color string }

// defaultStates are those Linear gives a new team.
func defaultStates() []stateSpec {
	return []stateSpec{{"Backlog", "backlog", "#bec2c8"}, {"Todo", "unstarted", "#e2e2e2"}, {"In Progress", "started", "#f2c94c"},
		{"In Review", "started", "#0f783c"}, {"Done", "completed", "#5e6ad2"}, {"Canceled", "canceled", "#95a2b3"},
		{"Duplicate", "duplicate", "#95a2b3"}, {"Triage", "triage", "#fc7840"}}
}

// AddTeam makes a team with Linear's first states, estimates switched off.
func (w *World) AddTeam(key, name string) *Team {
	t := &Team{Meta: w.meta(""), Key: strings.ToUpper(key), Name: name, EstimateType: "notUsed"}
	w.teams = append(w.teams, t)
	for _, s := range defaultStates() {
		w.AddState(t, s.name, s.kind).Color = s.color
	}
	t.DefaultState = w.StateNamed(t, "Backlog")
	return t
}

// AddState gives a team another state, at the end.
func (w *World) AddState(t *Team, name, kind string) *State {
	s := &State{Meta: w.meta(""), Team: t, Name: name, Type: kind, Color: "#bec2c8", Position: float64(len(w.States(t)))}
	w.states = append(w.states, s)
	return s
}

// Join makes a user a member.
func (t *Team) Join(u *User) {
	if !slices.Contains(t.Members, u) {
		t.Members = append(t.Members, u)
	}
}

// Teams lists all teams by age.
func (w *World) Teams() []*Team { return w.teams }

// Team finds a team by id or key; nil if there is none.
func (w *World) Team(idOrKey string) *Team {
	return find(w.teams, func(t *Team) bool { return t.ID == idOrKey || strings.EqualFold(t.Key, idOrKey) })
}

// States lists the states of a team, or of all teams for nil.
func (w *World) States(t *Team) []*State {
	if t == nil {
		return w.states
	}
	var out []*State
	for _, s := range w.states {
		if s.Team == t {
			out = append(out, s)
		}
	}
	return out
}

// State finds a state by id; nil if there is none.
func (w *World) State(id string) *State {
	return find(w.states, func(s *State) bool { return s.ID == id })
}

// StateNamed finds a team's state by name; nil if there is none.
func (w *World) StateNamed(t *Team, name string) *State {
	return find(w.states, func(s *State) bool { return s.Team == t && strings.EqualFold(s.Name, name) })
}

func (w *World) stateOfType(t *Team, kind string) *State {
	return find(w.states, func(s *State) bool { return s.Team == t && s.Type == kind })
}

// Estimates are the values an issue of the team may have; none where estimates are not used.
func (t *Team) Estimates() []float64 {
	scale := map[string][]float64{"exponential": {1, 2, 4, 8, 16, 32, 64}, "fibonacci": {1, 2, 3, 5, 8, 13, 21},
		"linear": {1, 2, 3, 4, 5, 6, 7}, "tShirt": {1, 2, 3, 5, 8, 13, 21}}[t.EstimateType]
	if scale == nil {
		return nil
	}
	if !t.EstimateMore {
		scale = scale[:5]
	}
	if t.EstimateZero {
		scale = append([]float64{0}, scale...)
	}
	return scale
}

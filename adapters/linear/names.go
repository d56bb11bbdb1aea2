package linear

import (
	"context"
	"strings"

	"github.com/extsync/extsync/external"
)

// names are the ids behind the names that writing uses. An adapter keeps them between
// calls and reads them again when one is missing, or when an answer shows that one has
// come to mean something else.
type names struct {
	team   string
	states map[string]string // by name
	labels map[string]string // by name in small letters
	groups map[string]bool   // likewise; an issue cannot carry them
}

// names returns what is known, or reads it.
func (a *adapter) names(ctx context.Context) (*names, error) {
	if n := a.known.Load(); n != nil {
		return n, nil
	}
	return a.learn(ctx)
}

// learn reads the names anew.
func (a *adapter) learn(ctx context.Context) (*names, error) {
	team, err := a.teamID(ctx)
	if err != nil {
		return nil, err
	}
	states, err := a.states(ctx, team)
	if external.KindOf(err) == external.NotFound {
		return nil, hidden("list states", err)
	}
	if err != nil {
		return nil, err
	}
	labels, err := a.labels(ctx, team)
	if err != nil {
		return nil, err
	}
	if len(states.Team.States.Nodes) == 0 {
		return nil, fail(external.Temporary, "list states", "the answer holds no states, and every team has some", nil)
	}
	n := &names{team: team, states: map[string]string{}, labels: map[string]string{}, groups: map[string]bool{}}
	for _, s := range states.Team.States.Nodes {
		n.states[s.Name] = s.Id
	}
	for _, l := range labels {
		name := strings.ToLower(l.Name)
		_, taken := n.labels[name]
		switch {
		case l.IsGroup:
			n.groups[name] = true
		case !taken || l.Team != nil: // the team's own before the workspace's
			n.labels[name] = l.Id
		}
	}
	a.known.Store(n)
	return n, nil
}

// forget makes the next write read the names anew.
func (a *adapter) forget() { a.known.Store(nil) }

// has reports whether every state and label is known.
func (n *names) has(state string, labels []string) bool {
	if _, known := n.states[state]; state != "" && !known {
		return false
	}
	for _, l := range labels {
		if _, known := n.labels[strings.ToLower(l)]; !known {
			return false
		}
	}
	return true
}

// knowing returns names that hold the state and the labels, as far as Linear has them.
// Where there are none, nothing need be read.
func (a *adapter) knowing(ctx context.Context, state string, labels []string) (*names, error) {
	if state == "" && len(labels) == 0 && a.projectID != "" {
		return &names{team: a.projectID}, nil
	}
	old := a.known.Load()
	if old != nil && old.has(state, labels) {
		return old, nil
	}
	return a.learn(ctx)
}

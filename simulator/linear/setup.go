package linear

import (
	"fmt"
	"slices"
	"time"

	"github.com/extsync/extsync/simulator/linear/model"
)

// Team is a handle on one team.
type Team struct {
	s *Sim
	m *model.Team
}

// AddTeam makes a team with Linear's first states (Backlog, Todo, In Progress, In Review, Done, Canceled, Duplicate, Triage), without
// estimates. Users of credentials become members.
func (s *Sim) AddTeam(key, name string) *Team {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &Team{s, s.world.AddTeam(key, name)}
	s.enrol()
	return t
}

// Team returns the handle of an existing team, by id or key; false if there is none.
func (s *Sim) Team(idOrKey string) (*Team, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.world.Team(idOrKey)
	return &Team{s, m}, m != nil
}

// ID is the team's UUID.
func (t *Team) ID() string { return t.m.ID }

// Key is what identifiers of its issues begin with.
func (t *Team) Key() string { return t.m.Key }

// Rekey gives the team another key; the former identifiers of its issues still find them.
func (t *Team) Rekey(key string) { t.s.locked(func() { t.s.world.Rekey(t.m, key) }) }

// State is the id of the workflow state of that name, "" if there is none.
func (t *Team) State(name string) string {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if s := t.s.world.StateNamed(t.m, name); s != nil {
		return s.ID
	}
	return ""
}

// AddState gives the team another workflow state of a type (triage, backlog, unstarted, started, completed, canceled, duplicate)
// and returns its id.
func (t *Team) AddState(name, kind string) string {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.s.world.AddState(t.m, name, kind).ID
}

// AddMember makes people members; they are created at first sight.
func (t *Team) AddMember(logins ...string) {
	t.s.locked(func() {
		for _, l := range logins {
			t.m.Join(t.s.world.User(l))
		}
	})
}

// SetEstimates chooses the scale: notUsed, exponential, fibonacci, linear or tShirt; more allows the two larger values, zero 0.
func (t *Team) SetEstimates(kind string, more, zero bool) {
	t.s.locked(func() { t.m.EstimateType, t.m.EstimateMore, t.m.EstimateZero = kind, more, zero })
}

// SetPrivate hides the team from who is not a member, or shows it.
func (t *Team) SetPrivate(private bool) { t.s.locked(func() { t.m.Private = private }) }

// SetTriage makes what outsiders and apps create start in the triage state.
func (t *Team) SetTriage(on bool) { t.s.locked(func() { t.m.Triage = on }) }

// AddLabel makes a label of the team and returns its id.
func (t *Team) AddLabel(name string) (string, error) {
	return t.s.AddLabel(model.Input{"name": name, "teamId": t.m.ID})
}

// RenameLabel gives a label that the team's issues can carry another name. Its issues show it, and count as unchanged.
func (t *Team) RenameLabel(name, to string) {
	t.s.locked(func() {
		if l := t.s.world.LabelNamed(t.m, name); l != nil {
			l.Name = to
		}
	})
}

// AddCycle makes a cycle and returns its id.
func (t *Team) AddCycle(name string, starts, ends time.Time) (string, error) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	c, err := t.s.world.CreateCycle(model.Input{"teamId": t.m.ID, "name": name, "startsAt": starts.Format(time.RFC3339Nano),
		"endsAt": ends.Format(time.RFC3339Nano)})
	if err != nil {
		return "", fmt.Errorf("add cycle to %s: %w", t.m.Key, err)
	}
	return c.ID, nil
}

// AddProject makes a project of the team and returns its id.
func (t *Team) AddProject(name string) (string, error) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	p, err := t.s.world.CreateProject(model.Actor{User: t.s.world.User("Admin")}, model.Input{"teamIds": []string{t.m.ID}, "name": name})
	if err != nil {
		return "", fmt.Errorf("add project to %s: %w", t.m.Key, err)
	}
	return p.ID, nil
}

// Generate makes n issues up, the same ones for the same options. It sends no webhooks.
func (t *Team) Generate(n int, o model.GenerateOptions) error {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.s.world.Generate(t.m, n, o)
}

// View runs f on the model of the team while nothing else happens, for assertions. f must only read, and keep nothing.
func (t *Team) View(f func(*model.World, *model.Team)) { t.s.locked(func() { f(t.s.world, t.m) }) }

// AddLabel makes a label from an IssueLabelCreateInput (name, teamId, parentId, isGroup, color); without teamId it is the workspace's.
func (s *Sim) AddLabel(in model.Input) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := s.world.CreateLabel(model.Actor{User: s.world.User("Admin")}, in)
	if err != nil {
		return "", fmt.Errorf("add label: %w", err)
	}
	return l.ID, nil
}

// User returns the id of the user with that display name, creating it at first sight.
func (s *Sim) User(login string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.User(login).ID
}

// SetUser changes a user: one that is not active cannot be assigned, an admin may change other people's comments and webhooks.
func (s *Sim) SetUser(login string, active, admin bool) {
	s.locked(func() {
		u := s.world.User(login)
		u.Active, u.Admin = active, admin
	})
}

// AddToken makes a credential valid, or replaces its rights; what it used of its limits stays.
func (s *Sim) AddToken(secret string, t Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.Kind == "" {
		t.Kind = APIKey
	}
	if known := s.tokens[secret]; known != nil {
		known.Token = t
	} else {
		s.tokens[secret] = &tokenState{Token: t}
	}
	s.world.User(t.Login).App = t.Kind == App
	s.enrol()
}

// enrol makes the users of credentials members of the teams these reach.
func (s *Sim) enrol() {
	for _, t := range s.tokens {
		for _, team := range s.world.Teams() {
			if len(t.Teams) == 0 || slices.Contains(t.Teams, team.Key) {
				team.Join(s.world.User(t.Login))
			}
		}
	}
}

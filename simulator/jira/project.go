package jira

import (
	"fmt"
	"strings"

	"github.com/extsync/extsync/simulator/jira/model"
)

// Project is a handle on one project.
type Project struct {
	s *Sim
	m *model.Project
}

// AddUser makes an account, or replaces the one with that login. Only Login is needed; the rest is made of it.
func (s *Sim) AddUser(u model.User) model.User {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.world.AddUser(u)
}

// AddProject makes a project. Users come first: the project's lead is one of them.
func (s *Sim) AddProject(spec model.ProjectSpec) (*Project, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.world.AddProject(spec)
	if err != nil {
		return nil, err
	}
	return &Project{s, m}, nil
}

// Project returns the handle of an existing project; false if there is none.
func (s *Sim) Project(idOrKey string) (*Project, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.world.Project(idOrKey)
	return &Project{s, m}, m != nil
}

// Key is the project's key.
func (p *Project) Key() string { return p.m.Key }

// Rekey gives the project another key; the former one still finds it.
func (p *Project) Rekey(key string) { p.s.locked(func() { p.s.world.Rekey(p.m, key) }) }

// ID is the project's id.
func (p *Project) ID() string { return p.m.ID }

// Field gives the id of the project's custom field of that name; empty if there is none.
func (p *Project) Field(name string) string {
	for _, f := range p.m.CustomFields() {
		if strings.EqualFold(f.Name, name) {
			return f.ID
		}
	}
	return ""
}

// SetPermissions replaces all a user may do in the project; none hides it. Where nothing was said about a user, everything is allowed
// but administering and changing what others wrote; administrators may everything.
func (p *Project) SetPermissions(login string, perms ...model.Permission) error {
	return p.adjust(login, func(u *model.User) { p.m.SetPermissions(u, perms...) })
}

// Grant adds permissions to those the user has.
func (p *Project) Grant(login string, perms ...model.Permission) error {
	return p.adjust(login, func(u *model.User) { p.m.Grant(u, perms...) })
}

// Revoke takes permissions away from those the user has.
func (p *Project) Revoke(login string, perms ...model.Permission) error {
	return p.adjust(login, func(u *model.User) { p.m.Revoke(u, perms...) })
}

func (p *Project) adjust(login string, f func(*model.User)) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	u := p.s.world.User(login)
	if u == nil {
		return fmt.Errorf("permissions in %s: no user %q", p.m.Key, login)
	}
	f(u)
	return nil
}

// Hide has the project's field configuration hide the fields with these ids, and no others.
func (p *Project) Hide(ids ...string) { p.s.locked(func() { p.m.Hide(ids...) }) }

// AddBoard makes a scrum board over the project and returns its id.
func (p *Project) AddBoard(name string) int64 {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.s.world.AddBoard(name, p.m).ID
}

// AddSprint makes a sprint of a board and returns its id; state is future, active or closed.
func (s *Sim) AddSprint(board int64, name, state string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.world.Board(board)
	if b == nil {
		return 0, fmt.Errorf("add sprint: no board %d", board)
	}
	return s.world.AddSprint(b, name, state).ID, nil
}

// Generate makes n issues up, the same ones for the same options. It sends no webhooks.
func (p *Project) Generate(n int, o model.GenerateOptions) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.m.Generate(n, o)
}

// View runs f on the model of the project while nothing else happens, for assertions. f must only read, and keep nothing.
func (p *Project) View(f func(*model.Project)) { p.s.locked(func() { f(p.m) }) }

// Marked counts issues and comments (deleted ones not) whose text or properties contain s: one is right, two is a duplicate.
func (p *Project) Marked(s string) (issues, comments int) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.m.Containing(s)
}

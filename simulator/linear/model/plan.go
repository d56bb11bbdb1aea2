package model

import (
	"slices"
	"strings"
	"time"
)

// Cycle is a team's sprint.
type Cycle struct {
	Meta
	Team             *Team
	Number           int
	Name             *string
	Description      *string
	StartsAt, EndsAt time.Time
	CompletedAt      *time.Time
}

// Project spans teams.
type Project struct {
	Meta
	Name        string
	Description string
	Content     *string
	Color       string
	Status      string // backlog, planned, started, paused, completed, canceled
	Teams       []*Team
	Creator     *User
	Lead        *User
	StartDate   *string
	TargetDate  *string
}

// CreateCycle makes a cycle from a CycleCreateInput.
func (w *World) CreateCycle(in Input) (*Cycle, error) {
	id, err := in.newID()
	if err != nil {
		return nil, err
	}
	if id != "" && w.Cycle(id) != nil {
		return nil, taken("Cycle", id)
	}
	team := w.Team(in.text("teamId"))
	if team == nil {
		return nil, NotFound("Team", "teamId")
	}
	starts, err := in.moment("startsAt")
	if err != nil {
		return nil, err
	}
	ends, err := in.moment("endsAt")
	if err != nil {
		return nil, err
	}
	if starts == nil || ends == nil || !starts.Before(*ends) {
		return nil, Refuse("endsAt: a cycle must end after it starts")
	}
	c := &Cycle{Meta: w.meta(id), Team: team, Number: 1, Name: in.pointer("name"), Description: in.pointer("description"),
		StartsAt: *starts, EndsAt: *ends}
	for _, other := range w.cycles {
		if other.Team == team {
			c.Number = other.Number + 1
		}
	}
	w.cycles = append(w.cycles, c)
	return c, nil
}

// Cycles lists all cycles by age.
func (w *World) Cycles() []*Cycle { return w.cycles }

// Cycle finds a cycle by id; nil if there is none.
func (w *World) Cycle(id string) *Cycle {
	return find(w.cycles, func(c *Cycle) bool { return c.ID == id })
}

// CreateProject makes a project from a ProjectCreateInput.
func (w *World) CreateProject(actor Actor, in Input) (*Project, error) {
	id, err := in.newID()
	if err != nil {
		return nil, err
	}
	if id != "" && w.Project(id) != nil {
		return nil, taken("Project", id)
	}
	p := &Project{Name: strings.TrimSpace(in.text("name")), Description: in.text("description"), Content: in.pointer("content"),
		Color: in.text("color"), Status: "backlog", Creator: actor.User}
	if p.Name == "" {
		return nil, Refuse("Argument Validation Error: name should not be empty")
	}
	if p.Color == "" {
		p.Color = "#bec2c8"
	}
	if err := w.planProject(p, in); err != nil {
		return nil, err
	}
	p.Meta = w.meta(id)
	w.projects = append(w.projects, p)
	return p, nil
}

func (w *World) planProject(p *Project, in Input) (err error) {
	for _, id := range in.list("teamIds") {
		t := w.Team(id)
		if t == nil {
			return NotFound("Team", "teamIds")
		}
		p.Teams = append(p.Teams, t)
	}
	if len(p.Teams) == 0 {
		return Refuse("Argument Validation Error: teamIds must contain at least 1 elements")
	}
	if id := in.text("leadId"); id != "" {
		if p.Lead, err = w.assignable(id, "leadId"); err != nil {
			return err
		}
	}
	if p.StartDate, err = in.day("startDate"); err != nil {
		return err
	}
	p.TargetDate, err = in.day("targetDate")
	return err
}

// Projects lists all projects by age.
func (w *World) Projects() []*Project { return w.projects }

// Project finds a project by id; nil if there is none.
func (w *World) Project(id string) *Project {
	return find(w.projects, func(p *Project) bool { return p.ID == id })
}

// Serves says whether issues of the team can be in the project.
func (p *Project) Serves(t *Team) bool { return slices.Contains(p.Teams, t) }

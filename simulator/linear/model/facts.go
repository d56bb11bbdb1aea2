package model

import (
	"slices"
	"strings"
)

// fill applies an input to the facts of an issue; self is nil while it is being created. Nothing is changed on error but *f, which
// the caller throws away.
func (w *World) fill(f *Facts, self *Issue, in Input) error {
	for _, step := range []func(*Facts, *Issue, Input) error{
		w.fillTeam, w.fillTexts, w.fillState, w.fillNumbers, w.fillPeople, w.fillPlan, w.fillParent, w.fillLabels,
	} {
		if err := step(f, self, in); err != nil {
			return err
		}
	}
	return nil
}

// fillTeam moves to another team: the state becomes the one of the same name, else of the same type; labels, cycle and project that
// the new team does not have fall away.
func (w *World) fillTeam(f *Facts, self *Issue, in Input) error {
	if self == nil || !in.Has("teamId") {
		return nil
	}
	team := w.Team(in.text("teamId"))
	if team == nil {
		return NotFound("Team", "teamId")
	}
	if team == f.Team {
		return nil
	}
	f.Team = team
	state := w.StateNamed(team, f.State.Name)
	if state == nil {
		state = w.stateOfType(team, f.State.Type)
	}
	if state == nil {
		state = team.DefaultState
	}
	f.State, f.Cycle = state, nil
	f.Labels = slices.DeleteFunc(slices.Clone(f.Labels), func(l *Label) bool { return l.Team != nil && l.Team != team })
	if f.Project != nil && !f.Project.Serves(team) {
		f.Project = nil
	}
	return nil
}

func emptyTitle() error { return Refuse("Argument Validation Error: title should not be empty") }

// Title is a title as Linear stores it: one line, trimmed.
func Title(s string) string { return strings.Join(strings.Fields(s), " ") }

func (w *World) fillTexts(f *Facts, _ *Issue, in Input) error {
	if in.Has("title") {
		if f.Title = Title(in.text("title")); f.Title == "" {
			return emptyTitle()
		}
		if err := within("title", f.Title, MaxTitle); err != nil {
			return err
		}
	}
	if in.Has("description") {
		text := in.text("description")
		if err := within("description", text, MaxDescription); err != nil {
			return err
		}
		f.Description = nil
		if text = Canonical(text); text != "" {
			f.Description = &text
		}
	}
	return nil
}

func (w *World) fillState(f *Facts, _ *Issue, in Input) error {
	if id := in.text("stateId"); id != "" {
		s := w.State(id)
		if s == nil {
			return NotFound("WorkflowState", "stateId")
		}
		if s.Team != f.Team {
			return Refuse("stateId: the state belongs to another team than the issue")
		}
		f.State = s
	}
	return nil
}

func (w *World) fillNumbers(f *Facts, _ *Issue, in Input) (err error) {
	if in.Has("priority") {
		p, _ := in.number("priority")
		if p < 0 || p > 4 || p != float64(int(p)) {
			return Refuse("Argument Validation Error: priority must be one of 0, 1, 2, 3, 4")
		}
		f.Priority = int(p)
	}
	if in.Has("estimate") {
		f.Estimate = nil
		if e, set := in.number("estimate"); set {
			if !slices.Contains(f.Team.Estimates(), e) {
				return Refuse("estimate: the value is not on the team's scale (%s)", f.Team.EstimateType)
			}
			f.Estimate = &e
		}
	}
	if in.Has("dueDate") {
		if f.DueDate, err = in.day("dueDate"); err != nil {
			return err
		}
	}
	if order, set := in.number("sortOrder"); set {
		f.SortOrder = order
	}
	return nil
}

func (w *World) fillPeople(f *Facts, _ *Issue, in Input) (err error) {
	if in.Has("assigneeId") {
		f.Assignee = nil
		if id := in.text("assigneeId"); id != "" {
			if f.Assignee, err = w.assignable(id, "assigneeId"); err != nil {
				return err
			}
		}
	}
	if in.Has("subscriberIds") {
		f.Subscribers = nil
		for _, id := range in.list("subscriberIds") {
			u := w.UserByID(id)
			if u == nil {
				return NotFound("User", "subscriberIds")
			}
			f.Subscribers = append(f.Subscribers, u)
		}
	}
	return nil
}

func (w *World) fillPlan(f *Facts, _ *Issue, in Input) error {
	if in.Has("cycleId") {
		f.Cycle = nil
		if id := in.text("cycleId"); id != "" {
			if f.Cycle = w.Cycle(id); f.Cycle == nil {
				return NotFound("Cycle", "cycleId")
			}
			if f.Cycle.Team != f.Team {
				return Refuse("cycleId: the cycle belongs to another team than the issue")
			}
		}
	}
	if in.Has("projectId") {
		f.Project = nil
		if id := in.text("projectId"); id != "" {
			if f.Project = w.Project(id); f.Project == nil {
				return NotFound("Project", "projectId")
			}
			if !f.Project.Serves(f.Team) {
				return Refuse("projectId: the project does not include the issue's team")
			}
		}
	}
	return nil
}

func (w *World) fillParent(f *Facts, self *Issue, in Input) error {
	if !in.Has("parentId") {
		return nil
	}
	f.Parent = nil
	id := in.text("parentId")
	if id == "" {
		return nil
	}
	if f.Parent = w.Issue(id); f.Parent == nil {
		return NotFound("Issue", "parentId")
	}
	for up := f.Parent; up != nil; up = up.Parent {
		if up == self {
			return Refuse("parentId: an issue cannot be its own ancestor")
		}
	}
	return nil
}

func (w *World) fillLabels(f *Facts, _ *Issue, in Input) (err error) {
	f.Labels, err = w.labelled(f.Team, f.Labels, in)
	return err
}

package model

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Board is a scrum board over projects.
type Board struct {
	ID      int64
	Name    string
	Kind    string // scrum
	Project *Project
}

// Sprint belongs to one board.
type Sprint struct {
	ID         int64
	Name       string
	Goal       string
	State      string // future, active, closed
	Board      *Board
	Start, End *time.Time
	Completed  *time.Time
}

// AddBoard makes a scrum board over a project.
func (w *World) AddBoard(name string, p *Project) *Board {
	b := &Board{ID: w.next("board"), Name: name, Kind: "scrum", Project: p}
	w.boards = append(w.boards, b)
	return b
}

// AddSprint makes a sprint of a board; state is future, active or closed. Active and closed ones have dates around now.
func (w *World) AddSprint(b *Board, name, state string) *Sprint {
	s := &Sprint{ID: w.next("sprint"), Name: name, State: "future", Board: b}
	w.sprints[s.ID] = s
	s.SetState(state, w.Now())
	return s
}

// SetState starts or closes the sprint at a time.
func (s *Sprint) SetState(state string, at time.Time) {
	s.State = state
	if state == "active" || (state == "closed" && s.Start == nil) {
		end := at.AddDate(0, 0, 14)
		s.Start, s.End = &at, &end
	}
	if state == "closed" {
		s.Completed = &at
	}
}

// Boards lists all boards.
func (w *World) Boards() []*Board { return w.boards }

// Board finds by id; nil if there is none.
func (w *World) Board(id int64) *Board {
	if at := slices.IndexFunc(w.boards, func(b *Board) bool { return b.ID == id }); at >= 0 {
		return w.boards[at]
	}
	return nil
}

// Sprint finds by id; nil if there is none.
func (w *World) Sprint(id int64) *Sprint { return w.sprints[id] }

// SprintsOf lists a board's sprints by id.
func (w *World) SprintsOf(b *Board) []*Sprint {
	var out []*Sprint
	for id := int64(1); id <= w.last["sprint"]; id++ {
		if s := w.sprints[id]; s != nil && s.Board == b {
			out = append(out, s)
		}
	}
	return out
}

// Sprints are the issue's, the current one last; closed ones stay in the list.
func (i *Issue) Sprints() []*Sprint {
	s, _ := i.Values[i.Project.w.sprintField().ID].([]*Sprint)
	return s
}

// MaxSprintMove is how many issues one call moves to a sprint or the backlog.
const MaxSprintMove = 50

// MoveToSprint puts issues into a sprint, or into the backlog when it is nil. Closed sprints they were in stay in their history.
// Jira wants to know all issues before it moves any.
func (w *World) MoveToSprint(by Caller, s *Sprint, issues []string) error {
	if s != nil && s.State == "closed" {
		return bad("Issues can be moved only to open or active sprints.")
	}
	if len(issues) > MaxSprintMove {
		return bad("The number of issues exceeds the limit of %d.", MaxSprintMove)
	}
	var found []*Issue
	for _, k := range issues {
		i := w.Issue(k)
		if i == nil || !i.Project.May(by.User, Browse) {
			return NoIssue()
		}
		if !i.Project.May(by.User, EditIssues) || !i.Project.May(by.User, ScheduleIssues) {
			return Refuse(http.StatusForbidden, "You do not have permission to schedule issue %s.", i.Key)
		}
		found = append(found, i)
	}
	for _, i := range found {
		w.setSprint(by, i, s)
	}
	return nil
}

func (w *World) setSprint(by Caller, i *Issue, s *Sprint) {
	h := w.history(i, by.User)
	w.change(i, func() bool { return w.put(i, h, w.sprintField(), i.withSprint(s)) })
	w.tellEdit(i, by.User, h, "issue_updated")
}

// withSprint is the value of the sprint field after a move: closed sprints stay, the open one is replaced.
func (i *Issue) withSprint(s *Sprint) any {
	list := slices.DeleteFunc(slices.Clone(i.Sprints()), func(o *Sprint) bool { return o.State != "closed" })
	if s != nil {
		list = append(list, s)
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

func (w *World) sprintValue(i *Issue, v any) (any, string) {
	var id int64
	switch v := v.(type) {
	case float64:
		id = int64(v)
	case string:
		id, _ = strconv.ParseInt(v, 10, 64) // 0 is no sprint
	default:
		return nil, "Number value expected as the Sprint id."
	}
	s := w.sprints[id]
	if s == nil {
		return nil, "Sprint with id '" + strconv.FormatInt(id, 10) + "' does not exist."
	}
	if i == nil {
		return []*Sprint{s}, ""
	}
	return i.withSprint(s), ""
}

// Package model is Jira as one in-memory value: users, projects with their fields, workflows and permissions, issues, comments,
// changelogs, properties, remote links, boards and sprints, and the notices from which webhooks are made.
//
// It knows nothing of HTTP, tokens, limits or faults: package jira serves it. It is pure in the sense that matters for reproducible
// runs: no goroutine, no lock, no wall clock and no source of chance of its own. Time comes from the function given to [New] and
// ids from counters, so the same calls give the same world. The caller serialises access.
//
// The entry point is [New]; everything hangs off [World.AddUser] and [World.AddProject].
package model

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// World holds all users, projects and issues. It is not safe for concurrent use.
type World struct {
	now       func() time.Time
	wiki      bool // Data Center: rich text is wiki markup
	lag       time.Duration
	emit      func(Notice)
	users     []*User
	projects  []*Project
	fields    []*Field
	statuses  []*Named
	issues    []*Issue // not deleted, by id
	byID      map[int64]*Issue
	byKey     map[string]*Issue // former keys too
	comments  map[int64]*Comment
	sprints   map[int64]*Sprint
	boards    []*Board
	lagging   map[*Issue]struct{}
	last      map[string]int64
	types     []*IssueType
	levels    []*Named // of security
	Priority  []*Named // highest first
	Outcomes  []*Named // resolutions
	Embedding int      // comments embedded in an issue
}

// New returns an empty world whose time is now(). With wiki, rich text is stored as wiki markup (Data Center), else as documents.
func New(now func() time.Time, wiki bool) *World {
	w := &World{
		now: now, wiki: wiki, emit: func(Notice) {}, byID: map[int64]*Issue{}, byKey: map[string]*Issue{}, comments: map[int64]*Comment{},
		sprints: map[int64]*Sprint{}, lagging: map[*Issue]struct{}{}, Embedding: 20,
		last: map[string]int64{"issue": 10_000, "comment": 10_100, "history": 10_200, "project": 10_000, "status": 10_000, "type": 10_000,
			"option": 10_300, "field": 10_030, "part": 10_400, "remote": 10_500},
	}
	for k, name := range []string{"Highest", "High", "Medium", "Low", "Lowest"} {
		w.Priority = append(w.Priority, &Named{ID: strconv.Itoa(k + 1), Name: name})
	}
	for k, name := range []string{"Done", "Won't Do", "Duplicate", "Cannot Reproduce"} {
		w.Outcomes = append(w.Outcomes, &Named{ID: strconv.Itoa(10_000 + k), Name: name})
	}
	w.fields = systemFields()
	return w
}

// OnNotice sets the function that hears of every change a webhook would tell about. It runs inside the change, after it is
// complete, and must not change the world.
func (w *World) OnNotice(f func(Notice)) { w.emit = f }

// SetLag makes writes from now on appear in search only d later. Direct reads are never late.
func (w *World) SetLag(d time.Duration) { w.lag = d }

// Now is the world's time in Jira's resolution: milliseconds, UTC.
func (w *World) Now() time.Time { return w.now().UTC().Truncate(time.Millisecond) }

func (w *World) next(kind string) int64 {
	w.last[kind]++
	return w.last[kind]
}

// Named is a thing with an id and a name: a status, a priority, a resolution, an option of a field, a component or a version.
type Named struct {
	ID       string
	Name     string
	Category Category // of a status
	Children []*Named // of an option of a cascading field
}

// Category is the category of a status: what a status means whatever its name.
type Category string

// Jira's status categories, by their keys.
const (
	ToDo       Category = "new"
	InProgress Category = "indeterminate"
	Done       Category = "done"
)

// named finds by id, else by name without regard to case.
func named(list []*Named, id, name string) *Named {
	for _, n := range list {
		if (id != "" && n.ID == id) || (id == "" && name != "" && strings.EqualFold(n.Name, name)) {
			return n
		}
	}
	return nil
}

// Status finds or makes the status of that name; statuses are shared by all workflows.
func (w *World) Status(name string, c Category) *Named {
	if s := named(w.statuses, "", name); s != nil {
		return s
	}
	s := &Named{ID: strconv.FormatInt(w.next("status"), 10), Name: name, Category: c}
	w.statuses = append(w.statuses, s)
	return s
}

// Projects lists all projects in the order they were made.
func (w *World) Projects() []*Project { return w.projects }

// Project finds by id or by present or former key (those of issues do not count); nil if there is none.
func (w *World) Project(idOrKey string) *Project {
	at := slices.IndexFunc(w.projects, func(p *Project) bool { return p.ID == idOrKey || strings.EqualFold(p.Key, idOrKey) })
	if at < 0 {
		at = slices.IndexFunc(w.projects, func(p *Project) bool { return slices.Contains(p.former, strings.ToUpper(idOrKey)) })
	}
	if at < 0 {
		return nil
	}
	return w.projects[at]
}

// Issues lists all issues by id. The result must not be kept.
func (w *World) Issues() []*Issue { return w.issues }

// Issue finds by id or by present or former key; nil when there is none, or it was deleted.
func (w *World) Issue(idOrKey string) *Issue {
	if id, err := strconv.ParseInt(idOrKey, 10, 64); err == nil {
		return w.byID[id]
	}
	return w.byKey[strings.ToUpper(idOrKey)]
}

// Notice is one thing that happened, as a webhook tells it.
type Notice struct {
	Event   string // jira:issue_created, jira:issue_updated, jira:issue_deleted, comment_created, comment_updated, comment_deleted
	Type    string // issue_event_type_name; empty for comment events
	Issue   *Issue
	Comment *Comment
	User    *User
	History *History // what changed; nil when nothing did
}

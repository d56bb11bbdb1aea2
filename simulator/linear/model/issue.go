package model

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Issue is an issue. Exported fields may be read freely; change them only through the world's methods.
type Issue struct {
	Meta
	Facts
	Number      int
	Previous    []string // identifiers it had in other teams, oldest first
	Creator     *User
	CreatedAs   string // the outsider in whose name an app created it
	StartedAt   *time.Time
	CompletedAt *time.Time
	CanceledAt  *time.Time
	Trashed     bool
	History     []*Entry // oldest first
	Comments    []*Comment
	Attachments []*Attachment

	born      time.Time // when it was really made, whatever CreatedAt says
	trashedAt time.Time
	late      late[Issue]
}

// Facts are what an update can change.
type Facts struct {
	Team        *Team
	Title       string
	Description *string // as Linear stores it, see Canonical; nil when empty
	State       *State
	Priority    int // 0 none, 1 urgent, 2 high, 3 medium, 4 low
	Estimate    *float64
	DueDate     *string // YYYY-MM-DD
	Assignee    *User
	Cycle       *Cycle
	Project     *Project
	Parent      *Issue
	Labels      []*Label
	Subscribers []*User
	SortOrder   float64
}

// Identifier is the team's key and the number, ENG-12.
func (i *Issue) Identifier() string { return i.Team.Key + "-" + strconv.Itoa(i.Number) }

// Text is the description, "" for none.
func (i *Issue) Text() string {
	if i.Description == nil {
		return ""
	}
	return *i.Description
}

// PriorityLabel is the priority in words.
func (i *Issue) PriorityLabel() string {
	return [...]string{"No priority", "Urgent", "High", "Medium", "Low"}[i.Priority]
}

// URL is the page of the issue for people.
func (w *World) URL(i *Issue) string {
	return "https://linear.app/" + w.Organization.URLKey + "/issue/" + i.Identifier() + "/" + slug(i.Title)
}

// Issue finds an issue by id or identifier, a former one too, as a direct read does: never late, archived and trashed ones included.
func (w *World) Issue(id string) *Issue {
	w.purge()
	if i := w.issueByID[id]; i != nil {
		return i
	}
	return w.issueByKey[strings.ToUpper(id)]
}

// live finds an issue that can get comments and attachments: neither archived nor trashed.
func (w *World) live(id, field string) (*Issue, error) {
	i := w.Issue(id)
	if i == nil || i.ArchivedAt != nil {
		return nil, NotFound("Issue", field)
	}
	return i, nil
}

// number gives an issue the next number of its team and files the identifier.
func (w *World) number(i *Issue) {
	i.Team.last++
	i.Number = i.Team.last
	w.issueByKey[i.Identifier()] = i
}

// Rekey gives a team another key, and its issues other identifiers. The former ones still find them.
func (w *World) Rekey(t *Team, key string) {
	for _, i := range w.issues {
		if i.Team == t {
			i.Previous = append(slices.Clip(i.Previous), i.Identifier())
		}
	}
	t.Key = strings.ToUpper(key)
	for _, i := range w.issues {
		if i.Team == t {
			w.issueByKey[i.Identifier()] = i
		}
	}
}

// schedule notes when the issue started, was completed or canceled, after its state became what it is.
func (i *Issue) schedule(now time.Time) {
	kind := i.State.Type
	if kind == "started" && i.StartedAt == nil {
		i.StartedAt = &now
	}
	if kind == "backlog" || kind == "unstarted" || kind == "triage" {
		i.StartedAt = nil
	}
	i.CompletedAt = keepIf(kind == "completed", i.CompletedAt, now)
	i.CanceledAt = keepIf(kind == "canceled" || kind == "duplicate", i.CanceledAt, now)
}

func keepIf(on bool, old *time.Time, now time.Time) *time.Time {
	switch {
	case !on:
		return nil
	case old != nil:
		return old
	}
	return &now
}

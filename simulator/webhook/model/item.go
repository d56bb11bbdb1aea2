package model

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The kinds of item.
const (
	Ticket  = "ticket"
	Comment = "comment"
)

// The limits of texts, in characters. Longer ones are refused.
const (
	MaxTitle = 200
	MaxText  = 20_000
)

// States are the states of a ticket, the first one that of a new ticket.
func States() []string { return []string{"open", "doing", "done", "dropped"} }

// Item is one state of a ticket or comment. It is never changed: each edit makes another one. A comment has Text alone.
type Item struct {
	Kind        string
	ID          int64
	Key         string // "DESK-12"; a comment's is its id
	Parent      string // a comment's ticket: its Key
	Title       string
	Text        string
	State       string
	Labels      []string // sorted
	People      []string // sorted
	Points      *float64
	Author      string
	ExternalKey string // what the other side calls it
	Created     time.Time
	Updated     time.Time
	Sequence    int64 // grows with every change in the world
	Deleted     bool
}

// Patch changes what is not nil.
type Patch struct {
	Title, Text, State *string
	Labels, People     *Change
	Points             **float64
}

// Change of a set: replaced as a whole, or by elements.
type Change struct {
	Replace     bool
	Set         []string
	Add, Remove []string
}

func (c *Change) apply(had []string) []string {
	if c == nil {
		return had
	}
	out := slices.Clone(c.Set)
	if !c.Replace {
		out = append(slices.Clone(had), c.Add...)
		out = slices.DeleteFunc(out, func(s string) bool { return slices.Contains(c.Remove, s) })
	}
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// apply returns the item with the patch. Titles are trimmed, line ends become LF.
func (i Item) apply(p Patch) (Item, error) {
	if p.Title != nil {
		i.Title = strings.TrimSpace(*p.Title)
	}
	if p.Text != nil {
		i.Text = strings.ReplaceAll(*p.Text, "\r\n", "\n")
	}
	if p.State != nil {
		i.State = *p.State
	}
	if p.Points != nil {
		i.Points = *p.Points
	}
	i.Labels, i.People = p.Labels.apply(i.Labels), p.People.apply(i.People)
	return i, i.check()
}

func (i Item) check() error {
	switch {
	case i.Kind == Ticket && i.Title == "":
		return invalid("title is missing")
	case utf8.RuneCountInString(i.Title) > MaxTitle:
		return invalid("title is too long")
	case utf8.RuneCountInString(i.Text) > MaxText:
		return invalid("text is too long")
	case i.Kind == Ticket && !slices.Contains(States(), i.State):
		return invalid("state is unknown")
	}
	return nil
}

// same reports whether an edit changed nothing.
func (i Item) same(j Item) bool {
	points := i.Points == nil && j.Points == nil || i.Points != nil && j.Points != nil && *i.Points == *j.Points
	return i.Title == j.Title && i.Text == j.Text && i.State == j.State && points &&
		slices.Equal(i.Labels, j.Labels) && slices.Equal(i.People, j.People)
}

// Error is a refusal, with its HTTP status.
type Error struct {
	Status  int
	Message string
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

func invalid(message string) error {
	return &Error{Status: http.StatusUnprocessableEntity, Message: message}
}

func notFound(what string) error {
	return &Error{Status: http.StatusNotFound, Message: "no such " + what}
}

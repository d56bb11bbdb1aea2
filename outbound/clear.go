package outbound

import (
	"errors"
	"fmt"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// ErrNotCleared is returned for an Outbound that Clear did not make.
var ErrNotCleared = errors.New("outbound: content was not cleared to leave")

// Rules are a project's privacy rules beyond the levels and grants of tickets.
type Rules struct {
	// PassOn permits tickets pulled from one project to leave for another.
	PassOn []PassOn `json:"pass_on,omitempty"`
}

// PassOn names the project of origin and the project that its tickets may reach.
// Both are ids of external projects of ours.
type PassOn struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Judge decides for one ticket, or for one of its comments when c is not nil.
// Grants may hold those of any ticket and project.
func Judge(projectID string, rules Rules, grants []ticket.Grant, t ticket.Ticket, c *ticket.Comment) external.Verdict {
	if c != nil && c.Privacy == ticket.LocalOnly {
		return external.Verdict{Reason: "the comment is local_only"}
	}
	switch t.Privacy {
	case ticket.Public:
		return external.Verdict{Out: true, In: true, Reason: "the ticket is public"}
	case ticket.Shareable:
		return judgeShareable(projectID, rules, grants, t)
	}
	return external.Verdict{Reason: "the ticket is local_only"}
}

func judgeShareable(projectID string, rules Rules, grants []ticket.Grant, t ticket.Ticket) external.Verdict {
	for _, g := range grants {
		if g.TicketID == t.ID && g.ProjectID == projectID {
			return external.Verdict{Out: true, In: true, Reason: "the ticket is granted to this project"}
		}
	}
	for _, r := range rules.PassOn {
		if t.Origin != "" && r.From == t.Origin && r.To == projectID {
			return external.Verdict{Out: true, In: true, Reason: "a rule passes tickets of its project of origin on to this one"}
		}
	}
	return external.Verdict{In: true, Reason: "the ticket is shareable and has no grant for this project"}
}

// Action is what the external system is asked to do with the content.
type Action string

// The actions.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// Content is what is to leave, in the external system's own terms.
type Content struct {
	ProjectID string
	Action    Action
	Ref       external.Ref // for Create: Kind, and Parent for a comment
	// Set holds the fields to write and Now what the system holds in them at
	// present, so that a set can be changed by adding and removing elements.
	Set external.Fields
	Now external.Fields
	// CreateKey identifies our create for ever; the adapter carries it in whatever
	// way its system offers. Also given with an Update that rewrites the text that
	// the key stands in.
	CreateKey string
	// Containers holds the known containers (milestones ...) that Set names.
	Containers []external.Container
}

// Request asks for clearance of one content.
type Request struct {
	Rules   Rules
	Grants  []ticket.Grant
	Ticket  ticket.Ticket
	Comment *ticket.Comment // set when the content is a comment
	Content Content
	// Prose names the fields of Content.Set that hold Markdown; they are sanitised.
	// What already stands in the same field of Known is left as it is.
	Prose []string
	Known external.Fields
	// TakesBack is set when the content says nothing of the ticket: it deletes the item that
	// left before, or closes it. That is no business of the ticket's privacy.
	TakesBack bool
}

// Outbound is content that may leave. Its zero value holds nothing and is refused.
type Outbound struct {
	content Content
	cleared bool
}

// Clear judges the request and returns the content, sanitised, or an error of kind
// external.Forbidden that says why it must stay.
func Clear(r Request) (Outbound, error) {
	v := Judge(r.Content.ProjectID, r.Rules, r.Grants, r.Ticket, r.Comment)
	if takesBack := r.TakesBack && bare(r); !v.Out && !takesBack {
		return Outbound{}, &external.Error{
			Kind: external.Forbidden, Op: fmt.Sprintf("clear ticket %s", r.Ticket.ID),
			Message: v.Reason + "; change its privacy or grant it to the project", Err: ErrNotCleared,
		}
	}
	c := r.Content
	c.Set = external.Fields{}
	for n, val := range r.Content.Set {
		c.Set[n] = val
	}
	for _, n := range r.Prose {
		if val, ok := c.Set[n]; ok {
			c.Set[n] = ticket.Text(Sanitise(val.Text(), r.Known[n].Text()))
		}
	}
	return Outbound{content: c, cleared: true}, nil
}

// bare reports whether a content holds nothing that anybody typed.
func bare(r Request) bool {
	for n := range r.Content.Set {
		if slices.Contains(r.Prose, n) || !r.Content.Set[n].IsEmpty() && r.Content.Set[n].IsSet() {
			return false
		}
	}
	return r.Content.Action == Delete || r.Content.Action == Update && r.Content.CreateKey == ""
}

// Open returns the content. It is the one place that refuses what was not cleared.
func (o Outbound) Open() (Content, error) {
	if !o.cleared {
		return Content{}, ErrNotCleared
	}
	return o.content, nil
}

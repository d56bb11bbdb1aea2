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

// Judge decides for one ticket, or for one of its comments when c is not nil.
// Grants may hold those of any ticket and project.
func Judge(projectID string, rules Rules, grants []ticket.Grant, t ticket.Ticket, c *ticket.Comment) external.Verdict {
	if c != nil && c.Privacy == ticket.LocalOnly {
		return external.Verdict{Reason: "the comment is local_only"}
	}
	v := external.Verdict{Reason: "the ticket is local_only"}
	switch t.Privacy {
	case ticket.Public:
		v = external.Verdict{Out: true, In: true, Reason: "the ticket is public"}
	case ticket.Shareable:
		v = judgeShareable(projectID, rules, grants, t)
	}
	if reason := judgeRules(rules, t, c); v.Out && reason != "" {
		v.Out, v.Reason = false, reason
	}
	return v
}

// judgeRules returns why the project's rules keep a ticket that may leave by its level
// and grants, or a comment of it, or "".
func judgeRules(rules Rules, t ticket.Ticket, c *ticket.Comment) string {
	if c == nil && len(rules.Cuts) == 0 {
		return ""
	}
	screen := NewScreen(rules)
	if c == nil {
		if _, stays := screen.Field(ticket.Title, false, t.Fields[ticket.Title]); stays != "" {
			return "title: " + stays
		}
		return ""
	}
	if reason := rules.Comments.stays(*c); reason != "" {
		return reason
	}
	leaves, stays := screen.Text(c.Body)
	if stays == "" && leaves.IsEmpty() && !c.Body.IsEmpty() {
		stays = "withheld: all of it is passages that a rule of the project keeps here"
	}
	return stays
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
	// Carries names the canonical field that each field of Content.Set holds, by which
	// rules about fields are kept. A field that is not named holds a constant.
	Carries map[string]ticket.Field
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

// Clear judges the request and returns the content, with passages that stay here cut out
// and sanitised, or an error of kind external.Forbidden that says why it must stay.
func Clear(r Request) (Outbound, error) {
	v := Judge(r.Content.ProjectID, r.Rules, r.Grants, r.Ticket, r.Comment)
	takesBack := r.TakesBack && bare(r)
	if !v.Out && !takesBack {
		return Outbound{}, forbidden(r, v.Reason+"; change its privacy or grant it to the project")
	}
	c, screen := r.Content, NewScreen(r.Rules)
	c.Set = external.Fields{}
	for n, val := range r.Content.Set {
		leaves, stays := r.screen(screen, n, val)
		if stays != "" && !takesBack {
			return Outbound{}, forbidden(r, string(r.Carries[n])+": "+stays)
		}
		if takesBack {
			leaves = val
		}
		c.Set[n] = leaves
	}
	return Outbound{content: c, cleared: true}, nil
}

// screen returns what of one field of the content may leave, sanitised, and why it stays.
func (r Request) screen(s Screen, name string, v ticket.Value) (leaves ticket.Value, stays string) {
	prose := slices.Contains(r.Prose, name)
	if r.Comment != nil {
		leaves, stays = s.Text(v)
	} else {
		leaves, stays = s.Field(r.Carries[name], prose, v)
	}
	if prose {
		leaves = ticket.Text(Sanitise(leaves.Text(), r.Known[name].Text()))
	}
	return leaves, stays
}

// bare reports whether a content holds nothing of the ticket: a deletion, a state, the
// notice, nothing at all, or less of a set than stands outside. A create is never bare.
func bare(r Request) bool {
	for n, v := range r.Content.Set {
		less := v.IsSet() && len(v.Minus(r.Content.Now[n])) == 0
		if r.Carries[n] != ticket.State && !v.IsEmpty() && !v.Equal(ticket.Text(Notice)) && !less {
			return false
		}
	}
	return r.Content.Action == Delete || r.Content.Action == Update
}

func forbidden(r Request, reason string) error {
	return &external.Error{Kind: external.Forbidden, Op: fmt.Sprintf("clear ticket %s", r.Ticket.ID), Message: reason, Err: ErrNotCleared}
}

// Open returns the content. It is the one place that refuses what was not cleared.
func (o Outbound) Open() (Content, error) {
	if !o.cleared {
		return Content{}, ErrNotCleared
	}
	return o.content, nil
}

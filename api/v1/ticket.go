package v1

import (
	"time"

	"github.com/extsync/extsync/ticket"
)

// Ticket is one local ticket. Its revision is also its ETag.
type Ticket struct {
	ID         string           `json:"id" format:"uuid"`
	Revision   int64            `json:"revision" doc:"name it in If-Match when you edit"`
	Title      string           `json:"title"`
	Body       string           `json:"body" doc:"Markdown"`
	State      string           `json:"state" enum:"open,done,not_planned,duplicate"`
	Labels     []string         `json:"labels" nullable:"false"`
	Assignees  []string         `json:"assignees" nullable:"false"`
	Milestone  string           `json:"milestone,omitempty"`
	Priority   string           `json:"priority,omitempty" enum:"p1,p2,p3,p4,p5" doc:"p1 is the most urgent"`
	Estimate   string           `json:"estimate,omitempty" doc:"a decimal number" example:"0.5"`
	Due        string           `json:"due,omitempty" doc:"a day" example:"2026-11-30"`
	Iteration  string           `json:"iteration,omitempty" doc:"title of a sprint or cycle"`
	Parent     string           `json:"parent,omitempty" doc:"id of the ticket that this one is part of"`
	Custom     map[string]Value `json:"custom,omitempty" doc:"fields that mappings add, by name"`
	Privacy    string           `json:"privacy" enum:"local_only,shareable,public"`
	Origin     string           `json:"origin,omitempty" doc:"id of the project that it was pulled from"`
	Deleted    bool             `json:"deleted,omitempty"`
	Written    map[string]Stamp `json:"written,omitempty" doc:"by field: who wrote it last; only when one ticket is read"`
	CreatedAt  time.Time        `json:"created_at"`
	UpdatedAt  time.Time        `json:"updated_at"`
	Links      []Link           `json:"links" nullable:"false" doc:"its twins outside"`
	Comments   []Comment        `json:"comments,omitempty" nullable:"false" doc:"only when one ticket is read"`
	Withdrawal *Withdrawal      `json:"withdrawal,omitempty" doc:"in the answer to a change by which less may leave: what is taken back outside"`
	Grants     []Grant          `json:"grants,omitempty" nullable:"false" doc:"only when one ticket is read"`
}

// Stamp says who wrote a field last.
type Stamp struct {
	By       string    `json:"by" doc:"a local handle, or project:ID when a sync wrote it"`
	At       time.Time `json:"at"`
	Revision int64     `json:"revision"`
}

// Link is a ticket's or comment's twin in one project.
type Link struct {
	ID      string `json:"id" format:"uuid"`
	Project string `json:"project" format:"uuid"`
	Key     string `json:"key,omitempty" doc:"what the external system calls it; empty: it does not exist there" example:"12"`
	URL     string `json:"url,omitempty"`
	State   string `json:"state" enum:"backlog,live,parked,quarantined,gone,withdrawn,tombstone"`
	Reason  string `json:"reason,omitempty" doc:"why it is parked, quarantined or gone, or why the last try failed"`
	Waiting bool   `json:"waiting" doc:"a change has not been synchronised yet"`
}

// Grant permits a shareable ticket to leave for one project.
type Grant struct {
	Project string `json:"project" format:"uuid"`
	By      string `json:"by"`
}

// Tickets is one page of tickets.
type Tickets struct {
	Tickets []Ticket `json:"tickets" nullable:"false"`
	Next    string   `json:"next,omitempty" doc:"pass it as after to go on; absent on the last page"`
	Total   int      `json:"total" doc:"tickets in all"`
}

// NewTicket asks for a new ticket.
type NewTicket struct {
	Title     string   `json:"title" minLength:"1" maxLength:"1024"`
	Body      string   `json:"body,omitempty" maxLength:"262144" doc:"Markdown"`
	State     string   `json:"state,omitempty" enum:"open,done,not_planned,duplicate" doc:"default: open"`
	Labels    []string `json:"labels,omitempty" nullable:"false" maxItems:"1000"`
	Assignees []string `json:"assignees,omitempty" nullable:"false" maxItems:"1000"`
	Milestone string   `json:"milestone,omitempty" maxLength:"256"`
	Priority  string   `json:"priority,omitempty" enum:"p1,p2,p3,p4,p5" doc:"p1 is the most urgent"`
	Estimate  string   `json:"estimate,omitempty" maxLength:"32" doc:"a decimal number" example:"0.5"`
	Due       string   `json:"due,omitempty" maxLength:"10" doc:"a day" example:"2026-11-30"`
	Iteration string   `json:"iteration,omitempty" maxLength:"1024" doc:"title of a sprint or cycle"`
	Parent    string   `json:"parent,omitempty" maxLength:"64" doc:"id of the ticket that this one is part of"`

	Custom  map[string]Value `json:"custom,omitempty" maxProperties:"100" doc:"fields that mappings add, by name"`
	Privacy string           `json:"privacy,omitempty" enum:"local_only,shareable,public" doc:"default: local_only, which never leaves"`
}

// TicketEdit names the fields to change and their new values; what is absent stays.
type TicketEdit struct {
	Title     *string  `json:"title,omitempty" nullable:"false" minLength:"1" maxLength:"1024"`
	Body      *string  `json:"body,omitempty" nullable:"false" maxLength:"262144"`
	State     *string  `json:"state,omitempty" nullable:"false" enum:"open,done,not_planned,duplicate"`
	Labels    []string `json:"labels,omitzero" nullable:"false" maxItems:"1000" doc:"the whole list; an empty one clears it"`
	Assignees []string `json:"assignees,omitzero" nullable:"false" maxItems:"1000" doc:"the whole list; an empty one clears it"`
	Milestone *string  `json:"milestone,omitempty" nullable:"false" maxLength:"256" doc:"empty: none"`
	Priority  *string  `json:"priority,omitempty" nullable:"false" maxLength:"16" doc:"p1 to p5; empty: none"`
	Estimate  *string  `json:"estimate,omitempty" nullable:"false" maxLength:"32" doc:"empty: none"`
	Due       *string  `json:"due,omitempty" nullable:"false" maxLength:"10" doc:"empty: none"`
	Iteration *string  `json:"iteration,omitempty" nullable:"false" maxLength:"1024" doc:"empty: none"`
	Parent    *string  `json:"parent,omitempty" nullable:"false" maxLength:"64" doc:"empty: none"`

	Custom map[string]Value `json:"custom,omitempty" maxProperties:"100" doc:"those that are named; an empty text or list clears one"`
}

// Privacy sets a ticket's privacy level.
type Privacy struct {
	Privacy  string `json:"privacy" enum:"local_only,shareable,public"`
	Withdraw string `json:"withdraw,omitempty" enum:"stop,redact,remove" doc:"what becomes of what is outside and may not be there any more; absent: what each project's rules say"`
}

// Comment is one remark on a ticket. Its revision is also its ETag.
type Comment struct {
	ID        string    `json:"id" format:"uuid"`
	Ticket    string    `json:"ticket" format:"uuid"`
	Revision  int64     `json:"revision"`
	Body      string    `json:"body" doc:"Markdown"`
	Author    string    `json:"author" doc:"a local handle, or system:login for an outside author"`
	Privacy   string    `json:"privacy,omitempty" doc:"empty: as its ticket" enum:"local_only,shareable,public"`
	Origin    string    `json:"origin,omitempty" doc:"id of the project that it was pulled from"`
	Deleted   bool      `json:"deleted,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Links     []Link    `json:"links" nullable:"false"`
}

// NewComment asks for a new comment.
type NewComment struct {
	Body    string `json:"body" minLength:"1" maxLength:"262144" doc:"Markdown"`
	Privacy string `json:"privacy,omitempty" enum:"local_only,public" doc:"local_only: never leaves; public: leaves with its ticket even where only comments marked public do; absent: as its ticket"`
}

// CommentEdit replaces a comment's text.
type CommentEdit struct {
	Body string `json:"body" minLength:"1" maxLength:"262144" doc:"Markdown"`
}

// Value is what a field holds: a text, or a list of texts.
type Value = ticket.Value

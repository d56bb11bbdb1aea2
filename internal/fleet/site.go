package fleet

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/extsync/extsync/external"
)

// Site is one project in a simulated system, with what its people do there. Items are
// named by their immutable ids. Values are as the system spells them: texts in its own
// markup (Jira: wiki markup), states and priorities by the names in its Vocabulary;
// people go by their handles, whatever the system calls them.
type Site interface {
	System() external.System
	Account() Account
	// Wire is the way to the simulator. It keeps every request, see Sent.
	Wire() *Wire
	Vocabulary() Vocabulary

	Create(who string, c Change) (id string, err error)
	Edit(who, id string, c Change) error
	Comment(who, id, body string) (comment string, err error)
	EditComment(who, id, comment, body string) error
	DeleteComment(who, id, comment string) error
	Delete(who, id string) error

	// Look returns what people see, deleted items not, in the order of creation.
	Look() []Seen

	// Lose makes calls go wrong from now on.
	Lose(f Fault) error
	// Counters tell what was called since Reset.
	Counters() Counters
	Reset()
}

// Account is how we are known to a site.
type Account struct {
	BaseURL  string
	Key      string // the project's address
	Token    string
	User     string
	Settings json.RawMessage
	Login    string // whom we speak as
}

// Vocabulary lists the words that people of a site choose from. A field that the site
// does not have is empty.
type Vocabulary struct {
	States     []string // each can be set from every other
	Priorities []string
	// Emails are the addresses of the people by handle, where the site tells them.
	Emails map[string]string
	// Accounts are the logins by handle that a person enters, where no address tells them.
	Accounts map[string]string
}

// People are the handles of those who work at every site, and locally.
func People() []string { return []string{"ada", "bob", "cyn"} }

// Change is what a person enters. What is nil or empty stays as it is.
type Change struct {
	Title, Body, State, Priority *string
	Assignee                     *string // a handle; empty: nobody
	Parent                       *string // the parent's id; empty: none
	Label, Unlabel               []string
}

// Seen is one ticket as people see it.
type Seen struct {
	ID, Key     string
	Author      string
	Title, Body string
	Raw         string // the body as the system keeps it: a document as JSON, else Body
	State       string
	Priority    string
	Labels      []string // sorted
	Assignees   []string // handles, sorted
	Parent      string   // id
	Comments    []Remark // oldest first
}

// Remark is one comment as people see it.
type Remark struct {
	ID, Author, Body string
	Raw              string // as Seen.Raw
}

// Fault makes calls go wrong: the first Skip calls that match pass, the Next after them
// are hit.
type Fault struct {
	Kind  FaultKind
	Calls []string // kinds as in Counters, or "read" and "write"; empty: all
	Skip  int
	Next  int // at least 1
	// RetryAfter goes with Limited.
	RetryAfter time.Duration
}

// FaultKind says what goes wrong.
type FaultKind string

// The faults that every site knows.
const (
	LoseReply   FaultKind = "reply_lost"   // done, and nobody learns of it
	LoseRequest FaultKind = "request_lost" // nothing is done
	Limited     FaultKind = "limited"      // refused for being one call too many
)

// FailAfter is a fault of a webhook's peer: done, and answered with a failure all the same.
const FailAfter FaultKind = "fail_after"

// Counters count calls.
type Counters struct {
	Total, Reads, Writes int
	Kinds                map[string]int
}

// How late what was written shows, with Options.Lag.
const (
	lagOfLists  = 5 * time.Second
	lagOfSearch = 30 * time.Second
)

// number tells the projects of one system apart: nothing for the first, then 2, 3 ...
func (f *Fleet) number(system external.System) string {
	f.sites[system]++
	if n := f.sites[system]; n > 1 {
		return strconv.Itoa(n)
	}
	return ""
}

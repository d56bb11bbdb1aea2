package markup

import (
	"errors"
	"fmt"
	"strings"
)

// Format is one of Jira's forms of rich text. Its zero value is none.
type Format uint8

const (
	// ADF is the Atlassian Document Format: a JSON document of "version":1, as text.
	// Structure: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
	ADF Format = iota + 1
	// Wiki is Jira's wiki markup.
	// Notation: https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
	Wiki
)

// String names the format in messages.
func (f Format) String() string {
	switch f {
	case ADF:
		return "adf"
	case Wiki:
		return "wiki"
	}
	return "no format"
}

var (
	// ErrMalformed is wrapped by the error for a raw form that is no document, such as
	// JSON that does not parse. Show it, and leave the field alone.
	ErrMalformed = errors.New("not a document of this format")
	// ErrTooDeep is wrapped by the error for a document nested deeper than we follow.
	ErrTooDeep = errors.New("nested too deep")
)

// Loss is one construct that a write would damage. It names the kind of the
// construct alone, never its content.
type Loss struct {
	Block int    // index of the top-level block of the Markdown, from 0
	What  string // the kind of construct, as in "quote inside a quote"
}

// DamageError refuses a write that would lose something.
type DamageError struct{ Losses []Loss }

// Error names the kinds of construct, each once.
func (e *DamageError) Error() string {
	var kinds []string
	seen := map[string]bool{}
	for _, l := range e.Losses {
		if !seen[l.What] {
			seen[l.What] = true
			kinds = append(kinds, l.What)
		}
	}
	return fmt.Sprintf("the other side cannot hold: %s; reword it here, or edit it there", strings.Join(kinds, ", "))
}

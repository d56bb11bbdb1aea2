package github

import (
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/markup"
	"github.com/extsync/extsync/ticket"
)

// Respell returns a text as GitHub shows it, with our own line ends wherever both say the
// same. Its API keeps the bytes that it gets, but a person who saves a body on its pages
// gives every line of it the ends of HTML's forms, CRLF, whatever was edited.
// Source: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
func (a *adapter) Respell(_ external.Kind, field, ours, theirs string) string {
	say := func(s string) string { return a.Normalize(external.Fields{field: ticket.Text(s)})[field].Text() }
	if field == fieldBody {
		return markup.Keep(ours, theirs, say)
	}
	if say(ours) == say(theirs) {
		return ours
	}
	return theirs
}

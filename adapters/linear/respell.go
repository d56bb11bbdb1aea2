package linear

import (
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/markup"
	"github.com/extsync/extsync/ticket"
)

// Respell returns a text as Linear shows it, in our own spelling wherever both say the
// same: Linear writes every text anew from its document, so that an edit of one paragraph
// comes back with all others respelled. Texts that are no Markdown are one piece.
func (a *adapter) Respell(_ external.Kind, field, ours, theirs string) string {
	if field == fieldDescription || field == fieldBody {
		return markup.Keep(ours, theirs, canonical)
	}
	say := func(s string) ticket.Value { return a.Normalize(external.Fields{field: ticket.Text(s)})[field] }
	if say(ours).Equal(say(theirs)) {
		return ours
	}
	return theirs
}

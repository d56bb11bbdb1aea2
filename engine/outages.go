package engine

import (
	"cmp"

	"github.com/extsync/extsync/store"
)

// maxOutages is how many calls in a row may fail for want of an answer before the
// session ends: the system is away, and no ticket is to blame.
const maxOutages = 3

// outages counts calls in a row that fail for want of an answer. Those about one ticket and what
// is said below it count once: that there is no answer about these says little about others.
type outages struct {
	inRow int
	about map[string]int // calls that failed, by the link of the ticket
}

// over takes note of an answer.
func (o *outages) over() { o.inRow = 0 }

// missed takes note of one more, and reports whether the system is away.
func (o *outages) missed(l store.Link) (away bool) {
	if o.about == nil {
		o.about = map[string]int{}
	}
	ticket := cmp.Or(l.Parent, l.ID)
	if o.about[ticket]++; o.about[ticket] == 1 {
		o.inRow++
	}
	return o.inRow >= maxOutages
}

// silent reports whether a comment is left for later, since calls enough about its ticket, and what is
// said below it, came to nothing: each may have taken as long as a client waits.
func (o *outages) silent(l store.Link) bool { return l.Parent != "" && o.about[l.Parent] >= maxOutages }

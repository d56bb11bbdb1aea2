package plan

import (
	"slices"

	"github.com/extsync/extsync/ticket"
)

// Carried returns the bases of a link whose item was moved to another project, where it
// holds now what is given, as it reads there. What the two sides last agreed on stays what
// an edit of either is told from: an edit made on the way is still an edit. But a project
// that does not know a label, or has no such field, drops it from what moves in. That is
// nobody's edit: what is missing now was never agreed on with this project, so that it
// stays here, and goes out where it may. What is known of the old project's own ways (a
// value that it refused, a write of unknown outcome) does not hold for the new one.
func Carried(was Bases, now ticket.Fields) Bases {
	out := make(Bases, len(was))
	for f, b := range was {
		v := now[f]
		next := Base{Local: b.Local, External: b.External}
		switch {
		case b.Local.IsSet() || b.External.IsSet():
			next.Local, next.External = among(b.Local, b.External, v), among(b.External, b.External, v)
		case v.IsEmpty() && !b.External.IsEmpty():
			continue
		}
		next.Ours = b.Ours && v.Equal(b.External)
		out[f] = next
	}
	return out
}

// among returns the elements of a set but for those that were known and are missing now.
func among(set, known, now ticket.Value) ticket.Value {
	missing := known.Minus(now)
	return ticket.Set(slices.DeleteFunc(set.Elements(), func(e string) bool { return slices.Contains(missing, e) })...)
}

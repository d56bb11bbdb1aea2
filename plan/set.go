package plan

import (
	"slices"

	"github.com/extsync/extsync/ticket"
)

// shift returns the set v with what was added between from and to added, and what
// was removed between them removed.
func shift(v, from, to ticket.Value) ticket.Value {
	removed := from.Minus(to)
	elems := append(v.Elements(), to.Minus(from)...)
	return ticket.Set(slices.DeleteFunc(elems, func(e string) bool { return slices.Contains(removed, e) })...)
}

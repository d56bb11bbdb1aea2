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

// each returns how the elements of a set read outside. A field that holds fewer of them reads
// the whole set otherwise.
func (f field) each(v ticket.Value) ticket.Value {
	var out []string
	for _, e := range v.Elements() {
		out = append(out, f.norm(ticket.Set(e)).Elements()...)
	}
	return ticket.Set(out...)
}

// came returns a set of ours once what was added and removed outside has come in. An element
// that is spelled otherwise here is the one that it reads like there.
func (f field) came(v ticket.Value) ticket.Value {
	removed, added := f.base.External.Minus(f.ext), f.ext.Minus(f.base.External)
	var out []string
	for _, e := range v.Elements() {
		read := append(f.norm(ticket.Set(e)).Elements(), e)
		if within := func(o string) bool { return slices.Contains(read, o) }; !slices.ContainsFunc(removed, within) {
			out, added = append(out, e), slices.DeleteFunc(added, within)
		}
	}
	return ticket.Set(append(out, added...)...)
}

// taken is the base of a set once what was edited outside has come in. Of what had no room
// there (a field of one holds the first of several) the other side never took note: it is an
// edit made here as soon as that edit has made room for it.
func (f field) taken() Base {
	b := Base{Local: f.came(f.base.Local), External: f.ext}
	if f.same(f.base.Local, f.base.External) && !f.same(b.Local, f.ext) && len(f.ext.Minus(f.norm(b.Local))) == 0 {
		b.Local = f.ext
	}
	return b
}

package plan

import (
	"slices"
	"strings"

	"github.com/extsync/extsync/ticket"
)

// One reports whether two elements of the field are one outside.
func (r Rule) One(a, b string) bool { return a == b || r.AnyCase && strings.EqualFold(a, b) }

// Alike reports whether two sets hold the same elements, as One has it.
func (r Rule) Alike(a, b ticket.Value) bool { return len(r.minus(a, b))+len(r.minus(b, a)) == 0 }

// minus returns the elements of a that b does not hold.
func (r Rule) minus(a, b ticket.Value) []string {
	held := b.Elements()
	return slices.DeleteFunc(a.Elements(), func(e string) bool { return r.among(e, held) })
}

func (r Rule) among(e string, elems []string) bool {
	return slices.ContainsFunc(elems, func(o string) bool { return r.One(e, o) })
}

// shift returns the set v with what was added between from and to added, and what
// was removed between them removed.
func (r Rule) shift(v, from, to ticket.Value) ticket.Value {
	removed, held := r.minus(from, to), v.Elements()
	added := slices.DeleteFunc(r.minus(to, from), func(e string) bool { return r.among(e, held) })
	return ticket.Set(append(slices.DeleteFunc(held, func(e string) bool { return r.among(e, removed) }), added...)...)
}

// shift is that of sets here, where every letter counts.
func shift(v, from, to ticket.Value) ticket.Value { return Rule{}.shift(v, from, to) }

// isOneSet reports whether both sides hold the same elements in other letters, which are one
// outside.
func (f field) isOneSet() bool {
	return f.rule.AnyCase && !f.same(f.leaves, f.ext) && f.rule.Alike(f.each(f.leaves), f.ext)
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

// beyond returns what an external set holds and another set does not, where it holds more than we write there: it
// reads as the first of its elements otherwise, and what others put beside them would pass for nobody's edit.
func (f field) beyond(ext, v ticket.Value) []string {
	if ext.Len() < 2 || f.norm(ext).Len() >= ext.Len() {
		return nil
	}
	return f.rule.minus(f.each(ext), f.each(v))
}

// Reads is how an external value is told from another one as a whole: as it reads, but for a set that holds more than
// we write there, of which every element counts, see beyond.
func (in Input) Reads(name ticket.Field, v ticket.Value) ticket.Value {
	reads := in.Normalize(name, v)
	if v.Len() < 2 || reads.Len() >= v.Len() {
		return reads
	}
	return field{in: in, rule: Rule{Field: name}}.each(v)
}

// came returns a set of ours once what was added and removed outside has come in. An element
// that is spelled otherwise here is the one that it reads like there.
func (f field) came(v ticket.Value) ticket.Value {
	removed, added := f.base.External.Minus(f.ext), f.ext.Minus(f.base.External)
	var out []string
	for _, e := range v.Elements() {
		read := append(f.norm(ticket.Set(e)).Elements(), e)
		if within := func(o string) bool { return f.rule.among(o, read) }; !slices.ContainsFunc(removed, within) {
			out, added = append(out, e), slices.DeleteFunc(added, within)
		}
	}
	return ticket.Set(append(out, added...)...)
}

// NoRoom is the reason of an agreement on a set of which outside stands already what it has room for.
const NoRoom = "nothing to write: outside holds all that it can hold of it"

// Why a field that names another ticket is not compared at all.
const (
	NoTwinThere = "the ticket that it names here has no twin there; it is compared once it has, or names another one"
	NoTwinHere  = "the item that it names there has no ticket here; it is compared once it has, or names another one"
)

// whyAlike is why nothing is to be done about a field that reads alike on both sides.
func (f field) whyAlike() string {
	if f.ext.IsSet() && f.each(f.leaves).Len() > f.ext.Len() {
		return NoRoom
	}
	return "both sides agree"
}

// stands reports whether outside would stand what stands there already where a set were written. To write that
// is no harmless repeat: it replaces what somebody has put there since we looked.
func (f field) stands(v ticket.Value) bool {
	if f.in.Says != nil {
		return f.in.Says(f.rule.Field, v)
	}
	return f.same(v, f.ext) && len(f.beyond(f.ext, v)) == 0
}

// full reports whether the external side holds all of a local set that it has room for: as many of its elements,
// whichever they are. What stood there before the others came stays.
func (f field) full(b Base) bool {
	each := f.each(b.Local)
	room := f.norm(each).Len()
	return f.same(b.Local, b.External) || room < each.Len() && b.External.Len() >= room && len(f.rule.minus(b.External, each)) == 0
}

// taken is the base of a set once what was edited outside has come in. Of what had no room
// there (a field of one holds one of several) the other side never took note: it is an
// edit made here as soon as that edit has made room for it.
func (f field) taken() Base {
	b := Base{Local: f.came(f.base.Local), External: f.ext}
	if f.full(f.base) && !f.full(b) && len(f.rule.minus(f.ext, f.each(b.Local))) == 0 {
		b.Local = f.ext
	}
	return b
}

package engine

import (
	"slices"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// redacted reports whether a field was overwritten already, and this is what the system made
// of that. It is not written again: the answer would be the same.
func (w *work) redacted(rule plan.Rule, there, after ticket.Value) bool {
	b := w.link.Bases[rule.Field]
	if there.IsSet() {
		kept := there.Minus(after)
		return !slices.ContainsFunc(kept, func(e string) bool { return !contains(b.External, e) || hasOne(rule, b.Local, e) })
	}
	return b.Ours && b.Local.Equal(after) && w.input.Normalize(rule.Field, there).Equal(w.input.Normalize(rule.Field, b.External))
}

// hasOne reports whether a set has an element, in whatever letters where those do not matter.
func hasOne(rule plan.Rule, set ticket.Value, e string) bool {
	return slices.ContainsFunc(set.Elements(), func(o string) bool { return rule.One(e, o) })
}

// says reports whether a field outside says what it says here, or some of it.
func (w *work) says(rule plan.Rule, there ticket.Value) bool {
	here := w.input.Local.Fields[rule.Field]
	if there.IsSet() {
		return slices.ContainsFunc(there.Elements(), func(e string) bool { return hasOne(rule, here, e) })
	}
	return w.input.Normalize(rule.Field, there).Equal(w.input.Normalize(rule.Field, here))
}

// staysAsItIs is why a field is left that may not be there; empty: it is overwritten.
func (w *work) staysAsItIs(rule plan.Rule, there, after ticket.Value) string {
	switch {
	case w.refusesNotice(rule.Field, after):
		return "which the system refuses to have overwritten: remove it there by hand"
	case rule.ReadOnly && (w.link.Made || w.link.Bases[rule.Field].Ours):
		return "which the mapping only lets come in: look there, and remove it by hand"
	case w.redacted(rule, there, after) && w.says(rule, there):
		return "which the system did not overwrite: remove it there by hand"
	case !w.mayRedact(rule, there, after), w.redacted(rule, there, after):
		return "as others wrote or changed it"
	}
	return ""
}

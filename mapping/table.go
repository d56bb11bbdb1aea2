package mapping

import (
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// ofLocal returns the pair by which a local value is written: the first that it leads,
// or else the first that lists it.
func (r *Rule) ofLocal(s string) *Pair {
	var listed *Pair
	for i := range r.Values {
		p := &r.Values[i]
		switch n := slices.Index(p.Local, s); {
		case n == 0:
			return p
		case n > 0 && listed == nil:
			listed = p
		}
	}
	return listed
}

// ofExternal returns the pair by which an external value is read: one that asks for
// the second value goes before one to which it does not matter.
func (r *Rule) ofExternal(s, second string) *Pair {
	var loose *Pair
	for i := range r.Values {
		p := &r.Values[i]
		switch {
		case !slices.Contains(p.External, s):
		case slices.Contains(p.And, second):
			return p
		case len(p.And) == 0 && loose == nil:
			loose = p
		}
	}
	return loose
}

// lead returns the local spelling that is written for all that mean the same.
func (r *Rule) lead(s string) string {
	if p := r.ofLocal(s); p != nil {
		return p.Local[0]
	}
	return s
}

func (r *Rule) optionIn(s string) (string, trouble) {
	if p := r.ofExternal(s, ""); p != nil {
		return p.Local[0], fine
	}
	if s == "" {
		return "", fine
	}
	return r.unknownIn(s)
}

func (r *Rule) optionOut(s string) (string, trouble) {
	if p := r.ofLocal(s); p != nil {
		return p.External[0], fine
	}
	if s == "" {
		return "", fine
	}
	return r.unknownOut(s)
}

// unknownIn is what becomes of an external value that is in no table.
func (r *Rule) unknownIn(s string) (string, trouble) {
	switch p := r.Unmapped.In; p {
	case PolicyRefuse, "":
		return externalPrefix + s, notInTable
	case PolicySame:
		return r.lead(s), fine
	default:
		return r.lead(string(p)), fine
	}
}

// unknownOut is what becomes of a local value that is in no table. One that passes as
// it is must read back as it is.
func (r *Rule) unknownOut(s string) (string, trouble) {
	switch p := r.Unmapped.Out; {
	case strings.HasPrefix(s, externalPrefix):
		return s, opaque
	case p == PolicyRefuse || p == "":
		return s, notInTable
	case p != PolicySame:
		return string(p), fine
	case r.Unmapped.In != PolicySame || r.ofExternal(s, "") != nil:
		return s, ambiguous
	}
	return s, fine
}

// stateIn reads a state: by the table, else by the category of the external one.
func (r *Rule) stateIn(s, second string) (string, trouble) {
	if p := r.ofExternal(s, second); p != nil {
		return p.Local[0], fine
	}
	if s == "" { // an item that says nothing is not closed
		return ticket.StateOpen, fine
	}
	switch r.Categories[s] {
	case external.CategoryTodo, external.CategoryDoing:
		return r.lead(ticket.StateOpen), fine
	case external.CategoryDone:
		return r.lead(ticket.StateDone), fine
	case external.CategoryCanceled:
		return r.lead(ticket.StateNotPlanned), fine
	}
	return r.unknownIn(s)
}

// stateOut returns what is written for a state into the two external fields.
func (r *Rule) stateOut(s string) (state, second string, why trouble) {
	if s == "" {
		s = ticket.StateOpen
	}
	p := r.ofLocal(s)
	if p == nil {
		state, why = r.unknownOut(s)
		return state, "", why
	}
	if len(p.And) > 0 {
		second = p.And[0]
	}
	return p.External[0], second, fine
}

package mapping

import (
	"maps"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// project checks the mapping against what the project offers.
func (c *checker) project() {
	for i := range c.m.Tickets {
		r := &c.m.Tickets[i]
		for n, name := range r.External {
			if f, ok := c.field(name, path("tickets", r)+".external"); ok {
				c.fits(r, n, f, path("tickets", r))
			}
		}
	}
	for i := range c.m.Comments {
		if r := &c.m.Comments[i]; r.Writes() {
			c.losses(r, c.caps.Comment, path("comments", r))
		}
	}
	for _, k := range c.m.Constants {
		c.constant(k)
	}
	c.required()
	c.people()
}

// field finds a field of the project, or says what may have been meant.
func (c *checker) field(name, at string) (external.FieldCapability, bool) {
	f, ok := c.schema.Field(name)
	if ok {
		return f, true
	}
	if _, could := c.caps.Field(name); could && len(c.schema.Fields) > 0 {
		c.fail(at, "%s does not exist in this project; add it there, or take the rule out", name)
		return f, false
	}
	if other, ok := closest(name, c.fieldNames()); ok {
		c.fail(at, "%s does not exist; is %s meant?", name, other)
	} else {
		c.fail(at, "%s does not exist; take the rule out", name)
	}
	return f, false
}

func (c *checker) fieldNames() []string {
	var names []string
	for _, f := range c.schema.Fields {
		names = append(names, f.Name)
	}
	return names
}

// fits checks one external field of a rule, the first or the second.
func (c *checker) fits(r *Rule, n int, f external.FieldCapability, at string) {
	if f.ReadOnly && r.Writes() {
		c.fail(at+".direction", "%s can only be read; say direction: in", f.Name)
	}
	if n > 0 {
		c.options(r, n, f, at)
		return
	}
	if want := types(r.Convert); f.Type != "" && len(want) > 0 && !slices.Contains(want, f.Type) {
		c.fail(at+".convert", "%s does not fit %s, which holds %s; choose another conversion or another field", r.Convert, f.Name, f.Type)
	} else if r.Type != "" && f.Type != "" && r.Type != f.Type {
		c.warn(at+".type", "%s holds %s, not %s; say type: %s", f.Name, f.Type, r.Type, f.Type)
	}
	if f.Set != r.Set {
		c.fail(at+".set", "%s holds a set: %t; say set: %t", f.Name, f.Set, f.Set)
	}
	c.options(r, n, f, at)
	if r.Writes() {
		c.losses(r, f, at)
	}
}

// types returns those that a conversion can translate; nil: all. Text is one of each, for
// it may hold anything.
func types(v Convert) []external.FieldType {
	with := func(t ...external.FieldType) []external.FieldType {
		return append(t, external.TypeText)
	}
	switch v {
	case People:
		return with(external.TypePeople)
	case Number:
		return with(external.TypeNumber, external.TypeOption)
	case Date:
		return with(external.TypeDate, external.TypeTime)
	case Bool:
		return with(external.TypeBool, external.TypeOption)
	case Reference:
		return with(external.TypeReference)
	case ContainerTitle:
		return with(external.TypeContainer)
	case States, GitHubState:
		return with(external.TypeState, external.TypeOption)
	case Options:
		return with(external.TypeOption, external.TypeState, external.TypeNumber, external.TypeBool, external.TypeLabels)
	}
	return nil
}

// losses says what of our values the field cannot hold, and what we cannot see.
func (c *checker) losses(r *Rule, f external.FieldCapability, at string) {
	most := ticket.MaxBody
	switch {
	case r.Field == ticket.Title || r.Field == ticket.Iteration:
		most = ticket.MaxTitle
	case r.many():
		most = ticket.MaxElement
	case r.Convert != Same && r.Convert != ContainerTitle:
		most = 0
	}
	if f.MaxRunes > 0 && f.MaxRunes < most {
		c.warn(at, "%s holds at most %d characters: what is longer is refused", f.Name, f.MaxRunes)
	}
	if r.many() && f.MaxItems > 0 && (r.Max == 0 || f.MaxItems < r.Max) && f.Set {
		c.warn(at, "%s holds at most %d: more of them are refused; max: %d writes the first", f.Name, f.MaxItems, f.MaxItems)
	}
	if !f.Set && (f.History != external.HistoryFull || c.caps.History == 0) {
		c.warn(at, "no history of %s is kept outside: an edit there at the moment of our write goes unnoticed", f.Name)
	}
}

func (c *checker) constant(k Constant) {
	at := "constants." + k.External
	f, ok := c.field(k.External, at)
	if !ok {
		return
	}
	if f.ReadOnly {
		c.fail(at, "%s can only be read; take the constant out", k.External)
	}
	if len(f.Options) == 0 {
		return
	}
	for i := range k.Value.Len() {
		if _, known := f.Option(k.Value.At(i)); !known {
			c.fail(at, "%q is no option of %s; want one of %q", k.Value.At(i), k.External, optionNames(f))
		}
	}
}

// required finds fields without which nothing can be made outside.
func (c *checker) required() {
	for _, f := range c.schema.Fields {
		if !f.Required || f.ReadOnly || slices.ContainsFunc(c.m.Constants, func(k Constant) bool { return k.External == f.Name }) {
			continue
		}
		i := slices.IndexFunc(c.m.Tickets, func(r Rule) bool { return slices.Contains(r.External, f.Name) && r.Writes() })
		switch {
		case i < 0:
			c.fail("constants."+f.Name, "%s is required to make a ticket outside, and no rule writes it; map it, or give it a constant", f.Name)
		case c.m.Tickets[i].Field != ticket.Title && c.m.Tickets[i].Field != ticket.State:
			c.warn(path("tickets", &c.m.Tickets[i]), "%s is required outside: a ticket of ours without it is refused; give it a constant to stand in", f.Name)
		}
	}
}

// people finds logins that the project does not know. A system that does not tell who
// there is cannot be asked.
func (c *checker) people() {
	if len(c.schema.People) == 0 {
		return
	}
	table := c.m.Users.logins
	for _, handle := range slices.Sorted(maps.Keys(table)) {
		known := func(p external.Person) bool { return p.Login == table[handle] }
		if !slices.ContainsFunc(c.schema.People, known) {
			c.warn("users."+handle, "%q is nobody in this project; mend the login, or take the line out", table[handle])
		}
	}
}

func optionNames(f external.FieldCapability) []string {
	names := make([]string, len(f.Options))
	for i, o := range f.Options {
		names[i] = o.Name
	}
	return names
}

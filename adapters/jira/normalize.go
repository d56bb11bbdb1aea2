package jira

import (
	"errors"
	"maps"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/markup"
	"github.com/extsync/extsync/ticket"
)

// Normalize returns the fields as Jira would show them: one line of a summary, prose in
// the normal form of its lens, labels with "_" for white space, numbers, dates and times
// in one spelling. The project's own fields are left as they are: only the connected
// Jira knows their types, and their spelling is settled where they are mapped.
func (a *adapter) Normalize(f external.Fields) external.Fields {
	out := make(external.Fields, len(f))
	for name, v := range f {
		out[name] = a.normal(name, v)
	}
	return out
}

func (a *adapter) normal(name string, v ticket.Value) ticket.Value {
	switch k, _ := systemKind(name); k {
	case kindText:
		return ticket.Text(oneLine(v.Text()))
	case kindProse:
		return ticket.Text(a.edition.format().Normalize(v.Text()))
	case kindLabels:
		return labelSet(v.Elements())
	case kindNumber:
		return ticket.Text(number(v.Text()))
	case kindDate:
		return ticket.Text(date(v.Text()))
	case kindUnknown, kindURL, kindTime, kindNamed, kindOption, kindCascade, kindUser, kindReference, kindSprint, kindNames, kindOptions, kindUsers:
	}
	return v
}

// labelSet is the set of what Jira can hold of the labels.
func labelSet(elems []string) ticket.Value {
	out := make([]string, 0, len(elems))
	for _, e := range elems {
		if e = label(e); e != "" {
			out = append(out, e)
		}
	}
	return ticket.Set(out...)
}

// Respell returns prose as Jira shows it in our own spelling, but for the paragraphs that
// say something else. Other fields have one spelling, which is Jira's; the project's own
// are left to the mapping, as Normalize leaves them.
func (a *adapter) Respell(_ external.Kind, field, ours, theirs string) string {
	if k, _ := systemKind(field); k != kindProse {
		return theirs
	}
	return a.edition.format().Keep(ours, theirs)
}

// Damage says what would be lost of prose: of the description, a comment's body and
// those fields of the project that hold prose now.
func (a *adapter) Damage(_ external.Kind, f, now external.Fields) map[string]string {
	out := map[string]string{}
	for name, v := range f {
		raw, had := now[name+external.SidecarSuffix]
		if k, system := systemKind(name); k != kindProse && (system || !had) {
			continue
		}
		if lost := damage(a.edition.format(), raw.Text(), v.Text()); lost != "" {
			out[name] = lost
		}
	}
	if len(out) == 0 {
		return nil
	}
	return maps.Clone(out)
}

func damage(f markup.Format, raw, text string) string {
	if losses := f.Damage(raw, text); len(losses) > 0 {
		return sentence((&markup.DamageError{Losses: losses}).Error())
	}
	_, err := f.Write(raw, text)
	var lossy *markup.DamageError
	if err == nil || errors.As(err, &lossy) {
		return ""
	}
	return sentence("what Jira holds cannot be followed (" + err.Error() + "); edit it in Jira")
}

func sentence(s string) string {
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

package jira

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/markup"
	"github.com/extsync/extsync/ticket"
)

// encoder turns values into what Jira takes.
type encoder struct {
	what    string // the operation, for errors
	edition edition
	cat     *catalogue
	now     external.Fields // what the item holds, sidecars included
	sprints []external.Container
}

// value returns a field's value for "fields"; nil clears it.
func (e encoder) value(name string, v ticket.Value) (any, error) {
	k := e.cat.kind(name)
	switch {
	case k == kindUnknown:
		return nil, e.refuse(name, "is of a type that cannot be written; take it out of the mapping")
	case k.list():
		return e.elements(k, v.Elements()), nil
	case v.IsEmpty():
		return nil, nil
	case k == kindUser:
		return e.one(name, v.Elements())
	}
	return e.scalar(k, name, v.Text())
}

func (e encoder) refuse(name, problem string) error {
	return fail(external.Invalid, e.what, "the field "+name+" "+problem, nil)
}

// one is the single person of a field that holds no more.
func (e encoder) one(name string, logins []string) (any, error) {
	if len(logins) != 1 {
		return nil, e.refuse(name, "holds one person; choose one")
	}
	return e.person(logins[0]), nil
}

func (e encoder) person(login string) any {
	if e.edition == dataCenter {
		return map[string]any{"name": login}
	}
	return map[string]any{"accountId": login}
}

func (e encoder) scalar(k kind, name, s string) (any, error) {
	switch k {
	case kindText:
		return e.line(name, s)
	case kindProse:
		return e.prose(name, s)
	case kindNumber:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, e.refuse(name, "wants a number")
		}
		return f, nil
	case kindTime:
		t, ok := parseTime(s)
		if !ok {
			return nil, e.refuse(name, "wants a time as in RFC 3339")
		}
		return t.Format(stamp), nil
	case kindNamed:
		return map[string]any{"name": s}, nil
	case kindOption:
		return map[string]any{"value": s}, nil
	case kindCascade:
		return cascading(s), nil
	case kindReference:
		return map[string]any{"id": s}, nil
	case kindSprint:
		return e.sprint(name, s)
	}
	return s, nil // dates and addresses
}

func (e encoder) line(name, s string) (any, error) {
	if s = oneLine(s); utf8.RuneCountInString(s) > maxSummary {
		return nil, e.refuse(name, fmt.Sprintf("is longer than %d characters; shorten it", maxSummary))
	}
	return s, nil
}

func cascading(s string) any {
	parent, child, has := strings.Cut(s, cascade)
	if !has {
		return map[string]any{"value": parent}
	}
	return map[string]any{"value": parent, "child": map[string]any{"value": child}}
}

// sprint is the number of a sprint that is known by its name.
func (e encoder) sprint(name, s string) (any, error) {
	for _, c := range e.sprints {
		if c.Field != fieldSprint || c.Name != s {
			continue
		}
		n, err := strconv.Atoi(c.ID)
		if err != nil {
			return nil, e.refuse(name, "names a sprint whose id is no number")
		}
		return n, nil
	}
	return nil, e.refuse(name, "names a sprint that is not on the project's boards; make it there")
}

// elements are the members of a list.
func (e encoder) elements(k kind, elems []string) []any {
	out := make([]any, 0, len(elems))
	for _, s := range elems {
		out = append(out, e.element(k, s))
	}
	return out
}

func (e encoder) element(k kind, s string) any {
	switch k {
	case kindLabels:
		return label(s)
	case kindUsers:
		return e.person(s)
	case kindOptions:
		return map[string]any{"value": s}
	}
	return map[string]any{"name": s}
}

// prose puts Markdown into the raw form that the item holds. What would be damaged is
// refused by the kinds of construct, never by their content.
func (e encoder) prose(name, s string) (any, error) {
	if utf8.RuneCountInString(s) > maxProse {
		return nil, e.refuse(name, fmt.Sprintf("is longer than %d characters; shorten it", maxProse))
	}
	raw, err := e.edition.format().Write(e.now[name+external.SidecarSuffix].Text(), s)
	var damage *markup.DamageError
	switch {
	case errors.As(err, &damage):
		return nil, e.refuse(name, "would lose something: "+damage.Error())
	case err != nil:
		return nil, e.refuse(name, "cannot be changed: "+err.Error()+"; edit it in Jira")
	case raw == "" && e.edition == dataCenter:
		return "", nil
	case raw == "":
		return nil, nil
	case e.edition == dataCenter:
		return raw, nil
	}
	return json.RawMessage(raw), nil
}

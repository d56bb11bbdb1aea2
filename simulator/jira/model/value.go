package model

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/extsync/extsync/simulator/jira/adf"
)

// Caller is who calls, and in which of the two languages of rich text.
type Caller struct {
	User *User
	Wiki bool // rich text is strings of wiki markup (REST v2), else documents
}

// target is the field of an issue that a value is meant for; issue is nil on create.
type target struct {
	w       *World
	by      Caller
	project *Project
	kind    *IssueType
	issue   *Issue
	field   *Field
	options []*Named
}

// parse turns a JSON value into the field's own kind; the string is Jira's complaint. nil empties the field.
func (t *target) parse(v any) (any, string) {
	if v == nil {
		return nil, ""
	}
	switch t.field.Type {
	case summaryType:
		return summary(v)
	case TextField:
		return line(v)
	case TextArea:
		return t.w.rich(t.by, v)
	case Number, StoryPoints:
		if n, isNumber := v.(float64); isNumber {
			return n, ""
		}
		return nil, "Operation value must be a number"
	case Date:
		return date(v)
	case DateTime:
		return dateTime(v)
	case URL:
		return link(v)
	case Labels:
		return labels(v)
	case SprintField:
		return t.w.sprintValue(t.issue, v)
	case parentType:
		return t.parent(v)
	}
	return t.reference(v)
}

// reference parses values that name something of the project or the site.
func (t *target) reference(v any) (any, string) {
	switch t.field.Type {
	case UserPicker:
		return t.user(v)
	case MultiUser:
		return listOf(v, t.user)
	case Select:
		return one(v, t.options)
	case MultiSelect, Checkbox:
		return listOf(v, func(e any) (*Named, string) { return oneOf(e, t.options, "Option") })
	case Cascading:
		return t.cascade(v)
	case priorityType:
		return reference(v, t.w.Priority, "The priority selected is invalid.")
	case resolutionType:
		return reference(v, t.w.Outcomes, "The resolution selected is invalid.")
	case componentsType:
		return listOf(v, func(e any) (*Named, string) { return oneOf(e, t.project.Components, "Component name") })
	case versionsType:
		return listOf(v, func(e any) (*Named, string) { return oneOf(e, t.project.Versions, "Version name") })
	}
	return nil, t.field.unknown()
}

func (f *Field) unknown() string { return notSettable(f.ID) }

func notSettable(id string) string {
	return fmt.Sprintf("Field '%s' cannot be set. It is not on the appropriate screen, or unknown.", id)
}

const wantString = "Operation value must be a string"

func summary(v any) (any, string) {
	s, isString := v.(string)
	s = strings.TrimSpace(s)
	switch {
	case !isString:
		return nil, wantString
	case s == "":
		return nil, "You must specify a summary of the issue."
	case strings.ContainsAny(s, "\r\n"):
		return nil, "The summary is invalid because it contains newline characters."
	case utf8.RuneCountInString(s) > MaxSummary:
		return nil, fmt.Sprintf("Summary must be less than or equal to %d characters.", MaxSummary)
	}
	return s, ""
}

func line(v any) (any, string) {
	s, isString := v.(string)
	switch {
	case !isString:
		return nil, wantString
	case utf8.RuneCountInString(s) > MaxSummary:
		return nil, fmt.Sprintf("The entered text is too long. It exceeds the allowed limit of %d characters.", MaxSummary)
	case s == "":
		return nil, ""
	}
	return s, ""
}

// rich parses a text in the caller's language and stores it in the edition's.
func (w *World) rich(by Caller, v any) (any, string) {
	const tooLong = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
	s, isString := v.(string)
	switch {
	case by.Wiki && !isString:
		return nil, wantString
	case by.Wiki && utf8.RuneCountInString(s) > MaxText:
		return nil, tooLong
	case by.Wiki && s == "":
		return nil, ""
	case w.wiki:
		return Text{Wiki: strings.ReplaceAll(s, "\r\n", "\n")}, ""
	case by.Wiki:
		return Text{Doc: adf.FromWiki(s)}, ""
	}
	if _, isObject := v.(map[string]any); !isObject {
		return nil, "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
	}
	doc, err := adf.Parse(v)
	switch {
	case err != nil:
		return nil, "INVALID_INPUT: " + err.Error()
	case utf8.RuneCountInString(adf.Wiki(doc)) > MaxText:
		return nil, tooLong
	case len(doc.Content) == 0:
		return nil, ""
	}
	return Text{Doc: doc}, ""
}

func date(v any) (any, string) {
	s, isString := v.(string)
	if !isString {
		return nil, wantString
	}
	if s == "" {
		return nil, ""
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return nil, fmt.Sprintf("Operation value must be a date in the format yyyy-MM-dd, was '%s'", s)
	}
	return s, ""
}

func dateTime(v any) (any, string) {
	s, isString := v.(string)
	if !isString {
		return nil, wantString
	}
	for _, layout := range []string{Stamp, time.RFC3339, "2006-01-02T15:04:05-0700"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC().Truncate(time.Millisecond), ""
		}
	}
	return nil, fmt.Sprintf("Operation value must be a datetime in ISO 8601, was '%s'", s)
}

func link(v any) (any, string) {
	s, isString := v.(string)
	if !isString {
		return nil, wantString
	}
	if u, err := url.Parse(s); s != "" && (err != nil || u.Scheme == "" || u.Host == "") {
		return nil, "Not a valid URL"
	}
	if s == "" {
		return nil, ""
	}
	return s, ""
}

// labels are a set without order; Jira reads them back sorted.
func labels(v any) (any, string) {
	list, isList := v.([]any)
	if !isList {
		return nil, "data was not an array"
	}
	var out []string
	for _, e := range list {
		s, isString := e.(string)
		switch {
		case !isString:
			return nil, "string expected at index 0"
		case strings.ContainsAny(s, " \t\r\n"):
			return nil, fmt.Sprintf("The label '%s' contains spaces which is invalid.", s)
		case utf8.RuneCountInString(s) > MaxLabel:
			return nil, fmt.Sprintf("The label '%s' exceeds the maximum length for a single label of %d characters.", s, MaxLabel)
		}
		if s != "" {
			out = append(out, s)
		}
	}
	return set(out), ""
}

// part reads id, value, name and the like from the object that names something.
func part(v any, keys ...string) string {
	m, _ := v.(map[string]any)
	for _, k := range keys {
		switch s := m[k].(type) {
		case string:
			return s
		case float64:
			return fmt.Sprintf("%.0f", s)
		}
	}
	return ""
}

func reference(v any, list []*Named, complaint string) (any, string) {
	if n := named(list, part(v, "id"), part(v, "name")); n != nil {
		return n, ""
	}
	return nil, complaint
}

func one(v any, list []*Named) (any, string) {
	n, complaint := oneOf(v, list, "Option")
	if complaint != "" {
		return nil, complaint
	}
	return n, ""
}

func oneOf(v any, list []*Named, what string) (*Named, string) {
	if _, isObject := v.(map[string]any); !isObject {
		return nil, "Specify a valid 'id' or 'name' for " + what
	}
	id, name := part(v, "id"), part(v, "value", "name")
	if n := named(list, id, name); n != nil {
		return n, ""
	}
	if what == "Option" && id != "" {
		return nil, fmt.Sprintf("Option id '%s' is not valid", id)
	}
	return nil, fmt.Sprintf("%s '%s' is not valid", cmp.Or(map[string]string{"Option": "Option value"}[what], what), cmp.Or(name, id))
}

package jira

import (
	"strings"

	"github.com/extsync/extsync/external"
)

// kind is the form of a field's value on the wire.
type kind uint8

const (
	kindUnknown   kind = iota // shown where it is text or has a name; never written
	kindText                  // string
	kindProse                 // document or wiki markup
	kindURL                   // string
	kindNumber                // number
	kindDate                  // "2006-01-02"
	kindTime                  // "2006-01-02T15:04:05.000-0700"
	kindNamed                 // {"name": ...}
	kindOption                // {"value": ...}
	kindCascade               // {"value": ..., "child": {"value": ...}}
	kindUser                  // {"accountId": ...}, on Data Center {"name": ...}
	kindReference             // {"id": ...} of an issue
	kindSprint                // read as a list of sprints, written as a number
	kindLabels                // list of strings
	kindNames                 // list of {"name": ...}
	kindOptions               // list of {"value": ...}
	kindUsers                 // list of users
)

// Plugin keys of custom fields, see the field "custom" of a field's schema.
const (
	customSprint      = "com.pyxis.greenhopper.jira:gh-sprint"
	customStoryPoints = "com.pyxis.greenhopper.jira:jsw-story-points"
	customArea        = "com.atlassian.jira.plugin.system.customfieldtypes:textarea"
	customURL         = "com.atlassian.jira.plugin.system.customfieldtypes:url"
)

// schema is a field's type as field lists and createmeta give it.
type schema struct {
	Type   string `json:"type"`
	Items  string `json:"items"`
	System string `json:"system"`
	Custom string `json:"custom"`
}

// kind tells the form of values from the schema.
func (s schema) kind() kind {
	switch s.Type {
	case "string":
		return s.stringKind()
	case "number":
		return kindNumber
	case "date":
		return kindDate
	case "datetime":
		return kindTime
	case "option":
		return kindOption
	case "option-with-child":
		return kindCascade
	case "user":
		return kindUser
	case "priority", "resolution", "status", "issuetype", "version", "component", "group":
		return kindNamed
	case "array":
		return s.listKind()
	}
	return kindUnknown
}

func (s schema) stringKind() kind {
	switch {
	case s.Custom == customArea || s.System == fieldDescription || s.System == "environment":
		return kindProse
	case s.Custom == customURL:
		return kindURL
	}
	return kindText
}

func (s schema) listKind() kind {
	switch {
	case s.Custom == customSprint:
		return kindSprint
	case s.Items == "string":
		return kindLabels
	case s.Items == "option":
		return kindOptions
	case s.Items == "user":
		return kindUsers
	case s.Items == "version" || s.Items == "component" || s.Items == "group":
		return kindNames
	}
	return kindUnknown
}

// set reports whether values of the kind are sets of ours. One user is a set of one, so
// that a person reads alike everywhere.
func (k kind) set() bool { return k.list() || k == kindUser }

// list reports whether Jira takes the verbs add and remove for the kind.
func (k kind) list() bool {
	return k == kindLabels || k == kindNames || k == kindOptions || k == kindUsers
}

// capability describes a custom field of the kind.
func (k kind) capability(name, title string) external.FieldCapability {
	f := external.FieldCapability{Name: name, Title: title, Set: k.set(), ReadOnly: k == kindUnknown, History: external.HistoryTimes}
	f.Type = map[kind]external.FieldType{
		kindProse: external.TypeProse, kindURL: external.TypeURL, kindNumber: external.TypeNumber, kindDate: external.TypeDate,
		kindTime: external.TypeTime, kindNamed: external.TypeOption, kindOption: external.TypeOption, kindCascade: external.TypeOption,
		kindUser: external.TypePeople, kindUsers: external.TypePeople, kindReference: external.TypeReference,
		kindSprint: external.TypeContainer, kindLabels: external.TypeLabels, kindNames: external.TypeOption, kindOptions: external.TypeOption,
	}[k]
	switch k {
	case kindText:
		f.Type, f.MaxRunes = external.TypeText, maxSummary
	case kindProse:
		f.MaxRunes = maxProse
	case kindUser:
		f.MaxItems = 1
	case kindUnknown:
		f.Type = external.TypeText
	}
	return f
}

// systemKind is the form of the fields that every Jira has.
func systemKind(name string) (kind, bool) {
	switch name {
	case fieldSummary:
		return kindText, true
	case fieldDescription, fieldBody:
		return kindProse, true
	case fieldStatus, fieldResolution, fieldPriority, fieldType:
		return kindNamed, true
	case fieldLabels:
		return kindLabels, true
	case fieldAssignee, fieldReporter:
		return kindUser, true
	case fieldParent:
		return kindReference, true
	case fieldVersions, fieldComponents:
		return kindNames, true
	case fieldDue:
		return kindDate, true
	case fieldEstimate:
		return kindNumber, true
	case fieldSprint:
		return kindSprint, true
	}
	return kindUnknown, false
}

func isCustom(name string) bool { return strings.HasPrefix(name, customPrefix) }

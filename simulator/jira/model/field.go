package model

import (
	"fmt"
	"slices"
	"strings"
)

// FieldType is the type of a field's value.
type FieldType string

// Types of custom fields.
const (
	TextField   FieldType = "text"         // one line, 255 characters
	TextArea    FieldType = "textarea"     // rich text
	Number      FieldType = "number"       // float
	StoryPoints FieldType = "story_points" // the number in which team-managed projects estimate
	Date        FieldType = "date"         // yyyy-MM-dd
	DateTime    FieldType = "datetime"     // with offset
	Select      FieldType = "select"       // one option
	MultiSelect FieldType = "multiselect"  // options
	Checkbox    FieldType = "checkbox"     // options
	Cascading   FieldType = "cascading"    // option with child
	UserPicker  FieldType = "user"
	MultiUser   FieldType = "multiuser"
	Labels      FieldType = "labels"
	URL         FieldType = "url"
	SprintField FieldType = "sprint" // set by id, read as objects
)

// Types of system fields only.
const (
	summaryType    FieldType = "summary"
	priorityType   FieldType = "priority"
	resolutionType FieldType = "resolution"
	typeType       FieldType = "issuetype"
	projectType    FieldType = "project"
	parentType     FieldType = "parent"
	componentsType FieldType = "components"
	versionsType   FieldType = "versions"
	readOnlyType   FieldType = "readonly"
)

// Field is a field as GET /field shows it.
type Field struct {
	ID   string
	Name string
	Type FieldType
	// Schema: type, items, system or custom.
	SchemaType, Items, System, Custom string
}

// custom gives the plugin key of a custom field's type; empty for unknown types.
func custom(t FieldType) string {
	const own = "com.atlassian.jira.plugin.system.customfieldtypes:"
	switch t {
	case TextField:
		return own + "textfield"
	case TextArea:
		return own + "textarea"
	case Number:
		return own + "float"
	case StoryPoints:
		return "com.pyxis.greenhopper.jira:jsw-story-points"
	case Date:
		return own + "datepicker"
	case DateTime:
		return own + "datetime"
	case Select:
		return own + "select"
	case MultiSelect:
		return own + "multiselect"
	case Checkbox:
		return own + "multicheckboxes"
	case Cascading:
		return own + "cascadingselect"
	case UserPicker:
		return own + "userpicker"
	case MultiUser:
		return own + "multiuserpicker"
	case Labels:
		return own + "labels"
	case URL:
		return own + "url"
	case SprintField:
		return "com.pyxis.greenhopper.jira:gh-sprint"
	}
	return ""
}

// schemaOf gives type and items of a schema.
func schemaOf(t FieldType) (kind, items string) {
	switch t {
	case Number, StoryPoints:
		return "number", ""
	case Date, DateTime, UserPicker:
		return string(t), ""
	case Select:
		return "option", ""
	case MultiSelect, Checkbox:
		return "array", "option"
	case Cascading:
		return "option-with-child", ""
	case MultiUser:
		return "array", "user"
	case Labels:
		return "array", "string"
	case SprintField:
		return "array", "json"
	case componentsType:
		return "array", "component"
	case versionsType:
		return "array", "version"
	case priorityType, resolutionType, typeType, projectType:
		return string(t), ""
	case parentType:
		return "issuelink", ""
	}
	return "string", ""
}

func systemFields() []*Field {
	list := []struct {
		id, name string
		t        FieldType
	}{
		{"summary", "Summary", summaryType}, {"issuetype", "Issue Type", typeType}, {"project", "Project", projectType},
		{"description", "Description", TextArea}, {"environment", "Environment", TextArea}, {"priority", "Priority", priorityType},
		{"labels", "Labels", Labels}, {"assignee", "Assignee", UserPicker}, {"reporter", "Reporter", UserPicker}, {"duedate", "Due date", Date},
		{"parent", "Parent", parentType}, {"components", "Components", componentsType}, {"fixVersions", "Fix versions", versionsType},
		{"versions", "Affects versions", versionsType}, {"resolution", "Resolution", resolutionType}, {"status", "Status", readOnlyType},
		{"resolutiondate", "Resolved", readOnlyType}, {"created", "Created", readOnlyType}, {"updated", "Updated", readOnlyType},
		{"creator", "Creator", readOnlyType}, {"comment", "Comment", readOnlyType}, {"subtasks", "Sub-tasks", readOnlyType},
		{"statuscategorychangedate", "Status Category Changed", readOnlyType}, {"security", "Security Level", readOnlyType},
		{"issuerestriction", "Restrict to", readOnlyType},
	}
	var out []*Field
	for _, s := range list {
		f := &Field{ID: s.id, Name: s.name, Type: s.t, System: s.id}
		f.SchemaType, f.Items = schemaOf(s.t)
		if s.t == readOnlyType {
			f.SchemaType, f.Items = readOnlySchema(s.id)
		}
		out = append(out, f)
	}
	return append(out, newCustom("customfield_10020", "Sprint", SprintField))
}

func readOnlySchema(id string) (kind, items string) {
	switch id {
	case "status":
		return "status", ""
	case "creator":
		return "user", ""
	case "security":
		return "securitylevel", ""
	case "issuerestriction":
		return "issuerestriction", ""
	case "comment":
		return "comments-page", ""
	case "subtasks":
		return "array", "issuelinks"
	}
	return "datetime", ""
}

func newCustom(id, name string, t FieldType) *Field {
	f := &Field{ID: id, Name: name, Type: t, Custom: custom(t)}
	f.SchemaType, f.Items = schemaOf(t)
	return f
}

// Fields lists all fields, system ones first.
func (w *World) Fields() []*Field { return w.fields }

// Field finds by id, else by name without regard to case; nil if there is none.
func (w *World) Field(idOrName string) *Field {
	for _, same := range []func(*Field) bool{
		func(f *Field) bool { return f.ID == idOrName },
		func(f *Field) bool { return strings.EqualFold(f.Name, idOrName) },
	} {
		if at := slices.IndexFunc(w.fields, same); at >= 0 {
			return w.fields[at]
		}
	}
	return nil
}

// Sprints is the field that holds an issue's sprints.
func (w *World) sprintField() *Field { return w.Field("customfield_10020") }

// customField finds or makes the field of a description.
func (w *World) customField(s FieldSpec) *Field {
	for _, f := range w.fields {
		if f.Custom != "" && f.Type == s.Type && (f.ID == s.ID || (s.ID == "" && f.Name == s.Name)) {
			return f
		}
	}
	if s.ID == "" {
		s.ID = fmt.Sprintf("customfield_%d", w.next("field"))
	}
	f := newCustom(s.ID, s.Name, s.Type)
	w.fields = append(w.fields, f)
	return f
}

// CustomID is the number of a custom field.
func (f *Field) CustomID() int64 {
	var n int64
	_, _ = fmt.Sscanf(f.ID, "customfield_%d", &n) // 0 for a system field
	return n
}

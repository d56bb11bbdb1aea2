package model

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ProjectSpec describes a project to make. Only Key is needed.
type ProjectSpec struct {
	Key         string          `json:"key"`
	Name        string          `json:"name,omitempty"`         // default: the key
	TeamManaged bool            `json:"team_managed,omitempty"` // style next-gen
	Service     bool            `json:"service,omitempty"`      // of Jira Service Management: comments may be for its agents alone
	IssueTypes  []IssueTypeSpec `json:"issue_types,omitempty"`  // default: Epic, Story, Task, Bug, Sub-task
	Workflow    *Workflow       `json:"workflow,omitempty"`     // of issue types that name none; default: SimpleWorkflow()
	Fields      []FieldSpec     `json:"fields,omitempty"`       // custom fields
	Components  []string        `json:"components,omitempty"`
	Versions    []string        `json:"versions,omitempty"`
	Required    []string        `json:"required,omitempty"` // system fields required on create besides summary: description, priority, duedate ...
	Lead        string          `json:"lead,omitempty"`     // login; default the first user
}

// IssueTypeSpec describes one issue type. Types of one name are one type, whatever the project.
type IssueTypeSpec struct {
	Name     string    `json:"name"`
	Level    int       `json:"level"`              // hierarchyLevel: 1 epic, 0 standard, -1 sub-task
	Workflow *Workflow `json:"workflow,omitempty"` // default: the project's
}

// FieldSpec describes one custom field of a project. A field of the same name and type in another project is the same field,
// with options of its own.
type FieldSpec struct {
	ID       string       `json:"id,omitempty"` // customfield_NNNNN; default: the next free one
	Name     string       `json:"name"`
	Type     FieldType    `json:"type"`
	Required bool         `json:"required,omitempty"`
	Options  []OptionSpec `json:"options,omitempty"` // of select, multiselect, checkbox, cascading
	Types    []string     `json:"types,omitempty"`   // issue types that have it; default all
}

// OptionSpec is one option; only a cascading field's have children.
type OptionSpec struct {
	Value    string   `json:"value"`
	Children []string `json:"children,omitempty"`
}

// Project is a project with its configuration.
type Project struct {
	w           *World
	ID          string
	Key         string
	Name        string
	TeamManaged bool
	Service     bool
	Lead        *User
	Types       []*IssueType
	Components  []*Named
	Versions    []*Named
	former      []string // keys
	hidden      []string // ids of fields, see Hide
	fields      []*ProjectField
	required    []string
	workflows   map[*IssueType]*Workflow
	rights      map[*User]map[Permission]bool // replaces the default rights of those named
	number      int
}

// IssueType is a type of issues.
type IssueType struct {
	ID    string
	Name  string
	Level int // hierarchyLevel
}

// ProjectField is a custom field as one project has it.
type ProjectField struct {
	*Field
	Required bool
	Options  []*Named
	types    []string
}

// Hide has the project's field configuration hide these fields, and no others: its issues keep what they hold there, and
// show none of it.
func (p *Project) Hide(ids ...string) { p.hidden = ids }

// Hides says whether the project's field configuration hides a field.
func (p *Project) Hides(id string) bool { return slices.Contains(p.hidden, id) }

// On says whether issues of the type have the field.
func (f *ProjectField) On(t *IssueType) bool {
	return len(f.types) == 0 || slices.ContainsFunc(f.types, func(n string) bool { return strings.EqualFold(n, t.Name) })
}

// AddProject makes a project. The error tells what in the description contradicts itself.
func (w *World) AddProject(s ProjectSpec) (*Project, error) {
	if s.Key == "" || w.Project(s.Key) != nil {
		return nil, fmt.Errorf("add project: key %q is empty or taken", s.Key)
	}
	p := &Project{w: w, ID: strconv.FormatInt(w.next("project"), 10), Key: strings.ToUpper(s.Key), Name: cmp.Or(s.Name, s.Key), TeamManaged: s.TeamManaged, Service: s.Service,
		Lead: w.User(s.Lead), required: s.Required, workflows: map[*IssueType]*Workflow{}, rights: map[*User]map[Permission]bool{}}
	if p.Lead == nil && len(w.users) > 0 {
		p.Lead = w.users[0]
	}
	for _, f := range s.Fields {
		if err := p.addField(f); err != nil {
			return nil, fmt.Errorf("add project %s: %w", s.Key, err)
		}
	}
	if err := p.addTypes(s); err != nil { // after the fields, which screens name
		return nil, fmt.Errorf("add project %s: %w", s.Key, err)
	}
	p.Components, p.Versions = w.parts(s.Components), w.parts(s.Versions)
	w.projects = append(w.projects, p)
	return p, nil
}

func (w *World) parts(names []string) []*Named {
	var out []*Named
	for _, n := range names {
		out = append(out, &Named{ID: strconv.FormatInt(w.next("part"), 10), Name: n})
	}
	return out
}

func (p *Project) addTypes(s ProjectSpec) error {
	if s.Workflow == nil {
		s.Workflow = SimpleWorkflow()
	}
	if len(s.IssueTypes) == 0 {
		s.IssueTypes = []IssueTypeSpec{{Name: "Epic", Level: 1}, {Name: "Story"}, {Name: "Task"}, {Name: "Bug"}, {Name: "Sub-task", Level: -1}}
	}
	for _, ts := range s.IssueTypes {
		t := p.w.issueType(ts)
		flow := cmp.Or(ts.Workflow, s.Workflow)
		bound, err := flow.bind(p.w)
		if err != nil {
			return err
		}
		p.Types, p.workflows[t] = append(p.Types, t), bound
	}
	return nil
}

func (w *World) issueType(s IssueTypeSpec) *IssueType {
	for _, t := range w.types {
		if strings.EqualFold(t.Name, s.Name) && t.Level == s.Level {
			return t
		}
	}
	t := &IssueType{ID: strconv.FormatInt(w.next("type"), 10), Name: s.Name, Level: s.Level}
	w.types = append(w.types, t)
	return t
}

func (p *Project) addField(s FieldSpec) error {
	if custom(s.Type) == "" {
		return fmt.Errorf("field %q: no such type %q", s.Name, s.Type)
	}
	f := &ProjectField{Field: p.w.customField(s), Required: s.Required, types: s.Types}
	for _, o := range s.Options {
		option := p.w.option(o.Value)
		for _, c := range o.Children {
			option.Children = append(option.Children, p.w.option(c))
		}
		f.Options = append(f.Options, option)
	}
	p.fields = append(p.fields, f)
	return nil
}

func (w *World) option(value string) *Named {
	return &Named{ID: strconv.FormatInt(w.next("option"), 10), Name: value}
}

// Workflow is the workflow of a type in this project.
func (p *Project) Workflow(t *IssueType) *Workflow { return p.workflows[t] }

// CustomFields lists the project's custom fields.
func (p *Project) CustomFields() []*ProjectField { return p.fields }

// Type finds an issue type of the project by id or name; nil if there is none.
func (p *Project) Type(id, name string) *IssueType {
	for _, t := range p.Types {
		if (id != "" && t.ID == id) || (id == "" && strings.EqualFold(t.Name, name)) {
			return t
		}
	}
	return nil
}

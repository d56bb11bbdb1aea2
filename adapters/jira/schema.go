package jira

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"

	"github.com/extsync/extsync/external"
)

// Schema returns what the project offers: its fields with what is required and which
// values they take, as far as the account may create issues, its own fields among them,
// versions and sprints, and who can be assigned. Labels are free words; Jira knows them
// for the whole site alone, so none are listed. Epics are issues, not containers.
func (a *adapter) Schema(ctx context.Context) (external.Schema, error) {
	c, err := a.catalogue(ctx)
	if err != nil {
		return external.Schema{}, err
	}
	meta, err := a.createMeta(ctx)
	if err != nil {
		return external.Schema{}, err
	}
	states, err := a.states(ctx)
	if err != nil {
		return external.Schema{}, err
	}
	resolutions, err := a.resolutions(ctx)
	if err != nil {
		return external.Schema{}, err
	}
	s := external.Schema{Fields: schemaFields(a.Capabilities().Fields, c, meta)}
	for n := range s.Fields {
		switch s.Fields[n].Name {
		case fieldStatus:
			s.Fields[n].Options = states
		case fieldResolution:
			s.Fields[n].Options = resolutions
		case fieldType:
			s.Fields[n].Options, s.Fields[n].Required = meta.types, false // creates give one in any case
		}
	}
	if s.People, err = a.people(ctx); err != nil {
		return external.Schema{}, err
	}
	s.Containers, err = a.Containers(ctx)
	return s, err
}

// meta is what can be given when an issue is created.
type meta struct {
	types  []external.Option
	fields map[string]*metaField // by Jira's id
	order  []string
}

// metaField is one field: as the type of new issues has it, with the values of all types.
type metaField struct {
	name     string
	schema   schema
	required bool
	options  []external.Option
}

// metaPage is a page of createmeta, under the names of both editions.
type metaPage struct {
	IssueTypes []named           `json:"issueTypes"`
	Fields     []fieldWire       `json:"fields"`
	Values     []json.RawMessage `json:"values"`
	Total      int               `json:"total"`
}

// fieldWire is a field in createmeta.
type fieldWire struct {
	ID         string            `json:"fieldId"`
	Name       string            `json:"name"`
	Required   bool              `json:"required"`
	HasDefault bool              `json:"hasDefaultValue"`
	Schema     schema            `json:"schema"`
	Allowed    []json.RawMessage `json:"allowedValues"`
}

const metaSize = 200

// createMeta reads the issue types and the fields of each. An account that may not create
// issues learns of neither. Operations getCreateIssueMetaIssueTypes and
// getCreateIssueMetaIssueTypeId; go-jira calls the deprecated one for all projects.
func (a *adapter) createMeta(ctx context.Context) (meta, error) {
	m := meta{fields: map[string]*metaField{}}
	var types []named
	err := a.metaPages(ctx, a.at("issue", "createmeta", a.project(), "issuetypes"), func(p metaPage) int {
		list := p.IssueTypes
		list = append(list, decodeAll[named](p.Values)...)
		types = append(types, list...)
		return len(list)
	})
	switch external.KindOf(err) {
	case external.Invalid, external.Forbidden, external.NotFound:
		return m, nil
	}
	if err != nil {
		return m, err
	}
	for _, t := range types {
		m.types = append(m.types, external.Option{ID: string(t.ID), Name: t.Name})
		err := a.metaPages(ctx, a.at("issue", "createmeta", a.project(), "issuetypes", string(t.ID)), func(p metaPage) int {
			list := append(p.Fields, decodeAll[fieldWire](p.Values)...)
			for _, f := range list {
				m.add(f, sameName(t.Name, a.settings.IssueType))
			}
			return len(list)
		})
		if err != nil {
			return m, err
		}
	}
	return m, nil
}

func decodeAll[T any](raw []json.RawMessage) []T {
	out := make([]T, 0, len(raw))
	for _, r := range raw {
		var v T
		if json.Unmarshal(r, &v) == nil { // what is of another shape is left out
			out = append(out, v)
		}
	}
	return out
}

func (a *adapter) metaPages(ctx context.Context, path string, take func(metaPage) int) error {
	for start := 0; ; {
		var p metaPage
		q := url.Values{"startAt": {strconv.Itoa(start)}, "maxResults": {strconv.Itoa(metaSize)}}
		if _, err := a.send(ctx, request{what: "ask what issues can be made of", kind: "createmeta", path: withQuery(path, q), into: &p}); err != nil {
			return err
		}
		n := take(p)
		if start += n; n == 0 || start >= p.Total {
			return nil
		}
	}
}

// add takes a field of one issue type; what is required is what the type of new issues
// requires.
func (m *meta) add(f fieldWire, mine bool) {
	known := m.fields[f.ID]
	if known == nil {
		known = &metaField{name: f.Name, schema: f.Schema}
		m.fields[f.ID], m.order = known, append(m.order, f.ID)
	}
	known.required = known.required || (mine && f.Required && !f.HasDefault)
	for _, raw := range f.Allowed {
		for _, o := range optionsOf(raw) {
			if !slices.Contains(known.options, o) {
				known.options = append(known.options, o)
			}
		}
	}
}

// optionsOf spells an allowed value; a cascading one with each of its children too.
func optionsOf(raw json.RawMessage) []external.Option {
	var v struct {
		named
		Children []named `json:"children"`
	}
	if json.Unmarshal(raw, &v) != nil || (v.Name == "" && v.Value == "") {
		return nil // nothing that has a name
	}
	parent := external.Option{ID: string(v.ID), Name: either(v.Name, v.Value)}
	out := []external.Option{parent}
	for _, c := range v.Children {
		out = append(out, external.Option{ID: string(c.ID), Name: parent.Name + cascade + c.Value})
	}
	return out
}

// schemaFields are the fields of every Jira, with what is true here, and the project's own.
func schemaFields(all []external.FieldCapability, c *catalogue, m meta) []external.FieldCapability {
	var out []external.FieldCapability
	for _, f := range all {
		id, err := c.id("", f.Name)
		if err != nil {
			continue // a site without sprints, or without story points
		}
		if known := m.fields[id]; known != nil {
			f.Title, f.Required, f.Options = known.name, known.required, known.options
		}
		out = append(out, f)
	}
	for _, id := range m.order {
		own := m.fields[id]
		k := own.schema.kind()
		if !isCustom(id) || c.ourName(id) != id || (k == kindUnknown && !own.required) {
			continue
		}
		f := k.capability(id, own.name)
		f.Required, f.Options = own.required, own.options
		out = append(out, f)
	}
	return out
}

// resolutions lists the site's resolutions; create metadata has none, for issues are made
// unresolved. Operation searchResolutions.
func (a *adapter) resolutions(ctx context.Context) ([]external.Option, error) {
	const what, kind = "list resolutions", "resolutions.list"
	var out []external.Option
	if a.edition == dataCenter {
		err := a.typed(ctx, what, kind, false, func(ctx context.Context) error {
			list, _, err := a.jira.Resolution.GetListWithContext(ctx)
			for _, r := range list {
				out = append(out, external.Option{ID: r.ID, Name: r.Name})
			}
			return err
		})
		return out, err
	}
	for {
		var page struct {
			Values []named `json:"values"`
			IsLast bool    `json:"isLast"`
		}
		q := url.Values{"startAt": {strconv.Itoa(len(out))}, "maxResults": {"50"}}
		if _, err := a.send(ctx, request{what: what, kind: kind, path: withQuery(a.at("resolution", "search"), q), into: &page}); err != nil {
			return nil, err
		}
		for _, r := range page.Values {
			out = append(out, external.Option{ID: string(r.ID), Name: r.Name})
		}
		if page.IsLast || len(page.Values) == 0 {
			return out, nil
		}
	}
}

// people lists who can be assigned: up to a thousand, as many as Jira lets be listed
// (operation findAssignableUsers). An e-mail address is there where its owner shows it.
func (a *adapter) people(ctx context.Context) ([]external.Person, error) {
	p := a.projectKey
	if p == "" {
		p = a.projectID
	}
	var list []*user
	q := url.Values{"project": {p}, "maxResults": {"1000"}}
	_, err := a.send(ctx, request{what: "list assignable people", kind: "users.assignable", path: withQuery(a.at("user", "assignable", "search"), q), into: &list})
	var out []external.Person
	for _, u := range list {
		app := u.AccountType != "" && u.AccountType != "atlassian"
		if login := u.login(a.edition); login != "" && !app && (u.Active == nil || *u.Active) {
			out = append(out, external.Person{Login: login, Name: u.DisplayName, Email: u.Email})
		}
	}
	return out, err
}

package jira

import (
	"net/http"
	"slices"
	"strings"

	"github.com/extsync/extsync/simulator/jira/model"
)

func listFields(c *call) (reply, error) {
	return ok(renderAll(c.world.Fields(), func(f *model.Field) object {
		names := []string{strings.ToLower(f.Name)}
		if f.Custom != "" {
			names = []string{"cf[" + strings.TrimPrefix(f.ID, "customfield_") + "]", f.Name}
		}
		o := object{"id": f.ID, "name": f.Name, "custom": f.Custom != "", "orderable": true, "navigable": f.ID != "comment", "searchable": true,
			"clauseNames": names, "schema": schema(f)}
		if c.edition == Cloud {
			o["key"] = f.ID
		}
		return o
	}))
}

func schema(f *model.Field) object {
	o := object{"type": f.SchemaType}
	if f.Items != "" {
		o["items"] = f.Items
	}
	if f.Custom != "" {
		o["custom"], o["customId"] = f.Custom, f.CustomID()
	} else {
		o["system"] = f.System
	}
	return o
}

// settable lists the fields of the screen of an issue type, custom ones last.
func (c *call) settable(p *model.Project) []*model.Field {
	var out []*model.Field
	for _, id := range []string{"summary", "issuetype", "project", "description", "environment", "priority", "labels", "assignee", "reporter", "duedate",
		"parent", "components", "fixVersions", "versions", "customfield_10020"} {
		f := c.world.Field(id)
		if (id == "components" && len(p.Components) == 0) || ((id == "fixVersions" || id == "versions") && len(p.Versions) == 0) {
			continue
		}
		out = append(out, f)
	}
	return out
}

// fieldMeta renders one field as create and edit metadata do.
func (c *call) fieldMeta(p *model.Project, f *model.Field, required bool) object {
	o := object{"key": f.ID, "fieldId": f.ID, "name": f.Name, "required": required, "hasDefaultValue": f.ID == "priority" || f.ID == "reporter",
		"schema": schema(f), "operations": f.Operations()}
	if allowed := c.allowed(p, f); allowed != nil {
		o["allowedValues"] = allowed
	}
	switch f.ID {
	case "assignee", "reporter":
		o["autoCompleteUrl"] = c.api("user/assignable/search?project=" + p.Key + "&query=")
	case "labels":
		o["autoCompleteUrl"] = c.base + "/rest/api/1.0/labels/suggest?query="
	}
	return o
}

func (c *call) allowed(p *model.Project, f *model.Field) any {
	switch f.ID {
	case "priority":
		return renderAll(c.world.Priority, c.priority)
	case "resolution":
		return renderAll(c.world.Outcomes, c.resolution)
	case "issuetype":
		return renderAll(p.Types, c.issueType)
	case "project":
		return []any{c.projectRef(p)}
	case "components":
		return renderAll(p.Components, c.part("component"))
	case "fixVersions", "versions":
		return renderAll(p.Versions, c.part("version"))
	}
	for _, own := range p.CustomFields() {
		if own.Field == f && len(own.Options) > 0 {
			return renderAll(own.Options, c.optionTree)
		}
	}
	return nil
}

func (c *call) optionTree(n *model.Named) object {
	o := c.option(n)
	if len(n.Children) > 0 {
		o["children"] = renderAll(n.Children, c.option)
	}
	return o
}

// metaOf lists the metadata of all fields that can be set at issues of a type.
func (c *call) metaOf(p *model.Project, t *model.IssueType) []object {
	required := append(p.RequiredFields(t), "issuetype", "project")
	if t.Level < 0 {
		required = append(required, "parent")
	}
	fields := c.settable(p)
	for _, f := range p.CustomFields() {
		if f.On(t) && f.Type != model.SprintField {
			fields = append(fields, f.Field)
		}
	}
	fields = slices.DeleteFunc(fields, func(f *model.Field) bool { return p.Hides(f.ID) })
	return renderAll(fields, func(f *model.Field) object { return c.fieldMeta(p, f, slices.Contains(required, f.ID)) })
}

// creatable finds the project of a question about creating; without the right to create there is nothing to know.
func (c *call) creatable() (*model.Project, error) {
	p := c.world.Project(c.values[0])
	if p == nil || !p.May(c.user, model.CreateIssues) {
		return nil, model.Refuse(http.StatusBadRequest, "No project could be found with key '%s', or you cannot create issues there.", c.values[0])
	}
	return p, nil
}

func createMetaTypes(c *call) (reply, error) {
	p, err := c.creatable()
	if err != nil {
		return reply{}, err
	}
	part, start, size := slice(c, p.Types, 50, 200)
	return c.metaPage(object{"startAt": start, "maxResults": size, "total": len(p.Types)}, "issueTypes", renderAll(part, func(t *model.IssueType) object {
		return c.issueType(t)
	}), start+len(part) >= len(p.Types))
}

// metaPage files the list where the edition has it.
func (c *call) metaPage(o object, name string, list []object, last bool) (reply, error) {
	if c.edition == DataCenter {
		name = "values"
		o["isLast"] = last
	}
	o[name] = list
	return ok(o)
}

func createMetaFields(c *call) (reply, error) {
	p, err := c.creatable()
	if err != nil {
		return reply{}, err
	}
	t := p.Type(c.values[1], "")
	if t == nil {
		return reply{}, model.Refuse(http.StatusBadRequest, "Issue type '%s' is not of project %s.", c.values[1], p.Key)
	}
	all := c.metaOf(p, t)
	part, start, size := slice(c, all, 50, 200)
	return c.metaPage(object{"startAt": start, "maxResults": size, "total": len(all)}, "fields", part, start+len(part) >= len(all))
}

// createMeta is the older operation for several projects at once.
func createMeta(c *call) (reply, error) {
	keys, ids := c.list("projectKeys"), c.list("projectIds")
	withFields := strings.Contains(c.query.Get("expand"), "projects.issuetypes.fields")
	out := []object{}
	for _, p := range c.browsable() {
		asked := (len(keys) == 0 && len(ids) == 0) || slices.Contains(keys, p.Key) || slices.Contains(ids, p.ID)
		if !asked || !p.May(c.user, model.CreateIssues) {
			continue
		}
		out = append(out, object{"expand": "issuetypes", "self": c.api("project", p.ID), "id": p.ID, "key": p.Key, "name": p.Name,
			"avatarUrls": c.avatars(p.Key), "issuetypes": renderAll(p.Types, func(t *model.IssueType) object {
				o := c.issueType(t)
				if withFields {
					o["expand"], o["fields"] = "fields", byKey(c.metaOf(p, t))
				}
				return o
			})})
	}
	return ok(object{"expand": "projects", "projects": out})
}

func byKey(list []object) object {
	out := object{}
	for _, f := range list {
		key, _ := f["key"].(string)
		delete(f, "fieldId")
		out[key] = f
	}
	return out
}

// editMeta lists what the caller can edit; nothing without the right to.
func editMeta(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	fields := object{}
	if i.Project.May(c.user, model.EditIssues) {
		fields = byKey(c.metaOf(i.Project, i.Type))
		delete(fields, "project")
	}
	return ok(object{"fields": fields})
}

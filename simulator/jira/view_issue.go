package jira

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/jira/model"
)

// selection says which fields are asked for.
type selection struct {
	named    []string
	excluded []string
	all      bool // *all
	navig    bool // *navigable: all but comment
}

// selectFields reads the fields parameter: ids, *all, *navigable, and -id to leave one out.
func selectFields(asked, byDefault []string) selection {
	if len(asked) == 0 {
		asked = byDefault
	}
	var s selection
	for _, f := range asked {
		switch {
		case f == "*all":
			s.all = true
		case f == "*navigable":
			s.navig = true
		case strings.HasPrefix(f, "-"):
			s.excluded = append(s.excluded, f[1:])
		default:
			s.named = append(s.named, f)
		}
	}
	if len(s.named) == 0 && !s.navig && len(s.excluded) > 0 {
		s.all = true
	}
	return s
}

func (s selection) has(id string) bool {
	if slices.Contains(s.excluded, id) {
		return false
	}
	return s.all || (s.navig && id != "comment") || slices.Contains(s.named, id)
}

// onlyID is the default of search/jql: nothing but the id.
func (s selection) onlyID() bool {
	return !s.all && !s.navig && len(s.excluded) == 0 && slices.Equal(s.named, []string{"id"})
}

// issue renders an issue with the fields selected.
func (v view) issue(i *model.Issue, s selection) object {
	if s.onlyID() {
		return object{"id": i.IDText()}
	}
	o := object{"expand": "operations,versionedRepresentations,editmeta,changelog,renderedFields", "id": i.IDText(), "key": i.Key,
		"self": v.api("issue", i.IDText())}
	fields := object{}
	for _, f := range v.world.Fields() {
		if s.has(f.ID) && shown(i, f) {
			fields[f.ID] = v.field(i, f)
		}
	}
	if s.all || s.has("attachment") {
		fields["attachment"] = []any{}
	}
	if s.all || s.has("issuelinks") {
		fields["issuelinks"] = []any{}
	}
	if len(fields) > 0 || (len(s.named) > 0 && !slices.Equal(s.named, []string{"key"})) {
		o["fields"] = fields
	}
	return o
}

// shown says whether issues like this have the field at all.
func shown(i *model.Issue, f *model.Field) bool {
	if i.Project.Hides(f.ID) {
		return false
	}
	if f.Custom == "" {
		return (f.ID != "parent" || i.Parent() != nil) && (f.ID != "issuerestriction" || i.Project.TeamManaged)
	}
	return f.Type == model.SprintField || slices.ContainsFunc(i.Project.CustomFields(), func(p *model.ProjectField) bool { return p.Field == f && p.On(i.Type) })
}

// field renders one field's value; empty is null, or an empty array for system fields.
func (v view) field(i *model.Issue, f *model.Field) any {
	switch f.ID {
	case "issuetype":
		return v.issueType(i.Type)
	case "project":
		return v.projectRef(i.Project)
	case "status":
		return v.status(i.Status)
	case "created":
		return v.stamp(i.Created)
	case "updated":
		return v.stamp(i.Updated)
	case "statuscategorychangedate":
		return v.stamp(i.Entered)
	case "resolutiondate":
		if i.Resolved == nil {
			return nil
		}
		return v.stamp(*i.Resolved)
	case "creator":
		return v.person(i.Creator)
	case "subtasks":
		return renderAll(i.Subtasks(), v.related)
	case "comment":
		return v.embedded(i)
	case "issuerestriction":
		return v.restriction(i)
	}
	value, has := i.Values[f.ID]
	if !has {
		if f.SchemaType == "array" && f.Custom == "" {
			return []any{}
		}
		return nil
	}
	return v.value(f, value)
}

// restriction is to which roles an issue of a team-managed project is restricted: an object, also where it is to none.
func (v view) restriction(i *model.Issue) object {
	by := object{}
	if role, is := i.Values["issuerestriction"].(*model.Named); is {
		by["projectrole"] = []any{object{"id": role.ID, "name": role.Name}}
	}
	return object{"issuerestrictions": by, "shouldDisplay": true}
}

// value renders a value by its kind.
func (v view) value(f *model.Field, value any) any {
	switch x := value.(type) {
	case model.Text:
		return v.text(x)
	case time.Time:
		return v.stamp(x)
	case *model.User:
		return v.person(x)
	case []*model.User:
		return renderAll(x, v.person)
	case *model.Issue:
		return v.related(x)
	case []*model.Sprint:
		return renderAll(x, v.sprintValue)
	case model.Cascade:
		o := v.option(x.Parent)
		if x.Child != nil {
			o["child"] = v.option(x.Child)
		}
		return o
	case *model.Named:
		switch f.ID {
		case "priority":
			return v.priority(x)
		case "resolution":
			return v.resolution(x)
		case "security":
			return object{"self": v.api("securitylevel", x.ID), "id": x.ID, "name": x.Name, "description": ""}
		}
		return v.option(x)
	case []*model.Named:
		switch f.Items {
		case "component", "version":
			return renderAll(x, v.part(f.Items))
		}
		return renderAll(x, v.option)
	}
	return value // strings, numbers, labels
}

// text renders rich text in the language of the version.
func (v view) text(t model.Text) any {
	if v.wiki {
		return t.Markup()
	}
	return t.Doc
}

// related is an issue as parent or sub-task.
func (v view) related(i *model.Issue) object {
	return object{"id": i.IDText(), "key": i.Key, "self": v.api("issue", i.IDText()), "fields": object{
		"summary": i.Summary(), "status": v.status(i.Status), "issuetype": v.issueType(i.Type), "priority": v.priorityOf(i)}}
}

func (v view) priorityOf(i *model.Issue) any {
	if p, has := i.Values["priority"].(*model.Named); has {
		return v.priority(p)
	}
	return nil
}

// embedded is the comment field: the first comments with the true total.
func (v view) embedded(i *model.Issue) object {
	all := i.CommentsFor(v.user)
	list := all[:min(len(all), v.world.Embedding)]
	return object{"comments": renderAll(list, v.comment), "self": v.api("issue", i.IDText(), "comment"), "maxResults": len(list),
		"total": len(all), "startAt": 0}
}

// comment shows on Cloud whether all may see it; Data Center shows that to those alone who ask for its properties.
func (v view) comment(c *model.Comment) object {
	o := object{"self": v.api("issue", c.Issue.IDText(), "comment", c.IDText()), "id": c.IDText(), "author": v.person(c.Author), "body": v.text(c.Body),
		"updateAuthor": v.person(c.Editor), "created": v.stamp(c.Created), "updated": v.stamp(c.Updated)}
	if v.edition == Cloud {
		o["jsdPublic"] = !c.Internal()
	}
	if c.Visible != nil {
		o["visibility"] = object{"type": c.Visible.Type, "value": c.Visible.Value, "identifier": c.Visible.Value}
	}
	return o
}

// histories renders changelog entries, latest first as Jira's expand shows them.
func (v view) history(h *model.History) object {
	return object{"id": strconv.FormatInt(h.ID, 10), "author": v.person(h.Author), "created": v.stamp(h.Created), "items": v.items(h)}
}

func (v view) items(h *model.History) []object {
	return renderAll(h.Items, func(it model.HistoryItem) object {
		o := object{"field": it.Field, "fieldtype": "jira", "from": orNull(it.From, it.From != ""), "fromString": orNull(it.FromText, it.HasFrom),
			"to": orNull(it.To, it.To != ""), "toString": orNull(it.ToText, it.HasTo)}
		if it.Custom {
			o["fieldtype"] = "custom"
		}
		if v.edition == Cloud {
			o["fieldId"] = it.FieldID
		}
		return o
	})
}

func orNull(s string, has bool) any {
	if !has {
		return nil
	}
	return s
}

// changelog is expand=changelog: the latest entries first, at most so many.
func (v view) changelog(i *model.Issue, most int) object {
	list := slices.Clone(i.History)
	slices.Reverse(list)
	list = list[:min(most, len(list))]
	return object{"startAt": 0, "maxResults": len(list), "total": len(i.History), "histories": renderAll(list, v.history)}
}

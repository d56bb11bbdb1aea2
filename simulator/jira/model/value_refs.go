package model

import (
	"fmt"
	"slices"
)

// listOf parses an array; an empty one empties the field.
func listOf[T comparable](v any, parse func(any) (T, string)) (any, string) {
	list, isList := v.([]any)
	if !isList {
		return nil, "data was not an array"
	}
	var out []T
	for _, e := range list {
		one, complaint := parse(e)
		if complaint != "" {
			return nil, complaint
		}
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	if len(out) == 0 {
		return nil, ""
	}
	return out, ""
}

// user finds the user a value names: by account id on Cloud, by name on Data Center. "-1" for the assignee is the project's default.
func (t *target) user(v any) (*User, string) {
	id := part(v, "accountId", "id")
	find := t.w.Account
	if t.w.wiki {
		id, find = part(v, "name"), t.w.User
	}
	u := find(id)
	switch {
	case t.field.ID == "assignee" && id == "-1":
		return t.project.Lead, ""
	case u == nil:
		return nil, fmt.Sprintf("Specify a valid value for %s", t.field.ID)
	case t.field.ID == "assignee" && !t.project.May(u, AssignableUser):
		return nil, fmt.Sprintf("User '%s' cannot be assigned issues.", t.w.ID(u))
	}
	return u, ""
}

func (t *target) cascade(v any) (any, string) {
	parent, complaint := oneOf(v, t.options, "Option")
	if complaint != "" {
		return nil, complaint
	}
	m, _ := v.(map[string]any)
	if m["child"] == nil {
		return Cascade{Parent: parent}, ""
	}
	child, complaint := oneOf(m["child"], parent.Children, "Option")
	if complaint != "" {
		return nil, complaint
	}
	return Cascade{parent, child}, ""
}

// parent finds the issue one level up: an epic for standard issues, a standard issue for sub-tasks.
func (t *target) parent(v any) (any, string) {
	name := part(v, "id", "key")
	p := t.w.Issue(name)
	switch {
	case p == nil || !p.Project.May(t.by.User, Browse):
		return nil, "Could not find issue by id or key."
	case p == t.issue || p.Type.Level != t.kind.Level+1:
		return nil, "Given parent work item does not belong to appropriate hierarchy."
	case t.kind.Level < 0 && p.Project != t.project:
		return nil, "Parent and sub-task must be in the same project."
	}
	return p, ""
}

// set sorts strings and drops doubles; nil when empty.
func set(list []string) any {
	slices.Sort(list)
	if list = slices.Compact(list); len(list) == 0 {
		return nil
	}
	return list
}

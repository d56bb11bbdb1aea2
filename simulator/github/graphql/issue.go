package graphql

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/github/model"
)

func (x *execution) issueField(i *model.Issue, field string, args map[string]any, path []any) any {
	switch field {
	case "id":
		return i.NodeID
	case "databaseId":
		return i.ID
	case "fullDatabaseId":
		return strconv.FormatInt(i.ID, 10)
	case "number":
		return i.Number
	case "title":
		return i.Title
	case "body":
		return i.Text()
	case "state":
		return issueState(i)
	case "stateReason":
		return reason(i.Reason, args)
	case "url":
		return x.viewer.HTML(i)
	case "createdAt":
		return i.Created
	case "updatedAt":
		return i.Updated
	case "closedAt":
		return i.Closed
	}
	return x.issueObject(i, field, args, path)
}

// issueObject answers the fields of an issue that are objects themselves.
func (x *execution) issueObject(i *model.Issue, field string, args map[string]any, path []any) any {
	switch field {
	case "author":
		return actor(i.Author)
	case "repository":
		return typed{"Repository", i.Repo}
	case "milestone":
		if i.Milestone == nil {
			return nil
		}
		return typed{"Milestone", i.Milestone}
	case "lastEditedAt", "editor":
		return lastEdit(i.Edits, field)
	}
	return x.issueConnection(i, field, args, path)
}

func (x *execution) issueConnection(i *model.Issue, field string, args map[string]any, path []any) any {
	switch field {
	case "labels":
		return x.connection("LabelConnection", objects("Label", i.Labels), args, path)
	case "assignees":
		return x.connection("UserConnection", objects("User", i.Assignees), args, path)
	case "comments":
		return x.connection("IssueCommentConnection", objects("IssueComment", i.IssueComments(time.Time{})), args, path)
	case "userContentEdits":
		return x.edits(i.Edits, i.NodeID, args, path)
	}
	return x.timeline(i, args, path)
}

func objects[T any](name string, list []T) []any {
	out := make([]any, len(list))
	for k, v := range list {
		out[k] = typed{name, v}
	}
	return out
}

func issueState(i *model.Issue) string {
	if i.Merged != nil {
		return "MERGED"
	}
	return strings.ToUpper(i.State)
}

// reason is why something was closed. That it was a duplicate is told to those alone who ask for that; others, who knew no such
// reason when it came up, are told the other reason for what nobody will do.
func reason(r string, args map[string]any) any {
	switch enabled, _ := args["enableDuplicate"].(bool); {
	case r == "":
		return nil
	case r == "duplicate" && !enabled:
		return "NOT_PLANNED"
	}
	return strings.ToUpper(r)
}

func (x *execution) commentField(c *model.Comment, field string, args map[string]any, path []any) any {
	switch field {
	case "id":
		return c.NodeID
	case "databaseId":
		return c.ID
	case "fullDatabaseId":
		return strconv.FormatInt(c.ID, 10)
	case "body":
		return c.Body
	case "author":
		return actor(c.Author)
	case "url":
		return x.viewer.HTML(c.Issue) + "#issuecomment-" + strconv.FormatInt(c.ID, 10)
	case "createdAt":
		return c.Created
	case "updatedAt":
		return c.Updated
	case "issue":
		return typed{"Issue", c.Issue}
	case "lastEditedAt", "editor":
		return lastEdit(c.Edits, field)
	}
	return x.edits(c.Edits, c.NodeID, args, path)
}

// edit is one version of a text with an id made of its holder's and its place.
type edit struct {
	model.Edit
	id string
}

// edits lists the versions of a text, newest first.
func (x *execution) edits(versions []model.Edit, holder string, args map[string]any, path []any) any {
	var list []edit
	for k, e := range versions {
		list = append(list, edit{e, "UCE_" + holder + "_" + strconv.Itoa(k)})
	}
	slices.Reverse(list)
	return x.connection("UserContentEditConnection", objects("UserContentEdit", list), args, path)
}

func lastEdit(versions []model.Edit, field string) any {
	if len(versions) == 0 {
		return nil
	}
	if field == "editor" {
		return actor(versions[len(versions)-1].Editor)
	}
	return versions[len(versions)-1].At
}

func editField(e edit, field string) any {
	switch field {
	case "id":
		return e.id
	case "createdAt", "updatedAt", "editedAt":
		return e.At
	case "editor":
		return actor(e.Editor)
	case "diff":
		return e.Text
	}
	return nil // deletedAt, deletedBy: nobody deletes a version here
}

// timeline lists an issue's events and comments, oldest first, as itemTypes and since ask.
func (x *execution) timeline(i *model.Issue, args map[string]any, path []any) any {
	since, _ := time.Parse(time.RFC3339, str(args["since"])) // absent or unreadable: from the start
	types, filtered := args["itemTypes"].([]any)
	var items []any
	for _, e := range i.Timeline {
		o, at := timelineObject(e)
		if at.Before(since) || (filtered && !slices.Contains(types, any(itemType(o.name)))) {
			continue
		}
		items = append(items, o)
	}
	return x.connection("IssueTimelineItemsConnection", items, args, path, extra{"updatedAt", i.Updated})
}

func timelineObject(e model.Entry) (typed, time.Time) {
	if e.Comment != nil {
		return typed{"IssueComment", e.Comment}, e.Comment.Created
	}
	name := map[string]string{"renamed": "RenamedTitleEvent"}[e.Event.Kind]
	if name == "" {
		name = strings.ToUpper(e.Event.Kind[:1]) + e.Event.Kind[1:] + "Event"
	}
	return typed{name, e.Event}, e.Event.At
}

// itemType is the name of a type as itemTypes spells it: LabeledEvent is LABELED_EVENT.
func itemType(name string) string {
	var b strings.Builder
	for k, r := range name {
		if k > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}

func eventField(e *model.Event, field string, args map[string]any) any {
	switch field {
	case "id":
		return e.NodeID
	case "createdAt":
		return e.At
	case "actor":
		return actor(e.Actor)
	case "previousTitle":
		return e.From
	case "currentTitle":
		return e.To
	case "milestoneTitle":
		return e.Milestone
	case "label":
		return typed{"Label", e.Label}
	case "assignee":
		return actor(e.Assignee)
	}
	return reason(e.Reason, args)
}

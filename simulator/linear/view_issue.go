package linear

import (
	"strings"

	"github.com/extsync/extsync/simulator/linear/model"
)

func issueFields() fields[*model.Issue] {
	return fields[*model.Issue]{
		"autoArchivedAt":      func(*viewer, *model.Issue) any { return nil },
		"startedAt":           func(_ *viewer, i *model.Issue) any { return deref(i.StartedAt) },
		"completedAt":         func(_ *viewer, i *model.Issue) any { return deref(i.CompletedAt) },
		"canceledAt":          func(_ *viewer, i *model.Issue) any { return deref(i.CanceledAt) },
		"trashed":             func(_ *viewer, i *model.Issue) any { return trashed(i) },
		"identifier":          func(_ *viewer, i *model.Issue) any { return i.Identifier() },
		"previousIdentifiers": func(_ *viewer, i *model.Issue) any { return i.Previous },
		"number":              func(_ *viewer, i *model.Issue) any { return float64(i.Number) },
		"title":               func(_ *viewer, i *model.Issue) any { return i.Title },
		"description":         func(_ *viewer, i *model.Issue) any { return deref(i.Description) },
		"priority":            func(_ *viewer, i *model.Issue) any { return float64(i.Priority) },
		"priorityLabel":       func(_ *viewer, i *model.Issue) any { return i.PriorityLabel() },
		"estimate":            func(_ *viewer, i *model.Issue) any { return deref(i.Estimate) },
		"dueDate":             func(_ *viewer, i *model.Issue) any { return deref(i.DueDate) },
		"sortOrder":           func(_ *viewer, i *model.Issue) any { return i.SortOrder },
		"url":                 func(v *viewer, i *model.Issue) any { return v.world.URL(i) },
		"branchName":          func(_ *viewer, i *model.Issue) any { return branch(i) },
		"team":                func(v *viewer, i *model.Issue) any { return v.showTeam(i.Team) },
		"state":               func(v *viewer, i *model.Issue) any { return v.showState(i.State) },
		"assignee":            func(v *viewer, i *model.Issue) any { return optional(i.Assignee, v.showUser) },
		"creator":             func(v *viewer, i *model.Issue) any { return optional(i.Creator, v.showUser) },
		"botActor":            func(v *viewer, i *model.Issue) any { return v.showBot(i.Creator, i.CreatedAs) },
		"cycle":               func(v *viewer, i *model.Issue) any { return optional(i.Cycle, v.showCycle) },
		"project":             func(v *viewer, i *model.Issue) any { return optional(i.Project, v.showProject) },
		"parent":              func(v *viewer, i *model.Issue) any { return optional(i.Parent, v.showIssue) },
		"labelIds":            func(_ *viewer, i *model.Issue) any { return labelIDs(i.Labels) },
		"labels":              func(v *viewer, i *model.Issue) any { return nodes(i.Labels, v.showLabel) },
		"children":            func(v *viewer, i *model.Issue) any { return nodes(v.world.Children(i), v.showIssue) },
		"comments":            func(v *viewer, i *model.Issue) any { return nodes(v.world.CommentsOf(i), v.showComment) },
		"attachments":         func(v *viewer, i *model.Issue) any { return nodes(i.Attachments, v.showAttachment) },
		"subscribers":         func(v *viewer, i *model.Issue) any { return v.people(i.Subscribers) },
		"history":             func(v *viewer, i *model.Issue) any { return nodes(i.History, v.showEntry) },
	}
}

func trashed(i *model.Issue) any {
	if i.Trashed {
		return true
	}
	return nil
}

func branch(i *model.Issue) string { return strings.ToLower(i.Identifier()) }

func labelIDs(labels []*model.Label) []string {
	out := make([]string, 0, len(labels))
	for _, l := range labels {
		out = append(out, l.ID)
	}
	return out
}

func commentFields() fields[*model.Comment] {
	return fields[*model.Comment]{
		"editedAt":   func(_ *viewer, c *model.Comment) any { return deref(c.EditedAt) },
		"resolvedAt": func(_ *viewer, c *model.Comment) any { return deref(c.Resolved) },
		"body":       func(_ *viewer, c *model.Comment) any { return c.Body },
		"quotedText": func(_ *viewer, c *model.Comment) any { return deref(c.Quoted) },
		"url":        func(v *viewer, c *model.Comment) any { return v.commentURL(c) },
		"user":       func(v *viewer, c *model.Comment) any { return optional(c.User, v.showUser) },
		"botActor":   func(v *viewer, c *model.Comment) any { return v.showBot(c.User, c.As) },
		"issue":      func(v *viewer, c *model.Comment) any { return v.showIssue(c.Issue) },
		"issueId":    func(_ *viewer, c *model.Comment) any { return c.Issue.ID },
		"parent":     func(v *viewer, c *model.Comment) any { return optional(parentOf(c), v.showComment) },
		"parentId": func(_ *viewer, c *model.Comment) any {
			if p := parentOf(c); p != nil {
				return p.ID
			}
			return nil
		},
		"children": func(v *viewer, c *model.Comment) any {
			var out []node
			for _, a := range v.world.CommentsOf(c.Issue) {
				if a.Parent != nil && a.Parent.ID == c.ID {
					out = append(out, v.showComment(a))
				}
			}
			return out
		},
	}
}

// parentOf is what a comment answers; nil when that was deleted.
func parentOf(c *model.Comment) *model.Comment {
	if c.Parent == nil || c.Parent.Deleted {
		return nil
	}
	return c.Parent
}

func (v *viewer) commentURL(c *model.Comment) string {
	return v.world.URL(c.Issue) + "#comment-" + c.ID[:8]
}

func attachmentFields() fields[*model.Attachment] {
	return fields[*model.Attachment]{
		"url":           func(_ *viewer, a *model.Attachment) any { return a.URL },
		"title":         func(_ *viewer, a *model.Attachment) any { return a.Title },
		"subtitle":      func(_ *viewer, a *model.Attachment) any { return deref(a.Subtitle) },
		"metadata":      func(_ *viewer, a *model.Attachment) any { return a.Metadata },
		"source":        func(*viewer, *model.Attachment) any { return nil },
		"sourceType":    func(*viewer, *model.Attachment) any { return nil },
		"groupBySource": func(_ *viewer, a *model.Attachment) any { return a.GroupBySource },
		"creator":       func(v *viewer, a *model.Attachment) any { return optional(a.Creator, v.showUser) },
		"issue":         func(v *viewer, a *model.Attachment) any { return v.showIssue(a.Issue) },
	}
}

package linear

import (
	"time"

	"github.com/extsync/extsync/simulator/linear/model"
)

// payload is the body of a webhook but its time, and the id of its subject.
// Source: linear.app/developers/webhooks, "The webhook payload".
func (s *Sim) payload(h *hook, n model.Notice) (map[string]any, string) {
	data, url := s.data(n)
	p := map[string]any{"action": n.Action, "type": n.Type, "data": data, "url": url, "actor": s.actor(n.Actor),
		"createdAt": iso(s.world.Now()), "organizationId": s.world.Organization.ID, "webhookId": h.ID}
	if n.Action == "update" {
		before := map[string]any{}
		for k, v := range n.Before {
			before[k] = jsonValue(v)
		}
		p["updatedFrom"] = before
	}
	subject, _ := data["id"].(string)
	return p, subject
}

func (s *Sim) data(n model.Notice) (data map[string]any, url string) {
	switch n.Type {
	case "Issue":
		return s.issueData(n.Issue), s.world.URL(n.Issue)
	case "Comment":
		return s.commentData(n.Comment), s.world.URL(n.Issue) + "#comment-" + n.Comment.ID[:8]
	case "Attachment":
		return s.attachmentData(n.Attachment), n.Attachment.URL
	}
	return labelData(n.Label), "https://linear.app/" + s.world.Organization.URLKey + "/settings/labels"
}

func (s *Sim) actor(a model.Actor) map[string]any {
	if a.User.App {
		return map[string]any{"id": a.User.ID, "name": a.User.Name, "type": "OauthClient"}
	}
	out := s.person(a.User)
	out["type"] = "user"
	return out
}

func (s *Sim) person(u *model.User) map[string]any {
	return map[string]any{"id": u.ID, "name": u.Name, "email": u.Email,
		"url": "https://linear.app/" + s.world.Organization.URLKey + "/profiles/" + u.DisplayName}
}

func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// jsonValue shows moments as Linear does.
func jsonValue(v any) any {
	switch v := v.(type) {
	case time.Time:
		return iso(v)
	case *time.Time:
		if v == nil {
			return nil
		}
		return iso(*v)
	}
	return v
}

// base is what every entity has.
func base(m model.Meta) map[string]any {
	return map[string]any{"id": m.ID, "createdAt": iso(m.CreatedAt), "updatedAt": iso(m.UpdatedAt), "archivedAt": jsonValue(m.ArchivedAt)}
}

func (s *Sim) issueData(i *model.Issue) map[string]any {
	d := base(i.Meta)
	labels := make([]any, 0, len(i.Labels))
	for _, l := range i.Labels {
		labels = append(labels, map[string]any{"id": l.ID, "name": l.Name, "color": l.Color, "parentId": parentID(l.Parent)})
	}
	subscribers := make([]string, 0, len(i.Subscribers))
	for _, u := range i.Subscribers {
		subscribers = append(subscribers, u.ID)
	}
	previous := append([]string{}, i.Previous...)
	for k, v := range map[string]any{
		"identifier": i.Identifier(), "previousIdentifiers": previous, "number": float64(i.Number), "title": i.Title,
		"description": deref(i.Description), "priority": float64(i.Priority), "priorityLabel": i.PriorityLabel(),
		"prioritySortOrder": i.SortOrder, "sortOrder": i.SortOrder, "estimate": deref(i.Estimate), "dueDate": deref(i.DueDate),
		"labelIds": labelIDs(i.Labels), "labels": labels, "subscriberIds": subscribers, "reactionData": []any{},
		"startedAt": jsonValue(i.StartedAt), "completedAt": jsonValue(i.CompletedAt), "canceledAt": jsonValue(i.CanceledAt),
		"trashed": trashed(i), "url": s.world.URL(i), "teamId": i.Team.ID, "team": teamData(i.Team), "stateId": i.State.ID,
		"state": map[string]any{"id": i.State.ID, "name": i.State.Name, "type": i.State.Type, "color": i.State.Color},
	} {
		d[k] = v
	}
	s.relate(d, i)
	return d
}

// relate adds what an issue may be tied to; what is not there is not in the payload.
func (s *Sim) relate(d map[string]any, i *model.Issue) {
	if i.Assignee != nil {
		d["assigneeId"], d["assignee"] = i.Assignee.ID, s.person(i.Assignee)
	}
	if i.Creator != nil {
		d["creatorId"], d["creator"] = i.Creator.ID, s.person(i.Creator)
	}
	if i.Cycle != nil {
		d["cycleId"] = i.Cycle.ID
		d["cycle"] = map[string]any{"id": i.Cycle.ID, "number": float64(i.Cycle.Number), "name": deref(i.Cycle.Name),
			"startsAt": iso(i.Cycle.StartsAt), "endsAt": iso(i.Cycle.EndsAt)}
	}
	if i.Project != nil {
		d["projectId"] = i.Project.ID
		d["project"] = map[string]any{"id": i.Project.ID, "name": i.Project.Name,
			"url": "https://linear.app/" + s.world.Organization.URLKey + "/project/" + i.Project.ID[:12]}
	}
	if i.Parent != nil {
		d["parentId"] = i.Parent.ID
	}
}

func teamData(t *model.Team) map[string]any {
	return map[string]any{"id": t.ID, "key": t.Key, "name": t.Name}
}

func parentID(l *model.Label) any {
	if l == nil {
		return nil
	}
	return l.ID
}

func (s *Sim) commentData(c *model.Comment) map[string]any {
	d, i := base(c.Meta), c.Issue
	d["body"], d["issueId"], d["reactionData"] = c.Body, i.ID, []any{}
	d["issue"] = map[string]any{"id": i.ID, "identifier": i.Identifier(), "title": i.Title, "url": s.world.URL(i), "teamId": i.Team.ID,
		"team": teamData(i.Team)}
	d["editedAt"], d["resolvedAt"], d["quotedText"] = jsonValue(c.EditedAt), jsonValue(c.Resolved), deref(c.Quoted)
	if c.User != nil {
		d["userId"], d["user"] = c.User.ID, s.person(c.User)
	}
	if c.Parent != nil {
		d["parentId"] = c.Parent.ID
	}
	return d
}

func (s *Sim) attachmentData(a *model.Attachment) map[string]any {
	d := base(a.Meta)
	d["issueId"], d["url"], d["title"], d["subtitle"] = a.Issue.ID, a.URL, a.Title, deref(a.Subtitle)
	d["metadata"], d["groupBySource"] = a.Metadata, a.GroupBySource
	if a.Creator != nil {
		d["creatorId"] = a.Creator.ID
	}
	return d
}

func labelData(l *model.Label) map[string]any {
	d := base(l.Meta)
	d["name"], d["color"], d["description"], d["isGroup"], d["parentId"] = l.Name, l.Color, deref(l.Description), l.Group, parentID(l.Parent)
	if l.Team != nil {
		d["teamId"] = l.Team.ID
	}
	if l.Creator != nil {
		d["creatorId"] = l.Creator.ID
	}
	return d
}

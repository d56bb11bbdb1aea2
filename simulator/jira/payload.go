package jira

import (
	"strconv"

	"github.com/extsync/extsync/simulator/jira/model"
)

// payload is the body of a webhook: REST v2 shapes, rich text as wiki markup, times in the site's zone. Comment events carry a
// reduced issue and no user.
func (s *Sim) payload(n model.Notice) object {
	v := view{world: s.world, edition: s.opts.Edition, base: s.opts.BaseURL, version: "2", wiki: true}
	if s.cause != nil {
		v.base = s.cause.base
	}
	p := object{"timestamp": s.world.Now().UnixMilli(), "webhookEvent": n.Event}
	if n.Type == "" {
		p["issue"] = v.issue(n.Issue, selection{named: []string{"summary", "issuetype", "project", "assignee", "priority", "status"}})
	} else {
		p["issue_event_type_name"], p["user"] = n.Type, v.person(n.User)
		p["issue"] = v.issue(n.Issue, selection{all: true, excluded: []string{"comment"}})
	}
	if n.Comment != nil {
		p["comment"] = v.comment(n.Comment)
	}
	if n.History != nil {
		p["changelog"] = object{"id": strconv.FormatInt(n.History.ID, 10), "items": v.items(n.History)}
	}
	return p
}

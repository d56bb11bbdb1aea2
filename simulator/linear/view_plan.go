package linear

import (
	"slices"

	"github.com/extsync/extsync/simulator/linear/model"
)

func organizationFields() fields[*model.Organization] {
	return fields[*model.Organization]{
		"name":   func(_ *viewer, o *model.Organization) any { return o.Name },
		"urlKey": func(_ *viewer, o *model.Organization) any { return o.URLKey },
		"teams":  func(v *viewer, _ *model.Organization) any { return v.allTeams() },
		"labels": func(v *viewer, _ *model.Organization) any { return v.labelsOf(nil) },
		"users":  func(v *viewer, _ *model.Organization) any { return v.people(v.world.Users()) },
	}
}

func userFields() fields[*model.User] {
	return fields[*model.User]{
		"name":         func(_ *viewer, u *model.User) any { return u.Name },
		"displayName":  func(_ *viewer, u *model.User) any { return u.DisplayName },
		"email":        func(_ *viewer, u *model.User) any { return u.Email },
		"active":       func(_ *viewer, u *model.User) any { return u.Active },
		"admin":        func(_ *viewer, u *model.User) any { return u.Admin },
		"app":          func(_ *viewer, u *model.User) any { return u.App },
		"guest":        func(_ *viewer, u *model.User) any { return u.Guest },
		"isMe":         func(v *viewer, u *model.User) any { return u == v.user },
		"isAssignable": func(_ *viewer, u *model.User) any { return u.Active && !u.App },
		"avatarUrl":    func(*viewer, *model.User) any { return nil },
		"url": func(v *viewer, u *model.User) any {
			return "https://linear.app/" + v.world.Organization.URLKey + "/profiles/" + u.DisplayName
		},
		"organization": func(v *viewer, _ *model.User) any { return v.showOrganization() },
		"teams": func(v *viewer, u *model.User) any {
			return nodes(v.teams(func(t *model.Team) bool { return slices.Contains(t.Members, u) }), v.showTeam)
		},
	}
}

func teamFields() fields[*model.Team] {
	return fields[*model.Team]{
		"key":               func(_ *viewer, t *model.Team) any { return t.Key },
		"name":              func(_ *viewer, t *model.Team) any { return t.Name },
		"displayName":       func(_ *viewer, t *model.Team) any { return t.Name },
		"description":       func(*viewer, *model.Team) any { return nil },
		"color":             func(*viewer, *model.Team) any { return nil },
		"visibility":        func(_ *viewer, t *model.Team) any { return visibility(t) },
		"timezone":          func(*viewer, *model.Team) any { return "Etc/UTC" },
		"cyclesEnabled":     func(v *viewer, t *model.Team) any { return len(v.cyclesOf(t)) > 0 },
		"triageEnabled":     func(_ *viewer, t *model.Team) any { return t.Triage },
		"defaultIssueState": func(v *viewer, t *model.Team) any { return optional(t.DefaultState, v.showState) },
		"triageIssueState": func(v *viewer, t *model.Team) any {
			return optional(v.world.StateNamed(t, "Triage"), v.showState)
		},
		"defaultIssueEstimate":    func(*viewer, *model.Team) any { return 1.0 },
		"issueEstimationType":     func(_ *viewer, t *model.Team) any { return t.EstimateType },
		"issueEstimationExtended": func(_ *viewer, t *model.Team) any { return t.EstimateMore },
		"issueEstimationAllowZero": func(_ *viewer, t *model.Team) any {
			return t.EstimateZero
		},
		"activeCycle":  func(v *viewer, t *model.Team) any { return v.activeCycle(t) },
		"organization": func(v *viewer, _ *model.Team) any { return v.showOrganization() },
		"states":       func(v *viewer, t *model.Team) any { return nodes(v.world.States(t), v.showState) },
		"labels":       func(v *viewer, t *model.Team) any { return v.labelsOf(t) },
		"cycles":       func(v *viewer, t *model.Team) any { return v.cyclesOf(t) },
		"projects":     func(v *viewer, t *model.Team) any { return v.projectsOf(t) },
		"members":      func(v *viewer, t *model.Team) any { return v.people(t.Members) },
		"issues":       func(v *viewer, t *model.Team) any { return v.issuesOf(t) },
		"issueCount":   func(v *viewer, t *model.Team) any { return byArgs(v.issueCount(t)) },
	}
}

func visibility(t *model.Team) string {
	if t.Private {
		return "private"
	}
	return "public"
}

func (v *viewer) activeCycle(t *model.Team) any {
	now := v.world.Now()
	for _, c := range v.world.Cycles() {
		if c.Team == t && !now.Before(c.StartsAt) && now.Before(c.EndsAt) {
			return v.showCycle(c)
		}
	}
	return nil
}

func (v *viewer) issueCount(t *model.Team) func(map[string]any) any {
	return func(args map[string]any) any {
		n := 0
		for _, i := range v.world.Issues() {
			if i.Team == t && (args["includeArchived"] == true || i.ArchivedAt == nil) {
				n++
			}
		}
		return n
	}
}

func stateFields() fields[*model.State] {
	return fields[*model.State]{
		"name":        func(_ *viewer, s *model.State) any { return s.Name },
		"type":        func(_ *viewer, s *model.State) any { return s.Type },
		"color":       func(_ *viewer, s *model.State) any { return s.Color },
		"description": func(_ *viewer, s *model.State) any { return deref(s.Description) },
		"position":    func(_ *viewer, s *model.State) any { return s.Position },
		"team":        func(v *viewer, s *model.State) any { return v.showTeam(s.Team) },
	}
}

func labelFields() fields[*model.Label] {
	return fields[*model.Label]{
		"retiredAt":   func(*viewer, *model.Label) any { return nil },
		"name":        func(_ *viewer, l *model.Label) any { return l.Name },
		"color":       func(_ *viewer, l *model.Label) any { return l.Color },
		"description": func(_ *viewer, l *model.Label) any { return deref(l.Description) },
		"isGroup":     func(_ *viewer, l *model.Label) any { return l.Group },
		"parent":      func(v *viewer, l *model.Label) any { return optional(l.Parent, v.showLabel) },
		"team":        func(v *viewer, l *model.Label) any { return optional(l.Team, v.showTeam) },
		"creator":     func(v *viewer, l *model.Label) any { return optional(l.Creator, v.showUser) },
		"children": func(v *viewer, l *model.Label) any {
			return v.labels(func(c *model.Label) bool { return c.Parent == l })
		},
	}
}

func cycleFields() fields[*model.Cycle] {
	return fields[*model.Cycle]{
		"number":      func(_ *viewer, c *model.Cycle) any { return float64(c.Number) },
		"name":        func(_ *viewer, c *model.Cycle) any { return deref(c.Name) },
		"description": func(_ *viewer, c *model.Cycle) any { return deref(c.Description) },
		"startsAt":    func(_ *viewer, c *model.Cycle) any { return c.StartsAt },
		"endsAt":      func(_ *viewer, c *model.Cycle) any { return c.EndsAt },
		"completedAt": func(_ *viewer, c *model.Cycle) any { return deref(c.CompletedAt) },
		"isFuture":    func(v *viewer, c *model.Cycle) any { return v.world.Now().Before(c.StartsAt) },
		"isPast":      func(v *viewer, c *model.Cycle) any { return !v.world.Now().Before(c.EndsAt) },
		"isActive": func(v *viewer, c *model.Cycle) any {
			return !v.world.Now().Before(c.StartsAt) && v.world.Now().Before(c.EndsAt)
		},
		"team": func(v *viewer, c *model.Cycle) any { return v.showTeam(c.Team) },
	}
}

func projectFields() fields[*model.Project] {
	return fields[*model.Project]{
		"name":        func(_ *viewer, p *model.Project) any { return p.Name },
		"slugId":      func(_ *viewer, p *model.Project) any { return p.ID[:12] },
		"description": func(_ *viewer, p *model.Project) any { return p.Description },
		"content":     func(_ *viewer, p *model.Project) any { return deref(p.Content) },
		"color":       func(_ *viewer, p *model.Project) any { return p.Color },
		"url":         func(v *viewer, p *model.Project) any { return v.projectURL(p) },
		"trashed":     func(*viewer, *model.Project) any { return nil },
		"completedAt": func(*viewer, *model.Project) any { return nil },
		"canceledAt":  func(*viewer, *model.Project) any { return nil },
		"startDate":   func(_ *viewer, p *model.Project) any { return deref(p.StartDate) },
		"targetDate":  func(_ *viewer, p *model.Project) any { return deref(p.TargetDate) },
		"status": func(v *viewer, p *model.Project) any {
			return record{v, "ProjectStatus", map[string]any{"id": "status-" + p.Status, "name": p.Status, "type": p.Status, "color": p.Color}}
		},
		"creator": func(v *viewer, p *model.Project) any { return optional(p.Creator, v.showUser) },
		"lead":    func(v *viewer, p *model.Project) any { return optional(p.Lead, v.showUser) },
		"teams":   func(v *viewer, p *model.Project) any { return nodes(p.Teams, v.showTeam) },
	}
}

func (v *viewer) projectURL(p *model.Project) string {
	return "https://linear.app/" + v.world.Organization.URLKey + "/project/" + p.ID[:12]
}

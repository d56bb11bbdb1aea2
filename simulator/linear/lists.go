package linear

import "github.com/extsync/extsync/simulator/linear/model"

// The lists below hold what the caller sees, by age, whatever is archived included.

// pick shows the items that pass.
func pick[T any](list []T, keep func(T) bool, show func(T) node) []node {
	out := make([]node, 0, len(list))
	for _, item := range list {
		if keep(item) {
			out = append(out, show(item))
		}
	}
	return out
}

func (v *viewer) teams(keep func(*model.Team) bool) []*model.Team {
	var out []*model.Team
	for _, t := range v.world.Teams() {
		if v.sees(t) && keep(t) {
			out = append(out, t)
		}
	}
	return out
}

func (v *viewer) allTeams() []node { return pick(v.world.Teams(), v.sees, v.showTeam) }

func (v *viewer) allUsers() []node { return v.people(v.world.Users()) }

func (v *viewer) people(list []*model.User) []node { return nodes(list, v.showUser) }

func (v *viewer) allStates() []node {
	return pick(v.world.States(nil), func(s *model.State) bool { return v.sees(s.Team) }, v.showState)
}

func (v *viewer) labels(keep func(*model.Label) bool) []node {
	return pick(v.world.Labels(), func(l *model.Label) bool { return (l.Team == nil || v.sees(l.Team)) && keep(l) }, v.showLabel)
}

func (v *viewer) allLabels() []node { return v.labels(func(*model.Label) bool { return true }) }

// labelsOf are the labels of a team itself; of the workspace for nil.
func (v *viewer) labelsOf(t *model.Team) []node {
	return v.labels(func(l *model.Label) bool { return l.Team == t })
}

func (v *viewer) allCycles() []node {
	return pick(v.world.Cycles(), func(c *model.Cycle) bool { return v.sees(c.Team) }, v.showCycle)
}

func (v *viewer) cyclesOf(t *model.Team) []node {
	return pick(v.world.Cycles(), func(c *model.Cycle) bool { return c.Team == t }, v.showCycle)
}

func (v *viewer) allProjects() []node {
	return pick(v.world.Projects(), func(p *model.Project) bool {
		for _, t := range p.Teams {
			if v.sees(t) {
				return true
			}
		}
		return false
	}, v.showProject)
}

func (v *viewer) projectsOf(t *model.Team) []node {
	return pick(v.world.Projects(), func(p *model.Project) bool { return p.Serves(t) }, v.showProject)
}

func (v *viewer) allIssues() []node {
	return pick(v.world.Issues(), func(i *model.Issue) bool { return v.sees(i.Team) }, v.showIssue)
}

func (v *viewer) issuesOf(t *model.Team) []node {
	return pick(v.world.Issues(), func(i *model.Issue) bool { return i.Team == t }, v.showIssue)
}

func (v *viewer) allComments() []node {
	return pick(v.world.Comments(), func(c *model.Comment) bool { return v.sees(c.Issue.Team) }, v.showComment)
}

func (v *viewer) allAttachments() []node {
	return pick(v.world.Attachments(), func(a *model.Attachment) bool { return v.sees(a.Issue.Team) }, v.showAttachment)
}

func (v *viewer) allHooks() []node { return nodes(v.s.hooks, v.showHook) }

func (v *viewer) allEntries() []node {
	var out []node
	for _, i := range v.world.Issues() {
		if v.sees(i.Team) {
			out = append(out, nodes(i.History, v.showEntry)...)
		}
	}
	return out
}

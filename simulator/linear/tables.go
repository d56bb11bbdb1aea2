package linear

import "github.com/extsync/extsync/simulator/linear/model"

// tables say how each type answers its fields.
type tables struct {
	organization fields[*model.Organization]
	user         fields[*model.User]
	team         fields[*model.Team]
	state        fields[*model.State]
	label        fields[*model.Label]
	cycle        fields[*model.Cycle]
	project      fields[*model.Project]
	issue        fields[*model.Issue]
	entry        fields[*model.Entry]
	comment      fields[*model.Comment]
	attachment   fields[*model.Attachment]
	hook         fields[*hook]
	queries      map[string]query
	mutations    map[string]mutation
}

func newTables() *tables {
	return &tables{
		organization: organizationFields(), user: userFields(), team: teamFields(), state: stateFields(), label: labelFields(),
		cycle: cycleFields(), project: projectFields(), issue: issueFields(), entry: entryFields(), comment: commentFields(),
		attachment: attachmentFields(), hook: hookFields(), queries: queries(), mutations: mutations(),
	}
}

func (v *viewer) showUser(u *model.User) node {
	return entity[*model.User]{v, "User", v.tables.user, u, &u.Meta}
}

func (v *viewer) showTeam(t *model.Team) node {
	return entity[*model.Team]{v, "Team", v.tables.team, t, &t.Meta}
}

func (v *viewer) showState(s *model.State) node {
	return entity[*model.State]{v, "WorkflowState", v.tables.state, s, &s.Meta}
}

func (v *viewer) showLabel(l *model.Label) node {
	return entity[*model.Label]{v, "IssueLabel", v.tables.label, l, &l.Meta}
}

func (v *viewer) showCycle(c *model.Cycle) node {
	return entity[*model.Cycle]{v, "Cycle", v.tables.cycle, c, &c.Meta}
}

func (v *viewer) showProject(p *model.Project) node {
	return entity[*model.Project]{v, "Project", v.tables.project, p, &p.Meta}
}

func (v *viewer) showIssue(i *model.Issue) node {
	return entity[*model.Issue]{v, "Issue", v.tables.issue, i, &i.Meta}
}

func (v *viewer) showEntry(e *model.Entry) node {
	return entity[*model.Entry]{v, "IssueHistory", v.tables.entry, e, &e.Meta}
}

func (v *viewer) showComment(c *model.Comment) node {
	return entity[*model.Comment]{v, "Comment", v.tables.comment, c, &c.Meta}
}

func (v *viewer) showAttachment(a *model.Attachment) node {
	return entity[*model.Attachment]{v, "Attachment", v.tables.attachment, a, &a.Meta}
}

func (v *viewer) showHook(h *hook) node {
	return entity[*hook]{v, "Webhook", v.tables.hook, h, &h.Meta}
}

func (v *viewer) showOrganization() node {
	o := v.world.Organization
	return entity[*model.Organization]{v, "Organization", v.tables.organization, o, &o.Meta}
}

// showBot shows in whose name an app acted; nil for people.
func (v *viewer) showBot(app *model.User, as string) any {
	if app == nil || !app.App {
		return nil
	}
	return record{v, "ActorBot", map[string]any{"id": app.ID, "name": app.Name, "type": "oauthApp", "userDisplayName": orNil(as)}}
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

package jira

import (
	"slices"
	"strings"

	"github.com/extsync/extsync/simulator/jira/model"
)

// browsable lists the projects the caller may see.
func (c *call) browsable() []*model.Project {
	return slices.DeleteFunc(slices.Clone(c.world.Projects()), func(p *model.Project) bool { return !p.May(c.user, model.Browse) })
}

func listProjects(c *call) (reply, error) {
	list := c.browsable()
	c.objects = len(list)
	return ok(renderAll(list, c.projectRef))
}

func searchProjects(c *call) (reply, error) {
	ids, keys, q := c.list("id"), c.list("keys"), strings.ToLower(c.query.Get("query"))
	list := slices.DeleteFunc(c.browsable(), func(p *model.Project) bool {
		switch {
		case len(ids) > 0 && !slices.Contains(ids, p.ID):
			return true
		case len(keys) > 0 && !slices.Contains(keys, p.Key):
			return true
		}
		return !strings.Contains(strings.ToLower(p.Key+"\n"+p.Name), q)
	})
	expand := c.list("expand")
	return pageBean(c, list, 50, 100, func(p *model.Project) object {
		o := c.projectRef(p)
		c.cloudParts(o, p)
		if slices.Contains(expand, "issueTypes") {
			o["issueTypes"] = renderAll(p.Types, c.issueType)
		}
		if slices.Contains(expand, "lead") {
			o["lead"] = c.person(p.Lead)
		}
		return o
	})
}

func getProject(c *call) (reply, error) {
	p, err := c.project()
	if err != nil {
		return reply{}, err
	}
	c.objects = 1
	return ok(c.view.project(p))
}

func getProjectStatuses(c *call) (reply, error) {
	p, err := c.project()
	if err != nil {
		return reply{}, err
	}
	return ok(renderAll(p.Types, func(t *model.IssueType) object {
		return object{"self": c.api("issuetype", t.ID), "id": t.ID, "name": t.Name, "subtask": t.Level < 0,
			"statuses": renderAll(p.Workflow(t).Bound(), c.status)}
	}))
}

func listPriorities(c *call) (reply, error) { return ok(renderAll(c.world.Priority, c.priority)) }

func searchPriorities(c *call) (reply, error) {
	return pageBean(c, c.world.Priority, 50, 50, func(n *model.Named) object {
		o := c.priority(n)
		o["description"], o["isDefault"], o["statusColor"] = "", n.Name == "Medium", "#ea7d24"
		return o
	})
}

func listResolutions(c *call) (reply, error) { return ok(renderAll(c.world.Outcomes, c.resolution)) }

func searchResolutions(c *call) (reply, error) {
	return pageBean(c, c.world.Outcomes, 50, 50, func(n *model.Named) object {
		o := c.resolution(n)
		o["default"] = false
		return o
	})
}

func listStatuses(c *call) (reply, error) { return ok(renderAll(c.world.Statuses(), c.status)) }

func listIssueTypes(c *call) (reply, error) { return ok(renderAll(c.world.Types(), c.issueType)) }

func listLabels(c *call) (reply, error) {
	return pageBean(c, c.world.AllLabels(c.user), 1000, 1000, func(l string) string { return l })
}

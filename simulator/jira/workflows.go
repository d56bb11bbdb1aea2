package jira

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"

	"github.com/extsync/extsync/simulator/jira/model"
)

// Answers about workflows have the shape of the documentation, which the description at hand leaves out.
// Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/, "Bulk get workflows".

// workflowsRequest asks for the workflows of issue types in projects.
type workflowsRequest struct {
	Pairs []struct {
		Project string `json:"projectId"`
		Type    string `json:"issueTypeId"`
	} `json:"projectAndIssueTypes"`
}

// readWorkflows tells the workflows to those who administer the project. The older form of transitions, from and to, is told with
// useTransitionLinksFormat=false.
func readWorkflows(c *call) (reply, error) {
	var in workflowsRequest
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if len(in.Pairs) == 0 {
		return reply{}, model.Refuse(http.StatusBadRequest, "Provide at least one workflow to read.")
	}
	var flows []*model.Workflow
	for _, pair := range in.Pairs {
		p := c.world.Project(pair.Project)
		if p == nil || !p.May(c.user, model.Browse) {
			return reply{}, model.Refuse(http.StatusBadRequest, "The project with ID %s does not exist.", pair.Project)
		}
		if !p.May(c.user, model.AdministerProject) {
			return reply{}, model.Refuse(http.StatusForbidden, "You do not have permission to read the workflows of this project.")
		}
		t := p.Type(pair.Type, "")
		if pair.Type == "" || t == nil {
			return reply{}, model.Refuse(http.StatusBadRequest, "The issue type with ID %s does not exist in the project.", pair.Type)
		}
		if f := p.Workflow(t); !slices.Contains(flows, f) {
			flows = append(flows, f)
		}
	}
	return ok(c.workflows(flows))
}

func (c *call) workflows(flows []*model.Workflow) object {
	var statuses []*model.Named
	for _, f := range flows {
		for _, s := range f.Bound() {
			if !slices.Contains(statuses, s) {
				statuses = append(statuses, s)
			}
		}
	}
	links := c.query.Get("useTransitionLinksFormat") != "false"
	return object{
		"statuses": renderAll(statuses, func(s *model.Named) object {
			return object{"id": s.ID, "name": s.Name, "description": "", "statusReference": s.ID, "scope": global(), "statusCategory": workflowCategory(s.Category)}
		}),
		"workflows": renderAll(flows, func(f *model.Workflow) object { return c.workflow(f, links) }),
	}
}

func global() object { return object{"type": "GLOBAL"} }

// workflowCategory is how answers about workflows call a category.
func workflowCategory(k model.Category) string {
	return map[model.Category]string{model.ToDo: "TODO", model.InProgress: "IN_PROGRESS", model.Done: "DONE"}[k]
}

func (c *call) workflow(f *model.Workflow, links bool) object {
	bound := f.Bound()
	transitions := []object{firstOf(bound[0], links)}
	for k := range f.Transitions {
		transitions = append(transitions, c.workflowTransition(&f.Transitions[k], bound, links))
	}
	return object{
		"id": uuidOf("workflow " + f.Name), "name": f.Name, "description": "", "isEditable": true, "scope": global(),
		"version": object{"id": uuidOf("version of " + f.Name), "versionNumber": 1}, "transitions": transitions,
		"statuses": renderAll(bound, func(s *model.Named) object {
			properties := object{}
			if f.Locks(s) {
				properties["jira.issue.editable"] = "false"
			}
			return object{"statusReference": s.ID, "deprecated": false, "properties": properties}
		}),
	}
}

// firstOf is the transition that makes an issue.
func firstOf(s *model.Named, links bool) object {
	o := bareTransition("1", "Create", "INITIAL", s, nil, links)
	o["validators"] = []object{{"ruleKey": "system:check-permission-validator", "parameters": object{"permissionKey": "CREATE_ISSUES"}}}
	return o
}

func bareTransition(id, name, kind string, to *model.Named, from []*model.Named, links bool) object {
	o := object{"id": id, "name": name, "description": "", "type": kind, "actions": []object{}, "validators": []object{}, "triggers": []object{}, "properties": object{}}
	if links {
		o["toStatusReference"] = to.ID
		o["links"] = renderAll(from, func(s *model.Named) object { return object{"fromPort": 0, "fromStatusReference": s.ID, "toPort": 1} })
		return o
	}
	o["to"] = object{"statusReference": to.ID, "port": 1}
	o["from"] = renderAll(from, func(s *model.Named) object { return object{"statusReference": s.ID, "port": 0} })
	return o
}

func (c *call) workflowTransition(t *model.Transition, bound []*model.Named, links bool) object {
	kind := "DIRECTED"
	if t.Global() {
		kind = "GLOBAL"
	}
	from := slices.DeleteFunc(slices.Clone(bound), func(s *model.Named) bool { return !slices.Contains(t.From, s.Name) })
	o := bareTransition(t.ID(), t.Name, kind, t.Target(), from, links)
	if len(t.Fields()) > 0 {
		o["transitionScreen"] = object{"ruleKey": "system:transition-screen", "parameters": object{"screenId": fmt.Sprint(numberOf(t.Name))}}
	}
	if len(t.Required) > 0 {
		o["validators"] = renderAll(t.Required, func(f string) object {
			return object{"ruleKey": "system:validate-field-value", "parameters": object{"ruleType": "fieldRequired", "fieldsRequired": c.world.Field(f).ID}}
		})
	}
	if len(t.Only)+len(t.Except) > 0 {
		o["conditions"] = object{"operation": "ALL", "conditionGroups": []object{}, "conditions": []object{{"ruleKey": "system:restrict-issue-transition", "parameters": object{}}}}
	}
	if t.Resolution != "" {
		o["actions"] = []object{{"ruleKey": "system:update-field", "parameters": object{"field": "resolution", "value": t.Resolution}}}
	}
	return o
}

// uuidOf makes an id in the shape of a UUID, the same for the same name.
func uuidOf(name string) string {
	h := fnv.New128a()
	h.Write([]byte(name))
	s := fmt.Sprintf("%x", h.Sum(nil))
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:32]
}

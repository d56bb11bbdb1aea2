package jira_test

import (
	"fmt"
	"testing"

	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

// told asks for the workflow of the first issue type of a project.
func (w *world) told(status int, p *jira.Project, query string) answer {
	w.Helper()
	types := w.must(200, "GET", "issue/createmeta/"+p.Key()+"/issuetypes", nil)
	return w.must(status, "POST", "workflows"+query, object{"projectAndIssueTypes": []any{object{"projectId": p.ID(), "issueTypeId": types.str("issueTypes.0.id")}}})
}

// TestWorkflowsAreToldToAdministrators in both forms of transitions: with what leads where, and what may hinder it.
func TestWorkflowsAreToldToAdministrators(t *testing.T) {
	w := newWorld(t)
	flow := model.ReviewWorkflow()
	flow.Transitions = append(flow.Transitions, model.Transition{Name: "Anytime", To: "Done", Except: []string{"ada"}})
	flow.Locked = []string{"Done"}
	p := w.project(model.ProjectSpec{Key: "WFL", Workflow: flow})
	w.told(403, p, "")
	if err := p.Grant("bot", model.AdministerProject); err != nil {
		t.Fatal(err)
	}
	a := w.told(200, p, "")
	names := map[string]string{}
	for k := range a.list("statuses") {
		names[a.str(fmt.Sprintf("statuses.%d.statusReference", k))] = a.str(fmt.Sprintf("statuses.%d.name", k))
	}
	for at, want := range map[string]any{
		"workflows.0.transitions.0.type": "INITIAL", "workflows.0.transitions.1.type": "DIRECTED", "workflows.0.transitions.7.type": "GLOBAL",
		"workflows.0.transitions.1.transitionScreen": nil, "workflows.0.transitions.5.transitionScreen.ruleKey": "system:transition-screen",
		"workflows.0.transitions.5.validators.0.parameters.fieldsRequired": "resolution", "workflows.0.transitions.7.conditions.operation": "ALL",
		"statuses.3.statusCategory": "DONE",
	} {
		if got := a.get(at); got != want {
			t.Errorf("%s: got %v, want %v", at, got, want)
		}
	}
	if p, _ := a.get("workflows.0.statuses.3.properties").(object); p["jira.issue.editable"] != "false" {
		t.Errorf("a locked status: got %v", p)
	}
	old := w.told(200, p, "?useTransitionLinksFormat=false")
	for n, step := range map[int][2]string{1: {"To Do", "In Progress"}, 5: {"In Review", "Done"}, 7: {"", "Done"}} {
		at := fmt.Sprintf("workflows.0.transitions.%d.", n)
		links := [2]string{names[a.str(at+"links.0.fromStatusReference")], names[a.str(at+"toStatusReference")]}
		from := [2]string{names[old.str(at+"from.0.statusReference")], names[old.str(at+"to.statusReference")]}
		if links != step || from != step {
			t.Errorf("transition %d: told %v and %v, want %v", n, links, from, step)
		}
	}
}

func TestWorkflowsOfWhatIsNotThere(t *testing.T) {
	w := newWorld(t)
	if err := w.abc.Grant("bot", model.AdministerProject); err != nil {
		t.Fatal(err)
	}
	for _, body := range []object{
		{}, {"projectAndIssueTypes": []any{object{"projectId": "1", "issueTypeId": "1"}}},
		{"projectAndIssueTypes": []any{object{"projectId": w.abc.ID(), "issueTypeId": "99999"}}}, {"projectAndIssueTypes": []any{object{"projectId": w.abc.ID()}}},
	} {
		w.must(400, "POST", "workflows", body)
	}
}

package jira_test

import (
	"fmt"
	"testing"

	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

// steps lists the transitions of an issue: name to id.
func (w *world) steps(id string) map[string]string {
	w.Helper()
	a := w.must(200, "GET", "issue/"+id+"/transitions", nil)
	list, _ := a.body["transitions"].([]any)
	out := map[string]string{}
	for k := range list {
		out[a.str(fmt.Sprintf("transitions.%d.name", k))] = a.str(fmt.Sprintf("transitions.%d.id", k))
	}
	return out
}

// step takes an issue along a transition by name.
func (w *world) step(status int, id, name string, fields object) answer {
	w.Helper()
	return w.must(status, "POST", "issue/"+id+"/transitions", object{"transition": object{"id": w.steps(id)[name]}, "fields": fields})
}

func TestTransitionsFollowTheWorkflow(t *testing.T) {
	w := newWorld(t)
	id := w.create(nil)
	if s := w.steps(id); len(s) != 1 || s["Start"] == "" {
		t.Fatalf("from To Do: %v", s)
	}
	accept := "51"
	w.must(400, "POST", "issue/"+id+"/transitions", object{"transition": object{"id": accept}})
	w.must(400, "POST", "issue/"+id+"/transitions", object{})
	w.step(204, id, "Start", nil)
	w.step(400, id, "Ask for review", object{"summary": "not on the screen"})
	w.step(204, id, "Ask for review", nil)
	if a := w.step(400, id, "Accept", nil); a.get("errors.resolution") == nil {
		t.Errorf("a required screen field is asked for: %s", a.raw)
	}
	screen := w.must(200, "GET", "issue/"+id+"/transitions?expand=transitions.fields&transitionId="+accept, nil)
	if screen.get("transitions.0.fields.resolution.required") != true || screen.str("transitions.0.fields.resolution.allowedValues.0.name") != "Done" || screen.get("transitions.0.hasScreen") != true {
		t.Errorf("the screen: %s", screen.raw)
	}
	w.step(204, id, "Accept", object{"resolution": object{"name": "Won't Do"}})
	got := w.must(200, "GET", "issue/"+id, nil)
	if got.str("fields.resolution.name") != "Won't Do" || got.str("fields.resolutiondate") == "" || got.str("fields.status.statusCategory.key") != "done" {
		t.Errorf("done: %v %v", got.get("fields.resolution"), got.get("fields.status"))
	}
	w.step(204, id, "Reopen", nil)
	if r := w.must(200, "GET", "issue/"+id, nil); r.get("fields.resolution") != nil || r.get("fields.resolutiondate") != nil {
		t.Error("reopening clears the resolution")
	}
	if h := w.must(200, "GET", "issue/"+id+"/changelog", nil); h.get("total") != 4.0 {
		t.Errorf("changelog: %v entries", h.get("total"))
	}
}

// TestACreateMayTakeATransitionAlong has no screen for it: what it requires stands among the create's own fields.
func TestACreateMayTakeATransitionAlong(t *testing.T) {
	w := newWorld(t)
	w.project(model.ProjectSpec{Key: "ONE", Workflow: &model.Workflow{
		Statuses: []model.Status{{Name: "Open", Category: model.ToDo}, {Name: "Closed", Category: model.Done}},
		Transitions: []model.Transition{{Name: "Close", From: []string{"Open"}, To: "Closed", Required: []string{"resolution"}},
			{Name: "Drop", From: []string{"Open"}, To: "Closed", Resolution: "Won't Do"}, {Name: "Open again", From: []string{"Closed"}, To: "Open"}}}})
	body := func(transition string) object {
		return object{"fields": object{"project": object{"key": "ONE"}, "issuetype": object{"name": "Task"}, "summary": "x"}, "transition": object{"id": transition}}
	}
	if a := w.must(400, "POST", "issue", body("11")); a.get("errors.resolution") == nil {
		t.Errorf("a required screen field is asked for: %s", a.raw)
	}
	w.must(400, "POST", "issue", body("31"))
	made := w.must(201, "POST", "issue", body("21"))
	if got := w.must(200, "GET", "issue/"+made.str("id"), nil); got.str("fields.status.name") != "Closed" || got.str("fields.resolution.name") != "Won't Do" {
		t.Errorf("made at %q with %q", got.str("fields.status.name"), got.str("fields.resolution.name"))
	}
}

func TestALockedStatusForbidsEditing(t *testing.T) {
	w := newWorld(t)
	flow := model.SimpleWorkflow()
	flow.Locked = []string{"Done"}
	w.project(model.ProjectSpec{Key: "LCK", Workflow: flow})
	id := w.create(object{"project": object{"key": "LCK"}})
	w.step(204, id, "Done", nil)
	for _, body := range []object{{"fields": object{"summary": "x"}}, {"update": object{"labels": []any{object{"add": "x"}}}}} {
		w.must(400, "PUT", "issue/"+id, body)
	}
	w.must(201, "POST", "issue/"+id+"/comment", object{"body": doc("still possible")})
	w.step(204, id, "To Do", nil)
	w.must(204, "PUT", "issue/"+id, object{"fields": object{"summary": "x"}})
}

// TestSimpleWorkflowsResolveByThemselves has what Jira's simplified workflows do on entering and leaving a done status.
func TestSimpleWorkflowsResolveByThemselves(t *testing.T) {
	w := newWorld(t)
	id := w.create(object{"project": object{"key": "OTH"}})
	for _, c := range []struct{ to, resolution string }{{"Done", "Done"}, {"In Progress", ""}, {"Done", "Done"}, {"To Do", ""}} {
		w.step(204, id, c.to, nil)
		if a := w.must(200, "GET", "issue/"+id, nil); a.str("fields.resolution.name") != c.resolution || (a.get("fields.resolutiondate") != nil) != (c.resolution != "") {
			t.Errorf("in %s: resolution %q since %v", c.to, a.str("fields.resolution.name"), a.get("fields.resolutiondate"))
		}
	}
}

func TestConditionsHideTransitions(t *testing.T) {
	w := newWorld(t)
	p := w.project(model.ProjectSpec{Key: "GATE", Workflow: &model.Workflow{
		Statuses: []model.Status{{Name: "Open", Category: model.ToDo}, {Name: "Closed", Category: model.Done}},
		Transitions: []model.Transition{{Name: "Close", To: "Closed", Only: []string{"ada"}}, {Name: "Hold", From: []string{"Open"}, To: "Open", Except: []string{"ada"},
			Screen: []string{"assignee"}}, {Name: "Finish", From: []string{"Open"}, To: "Closed", Resolution: "Duplicate"}},
	}})
	id := w.create(object{"project": object{"key": "GATE"}})
	if s := w.steps(id); len(s) != 2 || s["Close"] != "" {
		t.Errorf("the bot sees %v", s)
	}
	w.as("ada-tok", func() {
		if s := w.steps(id); len(s) != 2 || s["Hold"] != "" {
			t.Errorf("ada sees %v", s)
		}
	})
	w.step(204, id, "Hold", object{"assignee": adaOf(w)})
	w.step(204, id, "Finish", nil)
	if r := w.must(200, "GET", "issue/"+id, nil).str("fields.resolution.name"); r != "Duplicate" {
		t.Errorf("the post function set %q", r)
	}
	if err := p.Revoke("bot", model.TransitionIssues); err != nil {
		t.Fatal(err)
	}
	if s := w.steps(id); len(s) != 0 {
		t.Errorf("without the permission the list is empty, not %v", s)
	}
	w.must(400, "POST", "issue/"+id+"/transitions", object{"transition": object{"id": "31"}})
}

func TestWorkflowsThatMakeNoSense(t *testing.T) {
	w := newWorld(t)
	for reason, flow := range map[string]*model.Workflow{
		"no status":      {},
		"unknown target": {Statuses: []model.Status{{Name: "A"}}, Transitions: []model.Transition{{Name: "x", To: "B"}}},
		"unknown field":  {Statuses: []model.Status{{Name: "A"}}, Transitions: []model.Transition{{Name: "x", To: "A", Required: []string{"nope"}}}},
		"unknown source": {Statuses: []model.Status{{Name: "A"}}, Transitions: []model.Transition{{Name: "x", From: []string{"B"}, To: "A"}}},
	} {
		if _, err := w.sim.AddProject(model.ProjectSpec{Key: "X", Workflow: flow}); err == nil {
			t.Errorf("%s: taken", reason)
		}
	}
	if _, err := w.sim.AddProject(model.ProjectSpec{Key: "ABC"}); err == nil {
		t.Error("a key is taken twice")
	}
	if _, err := w.sim.AddProject(model.ProjectSpec{Key: "Y", Fields: []model.FieldSpec{{Name: "f", Type: "nope"}}}); err == nil {
		t.Error("an unknown field type is taken")
	}
}

func TestAColleagueMovesAnIssueAlong(t *testing.T) {
	w := newWorld(t)
	id := w.create(nil)
	w.act(jira.Act{Login: "ada", Do: "transition", Issue: id, To: "In Progress"})
	w.act(jira.Act{Login: "ada", Do: "assign", Issue: id, To: "ada"})
	w.act(jira.Act{Login: "ada", Do: "label", Issue: id, Names: []string{"x"}})
	w.act(jira.Act{Login: "ada", Do: "edit", Issue: id, Text: ptr("h1. Title"), Fields: object{w.abc.Field("Story Points"): 2.0}})
	got := w.must(200, "GET", "issue/"+id, nil)
	if got.str("fields.status.name") != "In Progress" || got.str("fields.assignee.displayName") != "Ada" || got.str("fields.labels.0") != "x" ||
		got.str("fields.description.content.0.type") != "heading" || got.get("fields."+w.abc.Field("Story Points")) != 2.0 {
		t.Errorf("after ada's work: %s", got.raw)
	}
	w.act(jira.Act{Login: "ada", Do: "unlabel", Issue: id, Names: []string{"x"}})
	w.act(jira.Act{Login: "ada", Do: "assign", Issue: id})
	for reason, a := range map[string]jira.Act{
		"unknown person": {Login: "nobody", Do: "edit", Issue: id}, "unknown act": {Login: "ada", Do: "dance", Issue: id},
		"unknown issue": {Login: "ada", Do: "edit", Issue: "NO-1"}, "no such transition": {Login: "ada", Do: "transition", Issue: id, To: "Done"},
		"no such project": {Login: "ada", Do: "move", Issue: id, To: "NO"}, "no such sprint": {Login: "ada", Do: "sprint", Issue: id, To: "9"},
	} {
		if _, err := w.sim.Act(a); err == nil {
			t.Errorf("%s: done", reason)
		}
	}
}

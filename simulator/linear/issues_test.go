package linear_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/simulator/linear/model"
)

const uuid = "9f8b3c1e-0d2a-4b6c-8e4f-1a2b3c4d5e6f"

// TestRefusedInputs has a case for each check of issueCreate and issueUpdate; each names the field.
func TestRefusedInputs(t *testing.T) {
	w := newWorld(t)
	other := w.sim.AddTeam("OPS", "Operations")
	foreign, err := other.AddLabel("ops only")
	if err != nil {
		t.Fatal(err)
	}
	group, err := w.sim.AddLabel(model.Input{"name": "Kind", "isGroup": true})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, name := range []string{"bug", "chore"} {
		id, err := w.sim.AddLabel(model.Input{"name": name, "parentId": group})
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, id)
	}
	w.sim.SetUser("left", false, false)
	w.create("taken", vars{"id": uuid})
	for _, c := range []struct {
		reason string
		in     vars
		want   string
	}{
		{"an unknown assignee", vars{"assigneeId": "x"}, "assigneeId"},
		{"somebody who left", vars{"assigneeId": w.sim.User("left")}, "assigneeId"},
		{"an unknown state", vars{"stateId": "x"}, "stateId"},
		{"a state of another team", vars{"stateId": other.State("Todo")}, "stateId"},
		{"an unknown label", vars{"labelIds": []string{"x"}}, "labelIds"},
		{"a label of another team", vars{"labelIds": []string{foreign}}, "labelIds"},
		{"a group as a label", vars{"labelIds": []string{group}}, "labelIds"},
		{"two labels of one group", vars{"labelIds": kinds}, "labelIds"},
		{"an unknown cycle", vars{"cycleId": "x"}, "cycleId"},
		{"an unknown project", vars{"projectId": "x"}, "projectId"},
		{"an unknown parent", vars{"parentId": "x"}, "parentId"},
		{"a priority off the scale", vars{"priority": 5}, "priority"},
		{"an estimate where none are used", vars{"estimate": 3}, "estimate"},
		{"no date", vars{"dueDate": "tomorrow"}, "dueDate"},
		{"an empty title", vars{"title": "  "}, "title"},
		{"a title too long", vars{"title": strings.Repeat("x", model.MaxTitle+1)}, "title"},
		{"a description too long", vars{"description": strings.Repeat("x", model.MaxDescription+1)}, "description"},
		{"an unknown team", vars{"teamId": "x"}, "teamId"},
		{"an id that is no UUID v4", vars{"id": "9f8b3c1e-0d2a-1b6c-8e4f-1a2b3c4d5e6f"}, "id"},
		{"an id used before", vars{"id": uuid}, "already exists"},
		{"a creation in the future", vars{"createdAt": "2030-01-01T00:00:00Z"}, "createdAt"},
		{"createAsUser without an app", vars{"createAsUser": "ada"}, "createAsUser"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			a := w.ask(createIssue, vars{"in": w.input("t", c.in)})
			if a.status != http.StatusBadRequest || a.code() != "INPUT_ERROR" || !strings.Contains(a.Errors[0].Message, c.want) {
				t.Errorf("got %d %s", a.status, a.raw)
			}
		})
	}
}

func TestNullClearsAndAbsentLeaves(t *testing.T) {
	w := newWorld(t)
	w.team.SetEstimates("fibonacci", false, false)
	label, err := w.team.AddLabel("bug")
	if err != nil {
		t.Fatal(err)
	}
	id := w.create("one", vars{"assigneeId": w.sim.User("bot"), "estimate": 5, "dueDate": "2026-06-01", "labelIds": []string{label},
		"description": "text", "priority": 2})
	a := w.update(id, vars{"title": "two"})
	if a.str("issueUpdate.issue.assignee.id") == "" || a.get("issueUpdate.issue.estimate") != 5.0 || a.str("issueUpdate.issue.dueDate") == "" {
		t.Errorf("absent fields were changed: %s", a.raw)
	}
	a = w.update(id, vars{"assigneeId": nil, "estimate": nil, "dueDate": nil, "removedLabelIds": []string{label}, "description": nil})
	for _, field := range []string{"assignee", "estimate", "dueDate", "description"} {
		if v := a.get("issueUpdate.issue." + field); v != nil {
			t.Errorf("%s: null did not clear it: %v", field, v)
		}
	}
	if n := len(a.list("issueUpdate.issue.labels.nodes", "name")); n != 0 {
		t.Errorf("%d labels left", n)
	}
	if a := w.ask(updateIssue, vars{"id": id, "in": vars{"estimate": 4}}); a.code() != "INPUT_ERROR" {
		t.Errorf("4 is no Fibonacci number: %s", a.raw)
	}
	for _, field := range []string{"title", "stateId", "teamId"} {
		if a := w.ask(updateIssue, vars{"id": id, "in": vars{field: nil}}); a.code() != "INPUT_ERROR" {
			t.Errorf("%s cannot be null: %s", field, a.raw)
		}
	}
}

func TestMovingTeamChangesTheIdentifier(t *testing.T) {
	w := newWorld(t)
	ops := w.sim.AddTeam("OPS", "Operations")
	own, err := w.team.AddLabel("eng only")
	if err != nil {
		t.Fatal(err)
	}
	shared, err := w.sim.AddLabel(model.Input{"name": "shared"})
	if err != nil {
		t.Fatal(err)
	}
	id := w.create("moves", vars{"labelIds": []string{own, shared}, "stateId": w.team.State("In Progress")})
	a := w.update(id, vars{"teamId": ops.ID()})
	if a.str("issueUpdate.issue.id") != id || a.str("issueUpdate.issue.identifier") != "OPS-1" || a.str("issueUpdate.issue.previousIdentifiers.0") != "ENG-1" {
		t.Errorf("moved: %s", a.raw)
	}
	if got := a.list("issueUpdate.issue.labels.nodes", "name"); !slices.Equal(got, []string{"shared"}) {
		t.Errorf("labels %v: those of the old team fall away", got)
	}
	if a.str("issueUpdate.issue.state.name") != "In Progress" {
		t.Errorf("state: %s", a.raw)
	}
	for _, key := range []string{id, "ENG-1", "OPS-1", "ops-1"} {
		if got := w.do(`query($id: String!) { issue(id: $id) { id } }`, vars{"id": key}).str("issue.id"); got != id {
			t.Errorf("issue(%s) is %s", key, got)
		}
	}
}

func TestBatches(t *testing.T) {
	w := newWorld(t)
	const batch = `mutation($in: IssueBatchCreateInput!) { issueBatchCreate(input: $in) { success issues { id title } } }`
	w.create("there", vars{"id": uuid})
	a := w.ask(batch, vars{"in": vars{"issues": []vars{w.input("a", nil), w.input("b", vars{"id": uuid})}}})
	if a.status != http.StatusBadRequest || !strings.Contains(a.Errors[0].Message, "issues[1]") || !strings.Contains(a.Errors[0].Message, "already exists") {
		t.Errorf("one bad element: %s", a.raw)
	}
	var many []vars
	for range model.MaxBatch + 1 {
		many = append(many, w.input("m", nil))
	}
	if a := w.ask(batch, vars{"in": vars{"issues": many}}); a.code() != "INPUT_ERROR" {
		t.Errorf("51 elements: %s", a.raw)
	}
	w.sim.View(func(m *model.World) {
		if n := len(m.Issues()); n != 1 {
			t.Errorf("%d issues: a refused batch must leave nothing", n)
		}
	})
	a = w.do(batch, vars{"in": vars{"issues": many[:model.MaxBatch]}})
	var ids []string
	ids = append(ids, a.list("issueBatchCreate.issues", "id")...)
	const update = `mutation($ids: [UUID!]!, $in: IssueUpdateInput!) { issueBatchUpdate(ids: $ids, input: $in) { success issues { title } } }`
	if a := w.ask(update, vars{"ids": append(slices.Clone(ids[:2]), "x"), "in": vars{"title": "n"}}); a.code() != "INPUT_ERROR" {
		t.Errorf("an unknown id: %s", a.raw)
	}
	if a := w.do(update, vars{"ids": ids, "in": vars{"title": "n"}}); len(a.list("issueBatchUpdate.issues", "title")) != model.MaxBatch {
		t.Errorf("updated: %s", a.raw)
	}
}

func TestTrash(t *testing.T) {
	w := newWorld(t)
	id := w.create("goes", vars{"id": uuid})
	comment := w.act(linear.Act{Login: "ada", Do: "comment", Issue: id, Body: ptr("c")}).Comment
	const remove = `mutation($id: String!) { issueDelete(id: $id) { success entity { trashed archivedAt } } }`
	if a := w.do(remove, vars{"id": id}); a.get("issueDelete.entity.trashed") != true {
		t.Errorf("deleted: %s", a.raw)
	}
	listed := func(all bool) int {
		a := w.do(`query($all: Boolean) { issues(includeArchived: $all) { nodes { id } } comments(includeArchived: $all) { nodes { id } } }`, vars{"all": all})
		return len(a.list("issues.nodes", "id")) + len(a.list("comments.nodes", "id"))
	}
	if listed(false) != 0 || listed(true) != 2 {
		t.Error("what is in the trash is in lists with includeArchived only")
	}
	if a := w.ask(createIssue, vars{"in": w.input("again", vars{"id": uuid})}); !strings.Contains(a.raw, "already exists") {
		t.Errorf("its id is still taken: %s", a.raw)
	}
	const say = `mutation($in: CommentCreateInput!) { commentCreate(input: $in) { comment { id } } }`
	if a := w.ask(say, vars{"in": vars{"issueId": id, "body": "b"}}); a.code() != "INPUT_ERROR" {
		t.Errorf("it takes no comments: %s", a.raw)
	}
	w.do(`mutation($id: String!) { issueUnarchive(id: $id) { success } }`, vars{"id": id})
	if listed(false) != 2 {
		t.Error("restored")
	}
	w.do(remove, vars{"id": id})
	w.clock.advance(model.TrashLife - time.Second)
	one := func(query, id string) answer { return w.ask(query, vars{"id": id}) }
	if a := one(`query($id: String!) { issue(id: $id) { id } }`, id); a.code() != "" {
		t.Errorf("still there: %s", a.raw)
	}
	w.clock.advance(time.Second)
	for _, query := range []string{`query($id: String!) { issue(id: $id) { id } }`} {
		if a := one(query, id); a.status != http.StatusOK || a.code() != "INPUT_ERROR" || a.Errors[0].Message != "Entity not found: Issue" {
			t.Errorf("gone after 30 days: %d %s", a.status, a.raw)
		}
	}
	if a := one(`query($id: String) { comment(id: $id) { id } }`, comment); a.code() != "INPUT_ERROR" {
		t.Errorf("and its comments: %s", a.raw)
	}
}

func TestHistory(t *testing.T) {
	w := newWorld(t)
	bug, err := w.team.AddLabel("bug")
	if err != nil {
		t.Fatal(err)
	}
	id := w.create("one", nil)
	w.update(id, vars{"title": "folded"})
	w.clock.advance(model.Grace)
	w.act(linear.Act{Login: "ada", Do: "edit", Issue: id, Title: ptr("two"), Body: ptr("d")})
	w.update(id, vars{"stateId": w.team.State("Done"), "addedLabelIds": []string{bug}, "priority": 1, "assigneeId": w.sim.User("ada")})
	w.update(id, vars{"title": "two"})
	a := w.do(`query($id: String!) { issue(id: $id) { completedAt history(first: 10) { nodes { actor { displayName } fromTitle toTitle
		updatedDescription fromState { name } toState { name } toStateId addedLabels { name } addedLabelIds removedLabelIds fromPriority
		toPriority fromAssigneeId toAssignee { displayName } createdAt } } } }`, vars{"id": id})
	nodes, _ := a.get("issue.history.nodes").([]any)
	if len(nodes) != 2 {
		t.Fatalf("%d entries: early edits fold into the creation, no-ops leave none: %s", len(nodes), a.raw)
	}
	for path, want := range map[string]any{
		"0.actor.displayName": "bot", "0.fromState.name": "Backlog", "0.toState.name": "Done", "0.toStateId": w.team.State("Done"),
		"0.addedLabels.0.name": "bug", "0.addedLabelIds.0": bug, "0.removedLabelIds": nil, "0.fromPriority": 0.0, "0.toPriority": 1.0,
		"0.fromAssigneeId": nil, "0.toAssignee.displayName": "ada", "0.fromTitle": nil, "0.updatedDescription": nil,
		"1.actor.displayName": "ada", "1.fromTitle": "folded", "1.toTitle": "two", "1.updatedDescription": true,
	} {
		if got := a.get("issue.history.nodes." + path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if a.get("issue.completedAt") == nil {
		t.Error("a completed issue says when")
	}
}

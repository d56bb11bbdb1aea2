package linear_test

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/extsync/extsync/simulator/linear/model"
)

// mutate calls every mutation of the schema through send, asking for all of each answer, and returns an id of each kind of thing by
// the name of its query.
func (w *world) mutate(ours *ast.Schema, send func(query string, v vars) answer) map[string]string {
	w.Helper()
	ids := map[string]string{"team": w.team.ID(), "user": w.sim.User("ada")}
	call := func(name, inputType string, v vars) answer {
		w.Helper()
		w.clock.advance(model.Grace)
		return send(operation(ours, name, inputType), v)
	}
	in := func(v vars) vars { return vars{"input": v} }
	ids["project"] = call("projectCreate", "ProjectCreateInput", in(vars{"teamIds": []string{w.team.ID()}, "name": "Launch", "startDate": "2026-05-01"})).str("projectCreate.project.id")
	cycle := call("cycleCreate", "CycleCreateInput", in(vars{"teamId": w.team.ID(), "startsAt": "2026-05-04T00:00:00Z", "endsAt": "2026-05-18T00:00:00Z"})).str("cycleCreate.cycle.id")
	group := call("issueLabelCreate", "IssueLabelCreateInput", in(vars{"name": "Kind", "isGroup": true})).str("issueLabelCreate.issueLabel.id")
	ids["issueLabel"] = call("issueLabelCreate", "IssueLabelCreateInput", in(vars{"name": "Bug", "parentId": group, "color": "#ff0000"})).str("issueLabelCreate.issueLabel.id")
	w.team.SetEstimates("linear", false, true)
	full := w.input("full", vars{"assigneeId": w.sim.User("ada"), "priority": 2, "estimate": 0, "dueDate": "2026-06-01", "labelIds": []string{ids["issueLabel"]},
		"cycleId": cycle, "projectId": ids["project"], "description": "- text", "stateId": w.team.State("Done"), "createAsUser": "outsider",
		"createdAt": "2026-01-01T00:00:00Z", "completedAt": "2026-02-01T00:00:00Z", "subscriberIds": []string{ids["user"]}})
	ids["issue"] = call("issueCreate", "IssueCreateInput", in(full)).str("issueCreate.issue.id")
	batch := call("issueBatchCreate", "IssueBatchCreateInput", in(vars{"issues": []vars{w.input("b1", vars{"parentId": ids["issue"]}), w.input("b2", nil)}})).list("issueBatchCreate.issues", "id")
	call("issueUpdate", "IssueUpdateInput", vars{"id": ids["issue"], "input": vars{"title": "n", "description": "d", "assigneeId": nil, "cycleId": nil,
		"projectId": nil, "dueDate": nil, "estimate": 3, "priority": 1, "stateId": w.team.State("Todo"), "parentId": batch[1], "removedLabelIds": []string{ids["issueLabel"]}}})
	ops := w.sim.AddTeam("OPS", "Operations")
	call("issueUpdate", "IssueUpdateInput", vars{"id": ids["issue"], "input": vars{"teamId": ops.ID()}})
	call("issueBatchUpdate", "IssueUpdateInput", vars{"ids": batch, "input": vars{"priority": 3}})
	call("issueAddLabel", "", vars{"id": ids["issue"], "labelId": ids["issueLabel"]})
	call("issueRemoveLabel", "", vars{"id": ids["issue"], "labelId": ids["issueLabel"]})
	w.mutateParts(ids, batch, call, in)
	return ids
}

func (w *world) mutateParts(ids map[string]string, batch []string, call func(string, string, vars) answer, in func(vars) vars) {
	w.Helper()
	ids["comment"] = call("commentCreate", "CommentCreateInput", in(vars{"issueId": ids["issue"], "body": "c", "createAsUser": "outsider"})).str("commentCreate.comment.id")
	answered := call("commentCreate", "CommentCreateInput", in(vars{"parentId": ids["comment"], "body": "answer"})).str("commentCreate.comment.id")
	call("commentUpdate", "CommentUpdateInput", vars{"id": ids["comment"], "input": vars{"body": "c2", "quotedText": "q", "resolvingUserId": ids["user"]}})
	call("commentDelete", "", vars{"id": answered})
	attach := func(url string) string {
		return call("attachmentCreate", "AttachmentCreateInput", in(vars{"issueId": ids["issue"], "url": url, "title": "t", "metadata": vars{"k": []int{1}}, "commentBody": "see"})).str("attachmentCreate.attachment.id")
	}
	ids["attachment"] = attach("https://pm.example/1")
	call("attachmentDelete", "", vars{"id": attach("https://pm.example/2")})
	hook := func() string {
		return call("webhookCreate", "WebhookCreateInput", in(vars{"url": "https://x.example", "resourceTypes": []string{"Issue"}, "allPublicTeams": true})).str("webhookCreate.webhook.id")
	}
	ids["webhook"] = hook()
	call("webhookUpdate", "WebhookUpdateInput", vars{"id": ids["webhook"], "input": vars{"label": "l", "enabled": false}})
	call("webhookDelete", "", vars{"id": hook()})
	call("issueArchive", "", vars{"id": batch[0]})
	call("issueUnarchive", "", vars{"id": batch[0]})
	call("issueDelete", "", vars{"id": batch[0]})
}

// operation writes a mutation that asks for all of its answer.
func operation(s *ast.Schema, name, inputType string) string {
	declared, passed := "", ""
	f := s.Mutation.Fields.ForName(name)
	for _, a := range f.Arguments {
		if a.Type.NonNull || (a.Name == "input" && inputType != "") {
			declared += fmt.Sprintf("$%s: %s ", a.Name, a.Type)
			passed += fmt.Sprintf("%s: $%s ", a.Name, a.Name)
		}
	}
	return fmt.Sprintf("mutation(%s) { %s(%s) { %s } }", declared, name, passed, everything(s, f.Type.Name(), 2))
}

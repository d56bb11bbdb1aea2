package linear

import (
	"github.com/extsync/extsync/simulator/linear/model"
)

// mutation does one root field of a mutation and answers its payload.
type mutation func(v *viewer, args map[string]any) (record, error)

func mutations() map[string]mutation {
	return map[string]mutation{
		"issueCreate":      issueCreate,
		"issueBatchCreate": issueBatchCreate,
		"issueUpdate":      issueUpdate,
		"issueBatchUpdate": issueBatchUpdate,
		"issueArchive": onIssue(func(v *viewer, i *model.Issue, args map[string]any) {
			if args["trash"] == true {
				v.world.TrashIssue(v.actor(nil), i)
				return
			}
			v.world.ArchiveIssue(v.actor(nil), i)
		}),
		"issueUnarchive": onIssue(func(v *viewer, i *model.Issue, _ map[string]any) { v.world.UnarchiveIssue(v.actor(nil), i) }),
		"issueDelete":    issueDelete,
		"issueAddLabel": func(v *viewer, args map[string]any) (record, error) {
			return issueUpdate(v, relabel(args, "addedLabelIds"))
		},
		"issueRemoveLabel": func(v *viewer, args map[string]any) (record, error) {
			return issueUpdate(v, relabel(args, "removedLabelIds"))
		},
		"commentCreate":    commentCreate,
		"commentUpdate":    commentUpdate,
		"commentDelete":    commentDelete,
		"issueLabelCreate": issueLabelCreate,
		"attachmentCreate": attachmentCreate,
		"attachmentDelete": attachmentDelete,
		"projectCreate":    projectCreate,
		"cycleCreate":      cycleCreate,
		"webhookCreate":    webhookCreate,
		"webhookUpdate":    webhookUpdate,
		"webhookDelete":    webhookDelete,
	}
}

func relabel(args map[string]any, field string) map[string]any {
	return map[string]any{"id": args["id"], "input": map[string]any{field: []any{args["labelId"]}}}
}

func input(args map[string]any) model.Input { return model.Input(asMap(args["input"])) }

// actor is who the caller acts as. Only an app may act in somebody's name.
func (v *viewer) actor(in model.Input) model.Actor {
	as, _ := in["createAsUser"].(string)
	return model.Actor{User: v.user, As: as}
}

func (v *viewer) checkActor(in model.Input) error {
	if in["createAsUser"] != nil && v.token.Kind != App {
		return model.Refuse("createAsUser can only be used by OAuth applications with actor=app")
	}
	return nil
}

// reaches refuses an input that names a team the caller does not see.
func (v *viewer) reaches(in model.Input) error {
	id, isSet := in["teamId"].(string)
	if t := v.world.Team(id); isSet && t != nil && !v.sees(t) {
		return model.NotFound("Team", "teamId")
	}
	return nil
}

// payload is the answer of a mutation.
func (v *viewer) payload(name, field string, value any) record {
	return record{v, name, map[string]any{"success": true, "lastSyncId": float64(v.world.SyncID()), field: value}}
}

func (v *viewer) createable(in model.Input) error {
	if err := v.need(ScopeWrite, ScopeIssuesCreate); err != nil {
		return err
	}
	if err := v.checkActor(in); err != nil {
		return err
	}
	return v.reaches(in)
}

func issueCreate(v *viewer, args map[string]any) (record, error) {
	in := input(args)
	if err := v.createable(in); err != nil {
		return record{}, err
	}
	i, err := v.world.CreateIssue(v.actor(in), in)
	if err != nil {
		return record{}, err
	}
	return v.payload("IssuePayload", "issue", v.showIssue(i)), nil
}

func issueBatchCreate(v *viewer, args map[string]any) (record, error) {
	items, _ := input(args)["issues"].([]any)
	var ins []model.Input
	for _, item := range items {
		in := model.Input(asMap(item))
		if err := v.createable(in); err != nil {
			return record{}, err
		}
		ins = append(ins, in)
	}
	list, err := v.world.CreateIssues(v.actor(nil), ins)
	if err != nil {
		return record{}, err
	}
	return v.payload("IssueBatchPayload", "issues", nodes(list, v.showIssue)), nil
}

func issueUpdate(v *viewer, args map[string]any) (record, error) {
	in := input(args)
	if err := v.need(ScopeWrite); err != nil {
		return record{}, err
	}
	if err := v.reaches(in); err != nil {
		return record{}, err
	}
	i, err := v.issue(id(args))
	if err != nil {
		return record{}, err
	}
	if err := v.world.UpdateIssue(v.actor(nil), i, in); err != nil {
		return record{}, err
	}
	return v.payload("IssuePayload", "issue", v.showIssue(i)), nil
}

func issueBatchUpdate(v *viewer, args map[string]any) (record, error) {
	if err := v.need(ScopeWrite); err != nil {
		return record{}, err
	}
	if err := v.reaches(input(args)); err != nil {
		return record{}, err
	}
	ids, _ := args["ids"].([]any)
	var list []*model.Issue
	for _, item := range ids {
		s, _ := item.(string)
		i, err := v.issue(s)
		if err != nil {
			return record{}, model.NotFound("Issue", "ids")
		}
		list = append(list, i)
	}
	if err := v.world.UpdateIssues(v.actor(nil), list, input(args)); err != nil {
		return record{}, err
	}
	return v.payload("IssueBatchPayload", "issues", nodes(list, v.showIssue)), nil
}

// onIssue makes a mutation that moves an issue into or out of the archive.
func onIssue(do func(*viewer, *model.Issue, map[string]any)) mutation {
	return func(v *viewer, args map[string]any) (record, error) {
		if err := v.need(ScopeWrite); err != nil {
			return record{}, err
		}
		i, err := v.issue(id(args))
		if err != nil {
			return record{}, err
		}
		do(v, i, args)
		return v.payload("IssueArchivePayload", "entity", v.showIssue(i)), nil
	}
}

func issueDelete(v *viewer, args map[string]any) (record, error) {
	if args["permanentlyDelete"] == true && !v.user.Admin {
		return record{}, model.Forbidden("Only admins can delete issues permanently")
	}
	return onIssue(func(v *viewer, i *model.Issue, args map[string]any) {
		if args["permanentlyDelete"] == true {
			v.world.PurgeIssue(v.actor(nil), i)
			return
		}
		v.world.TrashIssue(v.actor(nil), i)
	})(v, args)
}

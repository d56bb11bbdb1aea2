package linear

import "github.com/extsync/extsync/simulator/linear/model"

func (v *viewer) deleted(id string) record { return v.payload("DeletePayload", "entityId", id) }

func commentCreate(v *viewer, args map[string]any) (record, error) {
	in := input(args)
	if err := v.need(ScopeWrite, ScopeCommentsCreate); err != nil {
		return record{}, err
	}
	if err := v.checkActor(in); err != nil {
		return record{}, err
	}
	if issue, isSet := in["issueId"].(string); isSet {
		if _, err := v.issue(issue); err != nil {
			return record{}, model.NotFound("Issue", "issueId")
		}
	}
	c, err := v.world.CreateComment(v.actor(in), in)
	if err != nil {
		return record{}, err
	}
	return v.payload("CommentPayload", "comment", v.showComment(c)), nil
}

func commentUpdate(v *viewer, args map[string]any) (record, error) {
	if err := v.need(ScopeWrite); err != nil {
		return record{}, err
	}
	c, err := v.comment(id(args))
	if err != nil {
		return record{}, err
	}
	if err := v.world.UpdateComment(v.actor(nil), c, input(args), args["skipEditedAt"] == true); err != nil {
		return record{}, err
	}
	return v.payload("CommentPayload", "comment", v.showComment(c)), nil
}

func commentDelete(v *viewer, args map[string]any) (record, error) {
	if err := v.need(ScopeWrite); err != nil {
		return record{}, err
	}
	c, err := v.comment(id(args))
	if err != nil {
		return record{}, err
	}
	if err := v.world.DeleteComment(v.actor(nil), c); err != nil {
		return record{}, err
	}
	return v.deleted(c.ID), nil
}

func issueLabelCreate(v *viewer, args map[string]any) (record, error) {
	in := input(args)
	if err := v.need(ScopeWrite); err != nil {
		return record{}, err
	}
	if err := v.reaches(in); err != nil {
		return record{}, err
	}
	l, err := v.world.CreateLabel(v.actor(nil), in)
	if err != nil {
		return record{}, err
	}
	return v.payload("IssueLabelPayload", "issueLabel", v.showLabel(l)), nil
}

func attachmentCreate(v *viewer, args map[string]any) (record, error) {
	in := input(args)
	if err := v.need(ScopeWrite); err != nil {
		return record{}, err
	}
	if err := v.checkActor(in); err != nil {
		return record{}, err
	}
	issue, _ := in["issueId"].(string)
	if _, err := v.issue(issue); err != nil {
		return record{}, model.NotFound("Issue", "issueId")
	}
	a, err := v.world.CreateAttachment(v.actor(in), in)
	if err != nil {
		return record{}, err
	}
	if body, isSet := in["commentBody"].(string); isSet && body != "" {
		if _, err := v.world.CreateComment(v.actor(in), model.Input{"issueId": issue, "body": body}); err != nil {
			return record{}, err
		}
	}
	return v.payload("AttachmentPayload", "attachment", v.showAttachment(a)), nil
}

func attachmentDelete(v *viewer, args map[string]any) (record, error) {
	if err := v.need(ScopeWrite); err != nil {
		return record{}, err
	}
	a := v.world.Attachment(id(args))
	if a == nil || !v.sees(a.Issue.Team) {
		return record{}, model.NotFound("Attachment", "")
	}
	v.world.DeleteAttachment(v.actor(nil), a)
	return v.deleted(a.ID), nil
}

func projectCreate(v *viewer, args map[string]any) (record, error) {
	if err := v.need(ScopeWrite); err != nil {
		return record{}, err
	}
	p, err := v.world.CreateProject(v.actor(nil), input(args))
	if err != nil {
		return record{}, err
	}
	return v.payload("ProjectPayload", "project", v.showProject(p)), nil
}

func cycleCreate(v *viewer, args map[string]any) (record, error) {
	in := input(args)
	if err := v.need(ScopeWrite); err != nil {
		return record{}, err
	}
	if err := v.reaches(in); err != nil {
		return record{}, err
	}
	c, err := v.world.CreateCycle(in)
	if err != nil {
		return record{}, err
	}
	return v.payload("CyclePayload", "cycle", v.showCycle(c)), nil
}

package linear

import (
	"strings"

	"github.com/extsync/extsync/simulator/linear/model"
)

// entryFields answers what a line of history holds by the names of its values, and the ids of entities among them.
func entryFields() fields[*model.Entry] {
	out := fields[*model.Entry]{
		"issue":    func(v *viewer, e *model.Entry) any { return v.showIssue(e.Issue) },
		"actor":    func(v *viewer, e *model.Entry) any { return optional(e.Actor.User, v.showUser) },
		"actorId":  func(_ *viewer, e *model.Entry) any { return e.Actor.User.ID },
		"botActor": func(v *viewer, e *model.Entry) any { return v.showBot(e.Actor.User, e.Actor.As) },
		"descriptionUpdatedBy": func(v *viewer, e *model.Entry) any {
			if e.Values["updatedDescription"] == nil {
				return nil
			}
			return []node{v.showUser(e.Actor.User)}
		},
		"addedLabelIds":   func(_ *viewer, e *model.Entry) any { return changedLabels(e, "addedLabels") },
		"removedLabelIds": func(_ *viewer, e *model.Entry) any { return changedLabels(e, "removedLabels") },
	}
	names := []string{"archived", "trashed", "updatedDescription", "attachment", "attachmentId", "addedLabels", "removedLabels"}
	for _, what := range []string{"Title", "Priority", "Estimate", "DueDate"} {
		names = append(names, "from"+what, "to"+what)
	}
	for _, what := range []string{"State", "Assignee", "Cycle", "Project", "Parent", "Team"} {
		names = append(names, "from"+what, "to"+what, "from"+what+"Id", "to"+what+"Id")
	}
	for _, name := range names {
		out[name] = func(v *viewer, e *model.Entry) any { return v.historic(e, name) }
	}
	return out
}

func (v *viewer) historic(e *model.Entry, name string) any {
	value, found := e.Values[name]
	if !found {
		if of, isID := strings.CutSuffix(name, "Id"); isID && e.Values[of] != nil {
			if n, isNode := v.show(e.Values[of]).(node); isNode {
				return n.meta().ID
			}
		}
		return nil
	}
	return v.show(value)
}

// show turns a value of the model into one of the view.
func (v *viewer) show(value any) any {
	switch value := value.(type) {
	case *model.State:
		return v.showState(value)
	case *model.User:
		return v.showUser(value)
	case *model.Cycle:
		return v.showCycle(value)
	case *model.Project:
		return v.showProject(value)
	case *model.Issue:
		return v.showIssue(value)
	case *model.Team:
		return v.showTeam(value)
	case *model.Attachment:
		return v.showAttachment(value)
	case []*model.Label:
		return nodes(value, v.showLabel)
	}
	return value
}

func changedLabels(e *model.Entry, name string) any {
	labels, changed := e.Values[name].([]*model.Label)
	if !changed {
		return nil
	}
	return labelIDs(labels)
}

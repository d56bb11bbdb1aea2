package jira

import (
	"context"
	"net/http"

	"github.com/extsync/extsync/external"
)

// created is the answer to a create: no more than the address.
type created struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

// create makes an issue with its key as a property of the same call, and then reads it.
// go-jira's Create can carry no property and leaves the answer unread. Operation
// createIssue.
func (w *writing) create(ctx context.Context) (external.Item, error) {
	w.what = w.op.Name
	body, err := w.newIssue(ctx)
	if err != nil {
		return external.Item{}, err
	}
	var made created
	_, err = w.a.send(ctx, request{what: w.what, kind: w.op.Verb, method: http.MethodPost, path: w.a.at("issue"), body: body, into: &made, write: true})
	if err != nil {
		return external.Item{}, err
	}
	if made.ID == "" {
		return external.Item{}, fail(external.Ambiguous, w.what, "the answer is not an issue; it may have been made", nil)
	}
	w.a.recent.add(made.ID)
	i, err := w.a.getIssue(ctx, w.what, made.ID, w.a.readFields(w.cat))
	if err != nil {
		return external.Item{}, unseen(w.what, err)
	}
	return w.born(i), nil
}

// born is the item of a new issue, which also shows where issues of its type begin.
func (w *writing) born(i *issue) external.Item {
	if !w.moved {
		w.a.flow.learnInitial(w.issueType(), nameOf(i.Fields[fieldStatus]))
	}
	return w.item(i)
}

// newIssue is the body of a create. A status is reached at once where the workflow is
// known to lead there directly from where issues begin.
func (w *writing) newIssue(ctx context.Context) (map[string]any, error) {
	var names []string
	for _, name := range w.op.Writes {
		switch {
		case name == fieldStatus, name == fieldType, name == fieldResolution:
		case w.c.Set[name].IsEmpty(): // a create has nothing to clear
		default:
			names = append(names, name)
		}
	}
	fields, err := w.fields(ctx, names)
	if err != nil {
		return nil, err
	}
	fields["project"] = w.inProject()
	fields[fieldType] = map[string]any{"name": w.issueType()}
	body := map[string]any{"fields": fields}
	if w.c.CreateKey != "" {
		body["properties"] = []property{ownProperty(w.c.CreateKey)}
	}
	t, err := w.firstMove(ctx)
	if err != nil || t == "" {
		return body, err
	}
	body["transition"], w.moved = map[string]any{"id": t}, true
	return body, nil
}

func (w *writing) inProject() any {
	if w.a.projectID != "" {
		return map[string]any{"id": w.a.projectID}
	}
	return map[string]any{"key": w.a.projectKey}
}

func (w *writing) issueType() string {
	if t := w.c.Set[fieldType].Text(); t != "" {
		return t
	}
	return w.a.settings.IssueType
}

// firstMove is the transition by which the new issue reaches its status at once; empty
// where it begins there, the workflow is not known or leads there through others. A
// resolution is left to the transition's own screen: one that a create takes has none.
func (w *writing) firstMove(ctx context.Context) (string, error) {
	status := w.c.Set[fieldStatus].Text()
	if status == "" || !w.c.Set[fieldResolution].IsEmpty() {
		return "", nil
	}
	if t := w.a.flow.first(w.issueType(), status); t != "" {
		return t, nil
	}
	g, err := w.a.graph(ctx, w.issueType())
	if err != nil || g == nil {
		return "", err
	}
	return g.first(status), nil
}

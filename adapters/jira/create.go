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
	sent, err := w.a.send(ctx, request{what: w.what, kind: w.op.Verb, method: http.MethodPost, path: w.a.at("issue"), body: body, into: &made, write: true})
	if err != nil {
		w.bar(sent)
		return external.Item{}, err
	}
	if made.ID == "" {
		return external.Item{}, fail(external.Ambiguous, w.what, "the answer is not an issue; it may have been made", nil)
	}
	w.a.recent.add(made.ID)
	i, err := w.a.getIssue(ctx, w.what, made.ID, w.a.readFields(w.cat))
	switch external.KindOf(err) {
	case "":
	case external.NotFound, external.Gone:
		return w.hidden(made), nil
	default:
		return external.Item{}, unseen(w.what, err)
	}
	item := w.born(i)
	w.lookAhead(ctx, item)
	return item, nil
}

// hidden is the item of a new issue that our account may not see, as a security level that all new ones get
// may have it: as it was written, but for where it begins. No list shows it, so that a create in doubt would
// be made again and again.
func (w *writing) hidden(made created) external.Item {
	w.a.recent.forget(made.ID)
	item := external.Item{Ref: external.Ref{Kind: external.KindTicket, ID: made.ID, Key: made.Key}, URL: w.a.page(made.Key), Fields: external.Fields{}}
	if w.a.ownKey(w.c.CreateKey) {
		item.CreateKey = w.c.CreateKey
	}
	for _, name := range w.op.Writes {
		if w.moved || name != fieldStatus && name != fieldResolution {
			item.Fields[name] = w.a.normal(name, w.c.Set[name])
		}
	}
	item.Halfway = w.halfway(item.Fields)
	return item
}

// born is the item of a new issue, which also shows where issues of its type begin.
func (w *writing) born(i *issue) external.Item {
	if !w.moved {
		w.a.flow.learnInitial(w.issueType(), nameOf(i.Fields[fieldStatus]))
	}
	return readBack(w.item(i))
}

// lookAhead asks for the transitions that lead out of where issues begin when one was left
// there that shall stand elsewhere, so that the next ones take theirs along. It is asked
// once for each type; that it fails costs calls alone.
func (w *writing) lookAhead(ctx context.Context, item external.Item) {
	kind, at := w.issueType(), item.Fields[fieldStatus].Text()
	if item.ID == "" || w.moved || !w.bornElsewhere() || len(item.Halfway) == 0 || !w.a.flow.ask(kind) {
		return
	}
	if g, err := w.a.graph(ctx, kind); err != nil || g != nil {
		return
	}
	if ways, err := w.ways(ctx, item.ID); err == nil {
		w.a.flow.learn(place{issue: item.ID, kind: kind, at: at}, ways)
	}
}

// bornElsewhere reports whether the new issue shall have a status that a create may reach.
// A resolution that goes with it is no hindrance where the transition's screen has no place for
// it: such a one could not take it in a call of its own either.
func (w *writing) bornElsewhere() bool { return !w.c.Set[fieldStatus].IsEmpty() }

// bar keeps the next creates from the transition that this one took along, where Jira
// refused it for something else than what was sent: a validator of the workflow, or a
// condition that this issue does not meet.
func (w *writing) bar(made *call) {
	if !w.moved || made.status != http.StatusBadRequest {
		return
	}
	for _, field := range readRefusal(made.failure).fields() {
		if _, sent := w.sent[field]; sent {
			return
		}
	}
	w.a.flow.bar(w.issueType(), w.c.Set[fieldStatus].Text())
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
	fields, err := w.fields(names)
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
	body["transition"], w.moved, w.mute, w.sent = map[string]any{"id": t}, true, true, fields
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
// where it begins there, the workflow is not known or leads there through others.
func (w *writing) firstMove(ctx context.Context) (string, error) {
	status, resolved := w.c.Set[fieldStatus].Text(), !w.c.Set[fieldResolution].IsEmpty()
	if !w.bornElsewhere() || !w.a.flow.open(w.issueType(), status) {
		return "", nil
	}
	if t := w.a.flow.first(w.issueType(), status, resolved); t != "" {
		return t, nil
	}
	g, err := w.a.graph(ctx, w.issueType())
	if err != nil || g == nil {
		return "", err
	}
	return g.first(status, resolved), nil
}

package linear

import (
	"context"
	"slices"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
)

// Write makes the one call of an operation and returns what Linear shows after it. Names
// of states and labels are looked up before, as far as they are not known.
func (a *adapter) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	c, err := op.Open()
	if err != nil {
		return external.Item{}, err
	}
	w := writing{a: a, op: op, c: c, what: op.Name + " " + c.Ref.Key}
	switch op.Verb {
	case verbCreateIssue:
		return w.createIssue(ctx)
	case verbUpdateIssue:
		return w.updateIssue(ctx)
	case verbDeleteIssue:
		return w.deleteIssue(ctx)
	case verbCreateComment:
		return w.createComment(ctx)
	case verbUpdateComment:
		return w.updateComment(ctx)
	case verbDeleteComment:
		return w.deleteComment(ctx)
	case verbCreateProject:
		return w.createProject(ctx)
	case verbAttach:
		return w.attach(ctx)
	}
	return external.Item{}, fail(external.Invalid, op.Name, "Linear has no such operation", nil)
}

// writing is one operation on its way out.
type writing struct {
	a    *adapter
	op   adapters.Op
	c    outbound.Content
	what string
}

// id is the one under which a create makes its item.
func (w *writing) id() string { return adapters.ClientID(w.c.CreateKey) }

func (w *writing) createIssue(ctx context.Context) (external.Item, error) {
	n, err := w.a.knowing(ctx, w.c.Set[fieldState].Text(), w.puts())
	if err != nil {
		return external.Item{}, err
	}
	labels := newLabels(n)
	input, err := w.input(n, labels)
	if err != nil {
		return external.Item{}, err
	}
	var got createIssueResponse
	err = w.mutate(ctx, "createIssue", createIssue_Operation, labels, map[string]any{"input": input}, &got)
	if external.KindOf(err) == external.Conflict {
		return w.found(ctx, external.Ref{Kind: external.KindTicket, ID: w.id()}, err)
	}
	return w.issue(ctx, got.IssueCreate.Issue, err)
}

func (w *writing) updateIssue(ctx context.Context) (external.Item, error) {
	state := ""
	if slices.Contains(w.op.Writes, fieldState) {
		state = w.c.Set[fieldState].Text()
	}
	n, err := w.a.knowing(ctx, state, slices.Concat(w.puts(), w.op.Remove))
	if err != nil {
		return external.Item{}, err
	}
	labels := newLabels(n)
	input, err := w.input(n, labels)
	if err != nil {
		return external.Item{}, err
	}
	var got updateIssueResponse
	err = w.mutate(ctx, "updateIssue", updateIssue_Operation, labels, map[string]any{"id": w.c.Ref.ID, "input": input}, &got)
	return w.issue(ctx, got.IssueUpdate.Issue, err)
}

// mutate makes the labels that are missing and the generated mutation in one call.
func (w *writing) mutate(ctx context.Context, name, operation string, labels *labels, variables map[string]any, into any) error {
	for i, input := range labels.inputs() {
		variables[labelVariable(i)] = input
	}
	made, err := w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) error {
		return w.a.send(ctx, name, withLabels(operation, len(labels.missing)), variables, into)
	})
	return w.a.labelTrouble(ctx, w.what, made, labels, err)
}

// issue checks that what came back is the issue that was meant.
func (w *writing) issue(ctx context.Context, i *issueFields, err error) (external.Item, error) {
	switch {
	case err != nil:
		return external.Item{}, err
	case i == nil || i.Id == "":
		return external.Item{}, fail(external.Ambiguous, w.what, "the answer is not an issue; the write may have happened", nil)
	}
	item, err := w.a.issueItem(ctx, *i)
	switch {
	case err != nil:
		return external.Item{}, fail(external.Ambiguous, w.what, "the write happened; its answer is incomplete", err)
	case item.Gone:
		return external.Item{}, fail(external.Gone, w.what, "the issue is in the trash", nil)
	}
	w.doubtNames(item)
	if w.a.projectID != "" && i.Team.Id != w.a.projectID { // an id outlives a move: it was written in the team where it is now
		return left(item, item, i.Team.Id), nil
	}
	return item, nil
}

// doubtNames forgets what names mean when an answer contradicts it: somebody renamed a
// state or a label since it was read.
func (w *writing) doubtNames(item external.Item) {
	held := map[string]bool{}
	for _, l := range item.Fields[fieldLabels].Elements() {
		held[strings.ToLower(l)] = true
	}
	has := func(name string) bool { return held[strings.ToLower(name)] }
	state := w.c.Set[fieldState].Text()
	if slices.Contains(w.op.Writes, fieldState) && state != item.Fields[fieldState].Text() ||
		slices.ContainsFunc(w.puts(), func(l string) bool { return !has(l) }) || slices.ContainsFunc(w.op.Remove, has) {
		w.a.forget()
	}
}

// found answers a create whose id is taken: an earlier try made the item.
func (w *writing) found(ctx context.Context, ref external.Ref, taken error) (external.Item, error) {
	item, err := w.a.readOne(ctx, ref)
	if err != nil {
		return external.Item{}, err
	}
	return w.same(item, taken)
}

// same returns an item that an earlier try made, when it still is as we write it. When it
// cannot be seen, or somebody has edited it since, that is a conflict: a list will show it
// with our key, and what was edited is not mistaken for what Linear made of our text.
func (w *writing) same(item external.Item, taken error) (external.Item, error) {
	switch {
	case item.Gone:
		return external.Item{}, fail(external.Conflict, w.what, "it was made before and cannot be seen: it is in the trash or in another team", taken)
	case item.CreateKey != w.c.CreateKey:
		return external.Item{}, fail(external.Conflict, w.what, "its id is taken by an item that is not ours", taken)
	}
	want := w.a.Normalize(w.c.Set)
	for _, n := range w.op.Writes {
		if !item.Fields[n].Equal(want[n]) {
			return external.Item{}, fail(external.Conflict, w.what, "it was made before and has been edited since; wait until a list shows it", taken)
		}
	}
	return item, nil
}

func (w *writing) deleteIssue(ctx context.Context) (external.Item, error) {
	_, err := w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) error {
		_, err := deleteIssue(ctx, w.a.gql, w.c.Ref.ID)
		return err
	})
	return w.gone(err)
}

func (w *writing) gone(err error) (external.Item, error) {
	if err != nil {
		return external.Item{}, err
	}
	return external.Item{Ref: w.c.Ref, Gone: true}, nil
}

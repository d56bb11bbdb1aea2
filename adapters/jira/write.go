package jira

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
)

// Write makes the one writing call of an operation and returns what Jira shows after it.
// Where the call's own answer does not show it, a reading one follows; should that fail,
// the write may have happened all the same and the error is Ambiguous.
func (a *adapter) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	c, err := op.Open()
	if err != nil {
		return external.Item{}, err
	}
	w := writing{a: a, op: op, c: c, what: op.Name + " " + address(c.Ref)}
	switch op.Verb {
	case createComment, editComment, deleteComment:
		return w.comment(ctx)
	case deleteIssue:
		return w.deleteIssue(ctx)
	}
	if w.cat, err = a.catalogue(ctx, slices.Concat(op.Writes, a.custom)...); err != nil {
		return external.Item{}, err
	}
	switch op.Verb {
	case createIssue:
		return w.create(ctx)
	case editIssue:
		return w.edit(ctx)
	case editSet:
		return w.change(ctx)
	case moveStatus:
		return w.move(ctx)
	}
	return external.Item{}, fail(external.Invalid, op.Name, "Jira has no such operation", nil)
}

// deleteIssue removes an issue for good: Jira has no bin. It takes the permission Delete
// issues, which the synchronisation needs for nothing else, so that Probe does not ask for
// it. An issue with sub-tasks is refused: they are other tickets. Operation deleteIssue.
func (w *writing) deleteIssue(ctx context.Context) (external.Item, error) {
	var err error
	if w.a.edition == dataCenter {
		err = w.a.typed(ctx, w.what, w.op.Verb, true, func(ctx context.Context) error {
			_, err := w.a.jira.Issue.DeleteWithContext(ctx, url.PathEscape(address(w.c.Ref)))
			return err
		})
	} else {
		_, err = w.a.send(ctx, request{what: w.what, kind: w.op.Verb, method: http.MethodDelete, path: w.a.at("issue", address(w.c.Ref)), write: true})
	}
	if err != nil {
		return external.Item{}, err
	}
	w.a.recent.forget(w.c.Ref.ID)
	return external.Item{Ref: w.c.Ref, Gone: true}, nil
}

// writing is one operation on its way out.
type writing struct {
	a    *adapter
	op   adapters.Op
	c    outbound.Content
	what string
	cat  *catalogue
	// moved: the create takes a transition of its own, and sends these fields with it.
	moved bool
	sent  map[string]any
	// held are the fields, by Jira's ids, that the issue holds something in, of those that were looked at.
	held map[string]bool
	// mute: a transition is taken whose screen has no place for the resolution.
	mute bool
}

func (w *writing) encoder() encoder {
	return encoder{what: w.what, edition: w.a.edition, cat: w.cat, now: w.c.Now, sprints: w.c.Containers}
}

// fields returns the values of the fields named, under Jira's ids.
func (w *writing) fields(names []string) (map[string]any, error) {
	out := map[string]any{}
	for _, name := range names {
		id, err := w.cat.id(w.what, name)
		if err != nil {
			return nil, err
		}
		if out[id], err = w.encoder().value(name, w.c.Set[name]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// edit sets fields. What is to be emptied is null, which go-jira's own fields leave out.
func (w *writing) edit(ctx context.Context) (external.Item, error) {
	fields, err := w.fields(w.op.Writes)
	if err != nil {
		return external.Item{}, err
	}
	body := map[string]any{}
	if v, clears := fields[fieldParent]; clears && v == nil {
		delete(fields, fieldParent)
		body["update"] = map[string]any{fieldParent: []any{map[string]any{"set": map[string]any{"none": true}}}}
	}
	if len(fields) > 0 {
		body["fields"] = fields
	}
	return w.put(ctx, body)
}

// change adds and removes elements of one set. A field for one person is set.
func (w *writing) change(ctx context.Context) (external.Item, error) {
	name := w.op.Writes[0]
	id, err := w.cat.id(w.what, name)
	if err != nil {
		return external.Item{}, err
	}
	k, e := w.cat.kind(name), w.encoder()
	if !k.list() {
		value, err := e.value(name, w.c.Set[name])
		if err != nil {
			return external.Item{}, err
		}
		return w.put(ctx, map[string]any{"fields": map[string]any{id: value}})
	}
	var verbs []any
	for _, v := range e.elements(k, w.op.Add) {
		verbs = append(verbs, map[string]any{"add": v})
	}
	for _, v := range e.elements(k, w.op.Remove) {
		verbs = append(verbs, map[string]any{"remove": v})
	}
	return w.put(ctx, map[string]any{"update": map[string]any{id: verbs}})
}

// put edits the issue. Cloud returns it; Data Center has to be asked. Operation editIssue.
func (w *writing) put(ctx context.Context, body map[string]any) (external.Item, error) {
	if w.a.edition == dataCenter {
		err := w.a.typed(ctx, w.what, w.op.Verb, true, func(ctx context.Context) error {
			_, err := w.a.jira.Issue.UpdateIssueWithContext(ctx, url.PathEscape(address(w.c.Ref)), body)
			return err
		})
		if err != nil {
			return external.Item{}, err
		}
		return w.look(ctx, address(w.c.Ref))
	}
	i := new(issue)
	path := withQuery(w.a.at("issue", address(w.c.Ref)), url.Values{"returnIssue": {"true"}})
	_, err := w.a.send(ctx, request{what: w.what, kind: w.op.Verb, method: http.MethodPut, path: path, body: body, into: i, write: true})
	if err != nil {
		return external.Item{}, err
	}
	if i.ID == "" || !w.shows(i) {
		return w.look(ctx, address(w.c.Ref))
	}
	return w.item(i), nil
}

// shows reports whether an answer holds the fields that were written: it is documented to
// hold those that were edited, and so need not hold any other.
func (w *writing) shows(i *issue) bool {
	if !i.has("updated") || !i.has("creator") || !i.has("project") {
		return false
	}
	for _, name := range w.op.Writes {
		id, err := w.cat.id(w.what, name)
		if err != nil || (!i.has(id) && name != fieldParent) {
			return false
		}
	}
	return true
}

// look reads the issue after a write whose answer does not show it.
func (w *writing) look(ctx context.Context, name string) (external.Item, error) {
	w.a.recent.add(name)
	i, err := w.a.getIssue(ctx, w.what, name, w.a.readFields(w.cat))
	if err != nil {
		return external.Item{}, unseen(w.what, err)
	}
	return readBack(w.item(i)), nil
}

// readBack marks an item that was read after the write: in between somebody else may have
// edited it.
func readBack(item external.Item) external.Item {
	item.ReadBack = true
	return item
}

// unseen is the error of a write that happened and whose outcome could not be read.
func unseen(what string, err error) error {
	var e *external.Error
	message := "it was written, and could not be read afterwards"
	if errors.As(err, &e) {
		message += ": " + e.Message
	}
	return fail(external.Ambiguous, what, message, err)
}

// item is the issue after the write. Its key of creation cannot change: where the answer
// does not hold it, it is the one that came with the content.
func (w *writing) item(i *issue) external.Item {
	w.a.recent.add(i.ID)
	item := w.a.issueItem(i, w.cat)
	if i.Properties == nil && w.a.ownKey(w.c.CreateKey) {
		item.CreateKey = w.c.CreateKey
	}
	item.Halfway, item.Chosen = w.halfway(item.Fields), w.chosen(item.Fields)
	if !w.a.ours(i) { // an id outlives a move: it was written in the project where it is now
		w.a.recent.forget(i.ID)
		return w.a.left(item, i)
	}
	return item
}

// chosen names the resolution where the transition to the status set one by itself.
func (w *writing) chosen(f external.Fields) []string {
	if !w.mute || !w.resolvedOtherwise(f) {
		return nil
	}
	return []string{fieldResolution}
}

// resolvedOtherwise reports whether an issue shows another resolution than was to be written.
func (w *writing) resolvedOtherwise(f external.Fields) bool {
	return slices.Contains(w.op.Writes, fieldResolution) && !f[fieldResolution].Equal(w.c.Set[fieldResolution])
}

// unsaid names the resolution where the issue is in the status already, so that no transition
// could say another one: it shows what it showed when we looked. What differs from that
// somebody edited.
func (w *writing) unsaid(f external.Fields) []string {
	was := w.c.Now
	if !w.resolvedOtherwise(f) || !f[fieldResolution].Equal(was[fieldResolution]) || !sameName(f[fieldStatus].Text(), was[fieldStatus].Text()) {
		return nil
	}
	return []string{fieldResolution}
}

// halfway names what the write has not reached yet: the status, and with it the
// resolution, which the transition to the status sets.
func (w *writing) halfway(f external.Fields) []string {
	if !slices.Contains(w.op.Writes, fieldStatus) || sameName(f[fieldStatus].Text(), w.c.Set[fieldStatus].Text()) {
		return nil
	}
	out := []string{fieldStatus}
	if slices.Contains(w.op.Writes, fieldResolution) && !f[fieldResolution].Equal(w.c.Set[fieldResolution]) {
		out = append(out, fieldResolution)
	}
	return out
}

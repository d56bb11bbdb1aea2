package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	gogithub "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

// Write makes the one call of an operation and returns what GitHub shows after it.
// The calls on labels answer with the labels alone.
func (a *adapter) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	c, err := op.Open()
	if err != nil {
		return external.Item{}, err
	}
	w := writing{a: a, op: op, c: c}
	switch op.Verb {
	case createMilestone:
		return w.createMilestone(ctx)
	case createIssue:
		return w.createIssue(ctx)
	case createComment:
		return w.createComment(ctx)
	case editComment:
		return w.editComment(ctx)
	case deleteComment:
		return w.deleteComment(ctx)
	}
	w.what = op.Name + " " + c.Ref.Key
	if w.number, err = number(w.what, c.Ref.Key); err != nil {
		return external.Item{}, err
	}
	switch op.Verb {
	case editIssue:
		return w.editIssue(ctx)
	case reopenIssue:
		return w.reopenIssue(ctx)
	case addLabels:
		return w.addLabels(ctx)
	case removeLabel:
		return w.removeLabel(ctx)
	case addAssignees, removeAssignees:
		return w.changeAssignees(ctx)
	}
	return external.Item{}, fail(external.Invalid, op.Name, "GitHub has no such operation", nil)
}

// writing is one operation on its way out.
type writing struct {
	a      *adapter
	op     adapters.Op
	c      outbound.Content
	what   string
	number int // of the issue
}

// writes reports whether the operation sets the field, and returns its value.
func (w *writing) writes(field string) (ticket.Value, bool) {
	return w.c.Set[field], slices.Contains(w.op.Writes, field)
}

// body returns the body with its marker. Its limit leaves room for the marker even
// where none is needed, so that an item's text never outgrows it later.
func (w *writing) body() (string, error) {
	text := w.c.Set[fieldBody].Text()
	if utf8.RuneCountInString(text) > maxBody {
		return "", fail(external.Invalid, w.what, fmt.Sprintf("the body is longer than %d characters; shorten it", maxBody), nil)
	}
	return withMarker(text, w.c.CreateKey), nil
}

// list leaves an empty list out of a request.
func list(s []string) *[]string {
	if len(s) == 0 {
		return nil
	}
	return &s
}

// editIssue builds its request by hand: go-github's cannot say that an issue shall
// have no milestone.
func (w *writing) editIssue(ctx context.Context) (external.Item, error) {
	req, err := w.edits()
	if err != nil {
		return external.Item{}, err
	}
	issue := new(gogithub.Issue)
	err = w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) error {
		return w.a.send(ctx, http.MethodPatch, w.a.path("issues/"+w.c.Ref.Key), nil, req, issue)
	})
	return w.issue(issue, err)
}

// reopenIssue opens a closed issue on its way to another reason.
func (w *writing) reopenIssue(ctx context.Context) (external.Item, error) {
	issue := new(gogithub.Issue)
	err := w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) error {
		return w.a.send(ctx, http.MethodPatch, w.a.path("issues/"+w.c.Ref.Key), nil, map[string]any{fieldState: "open"}, issue)
	})
	item, err := w.issue(issue, err)
	item.Halfway = []string{fieldState, fieldReason}
	return item, err
}

func (w *writing) edits() (map[string]any, error) {
	req := map[string]any{}
	if v, ok := w.writes(fieldTitle); ok {
		req[fieldTitle] = v.Text()
	}
	if _, ok := w.writes(fieldBody); ok {
		body, err := w.body()
		if err != nil {
			return nil, err
		}
		req[fieldBody] = body
	}
	if v, ok := w.writes(fieldState); ok {
		req[fieldState] = v.Text()
	}
	if v, ok := w.writes(fieldReason); ok && !v.IsEmpty() {
		req[fieldReason] = v.Text()
	}
	if v, ok := w.writes(fieldMilestone); ok {
		req[fieldMilestone] = nil
		if !v.IsEmpty() {
			n, err := w.milestone(v.Text())
			if err != nil {
				return nil, err
			}
			req[fieldMilestone] = n
		}
	}
	return req, nil
}

// milestone returns the number of a milestone that was found or made before.
func (w *writing) milestone(title string) (int, error) {
	key, known := milestoneKey(w.c, title)
	if !known {
		return 0, fail(external.Invalid, w.what, "the milestone is not known; make it first", nil)
	}
	return number(w.what, key)
}

func (w *writing) changeAssignees(ctx context.Context) (external.Item, error) {
	var issue *gogithub.Issue
	err := w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) (err error) {
		if w.op.Verb == addAssignees {
			issue, _, err = w.a.gh.Issues.AddAssignees(ctx, w.a.owner, w.a.repo, w.number, w.op.Add)
		} else {
			issue, _, err = w.a.gh.Issues.RemoveAssignees(ctx, w.a.owner, w.a.repo, w.number, w.op.Remove)
		}
		return err
	})
	return w.issue(issue, err)
}

// issue checks that what came back is the issue that was meant.
func (w *writing) issue(issue *gogithub.Issue, err error) (external.Item, error) {
	switch {
	case err != nil:
		return external.Item{}, err
	case issue.GetNodeID() == "":
		return external.Item{}, fail(external.Ambiguous, w.what, "the answer is not an issue; the write may have happened", nil)
	case !w.op.Creates && w.c.Ref.ID != "" && w.c.Ref.ID != issue.GetNodeID():
		return external.Item{}, fail(external.Moved, w.what, "the number belongs to another issue now; read again", nil)
	}
	return w.a.issueItem(issue), nil
}

func (w *writing) addLabels(ctx context.Context) (external.Item, error) {
	var labels []*gogithub.Label
	err := w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) (err error) {
		labels, _, err = w.a.gh.Issues.AddLabelsToIssue(ctx, w.a.owner, w.a.repo, w.number, w.op.Add)
		return err
	})
	return w.labelled(labels, err)
}

// removeLabel builds its address by hand: go-github does not escape the name, so
// that "a/b" would not be found. A label that is not on the issue is what was
// wanted; GitHub answers 404 and the issue is read instead.
func (w *writing) removeLabel(ctx context.Context) (external.Item, error) {
	name := strings.Join(w.op.Remove, "")
	if name == "" || name == "." || name == ".." {
		// Such a name would shorten the address to that of removing every label.
		return external.Item{}, fail(external.Invalid, w.what, "a label of this name cannot be addressed; remove it on GitHub", nil)
	}
	var labels []*gogithub.Label
	err := w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) error {
		path := w.a.path("issues/" + w.c.Ref.Key + "/labels/" + url.PathEscape(name))
		return w.a.send(ctx, http.MethodDelete, path, nil, nil, &labels)
	})
	if external.KindOf(err) == external.NotFound {
		item, readErr := w.a.readIssue(ctx, w.c.Ref)
		if readErr != nil || item.Gone {
			return external.Item{}, err
		}
		return item, nil
	}
	return w.labelled(labels, err)
}

// labelled is the item of a call that answers with labels alone.
func (w *writing) labelled(labels []*gogithub.Label, err error) (external.Item, error) {
	if err != nil {
		return external.Item{}, err
	}
	names := make([]string, 0, len(labels))
	for _, l := range labels {
		names = append(names, l.GetName())
	}
	return external.Item{Ref: w.c.Ref, Fields: external.Fields{fieldLabels: ticket.Set(names...)}}, nil
}

// createMilestone returns the milestone with the title, also when somebody made it
// before. Its fields are the issue field that names it, and its name.
func (w *writing) createMilestone(ctx context.Context) (external.Item, error) {
	title := w.c.Set[fieldMilestone].Text()
	var m *gogithub.Milestone
	err := w.a.write(ctx, w.op.Name, w.op.Verb, func(ctx context.Context) (err error) {
		m, _, err = w.a.gh.Issues.CreateMilestone(ctx, w.a.owner, w.a.repo, &gogithub.Milestone{Title: &title})
		return err
	})
	ref := milestoneRef(m)
	if external.KindOf(err) == external.Invalid {
		known, listErr := w.a.Containers(ctx)
		i := slices.IndexFunc(known, func(k external.Container) bool { return k.Name == title })
		if listErr != nil || i < 0 {
			return external.Item{}, err
		}
		ref, err = known[i].Ref, nil
	}
	if err != nil {
		return external.Item{}, err
	}
	if ref.ID == "" {
		return external.Item{}, fail(external.Ambiguous, w.op.Name, "the answer is not a milestone; it may have been made", nil)
	}
	return external.Item{Ref: ref, Fields: external.Fields{
		"field": ticket.Text(fieldMilestone), "name": ticket.Text(title),
	}}, nil
}

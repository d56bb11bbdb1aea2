package jira

import (
	"maps"
	"slices"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

// The verbs of operations, named as the calls they make.
const (
	createIssue   = "issues.create"
	editIssue     = "issues.edit"
	editSet       = "issues.edit.set"
	moveStatus    = "transitions.do"
	deleteIssue   = "issues.delete"
	createComment = "comments.add"
	editComment   = "comments.edit"
	deleteComment = "comments.delete"
)

// Ops splits content into calls: one that edits all texts and choices, one for each set,
// whose elements are added and taken off so that what somebody else adds stays, and one
// for the status, which moves along transitions. That comes last, and first where it leaves
// what is done. A create is one call: a status that it cannot begin in leaves it halfway.
func (a *adapter) Ops(out outbound.Outbound) ([]adapters.Op, error) {
	c, err := out.Open()
	if err != nil {
		return nil, err
	}
	plain, err := a.split(c)
	if err != nil {
		return nil, err
	}
	ops := make([]adapters.Op, len(plain))
	for i, op := range plain {
		if ops[i], err = adapters.NewOp(out, op); err != nil {
			return nil, err
		}
	}
	return ops, nil
}

func (a *adapter) split(c outbound.Content) ([]adapters.Op, error) {
	switch {
	case c.Ref.Kind == external.KindComment:
		return commentOps(c), nil
	case c.Ref.Kind == external.KindTicket && c.Action == outbound.Create:
		return []adapters.Op{{
			Name: "create issue", Verb: createIssue, Creates: true, Writes: written(c), Batch: a.batch(),
		}}, nil
	case c.Ref.Kind == external.KindTicket && c.Action == outbound.Update:
		return a.updateOps(c), nil
	case c.Ref.Kind == external.KindTicket && c.Action == outbound.Delete:
		return []adapters.Op{{Name: "delete issue", Verb: deleteIssue}}, nil
	}
	return nil, fail(external.Invalid, string(c.Action), "Jira cannot do this to a "+string(c.Ref.Kind), nil)
}

// batch joins the creates that may share a call: all of one project may.
func (a *adapter) batch() string { return createIssue + " " + a.project() }

func commentOps(c outbound.Content) []adapters.Op {
	switch c.Action {
	case outbound.Create:
		return []adapters.Op{{Name: "add comment", Verb: createComment, Creates: true, Writes: []string{fieldBody}}}
	case outbound.Update:
		return []adapters.Op{{Name: "edit comment", Verb: editComment, Writes: []string{fieldBody}}}
	case outbound.Delete:
		return []adapters.Op{{Name: "delete comment", Verb: deleteComment}}
	}
	return nil
}

// written lists the fields that the content sets, sorted. Raw forms are none.
func written(c outbound.Content) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for name := range maps.Keys(c.Set) {
			if !strings.HasSuffix(name, external.SidecarSuffix) && name != fieldReporter && !yield(name) {
				return
			}
		}
	})
}

func (a *adapter) updateOps(c outbound.Content) []adapters.Op {
	var plain, flow []string
	var sets []adapters.Op
	_, moves := c.Set[fieldStatus]
	for _, name := range written(c) {
		switch {
		case name == fieldStatus, name == fieldResolution && moves:
			flow = append(flow, name)
		case isSet(name, c):
			if op, changes := a.setOp(name, c); changes {
				sets = append(sets, op)
			}
		default:
			plain = append(plain, name)
		}
	}
	var ops []adapters.Op
	if len(plain) > 0 {
		ops = append(ops, adapters.Op{Name: "edit issue", Verb: editIssue, Writes: plain})
	}
	ops = append(ops, sets...)
	if len(flow) == 0 {
		return ops
	}
	slices.Reverse(flow) // the status first: it is what the call is about
	move := adapters.Op{Name: "transition issue", Verb: moveStatus, Writes: flow}
	if leavesDone(c) {
		return slices.Insert(ops, 0, move)
	}
	return append(ops, move)
}

// leavesDone reports whether the content opens what is done: a status in which an issue is
// done may forbid editing it (the property jira.issue.editable), so that it must be left
// first. Content that gives a resolution does not open it: that is edited before it moves.
// Source: https://support.atlassian.com/jira-cloud-administration/docs/use-workflow-properties/
func leavesDone(c outbound.Content) bool {
	return c.Now[fieldStatus+external.SidecarSuffix].Text() == doneCategory && c.Set[fieldResolution].IsEmpty() &&
		!sameName(c.Set[fieldStatus].Text(), c.Now[fieldStatus].Text())
}

// isSet reports whether a field holds a set: by what every Jira has, else by the value,
// which the mapping made as the field's type wants it.
func isSet(name string, c outbound.Content) bool {
	if k, system := systemKind(name); system {
		return k.set()
	}
	return c.Set[name].IsSet() || (c.Set[name].IsEmpty() && c.Now[name].IsSet())
}

// setOp changes a set by its elements.
func (a *adapter) setOp(name string, c outbound.Content) (adapters.Op, bool) {
	want, now := a.normal(name, elements(c.Set[name])), a.normal(name, elements(c.Now[name]))
	op := adapters.Op{
		Name: "change " + name, Verb: editSet, Writes: []string{name}, Add: want.Minus(now), Remove: now.Minus(want),
	}
	return op, len(op.Add)+len(op.Remove) > 0
}

func elements(v ticket.Value) ticket.Value { return ticket.Set(v.Elements()...) }

package github

import (
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
)

// The verbs of operations, named as the calls they make.
const (
	createIssue     = "issues.create"
	editIssue       = "issues.edit"
	reopenIssue     = "issues.reopen"
	addLabels       = "labels.add"
	removeLabel     = "labels.remove"
	addAssignees    = "assignees.add"
	removeAssignees = "assignees.remove"
	createMilestone = "milestones.create"
	createComment   = "comments.create"
	editComment     = "comments.edit"
	deleteComment   = "comments.delete"
)

// Ops splits content into calls: a missing milestone first, then the item, then what
// is taken off and put on it, then closing it when it is new.
func (a *adapter) Ops(out outbound.Outbound) ([]adapters.Op, error) {
	c, err := out.Open()
	if err != nil {
		return nil, err
	}
	if c.CreateKey != "" && !validKey(c.CreateKey) {
		return nil, fail(external.Invalid, "split the content", "the create key cannot stand in an HTML comment", nil)
	}
	plain, err := split(c)
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

func split(c outbound.Content) ([]adapters.Op, error) {
	switch {
	case c.Ref.Kind == external.KindComment:
		return commentOps(c), nil
	case c.Ref.Kind == external.KindTicket && c.Action == outbound.Create:
		return createOps(c), nil
	case c.Ref.Kind == external.KindTicket && c.Action == outbound.Update:
		return updateOps(c), nil
	case c.Ref.Kind == external.KindTicket && c.Action == outbound.Delete:
		return nil, fail(external.Invalid, "delete issue "+c.Ref.Key, "GitHub cannot delete issues; close it as not planned", nil)
	}
	return nil, fail(external.Invalid, string(c.Action), "GitHub cannot do this to a "+string(c.Ref.Kind), nil)
}

func commentOps(c outbound.Content) []adapters.Op {
	switch c.Action {
	case outbound.Create:
		return []adapters.Op{{Name: "create comment", Verb: createComment, Creates: true, Writes: []string{fieldBody}}}
	case outbound.Update:
		return []adapters.Op{{Name: "edit comment", Verb: editComment, Writes: []string{fieldBody}}}
	case outbound.Delete:
		return []adapters.Op{{Name: "delete comment", Verb: deleteComment}}
	}
	return nil
}

// createOps makes the issue with everything but its state: issues are born open.
func createOps(c outbound.Content) []adapters.Op {
	closes := c.Set[fieldState].Text() == "closed"
	writes := present(c, fieldTitle, fieldBody, fieldLabels, fieldAssignees, fieldMilestone)
	if !closes {
		writes = append(writes, present(c, fieldState, fieldReason)...)
	}
	ops := append(containerOps(c), adapters.Op{Name: "create issue", Verb: createIssue, Creates: true, Writes: writes})
	if closes {
		ops = append(ops, adapters.Op{Name: "close issue", Verb: editIssue, Writes: present(c, fieldState, fieldReason)})
	}
	return ops
}

// updateOps edits in one call, and sets by their elements, so that an element that
// somebody else adds meanwhile stays. Elements go before others come: label names
// that differ in case alone are one label to GitHub, and it must stay.
func updateOps(c outbound.Content) []adapters.Op {
	ops := containerOps(c)
	writes := present(c, fieldTitle, fieldBody, fieldState, fieldReason, fieldMilestone)
	if otherReason(c) {
		ops = append(ops, adapters.Op{Name: "reopen issue", Verb: reopenIssue, Writes: present(c, fieldState, fieldReason)})
		writes = present(c, fieldTitle, fieldBody, fieldMilestone)
	}
	if len(writes) > 0 {
		ops = append(ops, adapters.Op{Name: "edit issue", Verb: editIssue, Writes: writes})
	}
	if set, ok := c.Set[fieldLabels]; ok {
		for _, name := range c.Now[fieldLabels].Minus(set) {
			ops = append(ops, adapters.Op{Name: "remove label", Verb: removeLabel, Writes: []string{fieldLabels}, Remove: []string{name}})
		}
		if add := set.Minus(c.Now[fieldLabels]); len(add) > 0 {
			ops = append(ops, adapters.Op{Name: "add labels", Verb: addLabels, Writes: []string{fieldLabels}, Add: add})
		}
	}
	if set, ok := c.Set[fieldAssignees]; ok {
		if remove := c.Now[fieldAssignees].Minus(set); len(remove) > 0 {
			ops = append(ops, adapters.Op{Name: "remove assignees", Verb: removeAssignees, Writes: []string{fieldAssignees}, Remove: remove})
		}
		if add := set.Minus(c.Now[fieldAssignees]); len(add) > 0 {
			ops = append(ops, adapters.Op{Name: "add assignees", Verb: addAssignees, Writes: []string{fieldAssignees}, Add: add})
		}
	}
	return ops
}

// otherReason reports whether a closed issue is to be closed for another reason. GitHub
// ignores a reason unless the state changes (operation issues/update), so the issue is
// opened first; closing it is asked for again, since it came halfway.
func otherReason(c outbound.Content) bool {
	reason, given := c.Set[fieldReason]
	return given && c.Now[fieldState].Text() == "closed" && c.Set[fieldState].Text() == "closed" && !reason.Equal(c.Now[fieldReason])
}

// containerOps makes the milestone that is named but not known.
func containerOps(c outbound.Content) []adapters.Op {
	title := c.Set[fieldMilestone].Text()
	if _, known := milestoneKey(c, title); title == "" || known {
		return nil
	}
	return []adapters.Op{{Name: "create milestone", Verb: createMilestone, CreatesContainer: true}}
}

// milestoneKey returns the number of the known milestone with that title.
func milestoneKey(c outbound.Content, title string) (string, bool) {
	i := slices.IndexFunc(c.Containers, func(k external.Container) bool {
		return k.Field == fieldMilestone && k.Name == title
	})
	if i < 0 {
		return "", false
	}
	return c.Containers[i].Key, true
}

// present returns those of names that the content sets.
func present(c outbound.Content, names ...string) []string {
	var out []string
	for _, n := range names {
		if _, ok := c.Set[n]; ok {
			out = append(out, n)
		}
	}
	return out
}

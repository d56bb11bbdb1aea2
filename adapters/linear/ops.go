package linear

import (
	"regexp"
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
)

// The verbs of operations, named as the mutations they make.
const (
	verbCreateIssue   = "issueCreate"
	verbUpdateIssue   = "issueUpdate"
	verbDeleteIssue   = "issueDelete"
	verbCreateComment = "commentCreate"
	verbUpdateComment = "commentUpdate"
	verbDeleteComment = "commentDelete"
	verbCreateProject = "projectCreate"
	verbAttach        = "attachmentCreate"
)

// batchOfCreates is what creates that may share a call have in common.
const batchOfCreates = "issueBatchCreate"

// uuid4 is the form that Linear asks of an id chosen by a client.
var uuid4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// Ops splits content into calls: a missing project first, then the issue with all its
// fields at once, then the link back to us where one is wanted.
func (a *adapter) Ops(out outbound.Outbound) ([]adapters.Op, error) {
	c, err := out.Open()
	if err != nil {
		return nil, err
	}
	if c.Action == outbound.Create && !uuid4.MatchString(adapters.ClientID(c.CreateKey)) {
		return nil, fail(external.Invalid, "split the content", "the create key does not begin with a random UUID in small letters", nil)
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
		return a.createOps(c), nil
	case c.Ref.Kind == external.KindTicket && c.Action == outbound.Update:
		return updateOps(c), nil
	case c.Ref.Kind == external.KindTicket && c.Action == outbound.Delete:
		return []adapters.Op{{Name: "put issue into the trash", Verb: verbDeleteIssue}}, nil
	}
	return nil, fail(external.Invalid, string(c.Action), "Linear cannot do this to a "+string(c.Ref.Kind), nil)
}

func commentOps(c outbound.Content) []adapters.Op {
	switch c.Action {
	case outbound.Create:
		return []adapters.Op{{Name: "create comment", Verb: verbCreateComment, Creates: true, Writes: []string{fieldBody}}}
	case outbound.Update:
		return []adapters.Op{{Name: "edit comment", Verb: verbUpdateComment, Writes: []string{fieldBody}}}
	default:
		return []adapters.Op{{Name: "delete comment", Verb: verbDeleteComment}}
	}
}

func (a *adapter) createOps(c outbound.Content) []adapters.Op {
	create := adapters.Op{Name: "create issue", Verb: verbCreateIssue, Creates: true, Batch: batchOfCreates}
	for _, n := range written(c) {
		if !c.Set[n].IsEmpty() {
			create.Writes = append(create.Writes, n)
		}
	}
	ops := append(containerOps(c), create)
	if a.settings.Backlink != "" {
		ops[len(ops)-1].Batch = ""
		ops = append(ops, adapters.Op{Name: "attach the link to us", Verb: verbAttach})
	}
	return ops
}

// updateOps makes one call of everything. Labels go by their elements, so that one that
// somebody else adds meanwhile stays.
func updateOps(c outbound.Content) []adapters.Op {
	op := adapters.Op{Name: "update issue", Verb: verbUpdateIssue, Writes: written(c)}
	if set, ok := c.Set[fieldLabels]; ok {
		set = trimmed(set)
		op.Add, op.Remove = set.Minus(c.Now[fieldLabels]), c.Now[fieldLabels].Minus(set)
		if len(op.Add)+len(op.Remove) == 0 {
			op.Writes = slices.DeleteFunc(op.Writes, func(n string) bool { return n == fieldLabels })
		}
	}
	if len(op.Writes) == 0 {
		return nil
	}
	return append(containerOps(c), op)
}

// containerOps makes the project that is named but not known. Cycles are made by Linear.
func containerOps(c outbound.Content) []adapters.Op {
	name := c.Set[fieldProject].Text()
	if _, known := containerID(c, fieldProject, name); name == "" || known {
		return nil
	}
	return []adapters.Op{{Name: "create project", Verb: verbCreateProject, CreatesContainer: true}}
}

// containerID returns the id of the known container with that name.
func containerID(c outbound.Content, field, name string) (string, bool) {
	i := slices.IndexFunc(c.Containers, func(k external.Container) bool { return k.Field == field && k.Name == name })
	if i < 0 {
		return "", false
	}
	return c.Containers[i].ID, true
}

// written returns the fields that the content sets. Labels lead: the elements of an
// operation are those of its first field.
func written(c outbound.Content) []string {
	var out []string
	for _, n := range []string{
		fieldLabels, fieldTitle, fieldDescription, fieldState, fieldPriority, fieldEstimate, fieldAssignee, fieldDueDate,
		fieldParent, fieldProject, fieldCycle,
	} {
		if _, ok := c.Set[n]; ok {
			out = append(out, n)
		}
	}
	return out
}

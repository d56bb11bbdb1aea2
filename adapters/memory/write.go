package memory

import (
	"context"
	"slices"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

// The vendor's calls that write.
const (
	verbCreate   = "create"
	verbEdit     = "edit"
	verbLabel    = "label"
	verbUnlabel  = "unlabel"
	verbAssign   = "assign"
	verbUnassign = "unassign"
	verbDelete   = "delete"
)

// Ops splits content: texts and state go in one call, labels that are new in one,
// each label that goes in one of its own, assignees likewise in two.
func (a *Adapter) Ops(out outbound.Outbound) ([]adapters.Op, error) {
	c, err := out.Open()
	if err != nil {
		return nil, err
	}
	var ops []adapters.Op
	switch c.Action {
	case outbound.Create:
		ops = createOps(c)
	case outbound.Delete:
		if c.Ref.Kind != external.KindComment && !a.t.opts.TicketDel {
			return nil, fail(external.Invalid, "delete", c.Ref.ID, "the tracker deletes comments only")
		}
		ops = []adapters.Op{{Name: "delete " + string(c.Ref.Kind), Verb: verbDelete}}
	default:
		ops = updateOps(c)
	}
	for i, op := range ops {
		if ops[i], err = adapters.NewOp(out, op); err != nil {
			return nil, err
		}
	}
	return ops, nil
}

// createOps makes a ticket open, whatever its state: closing it is a second call.
func createOps(c outbound.Content) []adapters.Op {
	create := adapters.Op{Name: "create " + string(c.Ref.Kind), Verb: verbCreate, Creates: true}
	for _, n := range names(c.Set) {
		if n != FieldState && !c.Set[n].IsEmpty() {
			create.Writes = append(create.Writes, n)
		}
	}
	ops := []adapters.Op{create}
	if s := c.Set[FieldState].Text(); s != "" && s != ticket.StateOpen {
		return append(ops, adapters.Op{Name: "set state", Verb: verbEdit, Writes: []string{FieldState}})
	}
	if c.Ref.Kind == external.KindTicket {
		ops[0].Batch = batchCreates
	}
	return ops
}

func updateOps(c outbound.Content) []adapters.Op {
	var ops []adapters.Op
	edit := adapters.Op{Name: "edit " + string(c.Ref.Kind), Verb: verbEdit}
	for _, n := range names(c.Set) {
		if n != FieldLabels && n != FieldAssignees {
			edit.Writes = append(edit.Writes, n)
		}
	}
	if len(edit.Writes) > 0 {
		ops = append(ops, edit)
	}
	if want, ok := c.Set[FieldLabels]; ok {
		if add := want.Minus(c.Now[FieldLabels]); len(add) > 0 {
			ops = append(ops, adapters.Op{Name: "add labels", Verb: verbLabel, Writes: []string{FieldLabels}, Add: add})
		}
		for _, l := range c.Now[FieldLabels].Minus(want) {
			ops = append(ops, adapters.Op{Name: "remove label", Verb: verbUnlabel, Writes: []string{FieldLabels}, Remove: []string{l}})
		}
	}
	if want, ok := c.Set[FieldAssignees]; ok {
		if add := want.Minus(c.Now[FieldAssignees]); len(add) > 0 {
			ops = append(ops, adapters.Op{Name: "assign", Verb: verbAssign, Writes: []string{FieldAssignees}, Add: add})
		}
		if gone := c.Now[FieldAssignees].Minus(want); len(gone) > 0 {
			ops = append(ops, adapters.Op{Name: "unassign", Verb: verbUnassign, Writes: []string{FieldAssignees}, Remove: gone})
		}
	}
	return ops
}

// names returns the set's fields in the order in which the tracker shows them.
func names(set external.Fields) []string {
	var out []string
	for _, n := range []string{FieldTitle, FieldBody, FieldState, FieldLabels, FieldAssignees} {
		if _, ok := set[n]; ok {
			out = append(out, n)
		}
	}
	return out
}

// Write makes one call.
func (a *Adapter) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	c, err := op.Open()
	if err != nil {
		return external.Item{}, err
	}
	t := a.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := a.enter(ctx, t.counter(op.Verb), op.Name, true); err != nil {
		return external.Item{}, err
	}
	fault := t.fault
	t.fault = nil
	if fault != nil && !fault.Applied {
		return external.Item{}, fault.err(op.Name)
	}
	shown, err := a.make(op, c)
	switch {
	case err != nil:
		return external.Item{}, err
	case fault != nil:
		return external.Item{}, fault.err(op.Name)
	}
	return shown, nil
}

// make performs a write and shows what came of it.
func (a *Adapter) make(op adapters.Op, c outbound.Content) (external.Item, error) {
	if out, moved, err := a.elsewhere(op, c); moved {
		return out, err
	}
	it, halfway, err := a.perform(op, c)
	if err != nil {
		return external.Item{}, err
	}
	if it.gone {
		return external.Item{Ref: it.ref(), Gone: true}, nil
	}
	shown := a.item(it.face)
	shown.Halfway = halfway
	return shown, nil
}

func (f *Fault) err(what string) error {
	return &external.Error{Kind: f.Kind, Op: what, Message: "the tracker was told to fail", RetryAfter: f.RetryAfter}
}

func (t *Tracker) counter(verb string) *int {
	switch verb {
	case verbCreate:
		return &t.calls.Create
	case verbLabel, verbUnlabel:
		return &t.calls.Labels
	case verbAssign, verbUnassign:
		return &t.calls.Assign
	case verbDelete:
		return &t.calls.Delete
	}
	return &t.calls.Edit
}

func (a *Adapter) perform(op adapters.Op, c outbound.Content) (it *item, halfway []string, err error) {
	t := a.t
	if op.Verb == verbCreate {
		it, err = t.perform(c)
		return it, nil, err
	}
	if it, err = t.find(op.Name, c.Ref.ID); err != nil {
		return nil, nil, err
	}
	now, us := t.now(), t.opts.Login
	switch op.Verb {
	case verbDelete:
		t.drop(it, now)
		return it, nil, nil
	case verbEdit:
		halfway, err = a.edit(it, op, c, now)
		return it, halfway, err
	case verbLabel, verbUnlabel:
		return it, nil, t.set(it, us, FieldLabels, delta(it.labels, op), now)
	case verbAssign, verbUnassign:
		return it, nil, t.set(it, us, FieldAssignees, delta(it.assignees, op), now)
	}
	return nil, nil, fail(external.Invalid, "write", op.Verb, "the tracker has no such call")
}

// perform creates the content's item with its key in the tracker's way.
func (t *Tracker) perform(c outbound.Content) (*item, error) {
	id, body := "", t.opts.tidy(FieldBody, c.Set[FieldBody].Text())
	if t.opts.CreateKey == external.CreateKeyClientID {
		id = c.CreateKey
	} else {
		body = joinMarker(body, c.CreateKey)
	}
	var ref external.Ref
	var err error
	if c.Ref.Kind == external.KindComment {
		ref, err = t.comment(t.opts.Login, id, c.Ref.Parent, body)
	} else {
		ref, err = t.create(t.opts.Login, id, external.Fields{
			FieldTitle: c.Set[FieldTitle], FieldBody: ticket.Text(body),
			FieldLabels: c.Set[FieldLabels], FieldAssignees: c.Set[FieldAssignees],
		})
	}
	if err != nil {
		return nil, err
	}
	return t.byID[ref.ID], nil
}

// edit sets the texts that the op names in one step, or none of them. It returns the
// fields that came halfway.
func (a *Adapter) edit(it *item, op adapters.Op, c outbound.Content, now time.Time) (halfway []string, err error) {
	t := a.t
	for _, n := range op.Writes {
		if err := check(n, c.Set[n].Text(), it.kind); err != nil {
			return nil, err
		}
	}
	moved := false
	for _, n := range op.Writes {
		v := c.Set[n]
		if n == FieldBody && t.opts.CreateKey == external.CreateKeyMarker {
			v = ticket.Text(joinMarker(t.opts.tidy(FieldBody, v.Text()), c.CreateKey))
		}
		if n == FieldState {
			state, more := t.opts.step(it.state, v.Text())
			if v = ticket.Text(state); more {
				halfway = append(halfway, n)
			}
		}
		m, err := t.put(it, t.opts.Login, n, v, now)
		if err != nil {
			return nil, err
		}
		moved = moved || m
	}
	if moved {
		t.changed(it, now)
	}
	return halfway, nil
}

func delta(set ticket.Value, op adapters.Op) ticket.Value {
	elems := append(set.Elements(), op.Add...)
	return ticket.Set(slices.DeleteFunc(elems, func(e string) bool { return slices.Contains(op.Remove, e) })...)
}

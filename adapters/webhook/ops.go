package webhook

import (
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
)

// changeSet is the verb of an operation that adds to and removes from one set.
const changeSet verb = "change set"

// Ops splits content into requests: one for what is created, deleted or changed, and
// one for each set that is changed by its elements.
func (a *adapter) Ops(out outbound.Outbound) ([]adapters.Op, error) {
	c, err := out.Open()
	if err != nil {
		return nil, err
	}
	v := map[outbound.Action]verb{outbound.Create: create, outbound.Update: update, outbound.Delete: remove}[c.Action]
	what := string(v) + " " + string(c.Ref.Kind) + " " + c.Ref.ID
	act := a.verbs[c.Ref.Kind][v]
	if act == nil {
		return nil, fail(external.Invalid, what, "the settings have no write."+string(c.Ref.Kind)+"."+string(v), nil)
	}
	names, err := a.writable(what, c)
	if err != nil {
		return nil, err
	}
	var ops []adapters.Op
	for _, op := range a.split(act, c, names) {
		made, err := adapters.NewOp(out, op)
		if err != nil {
			return nil, err
		}
		ops = append(ops, made)
	}
	return ops, nil
}

// writable returns the names of the fields to write, sorted.
func (a *adapter) writable(what string, c outbound.Content) ([]string, error) {
	var out []string
	for name := range c.Set {
		f, known := a.shapes[c.Ref.Kind].field(name)
		if !known || f.ReadOnly {
			return nil, fail(external.Invalid, what, "the settings have no field "+name+" that may be written", nil)
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return out, nil
}

func (a *adapter) split(act *action, c outbound.Content, names []string) []adapters.Op {
	kind := string(c.Ref.Kind)
	switch act.verb {
	case create:
		return []adapters.Op{{Name: "create " + kind, Verb: string(create), Creates: true, Writes: names}}
	case remove:
		return []adapters.Op{{Name: "delete " + kind, Verb: string(remove)}}
	}
	var ops []adapters.Op
	var plain []string
	for _, name := range names {
		f, _ := a.shapes[c.Ref.Kind].field(name)
		if !f.Set || act.full || a.set.Write.Sets == "replace" {
			plain = append(plain, name)
			continue
		}
		had, want := f.tidy(c.Now[name]), f.tidy(c.Set[name])
		if add, gone := want.Minus(had), had.Minus(want); len(add)+len(gone) > 0 {
			ops = append(ops, adapters.Op{
				Name: "change " + name, Verb: string(changeSet), Writes: []string{name}, Add: add, Remove: gone,
			})
		}
	}
	if len(plain) > 0 {
		ops = slices.Insert(ops, 0, adapters.Op{Name: "edit " + kind, Verb: string(update), Writes: plain})
	}
	return ops
}

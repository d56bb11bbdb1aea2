package webhook

import (
	"context"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
)

// Write makes the one request of an operation. It returns the item of the answer, where
// the settings find one there, else the item as it is read back, else as it was sent:
// of a system that cannot be read nobody knows more.
func (a *adapter) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	c, err := op.Open()
	if err != nil {
		return external.Item{}, err
	}
	v := verb(op.Verb)
	if v == changeSet {
		v = update
	}
	w := writing{a: a, op: op, c: c, what: op.Name + " " + c.Ref.ID, action: a.verbs[c.Ref.Kind][v]}
	if w.action == nil {
		return external.Item{}, fail(external.Invalid, w.what, "the settings have no such operation", nil)
	}
	body, err := a.input(op, c, v)
	if err != nil {
		return external.Item{}, fail(external.Invalid, w.what, err.Error(), nil)
	}
	got, err := a.send(ctx, request{
		what: w.what, kind: string(c.Ref.Kind) + "." + string(v), action: w.action, id: deliveryID(v, c), values: a.values(c.Ref), body: body,
	})
	if err != nil {
		return external.Item{}, err
	}
	return w.outcome(ctx, got)
}

// writing is one operation that the system has accepted.
type writing struct {
	a      *adapter
	op     adapters.Op
	c      outbound.Content
	what   string
	action *action
}

// outcome is the item after the operation. It happened: what fails now leaves in
// doubt only how the item looks.
func (w *writing) outcome(ctx context.Context, got answer) (external.Item, error) {
	if w.action.verb == remove {
		return external.Item{Ref: w.c.Ref, Gone: true}, nil
	}
	if w.action.item != nil || w.action.id != nil {
		var err error
		if got.doc, err = decode(got.body); err != nil {
			return external.Item{}, broken(call{what: w.what, write: true}, err)
		}
	}
	if w.action.item != nil {
		return w.answered(ctx, got.doc)
	}
	ref, err := w.ref(ctx, got.doc)
	if err != nil {
		return external.Item{}, err
	}
	if !w.a.readable() {
		return w.asSent(ref), nil
	}
	item, err := w.a.readOne(ctx, ref)
	if kind := external.KindOf(err); item.Gone || kind == external.Gone || kind == external.NotFound {
		return external.Item{}, fail(external.Ambiguous, w.what, "the system accepted it, and the item that it names is not there any more; look whether somebody deleted it there",
			fail(external.Gone, w.what, "the item is not there", err))
	}
	if err != nil {
		return external.Item{}, fail(external.Ambiguous, w.what, "the system accepted it and what became of it could not be read", err)
	}
	item.ReadBack = true
	return item, nil
}

// answered is the item of the answer, which must be the one that was meant.
func (w *writing) answered(ctx context.Context, doc any) (external.Item, error) {
	raw, err := w.action.item.one(ctx, doc)
	if err != nil {
		return external.Item{}, w.doubt(err)
	}
	item, err := w.a.shapes[w.c.Ref.Kind].item(ctx, raw, w.a.ownKey)
	if err != nil {
		return external.Item{}, w.doubt(err)
	}
	if w.action.verb == update && item.ID != w.c.Ref.ID {
		return external.Item{}, fail(external.Moved, w.what, "the answer is about another item; read again", nil)
	}
	return item, nil
}

func (w *writing) doubt(cause error) error {
	return fail(external.Ambiguous, w.what, "the system accepted it and its answer is not what the settings expect: "+cause.Error(), cause)
}

// ref names the item: as the answer does, or where it tells nothing by our create key.
func (w *writing) ref(ctx context.Context, doc any) (external.Ref, error) {
	ref := w.c.Ref
	if w.action.verb != create {
		return ref, nil
	}
	if w.action.async {
		ref.ID = w.c.CreateKey
	} else {
		r := reader{ctx: ctx, raw: doc}
		ref.ID, ref.Key = r.text(w.action.id), r.text(w.action.key)
		if r.err != nil {
			return ref, w.doubt(r.err)
		}
	}
	if ref.ID == "" {
		return ref, fail(external.Ambiguous, w.what, "the system accepted it and named no id; check the create's id in the settings", nil)
	}
	if ref.Key == "" {
		ref.Key = ref.ID
	}
	return ref, nil
}

// asSent is the item as it was sent, normalised.
func (w *writing) asSent(ref external.Ref) external.Item {
	out := external.Item{Ref: ref, Fields: external.Fields{}}
	if w.action.verb == create {
		out.CreateKey, out.Author = w.c.CreateKey, w.a.set.Login
	}
	for _, name := range w.op.Writes {
		f, _ := w.a.shapes[ref.Kind].field(name)
		out.Fields[name] = f.tidy(w.c.Set[name])
	}
	return out
}

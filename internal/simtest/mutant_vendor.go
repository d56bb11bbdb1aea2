package simtest

import (
	"context"
	"slices"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// spoil lets the bad habits of this file at the items that an adapter shows.
func (a *bent) spoil(items []external.Item) []external.Item {
	if a.unscrolled && !a.Capabilities().Has(external.StreamComments) {
		items = slices.DeleteFunc(items, func(it external.Item) bool { return it.Kind == external.KindComment })
	}
	for n := range items {
		a.spoilOne(&items[n])
	}
	return items
}

func (a *bent) spoilOne(it *external.Item) {
	if a.nameless && a.Capabilities().CreateKey == external.CreateKeyClientID {
		it.CreateKey = ""
	}
	if a.bare || a.astray || a.unaware {
		it.Fields = a.fewer(it.Fields)
	}
	if a.astray && it.Kind == external.KindTicket {
		a.last = it.ID
	}
	if a.arrived {
		it.Halfway = nil
	}
}

// fewer drops the raw forms of texts, or who may see an item, or names another ticket where one is referred to.
func (a *bent) fewer(f external.Fields) external.Fields {
	out := make(external.Fields, len(f))
	for n, v := range f {
		if a.bare && strings.HasSuffix(n, external.SidecarSuffix) || a.unaware && n == external.RestrictedField {
			continue
		}
		c, _ := a.Capabilities().Field(n)
		if a.astray && c.Type == external.TypeReference && !v.IsEmpty() && a.last != "" {
			v = ticket.Text(a.last)
		}
		out[n] = v
	}
	return out
}

// Damage, Respell and Containers pass: no habit concerns them.
func (a *bent) Damage(kind external.Kind, f, now external.Fields) map[string]string {
	return damage(a.Adapter, kind, f, now)
}

// Respell passes.
func (a *bent) Respell(kind external.Kind, field, ours, theirs string) string {
	return respell(a.Adapter, kind, field, ours, theirs)
}

// Account passes.
func (a *bent) Account(ctx context.Context) (string, error) { return account(ctx, a.Adapter) }

// Containers passes.
func (a *bent) Containers(ctx context.Context) ([]external.Container, error) {
	return containers(ctx, a.Adapter)
}

// Write takes a state on the way for the one that was asked for.
func (a *bent) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	out, err := a.Adapter.Write(ctx, op)
	a.spoilOne(&out)
	return out, err
}

// WriteBatch gives each item to its neighbour.
func (a *bent) WriteBatch(ctx context.Context, ops []adapters.Op) ([]adapters.Result, error) {
	out, err := writeBatch(ctx, a.Adapter, ops)
	if a.shifted && len(out) > 1 {
		out = append(out[1:len(out):len(out)], out[0])
	}
	for n := range out {
		a.spoilOne(&out[n].Item)
	}
	return out, err
}

// freeTx passes every ticket on to every project.
type freeTx struct {
	store.Tx
	w *world
}

func passOnAll(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &freeTx{tx, w}
}

func (t *freeTx) free(p store.Project, err error) (store.Project, error) {
	p.Rules.PassOn = nil
	for _, from := range t.w.peers {
		p.Rules.PassOn = append(p.Rules.PassOn, outbound.PassOn{From: from.id, To: p.ID})
	}
	return p, err
}

func (t *freeTx) Project(ctx context.Context, id string) (store.Project, error) {
	return t.free(t.Tx.Project(ctx, id))
}

func (t *freeTx) ProjectForUpdate(ctx context.Context, id string) (store.Project, error) {
	return t.free(t.Tx.ProjectForUpdate(ctx, id))
}

// UpdateProject keeps the rules as they are.
func (t *freeTx) UpdateProject(ctx context.Context, p store.Project) error {
	was, err := t.Tx.Project(ctx, p.ID)
	if err != nil {
		return err
	}
	p.Rules = was.Rules
	return t.Tx.UpdateProject(ctx, p)
}

// batchTx forgets that a batch of creates was sent when its answer does not come.
type batchTx struct {
	retryTx
	w *world
}

func retryBatches(w *world, tx store.Tx) store.Tx { return &batchTx{retryTx{tx}, w} }

func (t *batchTx) OpenIntents(ctx context.Context, projectID string) ([]store.Intent, error) {
	open, err := t.Tx.OpenIntents(ctx, projectID)
	return t.forgetBatches(ctx, open, err)
}

func (t *batchTx) LinkIntents(ctx context.Context, linkID string) ([]store.Intent, error) {
	open, err := t.Tx.LinkIntents(ctx, linkID)
	return t.forgetBatches(ctx, open, err)
}

func (t *batchTx) forgetBatches(ctx context.Context, open []store.Intent, err error) ([]store.Intent, error) {
	var lost, rest []store.Intent
	for _, i := range open {
		if t.w.unanswered[i.LinkID] {
			lost = append(lost, i)
		} else {
			rest = append(rest, i)
		}
	}
	lost, err = t.forget(ctx, lost, err)
	return append(rest, lost...), err
}

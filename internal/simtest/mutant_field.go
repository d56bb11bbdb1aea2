package simtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// fieldMutants are bugs that others in this field have had, or their users reported.
func fieldMutants() []Mutant {
	return []Mutant{
		{Name: "webhook makes a twin before the row is there", Caught: []string{"I1", "I2", "I3", "I5", "I6", "I8", "I9", "I16"}, hinted: twinByHint},
		{Name: "failed item marked as done", Rare: true, Caught: []string{"I1", "I2", "I9"}, tx: doneWhenFailed},
		{Name: "retries that stop for ever", Caught: []string{"I1", "I9"}, tx: neverAgain},
		{Name: "grants ignored", Caught: []string{"I5"}, tx: grantAll},
		{Name: "private comment goes with its ticket", Caught: []string{"I5"}, tx: openComments},
		{Name: "comments that look like ours dropped", Caught: []string{"I1", "I9"}, adapter: wrapField(func(a *field) { a.filter = true })},
		{Name: "change of labels not noticed", Caught: []string{"I1", "I2", "I9"}, tx: blindToLabels},
		{Name: "label set written whole", Rare: true, Caught: []string{"I1", "I2", "I9"}, adapter: wrapField(func(a *field) { a.whole = true })},
		{Name: "old writer not fenced off", Rare: true, Caught: []string{"I1", "I2", "I3", "I4", "I6", "I7", "I9", "I16"}, tx: noFence},
		{Name: "ticket read from a cache", Caught: []string{"I1", "I2", "I3", "I5", "I9", "I16"}, tx: cached},
		{Name: "outage taken for a deletion", Caught: []string{"I1", "I2", "I9"}, adapter: wrapField(func(a *field) { a.despairing = true })},
	}
}

// twinByHint makes a ticket of whatever a webhook tells of and no link knows, as a handler
// does that checks first and inserts then (its own create may be on the way).
func twinByHint(w *world, p *peer, it external.Item) {
	if it.Kind != external.KindTicket || it.Gone || w.linkOf(p, "", it.Ref).ID != "" || !p.site.ours(it.Author) {
		return
	}
	w.must(w.raw.Tx(w.ctx, func(tx store.Tx) error {
		t := ticket.Ticket{ID: w.newID(), Privacy: ticket.Shareable, Origin: p.id, Revision: 1, CreatedAt: w.now, UpdatedAt: w.now,
			Fields: ticket.Fields{ticket.Title: it.Fields["title"], ticket.Body: it.Fields["body"]}}
		if err := tx.InsertTicket(w.ctx, t); err != nil {
			return err
		}
		return tx.InsertLink(w.ctx, store.Link{ID: w.newID(), ProjectID: p.id, Kind: it.Kind, LocalID: t.ID, ExternalID: it.ID, ExternalKey: it.Key,
			State: store.Live, DirtyRev: 1, DirtyAt: w.now, CreatedAt: w.now})
	}))
}

// triesTx treats a link that failed, or must wait, in a wrong way.
type triesTx struct {
	store.Tx
	w     *world
	wrong func(ctx context.Context, tx store.Tx, l store.Link) (store.Link, error)
}

// UpdateLink sees each new delay of a link.
func (t *triesTx) UpdateLink(ctx context.Context, l store.Link) error {
	old, err := t.Link(ctx, l.ID)
	if err != nil {
		return err
	}
	if t.w.acting == 0 && l.NextTry.After(old.NextTry) && l.NextTry.After(t.w.now) {
		if l, err = t.wrong(ctx, t.Tx, l); err != nil {
			return err
		}
	}
	return t.Tx.UpdateLink(ctx, l)
}

// doneWhenFailed marks what could not be done as done.
func doneWhenFailed(w *world, tx store.Tx) store.Tx {
	return &triesTx{tx, w, func(ctx context.Context, tx store.Tx, l store.Link) (store.Link, error) {
		return l, tx.MarkClean(ctx, l.ID, l.DirtyRev)
	}}
}

// neverAgain waits ten years after the first failure.
func neverAgain(w *world, tx store.Tx) store.Tx {
	return &triesTx{tx, w, func(_ context.Context, _ store.Tx, l store.Link) (store.Link, error) {
		l.NextTry = l.NextTry.Add(10 * 365 * 24 * time.Hour)
		return l, nil
	}}
}

// grantTx finds a grant for every ticket and project.
type grantTx struct {
	store.Tx
	w *world
}

func grantAll(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &grantTx{tx, w}
}

func (t *grantTx) Grants(_ context.Context, ticketID string) ([]ticket.Grant, error) {
	var out []ticket.Grant
	for _, p := range t.w.peers {
		out = append(out, ticket.Grant{TicketID: ticketID, ProjectID: p.id, By: "ann"})
	}
	return out, nil
}

// openTx takes every comment for as public as its ticket.
type openTx struct{ store.Tx }

func openComments(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &openTx{tx}
}

func (t *openTx) Comment(ctx context.Context, id string) (ticket.Comment, error) {
	c, err := t.Tx.Comment(ctx, id)
	c.Privacy = ""
	return c, err
}

func (t *openTx) CommentForUpdate(ctx context.Context, id string) (ticket.Comment, error) {
	c, err := t.Tx.CommentForUpdate(ctx, id)
	c.Privacy = ""
	return c, err
}

// labelTx says that an item did not change when only its labels did.
type labelTx struct{ store.Tx }

func blindToLabels(_ *world, tx store.Tx) store.Tx { return &labelTx{tx} }

func (t *labelTx) PutObservation(ctx context.Context, o store.Observation) (bool, error) {
	old, err := t.Observation(ctx, o.ProjectID, o.Item.Kind, o.Item.ID)
	changed, err2 := t.Tx.PutObservation(ctx, o)
	if err != nil || err2 != nil || old.Hash == "" || old.Item.Gone != o.Item.Gone {
		return changed, err2
	}
	for n, v := range o.Item.Fields {
		if n != "labels" && !v.Equal(old.Item.Fields[n]) {
			return changed, nil
		}
	}
	return false, nil
}

// fenceTx never moves the epoch, so that an old writer is as good as the newest.
type fenceTx struct{ store.Tx }

func noFence(_ *world, tx store.Tx) store.Tx { return &fenceTx{tx} }

func (t *fenceTx) BumpEpoch(ctx context.Context, id string) (int64, error) {
	p, err := t.Project(ctx, id)
	return p.WriterEpoch, err
}

func (t *fenceTx) RaiseEpoch(ctx context.Context, id string, beyond int64) (int64, error) {
	if p, err := t.Project(ctx, id); err == nil && !p.Restored.Open() {
		return t.BumpEpoch(ctx, id)
	}
	return t.Tx.RaiseEpoch(ctx, id, beyond)
}

// cacheTx reads tickets as they were when the engine read them first, and puts its own
// changes over whatever stands there now.
type cacheTx struct {
	store.Tx
	w *world
}

func cached(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &cacheTx{tx, w}
}

func (t *cacheTx) Ticket(ctx context.Context, id string) (ticket.Ticket, error) {
	if old, ok := t.w.cache[id]; ok {
		return old, nil
	}
	tk, err := t.Tx.Ticket(ctx, id)
	if err == nil {
		t.w.cache[id] = tk
	}
	return tk, err
}

func (t *cacheTx) TicketForUpdate(ctx context.Context, id string) (ticket.Ticket, error) {
	return t.Ticket(ctx, id)
}

func (t *cacheTx) UpdateTicket(ctx context.Context, tk ticket.Ticket, _ int64) error {
	now, err := t.Tx.Ticket(ctx, tk.ID)
	if err != nil {
		return err
	}
	tk.Revision = now.Revision + 1
	delete(t.w.cache, tk.ID)
	return t.Tx.UpdateTicket(ctx, tk, now.Revision)
}

// field is an adapter with a bad habit known from this field.
type field struct {
	*bent
	filter     bool // comments that look like ours are taken for ours
	whole      bool // a label is set by writing the set that we know
	despairing bool // what was not listed lately is gone
	listed     map[string]bool
}

func wrapField(habit func(*field)) func(*world, *peer, adapters.Adapter) adapters.Adapter {
	return func(w *world, p *peer, inner adapters.Adapter) adapters.Adapter {
		a := &field{bent: &bent{Adapter: inner, w: w, p: p}, listed: map[string]bool{}}
		habit(a)
		return a
	}
}

// Changes drops or dresses up what it lists.
func (a *field) Changes(ctx context.Context, s external.Stream, w external.Window, page, version string) (external.Page, error) {
	out, err := a.bent.Changes(ctx, s, w, page, version)
	if a.filter {
		out.Items = slices.DeleteFunc(out.Items, func(it external.Item) bool {
			return it.Kind == external.KindComment && strings.Contains(it.Fields["body"].Text(), "fixes")
		})
	}
	for n := range out.Items {
		a.listed[out.Items[n].ID] = true
	}
	return out, err
}

// Read takes what no list has shown for deleted.
func (a *field) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	out, err := a.bent.Read(ctx, refs)
	for n := range out {
		if a.despairing && !a.listed[out[n].ID] {
			out[n].Gone = true
		}
	}
	return out, err
}

// Write takes off every label that our look did not show.
func (a *field) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	c, err := op.Open()
	if err != nil {
		return external.Item{}, err
	}
	before, there := a.p.site.Peek(c.Ref.Kind, c.Ref.ID)
	out, err := a.bent.Write(ctx, op)
	if err != nil || !a.whole || !there || len(op.Add)+len(op.Remove) == 0 {
		return out, err
	}
	keep := append(slices.Clone(op.Add), c.Set["labels"].Elements()...)
	for _, l := range before.Fields["labels"].Elements() {
		if !slices.Contains(keep, l) {
			a.w.must(a.p.site.unlabel(a.p.site.login(), before, l))
		}
	}
	out.Fields = external.Fields{"labels": ticket.Set(keep...)}
	return out, nil
}

package adaptertest

import (
	"context"
	"maps"
	"net/http"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
)

// bend says what is wrong with a bent adapter. A hook that is nil leaves its verb as it
// is.
type bend = *hooks

type hooks struct {
	probe     func(*external.Identity)
	schema    func(*external.Schema)
	window    func(*external.Window)
	page      func(*external.Page)
	items     func([]external.Item) // read, listed and written
	read      func([]external.Item) // read alone
	written   func(*external.Item)
	err       func(error) error // of any verb
	normalize func(external.Fields)
	damage    func(map[string]string) map[string]string
	respell   func(ours, theirs string) string
	verify    func(*adapters.Delivery, error) error
	history   func([][]external.Revision)
	results   func([]adapters.Result, error) ([]adapters.Result, error)
	lenient   bool // content that was not cleared gives no operation and no error
	again     bool // what does not create is written twice
	detached  bool // contexts are not obeyed
	twice     bool // what is read is read twice
	short     bool // lists leave out what is little newer than the lower bound
}

// bent is an adapter with something wrong. It has every extra verb; see offers.
type bent struct {
	adapters.Adapter
	*hooks
}

func newBent(a adapters.Adapter, h *hooks) *bent { return &bent{a, h} }

func (b *bent) fault(err error) error {
	if err != nil && b.err != nil {
		return b.err(err)
	}
	return err
}

func (b *bent) context(ctx context.Context) context.Context {
	if b.detached {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

func (b *bent) look(items []external.Item) {
	if b.items != nil {
		b.items(items)
	}
}

// Probe is bent by probe.
func (b *bent) Probe(ctx context.Context) (external.Identity, error) {
	who, err := b.Adapter.Probe(b.context(ctx))
	if b.probe != nil {
		b.probe(&who)
	}
	return who, b.fault(err)
}

// Schema is bent by schema.
func (b *bent) Schema(ctx context.Context) (external.Schema, error) {
	s, err := b.Adapter.Schema(b.context(ctx))
	if b.schema != nil {
		b.schema(&s)
	}
	return s, b.fault(err)
}

// Changes is bent by window, short, page and items.
func (b *bent) Changes(ctx context.Context, s external.Stream, w external.Window, page, version string) (external.Page, error) {
	if b.window != nil {
		b.window(&w)
	}
	if caps := b.Capabilities(); b.short && !w.Lo.IsZero() {
		w.Lo = w.Lo.Add(2*caps.Lag + caps.Precision + time.Minute)
	}
	p, err := b.Adapter.Changes(b.context(ctx), s, w, page, version)
	b.look(p.Items)
	if b.page != nil {
		b.page(&p)
	}
	return p, b.fault(err)
}

// Read is bent by items, read and twice.
func (b *bent) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	items, err := b.Adapter.Read(b.context(ctx), refs)
	if b.twice && err == nil {
		items, err = b.Adapter.Read(b.context(ctx), refs)
	}
	b.look(items)
	if b.read != nil {
		b.read(items)
	}
	return items, b.fault(err)
}

// Ops is bent by lenient.
func (b *bent) Ops(out outbound.Outbound) ([]adapters.Op, error) {
	ops, err := b.Adapter.Ops(out)
	if b.lenient {
		err = nil
	}
	return ops, err
}

// Write is bent by again, written and items.
func (b *bent) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	item, err := b.Adapter.Write(b.context(ctx), op)
	if b.again && err == nil && !op.Creates {
		item, err = b.Adapter.Write(b.context(ctx), op)
	}
	one := []external.Item{item}
	b.look(one)
	if b.written != nil && err == nil {
		b.written(&one[0])
	}
	return one[0], b.fault(err)
}

// Normalize is bent by normalize.
func (b *bent) Normalize(f external.Fields) external.Fields {
	out := maps.Clone(b.Adapter.Normalize(f))
	if b.normalize != nil {
		b.normalize(out)
	}
	return out
}

// History is bent by history.
func (b *bent) History(ctx context.Context, q []adapters.HistoryQuery) ([][]external.Revision, error) {
	out, err := b.Adapter.History(b.context(ctx), q)
	if b.history != nil {
		b.history(out)
	}
	return out, b.fault(err)
}

// WriteBatch is bent by results. The inner adapter has the verb: see offers.
func (b *bent) WriteBatch(ctx context.Context, ops []adapters.Op) ([]adapters.Result, error) {
	w, _ := b.Adapter.(adapters.BatchWriter)
	results, err := w.WriteBatch(b.context(ctx), ops)
	if b.results != nil {
		results, err = b.results(results, err)
	}
	return results, b.fault(err)
}

// Damage is bent by damage.
func (b *bent) Damage(k external.Kind, f, now external.Fields) map[string]string {
	d, _ := b.Adapter.(adapters.Damager)
	out := d.Damage(k, f, now)
	if b.damage != nil {
		return b.damage(out)
	}
	return out
}

// Respell is bent by respell.
func (b *bent) Respell(k external.Kind, field, ours, theirs string) string {
	if b.respell != nil {
		return b.respell(ours, theirs)
	}
	r, _ := b.Adapter.(adapters.Respeller)
	return r.Respell(k, field, ours, theirs)
}

// Containers lists what the inner adapter does.
func (b *bent) Containers(ctx context.Context) ([]external.Container, error) {
	l, _ := b.Adapter.(adapters.ContainerLister)
	out, err := l.Containers(b.context(ctx))
	return out, b.fault(err)
}

// VerifyWebhook is bent by verify.
func (b *bent) VerifyWebhook(secret []byte, h http.Header, body []byte) (adapters.Delivery, error) {
	r, _ := b.Adapter.(adapters.WebhookReceiver)
	d, err := r.VerifyWebhook(secret, h, body)
	if b.verify != nil {
		err = b.verify(&d, err)
	}
	return d, err
}

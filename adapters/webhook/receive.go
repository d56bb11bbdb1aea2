package webhook

import (
	"context"
	"net/http"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// delivery reads a payload whose signature was right.
func (a *adapter) delivery(ctx context.Context, header http.Header, body []byte, signed proof) (adapters.Delivery, error) {
	const what = "receive webhook"
	doc, err := decode(body)
	if err != nil {
		return adapters.Delivery{}, fail(external.Invalid, what, "the body is not JSON; set the webhook's content type to application/json", nil)
	}
	r := reader{ctx: ctx, raw: doc}
	d := adapters.Delivery{
		ID: r.find(a.intake.deliveryID, header), Event: r.find(a.intake.event, header), ProjectKey: r.text(a.intake.project),
		SignedAt: signed.at, MaxAge: signed.maxAge,
	}
	if d.ID == "" {
		d.ID = signed.id
	}
	if p := a.intake.timestamp; p != nil {
		if d.SignedAt, d.MaxAge = r.time(p), a.intake.maxAge; r.err == nil && d.SignedAt.IsZero() {
			return adapters.Delivery{}, fail(external.Invalid, what, "the payload does not say when it was sent; check "+p.path+" of the settings", nil)
		}
	}
	if r.err != nil {
		return adapters.Delivery{}, unreadable(what, r.err)
	}
	if d.ID == "" {
		return adapters.Delivery{}, fail(external.Invalid, what, "the delivery has no id; check receive.delivery_id of the settings", nil)
	}
	return d, unreadable(what, a.told(ctx, doc, &d))
}

// find returns what a source says.
func (r *reader) find(s source, header http.Header) string {
	if s.header != "" {
		return header.Get(s.header)
	}
	return r.text(s.payload)
}

// told puts the items of a payload into the delivery: as hints where they can be read
// again, else whole. Null is no item: most events are about one kind alone.
func (a *adapter) told(ctx context.Context, doc any, d *adapters.Delivery) error {
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		p := a.intake.items[kind]
		if p == nil {
			continue
		}
		all, err := p.run(ctx, doc)
		if err != nil {
			return err
		}
		for _, raw := range all {
			if raw == nil {
				continue
			}
			if err := a.tell(ctx, kind, raw, d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *adapter) tell(ctx context.Context, kind external.Kind, raw any, d *adapters.Delivery) error {
	if a.readable() {
		ref, err := a.shapes[kind].ref(ctx, raw)
		d.Refs = append(d.Refs, ref)
		return err
	}
	item, err := a.shapes[kind].item(ctx, raw, a.ownKey)
	if err != nil {
		return err
	}
	if item.UpdatedAt.IsZero() {
		return a.shapes[kind].updatedAt.failed(errType)
	}
	d.Items = append(d.Items, item)
	return a.shapes[kind].dated(item, a.now())
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// element is one create that waits to be sent together with others.
type element struct {
	w      *work
	op     adapters.Op
	intent store.Intent
}

// createTogether makes the external items of new tickets, many in one call where the
// system allows it. Each has its own intent, is judged once more before the call and
// lands or fails by itself; what was not sent, or came back as not made, is done one by
// one afterwards. It returns the links that failed and have had their turn.
func (e *Engine) createTogether(ctx context.Context, r Run, p *peer, links []store.Link, missed *outages) (map[string]bool, error) {
	writer, ok := p.adapter.(adapters.BatchWriter)
	if !ok || p.caps.WriteBatch < 2 {
		return nil, nil
	}
	failed := map[string]bool{}
	groups := map[string][]element{}
	send := func(kind string) error {
		batch := groups[kind]
		delete(groups, kind)
		return e.sendBatch(ctx, r, p, writer, batch, failed, missed)
	}
	for _, l := range links {
		if l.Kind != external.KindTicket || l.State != store.Backlog || l.LocalID == "" {
			continue
		}
		if p.isShut() || r.Enough != nil && r.Enough() {
			break
		}
		r.beat()
		el, ok, err := e.newElement(ctx, r, p, l.ID)
		if err != nil {
			if err := e.linkFailed(ctx, r, p, l, err, missed); err != nil {
				return failed, err
			}
			failed[l.ID] = true
			continue
		}
		if !ok {
			continue
		}
		kind := el.op.Batch
		if groups[kind] = append(groups[kind], el); len(groups[kind]) == p.caps.WriteBatch {
			if err := send(kind); err != nil {
				return failed, err
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(groups)) {
		if err := send(kind); err != nil {
			return failed, err
		}
	}
	return failed, nil
}

// newElement plans one link and keeps it if all there is to do is one create that may
// share a call.
func (e *Engine) newElement(ctx context.Context, r Run, p *peer, linkID string) (element, bool, error) {
	w, err := e.gather(ctx, r, p, linkID)
	if errors.Is(err, errNoLink) {
		return element{}, false, nil
	}
	if err != nil || w.wait != "" || len(w.plan.Of(plan.CreateOutside)) != 1 {
		return element{}, false, err
	}
	ops, intents, err := e.prepare(ctx, r, p, w)
	if errors.Is(err, store.ErrStale) {
		return element{}, false, nil // someone edited the ticket meanwhile: it is planned again by itself
	}
	if err == nil && len(ops) > 1 && ops[0].CreatesContainer {
		// The first ticket that names a container goes alone and makes it, so that all
		// others of the batch may name it.
		err = e.push(ctx, r, p, w, ops, intents)
		if errors.Is(err, store.ErrStale) || errors.Is(err, errTaken) {
			err = nil
		}
		return element{}, false, err
	}
	if err != nil || len(ops) != 1 || ops[0].Batch == "" {
		return element{}, false, err
	}
	return element{w, ops[0], intents[0]}, true, nil
}

// sendBatch makes one call for several creates.
func (e *Engine) sendBatch(ctx context.Context, r Run, p *peer, writer adapters.BatchWriter, batch []element, failed map[string]bool, missed *outages) error {
	if len(batch) < 2 || p.isShut() {
		return nil // a call of its own does as well, or none
	}
	if err := e.pace(ctx, p, store.UseCreate); err != nil {
		return err
	}
	call, cancel := e.within(ctx)
	defer cancel()
	sent, err := e.markAllSent(ctx, r, batch)
	if err != nil || len(sent) == 0 {
		return err
	}
	ops := make([]adapters.Op, len(sent))
	for n, el := range sent {
		ops[n] = el.op
	}
	results, err := e.callTogether(call, writer, ops, sent[0].intent.SentAt)
	if err == nil && len(results) != len(ops) {
		err = &external.Error{Kind: external.Ambiguous, Op: "create together",
			Message: fmt.Sprintf("the adapter told the outcome of %d of %d elements", len(results), len(ops))}
	}
	before := missed.inRow
	var ends error // the first reason for which the session cannot go on
	for n, el := range sent {
		res := adapters.Result{Err: err}
		if err == nil {
			res = results[n]
		}
		if cause := e.closeElement(ctx, r, p, el, res); cause != nil {
			if err := e.elementFailed(ctx, r, p, el, cause, failed, missed, before); err != nil && ends == nil {
				ends = err // what became of the others is known too, and is noted
			}
		}
	}
	if ends != nil {
		return ends
	}
	return e.vendorEnds(ctx, p, err)
}

// callTogether makes the call, unless marking its elements took so long that it might
// outlive their deadline.
func (e *Engine) callTogether(ctx context.Context, writer adapters.BatchWriter, ops []adapters.Op, marked time.Time) ([]adapters.Result, error) {
	if e.Clock.Now().Sub(marked) > e.CallTimeout/8 {
		return nil, &external.Error{Kind: external.Temporary, Op: "create together", Message: "noting the batch took too long; its elements are made one by one"}
	}
	return writer.WriteBatch(ctx, ops)
}

// vendorEnds turns the error of a whole batch into what ends the session: a limit, or a
// credential that is refused. Of everything else the elements have been told.
func (e *Engine) vendorEnds(ctx context.Context, p *peer, err error) error {
	switch external.KindOf(err) {
	case external.RateLimited, external.Unauthorised:
		return e.vendorError(ctx, p, err)
	}
	return ctx.Err()
}

// markAllSent makes the intents of a batch durable as sent, all in one transaction: whatever
// forbids one of them from then on finds it sent already. Tickets are locked in the order of
// their ids, as in every project. An element that may not be sent any more drops out, and is
// planned again by itself.
func (e *Engine) markAllSent(ctx context.Context, r Run, batch []element) (sent []element, err error) {
	inOrder := slices.SortedFunc(slices.Values(batch), func(a, b element) int { return strings.Compare(a.w.ticket.ID, b.w.ticket.ID) })
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		sent = nil
		project, err := e.fence(ctx, tx, r)
		if err != nil {
			return err
		}
		for _, el := range inOrder {
			el.intent, err = e.mark(ctx, tx, project, el.w, el.intent)
			if errors.Is(err, store.ErrStale) {
				continue
			}
			if err != nil {
				return err
			}
			sent = append(sent, el)
		}
		return nil
	})
	return sent, err
}

// closeElement records what became of one element. It returns why the element failed.
func (e *Engine) closeElement(ctx context.Context, r Run, p *peer, el element, res adapters.Result) error {
	switch {
	case res.Err == nil:
		return e.land(ctx, r, p, el.w, el.op, el.intent, res.Item)
	case external.KindOf(res.Err) == external.Ambiguous || ctx.Err() != nil:
		return e.unknown(ctx, r, el.intent, res.Err)
	}
	taken := external.KindOf(res.Err) == external.Conflict && p.caps.CreateKey == external.CreateKeyClientID
	if _, err := e.refused(ctx, r, el.w, el.intent, res.Err, taken); err != nil || taken {
		return err
	}
	return res.Err
}

// elementFailed lets an element that was not made go on by itself, and counts every
// other failure against its link.
func (e *Engine) elementFailed(ctx context.Context, r Run, p *peer, el element, cause error, failed map[string]bool, missed *outages, before int) error {
	switch external.KindOf(cause) {
	case external.Temporary:
		var vendor *external.Error
		if errors.As(cause, &vendor) {
			return nil
		}
	case external.RateLimited:
		failed[el.w.link.ID] = true
		return nil // the whole call was refused; see vendorEnds
	}
	failed[el.w.link.ID] = true
	if external.KindOf(cause) == external.Ambiguous {
		missed.inRow = before // one call, however many elements it had
	}
	return e.linkFailed(ctx, r, p, el.w.link, cause, missed)
}

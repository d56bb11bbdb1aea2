package memory

import (
	"context"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

var _ adapters.BatchWriter = (*Adapter)(nil)

// batchCreates is the Batch of creates that may share a call.
const batchCreates = "create tickets"

// WriteBatch makes several tickets in one call.
func (a *Adapter) WriteBatch(ctx context.Context, ops []adapters.Op) ([]adapters.Result, error) {
	contents := make([]outbound.Content, len(ops))
	for n, op := range ops {
		c, err := op.Open()
		if err != nil {
			return nil, err
		}
		contents[n] = c
	}
	t := a.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := a.enter(ctx, &t.calls.Create, "create together", true); err != nil {
		return nil, err
	}
	fault := t.fault
	t.fault = nil
	if fault != nil && !fault.Applied {
		return nil, fault.err(ops[0].Name)
	}
	results := a.performAll(contents)
	if fault != nil {
		return nil, fault.err(ops[0].Name)
	}
	return results, nil
}

// performAll makes what can be made. A tracker that takes a batch whole or not at all
// makes nothing when it refuses one element, and the others are told to come again.
func (a *Adapter) performAll(contents []outbound.Content) []adapters.Result {
	results := make([]adapters.Result, len(contents))
	if a.t.opts.Whole && a.refuseWhole(contents, results) {
		return results
	}
	for n, c := range contents {
		it, err := a.t.perform(c)
		if err != nil {
			results[n].Err = err
			continue
		}
		results[n].Item = a.item(it.face)
	}
	return results
}

func (a *Adapter) refuseWhole(contents []outbound.Content, results []adapters.Result) bool {
	bad := false
	for n, c := range contents {
		if err := a.refuses(c); err != nil {
			results[n].Err, bad = err, true
		}
	}
	for n := range results {
		if bad && results[n].Err == nil {
			results[n].Err = fail(external.Temporary, "create together", "", "another element of the batch was refused, so nothing was made")
		}
	}
	return bad
}

// refuses tells why an element would not be made.
func (a *Adapter) refuses(c outbound.Content) error {
	if _, taken := a.t.byID[c.CreateKey]; taken && a.t.opts.CreateKey == external.CreateKeyClientID {
		return fail(external.Conflict, "create together", c.CreateKey, "there is such an item")
	}
	for _, n := range []string{FieldTitle, FieldBody} {
		if err := check(n, c.Set[n].Text(), external.KindTicket); err != nil {
			return err
		}
	}
	return nil
}

// step returns the state that one call reaches on the way to another. A tracker whose
// states are steps lets an open ticket be done, and a done one be anything.
func (o Options) step(from, to string) (state string, halfway bool) {
	if !o.Steps || from != ticket.StateOpen || to == ticket.StateOpen || to == ticket.StateDone {
		return to, false
	}
	return ticket.StateDone, true
}

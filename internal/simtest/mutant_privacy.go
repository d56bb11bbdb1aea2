package simtest

import (
	"context"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// privacyMutants are known ways in which privacy rules are got wrong.
func privacyMutants() []Mutant {
	return []Mutant{
		{Name: "kept field pushed", Caught: []string{"I5"}, tx: ruleless(func(r *outbound.Rules) { r.Keep = nil })},
		{Name: "comment rule ignored", Caught: []string{"I5"}, tx: ruleless(func(r *outbound.Rules) { r.Comments = outbound.CommentRule{} })},
		{Name: "passages left in", Caught: []string{"I5"}, tx: ruleless(func(r *outbound.Rules) { r.Cuts = nil })},
		{Name: "revoked grant seen too late", Rare: true, Caught: []string{"I5"}, tx: lateGrants},
		{Name: "withdrawal carries the old text", Caught: []string{"I5"}, adapter: wrap(func(a *bent) { a.gossiping = true })},
		{Name: "restricted items like all others", Caught: []string{"I5"}, Profile: Swarm, adapter: wrap(func(a *bent) { a.unaware = true })},
		{Name: "taken back in name only", Caught: []string{"I5"}, tx: inNameOnly},
	}
}

// inNameOnlyTx ends a link as taken back as soon as that is asked for, and takes nothing back.
type inNameOnlyTx struct{ store.Tx }

func inNameOnly(_ *world, tx store.Tx) store.Tx { return &inNameOnlyTx{tx} }

// UpdateLink ends what is to be taken back.
func (t *inNameOnlyTx) UpdateLink(ctx context.Context, l store.Link) error {
	if l.TakeBack != "" && l.ExternalID != "" {
		l = l.As(store.Withdrawn, store.CauseTakenBack, "taken back: in name only")
		l.TakeBack = ""
	}
	return t.Tx.UpdateLink(ctx, l)
}

// rulelessTx shows a project without some of its rules.
type rulelessTx struct {
	store.Tx
	without func(*outbound.Rules)
}

func ruleless(without func(*outbound.Rules)) func(*world, store.Tx) store.Tx {
	return func(w *world, tx store.Tx) store.Tx {
		if w.acting > 0 {
			return tx
		}
		return &rulelessTx{tx, without}
	}
}

func (t *rulelessTx) Project(ctx context.Context, id string) (store.Project, error) {
	p, err := t.Tx.Project(ctx, id)
	t.without(&p.Rules)
	return p, err
}

func (t *rulelessTx) ProjectForUpdate(ctx context.Context, id string) (store.Project, error) {
	p, err := t.Tx.ProjectForUpdate(ctx, id)
	t.without(&p.Rules)
	return p, err
}

// UpdateProject keeps the rules as they are.
func (t *rulelessTx) UpdateProject(ctx context.Context, p store.Project) error {
	was, err := t.Tx.Project(ctx, p.ID)
	if err != nil {
		return err
	}
	p.Rules = was.Rules
	return t.Tx.UpdateProject(ctx, p)
}

// onceGrantedTx looks at grants when it plans and never again: a transaction that locks the
// ticket, as the last one before a call does, is shown those of the plan.
type onceGrantedTx struct {
	store.Tx
	w      *world
	locked bool
}

func lateGrants(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &onceGrantedTx{Tx: tx, w: w}
}

// TicketForUpdate locks.
func (t *onceGrantedTx) TicketForUpdate(ctx context.Context, id string) (ticket.Ticket, error) {
	t.locked = true
	return t.Tx.TicketForUpdate(ctx, id)
}

// Grants returns those of the plan once the ticket is locked.
func (t *onceGrantedTx) Grants(ctx context.Context, ticketID string) ([]ticket.Grant, error) {
	if old, ok := t.w.granted[ticketID]; ok && t.locked {
		return old, nil
	}
	g, err := t.Tx.Grants(ctx, ticketID)
	if t.w.granted == nil {
		t.w.granted = map[string][]ticket.Grant{}
	}
	t.w.granted[ticketID] = g
	return g, err
}

// Ops puts what stands outside back into a notice that is to be written over it.
func (a *bent) Ops(o outbound.Outbound) ([]adapters.Op, error) {
	c, err := o.Open()
	if err != nil || !a.gossiping || c.Action != outbound.Update {
		return a.Adapter.Ops(o)
	}
	set := external.Fields{}
	for n, v := range c.Set {
		if set[n] = v; v.Text() == outbound.Notice {
			set[n] = ticket.Text("withdrawn: " + c.Now[n].Text())
		}
	}
	c.Set = set
	loud, err := outbound.Clear(outbound.Request{Ticket: ticket.Ticket{Privacy: ticket.Public}, Content: c})
	if err != nil {
		return nil, err
	}
	return a.Adapter.Ops(loud)
}

package engine

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// audited is what a history shows about one write of ours.
type audited struct {
	found bool // our revision is there
	// lost are values that it replaced and that nobody had seen: several where the history
	// does not tell which of our writes of one value it was.
	lost []ticket.Value
}

// auditWrites reads the history of what was written in this project and not yet
// audited, in as few calls as the system allows, and turns every value that a write
// of ours replaced unseen into a conflict. A history that cannot be read stays for the next
// session, and delays no other.
func (e *Engine) auditWrites(ctx context.Context, r Run, p *peer) error {
	unread := map[string]bool{}
	for p.caps.History > 0 {
		r.beat()
		batch, doubted, err := e.pendingAudits(ctx, r, p, unread)
		for _, ref := range doubted {
			unread[ref.ID] = true // once
		}
		if err == nil && len(doubted) > 0 {
			if err = e.readEach(ctx, r, p, doubted); err == nil { // what cannot be read hides what it hid before
				continue
			}
		}
		if err != nil || len(batch) == 0 {
			return err
		}
		err = e.auditBatch(ctx, r, p, batch)
		if ofAnItem(err) && len(batch) == 1 {
			e.leaveUnread(ctx, batch[0], err, unread)
			continue
		}
		if ofAnItem(err) {
			err = e.auditOneByOne(ctx, r, p, batch, unread)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// auditOneByOne reads the histories of a batch by themselves, since one of them makes the
// whole call fail, and notes which. No answer three times in a row is an outage.
func (e *Engine) auditOneByOne(ctx context.Context, r Run, p *peer, batch []pendingAudit, unread map[string]bool) error {
	outages := 0
	for n, a := range batch {
		r.beat()
		err := e.auditBatch(ctx, r, p, batch[n:n+1])
		switch kind := external.KindOf(err); {
		case err == nil:
			outages = 0
			continue
		case !ofAnItem(err):
			return err
		case kind == external.Temporary, kind == external.Ambiguous:
			if outages++; outages >= maxOutages {
				return err
			}
		}
		e.leaveUnread(ctx, a, err, unread)
	}
	return nil
}

func (e *Engine) leaveUnread(ctx context.Context, a pendingAudit, cause error, unread map[string]bool) {
	unread[a.intent.ID] = true
	e.Log.WarnContext(ctx, "history not read", "project", a.intent.ProjectID, "link", a.link.ID, "kind", string(external.KindOf(cause)))
}

// ofAnItem reports whether one item may be to blame for an error of a vendor.
func ofAnItem(err error) bool {
	var vendor *external.Error
	var paced *PacedError
	return err != nil && !errors.As(err, &paced) && errors.As(err, &vendor) && vendor.Kind != external.Unauthorised
}

// pendingAudit is a landed intent with the link that it wrote to.
type pendingAudit struct {
	intent store.Intent
	link   store.Link
}

// pendingAudits returns the next batch of them, those left out that cannot be read; and what is to be read before
// them, for it may hide none of them any more: nobody else reads what was taken back.
func (e *Engine) pendingAudits(ctx context.Context, r Run, p *peer, unread map[string]bool) (batch []pendingAudit, doubted []external.Ref, err error) {
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		batch, doubted = nil, nil
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		open, err := tx.OpenIntents(ctx, r.ProjectID)
		if err != nil {
			return err
		}
		for _, i := range open {
			if i.State != store.Landed || unread[i.ID] || len(batch) == p.caps.History {
				continue
			}
			l, err := tx.Link(ctx, i.LinkID)
			if err != nil {
				return err
			}
			by, err := e.hiddenBy(ctx, tx, l)
			if err != nil {
				return err
			}
			if by != nil && by.Item.Gone && over(l) && !isMoved(l) { // nobody opens it to all any more
				i.Audit = store.AuditUnaudited
				if err := tx.UpdateIntent(ctx, i, store.Landed); err != nil {
					return err
				}
				continue
			}
			if by != nil { // what it replaced would be kept for everybody to read: that waits until all may see it
				if by.Hash == "" && !unread[by.Item.ID] && len(doubted) < p.caps.ReadBatch {
					doubted = append(doubted, by.Item.Ref)
				}
				continue
			}
			batch = append(batch, pendingAudit{i, l})
		}
		return nil
	})
	return batch, doubted, err
}

func refOf(l store.Link) external.Ref {
	ref := external.Ref{Kind: l.Kind, ID: l.ExternalID, Key: l.ExternalKey}
	if l.Kind == external.KindComment {
		ref.Parent = l.ParentKey
	}
	return ref
}

func (e *Engine) auditBatch(ctx context.Context, r Run, p *peer, batch []pendingAudit) error {
	if err := e.pace(ctx, p, store.UseRead); err != nil {
		return err
	}
	queries := make([]adapters.HistoryQuery, len(batch))
	for n, a := range batch {
		queries[n] = adapters.HistoryQuery{Ref: refOf(a.link), Since: a.intent.Position}
	}
	histories, err := p.adapter.History(ctx, queries)
	if err != nil {
		return e.vendorError(ctx, p, err)
	}
	j := &journal{run: r}
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		j.counts.Reads = 1
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		for n, a := range batch {
			if err := e.closeAudit(ctx, tx, p, a, histories[n], j); err != nil {
				return err
			}
		}
		return j.flush(ctx, tx, e)
	})
}

// closeAudit compares one write with the item's history.
func (e *Engine) closeAudit(ctx context.Context, tx store.Tx, p *peer, a pendingAudit, history []external.Revision, j *journal) error {
	i := a.intent
	i.Audit = store.AuditDone
	was, err := e.asWritten(ctx, tx, p, i)
	if err != nil {
		return err
	}
	for _, c := range i.Changes {
		full, set := was.history(a.link.Kind, c.Field)
		switch {
		case set:
			continue
		case !full: // of the same call as one that has a history
			i.Audit = store.AuditUnaudited
			continue
		}
		res := was.audit(a.link.Kind, i, c, history)
		if !res.found {
			i.Audit = store.AuditUnaudited // the history does not show our write: say so
		}
		for _, lost := range res.lost {
			if err := e.keepLost(ctx, tx, p, a, c, lost, j); err != nil {
				return err
			}
		}
	}
	return tx.UpdateIntent(ctx, i, store.Landed)
}

// audit finds our write in the history, and the value that it replaced. Only the
// revision right before ours matters: whoever wrote it had seen the older ones.
//
// A history reaches back behind our look, and on to later writes of ours, which may have
// written the same value. What came before the value that we saw when we looked proves
// nothing, and of what comes after it the first write is ours. Where stamps are coarse the
// value that we saw may have been there twice: then the first write after each counts.
func (p *peer) audit(kind external.Kind, i store.Intent, c store.Change, history []external.Revision) audited {
	norm, names := p.normalize(kind), p.externals(kind, c.Field)
	same := func(a, b ticket.Value) bool { return norm(c.Field, a).Equal(norm(c.Field, b)) }
	var before *external.Revision
	var previous ticket.Value
	var res audited
	// shown: the history has come to the value that we saw; passed: to our write after it.
	shown, passed := false, false
	held := external.Fields{}
	for n := range history {
		rev := &history[n]
		if !slices.Contains(names, rev.Field) {
			continue
		}
		prior := beforeAll(history, n, names, held)
		held[rev.Field] = ticket.Text(rev.Value)
		if _, told := held[names[0]]; !told {
			continue // a second field alone (a reason, a resolution) says nothing of the whole
		}
		value := p.revised(kind, c.Field, held)
		if !rev.At.After(i.Position) && same(value, c.Seen) {
			if !shown {
				res = audited{}
			}
			shown, passed = true, false
		}
		if p.wentOutAs(i, rev.Author) && same(value, c.Written) && !passed {
			res.found, passed = true, shown
			replaced, known := ticket.Value{}, false
			switch {
			case rev.HasBefore:
				_, known = prior[names[0]]
				replaced = p.revised(kind, c.Field, prior)
			case before != nil && before.Author != rev.Author:
				replaced, known = previous, true
			}
			if known && !same(replaced, c.Seen) && !same(replaced, c.Written) {
				res.lost = append(res.lost, replaced)
			}
		}
		before, previous = rev, value
	}
	return res
}

// beforeAll returns what the external fields of a canonical one held before the change
// that revision n is part of. One change may be told as several revisions, of one moment and
// author and of different fields (a status and its resolution): what each replaced stood
// beside the others.
func beforeAll(history []external.Revision, n int, names []string, held external.Fields) external.Fields {
	prior := maps.Clone(held)
	first, last := n, n
	part := func(k int, seen map[string]bool) bool {
		r := history[k]
		return r.At.Equal(history[n].At) && r.Author == history[n].Author && !seen[r.Field]
	}
	seen := map[string]bool{history[n].Field: true}
	for first > 0 && part(first-1, seen) {
		first--
		seen[history[first].Field] = true
	}
	for last+1 < len(history) && part(last+1, seen) {
		last++
		seen[history[last].Field] = true
	}
	for _, r := range history[first : last+1] {
		if r.HasBefore && slices.Contains(names, r.Field) {
			prior[r.Field] = ticket.Text(r.Before)
		}
	}
	return prior
}

// revised translates what the external fields of a canonical one held at some time.
func (p *peer) revised(kind external.Kind, f ticket.Field, held external.Fields) ticket.Value {
	return p.canonicalFields(kind, held)[f]
}

// keepLost opens a conflict that holds a value which a write of ours replaced unseen. Of a field that
// the mapping leaves out by now nobody is asked: it is kept, closed.
func (e *Engine) keepLost(ctx context.Context, tx store.Tx, p *peer, a pendingAudit, c store.Change, lost ticket.Value, j *journal) error {
	open, err := tx.LinkConflicts(ctx, a.link.ID)
	if err != nil {
		return err
	}
	w := &work{link: a.link}
	if err := e.localOf(ctx, tx, w); err != nil {
		return err
	}
	d := plan.Disagreement{
		Field: c.Field, Kind: plan.Overwritten, Base: base{Local: c.Local, External: c.Written}, External: lost, Strategy: plan.Manual,
		Local: w.input.Local.Fields[c.Field],
	}
	conflict := e.newConflict(w, d)
	closed := p.mapping.Rule(a.link.Kind, c.Field) == nil
	for _, o := range open {
		switch {
		case o.Field != c.Field:
		case o.Kind == store.LossyWrite: // a lost edit matters more than a value that was bent
			if err := e.keep(ctx, tx, o); err != nil {
				return err
			}
		default: // one open conflict a field: this one is kept, closed
			closed = true
		}
	}
	if closed {
		conflict = e.closed(conflict, store.Resolved, w)
		conflict.DecidedBy = keptBy
	}
	j.counts.Conflicts++
	j.add(w, plan.Step{Field: c.Field, Action: plan.OpenConflict, Before: c.Written, After: lost,
		Reason: "edited outside between our look and our write: the lost value is kept"}, "done", a.intent.ID)
	return e.insertConflict(ctx, tx, conflict)
}

// localOf reads the local side of a link; of one that stands for nothing that is known any more it is empty.
func (e *Engine) localOf(ctx context.Context, tx store.Tx, w *work) error {
	id, err := stoodFor(ctx, tx, w.link)
	if err != nil || id == "" {
		return err
	}
	if w.link.Kind == external.KindComment {
		c, err := tx.Comment(ctx, id)
		if err != nil {
			return err
		}
		w.comment = &c
		w.ticket, err = tx.Ticket(ctx, c.TicketID)
		w.input.Local = localSide(w)
		return err
	}
	t, err := tx.Ticket(ctx, id)
	w.ticket = t
	w.input.Local = localSide(w)
	return err
}

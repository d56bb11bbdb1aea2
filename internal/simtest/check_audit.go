package simtest

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/store"
)

// sentWrite is one call that the tracker's side of the wire saw, and what the books said
// of it at that moment.
type sentWrite struct {
	peer   string
	op     string
	intent string // that was marked as sent for its link; empty: none was
	audit  int64  // entries of the project's audit log
}

// noteAudit notes a write as it leaves, before anything can go wrong with it.
func (a *port) noteAudit(op adapters.Op) {
	w := a.w
	c, err := op.Open()
	w.must(err)
	s := sentWrite{peer: a.p.id, op: op.Name}
	link := w.linkOf(a.p, c.CreateKey, c.Ref)
	w.read(func(tx store.Tx) error {
		open, err := tx.LinkIntents(w.ctx, link.ID)
		if err != nil {
			return err
		}
		for _, i := range open {
			if i.State == store.Sent && i.Op == op.Name {
				s.intent = i.ID
			}
		}
		head, err := tx.AuditHead(w.ctx, a.p.id)
		s.audit = head.Seq
		return ignoreNotFound(err)
	})
	w.sentWrites = append(w.sentWrites, s)
}

// bookEntries are the numbers of the entries of the audit log about one intent.
type bookEntries struct{ writes, outcomes []int64 }

// checkAudit: the chain of every project holds, every write that left has one audit entry
// that was there before it, and every entry has one outcome (I22).
func (w *world) checkAudit(final) {
	books := map[string]map[string]*bookEntries{}
	for _, p := range w.peers {
		books[p.id] = w.readBooks(p)
	}
	for _, s := range w.sentWrites {
		b := books[s.peer][s.intent]
		switch {
		case s.intent == "":
			w.fail("I22", fmt.Sprintf("%s was written to %s without an intent", s.op, s.peer))
		case b == nil || len(b.writes) != 1:
			w.fail("I22", fmt.Sprintf("intent %s (%s at %s) was written and has not one audit entry but %v", s.intent, s.op, s.peer, b))
		case b.writes[0] > s.audit:
			w.fail("I22", fmt.Sprintf("intent %s (%s at %s) was written before its audit entry %d", s.intent, s.op, s.peer, b.writes[0]))
		}
	}
	for _, p := range w.peers {
		for _, id := range slices.Sorted(maps.Keys(books[p.id])) {
			b, project := books[p.id][id], p.id
			if len(b.outcomes) != 1 || len(b.writes) != 1 {
				w.fail("I22", fmt.Sprintf("intent %s of %s has the audit entries %v and the outcomes %v", id, project, b.writes, b.outcomes))
			}
		}
	}
}

// auditPage is how many entries are read at a time: small, so that pages meet.
const auditPage = 16

// readBooks verifies a project's chain and returns its entries by intent.
func (w *world) readBooks(p *peer) map[string]*bookEntries {
	books, v := map[string]*bookEntries{}, store.NewChainVerifier(p.id)
	w.read(func(tx store.Tx) error {
		for after := int64(0); ; {
			page, err := tx.AuditLog(w.ctx, p.id, after, auditPage)
			if err != nil || len(page) == 0 {
				return err
			}
			v.Add(page...)
			for _, e := range page {
				if books[e.Subject] == nil && (e.Action == "write" || e.Action == "outcome") {
					books[e.Subject] = &bookEntries{}
				}
				switch e.Action {
				case "write":
					books[e.Subject].writes = append(books[e.Subject].writes, e.Seq)
				case "outcome":
					books[e.Subject].outcomes = append(books[e.Subject].outcomes, e.Seq)
				}
			}
			after = page[len(page)-1].Seq
		}
	})
	if r := v.End(); r.Fault != nil {
		w.fail("I22", fmt.Sprintf("the audit chain of %s does not hold: %+v", p.id, *r.Fault))
	}
	return books
}

func ignoreNotFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// readDoubted reads the tickets among the due links of which it is not known any more what
// they hold, where they are so many that a guard would stop for them if they were gone:
// a guard that does not look cannot see that most of a project was deleted. What is read
// here is not read again by the session.
func (e *Engine) readDoubted(ctx context.Context, r Run, p *peer, links []store.Link, total int) error {
	if !p.readable() {
		return nil
	}
	var refs []external.Ref
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		refs = nil
		for _, l := range links {
			if l.Kind != external.KindTicket || l.State != store.Live || l.ExternalID == "" {
				continue
			}
			o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if o.Hash == "" {
				refs = append(refs, refOf(l))
			}
		}
		return nil
	})
	if err != nil || plan.Guard(plan.Totals{Links: total, Gone: len(refs), Previewed: -1}) == "" {
		return err
	}
	return e.readEach(ctx, r, p, refs)
}

// readEach reads items in batches. One that makes its batch fail is read by itself, and left in
// doubt: its own turn in the session tells why, and no other waits for it. No answer three times
// in a row is an outage.
func (e *Engine) readEach(ctx context.Context, r Run, p *peer, refs []external.Ref) error {
	batch, alone, outages := max(p.caps.ReadBatch, 1), 0, 0
	for len(refs) > 0 {
		n := min(batch, len(refs))
		if alone > 0 {
			n = 1
		}
		err := e.readAll(ctx, r, p, refs[:n])
		switch kind := external.KindOf(err); {
		case err == nil:
			outages = 0
		case !ofAnItem(err):
			return err
		case n > 1:
			alone = n
			continue
		case kind == external.Temporary, kind == external.Ambiguous:
			if outages++; outages >= maxOutages {
				return err
			}
		}
		refs, alone = refs[n:], max(alone-n, 0)
		r.beat()
	}
	return nil
}

// readAll reads items directly and stores what they show.
func (e *Engine) readAll(ctx context.Context, r Run, p *peer, refs []external.Ref) error {
	return e.readFor(ctx, r, p, refs, false)
}

// readFor is readAll, also for whoever has proved by then that what cannot be seen is gone, if its project is seen
// after that, too: it fails with errUnseen else.
func (e *Engine) readFor(ctx context.Context, r Run, p *peer, refs []external.Ref, proved bool) error {
	if err := e.pace(ctx, p, store.UseRead); err != nil {
		return err
	}
	at := e.Clock.Now()
	items, err := p.adapter.Read(ctx, refs)
	if err != nil {
		return e.vendorError(ctx, p, err)
	}
	if proved {
		if err := e.stillSeen(ctx, p, items); err != nil {
			return err
		}
	}
	j := &journal{run: r}
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		j.counts.Reads = 1
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		for n, item := range items {
			if err := e.seeRead(ctx, tx, p, refs[n], item, at, proved); err != nil {
				return err
			}
		}
		return j.flush(ctx, tx, e)
	})
}

// seeRead stores what a direct reading showed of an item. Of one that is gone what was
// last known is kept, and so is where it went: that cannot be seen for ever. That it cannot be
// seen is no sight of it before it is proved: the project may be out of sight.
func (e *Engine) seeRead(ctx context.Context, tx store.Tx, p *peer, ref external.Ref, item external.Item, at time.Time, proved bool) error {
	if item.ID == "" {
		item.Ref = ref
	}
	if item.Gone {
		old, err := tx.Observation(ctx, p.project.ID, ref.Kind, ref.ID)
		switch {
		case err == nil:
			if !proved && item.Home.Project == "" {
				at = old.SeenAt
			}
			gone := old.Item
			if !old.Item.Gone || item.MovedTo != "" { // else what was known of where it went still is
				gone.MovedTo, gone.Home = item.MovedTo, item.Home
			}
			gone.Gone = true
			item = gone
		case !errors.Is(err, store.ErrNotFound): // never seen: there is nothing to keep
			return err
		}
	}
	if _, err := e.see(ctx, tx, p, item, read, at); err != nil || !proved || !item.Gone || ref.Kind != external.KindTicket {
		return err
	}
	return e.seenAgain(ctx, tx, p, ref)
}

// seeAlike notes that a list shows an item as it was known. A comment may be under another key by
// then: its ticket was moved away and back.
func (e *Engine) seeAlike(ctx context.Context, tx store.Tx, p *peer, old, now store.Observation) (bool, error) {
	rekeyed := old.Item.Parent != now.Item.Parent
	old.SeenAt, old.Item.Parent = now.SeenAt, now.Item.Parent
	if now.Item.UpdatedAt.After(old.Item.UpdatedAt) { // a comment on it, say: lists have it there from now on
		old.Item.UpdatedAt = now.Item.UpdatedAt
	}
	if _, err := tx.PutObservation(ctx, old); err != nil || !rekeyed {
		return false, err
	}
	return true, e.markSeen(ctx, tx, p, now.Item, false)
}

// capped stops a session in which more is deleted, or has turned out to be gone outside, than
// a person would let pass without looking: the guard, which plans before, cannot know of what is
// only looked at in the session, of comments say, nor of what people decide meanwhile.
func (e *Engine) capped(ctx context.Context, r Run, p *peer, w *work) error {
	if p.project.Guard.All {
		return nil
	}
	ends := deletes(w.plan)
	if !ends && (!concludesGone(w) || w.onward != nil || w.link.Kind != external.KindTicket || len(w.plan.Of(plan.Link)) > 0 || w.goneAsBefore()) {
		return nil
	}
	if err := e.recall(ctx, r, p); err != nil {
		return err
	}
	if ends {
		p.ends[w.link.ID] = true
		if reason := plan.Guard(plan.Totals{Links: p.links, Deletes: len(p.ends), Previewed: -1}); reason != "" {
			return &HeldError{Reason: "at least " + reason}
		}
		return nil
	}
	p.gone[w.link.ID] = true
	if plan.Guard(plan.Totals{Links: p.links, Gone: len(p.gone), Previewed: -1}) != "" {
		return &HeldError{Reason: fmt.Sprintf("%d of %d items have turned out to be gone outside", len(p.gone), p.links)}
	}
	return nil
}

// recall reads from the journal what earlier steps of a session deleted, and found gone. What a
// person asked to be taken back he has allowed.
func (e *Engine) recall(ctx context.Context, r Run, p *peer) error {
	if p.ends != nil {
		return nil
	}
	ends, gone := map[string]bool{}, map[string]bool{}
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		clear(ends)
		clear(gone)
		for after := int64(0); ; {
			page, err := tx.Steps(ctx, r.SessionID, after, journalPage)
			for _, s := range page {
				switch after = s.Seq; {
				case err != nil || !strings.HasPrefix(s.Outcome, "done") || strings.HasPrefix(s.Reason, takenBack):
				case deletes(plan.Plan{Steps: []plan.Step{{Action: s.Action}}}):
					ends[s.LinkID] = true
				case s.Field == whole && !gone[s.LinkID]:
					gone[s.LinkID], err = foundGone(ctx, tx, s)
				}
			}
			if err != nil || len(page) < journalPage {
				return err
			}
		}
	})
	maps.DeleteFunc(gone, func(_ string, is bool) bool { return !is })
	p.ends, p.gone = ends, gone
	return err
}

// foundGone reports whether a step told of a ticket that is gone outside.
func foundGone(ctx context.Context, tx store.Tx, s store.Step) (bool, error) {
	if s.Action != plan.OpenConflict && s.Action != plan.MakeAgain && s.Action != plan.LinkGone {
		return false, nil
	}
	l, err := tx.Link(ctx, s.LinkID)
	var o store.Observation
	if err == nil && l.Kind == external.KindTicket && (s.Action != plan.LinkGone || l.State == store.Tombstone) {
		o, err = tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return o.Item.Gone && s.Reason != plan.GoneAsBefore, err
}

// goneAsBefore reports whether a ticket is gone outside as it was when ours was deleted for that: whoever was to be
// asked about so many was asked then.
func (w *work) goneAsBefore() bool {
	gone := w.plan.Of(plan.LinkGone)
	return len(gone) > 0 && gone[0].Reason == plan.GoneAsBefore
}

// deletes reports whether a plan deletes an item on either side.
func deletes(p plan.Plan) bool {
	return slices.ContainsFunc(p.Steps, func(s plan.Step) bool {
		return s.Action == plan.DeleteHere || s.Action == plan.DeleteOutside || s.Action == plan.Withdraw
	})
}

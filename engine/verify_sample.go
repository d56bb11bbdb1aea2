package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// VerifySample compares up to n links from a random place on, tickets and comments half
// and half. A system whose items are read one a call is asked for a list instead, and only
// for those items by themselves that a list shows otherwise than they were seen last.
func (e *Engine) VerifySample(ctx context.Context, projectID string, n int) (Verified, error) {
	p, err := e.peer(ctx, projectID)
	if err != nil {
		return Verified{}, fmt.Errorf("verify a sample: %w", err)
	}
	var all sample
	began := e.Clock.Now()
	for _, kind := range []external.Kind{external.KindComment, external.KindTicket} {
		want := n - len(all.links)
		if kind == external.KindComment {
			want = n / 2
		}
		if err := e.take(ctx, p, kind, want, &all); err != nil {
			return Verified{}, fmt.Errorf("verify a sample: %w", err)
		}
	}
	v, err := e.verifyLinks(ctx, p, all.links, all.items, began)
	v.Reads += all.reads
	if err != nil {
		return v, fmt.Errorf("verify a sample: %w", err)
	}
	return v, nil
}

// sample is what is to be compared.
type sample struct {
	links []store.Link
	items map[string]external.Item // what is known of their external sides, by link
	reads int
}

// worthAList is how many links it takes for lists, of which there are two at most, to cost
// less than reading each item.
const worthAList = 3

// take adds up to n links of a kind to a sample.
func (e *Engine) take(ctx context.Context, p *peer, kind external.Kind, n int, s *sample) error {
	stream := p.streamOf(kind)
	if p.walks(stream) {
		first, err := e.linksAfter(ctx, p, kind, "", min(n, worthAList))
		if err != nil {
			return err
		}
		if len(first) == worthAList {
			return e.takeListed(ctx, p, kind, stream, n, s)
		}
	}
	from := e.NewID() // link ids are random, so that neighbours are
	some, err := e.linksAfter(ctx, p, kind, from, n)
	if err != nil {
		return err
	}
	begin, err := e.linksAfter(ctx, p, kind, "", n-len(some))
	if err != nil {
		return err
	}
	for _, l := range begin {
		if l.ID <= from {
			some = append(some, l)
		}
	}
	s.links = append(s.links, some...)
	return nil
}

// takeListed takes links whose items a list shows, from that of a random one on, and from
// the beginning if that is too near the end. A list may lag: an item that it does not show
// as it was seen last has yet to be read by itself.
func (e *Engine) takeListed(ctx context.Context, p *peer, kind external.Kind, stream external.Stream, n int, s *sample) error {
	lo, some, err := e.somewhere(ctx, p, kind)
	if err != nil || !some {
		return err
	}
	taken := map[string]bool{}
	for from, last := lo, false; len(taken) < n && !last; from = (time.Time{}) {
		last = from.IsZero()
		page, err := e.list(ctx, p, stream, external.Window{Lo: from}, "")
		if err != nil {
			return err
		}
		s.reads++
		for _, item := range page.Items {
			if len(taken) == n || item.Gone || item.Kind != kind {
				continue
			}
			if err := e.takeItem(ctx, p, kind, storable(item), taken, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// somewhere returns when the item of a random link changed last, as far as it was seen.
func (e *Engine) somewhere(ctx context.Context, p *peer, kind external.Kind) (at time.Time, some bool, err error) {
	links, err := e.linksAfter(ctx, p, kind, e.NewID(), 1)
	if err == nil && len(links) == 0 {
		links, err = e.linksAfter(ctx, p, kind, "", 1)
	}
	if err != nil || len(links) == 0 {
		return at, false, err
	}
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		o, err := tx.Observation(ctx, p.project.ID, kind, links[0].ExternalID)
		at = o.Item.UpdatedAt
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	return at, true, err
}

// takeItem takes the link of a listed item, and the item with it where it is as it was seen
// last. What no link knows is no part of a sample.
func (e *Engine) takeItem(ctx context.Context, p *peer, kind external.Kind, item external.Item, taken map[string]bool, s *sample) error {
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		l, err := tx.LinkByExternal(ctx, p.project.ID, kind, item.ID)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil || taken[l.ID] {
			return err
		}
		o, err := tx.Observation(ctx, p.project.ID, kind, item.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		taken[l.ID] = true
		s.links = append(s.links, l)
		if err == nil && o.Hash == hashItem(p, item) {
			if s.items == nil {
				s.items = map[string]external.Item{}
			}
			s.items[l.ID] = item
		}
		return nil
	})
}

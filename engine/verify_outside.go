package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// verifyOutside looks at one page of everything that the external system shows, for what
// nothing here knows. Streams that were walked for their links were looked at then.
func (e *Engine) verifyOutside(ctx context.Context, p *peer, rest string) (Verified, error) {
	v := Verified{Standings: map[Standing]int{}}
	number, page, _ := strings.Cut(rest, "/")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 {
		return v, fmt.Errorf("cursor %.40q: %w: begin with an empty one", rest, ticket.ErrInvalid)
	}
	for page == "" && n < len(p.caps.Streams) && p.walks(p.caps.Streams[n]) {
		n++
	}
	if n >= len(p.caps.Streams) {
		return v, nil
	}
	shown, err := e.list(ctx, p, p.caps.Streams[n], external.Window{}, page)
	if err != nil {
		return v, err
	}
	v.Reads++
	if err := e.lookFor(ctx, p, shown.Items, &v); err != nil {
		return v, err
	}
	switch {
	case shown.Next != "":
		v.Next = fmt.Sprintf("%s/%d/%s", partOutside, n, shown.Next)
	case n+1 < len(p.caps.Streams):
		v.Next = fmt.Sprintf("%s/%d/", partOutside, n+1)
	}
	return v, nil
}

// lookFor adds to v those of listed items with which something is wrong. A list may lag:
// what nothing explains is told of an item only once it was read by itself.
func (e *Engine) lookFor(ctx context.Context, p *peer, items []external.Item, v *Verified) error {
	var doubtful []external.Ref
	for _, item := range items {
		d, err := e.inspectOutside(ctx, p, item)
		switch {
		case err != nil:
			return err
		case d == nil:
		case d.Standing.Explained() || !p.readable():
			v.tally(verdict{[]Difference{*d}, InStep})
		default:
			doubtful = append(doubtful, item.Ref)
		}
	}
	read, reads, err := e.readRefs(ctx, p, doubtful)
	if v.Reads += reads; err != nil {
		return err
	}
	for n, r := range read {
		if r.why != nil {
			v.tally(unreadable(Difference{Kind: doubtful[n].Kind, External: doubtful[n]}, r.why))
			continue
		}
		d, err := e.inspectOutside(ctx, p, r.item)
		if err != nil {
			return err
		}
		if d != nil {
			v.tally(verdict{[]Difference{*d}, InStep})
		}
	}
	return nil
}

// inspectOutside says of an item that the external system shows what is wrong with it: it
// is unknown here, or carries the key of another one. Nil: nothing, or it is gone.
func (e *Engine) inspectOutside(ctx context.Context, p *peer, item external.Item) (d *Difference, err error) {
	if item.Gone {
		return nil, nil
	}
	item = storable(item)
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		d = nil
		l, err := tx.LinkByExternal(ctx, p.project.ID, item.Kind, item.ID)
		known := err == nil
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		owner, stands, err := e.maker(ctx, tx, p, item)
		if err != nil {
			return err
		}
		aside, err := parkedAlong(ctx, tx, l)
		if err != nil {
			return err
		}
		waits, err := isUnderStub(ctx, tx, p, item)
		if err != nil {
			return err
		}
		found := Difference{Kind: item.Kind, External: item.Ref, LinkID: l.ID, LocalID: l.LocalID}
		switch {
		case stands && owner.ID != l.ID && !aside && (l.LocalID == "" || l.LocalID != owner.LocalID): // else it came from the owner's project
			found.Standing, found.LinkID, found.LocalID = Twin, owner.ID, owner.LocalID
			found.Reason = "it carries the create key of " + cmp.Or(owner.ExternalKey, owner.ExternalID) + ", which is linked already; remove one of the two outside"
		case known:
			return nil
		case owner.ID != "":
			found.Standing, found.LinkID, found.LocalID = Pending, owner.ID, owner.LocalID
			found.Reason = "we made it, and the next walk finds it"
		case waits:
			found.Standing, found.Reason = Pending, notJoined
		default:
			found.Standing, found.Reason = NotHere, "it was never seen, though the watermark is behind it"
			if unseen, err := e.unseen(ctx, tx, p, item); err != nil {
				return err
			} else if unseen {
				found.Standing, found.Reason = Pending, "it is new outside, and the next poll brings it"
			}
		}
		d = &found
		return nil
	})
	return d, err
}

// parkedAlong reports whether a link is parked, or that of the ticket that it is a comment of: somebody knows.
func parkedAlong(ctx context.Context, tx store.Tx, l store.Link) (bool, error) {
	if l.State == store.ParkedLink || l.Parent == "" {
		return l.State == store.ParkedLink, nil
	}
	parent, err := tx.Link(ctx, l.Parent)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil // which is told as what it is
	}
	return err == nil && parent.State == store.ParkedLink, err
}

// maker returns the link that we made an item for, by its key, and whether that link's own
// item stands outside, for all that is known: one that was moved away, or deleted, does not.
func (e *Engine) maker(ctx context.Context, tx store.Tx, p *peer, item external.Item) (owner store.Link, stands bool, err error) {
	id, ours := e.keyOwner(p.project.ID, item.CreateKey)
	if !ours || !p.project.SpokeAs(item.Author) {
		return owner, false, nil
	}
	owner, err = tx.Link(ctx, id)
	switch {
	case err == nil && owner.Kind != item.Kind: // a remark that quotes its ticket
		return store.Link{}, false, nil
	case errors.Is(err, store.ErrNotFound), err == nil && (owner.ExternalID == "" || owner.State == store.Tombstone):
		return owner, false, nil
	case err != nil:
		return owner, false, err
	}
	for _, id := range []string{owner.ID, owner.Parent} { // a remark went with its ticket, and nobody has looked for it since
		if gone, err := isKnownGone(ctx, tx, id); err != nil || gone {
			return owner, false, err
		}
	}
	return owner, true, nil
}

// isKnownGone reports whether the item of a link does not stand where it was, for all that is known.
func isKnownGone(ctx context.Context, tx store.Tx, linkID string) (bool, error) {
	l, err := tx.Link(ctx, linkID)
	if err != nil {
		return false, unlessMissing(err)
	}
	o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	return err == nil && o.Item.Gone, unlessMissing(err)
}

// isUnderStub reports whether an item is a comment of a ticket that has not come in. Where that one was moved here,
// no list needs to show the comment, which comes in with it.
func isUnderStub(ctx context.Context, tx store.Tx, p *peer, item external.Item) (bool, error) {
	if item.Kind != external.KindComment {
		return false, nil
	}
	l, err := tx.LinkByKey(ctx, p.project.ID, external.KindTicket, item.Parent)
	return err == nil && l.LocalID == "", unlessMissing(err)
}

func unlessMissing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// unseen reports whether an item changed so lately that no walk had to find it yet.
func (e *Engine) unseen(ctx context.Context, tx store.Tx, p *peer, item external.Item) (bool, error) {
	c, err := tx.Cursor(ctx, p.project.ID, p.streamOf(item.Kind))
	if err != nil {
		return false, err
	}
	behind := c.Watermark.Add(-p.caps.Lag - p.caps.Precision)
	return c.Watermark.IsZero() || item.UpdatedAt.IsZero() || !item.UpdatedAt.Before(behind), nil
}

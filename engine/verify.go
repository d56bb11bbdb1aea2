package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Standing says how a link, or one field of it, stands when both sides are looked at as
// they really are.
type Standing string

// The standings. The first ones are explained by what is recorded here; those after
// Unexplained are not, and should never be.
const (
	InStep    Standing = "in_step"
	Ended     Standing = "ended"      // withdrawn, or deleted on both sides
	Pending   Standing = "pending"    // it waits for a session, or for another item
	Parked    Standing = "parked"     // a conflict waits for a person
	Withheld  Standing = "withheld"   // privacy keeps it here
	Drifted   Standing = "drift"      // an edit on a side that may not flow
	SetAside  Standing = "aside"      // quarantined, parked or gone, and the link says why
	Lossy     Standing = "lossy"      // the external system keeps something else, and the journal says so
	Unread    Standing = "unreadable" // the system cannot be asked what it holds
	Different Standing = "different"  // the values differ, and nothing explains it
	NotHere   Standing = "missing_here"
	NotThere  Standing = "missing_outside"
	Twin      Standing = "duplicate" // made twice under one key
	Dangling  Standing = "dangling"  // a link to a local item that does not exist
)

// Explained reports whether what is recorded here accounts for the standing.
func (s Standing) Explained() bool {
	switch s {
	case Different, NotHere, NotThere, Twin, Dangling:
		return false
	}
	return true
}

// Difference is one thing that is not in step. It holds no content.
type Difference struct {
	Standing Standing
	Kind     external.Kind
	LinkID   string // empty: nothing here knows the item
	LocalID  string
	External external.Ref
	Field    ticket.Field // empty: about the whole item
	Reason   string       // for a person
}

// Verified is what one part of a verification has shown.
type Verified struct {
	Compared    int              // links and external items that were looked at on both sides
	Unexplained int              // of which something is not explained
	Standings   map[Standing]int // links by the worst of their standings
	Differences []Difference     // all that is not in step, in the order of links and fields
	Reads       int              // calls to the external system
	// Next continues; empty: all was seen.
	Next string
}

// Score is the share of what was compared that nothing explains: 0 is perfect, 1 the
// worst. Where nothing was compared it is 0.
func (v Verified) Score() float64 {
	if v.Compared == 0 {
		return 0
	}
	return float64(v.Unexplained) / float64(v.Compared)
}

// tally adds one link's differences; none means that it is in step.
func (v *Verified) tally(found []Difference, quiet Standing) {
	v.Compared++
	worst, bad := quiet, false
	for _, d := range found {
		if worst == quiet || !d.Standing.Explained() && !bad {
			worst = d.Standing
		}
		bad = bad || !d.Standing.Explained()
	}
	if bad {
		v.Unexplained++
	}
	v.Standings[worst]++
	v.Differences = append(v.Differences, found...)
}

// The parts of a verification, as its cursor names them.
const (
	partTickets  = "tickets"
	partComments = "comments"
	partOutside  = "outside"
)

// Verify compares what both sides of a project really hold, up to limit links or one page
// of the external system at a time. It begins with an empty cursor and goes on with
// Verified.Next, through the tickets, the comments, and everything that the external
// system shows. It writes nothing, here or outside, but for the calls that it books. It
// needs no session, and what moves while it looks is pending. A *PacedError says when to
// go on.
func (e *Engine) Verify(ctx context.Context, projectID, cursor string, limit int) (Verified, error) {
	p, err := e.peer(ctx, projectID)
	if err != nil {
		return Verified{}, fmt.Errorf("verify: %w", err)
	}
	part, rest, _ := strings.Cut(cursor, "/")
	var v Verified
	switch part {
	case "", partTickets:
		v, err = e.verifyPart(ctx, p, external.KindTicket, rest, limit)
		v.Next = continued(partTickets, v.Next, partComments+"/")
	case partComments:
		v, err = e.verifyPart(ctx, p, external.KindComment, rest, limit)
		v.Next = continued(partComments, v.Next, partOutside+"/0/")
	case partOutside:
		v, err = e.verifyOutside(ctx, p, rest)
	default:
		return v, fmt.Errorf("verify: cursor %.40q: %w: begin with an empty one", cursor, ticket.ErrInvalid)
	}
	if err != nil {
		return Verified{}, fmt.Errorf("verify: %w", err)
	}
	return v, nil
}

// continued is the cursor of the next page of a part, or the beginning of the next part.
func continued(part, next, after string) string {
	if next == "" {
		return after
	}
	return part + "/" + next
}

// verifyPart compares the next links of a kind.
func (e *Engine) verifyPart(ctx context.Context, p *peer, kind external.Kind, after string, limit int) (Verified, error) {
	links, err := e.linksAfter(ctx, p, kind, after, limit)
	if err != nil {
		return Verified{}, err
	}
	v, err := e.verifyLinks(ctx, p, links, nil, e.Clock.Now())
	if len(links) == limit && limit > 0 {
		v.Next = links[limit-1].ID
	}
	return v, err
}

func (e *Engine) linksAfter(ctx context.Context, p *peer, kind external.Kind, after string, limit int) (links []store.Link, err error) {
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		links, err = tx.LinksOf(ctx, p.project.ID, kind, after, limit)
		return err
	})
	return links, err
}

// verifyLinks reads the external sides of links, but for those in items, and compares each
// with ours. Nothing was read before readAt.
func (e *Engine) verifyLinks(ctx context.Context, p *peer, links []store.Link, items map[string]external.Item, readAt time.Time) (Verified, error) {
	v := Verified{Standings: map[Standing]int{}}
	items, reads, err := e.readLinks(ctx, p, links, items)
	if v.Reads = reads; err != nil {
		return v, err
	}
	for _, l := range links {
		found, quiet, err := e.inspect(ctx, p, l, items, readAt)
		if err != nil {
			return v, err
		}
		v.tally(found, quiet)
	}
	return v, nil
}

// readLinks reads the external sides of links, as many a call as the system allows, and
// adds them to those that are known already, by link.
func (e *Engine) readLinks(ctx context.Context, p *peer, links []store.Link, known map[string]external.Item) (items map[string]external.Item, reads int, err error) {
	items = map[string]external.Item{}
	maps.Copy(items, known)
	var refs []external.Ref
	var of []string
	flush := func() error {
		if len(refs) == 0 {
			return nil
		}
		if err := e.pace(ctx, p, store.UseRead); err != nil {
			return err
		}
		reads++
		got, err := p.adapter.Read(ctx, refs)
		if err != nil {
			return e.vendorError(ctx, p, err)
		}
		for n, item := range got {
			items[of[n]] = storable(item)
		}
		refs, of = nil, nil
		return nil
	}
	for _, l := range links {
		if _, known := items[l.ID]; known || !p.readable() || l.ExternalID == "" || ended(l) {
			continue
		}
		refs, of = append(refs, refOf(l)), append(of, l.ID)
		if len(refs) >= p.caps.ReadBatch {
			if err := flush(); err != nil {
				return items, reads, err
			}
		}
	}
	return items, reads, flush()
}

// ended reports whether a link is a memory only.
func ended(l store.Link) bool { return l.State == store.Tombstone || l.State == store.Withdrawn }

// verifyOutside looks at one page of everything that the external system shows, for what
// nothing here knows.
func (e *Engine) verifyOutside(ctx context.Context, p *peer, rest string) (Verified, error) {
	v := Verified{Standings: map[Standing]int{}}
	number, page, _ := strings.Cut(rest, "/")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 {
		return v, fmt.Errorf("cursor %.40q: %w: begin with an empty one", rest, ticket.ErrInvalid)
	}
	if n >= len(p.caps.Streams) {
		return v, nil
	}
	if err := e.pace(ctx, p, store.UseRead); err != nil {
		return v, err
	}
	v.Reads++
	shown, err := p.adapter.Changes(ctx, p.caps.Streams[n], external.Window{}, page, "")
	if err != nil {
		return v, e.vendorError(ctx, p, err)
	}
	for _, item := range shown.Items {
		if item.Gone {
			continue
		}
		d, err := e.inspectOutside(ctx, p, storable(item))
		if err != nil {
			return v, err
		}
		if d != nil {
			v.tally([]Difference{*d}, InStep)
		}
	}
	switch {
	case shown.Next != "":
		v.Next = fmt.Sprintf("%s/%d/%s", partOutside, n, shown.Next)
	case n+1 < len(p.caps.Streams):
		v.Next = fmt.Sprintf("%s/%d/", partOutside, n+1)
	}
	return v, nil
}

// inspectOutside says of an item that the external system shows what is wrong with it: it
// is unknown here, or carries the key of another one. Nil: nothing.
func (e *Engine) inspectOutside(ctx context.Context, p *peer, item external.Item) (d *Difference, err error) {
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
		found := Difference{Kind: item.Kind, External: item.Ref, LinkID: l.ID, LocalID: l.LocalID}
		switch {
		case stands && owner.ID != l.ID && l.State != store.ParkedLink:
			found.Standing, found.LinkID, found.LocalID = Twin, owner.ID, owner.LocalID
			found.Reason = "it carries the create key of " + owner.ExternalKey + ", which is linked already; remove one of the two outside"
		case known:
			return nil
		case owner.ID != "":
			found.Standing, found.LinkID, found.LocalID = Pending, owner.ID, owner.LocalID
			found.Reason = "we made it, and the next walk finds it"
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

// maker returns the link that we made an item for, by its key, and whether that link's own
// item stands outside, for all that is known: one that was moved away, or deleted, does not.
func (e *Engine) maker(ctx context.Context, tx store.Tx, p *peer, item external.Item) (owner store.Link, stands bool, err error) {
	id, ours := e.keyOwner(p.project.ID, item.CreateKey)
	if !ours || item.Author != p.project.Login {
		return owner, false, nil
	}
	owner, err = tx.Link(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && (owner.ExternalID == "" || owner.State == store.Tombstone):
		return owner, false, nil
	case err != nil:
		return owner, false, err
	}
	o, err := tx.Observation(ctx, owner.ProjectID, owner.Kind, owner.ExternalID)
	if errors.Is(err, store.ErrNotFound) {
		return owner, true, nil
	}
	return owner, err == nil && !o.Item.Gone, err
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

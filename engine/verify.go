package engine

import (
	"context"
	"fmt"
	"slices"
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

// verdict is how one link stands: what is not in step, and the standing where that is nothing.
type verdict struct {
	found []Difference
	quiet Standing
}

// explained reports whether what is recorded here accounts for all of it.
func (w verdict) explained() bool {
	return !slices.ContainsFunc(w.found, func(d Difference) bool { return !d.Standing.Explained() })
}

// tally adds one link.
func (v *Verified) tally(w verdict) {
	v.Compared++
	worst, bad := w.quiet, false
	for _, d := range w.found {
		if worst == w.quiet || !d.Standing.Explained() && !bad {
			worst = d.Standing
		}
		bad = bad || !d.Standing.Explained()
	}
	if bad {
		v.Unexplained++
	}
	v.Standings[worst]++
	v.Differences = append(v.Differences, w.found...)
}

// The parts of a verification, as its cursor names them.
const (
	partTickets  = "tickets"
	partComments = "comments"
	partOutside  = "outside"
	// The first two, where lists are walked instead of links.
	partListedTickets  = "listed_tickets"
	partListedComments = "listed_comments"
)

// Verify compares what both sides of a project really hold, up to limit links or one page
// of the external system at a time. It begins with an empty cursor and goes on with
// Verified.Next, through the tickets, the comments, and everything that the external
// system shows; where items are read one a call, its lists are walked once for all of it, and
// limit is how many items a time are read by themselves. It writes nothing, here or outside,
// but for the calls that it books. It needs no session, and what moves while it looks is
// pending. A *PacedError says when to go on.
func (e *Engine) Verify(ctx context.Context, projectID, cursor string, limit int) (Verified, error) {
	p, err := e.peer(ctx, projectID)
	if err != nil {
		return Verified{}, fmt.Errorf("verify: %w", err)
	}
	part, rest, _ := strings.Cut(cursor, "/")
	if part == "" {
		part = partTickets
	}
	if rest == "" { // a part that was begun goes on as it was
		part = p.partOf(part)
	}
	var v Verified
	switch part {
	case partTickets:
		v, err = e.verifyPart(ctx, p, external.KindTicket, rest, limit)
		v.Next = continued(part, v.Next, partComments+"/")
	case partListedTickets:
		v, err = e.verifyListed(ctx, p, external.KindTicket, rest, limit)
		v.Next = continued(part, v.Next, partComments+"/")
	case partComments:
		v, err = e.verifyPart(ctx, p, external.KindComment, rest, limit)
		v.Next = continued(part, v.Next, partOutside+"/0/")
	case partListedComments:
		v, err = e.verifyListed(ctx, p, external.KindComment, rest, limit)
		v.Next = continued(part, v.Next, partOutside+"/0/")
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
	rest, err := e.notAlong(ctx, p, links)
	if err != nil {
		return Verified{}, err
	}
	v, err := e.verifyLinks(ctx, p, rest, nil, e.Clock.Now())
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

// verifyLinks compares links with their external sides. Those in listed were shown by a list,
// nothing before readAt; all others are read, and so is what a list would have us tell as
// unexplained, since lists lag.
func (e *Engine) verifyLinks(ctx context.Context, p *peer, links []store.Link, listed map[string]external.Item, readAt time.Time) (Verified, error) {
	v := Verified{Standings: map[Standing]int{}}
	seen := make(map[string]verdict, len(links))
	var alone []store.Link
	for _, l := range links {
		if _, shown := listed[l.ID]; shown {
			w, err := e.inspect(ctx, p, l, listed, readAt)
			if err != nil {
				return v, err
			}
			if w.explained() {
				seen[l.ID] = w
				continue
			}
		}
		alone = append(alone, l)
	}
	readAt = e.Clock.Now()
	items, failed, reads, err := e.readLinks(ctx, p, alone)
	if v.Reads = reads; err != nil {
		return v, err
	}
	for _, l := range links {
		w, done := seen[l.ID]
		if why := failed[l.ID]; why != nil {
			w, done = unreadable(Difference{Kind: l.Kind, LinkID: l.ID, LocalID: l.LocalID, External: refOf(l)}, why), true
		}
		if !done {
			if w, err = e.inspect(ctx, p, l, items, readAt); err != nil {
				return v, err
			}
		}
		v.tally(w)
	}
	return v, nil
}

// readLinks reads the external sides of links, as many a call as the system allows, and
// returns them by link, or why one of them cannot be read.
func (e *Engine) readLinks(ctx context.Context, p *peer, links []store.Link) (items map[string]external.Item, failed map[string]error, reads int, err error) {
	var refs []external.Ref
	var of []string
	for _, l := range links {
		if p.reads(l) {
			refs, of = append(refs, refOf(l)), append(of, l.ID)
		}
	}
	got, reads, err := e.readRefs(ctx, p, refs)
	items, failed = make(map[string]external.Item, len(got)), map[string]error{}
	for n, r := range got {
		if r.why != nil {
			failed[of[n]] = r.why
		} else {
			items[of[n]] = r.item
		}
	}
	return items, failed, reads, err
}

// reading is what was read of one item, or why it cannot be.
type reading struct {
	item external.Item
	why  error
}

// unreadable is how something stands that the system does not show though it answers.
func unreadable(d Difference, why error) verdict {
	d.Standing, d.Reason = Unread, "it could not be read: "+string(external.KindOf(why))
	return verdict{[]Difference{d}, InStep}
}

// readRefs reads items, as many a call as the system allows, in their order. One that makes its
// call fail is to blame alone, and the others are read without it. No answer three times in a
// row is an outage, and where none of several can be read, they are not to blame either.
func (e *Engine) readRefs(ctx context.Context, p *peer, refs []external.Ref) (got []reading, reads int, err error) {
	batch, alone, outages, shown := max(p.caps.ReadBatch, 1), 0, 0, false
	for len(got) < len(refs) {
		n := min(batch, len(refs)-len(got))
		if alone > 0 {
			n = 1
		}
		if err = e.pace(ctx, p, store.UseRead); err != nil {
			return got, reads, err
		}
		reads++
		var items []external.Item
		items, err = p.adapter.Read(ctx, refs[len(got):len(got)+n])
		err = e.vendorError(ctx, p, err)
		switch {
		case err == nil:
			outages, shown = 0, true
			for _, item := range items {
				got = append(got, reading{item: storable(item)})
			}
		case !ofAnItem(err) || ctx.Err() != nil:
			return got, reads, err
		case n > 1:
			alone = n
			continue
		default:
			if outages++; isAboutItem(err) {
				outages = 0
			}
			if got = append(got, reading{why: err}); outages >= maxOutages {
				return got, reads, err
			}
		}
		alone = max(alone-n, 0)
	}
	if shown || len(refs) < maxOutages {
		err = nil
	}
	return got, reads, err
}

// list lists a page for somebody who only looks: no cursor is moved, and nothing is stored.
func (e *Engine) list(ctx context.Context, p *peer, stream external.Stream, win external.Window, token string) (external.Page, error) {
	if err := e.pace(ctx, p, store.UseRead); err != nil {
		return external.Page{}, err
	}
	page, err := p.adapter.Changes(ctx, stream, win, token, "")
	if err != nil {
		return page, e.vendorError(ctx, p, err)
	}
	return page, nil
}

// reads reports whether the item of a link can be read, and is needed to say how it stands.
func (p *peer) reads(l store.Link) bool {
	return p.readable() && l.ExternalID != "" && !ended(l) && !isAside(l)
}

// ended reports whether a link is a memory only.
func ended(l store.Link) bool { return l.State == store.Tombstone || l.State == store.Withdrawn }

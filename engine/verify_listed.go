package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// A system whose items are read one a call is verified by its lists, of which a page shows
// a hundred. Lists come in the order of change, and so do links, by when their items changed
// as they were observed last: the links between the first and the last change on a page
// should be on it. Of each link of that span there is something to say, then. Where the list
// shows its item as it was observed last, that is what is outside. Where it shows it
// otherwise, or not at all, because it was deleted, has changed since and moved on, or the
// list lags, the item is read by itself. Nothing depends on the order: a list in another one
// only costs more. Comments that have no list of their own come with their tickets.

// partOf is how a part of a verification is walked at this system.
func (p *peer) partOf(part string) string {
	switch {
	case part == partTickets && p.walks(external.StreamTickets):
		return partListedTickets
	case part == partComments && p.walks(external.StreamComments):
		return partListedComments
	}
	return part
}

// walks reports whether a verification asks for pages of the stream instead of reading each item.
func (p *peer) walks(s external.Stream) bool { return p.caps.ReadBatch == 1 && p.caps.Has(s) }

// spot is where a walk along a list and its links stands.
type spot struct {
	at   time.Time // everything that changed before that is done,
	link string    // and of what changed then, the links up to that one
	page string    // of the list
}

// String is the spot as a cursor holds it.
func (s spot) String() string {
	return fmt.Sprintf("%d/%s/%s", s.at.UnixMicro(), s.link, s.page)
}

func parseSpot(cursor string) (spot, error) {
	if cursor == "" {
		return spot{}, nil
	}
	parts := strings.SplitN(cursor, "/", 3)
	micros, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || len(parts) < 3 {
		return spot{}, fmt.Errorf("cursor %.40q: %w: begin with an empty one", cursor, ticket.ErrInvalid)
	}
	return spot{time.UnixMicro(micros).UTC(), parts[1], parts[2]}, nil
}

// verifyListed compares the links of a kind that belong to the next page of their list, and
// looks there for what nothing here knows. No more than limit of them are read by themselves
// at a time because of what the list shows, so that a page may take several times.
func (e *Engine) verifyListed(ctx context.Context, p *peer, kind external.Kind, rest string, limit int) (Verified, error) {
	from, err := parseSpot(rest)
	if err != nil {
		return Verified{}, err
	}
	began := e.Clock.Now()
	shown, err := e.listFrom(ctx, p, p.streamOf(kind), from)
	if err != nil {
		return Verified{}, err
	}
	s, err := e.linksShown(ctx, p, kind, from, shown, max(limit, 1))
	if err != nil {
		return Verified{}, err
	}
	v, err := e.verifyLinks(ctx, p, s.links, s.items, began)
	if v.Reads += shown.reads; err != nil {
		return v, err
	}
	switch {
	case s.cut:
		v.Next = s.next.String()
		return v, nil // the page comes again
	case shown.next != "":
		v.Next = s.next.String()
	}
	return v, e.lookFor(ctx, p, shown.items, &v)
}

// listing is what one page of a list has shown, or several.
type listing struct {
	items  []external.Item
	newest time.Time // the last change
	next   string    // the following page
	reads  int
}

const (
	// listedPages is how many pages are looked at together at most.
	listedPages = 10
	// fewAtOnce is how many items that changed last and at once are left to the next page,
	// which may not show them again. More of them, as an import leaves, are worth it to go on.
	fewAtOnce = 3
)

// listFrom lists a page, and the following ones where it ends within many items that changed
// at once.
func (e *Engine) listFrom(ctx context.Context, p *peer, stream external.Stream, from spot) (listing, error) {
	l := listing{next: from.page}
	for {
		page, err := e.list(ctx, p, stream, external.Window{}, l.next)
		if err != nil {
			return l, err
		}
		l.reads++
		l.next = page.Next
		for _, item := range page.Items {
			if item.UpdatedAt.After(l.newest) {
				l.newest = item.UpdatedAt
			}
			l.items = append(l.items, storable(item))
		}
		if l.next == "" || l.reads == listedPages || l.newest.After(from.at) && l.atOnce() <= fewAtOnce {
			return l, nil
		}
	}
}

// atOnce is how many items changed when the newest did.
func (l listing) atOnce() (n int) {
	for _, item := range l.items {
		if item.UpdatedAt.Equal(l.newest) {
			n++
		}
	}
	return n
}

// span is the links that belong to a listing.
type span struct {
	links []store.Link
	items map[string]external.Item // by link: those that the list shows as they were observed
	alone int                      // how many others have to be read by themselves
	next  spot
	cut   bool // there are more of them, from next on
}

// linksShown returns the links that belong to a listing, tickets each with the comments that
// came along.
func (e *Engine) linksShown(ctx context.Context, p *peer, kind external.Kind, from spot, shown listing, limit int) (span, error) {
	s := span{items: map[string]external.Item{}, next: spot{at: shown.newest, page: shown.next}}
	before := shown.newest
	switch {
	case shown.next == "":
		before = time.Time{}
	case !shown.newest.After(from.at):
		s.next = spot{from.at, from.link, shown.next}
		return s, nil
	}
	items := shown.byID()
	most := len(items) + limit
	var links []store.SeenLink
	var comments map[string][]store.SeenLink
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if links, err = tx.LinksSeen(ctx, p.project.ID, kind, from.at, from.link, before, most); err == nil {
			comments, err = commentsAlong(ctx, tx, p, links)
		}
		return err
	})
	if err != nil {
		return s, err
	}
	for n, l := range links {
		s.add(p, l, items)
		for _, c := range comments[l.ID] {
			s.add(p, c, items)
		}
		if n+1 == most || s.alone >= limit && n+1 < len(links) {
			s.cut, s.next = true, spot{l.UpdatedAt, l.ID, from.page}
			break
		}
	}
	return s, nil
}

// identity is what identifies an item within a project.
type identity struct {
	kind external.Kind
	id   string
}

// byID returns what stands in a listing. Of an item that is shown twice the later showing
// counts.
func (l listing) byID() map[identity]external.Item {
	items := make(map[identity]external.Item, len(l.items))
	for _, item := range l.items {
		if !item.Gone {
			items[identity{item.Kind, item.ID}] = item
		}
	}
	return items
}

// add adds a link, and its item where the list shows it as it was observed last.
func (s *span) add(p *peer, l store.SeenLink, items map[identity]external.Item) {
	s.links = append(s.links, l.Link)
	if item, there := items[identity{l.Kind, l.ExternalID}]; there && l.Hash == hashItem(p, item) {
		s.items[l.ID] = item
	} else if p.reads(l.Link) {
		s.alone++
	}
}

// comesAlong reports whether a verification compares comments with their tickets: they have
// no list of their own, and the tickets' list is walked.
func (p *peer) comesAlong() bool {
	return p.walks(external.StreamTickets) && !p.caps.Has(external.StreamComments)
}

// commentsAlong returns the comments of tickets, by link, where they are compared with these.
func commentsAlong(ctx context.Context, tx store.Tx, p *peer, tickets []store.SeenLink) (map[string][]store.SeenLink, error) {
	if !p.comesAlong() {
		return nil, nil
	}
	out := map[string][]store.SeenLink{}
	for _, t := range tickets {
		links, err := tx.LinksOfParent(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		for _, l := range links {
			o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
			out[t.ID] = append(out[t.ID], store.SeenLink{Link: l, UpdatedAt: o.Item.UpdatedAt, Hash: o.Hash})
		}
	}
	return out, nil
}

// notAlong leaves out the comments that were compared with their tickets: all whose ticket is
// known.
func (e *Engine) notAlong(ctx context.Context, p *peer, links []store.Link) (rest []store.Link, err error) {
	if !p.comesAlong() {
		return links, nil
	}
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		rest = nil
		for _, l := range links {
			_, err := tx.Link(ctx, l.Parent)
			switch {
			case errors.Is(err, store.ErrNotFound):
				rest = append(rest, l)
			case err != nil:
				return err
			}
		}
		return nil
	})
	return rest, err
}

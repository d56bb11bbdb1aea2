package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// dueLink is a due link with what it is ordered by.
type dueLink struct {
	*store.Link
	class int // smaller goes first
}

// DueLinks implements store.Links.
func (t *tx) DueLinks(_ context.Context, projectID string, now time.Time, limit int) ([]store.Link, error) {
	t.told(now)
	g := t.links.dirty[projectID]
	if g == nil || len(g.ids) == 0 {
		return nil, nil
	}
	due := make([]dueLink, 0, len(g.ids))
	for _, id := range g.ids {
		if l := t.links.rows[id]; isDue(l, now) {
			due = append(due, dueLink{l, t.class(l)})
		}
	}
	slices.SortFunc(due, func(a, b dueLink) int {
		return cmp.Or(cmp.Compare(a.class, b.class), a.DirtyAt.Compare(b.DirtyAt), cmp.Compare(a.ID, b.ID))
	})
	due = due[:min(max(limit, 0), len(due))]
	out := make([]store.Link, 0, len(due))
	for _, d := range due {
		out = append(out, *d.Link)
	}
	return out, nil
}

// waits reports whether a session will plan the link now or later.
func waits(l *store.Link) bool {
	return l.Dirty() && l.Kind != external.KindContainer && (l.Active() || l.Retracts())
}

// aside reports whether the link waits for a person.
func aside(l *store.Link) bool {
	switch l.State {
	case store.ParkedLink, store.Quarantined, store.MaybeGone:
		return l.Kind != external.KindContainer
	default:
		return false
	}
}

// LinksAside implements store.Links.
func (t *tx) LinksAside(_ context.Context, projectID string, state store.LinkState, after string, limit int) ([]store.Link, error) {
	var out []store.Link
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		g := t.links.ofProject[linkKey{projectID, kind, ""}]
		if g == nil {
			continue
		}
		for _, id := range g.after(after) {
			if l := t.links.rows[id]; aside(l) && (state == "" || l.State == state) {
				out = append(out, *l)
			}
		}
	}
	slices.SortFunc(out, func(a, b store.Link) int { return cmp.Compare(a.ID, b.ID) })
	return out[:min(max(limit, 0), len(out))], nil
}

func isDue(l *store.Link, now time.Time) bool { return waits(l) && !l.NextTry.After(now) }

// class puts tickets before comments, then links with a decision waiting, live ones,
// backlog.
func (t *tx) class(l *store.Link) int {
	class := 0
	if l.Kind != external.KindTicket {
		class = 3
	}
	switch {
	case t.hasDecision(l.ID):
		return class
	case l.State == store.Live:
		return class + 1
	}
	return class + 2
}

// CountLinks implements store.Links.
func (t *tx) CountLinks(_ context.Context, projectID string, now time.Time) (store.LinkCounts, error) {
	var n store.LinkCounts
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		g := t.links.ofProject[linkKey{projectID, kind, ""}]
		if g == nil {
			continue
		}
		for _, id := range g.ids {
			countLink(&n, t.links.rows[id], now)
		}
	}
	return n, nil
}

func countLink(n *store.LinkCounts, l *store.Link, now time.Time) {
	if l.ExternalID != "" {
		if l.Kind == external.KindTicket {
			n.Tickets++
		} else {
			n.Comments++
		}
	}
	if waits(l) {
		n.Dirty++
	}
	if isDue(l, now) {
		n.Due++
	}
	switch l.State {
	case store.Quarantined:
		n.Quarantined++
	case store.MaybeGone:
		n.Gone++
	case store.ParkedLink:
		n.Parked++
	}
}

// Backfill implements store.Links: tickets first, so that a comment's link knows its
// ticket's, each in ascending order of id.
func (t *tx) Backfill(ctx context.Context, projectID string, now time.Time, newID func() string) (int, error) {
	t.told(now)
	n := 0
	add := func(kind external.Kind, localID string, parent store.Link) error {
		if _, has := t.links.byLocal[linkKey{projectID, kind, localID}]; has {
			return nil
		}
		n++
		return t.InsertLink(ctx, store.Link{
			ID: newID(), ProjectID: projectID, Kind: kind, LocalID: localID,
			Parent: parent.ID, ParentKey: parent.ExternalKey,
			State: store.Backlog, DirtyRev: 1, DirtyAt: now, CreatedAt: now,
		})
	}
	for _, id := range t.tickets.ids.ids {
		if t.tickets.rows[id].Deleted {
			continue
		}
		if err := add(external.KindTicket, id, store.Link{}); err != nil {
			return 0, err
		}
	}
	for _, id := range t.comments.ids.ids {
		c := t.comments.rows[id]
		if c.Deleted || t.tickets.rows[c.TicketID].Deleted {
			continue
		}
		parent := t.links.rows[t.links.byLocal[linkKey{projectID, external.KindTicket, c.TicketID}]]
		if err := add(external.KindComment, id, *parent); err != nil {
			return 0, err
		}
	}
	return n, nil
}

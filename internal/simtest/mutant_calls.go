package simtest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// callMutants ask more often than they need to, or let one thing hinder others; one of them
// ends where both sides agree and nobody wanted to be.
func callMutants() []Mutant {
	return []Mutant{
		{Name: "reads each item again", Caught: []string{"I11"}, tx: rereads},
		{Name: "one error pauses the connection", Rare: true, Caught: []string{"I17"}, tx: errorPausesAll},
		{Name: "labels that were taken off come back", Caught: []string{"I2"}, tx: labelsComeBack},
		// What is deleted is in no list, so that schedules without deletions count the pages.
		{Name: "polls without a cursor", Profile: Swarm, Caught: []string{"I11"}, tx: fromTheBeginning},
	}
}

// rereadTx plans every link in every session, and takes what is known of its item for
// doubtful.
type rereadTx struct {
	store.Tx
	w *world
}

func rereads(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 || !w.calm {
		return tx
	}
	return &rereadTx{tx, w}
}

// DueLinks adds those links that were not read yet in this session.
func (t *rereadTx) DueLinks(ctx context.Context, projectID string, now time.Time, limit int) ([]store.Link, error) {
	due, err := t.Tx.DueLinks(ctx, projectID, now, limit)
	if err != nil || len(due) > 0 {
		return due, err
	}
	links, err := t.LinksOf(ctx, projectID, external.KindTicket, "", limit)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		o, err := t.Observation(ctx, projectID, l.Kind, l.ExternalID)
		if err != nil || l.State != store.Live || t.w.now.Sub(o.SeenAt) < time.Hour {
			continue
		}
		o.Hash = ""
		if _, err := t.PutObservation(ctx, o); err != nil {
			return nil, err
		}
		due = append(due, l)
	}
	return due, nil
}

// fullTx forgets where the last walk ended.
type fullTx struct{ store.Tx }

func fromTheBeginning(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &fullTx{tx}
}

// Cursor keeps the watermark alone.
func (t *fullTx) Cursor(ctx context.Context, projectID string, s external.Stream) (external.Cursor, error) {
	c, err := t.Tx.Cursor(ctx, projectID, s)
	if c.Page == "" {
		c.Window, c.Lo, c.Version = external.Window{}, time.Time{}, ""
	}
	return c, err
}

// pausingTx lets every link of a project wait for a month once one of them has failed.
type pausingTx struct {
	store.Tx
	w *world
}

func errorPausesAll(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 || !w.calm {
		return tx
	}
	return &pausingTx{tx, w}
}

// UpdateLink makes the neighbours wait too.
func (t *pausingTx) UpdateLink(ctx context.Context, l store.Link) error {
	old, err := t.Link(ctx, l.ID)
	if err != nil {
		return err
	}
	if err := t.Tx.UpdateLink(ctx, l); err != nil || !l.NextTry.After(old.NextTry) {
		return err
	}
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		links, err := t.LinksOf(ctx, l.ProjectID, kind, "", 1000)
		if err != nil {
			return err
		}
		for _, n := range links {
			n.NextTry = t.w.now.AddDate(0, 1, 0)
			if err := t.Tx.UpdateLink(ctx, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// unionTx forgets of the labels that both sides had those which were taken off here: outside
// they seem to be new.
type unionTx struct{ store.Tx }

func labelsComeBack(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &unionTx{tx}
}

// Link shows the base of the labels without what is not there any more.
func (t *unionTx) Link(ctx context.Context, id string) (store.Link, error) {
	l, err := t.Tx.Link(ctx, id)
	if err != nil || l.LocalID == "" || l.Kind != external.KindTicket {
		return l, err
	}
	here, err := t.Ticket(ctx, l.LocalID)
	if err != nil {
		return l, err
	}
	had := l.Bases[ticket.Labels].Local
	left := slices.DeleteFunc(had.Elements(), func(e string) bool { return !here.Fields[ticket.Labels].Has(e) })
	if len(left) < had.Len() {
		l.Bases = maps.Clone(l.Bases)
		b := l.Bases[ticket.Labels]
		b.Local, b.External = ticket.Set(left...), ticket.Set(left...)
		l.Bases[ticket.Labels] = b
	}
	return l, nil
}

package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// errDeleted refuses what is to happen to a ticket that is deleted.
var errDeleted = fmt.Errorf("the ticket is deleted; restore it first: %w", store.ErrNotFound)

// DeleteTicket deletes a ticket softly, if its author saw the present one: a field that
// changed since refuses with a StaleError. What becomes of its twins outside a person is
// asked, project by project; see store.Deletions. It fails with store.ErrNotFound when
// it is deleted already.
func (e *Engine) DeleteTicket(ctx context.Context, id string, seen int64, by string) (ticket.Ticket, error) {
	t, err := e.exist(ctx, id, by, true, func(t ticket.Ticket) error {
		if t.Deleted {
			return fmt.Errorf("it is deleted: %w", store.ErrNotFound)
		}
		var stale []ticket.Field
		for f, s := range t.Stamps {
			if s.Revision > seen {
				stale = append(stale, f)
			}
		}
		if len(stale) > 0 {
			slices.Sort(stale)
			return &StaleError{Fields: stale, Current: t}
		}
		return nil
	})
	if err != nil {
		return t, fmt.Errorf("delete ticket %s: %w", id, err)
	}
	return t, nil
}

// RestoreTicket brings a deleted ticket back with all that it held. Its twins outside are
// compared with it again: one that was closed is opened, about one that is gone a person
// is asked. A project from which a person unlinked it stays unlinked.
func (e *Engine) RestoreTicket(ctx context.Context, id, by string) (ticket.Ticket, error) {
	t, err := e.exist(ctx, id, by, false, func(t ticket.Ticket) error {
		if !t.Deleted {
			return fmt.Errorf("it is not deleted, and there is nothing to bring back: %w", store.ErrStale)
		}
		return nil
	})
	if err != nil {
		return t, fmt.Errorf("restore ticket %s: %w", id, err)
	}
	return t, nil
}

// exist makes a ticket deleted or not, and has its links planned again.
func (e *Engine) exist(ctx context.Context, id, by string, gone bool, refuse func(ticket.Ticket) error) (ticket.Ticket, error) {
	var next ticket.Ticket
	act := "restore"
	if gone {
		act = "delete"
	}
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		t, err := tx.TicketForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if err := refuse(t); err != nil {
			return err
		}
		next = t
		next.Revision++
		next.Deleted, next.UpdatedAt = gone, e.Clock.Now()
		actAs(tx, by)
		if err := tx.UpdateTicket(ctx, next, t.Revision); err != nil {
			return err
		}
		if err := e.auditTicket(ctx, tx, id, by, act, ""); err != nil {
			return err
		}
		if err := e.reviveLinks(ctx, tx, id, gone, ""); err != nil {
			return err
		}
		return e.touchAll(ctx, tx, id)
	})
	return next, err
}

// reviveLinks puts the links of a ticket back to work that waited for a person: he has
// come. A link that is over begins again only with a ticket that is restored, which gets those
// besides that it lacks. The link named except is left to whoever calls.
func (e *Engine) reviveLinks(ctx context.Context, tx store.Tx, id string, gone bool, except string) error {
	links, err := tx.LinksOfLocal(ctx, external.KindTicket, id)
	if err != nil {
		return err
	}
	for _, l := range links {
		was := overAsBefore(l, "")
		over := was.State == store.Tombstone && !gone && !isUnlinked(was) && !isMoved(was)
		if l.ID == except || !asksAboutGone(l) && !over {
			continue
		}
		if err := e.RetryTx(ctx, tx, l.ID); err != nil {
			return err
		}
		if err := keepAsked(ctx, tx, l); err != nil {
			return err
		}
	}
	if gone {
		return nil
	}
	return e.stubsAnew(ctx, tx, id)
}

// FollowDeletions says what becomes of tickets that nobody edited and whose twin was
// deleted: with follow they go too, delay after they were first asked about (zero:
// store.DefaultDeletionDelay), or after this word where that comes later, unless somebody has
// decided otherwise by then. Whoever calls it confirms that. Without follow a person is asked
// each time.
func (e *Engine) FollowDeletions(ctx context.Context, projectID, by string, follow bool, delay time.Duration) (store.Project, error) {
	d := store.Deletions{}
	if follow {
		d = store.Deletions{Follow: true, Delay: cmp.Or(delay, store.DefaultDeletionDelay), ConfirmedBy: by, ConfirmedAt: e.Clock.Now()}
	}
	return e.Configure(ctx, projectID, by, func(p *store.Project) error {
		p.Deletions = d
		return nil
	})
}

// followAnew has the links planned again about whose deletion a person is asked: it is to follow by
// now, or at another time, or not any more.
func (e *Engine) followAnew(ctx context.Context, tx store.Tx, projectID string) error {
	asked := store.ConflictFilter{ProjectID: projectID, Kind: store.GoneOutside, State: store.OpenConflict}
	return eachConflict(ctx, tx, asked, func(c store.Conflict) error {
		if err := e.wakeAsked(ctx, tx, c.LinkID); err != nil {
			return err
		}
		return tx.MarkDirty(ctx, c.LinkID)
	})
}

package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// breakLoop parks a link that was written outside more often than people edit: some
// other program answers each of our writes with one of its own. It says over which
// fields the two fight. An edit of the ticket here tries the link again.
func (e *Engine) breakLoop(ctx context.Context, r Run, w *work) error {
	j := &journal{run: r}
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		j.counts.Failed = 1
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		l, err := tx.LinkForUpdate(ctx, w.link.ID)
		if err != nil {
			return err
		}
		over, err := foughtOver(ctx, tx, w)
		if err != nil {
			return err
		}
		l = l.As(store.ParkedLink, store.NoCause, fmt.Sprintf("written outside %d times within an hour, over %s: another program seems to undo each write; "+
			"stop one of the two, then edit the ticket here to try again", w.link.Pushes, over))
		if err := tx.UpdateLink(ctx, l); err != nil {
			return err
		}
		j.add(w, plan.Step{Action: plan.Withhold, Reason: l.Reason}, "", "")
		if err := tx.AddOutbox(ctx, e.event(r.ProjectID, "SyncError", l.ID)); err != nil {
			return err
		}
		return j.flush(ctx, tx, e)
	})
}

// foughtSteps is how far back the journal of a ticket is asked what was written.
const foughtSteps = 1000

// foughtOver names what was written outside again and again in this span, or would be now:
// fields, the most often written first, or the item as a whole.
func foughtOver(ctx context.Context, tx store.Tx, w *work) (string, error) {
	steps, err := tx.TicketSteps(ctx, w.ticket.ID, foughtSteps)
	if err != nil {
		return "", err
	}
	times := map[string]int{}
	for _, s := range steps {
		if s.LinkID == w.link.ID && isWriteOutside(s.Action) && !s.At.Before(w.link.PushedFrom) {
			times[fought(s.Field)]++
		}
	}
	maps.DeleteFunc(times, func(_ string, n int) bool { return n < 2 })
	for _, s := range w.plan.Steps {
		if isWriteOutside(s.Action) {
			times[fought(s.Field)]++
		}
	}
	names := slices.SortedFunc(maps.Keys(times), func(a, b string) int {
		return cmp.Or(times[b]-times[a], strings.Compare(a, b))
	})
	return strings.Join(names, ", "), nil
}

func fought(f ticket.Field) string {
	if f == whole {
		return "the whole item"
	}
	return string(f)
}

// tryAgain puts the links of a local item that were quarantined or parked back to
// work, but for those that a restored database holds back: who edits the item, or says who
// may see it, has not looked outside.
func (e *Engine) tryAgain(ctx context.Context, tx store.Tx, kind external.Kind, localID string) error {
	links, err := tx.LinksOfLocal(ctx, kind, localID)
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.State != store.Quarantined && l.State != store.ParkedLink && !asksAboutGone(l) || isHeldBack(l) {
			continue
		}
		if err := e.RetryTx(ctx, tx, l.ID); err != nil {
			return err
		}
	}
	return nil
}

// RetryTx puts a link that was set aside back to work, with all its tries before it, and
// what waits for it.
func (e *Engine) RetryTx(ctx context.Context, tx store.Tx, linkID string) error {
	l, err := tx.LinkForUpdate(ctx, linkID)
	if err != nil {
		return err
	}
	l = l.AtWork()
	l.Pushes, l.PushedFrom = 0, time.Time{} // a person says that the fight is over
	if err := tx.UpdateLink(ctx, l); err != nil {
		return err
	}
	if err := tx.MarkDirty(ctx, l.ID); err != nil {
		return err
	}
	return wakeChildren(ctx, tx, l)
}

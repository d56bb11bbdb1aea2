package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// replans reports whether a change of settings can make another plan of what was
// planned before: drift may flow, a parked field has another strategy, a rule
// about what may leave is another one, a restored project is released.
func replans(before, after store.Project) bool {
	return before.Direction != after.Direction || before.Restored.Open() != after.Restored.Open() ||
		!slices.Equal(before.Strategies, after.Strategies) || !before.Rules.Equal(after.Rules)
}

// stillSaid refuses when people have said since a link was planned which way changes are to flow, which side is
// to win or what may leave: they need not wait for the end of what goes on.
func stillSaid(project store.Project, w *work) error {
	if replans(w.said, project) {
		return fmt.Errorf("the settings of project %s: %w", project.ID, store.ErrStale)
	}
	return nil
}

// replanPage is how many links are marked at a time.
const replanPage = 1000

// replan marks every link of a project dirty, so that its next sessions plan them
// under the settings of now. What was set aside is tried again: under these it may be fit; and so is what
// is to be taken back though a person is asked about it: under a hold it was not.
func (e *Engine) replan(ctx context.Context, tx store.Tx, projectID string) error {
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		for after := ""; ; {
			links, err := tx.LinksOf(ctx, projectID, kind, after, replanPage)
			if err != nil {
				return err
			}
			ids := make([]string, len(links))
			for i, l := range links {
				ids[i] = l.ID
				if !comesBack(l) {
					continue
				}
				if err := revive(ctx, tx, l.ID); err != nil {
					return err
				}
			}
			if len(ids) == 0 {
				break
			}
			if err := tx.MarkDirty(ctx, ids...); err != nil {
				return err
			}
			after = ids[len(ids)-1]
		}
	}
	return nil
}

// comesBack reports whether a link that is not at work is put back to it when its project is planned anew.
func comesBack(l store.Link) bool {
	asked := l.State == store.MaybeGone || l.State == store.ParkedLink
	return l.State == store.Quarantined || asked && l.TakeBack != ""
}

// revive puts a link back to work that was set aside. It may have moved since it was read.
func revive(ctx context.Context, tx store.Tx, linkID string) error {
	l, err := tx.LinkForUpdate(ctx, linkID)
	if err != nil || !comesBack(l) {
		return err
	}
	return tx.UpdateLink(ctx, l.AtWork())
}

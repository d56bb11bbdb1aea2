package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// A database that was restored from a backup is older than what we wrote outside since,
// and than what people said about privacy. Nothing in it tells. Two witnesses outside of
// it do: Temporal carries the writer epoch that a project last had, see [Engine.Witness],
// and items outside carry create keys of links that the database does not know.
//
// Then every project is read anew from the beginning, and nothing leaves: what came from
// outside flows in, what would go out is parked, see plan.Hold. When all is planned the
// project is paused, and goes on when a person releases it ([Engine.Resume] with allow).
// Whatever was said about privacy after the backup is forgotten: only a person can tell.

// Witness holds the writer epoch that somebody outside of the database knows of against
// the one in it, and reports whether the database was found to be older. Known is zero
// for whoever knows nothing.
func (e *Engine) Witness(ctx context.Context, projectID string, known int64) (restored bool, err error) {
	if known == 0 {
		return false, nil
	}
	var p store.Project
	noted := false
	err = e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if p, err = tx.Project(ctx, projectID); err != nil || p.WriterEpoch >= known {
			return err
		}
		// Another project's witness was here first, and this one is about to be read anew.
		if noted = p.Restored.Open() && !p.Restored.Read; noted {
			_, err = tx.RaiseEpoch(ctx, projectID, known)
		}
		return err
	})
	if err != nil || p.WriterEpoch >= known || noted {
		return noted, err
	}
	why := fmt.Sprintf("its last session here has number %d, and Temporal knows of number %d", p.WriterEpoch, known)
	return true, e.Restored(ctx, projectID, known, why)
}

// epochLeap is by how much the epoch of a project rises whose own witness was not heard yet:
// by more than it can have risen since the backup, so that no process that has gone on since
// then meets its own number again.
const epochLeap = 1 << 40

// Restored takes note that the database was restored from a backup: it is one for all
// projects, so that all are read anew and write nothing until they are released. known is
// an epoch that the project named had before, or zero; why says for a person how it was
// found out, and holds no content.
func (e *Engine) Restored(ctx context.Context, projectID string, known int64, why string) error {
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		all, err := tx.ListProjects(ctx)
		if err != nil {
			return err
		}
		for _, p := range all {
			beyond := p.WriterEpoch + epochLeap
			if p.ID == projectID {
				beyond = max(beyond, known)
			}
			if err := e.startOver(ctx, tx, p.ID, beyond, why); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note that the database was restored: %w", err)
	}
	e.Log.WarnContext(ctx, "the database is older than what is known outside of it: all projects are read anew and write nothing until they are released",
		"project", projectID, "why", why)
	return nil
}

// startOver marks one project, and makes it forget how far it had read.
func (e *Engine) startOver(ctx context.Context, tx store.Tx, projectID string, beyond int64, why string) error {
	if _, err := tx.RaiseEpoch(ctx, projectID, beyond); err != nil { // whatever runs is fenced
		return err
	}
	p, err := tx.ProjectForUpdate(ctx, projectID)
	if err != nil {
		return err
	}
	if p.Restored.Done && p.StatusReason == restoredReason(p) { // it rests from having been read anew before
		p.Status = external.Active
	}
	p.Restored = store.Restored{At: e.Clock.Now(), Why: why}
	if p.Status != external.Paused {
		p.StatusReason = restoredReason(p)
	}
	if err := tx.UpdateProject(ctx, p); err != nil {
		return err
	}
	if err := rewind(ctx, tx, projectID); err != nil {
		return err
	}
	if err := errors.Join(e.endCutOff(ctx, tx, projectID), tx.HoldLinks(ctx, projectID), e.replan(ctx, tx, projectID)); err != nil {
		return err
	}
	if err := e.auditProject(ctx, tx, projectID, "sync", "restored", why); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.event(projectID, "DatabaseRestored", projectID), e.wake(projectID))
}

// cutOff is why a session ended that ran as the backup was made.
const cutOff = "the database was restored to a backup that was made while it ran"

// endCutOff ends what ran as the backup was made: whoever ran it is fenced or has ended it since,
// which is forgotten, and what runs cannot be undone. An undo is taken up by itself after the release.
func (e *Engine) endCutOff(ctx context.Context, tx store.Tx, projectID string) error {
	running, err := tx.RunningSessions(ctx, projectID)
	for _, s := range running {
		if s.Kind == store.Rollback {
			continue
		}
		s.State, s.Reason, s.EndedAt = store.Stopped, cutOff, e.Clock.Now()
		err = errors.Join(err, tx.UpdateSession(ctx, s))
	}
	return err
}

// sweepOf names the cursor of a sweep through a stream.
func sweepOf(s external.Stream) external.Stream { return "sweep/" + s }

// SweptAt says when the last full reading of a project's tickets began, or the one that is under
// way; zero: there was none since the project was connected.
func SweptAt(ctx context.Context, tx store.Tx, projectID string) (time.Time, error) {
	c, err := tx.Cursor(ctx, projectID, sweepOf(external.StreamTickets))
	return c.ReadAt, err
}

// restoredReason tells a person how things stand.
func restoredReason(p store.Project) string {
	head := "the database was restored from a backup: " + p.Restored.Why + ". "
	if !p.Restored.Done {
		return head + "Everything is read anew; nothing is written outside meanwhile"
	}
	return head + "Everything was read anew and nothing was written outside. What was said here since the backup is forgotten, " +
		"privacy above all: make tickets private again that must not leave, look at the conflicts and at what is set aside, " +
		"and resume with the permission to pass the guards"
}

// errOrphan says that an item outside carries the create key of a link that we do not
// know.
var errOrphan = errors.New("an item outside was made by us, and nothing here knows of it")

func orphanError(is bool) error {
	if is {
		return errOrphan
	}
	return nil
}

// orphaned reports whether our own account made the item for a link that is not known.
func (e *Engine) orphaned(ctx context.Context, tx store.Tx, p *peer, item external.Item) (bool, error) {
	if item.CreateKey == "" || !p.project.SpokeAs(item.Author) || item.Gone {
		return false, nil
	}
	id, _ := e.keyOwner(p.project.ID, item.CreateKey)
	if !e.isOurs(p, item.CreateKey) {
		return false, nil
	}
	_, err := tx.Link(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// witnessed turns the sight of an orphan into the mark that the database was restored. The
// session ends; the next one reads everything anew.
func (e *Engine) witnessed(ctx context.Context, r Run, err error) error {
	if !errors.Is(err, errOrphan) {
		return err
	}
	if err := e.Restored(ctx, r.ProjectID, 0, errOrphan.Error()); err != nil {
		return err
	}
	return ErrFenced
}

// lostOwner is why an item that we made for a ticket which the backup does not hold is
// not pulled by itself: the same ticket may have twins in other projects, and each would
// become a ticket here.
const lostOwner = "it was made for a ticket that the restored database does not hold; retry it once the project is released to pull it as a new ticket"

// maybeOwner is why an item of our own account is not pulled either, where nothing tells which create made it. What
// did may be a creation that is set aside, or one that the restored database does not know of.
const maybeOwner = "our own account made it, and nothing tells for which ticket: it may be one that the restored database does not hold, " +
	"or whose creation is set aside here; retry that one first, once the project is released, and then this one to pull it as a new ticket"

// ownerless reports whether our own account made an item, and nothing tells for what.
func (p *peer) ownerless(item external.Item) bool {
	return p.caps.CreateKey == external.CreateKeyNone && item.CreateKey == "" && p.project.SpokeAs(item.Author) && !item.Gone
}

// mayBeMade reports whether the item of a link may be outside already, since it was to be made when the database was
// restored. Trying that again tells.
func (p *peer) mayBeMade(l store.Link) bool {
	released := p.project.Restored.Released
	return l.LocalID != "" && l.ExternalID == "" && !l.CreatedAt.After(released) && (isHeldBack(l) || l.Active() && l.Dirty())
}

// showsAll is when the lists of a project show everything that was made before it was found
// out that the database was restored: what they show later would be an orphan once more.
func showsAll(p *peer) time.Time { return p.project.Restored.At.Add(p.caps.Lag + p.caps.Precision) }

// readAnew notes that every stream was read since the database was restored.
func (e *Engine) readAnew(ctx context.Context, r Run) error {
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		p, err := e.fence(ctx, tx, r)
		if err != nil {
			return err
		}
		p.Restored.Read = true
		return tx.UpdateProject(ctx, p)
	})
}

// guardRestored lets the sessions of a restored project plan everything anew, deletions
// here only with a person's word, and none once that is done.
func (e *Engine) guardRestored(p *peer, t plan.Totals) error {
	if p.project.Restored.Done {
		return &HeldError{Reason: restoredReason(p.project)}
	}
	if p.project.Guard.All {
		return nil
	}
	if reason := plan.Guard(plan.Totals{Links: t.Links, Deletes: t.Deletes, Previewed: -1}); reason != "" {
		return &HeldError{Reason: reason}
	}
	return nil
}

// restTogether pauses all restored projects once all of them were read and nothing waits
// in any to be planned, now or later. Not one by one: what one project pulls goes on to
// the others, where it may have a twin that the database has forgotten. Projects that a
// person has paused are not waited for.
func (e *Engine) restTogether(ctx context.Context, tx store.Tx) error {
	all, err := tx.ListProjects(ctx)
	if err != nil {
		return err
	}
	var ready []store.Project
	for _, p := range all {
		if !p.Restored.Open() || p.Restored.Done || !p.Status.Syncs() {
			continue
		}
		c, err := tx.CountLinks(ctx, p.ID, e.Clock.Now())
		if err != nil || !p.Restored.Read || c.Dirty > 0 {
			return err
		}
		ready = append(ready, p)
	}
	for _, p := range ready {
		if p, err = tx.ProjectForUpdate(ctx, p.ID); err != nil {
			return err
		}
		p.Restored.Done = true
		p.Status, p.StatusReason = external.Paused, restoredReason(p)
		if err := tx.UpdateProject(ctx, p); err != nil {
			return err
		}
		if err := tx.AddOutbox(ctx, e.wake(p.ID)); err != nil { // its workflow looks at the status
			return err
		}
	}
	return nil
}

// wakeRestored has the restored projects go on that may have waited for one that nobody waits for any more:
// their next session finds out.
func (e *Engine) wakeRestored(ctx context.Context, tx store.Tx) error {
	all, err := tx.ListProjects(ctx)
	for _, p := range all {
		if err == nil && p.Restored.Open() && !p.Restored.Done && p.Status.Syncs() {
			err = tx.AddOutbox(ctx, e.wake(p.ID))
		}
	}
	return err
}

// allReleased refuses a new connection for as long as a project waits for its release: what was made
// private since the backup is forgotten until somebody says so again, and would go out by it. One that is
// disconnected nobody releases; it waits should it be connected again.
func allReleased(ctx context.Context, tx store.Tx) error {
	all, err := tx.ListProjects(ctx)
	for _, p := range all {
		if err == nil && p.Restored.Open() && p.Status != external.Disconnected {
			err = fmt.Errorf("the database was restored from a backup, and %s (project %s) waits for its release: "+
				"make tickets private again that must not leave, and release it or disconnect it first: %w", p.Key, p.ID, store.ErrStale)
		}
	}
	return err
}

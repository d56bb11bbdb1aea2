package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// The reasons for which a session cannot be rolled back now.
var (
	// ErrUndone: it is undone. Rolling its rollback back brings it into force again.
	ErrUndone = errors.New("the session is undone already; roll back its rollback to bring it into force again")
	// ErrOrdered: its rollback waits or runs.
	ErrOrdered = errors.New("the session's rollback is ordered already and not through yet")
	// ErrBegun: it has done something already, or nobody has ordered one.
	ErrBegun = errors.New("no rollback waits that has done nothing yet; one that has is undone by rolling it back in turn, once it is through")
	// ErrRunning: it has not ended.
	ErrRunning = errors.New("the session has not ended yet; pause the project or wait")
	// ErrCutOff: its project is disconnected, and nobody would carry its rollback out.
	ErrCutOff = errors.New("the session's project is disconnected; connect it again first")
)

// RollbackPreview says what a rollback would do, as things stand.
type RollbackPreview struct {
	Session store.Session // the one to be undone
	Rows    []RollbackRow
	Counts  RollbackCounts
	// Digest identifies the rows with all their values: an approval is of them alone.
	Digest string
}

// RollbackRow is what becomes of one field, or with an empty Field of one whole item.
type RollbackRow struct {
	LinkID    string
	TicketID  string
	CommentID string
	Key       string // of the external item
	Field     ticket.Field
	// Action is restore, keep, cannot or nothing; of an item also delete_here, withdraw,
	// revive and rejoin.
	Action plan.Action
	// Here and There say what a side holds now and would hold, where Done. Of an item that is
	// withdrawn, There is the state in which it is closed, and not Done where it is deleted.
	Here, There plan.Swap
	// Elsewhere counts the items that a ticket which is deleted here has in other projects: a person
	// is asked about each.
	Elsewhere int
	Reason    string
}

// RollbackCounts sums the rows up.
type RollbackCounts struct {
	Here      int `json:"here"`      // fields to be restored here
	Outside   int `json:"outside"`   // fields to be restored outside
	Deleted   int `json:"deleted"`   // items to be deleted here
	Withdrawn int `json:"withdrawn"` // items to be withdrawn outside
	Revived   int `json:"revived"`   // items to be brought back, or synchronised again
	Kept      int `json:"kept"`      // edited since
	Cannot    int `json:"cannot"`    // cannot be undone
	Nothing   int `json:"nothing"`   // are as they were already
	Items     int `json:"items"`     // tickets and comments that would be changed
}

func (c *RollbackCounts) add(r RollbackRow) {
	switch r.Action {
	case plan.Restore:
		if r.Here.Done {
			c.Here++
		}
		if r.There.Done {
			c.Outside++
		}
	case plan.DeleteHere:
		c.Deleted++
	case plan.Withdraw:
		c.Withdrawn++
	case plan.Revive, plan.Rejoin:
		c.Revived++
	case plan.Keep:
		c.Kept++
	case plan.Cannot:
		c.Cannot++
	default:
		c.Nothing++
	}
}

// PreviewRollback says what rolling a session back would do, from what is stored here and
// was last seen outside. It changes nothing and calls nobody. It fails with ErrRunning,
// ErrOrdered, ErrUndone or ErrCutOff where the session cannot be rolled back now.
func (e *Engine) PreviewRollback(ctx context.Context, sessionID string) (RollbackPreview, error) {
	pv, err := e.previewRollback(ctx, sessionID, "")
	if err != nil {
		return pv, fmt.Errorf("preview the rollback of session %s: %w", sessionID, err)
	}
	return pv, nil
}

// previewRollback previews what is left to do where the rollback named self has begun.
func (e *Engine) previewRollback(ctx context.Context, sessionID, self string) (RollbackPreview, error) {
	var pv RollbackPreview
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if pv.Session, err = tx.Session(ctx, sessionID); err != nil || self != "" {
			return err
		}
		return mayRollBack(ctx, tx, pv.Session)
	})
	if err != nil {
		return pv, err
	}
	p, err := e.peer(ctx, pv.Session.ProjectID)
	if err != nil {
		return pv, err
	}
	all, _, err := e.deedsOf(ctx, sessionID)
	if err != nil {
		return pv, err
	}
	done := &soFar{session: self, links: map[string]*redone{}}
	if self != "" {
		if err := e.refresh(ctx, done); err != nil {
			return pv, err
		}
	}
	r := Run{ProjectID: p.project.ID, Kind: store.Rollback, peek: true, brings: map[string]bool{}}
	for _, d := range all {
		rows, err := e.previewLink(ctx, r, p, d, done.of(d.linkID), pv.Session.Kind == store.Rollback)
		if err != nil {
			return pv, err
		}
		pv.add(rows)
	}
	pv.Digest, err = digestRows(sessionID, pv.Rows)
	return pv, err
}

func (pv *RollbackPreview) add(rows []RollbackRow) {
	changes := false
	for _, r := range rows {
		pv.Counts.add(r)
		changes = changes || r.Action != plan.Keep && r.Action != plan.Cannot && r.Action != plan.Nothing
	}
	if changes {
		pv.Counts.Items++
	}
	pv.Rows = append(pv.Rows, rows...)
}

func digestRows(sessionID string, rows []RollbackRow) (string, error) {
	b, err := json.Marshal(rows)
	sum := sha256.Sum256(append([]byte(sessionID), b...))
	return hex.EncodeToString(sum[:16]), err
}

// previewLink plans one link as Undo would, once what goes before it is done.
func (e *Engine) previewLink(ctx context.Context, r Run, p *peer, d *deeds, done *redone, ofRollback bool) ([]RollbackRow, error) {
	w, err := e.gather(ctx, r, p, d.linkID)
	if errors.Is(err, errNoLink) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if p.doubts(w) && w.wait == "" { // what was seen last is doubtful: the best guess there is
		w.input = e.input(p, w)
	}
	row := RollbackRow{LinkID: d.linkID, TicketID: cmp.Or(w.ticket.ID, d.ticketID), Key: w.link.ExternalKey}
	if w.link.Kind == external.KindComment {
		row.CommentID = w.link.LocalID
	}
	var waits *waitError
	if err := e.planUndo(ctx, p, w, d, done, ofRollback); errors.As(err, &waits) {
		row.Action, row.Reason = plan.Cannot, waits.reason+"; it is undone once it is known"
		return []RollbackRow{row}, nil
	} else if err != nil {
		return nil, err
	}
	r.brings[d.linkID] = w.undo.relink || w.undo.again
	var rows []RollbackRow
	if s := w.undo.item; s.Action != "" {
		item := row
		if item.Action, item.Reason = s.Action, s.Reason; s.Action == plan.Withdraw {
			item.There = w.undo.closes
		}
		if item.Elsewhere, err = e.elsewhere(ctx, w); err != nil {
			return nil, err
		}
		rows = append(rows, item)
	}
	for _, u := range w.undo.fields {
		r := row
		r.Field, r.Action, r.Here, r.There, r.Reason = u.Field, u.Action, u.Here, u.There, u.Reason
		rows = append(rows, r)
	}
	return rows, nil
}

// elsewhere counts the items in other projects of a ticket that an undo deletes here.
func (e *Engine) elsewhere(ctx context.Context, w *work) (n int, err error) {
	if w.undo.item.Action != plan.DeleteHere || w.link.Kind != external.KindTicket {
		return 0, nil
	}
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		links, err := tx.LinksOfLocal(ctx, external.KindTicket, w.ticket.ID)
		n = 0
		for _, l := range links {
			if l.ID != w.link.ID && l.ExternalID != "" && !over(l) {
				n++
			}
		}
		return err
	})
	return n, err
}

// mayRollBack refuses what is not over, what is undone, and what nobody would carry out.
func mayRollBack(ctx context.Context, tx store.Tx, s store.Session) error {
	if p, err := tx.Project(ctx, s.ProjectID); err != nil || p.Status == external.Disconnected {
		return cmp.Or(err, ErrCutOff)
	}
	if s.State == store.Running || s.State == store.Pending || s.Kind == store.Rollback && s.State != store.Succeeded {
		return ErrRunning
	}
	rollbacks, err := tx.RollbacksOf(ctx, s.ID)
	if err != nil {
		return err
	}
	for _, r := range rollbacks {
		if r.State == store.Cancelled {
			continue
		}
		if r.State != store.Succeeded {
			return ErrOrdered
		}
		undone, err := isUndone(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		if !undone {
			return ErrUndone
		}
	}
	return nil
}

// isUndone reports whether the effects of a session are undone.
func isUndone(ctx context.Context, tx store.Tx, sessionID string) (bool, error) {
	rollbacks, err := tx.RollbacksOf(ctx, sessionID)
	for _, r := range rollbacks {
		if r.State != store.Succeeded {
			continue
		}
		again, err := isUndone(ctx, tx, r.ID)
		if err != nil || !again {
			return !again, err
		}
	}
	return false, err
}

// OrderRollback stores the order to roll a session back, by the digest of the preview that a
// person has seen. The project's next session carries it out. It fails with ErrMoved, and
// the preview of now, when things have moved since, and like PreviewRollback.
func (e *Engine) OrderRollback(ctx context.Context, sessionID, digest, by string) (store.Session, RollbackPreview, error) {
	pv, err := e.PreviewRollback(ctx, sessionID)
	if err == nil && pv.Digest != digest {
		err = fmt.Errorf("roll session %s back: %w", sessionID, ErrMoved)
	}
	if err != nil {
		return store.Session{}, pv, err
	}
	var r store.Session
	err = e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if _, err := tx.ProjectForUpdate(ctx, pv.Session.ProjectID); err != nil {
			return err
		}
		of, err := tx.Session(ctx, sessionID) // which may go on by now, where a pause had stopped it
		if err != nil {
			return err
		}
		if err := mayRollBack(ctx, tx, of); err != nil {
			return err
		}
		r, err = e.orderRollback(ctx, tx, of, by)
		return err
	})
	if err != nil {
		return r, pv, fmt.Errorf("roll session %s back: %w", sessionID, err)
	}
	return r, pv, nil
}

// orderRollback inserts the session that is to undo another one, and tells who must know.
func (e *Engine) orderRollback(ctx context.Context, tx store.Tx, of store.Session, by string) (store.Session, error) {
	r := store.Session{
		ID: e.NewID(), ProjectID: of.ProjectID, Kind: store.Rollback, State: store.Pending, StartedAt: e.Clock.Now(), Undoes: of.ID, By: by,
	}
	if err := tx.InsertSession(ctx, r); err != nil {
		return r, err
	}
	entry := store.AuditEntry{ProjectID: of.ProjectID, At: r.StartedAt, Actor: by, Action: "rollback", Subject: of.ID, Detail: "session=" + r.ID}
	if err := tx.AppendAudit(ctx, entry); err != nil {
		return r, err
	}
	return r, tx.AddOutbox(ctx, e.event(of.ProjectID, "RollbackOrdered", r.ID), e.wake(of.ProjectID))
}

// CancelRollback takes the order of a rollback back that has done nothing yet: it waits for its project to be resumed,
// or for a permission. It is named by its own id, or by that of the session that it was to undo, and returned. It fails
// with ErrBegun where none waits so.
func (e *Engine) CancelRollback(ctx context.Context, sessionID, by string) (store.Session, error) {
	var r store.Session
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		s, err := tx.Session(ctx, sessionID)
		if err != nil {
			return err
		}
		if _, err := tx.ProjectForUpdate(ctx, s.ProjectID); err != nil {
			return err
		}
		open, err := tx.OpenRollbacks(ctx, s.ProjectID)
		if err != nil {
			return err
		}
		for _, r = range open {
			if r.ID == sessionID || r.Undoes == sessionID {
				return e.cancel(ctx, tx, &r, by)
			}
		}
		return ErrBegun
	})
	if err != nil {
		return r, fmt.Errorf("cancel the rollback of session %s: %w", sessionID, err)
	}
	return r, nil
}

// cancel ends a rollback that has done nothing yet; ErrBegun: it has.
func (e *Engine) cancel(ctx context.Context, tx store.Tx, r *store.Session, by string) error {
	did, err := tx.Steps(ctx, r.ID, 0, 1)
	if err != nil {
		return err
	}
	if len(did) > 0 || r.State == store.Running {
		return ErrBegun
	}
	r.State, r.Reason, r.EndedAt = store.Cancelled, "cancelled by "+by, e.Clock.Now()
	entry := store.AuditEntry{ProjectID: r.ProjectID, At: r.EndedAt, Actor: by, Action: "cancel_rollback", Subject: r.Undoes, Detail: "session=" + r.ID}
	return errors.Join(tx.UpdateSession(ctx, *r), tx.AppendAudit(ctx, entry), tx.AddOutbox(ctx, e.event(r.ProjectID, "RollbackCancelled", r.ID)))
}

// orderOnFailure orders the rollback of a session that failed after it wrote something,
// where the project wants that.
func (e *Engine) orderOnFailure(ctx context.Context, tx store.Tx, p store.Project, s store.Session) error {
	c := s.Counts
	wrote := c.CreatedHere + c.AppliedHere + c.DeletedHere + c.CreatedOutside + c.PushedOutside + c.DeletedOutside
	if !p.RollbackFailed || s.State != store.Failed || s.Kind == store.Rollback || wrote == 0 {
		return nil
	}
	_, err := e.orderRollback(ctx, tx, s, store.OnFailure)
	return err
}

// tellUnordered says of an undo that nobody ordered how what it took away comes back. Fields that it restored are asked
// about one by one; an item that is over as nobody has worked on it would stay away, and nobody had seen a preview.
func (e *Engine) tellUnordered(ctx context.Context, tx store.Tx, s *store.Session) error {
	if s.Kind != store.Rollback || s.By != store.OnFailure || s.State != store.Succeeded {
		return nil
	}
	took, err := tookBack(ctx, tx, s.ID)
	if took {
		s.Reason = fmt.Sprintf("what session %s had made was taken back, since that failed, and is not made again by itself: a rollback of %s brings it back", s.Undoes, s.ID)
	}
	return err
}

// tookBack reports whether an undo took a whole item away, on either side.
func tookBack(ctx context.Context, tx store.Tx, sessionID string) (bool, error) {
	for after := int64(0); ; {
		steps, err := tx.Steps(ctx, sessionID, after, journalPage)
		if err != nil {
			return false, err
		}
		for _, s := range steps {
			if after = s.Seq; s.Outcome == "done" && (s.Action == plan.Withdraw || s.Action == plan.DeleteHere) {
				return true, nil
			}
		}
		if len(steps) < journalPage {
			return false, nil
		}
	}
}

// NextRollback returns the rollback that a project must see to first: the oldest that was
// ordered and has not succeeded. It fails with store.ErrNotFound when there is none, and
// while the project is read anew after its database was restored: an undo writes outside,
// and waits for the release.
func (e *Engine) NextRollback(ctx context.Context, projectID string) (store.Session, error) {
	var open []store.Session
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if p, err := tx.Project(ctx, projectID); err != nil || p.Restored.Open() {
			return err
		}
		open, err = tx.OpenRollbacks(ctx, projectID)
		return err
	})
	if err == nil && len(open) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Session{}, fmt.Errorf("next rollback of project %s: %w", projectID, err)
	}
	return open[0], nil
}

// guardUndo holds a rollback that nobody has seen a preview of to the guards' limits.
func (e *Engine) guardUndo(ctx context.Context, r Run) error {
	var self store.Session
	var counts store.LinkCounts
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if _, err = e.fence(ctx, tx, r); err != nil {
			return err
		}
		if counts, err = tx.CountLinks(ctx, r.ProjectID, e.Clock.Now()); err != nil {
			return err
		}
		self, err = tx.Session(ctx, r.SessionID)
		return err
	})
	if err != nil || self.By != store.OnFailure {
		return err // whoever ordered it has approved what it does
	}
	pv, err := e.previewRollback(ctx, self.Undoes, self.ID)
	if err != nil {
		return err
	}
	t := plan.Totals{Links: counts.Tickets + counts.Comments, Changes: pv.Counts.Items, Deletes: pv.Counts.Deleted + pv.Counts.Withdrawn, Conflicts: pv.Counts.Kept, Previewed: -1}
	if reason := plan.Guard(t); reason != "" {
		return &HeldError{Reason: "rolling the failed session back: " + reason}
	}
	return nil
}

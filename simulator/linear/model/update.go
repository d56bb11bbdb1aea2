package model

import (
	"slices"
	"time"
)

// UpdateIssue applies an IssueUpdateInput. What changes nothing leaves no trace: no new updatedAt, no history, no notice.
func (w *World) UpdateIssue(actor Actor, i *Issue, in Input) error {
	next, err := w.next(i, in)
	if err != nil {
		return err
	}
	w.apply(actor, i, next, in)
	return nil
}

// UpdateIssues applies one input to up to MaxBatch issues; if one is refused none is changed.
func (w *World) UpdateIssues(actor Actor, list []*Issue, in Input) error {
	if len(list) == 0 || len(list) > MaxBatch {
		return Refuse("Argument Validation Error: ids must contain between 1 and %d elements", MaxBatch)
	}
	next := make([]Facts, len(list))
	for k, i := range list {
		f, err := w.next(i, in)
		if err != nil {
			return err
		}
		next[k] = f
	}
	for k, i := range list {
		w.apply(actor, i, next[k], in)
	}
	return nil
}

// next computes what an input makes of an issue.
func (w *World) next(i *Issue, in Input) (Facts, error) {
	for _, field := range []string{"title", "stateId", "teamId"} {
		if in.Has(field) && in[field] == nil {
			return Facts{}, Refuse("Argument Validation Error: %s must not be null", field)
		}
	}
	f := i.Facts
	if err := w.fill(&f, i, in); err != nil {
		return Facts{}, err
	}
	return f, nil
}

func (w *World) apply(actor Actor, i *Issue, next Facts, in Input) {
	if in["trashed"] == true && !i.Trashed {
		w.archive(actor, i, true)
	} else if in.Has("trashed") && in["trashed"] != true && i.Trashed {
		w.UnarchiveIssue(actor, i)
	}
	changes := difference(i.Facts, next)
	silent := !sameUsers(i.Subscribers, next.Subscribers)
	if len(changes) == 0 && !silent {
		return
	}
	w.keepIssue(i, false)
	moved, stated := next.Team != i.Team, next.State != i.State
	before := former(i, changes)
	if moved {
		i.Previous = append(slices.Clip(i.Previous), i.Identifier())
	}
	i.Facts = next
	w.touch(&i.Meta)
	if moved {
		w.number(i)
	}
	if stated {
		i.schedule(i.UpdatedAt)
	}
	w.record(actor, i, changes)
	w.emit(Notice{Action: "update", Type: "Issue", Issue: i, Actor: actor, Before: before})
}

func sameUsers(a, b []*User) bool { return slices.Equal(a, b) }

// ArchiveIssue hides an issue from lists.
func (w *World) ArchiveIssue(actor Actor, i *Issue) { w.archive(actor, i, false) }

// TrashLife is how long a deleted issue can be restored before it is gone.
const TrashLife = 30 * 24 * time.Hour

// TrashIssue deletes an issue: it is archived, and gone for good after TrashLife.
func (w *World) TrashIssue(actor Actor, i *Issue) { w.archive(actor, i, true) }

func (w *World) archive(actor Actor, i *Issue, trash bool) {
	if i.Trashed || (i.ArchivedAt != nil && !trash) {
		return
	}
	w.keepIssue(i, false)
	before := map[string]any{"archivedAt": stamp(i.ArchivedAt), "updatedAt": i.UpdatedAt}
	w.touch(&i.Meta)
	at := i.UpdatedAt
	i.ArchivedAt = &at
	entry, action := map[string]any{"archived": true}, "update"
	if trash {
		i.Trashed, i.trashedAt = true, at
		w.trash[i] = struct{}{}
		before["trashed"] = nil
		entry, action = map[string]any{"trashed": true}, "remove"
	}
	w.recordValues(actor, i, entry)
	w.emit(Notice{Action: action, Type: "Issue", Issue: i, Actor: actor, Before: before})
}

// UnarchiveIssue takes an issue out of the archive or the trash.
func (w *World) UnarchiveIssue(actor Actor, i *Issue) {
	if i.ArchivedAt == nil {
		return
	}
	w.keepIssue(i, false)
	before, entry := map[string]any{"archivedAt": stamp(i.ArchivedAt), "updatedAt": i.UpdatedAt}, map[string]any{"archived": false}
	if i.Trashed {
		before["trashed"], entry = true, map[string]any{"trashed": false}
	}
	delete(w.trash, i)
	i.Trashed, i.ArchivedAt = false, nil
	w.touch(&i.Meta)
	w.recordValues(actor, i, entry)
	w.emit(Notice{Action: "update", Type: "Issue", Issue: i, Actor: actor, Before: before})
}

// PurgeIssue removes an issue for good, as permanentlyDelete does.
func (w *World) PurgeIssue(actor Actor, i *Issue) {
	w.archive(actor, i, true)
	w.forget(i)
}

// purge forgets what has been in the trash for too long.
func (w *World) purge() {
	if len(w.trash) == 0 {
		return
	}
	now := w.Now()
	for i := range w.trash {
		if now.Sub(i.trashedAt) >= TrashLife {
			w.forget(i)
		}
	}
}

func (w *World) forget(i *Issue) {
	delete(w.trash, i)
	delete(w.lateIssues, i)
	delete(w.issueByID, i.ID)
	for _, key := range append(slices.Clip(i.Previous), i.Identifier()) {
		delete(w.issueByKey, key)
	}
	w.issues = slices.DeleteFunc(slices.Clone(w.issues), func(o *Issue) bool { return o == i })
	w.comments = slices.DeleteFunc(slices.Clone(w.comments), func(c *Comment) bool { return c.Issue == i })
	w.attachments = slices.DeleteFunc(slices.Clone(w.attachments), func(a *Attachment) bool { return a.Issue == i })
	for _, c := range i.Comments {
		delete(w.commentByID, c.ID)
		delete(w.lateNotes, c)
	}
	for _, child := range w.issues {
		if child.Parent == i {
			child.Parent = nil
		}
	}
}

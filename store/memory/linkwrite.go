package memory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
)

// UpdateLink implements store.Links. The link stays in its project and of its kind.
func (t *tx) UpdateLink(_ context.Context, l store.Link) error {
	old := t.links.rows[l.ID]
	if old == nil {
		return canon.NotFound("link", l.ID)
	}
	l.ProjectID, l.Kind = old.ProjectID, old.Kind
	l.DirtyRev, l.CleanRev = old.DirtyRev, old.CleanRev
	l, err := canon.Link(l)
	if err != nil {
		return err
	}
	if err := t.checkLinkUnique(l); err != nil {
		return err
	}
	t.putLink(&l, old)
	return nil
}

// DeleteLink implements store.Links.
func (t *tx) DeleteLink(_ context.Context, id string) error {
	old := t.links.rows[id]
	if old == nil {
		return canon.NotFound("link", id)
	}
	if old.LocalID != "" && old.ExternalID != "" {
		return canon.Stale("joined link", id)
	}
	t.links.ofProject.of(linkKey{old.ProjectID, old.Kind, ""}).remove(t.Store, id)
	t.indexLink(&store.Link{ID: id, ProjectID: old.ProjectID, Kind: old.Kind}, old)
	t.links.rows.del(t.Store, id)
	return nil
}

// MarkDirty implements store.Links.
func (t *tx) MarkDirty(_ context.Context, linkIDs ...string) error {
	at := t.mark()
	for i, id := range linkIDs {
		old := t.links.rows[id]
		if old == nil {
			return canon.NotFound("link", id)
		}
		if slices.Contains(linkIDs[:i], id) { // named twice, marked once
			continue
		}
		l := *old
		l.DirtyRev++
		l.DirtyAt, l.NextTry = at, time.Time{}
		t.putLink(&l, old)
	}
	return nil
}

// HoldLinks implements store.Links.
func (t *tx) HoldLinks(_ context.Context, projectID string) error {
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		for _, l := range t.linksIn(t.links.ofProject[linkKey{projectID, kind, ""}]) {
			rests := slices.Contains([]store.LinkState{store.ParkedLink, store.Withdrawn, store.Tombstone}, l.State)
			if l.ExternalID == "" || l.Held || rests {
				continue
			}
			old := t.links.rows[l.ID]
			l.Held = true
			t.putLink(&l, old)
		}
	}
	return nil
}

// MarkClean implements store.Links.
func (t *tx) MarkClean(_ context.Context, linkID string, rev int64) error {
	old := t.links.rows[linkID]
	if old == nil {
		return canon.NotFound("link", linkID)
	}
	if rev > old.DirtyRev {
		return fmt.Errorf("link %s: clean_rev %d is beyond dirty_rev %d", linkID, rev, old.DirtyRev)
	}
	l := *old
	l.CleanRev = max(l.CleanRev, rev)
	t.putLink(&l, old)
	return nil
}

// checkLinkUnique refuses a second link to the same local or external item.
func (t *tx) checkLinkUnique(l store.Link) error {
	if l.ExternalID != "" {
		if other, taken := t.links.byExternal[linkKey{l.ProjectID, l.Kind, l.ExternalID}]; taken && other != l.ID {
			return canon.Exists("link", other)
		}
	}
	if l.LocalID != "" {
		if other, taken := t.links.byLocal[linkKey{l.ProjectID, l.Kind, l.LocalID}]; taken && other != l.ID {
			return canon.Exists("link", other)
		}
	}
	return nil
}

// putLink replaces old, which is empty for a new link, by l.
func (t *tx) putLink(l, old *store.Link) {
	t.indexLink(l, old)
	t.links.rows.put(t.Store, l.ID, l)
}

// indexLink moves the link in every index in which its place differs.
func (t *tx) indexLink(l, old *store.Link) {
	key := func(id string) linkKey { return linkKey{l.ProjectID, l.Kind, id} }
	if l.ExternalID != old.ExternalID {
		moveUnique(t.Store, t.links.byExternal, key(old.ExternalID), key(l.ExternalID), l.ID)
	}
	if l.LocalID != old.LocalID {
		moveUnique(t.Store, t.links.byLocal, key(old.LocalID), key(l.LocalID), l.ID)
		move(t.Store, t.links.ofLocal, linkKey{"", l.Kind, old.LocalID}, linkKey{"", l.Kind, l.LocalID}, l.ID)
	}
	if l.ExternalKey != old.ExternalKey {
		move(t.Store, t.links.byKey, key(old.ExternalKey), key(l.ExternalKey), l.ID)
	}
	if l.Kind == external.KindComment {
		t.indexComment(l, old)
	}
	if from, to := orphanKey(old), orphanKey(l); from != to {
		move(t.Store, t.links.orphans, from, to, l.ID)
	}
	if l.Dirty() != old.Dirty() {
		if l.Dirty() {
			t.links.dirty.of(l.ProjectID).add(t.Store, l.ID)
		} else {
			t.links.dirty.of(l.ProjectID).remove(t.Store, l.ID)
		}
	}
}

func (t *tx) indexComment(l, old *store.Link) {
	if l.Parent != old.Parent {
		if old.Parent != "" {
			t.links.ofParent.of(old.Parent).remove(t.Store, l.ID)
		}
		if l.Parent != "" {
			t.links.ofParent.of(l.Parent).add(t.Store, l.ID)
		}
	}
}

// orphanKey is what a link that knows only the key of whom it waits for is found by; its
// id is empty when the link is not one.
func orphanKey(l *store.Link) linkKey {
	if l.Parent != "" || l.ParentKey == "" {
		return linkKey{}
	}
	return linkKey{l.ProjectID, l.Kind, l.ParentKey}
}

// moveUnique re-registers a link under another key; a key with an empty id is none.
func moveUnique(s *Store, in table[linkKey, string], from, to linkKey, id string) {
	if from.id != "" {
		in.del(s, from)
	}
	if to.id != "" {
		in.put(s, to, id)
	}
}

func move(s *Store, in groups[linkKey, sorted], from, to linkKey, id string) {
	if from.id != "" {
		in.of(from).remove(s, id)
	}
	if to.id != "" {
		in.of(to).add(s, id)
	}
}

package simtest

import (
	"context"
	"slices"
	"strings"
	"unsafe"

	"github.com/extsync/extsync/store"
)

// A project, a link and a conflict are written down as whole rows, and people who decide, restore a ticket or ask for
// something to be taken back lock no project. Whoever writes such a row as he read it before he locked it
// writes over what they committed since. The store in memory lets nobody in between a read and a
// write; this law holds of each write what Postgres would punish. Which reading a row comes from its id
// tells: each locked one gets bytes of its own for it, which copies of the row share.

// own gives a row that is locked its mark.
func (t *txPort) own(id string) string {
	id = strings.Clone(id)
	t.held = append(t.held, id)
	return id
}

// LinkForUpdate marks the row.
func (t *txPort) LinkForUpdate(ctx context.Context, id string) (store.Link, error) {
	l, err := t.Tx.LinkForUpdate(ctx, id)
	l.ID = t.own(l.ID)
	return l, err
}

// Link marks the row where it is locked already.
func (t *txPort) Link(ctx context.Context, id string) (store.Link, error) {
	l, err := t.Tx.Link(ctx, id)
	if slices.Contains(t.held, id) {
		l.ID = t.own(l.ID)
	}
	return l, err
}

// InsertLink marks the row, which nobody else sees yet.
func (t *txPort) InsertLink(ctx context.Context, l store.Link) error {
	t.held = append(t.held, l.ID)
	return t.Tx.InsertLink(ctx, l)
}

// ConflictForUpdate marks the row.
func (t *txPort) ConflictForUpdate(ctx context.Context, id string) (store.Conflict, error) {
	c, err := t.Tx.ConflictForUpdate(ctx, id)
	c.ID = t.own(c.ID)
	return c, err
}

// ProjectForUpdate marks the row.
func (t *txPort) ProjectForUpdate(ctx context.Context, id string) (store.Project, error) {
	p, err := t.Tx.ProjectForUpdate(ctx, id)
	p.ID = t.own(p.ID)
	return p, err
}

// UpdateProject sees to it that the row was locked: sessions and people write it.
func (t *txPort) UpdateProject(ctx context.Context, p store.Project) error {
	t.mustHold("project", p.ID)
	return t.Tx.UpdateProject(ctx, p)
}

// mustHold fails the run where a row is written that was read before the transaction locked it, or never
// was locked (I2).
func (t *txPort) mustHold(what, id string) {
	marked := func(own string) bool { return unsafe.StringData(own) == unsafe.StringData(id) } //nolint:gosec // addresses are compared, and nothing is read at them
	if !slices.ContainsFunc(t.held, marked) {
		t.w.fail("I2", what+" "+id+" is written as it was read without a lock: what somebody committed since is lost")
	}
}

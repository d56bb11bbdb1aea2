package simtest

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// judgeRestored: nothing is written outside from a restored database before a person has
// released the project, wherever that could be known (I2, I6).
func (w *world) judgeRestored(p *peer) {
	if w.has(backups) && (w.past.barred[p] || w.row(p).Restored.Open()) {
		w.fail("I7", "something is written to "+p.id+" although its database was restored and nobody has released it")
	}
}

// unaccounted returns the tokens that are lost at this moment.
func (w *world) unaccounted() map[int]bool {
	live, kept := w.accounts(w.final())
	out := map[int]bool{}
	for _, t := range w.oracle.lost(live, kept, nil) {
		out[t.id] = true
	}
	return out
}

// forget notes what went with the database: tokens that are lost now and were not before,
// and those that a write replaced unseen, of which nobody will find out any more; what their
// authors had seen they replaced themselves.
func (w *world) forget(before map[int]bool) {
	for _, b := range w.blind {
		for _, id := range w.oracle.origins(b.token) {
			delete(before, id)
		}
	}
	for id := range w.unaccounted() {
		t := w.oracle.token(id)
		t.void = t.void || !before[id]
	}
}

// fieldAt is a field of an item outside.
type fieldAt struct {
	at    stay
	field ticket.Field
}

// cover is what a write of ours took back: what it shows instead, and what that replaced.
type cover struct{ shows, hides []int }

// noteCovered notes what of an item is taken back by a write that is about to be made: texts
// that give way to our notice, labels that go with them, and texts that an undo replaces by
// older ones after the backup.
func (a *port) noteCovered(it external.Item, ch store.Change, undo bool) {
	w, v, at := a.w, it.Fields[string(ch.Field)], fieldAt{stay{a.p.n, it.Kind, it.ID}, ch.Field}
	if strings.HasPrefix(ch.Reason, "taken back") {
		a.p.retracted[it.ID] = true
	}
	since := undo && !v.IsSet() && w.past.taken && !w.past.happened
	switch {
	case ch.Written.Text() == outbound.Notice && v.Text() != outbound.Notice, since:
		w.covered[at] = cover{shows: tokensIn(ch.Written), hides: dropped(v, ch.Written.Text())}
	case ch.Field == ticket.Labels && strings.HasPrefix(ch.Reason, "taken back"):
		w.covered[at] = cover{hides: append(w.covered[at].hides, tokensIn(ticket.Set(v.Minus(ch.Written)...))...)}
	}
}

// under returns what our notice, or what an undo brought back, stands for that somebody
// outside is about to write over, and what went with it. A database that is restored to a
// backup of before does not know that it was taken back: it takes what he wrote for an edit
// of what stood there then, and what went for another one, and nothing tells it otherwise.
func (w *world) under(p *peer, it external.Item, f ticket.Field) []int {
	at, now := stay{p.n, it.Kind, it.ID}, it.Fields[string(f)]
	c, is := w.covered[fieldAt{at, f}]
	if !w.past.taken || !is || !slices.Equal(tokensIn(now), c.shows) {
		return nil
	}
	if now.Text() == outbound.Notice {
		return append(slices.Clone(c.hides), w.covered[fieldAt{at, ticket.Labels}].hides...)
	}
	return c.hides
}

// recorded returns the write-ahead records of a write that is about to be made, while the
// database that holds them can still go back to its backup.
func (a *port) recorded(c outbound.Content) (open []store.Intent) {
	w := a.w
	if !w.past.taken || w.past.happened {
		return nil
	}
	link := w.linkOf(a.p, c.CreateKey, c.Ref)
	w.read(func(tx store.Tx) (err error) {
		open, err = tx.LinkIntents(w.ctx, link.ID)
		return err
	})
	return open
}

// forgetReplaced notes what a write is about to replace, or to delete, when its write-ahead record
// went with the database while the call was on its way. Nothing tells any more that the write
// was ours, nor what it was made upon, nor what was seen there: nobody audits it, and no
// record holds it (docs/decisions/0019).
func (a *port) forgetReplaced(c outbound.Content, record []store.Intent) {
	w := a.w
	it, there := w.onTheWay(a.p, c.Ref)
	if !w.past.happened || !there || it.Gone {
		return
	}
	for _, i := range record {
		for _, ch := range i.Changes {
			v := it.Fields[string(ch.Field)]
			written, is := c.Set[string(ch.Field)]
			if i.Verb == "delete" { // nothing takes its place but what the database knows of it
				written, is = w.knownAt(slot{a.p.n + 1, it.Kind, it.ID, ch.Field}), true
			}
			if !is || i.State != store.Sent || v.IsSet() && i.Verb != "delete" { // of a set a write takes what it names
				continue
			}
			stays := tokensIn(written)
			gone := slices.DeleteFunc(tokensIn(v), func(id int) bool { return slices.Contains(stays, id) })
			for _, id := range gone {
				w.oracle.token(id).void = true
			}
			w.oracle.deleted(gone) // what their authors had seen they replaced themselves
		}
	}
}

// clone is a copy of its own.
func (d deletion) clone() deletion {
	d.here, d.either, d.ends, d.removed = maps.Clone(d.here), maps.Clone(d.either), maps.Clone(d.ends), maps.Clone(d.removed)
	d.unlinked, d.again, d.homes, d.twin = maps.Clone(d.unlinked), maps.Clone(d.again), maps.Clone(d.homes), maps.Clone(d.twin)
	return d
}

// after is what people have done about whole tickets once the database is back at this: what
// they deleted since is there again, and whatever they let the engine do outside it may have
// done.
func (d deletion) after(now deletion) deletion {
	back := now
	back.here, back.twin = d.here, d.twin
	for id := range now.here {
		back.either[id] = back.either[id] || !d.here[id]
	}
	for id := range d.here { // restored since, and deleted again by this
		back.either[id] = back.either[id] || !now.here[id]
	}
	return back
}

// heldForTwin reports whether a link rightly waits for a person: what it would make outside
// stands there, made for a link that the database forgot.
func (w *world) heldForTwin(p *peer, l store.Link) bool {
	return w.past.happened && l.State == store.ParkedLink && w.hasTwin(p, l)
}

// orphaned reports whether we made an item for a link that a restored database forgot; or for one
// that it knows, and forgot the item of, which was moved to another project since, or in whose place
// came one that the ticket had elsewhere, and that people moved here. One whose marker was erased
// since the backup passes for somebody else's, and does not come in where only some may see it.
func (w *world) orphaned(p *peer, it external.Item) (is bool) {
	if !w.past.happened || !p.site.ours(it.Author) {
		return false
	}
	if it.CreateKey == "" {
		return it.Restricted() != "" && w.linkOf(p, "", it.Ref).LocalID == ""
	}
	w.read(func(tx store.Tx) error {
		l, err := tx.Link(w.ctx, linkIn(it.CreateKey))
		here := stay{p.n, it.Kind, it.ID}
		switch {
		case err != nil:
			is = errors.Is(err, store.ErrNotFound)
		case l.ProjectID != p.id:
			is = !w.went(w.stayOf(l), func(at stay) bool { return at == here })
		default:
			at := w.stayOf(l)
			is = at != here && w.cameTo(at)
		}
		return ignoreNotFound(err)
	})
	return is
}

// note adds the tokens of a value to a set.
func note(set map[int]bool, v ticket.Value) {
	for _, id := range tokensIn(v) {
		set[id] = true
	}
}

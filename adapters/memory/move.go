package memory

import (
	"slices"
	"strconv"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

// Vendors differ in what becomes of a ticket that is moved to another project. Some keep
// its id, and a call that names it goes on at its new place; a tracker of
// external.CreateKeyClientID does so. Others give it a new id, drop the labels that the
// other project does not know, and answer a call at the old place with a redirect, which
// no write follows.

// outlives reports whether the ids of the tracker's items outlive a move.
func (o Options) outlives() bool { return o.CreateKey == external.CreateKeyClientID }

// Transfer moves a ticket with its comments to another tracker, which must stand beside
// this one (Options.Beside), and returns what it is called there.
func (t *Tracker) Transfer(by, id string, to *Tracker) (external.Ref, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	it, err := t.find("move", id)
	switch {
	case err != nil:
		return external.Ref{}, err
	case to == t || to.mu != t.mu || it.kind != external.KindTicket:
		return external.Ref{}, fail(external.Invalid, "move", id, "want a ticket, and another tracker that stands beside this one")
	}
	to.number++
	key := strconv.Itoa(to.number)
	for n, c := range slices.Clone(t.comments.all) {
		if c.parent == it.key && !c.gone {
			t.carry(c, to, "m"+key+"."+strconv.Itoa(n)+to.mark, "", key)
		}
	}
	return t.carry(it, to, "t"+key+to.mark, key, "").ref(), nil
}

// Rename gives the project another key. Reads under a former one are led on; a write is
// refused with kind Moved.
func (t *Tracker) Rename(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.former = append(t.former, t.opts.Key)
	t.opts.Key = key
}

// SpeakAs has adapters act as another account from now on: the credential was replaced. What they
// made before keeps its author.
func (t *Tracker) SpeakAs(login string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.opts.Login = login
}

// carry puts an item into another tracker under an id that is free there, and leaves a
// note of it here.
func (t *Tracker) carry(it *item, to *Tracker, id, key, parent string) *item {
	n := *it
	n.id, n.key, n.parent, n.queue, n.shown = id, key, parent, nil, nil
	n.log = slices.Clone(it.log)
	if old := to.byID[it.id]; t.opts.outlives() && (old == nil || old.home != nil) {
		n.id = it.id
		to.forget(old)
	}
	if !t.opts.outlives() && it.kind == external.KindTicket && !it.labels.IsEmpty() {
		n.labels = ticket.Set(slices.DeleteFunc(it.labels.Elements(), func(l string) bool { return !slices.Contains(to.labels, l) })...)
	}
	it.home, it.there = to, &n
	t.drop(it, t.now())
	to.settle(&n)
	return &n
}

// settle shows an item that came from elsewhere: it keeps its author, its history and the
// moment at which it was made.
func (t *Tracker) settle(it *item) {
	it.gone, it.home, it.there = false, nil, nil
	t.byID[it.id] = it
	f := t.feed(it.kind)
	f.all = append(f.all, it)
	if it.kind == external.KindTicket {
		t.byKey[it.key] = it
	}
	t.changed(it, t.now())
}

// forget takes the note of an item that comes back under its old id out of the lists.
func (t *Tracker) forget(old *item) {
	if old == nil {
		return
	}
	f := t.feed(old.kind)
	f.all = slices.DeleteFunc(f.all, func(it *item) bool { return it == old })
	f.pending = slices.DeleteFunc(f.pending, func(it *item) bool { return it == old })
	f.sorted = nil
}

// whereabouts follows an item that was moved, perhaps several times.
func (it *item) whereabouts() (at *Tracker, now *item) {
	for it.home != nil {
		at, it = it.home, it.there
	}
	return at, it
}

// left is what a reading of an item shows that is not here any more: nothing, or where it
// was moved to.
func (it *item) left() external.Item {
	out := external.Item{Ref: it.ref(), Gone: true}
	if at, now := it.whereabouts(); at != nil && !now.gone {
		out = at.moved(out, now)
	}
	return out
}

// moved marks an item as one that lives in this tracker now.
func (t *Tracker) moved(out external.Item, now *item) external.Item {
	out.Gone, out.MovedTo = true, "memory://"+t.opts.Key+"/"+now.key
	if now.kind == external.KindTicket {
		out.Home = external.Home{Project: t.opts.ID, ID: now.id, Key: now.key}
	}
	return out
}

// elsewhere performs a write on an item that was moved: where ids outlive that it goes on
// at the new place. It returns false for an item that was not moved.
func (a *Adapter) elsewhere(op adapters.Op, c outbound.Content) (out external.Item, moved bool, err error) {
	it := a.t.byID[c.Ref.ID]
	if op.Creates {
		it = a.t.byKey[c.Ref.Parent]
	}
	if it == nil || it.home == nil {
		return out, false, nil
	}
	at, now := it.whereabouts()
	if now.id != it.id {
		return out, true, fail(external.Moved, op.Name, it.id, "it lives at another address now; read again")
	}
	there := &Adapter{t: at, cfg: a.cfg}
	if op.Creates {
		c.Ref.Parent = now.key
	}
	made, halfway, err := there.perform(op, c)
	if err != nil {
		return out, true, err
	}
	out = there.item(made.face)
	out.Halfway = halfway
	return at.moved(out, made), true, nil
}

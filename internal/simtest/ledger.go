package simtest

import (
	"maps"
	"slices"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// slot is one field of one item on one side; without a field, that the item is there.
type slot struct {
	side  int // 0: ours; n: the tracker of peer n-1
	kind  external.Kind
	item  string
	field ticket.Field
}

// whole is the place of a place's item.
func (q slot) whole() slot { q.field = ""; return q }

// entry is one change of a place, as it was seen at a port.
type entry struct {
	n             int    // of all entries, in their order
	by            string // the session; empty: a person, here
	intent        string // under which it was written outside
	before, after ticket.Value
	seen          ticket.Value // outside: what stood there as far as the session knew, which had looked before
	decided       bool         // nothing was written: a person decided about the field
	settled       bool         // the session knows that it wrote: here always, outside once its intent has landed
	known         int          // since when, in the order of entries
	twin          ticket.Value // what the other side of the session's link held then
}

// ledger is what was written where and by which session, in the order in which it came
// about. It is kept from what passes the ports, and knows nothing of the engine's journal.
type ledger struct {
	count   int
	at      map[slot][]entry
	wrote   map[string][]slot  // of each session, each once
	made    map[slot]string    // whole items: by which session
	calls   map[string][]slot  // of each intent
	pending []func()           // of the transaction that runs
	undone  map[slot]*undoMark // what must not be done again
	said    map[string][]said  // what each rollback said of what it left alone
	handed  map[string]string  // what a link joined here before it left that to another one
}

func newLedger() *ledger {
	return &ledger{
		at: map[slot][]entry{}, wrote: map[string][]slot{}, made: map[slot]string{}, calls: map[string][]slot{},
		undone: map[slot]*undoMark{}, said: map[string][]said{}, handed: map[string]string{},
	}
}

// add books one change.
func (l *ledger) add(q slot, e entry) {
	l.count++
	if e.n = l.count; e.settled {
		e.known = e.n
	}
	l.at[q] = append(l.at[q], e)
	if e.by != "" && !slices.Contains(l.wrote[e.by], q) {
		l.wrote[e.by] = append(l.wrote[e.by], q)
	}
	if e.intent != "" {
		l.calls[e.intent] = append(l.calls[e.intent], q)
	}
}

// landed notes that an intent's outcome is known.
func (l *ledger) landed(intent string) {
	l.count++
	for _, q := range l.calls[intent] {
		for n := range l.at[q] {
			if e := &l.at[q][n]; e.intent == intent {
				e.settled, e.known = true, l.count
			}
		}
	}
}

// net is what a session did to a place, all its writes taken together: the first value
// before and the last one after. It is false where the session wrote nothing there that it
// knows of.
func (l *ledger) net(q slot, session string) (e entry, is bool) {
	for _, x := range l.at[q] {
		if x.by != session || x.decided || !x.settled {
			continue
		}
		if !is {
			e, is = x, true
		}
		e.after = x.after
	}
	return e, is
}

// kept is what a backup remembers of a ledger: how far it goes, and what is undone by then.
// Nil is the ledger of a run in which nothing is undone.
func (l *ledger) kept() ledger {
	if l == nil {
		return ledger{}
	}
	return ledger{count: l.count, undone: maps.Clone(l.undone)}
}

// back forgets what was done here since a backup, what a session came to know, and what was
// undone anywhere: the database that is restored to it does.
func (l *ledger) back(to ledger) {
	if l == nil {
		return
	}
	for q, entries := range l.at {
		for n := range entries {
			entries[n].settled = entries[n].settled && entries[n].known <= to.count
		}
		if q.side > 0 {
			continue
		}
		if l.at[q] = slices.DeleteFunc(entries, func(e entry) bool { return e.n > to.count }); len(l.at[q]) == 0 {
			delete(l.at, q)
		}
	}
	maps.DeleteFunc(l.undone, func(q slot, m *undoMark) bool { return to.undone[q] != m })
}

// credit books what was made outside as another session's, under that one's intent.
func (l *ledger) credit(item slot, to store.Intent) {
	for _, q := range l.wrote[l.made[item]] {
		if q.whole() != item {
			continue
		}
		for n := range l.at[q] {
			if e := &l.at[q][n]; e.by == l.made[item] {
				e.by, e.intent = to.SessionID, to.ID
			}
		}
		l.wrote[to.SessionID], l.calls[to.ID] = append(l.wrote[to.SessionID], q), append(l.calls[to.ID], q)
	}
	l.made[item] = to.SessionID
}

// places counts what a session did, for which its undo may write once each: an item that it
// made is one, whatever it holds.
func (l *ledger) places(session string) (n int) {
	for _, q := range l.wrote[session] {
		if q.field == "" || l.made[q.whole()] != session {
			n++
		}
	}
	return n
}

// worker is the session that works now; empty: a person does.
func (w *world) worker() string {
	if w.acting > 0 || len(w.running) == 0 {
		return ""
	}
	return w.running[len(w.running)-1].SessionID
}

// book notes a change that the running transaction makes here. It counts once the
// transaction is committed.
func (w *world) book(q slot, before, after ticket.Value) { w.bookBy(w.worker(), q, before, after) }

// author returns the session that wrote a field; empty: a person did, who decided about it, and a
// session that ends the field's link merely carries that out.
func (w *world) author(s ticket.Stamp) string {
	if strings.HasPrefix(s.By, "project:") {
		return w.worker()
	}
	return ""
}

func (w *world) bookBy(by string, q slot, before, after ticket.Value) {
	if before.Equal(after) {
		return
	}
	e := entry{by: by, before: before, after: after, settled: true}
	w.ledger.pending = append(w.ledger.pending, func() { w.booked(q, e) })
}

// booked adds an entry and holds it against what must not happen.
func (w *world) booked(q slot, e entry) {
	if e.by != "" {
		if _, other, is := w.linkAt(w.peerAtWork(), q); is && other.item != "" {
			e.twin = w.knownAt(other)
		}
	}
	w.judgeUndo(q, e)
	w.judgeRedo(q, e)
	w.ledger.add(q, e)
}

// peerAtWork is the project of the session that works now.
func (w *world) peerAtWork() *peer {
	return w.peerOf(w.running[len(w.running)-1].ProjectID)
}

// peerOf is the peer of a project, which there must be.
func (w *world) peerOf(project string) *peer {
	return w.peers[slices.IndexFunc(w.peers, func(p *peer) bool { return p.id == project })]
}

// there are the values of the place of a whole item.
func there(is bool) ticket.Value {
	if is {
		return ticket.Text("there")
	}
	return ticket.Text("deleted")
}

// bookTicket notes a ticket's change.
func (w *world) bookTicket(old, t ticket.Ticket) {
	q := slot{kind: external.KindTicket, item: t.ID}
	w.book(q, there(!old.Deleted), there(!t.Deleted))
	for f := range t.Fields {
		q.field = f
		w.bookBy(w.author(t.Stamps[f]), q, old.Fields[f], t.Fields[f])
	}
	for f := range old.Fields {
		if _, has := t.Fields[f]; !has {
			q.field = f
			w.bookBy(w.author(t.Stamps[f]), q, old.Fields[f], ticket.Value{})
		}
	}
}

// bookComment notes a comment's change.
func (w *world) bookComment(old, c ticket.Comment) {
	q := slot{kind: external.KindComment, item: c.ID}
	w.book(q, there(!old.Deleted), there(!c.Deleted))
	q.field = ticket.Body
	w.bookBy(w.author(c.Stamp), q, old.Body, c.Body)
}

// bookMade notes that a session makes an item here.
func (w *world) bookMade(q slot, fields ticket.Fields) {
	by := w.worker()
	if by == "" {
		return
	}
	w.ledger.pending = append(w.ledger.pending, func() {
		w.ledger.made[q] = by
		for f, v := range fields {
			q.field = f
			w.booked(q, entry{by: by, after: v, settled: true})
		}
	})
}

// bookDecision notes that a person decides about a field, or about a whole item.
func (w *world) bookDecision(c store.Conflict) {
	if w.acting == 0 {
		return
	}
	q := slot{kind: external.KindTicket, item: c.TicketID, field: c.Field}
	if c.CommentID != "" {
		q.kind, q.item = external.KindComment, c.CommentID
	}
	w.ledger.pending = append(w.ledger.pending, func() { w.booked(q, entry{decided: true}) })
}

// watchWrite makes a call and books what it did to the item.
func (a *port) watchWrite(op adapters.Op, call func() (external.Item, error)) (external.Item, error) {
	w := a.w
	if w.ledger == nil {
		return call()
	}
	c, err := op.Open()
	w.must(err)
	i := w.intentOf(a.p, op)
	w.judgeSeen(a.p, c.Ref, i)
	was, _ := a.p.site.Peek(c.Ref.Kind, c.Ref.ID)
	out, err := call()
	if op.Creates {
		a.bookCreated(c.Ref.Kind, c.CreateKey, i)
		return out, err
	}
	now, ok := a.p.site.Peek(c.Ref.Kind, c.Ref.ID)
	if !ok {
		return out, err
	}
	q := slot{side: a.p.n + 1, kind: c.Ref.Kind, item: c.Ref.ID}
	note := func(before, after ticket.Value) {
		e := entry{by: w.worker(), intent: i.ID, before: before, after: after, seen: before}
		for _, c := range i.Changes {
			if c.Field == q.field {
				e.seen, e.before = c.Seen, w.asTold(q, before, after, c)
			}
		}
		if !e.before.Equal(after) {
			w.booked(q, e)
		}
	}
	note(there(!was.Gone), there(!now.Gone))
	for _, name := range op.Writes {
		q.field = a.canonical(c.Ref.Kind, name)
		note(was.Fields[string(q.field)], now.Fields[string(q.field)])
	}
	return out, err
}

// asTold returns what stood in a place before a call, as far as the session is told. What the
// call was to do, and somebody did between the session's look and the call, it may say that it
// did itself: no answer tells who it was, and a call that changes nothing leaves no history.
func (w *world) asTold(q slot, before, after ticket.Value, c store.Change) ticket.Value {
	if !c.Seen.IsSet() && !c.Written.IsSet() {
		if before.Equal(after) && w.alike(q, after, c.Written) {
			return c.Seen
		}
		return before
	}
	was := slices.DeleteFunc(before.Elements(), func(e string) bool { return after.Has(e) && c.Written.Has(e) && !c.Seen.Has(e) })
	for _, e := range c.Seen.Minus(c.Written) {
		if !after.Has(e) {
			was = append(was, e)
		}
	}
	return ticket.Set(was...)
}

// bookCreated books that an item was made, if it was.
func (a *port) bookCreated(kind external.Kind, key string, i store.Intent) {
	w := a.w
	for _, it := range a.p.site.Look(kind) {
		q := slot{side: a.p.n + 1, kind: kind, item: it.ID}
		if it.CreateKey != key || !a.p.site.ours(it.Author) || w.ledger.made[q] != "" {
			continue
		}
		w.ledger.made[q] = w.worker()
		w.booked(q, entry{by: w.worker(), intent: i.ID, before: there(false), after: there(true)})
		for f, v := range it.Fields {
			q.field = ticket.Field(f)
			w.booked(q, entry{by: w.worker(), intent: i.ID, after: v})
		}
	}
}

// intentOf returns the intent under which a call is made.
func (w *world) intentOf(p *peer, op adapters.Op) (of store.Intent) {
	c, err := op.Open()
	w.must(err)
	l := w.linkOf(p, c.CreateKey, c.Ref)
	w.read(func(tx store.Tx) error {
		open, err := tx.LinkIntents(w.ctx, l.ID)
		for _, i := range open {
			if i.State == store.Sent && i.Op == op.Name {
				of = i
			}
		}
		return err
	})
	return of
}

// valueAt is what a place holds now.
func (w *world) valueAt(q slot) (v ticket.Value) {
	if q.side > 0 {
		it, ok := w.peers[q.side-1].site.Peek(q.kind, q.item)
		if q.field == "" {
			return there(ok && !it.Gone)
		}
		return it.Fields[string(q.field)]
	}
	w.read(func(tx store.Tx) error {
		if q.kind == external.KindComment {
			c, err := tx.Comment(w.ctx, q.item)
			if v = c.Body; q.field == "" {
				v = there(!c.Deleted)
			}
			return err
		}
		t, err := tx.Ticket(w.ctx, q.item)
		if v = t.Fields[q.field]; q.field == "" {
			v = there(!t.Deleted)
		}
		return err
	})
	return v
}

// knownAt is what a place holds as far as the engine knows.
func (w *world) knownAt(q slot) (v ticket.Value) {
	if q.side == 0 {
		return w.valueAt(q)
	}
	w.read(func(tx store.Tx) error {
		p := w.peers[q.side-1]
		o, err := tx.Observation(w.ctx, p.id, q.kind, q.item)
		v = p.site.canonical(o.Item).Fields[string(q.field)]
		return ignoreNotFound(err)
	})
	return v
}

// linkAt returns the link of a place's item in a project, and the same field on its other
// side.
func (w *world) linkAt(p *peer, q slot) (l store.Link, other slot, is bool) {
	w.read(func(tx store.Tx) (err error) {
		if q.side == 0 {
			l, err = tx.LinkByLocal(w.ctx, p.id, q.kind, q.item)
		} else {
			l, err = tx.LinkByExternal(w.ctx, p.id, q.kind, q.item)
		}
		is = err == nil
		return ignoreNotFound(err)
	})
	if other = (slot{kind: q.kind, field: q.field, item: l.LocalID}); q.side == 0 {
		other.side, other.item = p.n+1, l.ExternalID
	}
	return l, other, is
}

// touched reports whether anybody but the two sessions has changed a place since an entry
// was made, at which it held that value.
func (w *world) touched(q slot, since int, held ticket.Value, session, rollback string) bool {
	for _, e := range w.ledger.at[q] {
		switch {
		case e.n <= since:
			continue
		case e.decided || e.by != session && e.by != rollback, q.side > 0 && !e.before.Equal(held):
			return true
		}
		held = e.after
	}
	return q.side > 0 && q.item != "" && !w.valueAt(q).Equal(held)
}

// editedSince reports whether a field was changed on either side after a session wrote it, or
// had read what it wrote.
func (w *world) editedSince(p *peer, q slot, session, rollback string) bool {
	_, other, linked := w.linkAt(p, q)
	linked = linked && other.item != ""
	if e, wrote := w.lastOf(q, session); wrote &&
		(w.touched(q, e.n, e.after, session, rollback) || linked && (w.touched(other, e.n, e.twin, session, rollback) || w.overtaken(q, other, e, session))) {
		return true
	}
	e, wrote := w.lastOf(other, session)
	return linked && wrote && w.touched(other, e.n, e.after, session, rollback)
}

// overtaken reports whether somebody wrote over a value here while a session was on its way
// outside with it: it held that value before, and another one when the write arrived.
func (w *world) overtaken(q, here slot, e entry, session string) bool {
	if here.side > 0 || w.alike(q, e.twin, e.after) || oneText(e.twin, e.after) {
		return false
	}
	for _, x := range slices.Backward(w.ledger.at[here]) {
		switch {
		case x.n > e.n:
		case x.by == session:
			return false
		case w.alike(q, x.before, e.after), oneText(x.before, e.after):
			return true
		}
	}
	return false
}

// oneText reports whether two texts hold the same words of people, however they are spelled.
func oneText(a, b ticket.Value) bool {
	ids := tokensIn(a)
	return !a.IsSet() && !b.IsSet() && len(ids) > 0 && slices.Equal(ids, tokensIn(b))
}

// lastOf is the last change that a session made to a place.
func (w *world) lastOf(q slot, session string) (e entry, is bool) {
	for _, x := range w.ledger.at[q] {
		if x.by == session && !x.decided {
			e, is = x, true
		}
	}
	return e, is
}

// watchBatch books what a call made that makes several items.
func (a *port) watchBatch(ops []adapters.Op) {
	if a.w.ledger == nil {
		return
	}
	for _, op := range ops {
		c, err := op.Open()
		a.w.must(err)
		a.bookCreated(c.Ref.Kind, c.CreateKey, a.w.intentOf(a.p, op))
	}
}

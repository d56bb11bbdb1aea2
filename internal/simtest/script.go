package simtest

import (
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// script is a schedule told line by line, for what chance reaches too seldom. The quiet
// phase and all checks follow it as they follow the others.
type script struct {
	name    string
	profile Profile
	seed    uint64
	play    func(*world)
	bare    bool // the engine's adapters have no extra verb
}

// scripts are those that lead to places of the engine where random schedules hardly come.
func scripts() []script {
	return append([]script{
		{"an edit here in the middle of every write", AllOn, 0, playRestless, false},
		{"written outside more often than people edit", AllOn, 0, playFight, false},
		{"a limit on one item", AllOn, 0, playItemLimit, false},
		{"no answer about what is said below one ticket", AllOn, 0, playSilence, true},
		{"a write that the account may not make", AllOn, 0, playForbidden, false},
		{"a limit of many minutes", AllOn, 0, playLongLimit, false},
		{"a conflict opens between a write and its audit", AllOn, 0, playLateAudit, false},
		{"both sides edit where a lost value waits for a person", AllOn, 0, playLostThenBoth, false},
		{"tickets name containers that must be made", Vendors, castOf("github", "linear"), playContainers, false},
		{"containers of a system that does not list them apart", Vendors, castOf("github", "linear"), playContainers, true},
	}, slices.Concat(undoScripts(), deletionScripts(), moveScripts())...)
}

// castOf finds the first seed whose vendors are among those named.
func castOf(names ...string) uint64 {
	for seed := range uint64(1000) {
		work := newStream("work")
		work.at(seed, 0)
		cast := drawVendors(work.Rand, draw(Vendors, seed, Mask{}).projects)
		if !slices.ContainsFunc(cast, func(v vendor) bool { return !slices.Contains(names, v.name) }) {
			return seed
		}
	}
	panic("simtest: no seed draws vendors of these kinds alone")
}

// mask leaves out all that goes wrong by itself.
func (s script) mask() Mask {
	var m Mask
	keep := people | vendors | undos
	if s.profile == Hub {
		keep |= moving
	}
	for _, f := range features() {
		if f&keep == 0 {
			m.Without = append(m.Without, f.name())
		}
	}
	return m
}

// meddler is called in the middle of calls.
type meddler func(what string, when Moment, item external.Ref)

// publish makes a public ticket here with a title and a text, and carries it out.
func (w *world) publish(more ticket.Fields) ticket.Ticket {
	w.acting++
	defer func() { w.acting-- }()
	f := ticket.Fields{}
	var ids []*token
	for _, n := range []ticket.Field{ticket.Title, ticket.Body} {
		raw := w.oracle.next()
		f[n] = ticket.Text(raw)
		w.oracle.wrote(0, "", n, raw)
	}
	for n := range 2 {
		ids = append(ids, w.oracle.token(len(w.oracle.tokens)-n))
	}
	for n, v := range more {
		f[n] = v
	}
	t, err := w.engine.CreateTicket(w.ctx, f, ticket.Public, "ann")
	w.must(err)
	for _, tok := range ids {
		tok.item = t.ID
	}
	w.hops += w.filledIn()
	w.verbs++
	return t
}

// retype gives a text of a ticket another value, here.
func (w *world) retype(id string, f ticket.Field) {
	w.acting++
	defer func() { w.acting-- }()
	var t ticket.Ticket
	w.read(func(tx store.Tx) (err error) { t, err = tx.Ticket(w.ctx, id); return err })
	raw := w.oracle.next()
	_, err := w.engine.EditTicket(w.ctx, id, ticket.Patch{Seen: t.Revision, By: "ann", Set: ticket.Fields{f: ticket.Text(raw)}})
	w.must(err)
	w.oracle.wrote(0, id, f, raw, tokensIn(t.Fields[f])...)
	w.verbs++
}

// there is the item of a ticket at the first project.
func (w *world) there(id string) external.Item { return w.twinAt(w.peers[0], id) }

// twinAt is the item of a ticket at a project; it has no id where the process died before it was
// known.
func (w *world) twinAt(p *peer, id string) external.Item {
	var l store.Link
	w.read(func(tx store.Tx) (err error) {
		l, err = tx.LinkByLocal(w.ctx, p.id, external.KindTicket, id)
		return ignoreNotFound(err)
	})
	it, _ := p.site.Peek(external.KindTicket, l.ExternalID)
	return it
}

// retypeOutside gives the text of a ticket's item another value.
func (w *world) retypeOutside(id string) {
	w.acting++
	defer func() { w.acting-- }()
	first := len(w.oracle.tokens) + 1
	w.setOutside(w.peers[0], w.there(id), ticket.Body)
	w.shown(w.peers[0], first)
	w.collect(w.peers[0])
	w.verbs++
}

func (w *world) syncFirst() { w.session(w.peers[0], store.Incremental) }

func playRestless(w *world) {
	t := w.publish(nil)
	w.syncFirst()
	w.retype(t.ID, ticket.Title)
	w.meddle = func(what string, when Moment, item external.Ref) {
		if what == "write" && when == Before && item.ID != "" {
			w.retype(t.ID, ticket.Title)
		}
	}
	w.syncFirst()
}

func playFight(w *world) {
	t := w.publish(nil)
	for range store.MaxPushes + 2 {
		w.syncFirst()
		w.retype(t.ID, ticket.Title)
	}
	w.syncFirst()
}

func playItemLimit(w *world) {
	t := w.publish(nil)
	w.syncFirst()
	w.retype(t.ID, ticket.Body)
	limited := false
	w.refuse = func(what string) error {
		if what != "write" || limited {
			return nil
		}
		limited = true
		return &external.Error{Kind: external.RateLimited, Op: what, Message: "too many writes of this item", OneItem: true}
	}
	w.syncFirst()
}

// playSilence leaves the first writes of remarks below one ticket without an answer: the next wait, and hold up nobody.
func playSilence(w *world) {
	t := w.publish(nil)
	w.syncFirst()
	for range 5 {
		w.by(func() error { w.commentHere(t); return nil })
	}
	w.syncFirst()
	for _, c := range w.comments(t.ID) {
		w.by(func() error {
			raw := w.oracle.next()
			_, err := w.engine.EditComment(w.ctx, c.ID, raw, c.Revision, "ann")
			w.oracle.wrote(0, c.ID, ticket.Body, raw, tokensIn(c.Body)...)
			return err
		})
	}
	left := 3
	w.refuse = func(what string) error {
		if what != "write" || left == 0 {
			return nil
		}
		left--
		return &external.Error{Kind: external.Temporary, Op: what, Message: "no answer"}
	}
	w.syncFirst()
	w.syncFirst()
}

// playForbidden refuses one write: the project is asked whether it is to blame, and is not.
func playForbidden(w *world) {
	w.publish(nil)
	refused := false
	w.refuse = func(what string) error {
		if what != "write" || refused {
			return nil
		}
		refused = true
		return &external.Error{Kind: external.Forbidden, Op: what, Message: "the account may not"}
	}
	w.syncFirst()
	w.syncFirst()
}

func playLongLimit(w *world) {
	w.publish(nil)
	limited := false
	w.refuse = func(what string) error {
		if what != "write" || limited {
			return nil
		}
		limited = true
		return &external.Error{Kind: external.RateLimited, Op: what, Message: "too many calls", RetryAfter: 10 * time.Minute}
	}
	w.syncFirst()
	w.syncFirst()
}

func playLateAudit(w *world) {
	t := w.publish(nil)
	w.syncFirst()
	w.retype(t.ID, ticket.Body)
	done := false
	w.meddle = func(what string, when Moment, item external.Ref) {
		if what != "write" || item.ID == "" || done {
			return
		}
		w.retypeOutside(t.ID) // before the write: lost in it; after it: not seen yet
		if when == After {
			done = true
			w.retype(t.ID, ticket.Body)
			w.hint(w.peers[0], hint{w.there(t.ID)})
		}
	}
	w.syncFirst()
}

func playLostThenBoth(w *world) {
	t := w.publish(nil)
	w.syncFirst()
	w.retype(t.ID, ticket.Body)
	w.meddle = func(what string, when Moment, item external.Ref) {
		if what == "write" && when == Before && item.ID != "" {
			w.retypeOutside(t.ID)
		}
	}
	w.syncFirst()
	w.meddle = nil
	w.retype(t.ID, ticket.Body)
	w.retypeOutside(t.ID)
	w.syncFirst()
}

func playContainers(w *world) {
	for _, name := range []string{"first", "first", "second"} {
		w.publish(ticket.Fields{ticket.Milestone: ticket.Text(name)})
		w.hops++ // the container itself
	}
	for _, p := range w.peers {
		w.session(p, store.Incremental)
	}
}

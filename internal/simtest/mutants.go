package simtest

import (
	"context"
	"slices"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Mutant is a known bug, planted from outside by decorating the engine's ports. No
// production type knows of it.
type Mutant struct {
	Name string
	// Caught names the invariants that may catch it.
	Caught []string
	// Rare ones take hundreds or thousands of schedules.
	Rare bool

	adapter func(*world, *peer, adapters.Adapter) adapters.Adapter
	tx      func(*world, store.Tx) store.Tx
	before  func(*world, func(store.Tx) error)
	hinted  func(*world, *peer, external.Item)
}

// Mutants returns the bank of known bugs. A simulation that no longer finds one of
// them has gone blind.
func Mutants() []Mutant {
	return []Mutant{
		{Name: "last writer wins", Caught: []string{"I2"}, tx: lastWriterWins},
		{Name: "canonicaliser ignored", Caught: []string{"I3", "I7", "I1", "I4", "I9"}, adapter: wrap(func(a *bent) { a.identity = true })},
		{Name: "create key not looked at", Caught: []string{"I6", "I1", "I5"}, adapter: wrap(func(a *bent) { a.keyless = true })},
		{Name: "delete beats edit", Rare: true, Caught: []string{"I2"}, tx: deleteBeatsEdit},
		{Name: "webhook payload trusted", Caught: []string{"I1", "I2", "I3", "I8", "I9"}, adapter: wrap(func(a *bent) { a.trusting = true }), hinted: trustPayload},
		{Name: "create retried blindly", Caught: []string{"I6"}, tx: retryCreates},
		{Name: "privacy checked on create only", Caught: []string{"I5"}, tx: publicOnceLinked},
		{Name: "no history audit", Caught: []string{"I2"}, adapter: wrap(func(a *bent) { a.forgetful = true })},
		{Name: "cursor advanced before apply", Rare: true, Caught: []string{"I9"}, before: cursorFirst},
		{Name: "exclusive cursor", Caught: []string{"I9"}, adapter: wrap(func(a *bent) { a.exclusive = true })},
		{Name: "no look-back window", Rare: true, Caught: []string{"I9"}, adapter: wrap(func(a *bent) { a.shortSighted = true })},
		{Name: "cursor set from our clock", Caught: []string{"I9"}, tx: ownClock},
		{Name: "write-ahead written after the call", Caught: []string{"I1", "I2", "I3", "I4", "I6", "I9", "I16"}, tx: writeBehind},
		{Name: "landed write not adopted as base", Rare: true, Caught: []string{"I1", "I2", "I3", "I4", "I9"}, tx: landedForgotten},
		{Name: "page-number paging", Rare: true, Caught: []string{"I9"}, adapter: wrap(func(a *bent) { a.numbered = true })},
	}
}

// bent is an adapter with one bad habit.
type bent struct {
	adapters.Adapter
	w *world
	p *peer

	identity, keyless, trusting, forgetful, exclusive, shortSighted, numbered bool
}

func wrap(habit func(*bent)) func(*world, *peer, adapters.Adapter) adapters.Adapter {
	return func(w *world, p *peer, inner adapters.Adapter) adapters.Adapter {
		a := &bent{Adapter: inner, w: w, p: p}
		habit(a)
		return a
	}
}

// Normalize leaves values as they are: the comparison believes they come back so.
func (a *bent) Normalize(f external.Fields) external.Fields {
	if a.identity {
		return f
	}
	return a.Adapter.Normalize(f)
}

// History remembers nothing of what it promises.
func (a *bent) History(ctx context.Context, q []adapters.HistoryQuery) ([][]external.Revision, error) {
	if a.forgetful {
		return make([][]external.Revision, len(q)), nil
	}
	return a.Adapter.History(ctx, q)
}

// Changes lists from the wrong place, by the wrong pages, or without the keys.
func (a *bent) Changes(ctx context.Context, s external.Stream, w external.Window, page, version string) (external.Page, error) {
	caps := a.Capabilities()
	if !w.Lo.IsZero() {
		switch {
		case a.exclusive:
			w.Lo = w.Lo.Add(caps.Lag + 2*caps.Precision)
		case a.shortSighted:
			w.Lo = w.Lo.Add(caps.Lag + caps.Precision)
		}
	}
	if a.numbered {
		return a.numberedPage(ctx, s, w, page)
	}
	out, err := a.Adapter.Changes(ctx, s, w, page, version)
	if a.keyless {
		for i := range out.Items {
			out.Items[i].CreateKey = ""
		}
	}
	return out, err
}

// numberedPage asks for the n-th page of the list as it is at this moment.
func (a *bent) numberedPage(ctx context.Context, s external.Stream, w external.Window, page string) (external.Page, error) {
	n, size := len(page), a.Capabilities().PageSize // the token is n strokes
	var all []external.Item
	for next := ""; ; {
		got, err := a.Adapter.Changes(ctx, s, w, next, "")
		if err != nil {
			return got, err
		}
		all = append(all, got.Items...)
		if next = got.Next; next == "" {
			break
		}
	}
	from, to := min(n*size, len(all)), min((n+1)*size, len(all))
	out := external.Page{Items: all[from:to]}
	if to < len(all) {
		out.Next = page + "I"
	}
	return out, nil
}

// Read believes the last webhook about an item instead of asking.
func (a *bent) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	out, err := a.Adapter.Read(ctx, refs)
	for i := range out {
		if a.keyless {
			out[i].CreateKey = ""
		}
		if told, ok := a.p.told[out[i].ID]; ok && a.trusting && !out[i].Gone {
			told.CreateKey = out[i].CreateKey
			out[i] = told
			delete(a.p.told, told.ID)
		}
	}
	return out, err
}

func trustPayload(_ *world, p *peer, it external.Item) { p.told[it.ID] = it }

// strategyTx decides every conflict at once and keeps no loser.
type strategyTx struct{ store.Tx }

func lastWriterWins(_ *world, tx store.Tx) store.Tx { return &strategyTx{tx} }

func (t *strategyTx) ProjectForUpdate(ctx context.Context, id string) (store.Project, error) {
	p, err := t.Tx.ProjectForUpdate(ctx, id)
	p.Strategies = []store.Strategy{{Strategy: "local_wins"}}
	return p, err
}

func (t *strategyTx) Project(ctx context.Context, id string) (store.Project, error) {
	p, err := t.Tx.Project(ctx, id)
	p.Strategies = []store.Strategy{{Strategy: "local_wins"}}
	return p, err
}

func (t *strategyTx) InsertConflict(ctx context.Context, c store.Conflict) error {
	if c.State == store.Resolved && c.DecidedBy == "strategy" {
		return nil
	}
	return t.Tx.InsertConflict(ctx, c)
}

// retryTx forgets that a create was sent.
type retryTx struct{ store.Tx }

func retryCreates(_ *world, tx store.Tx) store.Tx { return &retryTx{tx} }

func (t *retryTx) OpenIntents(ctx context.Context, projectID string) ([]store.Intent, error) {
	open, err := t.Tx.OpenIntents(ctx, projectID)
	return t.forget(ctx, open, err)
}

func (t *retryTx) LinkIntents(ctx context.Context, linkID string) ([]store.Intent, error) {
	open, err := t.Tx.LinkIntents(ctx, linkID)
	return t.forget(ctx, open, err)
}

func (t *retryTx) forget(ctx context.Context, open []store.Intent, err error) ([]store.Intent, error) {
	kept := open[:0]
	for _, i := range open {
		if i.State != store.Sent || i.Verb != "create" {
			kept = append(kept, i)
			continue
		}
		i.State = store.Refused
		if err := t.UpdateIntent(ctx, i, store.Sent); err != nil {
			return nil, err
		}
	}
	return kept, err
}

// publicTx takes every ticket that has an external side for public.
type publicTx struct {
	store.Tx
	w *world
}

func publicOnceLinked(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &publicTx{tx, w}
}

func (t *publicTx) Ticket(ctx context.Context, id string) (ticket.Ticket, error) {
	tk, err := t.Tx.Ticket(ctx, id)
	return t.dress(ctx, tk, err)
}

func (t *publicTx) TicketForUpdate(ctx context.Context, id string) (ticket.Ticket, error) {
	tk, err := t.Tx.TicketForUpdate(ctx, id)
	return t.dress(ctx, tk, err)
}

func (t *publicTx) dress(ctx context.Context, tk ticket.Ticket, err error) (ticket.Ticket, error) {
	if err != nil {
		return tk, err
	}
	links, err := t.LinksOfLocal(ctx, external.KindTicket, tk.ID)
	for _, l := range links {
		if l.ExternalID != "" {
			tk.Privacy = "public"
		}
	}
	return tk, err
}

func (t *publicTx) UpdateTicket(ctx context.Context, tk ticket.Ticket, seen int64) error {
	was, err := t.Tx.Ticket(ctx, tk.ID)
	if err != nil {
		return err
	}
	tk.Privacy = was.Privacy
	return t.Tx.UpdateTicket(ctx, tk, seen)
}

// deletingTx shows a comment whose twin is gone as if nobody had edited it.
type deletingTx struct {
	store.Tx
	w *world
}

func deleteBeatsEdit(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &deletingTx{tx, w}
}

func (t *deletingTx) Comment(ctx context.Context, id string) (ticket.Comment, error) {
	c, err := t.Tx.Comment(ctx, id)
	if err != nil {
		return c, err
	}
	links, err := t.LinksOfLocal(ctx, external.KindComment, id)
	for _, l := range links {
		for _, p := range t.w.peers {
			if it, ok := p.memory.Peek(l.ExternalID); ok && l.ProjectID == p.id && it.Gone {
				c.Body = l.Bases["body"].Local
			}
		}
	}
	return c, err
}

// clockTx moves the watermark to our own time.
type clockTx struct {
	store.Tx
	w *world
}

func ownClock(w *world, tx store.Tx) store.Tx { return &clockTx{tx, w} }

func (t *clockTx) PutCursor(ctx context.Context, projectID string, c external.Cursor) error {
	if c.Page == "" && !c.Watermark.IsZero() {
		c.Watermark = t.w.now
		if c.Watermark.Before(c.Seen) {
			c.Watermark = c.Seen
		}
		for _, p := range t.w.peers {
			if caps := p.memory.Capabilities(); p.id == projectID {
				c.Window.Lo = c.Watermark.Add(-caps.Lag - caps.Precision)
			}
		}
	}
	return t.Tx.PutCursor(ctx, projectID, c)
}

// behindTx keeps the mark "sent" in the process's memory until the answer is there.
type behindTx struct {
	store.Tx
	w *world
}

func writeBehind(w *world, tx store.Tx) store.Tx { return &behindTx{tx, w} }

func (t *behindTx) UpdateIntent(ctx context.Context, i store.Intent, from store.IntentState) error {
	if from == store.Planned && i.State == store.Sent {
		t.w.unsent[i.ID] = true
		return nil
	}
	if from == store.Sent && t.w.unsent[i.ID] {
		delete(t.w.unsent, i.ID)
		from = store.Planned
	}
	return t.Tx.UpdateIntent(ctx, i, from)
}

// forgetfulTx settles writes of unknown outcome without taking them as the bases.
type forgetfulTx struct {
	store.Tx
	bases map[string]store.Link
}

func landedForgotten(_ *world, tx store.Tx) store.Tx { return &forgetfulTx{Tx: tx} }

func (t *forgetfulTx) UpdateLink(ctx context.Context, l store.Link) error {
	old, err := t.Tx.Link(ctx, l.ID)
	if err != nil {
		return err
	}
	if t.bases == nil {
		t.bases = map[string]store.Link{}
	}
	t.bases[l.ID] = old
	return t.Tx.UpdateLink(ctx, l)
}

// UpdateIntent follows UpdateLink in a repair, and goes before it where an answer
// came in time.
func (t *forgetfulTx) UpdateIntent(ctx context.Context, i store.Intent, from store.IntentState) error {
	if old, late := t.bases[i.LinkID]; late && from == store.Sent && i.State == store.Landed && i.Verb == "update" {
		if err := t.Tx.UpdateLink(ctx, old); err != nil {
			return err
		}
	}
	return t.Tx.UpdateIntent(ctx, i, from)
}

// cursorFirst commits a moved cursor in a transaction of its own, before the page
// that it stands behind. Between the two a process may die.
func cursorFirst(w *world, fn func(store.Tx) error) {
	moved := w.rehearse(fn)
	if len(moved) == 0 {
		return
	}
	w.must(w.raw.Tx(w.ctx, func(tx store.Tx) error {
		for _, m := range moved {
			if err := tx.PutCursor(w.ctx, m.project, m.cursor); err != nil {
				return err
			}
		}
		return nil
	}))
	w.crashAt(faultCrashAfterTx)
}

// Hunt is how a mutant was looked for.
type Hunt struct {
	Mutant string
	Runs   int    // until it was found, or all
	Found  string // the invariant that caught it; empty: not found
	Seed   uint64
	Took   time.Duration
}

// Find runs all-on schedules until the mutant breaks an invariant.
func Find(m Mutant, seed uint64, most int) Hunt {
	began := time.Now()
	for n := range most {
		r := Run(Options{Seed: seed + uint64(n), Profile: AllOn, Mutant: &m})
		if r.Violation != nil && slices.Contains(m.Caught, r.Violation.Invariant) {
			return Hunt{m.Name, n + 1, r.Violation.Invariant, r.Seed, time.Since(began)}
		}
	}
	return Hunt{Mutant: m.Name, Runs: most, Took: time.Since(began)}
}

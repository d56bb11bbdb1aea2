package simtest

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// port decorates an adapter: calls fail, get lost, outlive their caller, and people
// act before and after them. It also sees all that leaves.
type port struct {
	adapters.Adapter
	w    *world
	p    *peer
	wire *wire // of a vendor; nil: none
}

// callTimeout is when a client gives a call up, see adapters.Config.
const callTimeout = 30 * time.Second

// maxCalls is far beyond what any run needs: whoever gets there will never end.
const maxCalls = 20_000

// enter begins a call, a write of the item if it names one. An error means that it
// never reached the tracker.
func (a *port) enter(what string, item external.Ref, detail ...string) error {
	w := a.w
	w.calls++
	w.call = callNamed(what)
	w.payer(a.p).costs[w.call]++
	if w.calls > maxCalls {
		w.fail("I1", "the run does not end: more than "+strconv.Itoa(maxCalls)+" calls")
		panic(stop{})
	}
	w.pass(time.Duration(1+w.sched.IntN(150)) * time.Millisecond)
	w.trace.call(a.p.id, what, detail)
	if a.wire == nil && what != "write" {
		w.trace.send(a.p.id, what) // what is listed, and in which order, is compared too
		w.trace.send(detail...)
	}
	w.crashAt(faultCrashBefore)
	w.restoreInside()
	w.before(a.p, item)
	if w.meddle != nil {
		w.meddle(what, Before, item)
	}
	if w.refuse != nil {
		if err := w.refuse(what); err != nil {
			w.fire(faultRefused)
			return err
		}
	}
	if what == "write" && len(w.shut) > 0 && w.isLocked(a.p, item) {
		w.call = callNone
		w.futile++
		return &external.Error{Kind: external.Forbidden, Op: what, Message: "it is locked"}
	}
	if w.sick != nil {
		if err := w.sick.strikes(a.p, what, item, detail); err != nil {
			if w.call = callNone; what == "write" {
				w.futile++
			}
			return err
		}
	}
	if a.wire != nil {
		a.wire.begin(what == "write", item)
	}
	switch {
	case w.hits(faultRefused):
		w.call = callNone
		return &external.Error{Kind: external.Temporary, Op: what, Message: "the tracker is away"}
	case w.hits(faultLimited):
		w.call = callNone
		return &external.Error{Kind: external.RateLimited, Op: what, Message: "too many calls",
			RetryAfter: time.Duration(w.sched.IntN(90)) * time.Second}
	}
	return nil
}

// leave ends a call that reached the tracker.
func (a *port) leave() {
	a.w.after(a.p)
	a.w.restoreInside()
	a.w.crashAt(faultCrashAfter)
	a.w.call = callNone
}

// Changes lists.
func (a *port) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	a.w.lastWords(a.p, page)
	if err := a.enter("list", external.Ref{}, string(s), win.Lo.Format("15:04:05.000"), page); err != nil {
		return external.Page{}, err
	}
	a.p.heard = a.w.now
	a.w.loosen(a.p)
	out, err := a.Adapter.Changes(ctx, s, win, page, version)
	for _, it := range out.Items {
		a.show("listed", it)
	}
	if out.Next != "" && len(out.Items) > 0 && a.w.hits(faultDrift) {
		a.w.rival(a.p, out.Items[0].Ref) // it moves to the end, and all others up by one
	}
	a.leave()
	return out, err
}

// Read reads.
func (a *port) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	if err := a.enter("read", external.Ref{}, idsOf(refs)...); err != nil {
		return nil, err
	}
	a.w.blink(a.p)
	out, err := a.Adapter.Read(ctx, refs)
	for _, it := range out {
		a.show("read", it)
	}
	a.leave()
	return out, err
}

func idsOf(refs []external.Ref) []string {
	out := make([]string, len(refs))
	for i, r := range refs {
		out[i] = r.ID
	}
	return out
}

// History reads revisions.
func (a *port) History(ctx context.Context, q []adapters.HistoryQuery) ([][]external.Revision, error) {
	if err := a.enter("history", external.Ref{}); err != nil {
		return nil, err
	}
	if err := a.w.sick.unreadable(a.p, q); err != nil {
		return nil, err
	}
	out, err := a.Adapter.History(ctx, q)
	a.leave()
	return out, err
}

// show notes what the engine was shown, for whoever reads the trace.
func (a *port) show(how string, it external.Item) {
	if a.w.trace.keep {
		a.w.trace.note("  ", how, describe(it))
	}
}

// attempt counts a write, and whether it can come to nothing only: a project that is out of our
// account's sight refuses each one.
func (a *port) attempt() {
	if a.p.writes++; a.w.deletion.hidden[a.p] {
		a.w.futile++
	}
}

// Write is where it matters.
func (a *port) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	w := a.w
	began, newest := w.now, len(a.p.old)
	defer func() { w.call = callNone }()
	w.judgeRestored(a.p)
	a.judge(op)
	w.judgeEnd(a.p, op)
	a.noteAudit(op)
	a.attempt()
	c, err := op.Open()
	w.must(err)
	if len(op.Remove) == 1 && len(op.Add) == 0 && slices.Equal(op.Writes, []string{"labels"}) {
		a.p.unlabelled[c.Ref.ID+"/"+op.Remove[0]] = true
	}
	record := a.recorded(c)
	if err := a.enter("write", c.Ref, op.Name, a.sent(op)); err != nil {
		return external.Item{}, err
	}
	if w.now.Sub(began) >= callTimeout { // a session inside took longer than the client waits
		w.fire(faultHung)
		return external.Item{}, a.timeout(op)
	}
	if w.hits(faultLostRequest) {
		a.taint(op)
		w.pass(callTimeout)
		return external.Item{}, a.timeout(op)
	}
	a.once(op)
	w.judgeAgain(a.p, op)
	w.judgeTwin(a.p, op)
	a.noteBlind(op)
	a.forgetReplaced(c, record)
	a.judgeOlder(op, c)
	if a.wire != nil {
		a.wire.about = &op
	}
	out, err := a.write(ctx, op, c.Ref)
	if op.Creates && out.MovedTo != "" {
		w.noteAstray(a.p, out)
	}
	if w.meddle != nil {
		w.meddle("write", After, c.Ref)
	}
	w.collect(a.p)
	lost := w.hits(faultLostReply)
	if lost {
		w.pass(time.Duration(w.sched.Int64N(int64(callTimeout))))
	}
	if w.hits(faultHintEarly) {
		w.deliver(a.p)
	}
	a.leaveWrite(op)
	if len(a.p.old) > newest {
		a.taint(op) // its session was replaced meanwhile and may not note what came back
	}
	switch {
	case lost:
		a.taint(op)
		return external.Item{}, a.timeout(op)
	case w.now.Sub(began) >= callTimeout:
		w.fire(faultHung)
		a.taint(op)
		return external.Item{}, a.timeout(op)
	case err != nil:
		if external.KindOf(err) == external.Ambiguous {
			a.taint(op)
		}
		w.trace.add("  ", "refused", err.Error())
		return out, err
	}
	a.show("wrote", out)
	return out, nil
}

// write makes the call, and holds what it did to the other paragraphs of a vendor's text
// against what they were.
func (a *port) write(ctx context.Context, op adapters.Op, ref external.Ref) (external.Item, error) {
	if err := a.dislikes(op); err != nil {
		return external.Item{}, err
	}
	s, ok := a.p.site.(*vendorSite)
	call := func() (external.Item, error) { return a.Adapter.Write(ctx, op) }
	if !ok || op.Creates || ref.ID == "" {
		return a.watchWrite(op, call)
	}
	before, edits := s.glimpse(ref), a.w.verbs
	was, _ := s.Peek(ref.Kind, ref.ID)
	out, err := a.watchWrite(op, call)
	if err == nil {
		a.noteIgnored(op, was)
	}
	if after := s.glimpse(ref); a.w.verbs == edits && before != nil && after != nil && !after.face.Gone {
		s.checkUntouched(*before, *after)
	}
	return out, err
}

// leaveWrite ends a write; a process that dies now does not know what it did.
func (a *port) leaveWrite(op adapters.Op) {
	a.w.after(a.p)
	a.w.restoreInside()
	if a.w.hits(faultCrashAfter) {
		a.taint(op)
		a.w.die()
	}
}

func (a *port) timeout(op adapters.Op) error {
	return &external.Error{Kind: external.Ambiguous, Op: op.Name, Message: "no answer came"}
}

// once checks that nothing is made while it exists already (I6). An item whose create
// was in doubt and that a person deleted before we ever saw it leaves no trace in
// any list; that it is made again nobody can avoid.
func (a *port) once(op adapters.Op) {
	if !op.Creates || a.w.skips("once") {
		return
	}
	c, err := op.Open()
	a.w.must(err)
	for _, it := range a.p.site.Look(c.Ref.Kind) {
		if it.CreateKey == c.CreateKey && a.p.site.ours(it.Author) && !it.Gone {
			a.w.fail("I6", it.ID+" of "+a.p.id+" is made a second time, under the key "+c.CreateKey)
		}
	}
}

// taint notes the labels of a write of uncertain outcome: whether a person took one
// off again in that time nobody can tell. Nor can anybody tell of a paragraph that came with
// it, and that a person replaced, where no history keeps what stood there.
func (a *port) taint(op adapters.Op) {
	c, err := op.Open()
	a.w.must(err)
	for _, e := range append(c.Set["labels"].Elements(), op.Add...) { // every system calls them so
		a.w.tainted[tokenIn(e)] = true
	}
	if a.p.site.historyOf(c.Ref.Kind, ticket.Body) == external.HistoryFull {
		return
	}
	for _, id := range tokensIn(c.Set["body"]) {
		a.w.tainted[id] = true
	}
}

// noteBlind notes the texts that a write is about to replace or to delete and that its
// author had not seen when he looked. What he saw stands in the write-ahead record. A label
// that nobody has seen only a deletion takes along.
func (a *port) noteBlind(op adapters.Op) {
	w := a.w
	c, err := op.Open()
	w.must(err)
	it, ok := w.onTheWay(a.p, c.Ref)
	if op.Creates || !ok || it.Gone {
		return
	}
	link, undo := w.linkOf(a.p, c.CreateKey, c.Ref), w.undoes() != ""
	if c.Action == outbound.Delete && it.Kind == external.KindTicket {
		a.noteRemarks(it, link)
	}
	w.read(func(tx store.Tx) error {
		open, err := tx.LinkIntents(w.ctx, link.ID)
		for _, i := range open {
			for _, ch := range i.Changes {
				v := it.Fields[string(ch.Field)]
				a.noteCovered(it, ch, undo)
				for _, id := range unseenIn(v, ch.Seen) {
					if i.State != store.Sent || v.IsSet() && c.Action != outbound.Delete {
						break
					}
					w.blind = append(w.blind, blindLoss{
						token: id, link: link.ID, field: ch.Field, peer: a.p, item: it.Ref,
						dim: a.p.site.historyOf(it.Kind, ch.Field) != external.HistoryFull || w.now.Sub(it.CreatedAt) <= a.p.site.caps().HistoryGrace,
					})
				}
			}
		}
		return err
	})
}

// unseenIn returns the tokens of a value that another one does not carry.
func unseenIn(v, seen ticket.Value) []int {
	if v.IsSet() {
		return tokensIn(ticket.Set(v.Minus(seen)...))
	}
	return dropped(v, seen.Text())
}

// noteRemarks notes what is said on a ticket that is about to be deleted, so lately that the
// last list need not show it: its answer may have been long on its way, and so may those of the
// calls after it.
func (a *port) noteRemarks(it external.Item, link store.Link) {
	w := a.w
	since := a.p.heard.Add(-a.p.site.caps().Lag - callTimeout)
	for _, c := range a.p.site.Look(external.KindComment) {
		if c.Parent != it.Key || c.Gone {
			continue
		}
		for _, v := range c.Fields {
			for _, id := range tokensIn(v) {
				if !w.oracle.tokens[id-1].written.Before(since) {
					w.blind = append(w.blind, blindLoss{token: id, link: link.ID, peer: a.p, item: it.Ref})
				}
			}
		}
	}
}

// linkOf returns the link that a write is for: by the create key while it has no item.
func (w *world) linkOf(p *peer, key string, ref external.Ref) (l store.Link) {
	w.read(func(tx store.Tx) error {
		var err error
		if ref.ID != "" {
			l, err = tx.LinkByExternal(w.ctx, p.id, ref.Kind, ref.ID)
		} else {
			l, err = tx.Link(w.ctx, linkIn(key))
		}
		if err != nil {
			l = store.Link{}
		}
		return nil
	})
	return l
}

// linkIn is the id of the link that a create key was made for.
func linkIn(key string) string {
	id, _, _ := strings.Cut(key, ".")
	return id
}

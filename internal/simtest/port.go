package simtest

import (
	"context"
	"strconv"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// port decorates an adapter: calls fail, get lost, outlive their caller, and people
// act before and after them. It also sees all that leaves.
type port struct {
	adapters.Adapter
	w *world
	p *peer
}

// callTimeout is when a client gives a call up, see adapters.Config.
const callTimeout = 30 * time.Second

// maxCalls is far beyond what any run needs: whoever gets there will never end.
const maxCalls = 20_000

// enter begins a call, a write of the item if it names one. An error means that it
// never reached the tracker.
func (a *port) enter(what, item string, detail ...string) error {
	w := a.w
	w.calls++
	if w.calls > maxCalls {
		w.fail("I1", "the run does not end: more than "+strconv.Itoa(maxCalls)+" calls")
		panic(stop{})
	}
	w.now = w.now.Add(time.Duration(1+w.sched.IntN(150)) * time.Millisecond)
	w.trace.call(a.p.id, what, detail)
	w.crashAt(faultCrashBefore)
	w.before(a.p, item)
	switch {
	case w.hits(faultRefused):
		return &external.Error{Kind: external.Temporary, Op: what, Message: "the tracker is away"}
	case w.hits(faultLimited):
		return &external.Error{Kind: external.RateLimited, Op: what, Message: "too many calls",
			RetryAfter: time.Duration(w.sched.IntN(90)) * time.Second}
	}
	return nil
}

// leave ends a call that reached the tracker.
func (a *port) leave() {
	a.w.after(a.p)
	a.w.crashAt(faultCrashAfter)
}

// Changes lists.
func (a *port) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	if err := a.enter("list", "", string(s), win.Lo.Format("15:04:05.000"), page); err != nil {
		return external.Page{}, err
	}
	out, err := a.Adapter.Changes(ctx, s, win, page, version)
	for _, it := range out.Items {
		a.show("listed", it)
	}
	if out.Next != "" && len(out.Items) > 0 && a.w.hits(faultDrift) {
		a.w.rival(a.p, out.Items[0].ID) // it moves to the end, and all others up by one
	}
	a.leave()
	return out, err
}

// Read reads.
func (a *port) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	if err := a.enter("read", "", ids(refs)...); err != nil {
		return nil, err
	}
	out, err := a.Adapter.Read(ctx, refs)
	for _, it := range out {
		a.show("read", it)
	}
	a.leave()
	return out, err
}

func ids(refs []external.Ref) []string {
	out := make([]string, len(refs))
	for i, r := range refs {
		out[i] = r.ID
	}
	return out
}

// History reads revisions.
func (a *port) History(ctx context.Context, q []adapters.HistoryQuery) ([][]external.Revision, error) {
	if err := a.enter("history", ""); err != nil {
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

// Write is where it matters.
func (a *port) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	w := a.w
	began, newest := w.now, len(a.p.old)
	a.judge(op)
	a.p.writes++
	c, err := op.Open()
	w.must(err)
	if err := a.enter("write", c.Ref.ID, op.Name, a.sent(op)); err != nil {
		return external.Item{}, err
	}
	if w.now.Sub(began) >= callTimeout { // a session inside took longer than the client waits
		w.fire(faultHung)
		return external.Item{}, a.timeout(op)
	}
	if w.hits(faultLostRequest) {
		a.taint(op)
		w.now = w.now.Add(callTimeout)
		return external.Item{}, a.timeout(op)
	}
	a.once(op)
	a.noteBlind(op)
	out, err := a.Adapter.Write(ctx, op)
	w.collect(a.p)
	lost := w.hits(faultLostReply)
	if lost {
		w.now = w.now.Add(time.Duration(w.sched.Int64N(int64(callTimeout))))
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
		w.trace.add("  ", "refused", string(external.KindOf(err)))
		return out, err
	}
	a.show("wrote", out)
	return out, nil
}

// leaveWrite ends a write; a process that dies now does not know what it did.
func (a *port) leaveWrite(op adapters.Op) {
	a.w.after(a.p)
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
	if !op.Creates {
		return
	}
	c, err := op.Open()
	a.w.must(err)
	for _, it := range a.p.memory.Look(c.Ref.Kind) {
		if it.CreateKey == c.CreateKey && it.Author == a.w.trackers[a.p.n].Login && !it.Gone {
			a.w.fail("I6", it.ID+" of "+a.p.id+" is made a second time, under the key "+c.CreateKey)
		}
	}
}

// taint notes the labels of a write of uncertain outcome: whether a person took one
// off again in that time nobody can tell.
func (a *port) taint(op adapters.Op) {
	c, err := op.Open()
	a.w.must(err)
	for _, e := range append(c.Set["labels"].Elements(), op.Add...) {
		a.w.tainted[tokenIn(e)] = true
	}
}

// noteBlind notes the texts that a write is about to replace or to delete and that its
// author had not seen when he looked. What he saw stands in the write-ahead record.
func (a *port) noteBlind(op adapters.Op) {
	w := a.w
	c, err := op.Open()
	w.must(err)
	it, ok := a.p.memory.Peek(c.Ref.ID)
	if op.Creates || !ok || it.Gone {
		return
	}
	link := w.linkOf(a.p, c.CreateKey, c.Ref)
	w.read(func(tx store.Tx) error {
		open, err := tx.LinkIntents(w.ctx, link.ID)
		for _, i := range open {
			for _, ch := range i.Changes {
				id := tokenIn(it.Fields[string(ch.Field)].Text())
				if i.State == store.Sent && id != 0 && id != tokenIn(ch.Seen.Text()) {
					w.blind = append(w.blind, blindLoss{token: id, link: link.ID, field: ch.Field, peer: a.p.n, item: it.ID})
				}
			}
		}
		return err
	})
}

// linkOf returns the link that a write is for: by the create key while it has no item.
func (w *world) linkOf(p *peer, key string, ref external.Ref) (l store.Link) {
	w.read(func(tx store.Tx) error {
		var err error
		if ref.ID != "" {
			l, err = tx.LinkByExternal(w.ctx, p.id, ref.Kind, ref.ID)
		} else {
			l, err = tx.Link(w.ctx, before(key, '.'))
		}
		if err != nil {
			l = store.Link{}
		}
		return nil
	})
	return l
}

func before(s string, sep byte) string {
	for i := range len(s) {
		if s[i] == sep {
			return s[:i]
		}
	}
	return s
}

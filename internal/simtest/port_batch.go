package simtest

import (
	"context"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// WriteBatch is Write for several creates in one call: all that can happen to a call
// happens to every element at once.
func (a *port) WriteBatch(ctx context.Context, ops []adapters.Op) ([]adapters.Result, error) {
	w := a.w
	began, newest := w.now, len(a.p.old)
	defer func() { w.call = callNone }()
	w.judgeRestored(a.p)
	for _, op := range ops {
		a.judge(op)
		a.noteAudit(op)
	}
	a.attempt()
	if err := a.enter("write", external.Ref{}, "together", itoa(len(ops))); err != nil {
		return nil, err
	}
	if w.now.Sub(began) >= callTimeout {
		w.fire(faultHung)
		return nil, a.timeout(ops[0])
	}
	if w.hits(faultLostRequest) {
		a.taintAll(ops)
		w.pass(callTimeout)
		return nil, a.timeout(ops[0])
	}
	for _, op := range ops {
		a.once(op)
		w.judgeTwin(a.p, op)
	}
	out, err := writeBatch(ctx, a.Adapter, ops)
	a.watchBatch(ops)
	w.collect(a.p)
	lost := w.hits(faultLostReply)
	if lost {
		w.pass(time.Duration(w.sched.Int64N(int64(callTimeout))))
	}
	if w.hits(faultHintEarly) {
		w.deliver(a.p)
	}
	a.w.after(a.p)
	if w.hits(faultCrashAfter) {
		a.taintAll(ops)
		w.die()
	}
	hung := w.now.Sub(began) >= callTimeout
	if hung && !lost {
		w.fire(faultHung)
	}
	if lost || hung || len(a.p.old) > newest {
		a.taintAll(ops)
	}
	if lost || hung {
		a.unanswered(ops)
		return nil, a.timeout(ops[0])
	}
	a.tell(out, err)
	return out, err
}

// writeBatch makes the call of an adapter that has it.
func writeBatch(ctx context.Context, a adapters.Adapter, ops []adapters.Op) ([]adapters.Result, error) {
	b, ok := a.(adapters.BatchWriter)
	if !ok {
		return nil, &external.Error{Kind: external.Invalid, Op: "write a batch", Message: "the adapter has no batches"}
	}
	return b.WriteBatch(ctx, ops)
}

// unanswered notes for a mutant which creates have no known outcome.
func (a *port) unanswered(ops []adapters.Op) {
	for _, op := range ops {
		c, err := op.Open()
		a.w.must(err)
		a.w.unanswered[linkIn(c.CreateKey)] = true
	}
}

func (a *port) taintAll(ops []adapters.Op) {
	for _, op := range ops {
		a.taint(op)
	}
}

// tell notes what the engine was answered, for whoever reads the trace.
func (a *port) tell(out []adapters.Result, err error) {
	for _, r := range out {
		if r.Err == nil {
			a.show("wrote", r.Item)
		} else {
			a.w.trace.add("  ", "refused", string(external.KindOf(r.Err)))
		}
	}
	if err != nil {
		a.w.trace.add("  ", "refused", string(external.KindOf(err)))
	}
}

package adaptertest

import (
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// batch makes one operation for each sample, all for one call. bad is the index of an
// element whose title the system must refuse; -1 for none.
func (b *bench) batch(n, bad int) (adapters.BatchWriter, []adapters.Op) {
	b.Helper()
	if b.a.Capabilities().WriteBatch < 2 {
		b.notOffered("WriteBatch")
	}
	w, ok := offers[adapters.BatchWriter](b.a)
	if !ok {
		b.Fatal("the capabilities promise batches and the adapter has no WriteBatch")
	}
	var ops []adapters.Op
	for i := range n {
		c := b.newTicket(i)
		for _, f := range b.a.Capabilities().Fields {
			if f.Type == external.TypeState { // as new tickets are; others may take a second call
				delete(c.Set, f.Name)
			}
		}
		if i == bad {
			f, _ := b.a.Capabilities().Field(b.title())
			c.Set[f.Name] = ticket.Value{}
			if f.MaxRunes > 0 {
				c.Set[f.Name] = ticket.Text(strings.Repeat("é", f.MaxRunes+1))
			}
		}
		made := b.ops(c)
		if len(made) != 1 || made[0].Batch == "" {
			b.Fatalf("a plain create takes %d operations, of batch %q; want one that may share a call", len(made), made[0].Batch)
		}
		ops = append(ops, made[0])
	}
	return w, ops
}

// lawBatch: one call makes several tickets, each told with its own key and values.
func lawBatch(b *bench) {
	w, ops := b.batch(4, -1)
	before := b.Writes()
	results, err := w.WriteBatch(b.Context(), ops)
	if err != nil || len(results) != len(ops) {
		b.Fatalf("got %d results, %v", len(results), err)
	}
	if n := b.Writes() - before; n != 1 {
		b.Errorf("the batch took %d calls that write, want 1", n)
	}
	for i, r := range results {
		if r.Err != nil {
			b.Fatalf("element %d: %v", i, r.Err)
		}
		want := b.a.Normalize(external.Fields{b.title(): b.Ticket(i)[b.title()], b.prose(): b.Ticket(i)[b.prose()]})
		b.same(r.Item.Fields, want)
		b.same(b.read(r.Item.Ref).Fields, want)
		if b.keyed() && r.Item.CreateKey != key(i) {
			b.Errorf("element %d: got key %q, want %q", i, r.Item.CreateKey, key(i))
		}
	}
}

// lawBatchPartly: a refused element is told by itself. The others are made, or come back
// as not made and may be tried again; what they say is true.
func lawBatchPartly(b *bench) {
	w, ops := b.batch(4, 2)
	results, err := w.WriteBatch(b.Context(), ops)
	if err != nil || len(results) != len(ops) {
		b.Fatalf("got %d results, %v", len(results), err)
	}
	b.settle()
	items, _ := b.walk(external.StreamTickets, external.Window{}, nil)
	shown := ids(items)
	for i, r := range results {
		switch {
		case i == 2:
			b.wants(r.Err, external.Invalid)
		case r.Err == nil:
			if _, there := shown[r.Item.ID]; !there {
				b.Errorf("element %d is said to be made and does not show", i)
			}
		default:
			b.wants(r.Err, external.Temporary)
		}
	}
	made := 0
	for _, r := range results {
		if r.Err == nil {
			made++
		}
	}
	if n := len(kindOf(items, external.KindTicket)); n != made {
		b.Errorf("%d tickets show, %d are said to be made", n, made)
	}
}

// lawBatchLostReply: when the answer to a batch is lost, every element is in doubt, and
// each is found again by its key, once.
func lawBatchLostReply(b *bench) {
	w, ops := b.batch(4, -1)
	b.LoseReply()
	results, err := w.WriteBatch(b.Context(), ops)
	for i := range ops {
		cause := err
		if err == nil {
			cause = results[i].Err
		}
		b.wants(cause, external.Ambiguous)
	}
	if !b.keyed() {
		return
	}
	b.settle()
	for i := range ops {
		b.once(external.KindTicket, key(i))
	}
}

// lawBatchLostRequest: a batch that never arrived made nothing.
func lawBatchLostRequest(b *bench) {
	w, ops := b.batch(3, -1)
	b.LoseRequest()
	results, err := w.WriteBatch(b.Context(), ops)
	for i := range ops {
		cause := err
		if err == nil {
			cause = results[i].Err
		}
		if k := external.KindOf(cause); k != external.Temporary && k != external.Ambiguous {
			b.Errorf("element %d: got %v, want kind temporary or ambiguous", i, cause)
		}
	}
	b.settle()
	if items, _ := b.walk(external.StreamTickets, external.Window{}, nil); len(items) != 0 {
		b.Errorf("%d items show", len(items))
	}
}

// lawHalfway: a state that is reached through others is reached by asking again, each
// call saying how far it came.
func lawHalfway(b *bench) {
	caps := b.a.Capabilities()
	if !caps.Transitions {
		b.notOffered("Transitions")
	}
	d, ok := b.Site.(Distant)
	if !ok {
		b.Fatal("the capabilities promise transitions and the site names no distant state")
	}
	made := b.create(0)
	from, want := d.DistantState()
	item, calls := made, 0
	if len(from) > 0 {
		item = b.write(edit(made, from))
	}
	for ; calls == 0 || len(item.Halfway) > 0; calls++ {
		if calls > 10 {
			b.Fatalf("still at %q after %d calls", item.Fields[b.state()].Text(), calls)
		}
		ops := b.ops(edit(item, want))
		got, err := b.a.Write(b.Context(), ops[0])
		if err != nil {
			b.Fatal(err)
		}
		item = got
	}
	if calls < 2 {
		b.Errorf("the state was reached in one call: it is not distant")
	}
	b.same(b.read(made.Ref).Fields, want)
}

// Distant is a site whose tickets reach a state only through another one.
type Distant interface {
	// DistantState returns what to is that is not reached by one call from where a ticket
	// stands that was given from; an empty from leaves it as Ticket(0) is.
	DistantState() (from, to external.Fields)
}

func (b *bench) state() string { return b.fieldOf(external.TypeState) }

package adaptertest

import (
	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// lawCost: what one call serves is what the capabilities say: n items cost as many calls
// as batches they fill, and no more.
func lawCost(b *bench) {
	caps := b.a.Capabilities()
	n := 2*max(caps.ReadBatch, caps.History, 1) + 1
	tickets, comments := []external.Ref{}, []external.Ref{}
	for i := range n {
		tickets = append(tickets, b.CreateTicket("ann", b.Ticket(i%4)))
		if i < 2*max(caps.ReadBatch, 1)+1 {
			comments = append(comments, b.AddComment("bob", tickets[0], b.Comment(i)))
		}
	}
	for name, refs := range map[string][]external.Ref{"tickets": tickets, "comments": comments} {
		b.reading(name, refs, caps.ReadBatch)
	}
	if caps.History > 0 {
		b.histories(tickets, caps.History)
	}
	if caps.WriteBatch > 1 {
		b.batchOf(caps.WriteBatch)
	}
}

// reading counts the calls of Read, by an adapter that has learned what it learns once.
func (b *bench) reading(name string, refs []external.Ref, batch int) {
	b.Helper()
	for _, k := range []int{1, batch, batch + 1, len(refs)} {
		k = min(k, len(refs))
		a, n := b.metered(nil)
		if _, err := a.Read(b.Context(), refs[:1]); err != nil {
			b.Fatal(err)
		}
		if n.reads == 0 {
			b.Fatal("the meter of the configuration hears of no call")
		}
		*n = counter{}
		items, err := a.Read(b.Context(), refs[:k])
		if err != nil || len(items) != k {
			b.Fatalf("reading %d %s: got %d, %v", k, name, len(items), err)
		}
		if want := ceil(k, batch); n.reads > want || n.writes > 0 {
			b.Errorf("reading %d %s took %d calls, want %d of %d each", k, name, n.calls(), want, batch)
		}
	}
}

func (b *bench) histories(refs []external.Ref, batch int) {
	b.Helper()
	a, n := b.metered(nil)
	var queries []adapters.HistoryQuery
	for _, r := range refs {
		queries = append(queries, adapters.HistoryQuery{Ref: r})
	}
	if _, err := a.History(b.Context(), queries[:1]); err != nil {
		b.Fatal(err)
	}
	*n = counter{}
	got, err := a.History(b.Context(), queries)
	if err != nil || len(got) != len(queries) {
		b.Fatalf("histories: got %d, %v", len(got), err)
	}
	if want := ceil(len(refs), batch); n.reads > want || n.writes > 0 {
		b.Errorf("%d histories took %d calls, want %d of %d each", len(refs), n.calls(), want, batch)
	}
}

// batchOf: a full batch is one call that writes.
func (b *bench) batchOf(size int) {
	b.Helper()
	w, ops := b.batch(size, -1)
	before := b.Writes()
	results, err := w.WriteBatch(b.Context(), ops)
	if err != nil || len(results) != size {
		b.Fatalf("a batch of %d: got %d results, %v", size, len(results), err)
	}
	for i, r := range results {
		if r.Err != nil {
			b.Errorf("element %d: %v", i, r.Err)
		}
	}
	if n := b.Writes() - before; n != 1 {
		b.Errorf("a batch of %d took %d calls that write, want 1", size, n)
	}
}

func ceil(n, batch int) int { return (n + max(batch, 1) - 1) / max(batch, 1) }

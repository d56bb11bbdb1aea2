package adaptertest

import (
	"fmt"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
)

// bench is one law's place of work.
type bench struct {
	T
	Site
	a    adapters.Adapter
	many int
	bend bend // of every adapter; nil: they are as they are
}

func newBench(t T, s Site, many int, bend bend) *bench {
	b := &bench{T: t, Site: s, many: many, bend: bend}
	b.a = b.Adapter(nil)
	return b
}

// Adapter returns a new adapter, bent where the suite tries itself.
func (b *bench) Adapter(change func(*adapters.Config)) adapters.Adapter {
	b.Helper()
	a := b.Site.Adapter(change)
	if b.bend == nil {
		return a
	}
	return newBent(a, b.bend)
}

// offers returns the extra verb of an adapter, and whether it has it.
func offers[Verb any](a adapters.Adapter) (Verb, bool) {
	v, ok := a.(Verb)
	if w, isBent := a.(*bent); isBent && ok {
		_, ok = w.Adapter.(Verb)
	}
	return v, ok
}

// ops splits content.
func (b *bench) ops(c outbound.Content) []adapters.Op {
	b.Helper()
	ops, err := b.a.Ops(Cleared(b.T, c))
	if err != nil {
		b.Fatalf("ops: %v", err)
	}
	if len(ops) == 0 {
		b.Fatalf("ops: content with changes gave no operation")
	}
	return ops
}

// write performs content and returns the item after its last operation.
func (b *bench) write(c outbound.Content) external.Item {
	b.Helper()
	var item external.Item
	ops := b.ops(c)
	for n, op := range ops {
		got, err := b.a.Write(b.Context(), op)
		if err != nil {
			b.Fatalf("write %s: %v", op.Name, err)
		}
		follow(ops[n+1:], op, got)
		if got.Kind != external.KindContainer {
			item = got
		}
	}
	for n := 0; len(item.Halfway) > 0 && n < 10; n++ {
		rest := external.Fields{}
		for _, f := range item.Halfway {
			rest[f] = c.Set[f]
		}
		item = b.write(edit(item, rest))
	}
	return item
}

// follow tells the operations after one what it made, as the engine does.
func follow(rest []adapters.Op, op adapters.Op, got external.Item) {
	for i := range rest {
		if op.Creates {
			rest[i] = rest[i].At(got.Ref)
		}
		if op.CreatesContainer {
			rest[i] = rest[i].Know(madeContainer(got))
		}
	}
}

// madeContainer is what an operation that makes a container returned.
func madeContainer(got external.Item) external.Container {
	return external.Container{Ref: got.Ref, Field: got.Fields["field"].Text(), Name: got.Fields["name"].Text()}
}

// create writes a new ticket with sample n and the key suite-<n>.
func (b *bench) create(n int) external.Item {
	b.Helper()
	return b.write(b.newTicket(n))
}

func (b *bench) newTicket(n int) outbound.Content {
	return outbound.Content{
		ProjectID: "p", Action: outbound.Create, Ref: external.Ref{Kind: external.KindTicket},
		Set: b.Ticket(n), CreateKey: key(n),
	}
}

func key(n int) string { return fmt.Sprintf("0b7e9c52-31d4-4c1a-9f60-%012x", n) + ownMAC }

// edit is an update of an item from what it holds now.
func edit(item external.Item, set external.Fields) outbound.Content {
	return outbound.Content{
		ProjectID: "p", Action: outbound.Update, Ref: item.Ref, Set: set, Now: item.Fields, CreateKey: item.CreateKey,
	}
}

// read returns one item's present state.
func (b *bench) read(ref external.Ref) external.Item {
	b.Helper()
	items, err := b.a.Read(b.Context(), []external.Ref{ref})
	if err != nil {
		b.Fatalf("read %s: %v", ref.ID, err)
	}
	if len(items) != 1 {
		b.Fatalf("read: got %d items for one reference", len(items))
	}
	return items[0]
}

// walk reads a stream to its end, with a new adapter for each page and meanwhile
// called between pages. It returns all items, and the version of the first page.
func (b *bench) walk(s external.Stream, w external.Window, meanwhile func()) ([]external.Item, string) {
	b.Helper()
	var items []external.Item
	page, version := "", ""
	for n := 0; ; n++ {
		got, err := b.Adapter(nil).Changes(b.Context(), s, w, page, "")
		if err != nil {
			b.Fatalf("changes, page %d: %v", n, err)
		}
		items = append(items, got.Items...)
		if n == 0 {
			version = got.Version
		}
		if got.Next == "" {
			return items, version
		}
		if n > 200 {
			b.Fatal("the walk does not end")
		}
		page = got.Next
		if meanwhile != nil {
			meanwhile()
		}
	}
}

// settle lets time pass until lists show everything.
func (b *bench) settle() {
	c := b.a.Capabilities()
	b.Advance(c.Lag + c.Precision + time.Second)
}

func ids(items []external.Item) map[string]external.Item {
	out := map[string]external.Item{}
	for _, i := range items {
		out[i.ID] = i
	}
	return out
}

// same reports whether both hold the same values in the fields of want.
func (b *bench) same(got, want external.Fields) {
	b.Helper()
	for n, v := range want {
		if !got[n].Equal(v) {
			b.Errorf("field %s: got %q, want %q", n, got[n].Text(), v.Text())
		}
	}
}

// wants fails unless err is of the kind.
func (b *bench) wants(err error, kind external.ErrorKind) {
	b.Helper()
	if external.KindOf(err) != kind || err == nil {
		b.Errorf("got error %v, want one of kind %s", err, kind)
	}
}

// notOffered ends a law that the adapter's capabilities do not promise, and names the
// capability that says so.
func (b *bench) notOffered(capability string) {
	b.Helper()
	b.Skip(NotOffered + capability)
}

// title and prose are the fields that hold an item's title and its text.
func (b *bench) title() string { return b.fieldOf(external.TypeText) }
func (b *bench) prose() string { return b.fieldOf(external.TypeProse) }

// fieldOf returns the first field of a type that can be written.
func (b *bench) fieldOf(t external.FieldType) string {
	b.Helper()
	for _, f := range b.a.Capabilities().Fields {
		if f.Type == t && !f.ReadOnly && !f.Set {
			return f.Name
		}
	}
	b.Fatalf("the capabilities name no field of type %s that can be written", t)
	return ""
}

// stream returns the stream that shows items of a kind.
func (b *bench) stream(k external.Kind) external.Stream {
	if k == external.KindComment && b.a.Capabilities().Has(external.StreamComments) {
		return external.StreamComments
	}
	return external.StreamTickets
}

// kindOf keeps the items of one kind.
func kindOf(items []external.Item, k external.Kind) []external.Item {
	var out []external.Item
	for _, i := range items {
		if i.Kind == k {
			out = append(out, i)
		}
	}
	return out
}

package adaptertest

import (
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

// lawLostReply: when the answer is lost the error says that the write may have
// happened, for every operation there is.
func lawLostReply(b *bench) {
	made := b.create(0)
	b.eachOp(edit(made, b.Ticket(1)), func(op adapters.Op) {
		b.LoseReply()
		_, err := b.a.Write(b.Context(), op)
		b.wants(err, external.Ambiguous)
	})
	b.same(b.read(made.Ref).Fields, b.a.Normalize(b.Ticket(1)))

	c := b.comment(made.Ref, 1)
	b.eachOp(edit(c, b.Comment(2)), func(op adapters.Op) {
		b.LoseReply()
		_, err := b.a.Write(b.Context(), op)
		b.wants(err, external.Ambiguous)
	})
	b.same(b.read(c.Ref).Fields, b.a.Normalize(b.Comment(2)))
}

func (b *bench) eachOp(c outbound.Content, do func(adapters.Op)) {
	b.Helper()
	for _, op := range b.ops(c) {
		do(op)
	}
}

// lawLostRequest: a request that never arrived changes nothing, and may not be
// reported as a refusal of its content.
func lawLostRequest(b *bench) {
	made := b.create(0)
	b.LoseRequest()
	_, err := b.a.Write(b.Context(), b.ops(edit(made, b.Ticket(1)))[0])
	if k := external.KindOf(err); k != external.Temporary && k != external.Ambiguous {
		b.Errorf("got error %v, want kind temporary or ambiguous", err)
	}
	b.same(b.read(made.Ref).Fields, b.a.Normalize(b.Ticket(0)))
}

// lawInvalid: content that the system refuses is refused for good, not retried.
func lawInvalid(b *bench) {
	made := b.create(0)
	for _, f := range b.a.Capabilities().Fields {
		if f.MaxRunes == 0 || f.Set || f.ReadOnly {
			continue
		}
		long := ticket.Text(strings.Repeat("é", f.MaxRunes+1))
		_, err := b.a.Write(b.Context(), b.ops(edit(made, external.Fields{f.Name: long}))[0])
		b.wants(err, external.Invalid)
	}
	b.same(b.read(made.Ref).Fields, b.a.Normalize(b.Ticket(0)))
}

// lawCreateFound: a create whose answer was lost is found again by its key, once.
func lawCreateFound(b *bench) {
	if !b.keyed() {
		b.notOffered("CreateKey")
	}
	b.LoseReply()
	_, err := b.a.Write(b.Context(), b.ops(b.newTicket(0))[0])
	b.wants(err, external.Ambiguous)
	on := b.create(1)
	b.LoseReply()
	_, err = b.a.Write(b.Context(), b.ops(outbound.Content{
		ProjectID: "p", Action: outbound.Create, Ref: external.Ref{Kind: external.KindComment, Parent: on.Key},
		Set: b.Comment(2), CreateKey: key(2),
	})[0])
	b.wants(err, external.Ambiguous)
	b.settle()
	b.once(external.KindTicket, key(0))
	b.once(external.KindComment, key(2))
	if b.a.Capabilities().CreateKey == external.CreateKeyClientID {
		again, err := b.a.Write(b.Context(), b.ops(b.newTicket(0))[0])
		if err == nil && again.CreateKey != key(0) { // or it is found, as if it had just been made
			b.Errorf("creating again: got an item with the key %q", again.CreateKey)
		}
		if err != nil {
			b.wants(err, external.Conflict)
		}
		b.once(external.KindTicket, key(0))
	}
}

// once fails unless exactly one item of the kind carries the key.
func (b *bench) once(k external.Kind, key string) {
	b.Helper()
	items, _ := b.walk(b.stream(k), external.Window{}, nil)
	items = kindOf(items, k)
	n := 0
	for _, i := range ids(items) {
		if i.CreateKey == key {
			n++
		}
	}
	if n != 1 {
		b.Errorf("%d items of kind %s carry the key %s, want 1", n, k, key)
	}
}

// lawSetDeltas: a set is changed by adding and removing, so that an element which
// somebody added meanwhile stays. Elements are spelled as Normalize says.
func lawSetDeltas(b *bench) {
	for i, f := range b.a.Capabilities().Fields {
		if !f.Set || f.ReadOnly || f.MaxItems == 1 {
			continue
		}
		first := b.newTicket(0)
		first.CreateKey = key(i)
		made := b.write(first)
		pool := b.Ticket(1)[f.Name].Elements()
		if len(pool) == 0 {
			b.Fatalf("the harness's sample has no %s", f.Name)
		}
		rival := pool[0]
		had := made.Fields[f.Name].Elements()
		b.Edit("mallory", made.Ref, external.Fields{f.Name: ticket.Set(append(slices.Clone(had), rival)...)})
		want := ticket.Set(b.Ticket(2)[f.Name].Elements()...)
		if f.Type == external.TypeLabels {
			want = ticket.Set(append(want.Elements(), "two words", " Blanks around ")...)
		}
		b.write(edit(made, external.Fields{f.Name: want})) // made is what we saw before the rival
		b.same(b.read(made.Ref).Fields, b.a.Normalize(external.Fields{f.Name: ticket.Set(append(want.Elements(), rival)...)}))
		b.write(edit(b.read(made.Ref), external.Fields{f.Name: {}}))
		b.same(b.read(made.Ref).Fields, external.Fields{f.Name: {}})
	}
}

// lawDeletedComment: deleting is a write like any other, and repeating it is told
// apart from a failure.
func lawDeletedComment(b *bench) {
	if !b.a.Capabilities().CommentDel {
		b.notOffered("CommentDel")
	}
	c := b.comment(b.create(0).Ref, 1)
	del := outbound.Content{ProjectID: "p", Action: outbound.Delete, Ref: c.Ref}
	got := b.write(del)
	if !got.Gone || got.ID != c.ID {
		b.Errorf("after the delete: got %+v, want the comment, gone", got)
	}
	if !b.read(c.Ref).Gone {
		b.Error("the deleted comment can still be read")
	}
	_, err := b.a.Write(b.Context(), b.ops(del)[0])
	if k := external.KindOf(err); k != external.Gone && k != external.NotFound {
		b.Errorf("deleting again: got %v, want kind gone or not_found", err)
	}
}

// lawDeletedTicket: deleting a ticket takes that ticket alone and its comments, once, and
// repeating it is told apart from a failure.
func lawDeletedTicket(b *bench) {
	if !b.a.Capabilities().TicketDel {
		b.notOffered("TicketDel")
	}
	one, stays := b.create(0), b.create(1)
	del := outbound.Content{ProjectID: "p", Action: outbound.Delete, Ref: one.Ref}
	if ops := b.ops(del); len(ops) != 1 || ops[0].Creates || len(ops[0].Writes) > 0 {
		b.Fatalf("got the operations %+v, want one that writes no field", ops)
	}
	got := b.write(del)
	if !got.Gone || got.ID != one.ID {
		b.Errorf("after the delete: got %+v, want the ticket, gone", got.Ref)
	}
	if !b.read(one.Ref).Gone {
		b.Error("the deleted ticket can still be read")
	}
	if b.read(stays.Ref).Gone {
		b.Error("another ticket went with it")
	}
	_, err := b.a.Write(b.Context(), b.ops(del)[0])
	if k := external.KindOf(err); k != external.Gone && k != external.NotFound && k != "" {
		b.Errorf("deleting again: got %v, want kind gone or not_found, or the same answer", err)
	}
	b.settle()
	items, _ := b.walk(external.StreamTickets, external.Window{}, nil)
	if it, shown := ids(items)[one.ID]; shown && !it.Gone {
		b.Error("the deleted ticket still shows in lists, and not as gone")
	}
}

// lawDeletedOutside: what people deleted is gone when read and absent from lists.
func lawDeletedOutside(b *bench) {
	one := b.CreateTicket("ann", b.Ticket(0))
	two := b.CreateTicket("ann", b.Ticket(1))
	c := b.AddComment("ann", two, b.Comment(0))
	b.settle()
	if b.Delete("ann", c) && !b.read(c).Gone {
		b.Error("the deleted comment can still be read")
	}
	if !b.Delete("ann", one) {
		return
	}
	if got := b.read(one); !got.Gone {
		b.Errorf("the deleted ticket: got %+v, want it gone", got)
	}
	b.settle()
	items, _ := b.walk(external.StreamTickets, external.Window{}, nil)
	if it, shown := ids(items)[one.ID]; shown && !it.Gone {
		b.Error("the deleted ticket still shows in lists, and not as gone")
	}
	if b.a.Capabilities().History > 0 {
		got, err := b.a.History(b.Context(), []adapters.HistoryQuery{{Ref: one}, {Ref: two}})
		if err != nil || len(got) != 2 || len(got[0]) != 0 {
			b.Errorf("the deleted ticket's history, asked for with another's: got %v, %v; want none and no error", got, err)
		}
	}
	_, err := b.a.Write(b.Context(), b.ops(edit(external.Item{Ref: one}, external.Fields{b.title(): ticket.Text("x")}))[0])
	if k := external.KindOf(err); k != external.Gone && k != external.NotFound {
		b.Errorf("editing it: got %v, want kind gone or not_found", err)
	}
}

// lawHistory: a value that a rival wrote between our look and our write stands in
// the history, where the capabilities promise one.
func lawHistory(b *bench) {
	caps := b.a.Capabilities()
	if caps.History == 0 {
		b.notOffered("History")
	}
	made := b.create(0)
	for _, f := range caps.Fields {
		if f.History == external.HistoryNone || f.Set || f.ReadOnly {
			continue
		}
		if _, sampled := b.Ticket(1)[f.Name]; !sampled {
			continue // a container, which would have to be made first
		}
		look := b.read(made.Ref)
		b.Advance(time.Minute)
		rival, ours := b.Ticket(1)[f.Name], b.Ticket(2)[f.Name]
		b.Edit("mallory", made.Ref, external.Fields{f.Name: rival})
		b.Advance(time.Minute)
		b.write(edit(look, external.Fields{f.Name: ours}))
		got, err := b.a.History(b.Context(), []adapters.HistoryQuery{{Ref: made.Ref, Since: look.UpdatedAt}})
		if err != nil || len(got) != 1 {
			b.Fatalf("history: got %d answers, %v", len(got), err)
		}
		if !b.tells(got[0], f, b.a.Normalize(external.Fields{f.Name: rival})[f.Name].Text()) {
			b.Errorf("the history of %s does not tell of the rival's value: %+v", f.Name, got[0])
		}
		b.write(edit(b.read(made.Ref), external.Fields{f.Name: look.Fields[f.Name]}))
	}
}

// tells reports whether the revisions hold the rival's as well as they promise.
func (b *bench) tells(revs []external.Revision, f external.FieldCapability, value string) bool {
	return slices.ContainsFunc(revs, func(r external.Revision) bool {
		if r.Field != f.Name || r.At.IsZero() {
			return false
		}
		if f.History == external.HistoryTimes {
			return true
		}
		return r.Value == value && r.Author == "mallory" || r.HasBefore && r.Before == value
	})
}

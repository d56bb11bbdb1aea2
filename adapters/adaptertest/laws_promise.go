package adaptertest

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

// lawPure: Normalize and Ops say the same when asked again, and leave what they are given
// as it is.
func lawPure(b *bench) {
	made := b.create(0)
	before := b.Writes()
	for n := range 4 {
		f := b.Ticket(n)
		kept := maps.Clone(f)
		first, second := b.a.Normalize(f), b.a.Normalize(f)
		b.same(second, first)
		b.same(f, kept)
		c := edit(made, f)
		now := maps.Clone(c.Now)
		if one, two := b.ops(c), b.ops(c); !reflect.DeepEqual(one, two) {
			b.Errorf("the same content gave other operations when it was split again: %+v, %+v", one, two)
		}
		b.same(f, kept)
		b.same(c.Now, now)
	}
	if n := b.Writes() - before; n > 0 {
		b.Errorf("splitting content made %d calls that write", n)
	}
}

// lawAnswers: a write answers with the item, and with at least the fields that it wrote,
// as they read from now on.
func lawAnswers(b *bench) {
	made := b.create(0)
	for n := 1; n < 4; n++ {
		want := b.Ticket(n)
		b.eachOp(edit(b.read(made.Ref), want), func(op adapters.Op) {
			got, err := b.a.Write(b.Context(), op)
			if err != nil {
				b.Fatalf("%s: %v", op.Name, err)
			}
			if got.ID != made.ID || got.Kind != made.Kind || got.Gone {
				b.Errorf("%s answers with %+v, want the ticket %s", op.Name, got.Ref, made.ID)
			}
			now := b.read(made.Ref).Fields
			for _, name := range op.Writes {
				if !got.Fields[name].Equal(now[name]) {
					b.Errorf("%s answers with %s as %q, it reads %q", op.Name, name, got.Fields[name].Text(), now[name].Text())
				}
			}
		})
	}
}

// lawReadBack: an answer says whether it is the write's own or was read by a later call,
// which a rival may have been faster than.
func lawReadBack(b *bench) {
	a, n := b.metered(nil)
	made := b.create(0)
	comment := b.comment(made.Ref, 1)
	one := b.newTicket(30)
	contents := []outbound.Content{
		edit(made, b.Ticket(1)), one, edit(comment, b.Comment(2)),
		{ProjectID: "p", Action: outbound.Create, Ref: external.Ref{Kind: external.KindComment, Parent: made.Key}, Set: b.Comment(3), CreateKey: key(31)},
	}
	for _, c := range contents {
		ops := b.ops(c)
		for i, op := range ops {
			got, err := a.Write(b.Context(), op)
			if err != nil {
				b.Fatalf("%s: %v", op.Name, err)
			}
			follow(ops[i+1:], op, got)
			if read := n.after > 0; got.ReadBack != read {
				b.Errorf("%s: ReadBack is %t, and %d reads followed the write", op.Name, got.ReadBack, n.after)
			}
		}
	}
}

// lawConcurrent: one adapter serves several goroutines, each of which sees its own item.
func lawConcurrent(b *bench) {
	var refs []external.Ref
	for n := range 6 {
		refs = append(refs, b.CreateTicket("ann", b.Ticket(n)))
	}
	ops := make([][]adapters.Op, len(refs))
	for n, ref := range refs {
		ops[n] = b.ops(edit(b.read(ref), external.Fields{b.title(): ticket.Text(fmt.Sprintf("mine %d", n))}))
	}
	errs := make([]error, len(refs))
	var all sync.WaitGroup
	for n, ref := range refs {
		all.Go(func() { errs[n] = b.alone(ref, ops[n], fmt.Sprintf("mine %d", n)) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		b.Error(err)
	}
}

// alone looks, writes and looks again.
func (b *bench) alone(ref external.Ref, ops []adapters.Op, title string) error {
	for range 5 {
		items, err := b.a.Read(b.Context(), []external.Ref{ref})
		if err != nil || len(items) != 1 || items[0].ID != ref.ID {
			return fmt.Errorf("read %s: %d items, %w", ref.ID, len(items), err)
		}
		if _, err := b.a.Changes(b.Context(), external.StreamTickets, external.Window{}, "", ""); err != nil {
			return err
		}
		if _, err := b.a.Schema(b.Context()); err != nil {
			return err
		}
		for _, op := range ops {
			if item, err := b.a.Write(b.Context(), op); err != nil || item.Fields[b.title()].Text() != title {
				return fmt.Errorf("write %s: %q, %w", ref.ID, item.Fields[b.title()].Text(), err)
			}
		}
	}
	return nil
}

// lawHistoryOrder: histories come in the order of the questions, each oldest first.
func lawHistoryOrder(b *bench) {
	if b.a.Capabilities().History == 0 {
		b.notOffered("History")
	}
	one := b.CreateTicket("ann", b.Ticket(0))
	two := b.CreateTicket("ann", b.Ticket(1))
	b.Advance(b.a.Capabilities().HistoryGrace + time.Minute)
	for n := range 4 {
		b.Edit("ann", one, external.Fields{b.title(): ticket.Text(fmt.Sprintf("one %d", n))})
		b.Advance(time.Minute)
		if n%2 == 0 {
			b.Edit("bob", two, external.Fields{b.title(): ticket.Text(fmt.Sprintf("two %d", n))})
			b.Advance(time.Minute)
		}
	}
	got, err := b.a.History(b.Context(), []adapters.HistoryQuery{{Ref: two}, {Ref: one}})
	if err != nil || len(got) != 2 {
		b.Fatalf("got %d histories, %v", len(got), err)
	}
	for i, least := range []int{2, 4} {
		titles := slices.DeleteFunc(slices.Clone(got[i]), func(r external.Revision) bool { return r.Field != b.title() })
		if len(titles) < least || len(titles) > least+2 {
			b.Errorf("answer %d: got %d revisions of the title, want %d and perhaps the first value", i, len(titles), least)
		}
		if !slices.IsSortedFunc(got[i], func(x, y external.Revision) int { return x.At.Compare(y.At) }) {
			b.Errorf("answer %d: the revisions are not in the order of time: %+v", i, got[i])
		}
	}
	late, err := b.a.History(b.Context(), []adapters.HistoryQuery{{Ref: one, Since: b.read(one).UpdatedAt.Add(time.Hour)}})
	if err != nil || len(late) != 1 || len(late[0]) > len(got[1]) {
		b.Errorf("since an hour after the last edit: got %d histories, %v", len(late), err)
	}
}

package engine_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestOutboundPreview: what the preview says is what the next session sends, no more and
// no less, and looking changes nothing.
func TestOutboundPreview(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.restrict(p.ID, func(r *outbound.Rules) {
		r.Keep = []ticket.Field{ticket.Labels}
		r.Cuts = []outbound.Cut{{Begin: "[[i]]", End: "[[/i]]"}}
	})
	open := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Body: ticket.Text("ask @ann[[i]] of Acme[[/i]]"), ticket.Labels: ticket.Set("acme")}, ticket.Public)
	_, err := w.engine.AddComment(t.Context(), open, "fine", "", "ann")
	w.must(err)
	_, err = w.engine.AddComment(t.Context(), open, "secret", ticket.LocalOnly, "ann")
	w.must(err)
	closed := w.createWith(ticket.Fields{ticket.Title: ticket.Text("b")}, ticket.LocalOnly)

	got := map[string]engine.Leaving{}
	look := func(id string, what engine.WhatIf) []engine.Leaving {
		t.Helper()
		list, next, err := w.engine.OutboundPreview(t.Context(), p.ID, id, "", 100, what)
		w.must(err)
		if next != "" {
			t.Errorf("there is a next page: %s", next)
		}
		return list
	}
	sends := 0
	for _, l := range look("", engine.WhatIf{}) {
		got[l.TicketID+l.CommentID] = l
		if l.Action != "" {
			sends++
		} else if l.Reason == "" {
			t.Errorf("nothing of %s%s leaves, and nobody knows why", l.TicketID, l.CommentID)
		}
	}
	if l := got[open]; l.Action != outbound.Create || l.Sends["body"].Text() != "ask @\u2060ann" || len(l.Stays) != 2 || sends != 2 {
		t.Errorf("%d items would leave; of the public ticket %+v", sends, l)
	}
	if _, has := got[open].Sends["labels"]; has {
		t.Error("the kept labels would leave")
	}
	if l := look(closed, engine.WhatIf{})[0]; l.Action != "" || l.Reason != "the ticket is local_only" {
		t.Errorf("of the private ticket: %+v", l)
	}
	if l := look(closed, engine.WhatIf{Privacy: ticket.Public})[0]; l.Action != outbound.Create || l.Sends["title"].Text() != "b" {
		t.Errorf("were it public: %+v", l)
	}
	if l := look(closed, engine.WhatIf{Privacy: ticket.Shareable, Grant: true})[0]; l.Action != outbound.Create {
		t.Errorf("were it granted: %+v", l)
	}
	hush := func(r *outbound.Rules) { r.Comments.Mode = outbound.NoComments }
	for _, l := range look(open, engine.WhatIf{Rules: hush}) {
		if l.CommentID != "" && l.Action != "" {
			t.Errorf("under a rule about comments: %+v", l)
		}
	}
	if n := w.trackers[p.ID].Calls(); n.Writes() != 0 {
		t.Errorf("looking made %+v", n)
	}
	w.sync(p.ID)
	item := w.outside(p.ID, open)
	for _, name := range slices.Sorted(maps.Keys(got[open].Sends)) {
		if v := got[open].Sends[name]; !item.Fields[name].Equal(v) {
			t.Errorf("the preview says %s=%q, outside stands %q", name, v.Text(), item.Fields[name].Text())
		}
	}
	if n := len(w.look(p.ID, external.KindTicket)) + len(w.look(p.ID, external.KindComment)); n != sends {
		t.Errorf("%d items were made, %d were announced", n, sends)
	}
	for _, l := range look("", engine.WhatIf{}) {
		if l.Action != "" {
			t.Errorf("in step, and the preview says %+v", l)
		}
	}
}

// TestPreviewOfCommentsOnATicketSetAside: a comment leaves when its ticket is outside, or is
// made by the same session, and not before.
func TestPreviewOfCommentsOnATicketSetAside(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("one", ticket.Public)
	w.sync(p.ID)
	_, err := w.engine.AddComment(t.Context(), mine.ID, "a remark", "", "ann")
	w.must(err)
	comment := func(change func(l *store.Link)) engine.Leaving {
		t.Helper()
		w.view(func(tx store.Tx) error {
			l, err := tx.LinkByLocal(t.Context(), p.ID, external.KindTicket, mine.ID)
			w.must(err)
			change(&l)
			return tx.UpdateLink(t.Context(), l)
		})
		list, _, err := w.engine.OutboundPreview(t.Context(), p.ID, mine.ID, "", 10, engine.WhatIf{})
		w.must(err)
		return list[1]
	}
	if l := comment(func(*store.Link) {}); l.Action != outbound.Create {
		t.Errorf("its ticket is outside: %+v", l)
	}
	if l := comment(func(l *store.Link) { l.State, l.Reason = store.ParkedLink, "for this test" }); l.Action != "" || !strings.Contains(l.Reason, "waits for its ticket") {
		t.Errorf("its ticket is set aside: %+v", l)
	}
}

// TestPreviewOfWhatWasRefused: a field that its system refused before is sent in a call of its own,
// in the same session. The preview shows it beside the others.
func TestPreviewOfWhatWasRefused(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	w.view(func(tx store.Tx) error {
		l, err := tx.LinkByLocal(t.Context(), p.ID, external.KindTicket, tk.ID)
		w.must(err)
		b := l.Bases[ticket.Body]
		b.Refused = "what it refused"
		l.Bases[ticket.Body] = b
		return tx.UpdateLink(t.Context(), l)
	})
	w.edit(tk.ID, ticket.Fields{ticket.Title: ticket.Text("another"), ticket.Body: ticket.Text("and its text")})
	list, _, err := w.engine.OutboundPreview(t.Context(), p.ID, tk.ID, "", 10, engine.WhatIf{})
	w.must(err)
	w.sync(p.ID)
	for _, f := range []ticket.Field{ticket.Title, ticket.Body} {
		_, outside := w.both(p.ID, tk.ID, f)
		if said := list[0].Sends[string(f)].Text(); said != outside {
			t.Errorf("of %s the preview says %q, and %q left", f, said, outside)
		}
	}
}

// TestOutboundPreviewWhereTheNewestWins: only the system knows when its value was written, and a
// preview does not ask it. It says that ours may leave, where that can be found out at all.
func TestOutboundPreviewWhereTheNewestWins(t *testing.T) {
	for kept, may := range map[external.HistoryKind]bool{external.HistoryFull: true, external.HistoryNone: false} {
		w, p, tk, ref := contested(t, memory.Options{History: kept}, plan.NewestWins, true, steps)
		w.clock.now = w.clock.now.Add(time.Hour)
		w.must(w.trackers[p.ID].EditField("bob", ref, "title", ticket.Text("theirs")))
		r, err := w.engine.Begin(t.Context(), "looks", p.ID, store.Incremental)
		w.must(err)
		_, err = w.engine.Observe(t.Context(), r, true)
		w.must(err)
		w.clock.now = w.clock.now.Add(time.Hour)
		w.edit(tk.ID, text(ticket.Title, "ours"))
		list, _, err := w.engine.OutboundPreview(t.Context(), p.ID, tk.ID, "", 1, engine.WhatIf{})
		w.must(err)
		said := slices.ContainsFunc(list[0].Stays, func(s engine.Stay) bool {
			return s.Field == ticket.Title && strings.HasPrefix(s.Reason, "it may leave")
		})
		if said != may {
			t.Errorf("history %s: the preview says %+v", kept, list[0])
		}
		w.sync(p.ID)
		if _, there := w.both(p.ID, tk.ID, ticket.Title); (there == "ours") != may {
			t.Errorf("history %s: outside it reads %q", kept, there)
		}
	}
}

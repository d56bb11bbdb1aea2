package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestAProjectToWhichNobodyMayWrite is told of once, as the project's own state: no ticket is set aside, what
// comes in does, few calls are made, and everything goes out once it may.
func TestAProjectToWhichNobodyMayWrite(t *testing.T) {
	for _, batch := range []int{0, 4} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{WriteBatch: batch})
		tr := w.trackers[p.ID]
		_, err := w.engine.Configure(t.Context(), p.ID, "op", func(p *store.Project) error { p.RollbackFailed = true; return nil })
		w.must(err)
		var ids []string
		for n := range 10 {
			ids = append(ids, w.create(fmt.Sprintf("ticket number %d", n), ticket.Public).ID)
		}
		w.sync(p.ID)
		tr.Deny("write")
		for n, id := range ids {
			w.edit(id, text(ticket.Title, fmt.Sprintf("edited %d", n)))
		}
		for n := range 10 {
			w.create(fmt.Sprintf("new one %d", n), ticket.Public)
		}
		in, err := tr.CreateTicket("eve", external.Fields{memory.FieldTitle: ticket.Text("from outside")})
		w.must(err)
		for range 8 {
			before := tr.Calls()
			s := w.sync(p.ID)
			if s.State != store.Failed || s.Counts.Quarantined+s.Counts.Failed != 0 {
				t.Fatalf("batch %d: %s, %+v", batch, s.State, s.Counts)
			}
			after := tr.Calls()
			if made := after.Writes() + after.Read + after.Probe - before.Writes() - before.Read - before.Probe; made > 6 {
				t.Errorf("batch %d: %d calls for nothing", batch, made)
			}
			if got := w.project(p.ID); got.Status != external.InError || !strings.Contains(got.StatusReason, "lacks write") {
				t.Errorf("batch %d: the project is %s: %q", batch, got.Status, got.StatusReason)
			}
			w.clock.now = w.clock.now.Add(15 * time.Minute)
		}
		w.view(func(tx store.Tx) error {
			l, err := tx.LinkByExternal(t.Context(), p.ID, external.KindTicket, in.ID)
			if err == nil && l.LocalID == "" {
				t.Errorf("batch %d: what was made outside did not come in", batch)
			}
			return err
		})
		tr.Deny()
		s := w.sync(p.ID)
		if got := w.project(p.ID); got.Status != external.Active || got.StatusReason != "" || s.Counts.CreatedOutside != 10 {
			t.Errorf("batch %d: once it may be written to: %s, %q, %+v", batch, got.Status, got.StatusReason, s.Counts)
		}
		if got := w.outside(p.ID, ids[9]).Fields[memory.FieldTitle].Text(); got != "edited 9" {
			t.Errorf("batch %d: it reads %q", batch, got)
		}
		if n := len(w.conflicts(store.OpenConflict)); n != 0 {
			t.Errorf("batch %d: %d questions", batch, n)
		}
	}
}

// TestAnUndoWhereNobodyMayWrite waits until somebody may, and says so: what is refused to all of a project is
// not given up field by field.
func TestAnUndoWhereNobodyMayWrite(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{TicketDel: true})
	tr := w.trackers[p.ID]
	edited := w.create("before", ticket.Public)
	w.sync(p.ID)
	w.edit(edited.ID, text(ticket.Title, "after"))
	w.create("made by mistake", ticket.Public)
	s := w.sync(p.ID)

	tr.Deny("write")
	r := w.order(s.ID)
	for range 3 {
		before := tr.Calls()
		var err error
		r, err = w.undo(r)
		w.must(err)
		if r.State != store.Failed || !strings.Contains(r.Reason, "lacks write") {
			t.Fatalf("it is %s: %s", r.State, r.Reason)
		}
		if n := tr.Calls().Writes() - before.Writes(); n > 1 {
			t.Errorf("%d writes for nothing", n)
		}
	}
	if got := w.project(p.ID); got.Status != external.InError || !strings.Contains(got.StatusReason, "lacks write") {
		t.Errorf("the project is %s: %q", got.Status, got.StatusReason)
	}
	tr.Deny()
	r, err := w.undo(r)
	w.must(err)
	if got := w.outside(p.ID, edited.ID).Fields[memory.FieldTitle].Text(); r.State != store.Succeeded || got != "before" {
		t.Errorf("once somebody may: it is %s, and the title %q", r.State, got)
	}
	if why := w.cannot(r.ID, edited.ID, ticket.Title); why != "" {
		t.Errorf("it was given up: %s", why)
	}
	if n := w.standing(p.ID); n != 1 {
		t.Errorf("%d items stand outside, want what was made withdrawn", n)
	}
}

// TestWhatComesInWhileNobodyMayWrite does not wait for what is to go out: not in a ticket that was edited on both
// sides, nor behind more waiting edits than one step of a session looks at.
func TestWhatComesInWhileNobodyMayWrite(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	tr := w.trackers[p.ID]
	var ids []string
	for n := range 8 {
		ids = append(ids, w.create(fmt.Sprintf("ticket number %d", n), ticket.Public).ID)
	}
	w.sync(p.ID)
	tr.Deny("write")
	for n, id := range ids {
		w.edit(id, text(ticket.Title, fmt.Sprintf("edited %d", n)))
	}
	w.sync(p.ID)
	w.clock.now = w.clock.now.Add(15 * time.Minute)
	last := ids[7]
	w.must(tr.EditField("eve", w.outside(p.ID, last).ID, memory.FieldBody, ticket.Text("hers")))
	_, err := tr.CreateTicket("eve", external.Fields{memory.FieldTitle: ticket.Text("from outside")})
	w.must(err)

	for range 2 {
		w.sessions++
		r, err := w.engine.Begin(t.Context(), fmt.Sprintf("session-%d", w.sessions), p.ID, store.Incremental)
		w.must(err)
		_, err = w.engine.Observe(t.Context(), r, true)
		w.must(err)
		if _, err = w.engine.Sync(t.Context(), r, 3); external.KindOf(err) != external.Forbidden {
			t.Fatalf("the session ends with %v", err)
		}
	}
	if got := w.ticket(last).Fields[ticket.Body].Text(); got != "hers" {
		t.Errorf("the text that was written outside did not come in: %q", got)
	}
	if n := len(w.tickets()); n != 9 {
		t.Errorf("%d tickets: what was made outside did not come in", n)
	}
	tr.Deny()
	w.clock.now = w.clock.now.Add(15 * time.Minute)
	w.sync(p.ID)
	it := w.outside(p.ID, last)
	if title, body := it.Fields[memory.FieldTitle].Text(), it.Fields[memory.FieldBody].Text(); title != "edited 7" || body != "hers" {
		t.Errorf("once it may be written to it reads %q, %q", title, body)
	}
	if n := len(w.conflicts("")); n != 0 {
		t.Errorf("%d questions", n)
	}
}

package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

const forStaff = "only Staff; open it to all"

// relay connects a project that tickets come from, and one that a rule passes them on to.
func relay(t *testing.T) (w *world, from, to store.Project) {
	t.Helper()
	w = newWorld(t)
	from, to = w.connect("team", memory.Options{}), w.connect("public", memory.Options{})
	_, err := w.engine.ChangeRules(t.Context(), to.ID, "op", func(r *outbound.Rules) {
		r.PassOn = append(r.PassOn, outbound.PassOn{From: from.ID, To: to.ID})
	})
	w.must(err)
	return w, from, to
}

// round runs a session of each project, twice.
func (w *world) round(projects ...store.Project) {
	w.t.Helper()
	for range 2 {
		for _, p := range projects {
			w.sync(p.ID)
		}
	}
}

// TestWhatOnlySomeMaySeeStaysThere: an item that its system lets only some see comes in nowhere, and so
// goes nowhere, until everybody in the project may see it.
func TestWhatOnlySomeMaySeeStaysThere(t *testing.T) {
	w, from, to := relay(t)
	ref, err := w.trackers[from.ID].CreateTicket("eve", external.Fields{memory.FieldTitle: ticket.Text("leak of keys")})
	w.must(err)
	w.must(w.trackers[from.ID].Restrict("eve", ref.ID, forStaff))
	_, err = w.trackers[from.ID].AddComment("eve", ref.Key, "the key is 42")
	w.must(err)
	w.round(from, to)
	if n := len(w.tickets()); n != 0 || len(w.look(to.ID, external.KindTicket)) != 0 {
		t.Fatalf("%d tickets here, and outside %v", n, w.look(to.ID, external.KindTicket))
	}
	w.must(w.trackers[from.ID].Restrict("eve", ref.ID, ""))
	w.round(from, to)
	if n := len(w.tickets()); n != 1 || len(w.look(to.ID, external.KindTicket)) != 1 || len(w.look(to.ID, external.KindComment)) != 1 {
		t.Errorf("once all may see it: %d tickets here, %d there with %d comments", n, len(w.look(to.ID, external.KindTicket)), len(w.look(to.ID, external.KindComment)))
	}
}

// TestAnItemThatIsRestrictedLater: nothing that is written or said there from then on comes in, the
// two stay linked, and what was edited meanwhile flows once everybody may see it again.
func TestAnItemThatIsRestrictedLater(t *testing.T) {
	w, from, to := relay(t)
	ref, err := w.trackers[from.ID].CreateTicket("eve", external.Fields{memory.FieldTitle: ticket.Text("login fails")})
	w.must(err)
	said, err := w.trackers[from.ID].AddComment("eve", ref.Key, "since noon")
	w.must(err)
	w.round(from, to)
	id := w.tickets()[0].ID
	outside := w.trackers[from.ID]
	w.must(outside.Restrict("eve", ref.ID, forStaff))
	w.must(outside.EditField("eve", ref.ID, memory.FieldBody, ticket.Text("with the password hunter2")))
	w.must(outside.EditField("eve", said.ID, memory.FieldBody, ticket.Text("since Bob was fired")))
	_, err = outside.AddComment("eve", ref.Key, "the address is in the vault")
	w.must(err)
	w.edit(id, text(ticket.Title, "login fails on Mondays"))
	w.round(from, to)
	if body := w.tickets()[0].Fields[ticket.Body].Text(); body != "" {
		t.Errorf("the text came in: %q", body)
	}
	for _, c := range w.look(to.ID, external.KindComment) {
		if c.Fields[memory.FieldBody].Text() != "since noon" {
			t.Errorf("a comment was passed on: %q", c.Fields[memory.FieldBody].Text())
		}
	}
	if got := w.outside(to.ID, id).Fields[memory.FieldTitle].Text(); got != "login fails on Mondays" {
		t.Errorf("what was written here does not go on to the other project: %q", got)
	}
	if n := len(w.conflicts(store.OpenConflict)); n != 0 {
		t.Errorf("%d questions about it", n)
	}
	w.isToldAs(from.ID, forStaff)
	w.must(outside.Restrict("eve", ref.ID, ""))
	w.round(from, to)
	if it := w.outside(from.ID, id); it.Fields[memory.FieldTitle].Text() != "login fails on Mondays" || w.outside(to.ID, id).Fields[memory.FieldBody].Text() != "with the password hunter2" {
		t.Errorf("once all may see it: %v, and %v", it.Fields, w.outside(to.ID, id).Fields)
	}
	if n := len(w.look(to.ID, external.KindComment)); n != 2 {
		t.Errorf("%d comments went on, want both", n)
	}
}

// isToldAs fails unless a preview gives such a reason why something stays.
func (w *world) isToldAs(projectID, reason string) {
	w.t.Helper()
	list, _, err := w.engine.OutboundPreview(w.t.Context(), projectID, "", "", 10, engine.WhatIf{})
	w.must(err)
	if !slices.ContainsFunc(list, func(l engine.Leaving) bool { return l.Action == "" && strings.Contains(l.Reason, reason) }) {
		w.t.Errorf("the preview does not say %q: %+v", reason, list)
	}
}

// TestAQuestionAboutWhatIsRestricted shows what it showed before, and nothing written since.
func TestAQuestionAboutWhatIsRestricted(t *testing.T) {
	w, from, _ := relay(t)
	ref, err := w.trackers[from.ID].CreateTicket("eve", external.Fields{memory.FieldTitle: ticket.Text("one")})
	w.must(err)
	w.sync(from.ID)
	outside := w.trackers[from.ID]
	w.edit(w.tickets()[0].ID, text(ticket.Title, "ours"))
	w.must(outside.EditField("eve", ref.ID, memory.FieldTitle, ticket.Text("theirs")))
	w.sync(from.ID)
	w.must(outside.Restrict("eve", ref.ID, forStaff))
	w.must(outside.EditField("eve", ref.ID, memory.FieldTitle, ticket.Text("a secret")))
	w.sync(from.ID)
	c, err := w.engine.Decide(t.Context(), w.conflicts(store.OpenConflict)[0].ID, engine.Decision{Choice: store.ChooseExternal, By: "ann"})
	if !errors.Is(err, engine.ErrMoved) || c.External.Text() != "theirs" {
		t.Errorf("the question shows %q, %v", c.External.Text(), err)
	}
}

// TestDuplicatesTellNothingOfWhatIsRestricted, not even where two of them are alike.
func TestDuplicatesTellNothingOfWhatIsRestricted(t *testing.T) {
	w := newWorld(t)
	p := w.connect("team", memory.Options{})
	for range 2 {
		ref, err := w.trackers[p.ID].CreateTicket("eve", external.Fields{memory.FieldTitle: ticket.Text("the keys have leaked")})
		w.must(err)
		w.must(w.trackers[p.ID].Restrict("eve", ref.ID, forStaff))
	}
	w.sync(p.ID)
	d, err := w.engine.Duplicates(t.Context(), p.ID, "", 10)
	w.must(err)
	if len(d.Groups) != 0 {
		t.Errorf("told: %+v", d.Groups)
	}
}

// TestTakingBackWhatIsRestricted does not wait until everybody may see it again, and takes back what
// was asked for, not the whole.
func TestTakingBackWhatIsRestricted(t *testing.T) {
	w := newWorld(t)
	p := w.connect("team", memory.Options{})
	tk, err := w.engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("one"), ticket.Body: ticket.Text("ours")}, ticket.Public, "ann")
	w.must(err)
	w.sync(p.ID)
	w.must(w.trackers[p.ID].Restrict("eve", w.outside(p.ID, tk.ID).ID, forStaff))
	w.sync(p.ID)
	_, _, err = w.engine.ChangeRulesAndTakeBack(t.Context(), p.ID, "ann", outbound.Redact, func(r *outbound.Rules) {
		r.Keep = []ticket.Field{ticket.Body}
	})
	w.must(err)
	w.sync(p.ID)
	f := w.look(p.ID, external.KindTicket)[0].Fields
	if f[memory.FieldBody].Text() != outbound.Notice || f[memory.FieldTitle].Text() != "one" {
		t.Errorf("it reads %v", f)
	}
}

// TestADecisionAboutWhatIsRestricted holds here, and is not asked for once more with what was written
// there since: that is shown when everybody may see it.
func TestADecisionAboutWhatIsRestricted(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	outside, id := w.trackers[p.ID], w.outside(p.ID, tk.ID).ID
	w.edit(tk.ID, text(ticket.Title, "ours"))
	w.must(outside.EditField("eve", id, memory.FieldTitle, ticket.Text("theirs")))
	w.sync(p.ID)
	w.must(outside.Restrict("eve", id, forStaff))
	w.must(outside.EditField("eve", id, memory.FieldTitle, ticket.Text("a secret")))
	w.sync(p.ID)
	w.decideOn(w.conflicts(store.OpenConflict)[0], store.ChooseExternal, ticket.Value{})
	w.syncs(p.ID, 2)
	if got := w.ticket(tk.ID).Fields[ticket.Title].Text(); got != "theirs" || len(w.conflicts(store.OpenConflict)) != 0 {
		t.Errorf("here it reads %q, and open is %+v", got, w.conflicts(store.OpenConflict))
	}
	w.edit(tk.ID, text(ticket.Title, "ours, again"))
	w.must(outside.Restrict("eve", id, ""))
	w.syncs(p.ID, 2)
	if open := w.conflicts(store.OpenConflict); len(open) != 1 || open[0].Local.Text() != "ours, again" || open[0].External.Text() != "a secret" {
		t.Errorf("once all may see it, this is asked: %+v", open)
	}
}

// TestAnUndoOfWhatIsRestrictedIsPreviewed without what was written there since.
func TestAnUndoOfWhatIsRestrictedIsPreviewed(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	w.edit(tk.ID, text(ticket.Title, "edited"))
	s, id := w.sync(p.ID), w.outside(p.ID, tk.ID).ID
	w.must(w.trackers[p.ID].Restrict("eve", id, forStaff))
	w.must(w.trackers[p.ID].EditField("eve", id, memory.FieldTitle, ticket.Text("a secret")))
	w.sync(p.ID)
	pv, err := w.engine.PreviewRollback(t.Context(), s.ID)
	w.must(err)
	if len(pv.Rows) != 1 || pv.Rows[0].There.Before.Text() != "edited" || !strings.Contains(pv.Rows[0].Reason, forStaff) {
		t.Errorf("the preview reads %+v", pv.Rows)
	}
}

// TestTakingBackLeavesWhatFewWrote: what somebody wrote where only some may see it is not overwritten or
// deleted to take ours back, since it would be kept here, for everybody to read.
func TestTakingBackLeavesWhatFewWrote(t *testing.T) {
	for _, how := range []outbound.TakeBack{outbound.Redact, outbound.Remove} {
		t.Run(string(how), func(t *testing.T) {
			w := newWorld(t)
			p := w.connect("team", memory.Options{TicketDel: true})
			tk, err := w.engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("one"), ticket.Body: ticket.Text("ours")}, ticket.Public, "ann")
			w.must(err)
			w.sync(p.ID)
			id, outside := w.outside(p.ID, tk.ID).ID, w.trackers[p.ID]
			w.must(outside.Restrict("eve", id, forStaff))
			w.must(outside.EditField("eve", id, memory.FieldBody, ticket.Text("with the password hunter2")))
			w.sync(p.ID)
			_, _, err = w.engine.SetPrivacyAndTakeBack(t.Context(), tk.ID, ticket.LocalOnly, how, "ann")
			w.must(err)
			w.sync(p.ID)
			it := w.look(p.ID, external.KindTicket)[0]
			if f := it.Fields; it.Gone || f[memory.FieldTitle].Text() != outbound.Notice || f[memory.FieldBody].Text() != "with the password hunter2" {
				t.Errorf("it reads %v, gone %v", f, it.Gone)
			}
			for _, c := range w.conflicts("") {
				t.Errorf("kept here: %q", c.External.Text())
			}
			if l := w.link(p.ID, external.KindTicket, tk.ID); l.State != store.Withdrawn || !strings.Contains(l.Reason, "body, as others wrote or changed it") {
				t.Errorf("its link is %s: %s", l.State, l.Reason)
			}
		})
	}
}

// beforeAWrite does something once, right before a write outside.
func (w *world) beforeAWrite(do func()) {
	first := once(do)
	w.watch(func(call string) error {
		if call == "write" {
			first()
		}
		return nil
	}, nil)
}

// TestNothingGoesOnToWhatIsRestricted: once the answer to a call shows that only some may see the item,
// what the same plan had to write besides is not written.
func TestNothingGoesOnToWhatIsRestricted(t *testing.T) {
	w := newWorld(t)
	p := w.connect("team", memory.Options{})
	tk, err := w.engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("one")}, ticket.Public, "ann")
	w.must(err)
	w.sync(p.ID)
	id := w.outside(p.ID, tk.ID).ID
	w.edit(tk.ID, ticket.Fields{ticket.Title: ticket.Text("two"), ticket.Labels: ticket.Set("urgent")})
	w.beforeAWrite(func() { w.must(w.trackers[p.ID].Restrict("eve", id, forStaff)) })
	w.round(p)
	if it := w.outside(p.ID, tk.ID); len(it.Fields[memory.FieldLabels].Elements()) != 0 {
		t.Errorf("it went on: %v", it.Fields)
	}
	w.must(w.trackers[p.ID].Restrict("eve", id, ""))
	w.round(p)
	if it := w.outside(p.ID, tk.ID); len(it.Fields[memory.FieldLabels].Elements()) != 1 {
		t.Errorf("once all may see it: %v", it.Fields)
	}
}

package engine_test

import (
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// sets changes the project's row.
func sets(change func(*store.Project)) func(*scene) {
	return func(s *scene) {
		_, err := s.engine.Configure(s.t.Context(), s.p.ID, "op", func(p *store.Project) error { change(p); return nil })
		s.must(err)
	}
}

func ruled(change func(*outbound.Rules)) func(*scene) {
	return func(s *scene) { s.restrict(s.p.ID, change) }
}

func remaps(change func(*mapping.Mapping)) func(*scene) {
	return func(s *scene) { s.activate(s.p.ID, change) }
}

func directed(d external.Direction) func(*scene) {
	return sets(func(p *store.Project) { p.Direction = d })
}

func resumes(allow bool) func(*scene) {
	return func(s *scene) {
		_, err := s.engine.Resume(s.t.Context(), s.p.ID, "op", allow)
		s.must(err)
	}
}

func paused(s *scene) {
	_, err := s.engine.Pause(s.t.Context(), s.p.ID, "op")
	s.must(err)
}

func turns() []turn {
	return slices.Concat(statusTurns(), ruleTurns(), mappingTurns())
}

func disconnects(s *scene) {
	_, err := s.engine.Disconnect(s.t.Context(), s.p.ID, "op")
	s.must(err)
}

func reconnects(s *scene) { s.reconnect(s.p, external.Bidirectional) }

func otherAccount(s *scene) { s.trackers[s.p.ID].SpeakAs("another-bot") }

func statusTurns() []turn {
	both := directed(external.Bidirectional)
	return []turn{
		{name: "push only", do: directed(external.Push), back: both},
		{name: "pull only", do: directed(external.Pull), back: both},
		{name: "disabled", do: directed(external.Disabled), back: both},
		{name: "paused", do: paused, back: resumes(false)},
		{name: "paused, allowed", do: paused, back: resumes(true)},
		{name: "disconnected", do: disconnects, back: reconnects},
		{name: "disconnected, another account", do: func(s *scene) { disconnects(s); otherAccount(s) }, back: reconnects},
		{name: "another account", do: func(s *scene) {
			otherAccount(s)
			_, err := s.engine.Probe(s.t.Context(), s.p.ID)
			s.must(err)
		}},
		{name: "renamed outside", do: func(s *scene) { s.trackers[s.p.ID].Rename("octo/new") }},
		{name: "another filter", do: sets(func(p *store.Project) { p.Filter = "x" }), back: sets(func(p *store.Project) { p.Filter = "" })},
		{name: "other settings", do: sets(func(p *store.Project) { p.Settings = []byte(`{"a":1}`) }), back: sets(func(p *store.Project) { p.Settings = nil })},
	}
}

func strategy(is plan.Strategy) func(*scene) {
	return func(s *scene) {
		_, err := s.engine.Strategise(s.t.Context(), s.p.ID, "op", store.Strategy{Strategy: is}, false)
		s.must(err)
	}
}

func follows(follow bool) func(*scene) {
	return func(s *scene) {
		_, err := s.engine.FollowDeletions(s.t.Context(), s.p.ID, "op", follow, 1000*time.Hour)
		s.must(err)
	}
}

func ruleTurns() []turn {
	none := ruled(func(r *outbound.Rules) { *r = outbound.Rules{} })
	keeps := func(f ticket.Field) func(*scene) {
		return ruled(func(r *outbound.Rules) { r.Keep = []ticket.Field{f} })
	}
	policy := func(p store.ConflictPolicy) func(*scene) { return sets(func(is *store.Project) { is.Conflicts = p }) }
	undone := func(is bool) func(*scene) { return sets(func(p *store.Project) { p.RollbackFailed = is }) }
	return []turn{
		{name: "labels kept", do: keeps(ticket.Labels), back: none},
		{name: "body kept", do: keeps(ticket.Body), back: none},
		{name: "comments kept", do: ruled(func(r *outbound.Rules) { r.Comments.Mode = outbound.NoComments }), back: none},
		{name: "passages kept", do: ruled(func(r *outbound.Rules) { r.Cuts = []outbound.Cut{{Begin: "[[[", End: "]"}} }), back: none},
		{name: "unconfirmed strategy", do: strategy(plan.ExternalWins), back: strategy(plan.Manual)},
		{name: "deletions follow, later", do: follows(true), back: follows(false)},
		{name: "reminders", do: policy(store.ConflictPolicy{RemindAfter: time.Hour}), back: policy(store.ConflictPolicy{})},
		{name: "failed sessions are undone", do: undone(true), back: undone(false)},
	}
}

func mappingTurns() []turn {
	usual := remaps(func(*mapping.Mapping) {})
	return []turn{
		{name: "no labels mapped", do: remaps(without(ticket.Labels)), back: usual},
		{name: "no body mapped", do: remaps(without(ticket.Body)), back: usual, unseen: true},
		{name: "no state mapped", do: remaps(without(ticket.State)), back: usual},
		{name: "comments unmapped", do: remaps(func(m *mapping.Mapping) { m.Comments = nil }), back: usual},
		{name: "fields go out alone", do: remaps(onlyGoes(mapping.Out, ticket.Title, ticket.Body, ticket.Labels)), back: usual},
		{name: "fields come in alone", do: remaps(onlyGoes(mapping.In, ticket.Body, ticket.Labels, ticket.State)), back: usual},
		{name: "the same mapping", do: usual},
	}
}

// excused reports whether something may end otherwise because of what is turned meanwhile, for it may not be
// done then, and is told as not done, or is asked about again.
func excused(what, how string) bool {
	narrow := slices.Contains([]string{"labels kept", "no labels mapped", "no body mapped", "fields come in alone", "pull only", "disabled"}, how)
	unmapped := slices.Contains([]string{"no labels mapped", "no body mapped", "comments unmapped", "fields come in alone"}, how)
	switch {
	case strings.HasPrefix(what, "an undo") && narrow:
		return true // that part of the session cannot be undone
	case strings.HasPrefix(what, "a withdrawal") && unmapped, what == "a removal" && how == "comments unmapped":
		return true // that stays there
	case what == "a deletion here that theirs follows":
		return how == "pull only" || how == "disabled"
	case strings.HasSuffix(what, "to another's"), what == "a twin that is one":
		return how == "no body mapped" // a write in doubt to what is not read is not known for ours
	case strings.HasPrefix(what, "a conflict decided"), what == "edits to come in":
		return how == "no body mapped" // it was not seen what is outside
	case what == "a closing in doubt":
		return how == "no state mapped"
	}
	return false
}

func pendings() []pending {
	return slices.Concat(editsPending(), questionsPending(), withdrawalsPending(), undosPending())
}

// lost has something done, and the answer lost to the write that it brings about.
func lost(applied bool, do func(s *scene)) func(s *scene) {
	return func(s *scene) { do(s); s.lose(s.p, applied); s.sync(s.p.ID) }
}

// after runs a session between two things.
func after(do, then func(*scene)) func(*scene) {
	return func(s *scene) { do(s); s.sync(s.p.ID); then(s) }
}

func decided(choice store.Choice) func(*scene) {
	return func(s *scene) {
		s.t.Helper()
		for _, c := range s.conflicts(store.OpenConflict) {
			if choice == store.ChooseValue {
				s.decideOn(c, choice, ticket.Text("a third"))
				continue
			}
			s.decide(c, choice)
		}
	}
}

func retitles(s *scene) {
	s.edit(s.ids[0], ticket.Fields{ticket.Title: ticket.Text("mine"), ticket.Labels: ticket.Set("red", "ours")})
}

func retitledThere(s *scene) {
	s.there(0, memory.FieldTitle, ticket.Text("theirs"))
	s.there(0, memory.FieldBody, ticket.Text("their body"))
}

func disputes(s *scene) {
	s.edit(s.ids[0], ticket.Fields{ticket.Title: ticket.Text("mine"), ticket.Body: ticket.Text("my body")})
	retitledThere(s)
}

func creates(s *scene) {
	s.createWith(ticket.Fields{ticket.Title: ticket.Text("a fourth"), ticket.Body: ticket.Text("x")}, ticket.Public)
}

func remarks(s *scene) {
	_, err := s.engine.AddComment(s.t.Context(), s.ids[0], "another remark", "", "ann")
	s.must(err)
}

func editsRemark(s *scene) {
	_, err := s.engine.EditComment(s.t.Context(), s.remark.ID, "a remark, edited", s.remark.Revision, "ann")
	s.must(err)
}

func dropsRemark(s *scene) {
	_, err := s.engine.DeleteComment(s.t.Context(), s.remark.ID, s.remark.Revision, "ann")
	s.must(err)
}

func editsPulled(s *scene) {
	s.edit(s.idOf(s.pulled.ID), ticket.Fields{ticket.Title: ticket.Text("retitled"), ticket.Body: ticket.Text("our text, again")})
}

func editsPending() []pending {
	histories := memory.Options{History: external.HistoryFull}
	overtaken := func(s *scene) { lost(true, retitles)(s); s.there(0, memory.FieldTitle, ticket.Text("theirs")) }
	none := memory.Options{}
	return []pending{
		{"nothing", none, func(*scene) {}},
		{"edits to go out", none, retitles},
		{"edits to come in", none, retitledThere},
		{"edits of both sides", none, disputes},
		{"a write in doubt that landed", none, lost(true, retitles)},
		{"a write in doubt that did not", none, lost(false, retitles)},
		{"a write in doubt, with history", histories, lost(true, retitles)},
		{"a write in doubt, overtaken", none, overtaken},
		{"a write in doubt, overtaken, with history", histories, overtaken},
		{"a write to another's", none, editsPulled},
		{"a write in doubt to another's", none, lost(true, editsPulled)},
		{"a create in doubt that landed", none, lost(true, creates)},
		{"a create in doubt that did not", none, lost(false, creates)},
		{"a create to go out", none, creates},
		{"a remark in doubt that landed", none, lost(true, remarks)},
		{"a remark in doubt that did not", none, lost(false, remarks)},
		{"a remark to go out", none, remarks},
		{"an edited remark in doubt", none, lost(true, editsRemark)},
		{"an edited remark", none, editsRemark},
		{"a deleted remark", none, dropsRemark},
		{"a deleted remark in doubt", none, lost(true, dropsRemark)},
	}
}

func dropsThere(s *scene) { s.dropOutside(s.p, s.ids[0]) }

func goneThen(then func(*scene)) func(*scene) {
	return func(s *scene) { dropsThere(s); s.reconcile(s.p.ID); then(s) }
}

func dropsHere(s *scene) { s.dropHere(s.ids[0]) }

func twins(s *scene) {
	s.createWith(made(twinTitle, "ours"), ticket.Public)
	s.makeOutside(s.p, made(twinTitle, ""))
}

func questionsPending() []pending {
	none, deletes := memory.Options{}, memory.Options{TicketDel: true}
	local, theirs := decided(store.ChooseLocal), decided(store.ChooseExternal)
	return []pending{
		{"a conflict", none, after(disputes, func(*scene) {})},
		{"a conflict decided for here", none, after(disputes, local)},
		{"a conflict decided for outside", none, after(disputes, theirs)},
		{"a conflict decided for a value", none, after(disputes, decided(store.ChooseValue))},
		{"a decision in doubt", none, lost(true, after(disputes, local))},
		{"a deletion outside", none, goneThen(func(*scene) {})},
		{"a deletion outside not seen yet", none, dropsThere},
		{"a deletion outside that ours follows", none, goneThen(theirs)},
		{"a deletion outside, ours stays", none, goneThen(local)},
		{"a deletion here", deletes, dropsHere},
		{"a deletion here that is asked about", deletes, after(dropsHere, func(*scene) {})},
		{"a deletion here that theirs follows", deletes, after(dropsHere, local)},
		{"a deletion in doubt", deletes, lost(true, after(dropsHere, local))},
		{"a closing in doubt", none, lost(true, after(dropsHere, local))},
		{"a twin", none, after(twins, func(*scene) {})},
		{"a twin not seen yet", none, twins},
		{"a twin that is one", none, after(twins, decided(store.ChooseLink))},
	}
}

func withdrawalsPending() []pending {
	none, deletes := memory.Options{}, memory.Options{TicketDel: true}
	hides := func(how outbound.TakeBack) func(*scene) { return func(s *scene) { s.hide(s.ids[0], how) } }
	return []pending{
		{"a withdrawal", none, hides(outbound.Redact)},
		{"a withdrawal, of an edited one", none, func(s *scene) {
			s.there(0, memory.FieldTitle, ticket.Text("theirs"))
			hides(outbound.Redact)(s)
		}},
		{"a withdrawal in doubt", none, lost(true, hides(outbound.Redact))},
		{"a removal", deletes, hides(outbound.Remove)},
		{"a removal in doubt", deletes, lost(true, hides(outbound.Remove))},
	}
}

// ordersUndo has the session that comes after something undone.
func ordersUndo(do func(*scene)) func(*scene) {
	return func(s *scene) { do(s); s.order(s.sync(s.p.ID).ID) }
}

// triesUndo is that, and one attempt at it.
func triesUndo(do, first func(*scene)) func(*scene) {
	return func(s *scene) {
		do(s)
		r := s.order(s.sync(s.p.ID).ID)
		first(s)
		_, err := s.undo(r)
		s.must(err)
	}
}

func undosPending() []pending {
	none, histories := memory.Options{}, memory.Options{History: external.HistoryFull}
	two := func(s *scene) {
		retitles(s)
		s.edit(s.ids[1], ticket.Fields{ticket.State: ticket.Text(ticket.StateDone)})
	}
	fails := func(s *scene) { s.failWrite(2, tooMany()) }
	loses := func(s *scene) { s.lose(s.p, true) }
	return []pending{
		{"an undo ordered", none, ordersUndo(retitles)},
		{"an undo of what came in", none, ordersUndo(retitledThere)},
		{"an undo half done", none, triesUndo(two, fails)},
		{"an undo in doubt", none, triesUndo(retitles, loses)},
		{"an undo in doubt, with history", histories, triesUndo(retitles, loses)},
		{"what an undo restored", none, func(s *scene) { retitles(s); s.rollBack(s.sync(s.p.ID).ID) }},
		{"an undo of a create", memory.Options{TicketDel: true}, ordersUndo(creates)},
	}
}

package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func (s *aside) types(n int) {
	s.t.Helper()
	if s.ticket(s.id).Deleted {
		return
	}
	s.typed[ticket.Title], s.typed[ticket.Body] = fmt.Sprintf("TITLE-%d", n), fmt.Sprintf("BODY-%d [[[PASSAGE]]] end", n)
	s.edit(s.id, ticket.Fields{ticket.Title: ticket.Text(s.typed[ticket.Title]), ticket.Body: ticket.Text(s.typed[ticket.Body]),
		ticket.Labels: ticket.Set("LABEL-0", fmt.Sprintf("LABEL-%d", n))})
}

// speaks edits the remark here and adds another one.
func (s *aside) speaks(n int) {
	s.t.Helper()
	var c ticket.Comment
	s.view(func(tx store.Tx) (err error) { c, err = tx.Comment(s.t.Context(), s.remark.ID); return err })
	if c.Deleted || s.ticket(s.id).Deleted {
		return
	}
	s.said = fmt.Sprintf("REMARK-%d", n)
	_, err := s.engine.EditComment(s.t.Context(), c.ID, s.said, c.Revision, "ann")
	s.must(err)
	_, err = s.engine.AddComment(s.t.Context(), s.id, fmt.Sprintf("REMARK-new-%d", n), "", "ann")
	s.must(err)
	s.made[1]++
}

// theirsThere has somebody edit a field outside, where the item is now.
func (s *aside) theirsThere(field string) {
	s.t.Helper()
	err := s.at.EditField("bob", s.ref.ID, field, ticket.Text(fmt.Sprintf("THEIRS-%d.", s.theirs)))
	if err != nil {
		return
	}
	if n, is := s.latest[field]; is {
		s.replaced = append(s.replaced, n)
	}
	s.latest[field], s.chosen = s.theirs, true
	s.theirs++
}

func (s *aside) moves(to *memory.Tracker) {
	s.t.Helper()
	ref, err := s.at.Transfer("bob", s.ref.ID, to)
	if err == nil {
		s.ref, s.at = ref, to
	}
}

func (s *aside) locks() {
	s.locked = true
	s.types(1)
	for range 8 {
		s.goOn(store.Incremental)
	}
	if l := s.link(s.p.ID, external.KindTicket, s.id); l.State != store.Quarantined {
		s.t.Fatalf("the link is %s (%s)", l.State, l.Reason)
	}
}

func (s *aside) drops() { s.mayHaveEnd = true; s.must(s.at.Delete("bob", s.ref.ID)) }

func (s *aside) decideAll(choice func(store.Conflict) store.Choice) {
	s.t.Helper()
	for _, c := range s.conflicts(store.OpenConflict) {
		how := choice(c)
		if !slices.Contains(c.Choices(), how) {
			continue
		}
		if s.chosen = true; how == store.ChooseLocal && c.Field == "" {
			s.made[0], s.made[1] = s.made[0]+1, s.made[1]+1
		}
		d := engine.Decision{Choice: how, Digest: c.Digest, By: "ann"}
		if how == store.ChooseValue {
			d.Value = ticket.Text("a third")
		}
		if _, err := s.engine.Decide(s.t.Context(), c.ID, d); err != nil && !errors.Is(err, engine.ErrMoved) && !errors.Is(err, ticket.ErrInvalid) {
			s.t.Logf("decide: %v", err)
		}
	}
}

func (s *aside) twin() {
	s.made[0]++
	_, err := s.trackers[s.p.ID].CreateTicket("bob", external.Fields{memory.FieldTitle: ticket.Text(s.typed[ticket.Title]), memory.FieldBody: ticket.Text("THEIRS-0.")})
	s.must(err)
	s.theirs = 1
}

func asides() []asideCase {
	then := func(do func(*aside)) func(*aside) { return func(s *aside) { s.stood(); do(s) } }
	choose := func(c store.Choice) func(store.Conflict) store.Choice {
		return func(store.Conflict) store.Choice { return c }
	}
	return []asideCase{
		{"nothing", then(func(*aside) {})},
		{"quarantined", then(func(s *aside) { s.locks(); s.locked = false })},
		{"quarantined, still locked", then((*aside).locks)},
		{"fought over", then(func(s *aside) {
			s.putLink(s.link(s.p.ID, external.KindTicket, s.id), func(l store.Link) store.Link {
				l.Pushes, l.PushedFrom = store.MaxPushes, s.clock.now.Add(time.Hour)
				return l
			})
			s.types(1)
			s.goOn(store.Incremental)
		})},
		{"a value refused", then(func(s *aside) { s.word = "BODY-1"; s.types(1); s.goOn(store.Incremental); s.goOn(store.Incremental) })},
		{"unfit, not made", func(s *aside) {
			s.word = "TITLE-0"
			s.born()
			for range 8 {
				s.goOn(store.Incremental)
			}
			s.word = ""
		}},
		{"held back after a restore", func(s *aside) {
			s.born()
			s.store.Backup()
			s.goOn(store.Incremental)
			s.goOn(store.Incremental)
			s.ref = s.outside(s.p.ID, s.id).Ref
			s.chosen = true
			s.restored(s.p.ID)
			s.goOn(store.Incremental)
		}},
		{"edited, and held after a restore", then(func(s *aside) {
			s.store.Backup()
			s.types(1)
			s.goOn(store.Incremental)
			s.chosen, s.forgot = true, true
			s.restored(s.p.ID)
			s.goOn(store.Incremental)
		})},
		{"not to be seen", then(func(s *aside) { s.vanished = true; s.goOn(store.Reconcile); s.goOn(store.Incremental) })},
		{"not to be seen, kept", then(func(s *aside) {
			s.vanished = true
			s.goOn(store.Reconcile)
			s.decideAll(choose(store.ChooseUnlink))
			s.goOn(store.Incremental)
		})},
		{"not to be seen, deleted here", then(func(s *aside) {
			s.vanished = true
			s.goOn(store.Reconcile)
			s.decideAll(choose(store.ChooseExternal))
			s.goOn(store.Incremental)
		})},
		{"gone, and asked about", then(func(s *aside) { s.drops(); s.goOn(store.Reconcile) })},
		{"gone, to be made again", then(func(s *aside) { s.drops(); s.goOn(store.Reconcile); s.decideAll(choose(store.ChooseLocal)) })},
		{"moved out of reach", then(func(s *aside) { s.moves(s.far); s.goOn(store.Reconcile) })},
		{"moved out of reach, not seen yet", then(func(s *aside) { s.moves(s.far) })},
		{"moved to another project", then(func(s *aside) { s.moves(s.trackers[s.q.ID]); s.goOn(store.Reconcile) })},
		{"moved to another project, not seen yet", then(func(s *aside) { s.moves(s.trackers[s.q.ID]) })},
		{"restricted", then(func(s *aside) { s.must(s.at.Restrict("bob", s.ref.ID, forStaff)); s.goOn(store.Incremental) })},
		{"restricted, and edited there", then(func(s *aside) {
			s.must(s.at.Restrict("bob", s.ref.ID, forStaff))
			s.theirsThere(memory.FieldBody)
			s.goOn(store.Incremental)
		})},
		{"a twin asked about", func(s *aside) { s.born(); s.twin(); s.goOn(store.Incremental); s.goOn(store.Incremental) }},
		{"a deletion here asked about", then(func(s *aside) { s.dropHere(s.id); s.goOn(store.Incremental) })},
		{"a deletion here, theirs left", then(func(s *aside) {
			s.dropHere(s.id)
			s.goOn(store.Incremental)
			s.decideAll(choose(store.ChooseUnlink))
			s.goOn(store.Incremental)
		})},
		{"undone", func(s *aside) {
			s.born()
			s.goOn(store.Incremental)
			s.ref = s.outside(s.p.ID, s.id).Ref
			s.order(s.last)
			s.goOn(store.Incremental)
		}},
		{"a write in doubt", then(func(s *aside) { s.types(1); s.lose(s.p, true); s.goOn(store.Incremental) })},
		{"a conflict", then(func(s *aside) {
			s.types(1)
			s.theirsThere(memory.FieldTitle)
			s.chosen = false
			s.goOn(store.Incremental)
		})},
	}
}

func asideTakeBacks() []asideCase {
	kept := func(s *aside, how outbound.TakeBack, what ...string) { s.how, s.kept = how, what }
	all := []string{"TITLE", "BODY", "LABEL", "REMARK"}
	var out []asideCase
	for _, how := range []struct {
		name string
		how  outbound.TakeBack
	}{{"stop", outbound.Stop}, {"redact", outbound.Redact}, {"remove", outbound.Remove}, {"deleted", outbound.Remove}} {
		out = append(out,
			asideCase{"local_only, " + how.name, func(s *aside) { kept(s, how.how, all...); s.hide(s.id, how.how) }},
			asideCase{"revoked, " + how.name, func(s *aside) {
				kept(s, how.how, all...)
				s.revoked = true
				_, err := s.engine.RevokeAndTakeBack(s.t.Context(), s.id, s.p.ID, how.how, "ann")
				s.must(err)
			}},
		)
	}
	rules := func(name string, how outbound.TakeBack, what string, change func(*outbound.Rules)) {
		out = append(out, asideCase{name, func(s *aside) {
			s.kept = []string{what}
			if s.how = how; what == "PASSAGE" {
				s.how = ""
			}
			for _, p := range []store.Project{s.p, s.q} {
				_, _, err := s.engine.ChangeRulesAndTakeBack(s.t.Context(), p.ID, "op", how, change)
				s.must(err)
			}
		}})
	}
	rules("body kept, redact", outbound.Redact, "BODY", func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Body} })
	rules("labels kept, redact", outbound.Redact, "LABEL", keepLabels)
	rules("comments kept, redact", outbound.Redact, "REMARK", func(r *outbound.Rules) { r.Comments.Mode = outbound.NoComments })
	rules("comments kept, remove", outbound.Remove, "REMARK", func(r *outbound.Rules) { r.Comments.Mode = outbound.NoComments })
	rules("passages kept, remove", outbound.Remove, "PASSAGE", func(r *outbound.Rules) { r.Cuts = []outbound.Cut{{Begin: "[[[", End: "]]]"}} })
	return out
}

func asideFollows() []asideCase {
	retries := func(s *aside) {
		for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
			for _, l := range s.links(kind) {
				if l.State == store.Quarantined || l.State == store.ParkedLink || l.State == store.MaybeGone {
					s.retry(l)
				}
			}
		}
	}
	decides := func(c store.Choice) func(*aside) {
		return func(s *aside) {
			s.decideAll(func(store.Conflict) store.Choice { return c })
		}
	}
	undoes := func(s *aside) {
		if s.chosen = true; s.last == "" {
			return
		}
		pv, err := s.engine.PreviewRollback(s.t.Context(), s.last)
		if err == nil {
			_, _, err = s.engine.OrderRollback(s.t.Context(), s.last, pv.Digest, "ann")
		}
		if err != nil {
			s.t.Logf("undo: %v", err)
		}
	}
	return []asideCase{
		{"nothing", func(*aside) {}},
		{"retried", retries},
		{"decided for here", decides(store.ChooseLocal)},
		{"decided for outside", decides(store.ChooseExternal)},
		{"decided for a value", decides(store.ChooseValue)},
		{"unlinked", decides(store.ChooseUnlink)},
		{"linked", decides(store.ChooseLink)},
		{"separated", decides(store.ChooseSeparate)},
		{"decided by a rule", func(s *aside) {
			s.made[0], s.made[1], s.chosen = s.made[0]+1, s.made[1]+1, true
			r := engine.Rule{Where: store.ConflictFilter{ProjectID: s.p.ID}, Choice: store.ChooseLocal}
			if pv, err := s.engine.PreviewRule(s.t.Context(), r); err == nil {
				_, _, err = s.engine.DecideByRule(s.t.Context(), r, pv.Digest, "ann")
				s.must(err)
			}
		}},
		{"undone", undoes},
		{"undone, and that undone", func(s *aside) {
			undoes(s)
			s.goOn(store.Incremental)
			undone := s.rollbacks()
			if len(undone) > 0 {
				s.last = undone[0]
				undoes(s)
			}
		}},
		{"restored here", func(s *aside) {
			s.chosen = true
			if s.ticket(s.id).Deleted {
				_, err := s.engine.RestoreTicket(s.t.Context(), s.id, "ann")
				s.must(err)
				s.made[0], s.made[1] = s.made[0]+1, s.made[1]+1
			}
		}},
		{"comes back outside", func(s *aside) {
			s.locked, s.vanished, s.word = false, false, ""
			if s.ref.ID == "" {
				return
			}
			if s.at != s.trackers[s.p.ID] {
				s.moves(s.trackers[s.p.ID])
			}
			_ = s.at.Restrict("bob", s.ref.ID, "")
			s.chosen = s.chosen || s.at.AddLabel("bob", s.ref.ID, "green") == nil && s.theirs > 0
		}},
		{"edited here", func(s *aside) { s.types(9) }},
		{"said here", func(s *aside) { s.speaks(9) }},
		{"edited outside", func(s *aside) { s.theirsThere(memory.FieldTitle); s.theirsThere(memory.FieldBody) }},
		{"said outside", func(s *aside) {
			if _, err := s.at.AddComment("bob", s.ref.Key, fmt.Sprintf("THEIRS-%d.", s.theirs)); err == nil {
				s.theirs++
				s.made[1]++
			}
		}},
		{"a sweep", func(s *aside) { s.goOn(store.Reconcile) }},
		{"deleted here", func(s *aside) {
			if !s.ticket(s.id).Deleted {
				s.dropHere(s.id)
			}
		}},
		{"deleted outside", func(s *aside) {
			for n := range s.theirs { // with what they wrote
				s.replaced = append(s.replaced, n)
			}
			s.mayHaveEnd = s.at.Delete("bob", s.ref.ID) == nil || s.mayHaveEnd
		}},
		{"moved away", func(s *aside) { s.mayHaveEnd = true; s.moves(s.far) }},
		{"restored to here and released", func(s *aside) { s.store.Backup(); s.goOn(store.Incremental); s.chosen = true; s.restored(s.p.ID) }},
		{"loosened", func(s *aside) {
			s.kept, s.how = nil, ""
			_, err := s.engine.SetPrivacy(s.t.Context(), s.id, ticket.Shareable, "ann")
			s.must(err)
			s.must(s.engine.Grant(s.t.Context(), ticket.Grant{TicketID: s.id, ProjectID: s.p.ID, By: "ann"}))
			for _, p := range []store.Project{s.p, s.q} {
				s.restrict(p.ID, func(r *outbound.Rules) { *r = outbound.Rules{} })
			}
		}},
	}
}

// rollbacks are the ids of the undos of the project, the newest first.
func (s *aside) rollbacks() (ids []string) {
	s.t.Helper()
	s.view(func(tx store.Tx) error {
		list, err := tx.ListSessions(s.t.Context(), s.p.ID, "", 100)
		for _, one := range list {
			if one.Kind == store.Rollback {
				ids = append(ids, one.ID)
			}
		}
		return err
	})
	return ids
}

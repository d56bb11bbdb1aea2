package engine_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func (w *world) restrict(projectID string, change func(*outbound.Rules)) {
	w.t.Helper()
	_, err := w.engine.ChangeRules(w.t.Context(), projectID, "ann", change)
	w.must(err)
}

func keepLabels(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Labels} }

// TestKeptField: labels neither leave nor come in, whatever becomes of them, and flow
// again, as conflicts where both sides moved, once the rule is dropped.
func TestKeptField(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.restrict(p.ID, keepLabels)
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("Login fails"), ticket.Labels: ticket.Set("acme")}, ticket.Public)
	ref, err := w.trackers[p.ID].CreateTicket("bob", external.Fields{"title": ticket.Text("theirs"), "labels": ticket.Set("bug")})
	w.must(err)
	w.sync(p.ID)
	if got := w.outside(p.ID, id).Fields["labels"]; !got.IsEmpty() {
		t.Fatalf("outside got the kept labels %v", got.Elements())
	}
	for _, tk := range w.tickets() {
		if tk.ID != id && !tk.Fields[ticket.Labels].IsEmpty() {
			t.Errorf("the kept labels came in: %v", tk.Fields[ticket.Labels].Elements())
		}
	}
	w.must(w.trackers[p.ID].AddLabel("bob", w.outside(p.ID, id).ID, "theirs"))
	w.edit(id, ticket.Fields{ticket.Labels: ticket.Set("acme", "urgent"), ticket.Title: ticket.Text("Login fails often")})
	s := w.sync(p.ID)
	item := w.outside(p.ID, id)
	if s.Counts.Conflicts != 0 || s.Counts.Withheld == 0 || !item.Fields["labels"].Equal(ticket.Set("theirs")) || item.Fields["title"].Text() != "Login fails often" {
		t.Fatalf("%+v; outside %v", s.Counts, item.Fields)
	}
	w.restrict(p.ID, func(r *outbound.Rules) { r.Keep = nil })
	w.sync(p.ID)
	want := ticket.Set("acme", "theirs", "urgent")
	if got := w.outside(p.ID, id).Fields["labels"]; !got.Equal(want) {
		t.Errorf("without the rule outside holds %v", got.Elements())
	}
	if got := w.look(p.ID, external.KindTicket); len(got) != 2 || ref.ID == "" {
		t.Errorf("%d tickets outside", len(got))
	}
}

// TestRuleInsideACall adds a rule between the plan and the call: the call does not begin.
func TestRuleInsideACall(t *testing.T) {
	for _, tt := range []struct {
		reason string
		change func(*outbound.Rules)
		set    ticket.Fields
		field  string
	}{
		{"a field is kept", keepLabels, ticket.Fields{ticket.Labels: ticket.Set("acme")}, "labels"},
		{"a passage is kept", func(r *outbound.Rules) { r.Cuts = []outbound.Cut{{Pattern: "acme", Whole: true}} }, text(ticket.Body, "for acme"), "body"},
		{"a part is cut", func(r *outbound.Rules) { r.Cuts = []outbound.Cut{{Pattern: "acme"}} }, text(ticket.Body, "acme"), "body"},
	} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a")}, ticket.Public)
		w.sync(p.ID)
		w.edit(id, tt.set)
		w.wrap = func(a *memory.Adapter) adapters.Adapter {
			return splitting{a, func() { w.restrict(p.ID, tt.change) }}
		}
		w.sync(p.ID)
		if got := w.outside(p.ID, id).Fields[tt.field]; !got.IsEmpty() {
			t.Errorf("%s between the plan and the call: outside holds %v", tt.reason, got)
		}
	}
}

// TestCommentRules: which comments leave, and that the others still come in.
func TestCommentRules(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.restrict(p.ID, func(r *outbound.Rules) {
		r.Comments = outbound.CommentRule{Mode: outbound.CommentsBy, By: []string{"ann"}}
		r.Cuts = []outbound.Cut{{Begin: "[[i]]", End: "[[/i]]"}}
	})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Body: ticket.Text("words[[i]]secret[[/i]]")}, ticket.Public)
	for _, c := range []struct{ by, body string }{{"ann", "fine[[i]]secret[[/i]]"}, {"bob", "not his"}, {"ann", "[[i]]secret"}} {
		_, err := w.engine.AddComment(t.Context(), id, c.body, "", c.by)
		w.must(err)
	}
	w.sync(p.ID)
	item := w.outside(p.ID, id)
	_, err := w.trackers[p.ID].AddComment("eve", item.Key, "theirs")
	w.must(err)
	w.sync(p.ID)
	var bodies []string
	for _, c := range w.look(p.ID, external.KindComment) {
		bodies = append(bodies, c.Fields["body"].Text())
	}
	if got := strings.Join(bodies, "|"); item.Fields["body"].Text() != "words" || got != "fine|theirs" {
		t.Errorf("outside holds %q and the comments %q", item.Fields["body"].Text(), got)
	}
	var here int
	w.view(func(tx store.Tx) error {
		all, err := tx.CommentsOf(t.Context(), id)
		here = len(all)
		return err
	})
	if here != 4 {
		t.Errorf("%d comments here, want three of ours and theirs", here)
	}
}

func TestRulesAreAudited(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.restrict(p.ID, func(r *outbound.Rules) {
		r.Keep, r.Cuts = []ticket.Field{ticket.Labels}, []outbound.Cut{{Pattern: "mercury"}}
	})
	if _, err := w.engine.ChangeRules(t.Context(), p.ID, "ann", func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Title} }); err == nil {
		t.Error("a rule that is not valid must be refused")
	}
	found := 0
	w.view(func(tx store.Tx) error {
		log, err := tx.AuditLog(t.Context(), p.ID, 0, 100)
		for _, a := range log {
			if a.Action == "rules" && a.Actor == "ann" && strings.Contains(a.Detail, "keep=[labels]") {
				found++
			}
			if strings.Contains(a.Detail, "mercury") {
				t.Errorf("the audit log holds a pattern: %s", a.Detail)
			}
		}
		return err
	})
	if found != 1 {
		t.Errorf("%d entries about rules, want the one change that was made", found)
	}
}

// splitting is an adapter during whose splitting of a plan into calls something happens.
type splitting struct {
	*memory.Adapter
	then func()
}

func (a splitting) Ops(o outbound.Outbound) ([]adapters.Op, error) {
	defer a.then()
	return a.Adapter.Ops(o)
}

func (w *world) createWith(f ticket.Fields, level ticket.Privacy) string {
	w.t.Helper()
	tk, err := w.engine.CreateTicket(w.t.Context(), f, level, "ann")
	w.must(err)
	return tk.ID
}

// TestARuleTriesAgainWhatWasSetAside: a text cannot be told outside, and its ticket is not made
// there. Once a rule keeps the text here, nothing keeps the ticket from being made.
func TestARuleTriesAgainWhatWasSetAside(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return fragile{a} }
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("Write the manual"), ticket.Body: ticket.Text("a <video> of it")}, ticket.Public)
	w.sync(p.ID)
	if l := w.link(p.ID, external.KindTicket, id); l.State != store.Quarantined {
		t.Fatalf("its link is %s", l.State)
	}
	w.restrict(p.ID, func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Body} })
	w.sync(p.ID)
	if got := w.look(p.ID, external.KindTicket); len(got) != 1 || !got[0].Fields[memory.FieldBody].IsEmpty() {
		t.Errorf("outside: %+v", got)
	}
	if got := w.conflicts(store.OpenConflict); len(got) != 0 {
		t.Errorf("a person is still asked: %+v", got)
	}
}

// TestPassagesThatLeftBefore: a passage is kept here from now on, and what left before is to be taken back. Nothing of
// a text that may stay is; whoever asks is told so, once, and nobody who asks for nothing.
func TestPassagesThatLeftBefore(t *testing.T) {
	for _, whole := range []bool{false, true} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Body: ticket.Text("for mercury")}, ticket.Public)
		w.sync(p.ID)
		keep := func(r *outbound.Rules) { r.Cuts = []outbound.Cut{{Pattern: "mercury", Whole: whole}} }
		_, back, err := w.engine.ChangeRulesAndTakeBack(t.Context(), p.ID, "op", outbound.Redact, keep)
		w.must(err)
		w.syncs(p.ID, 2)
		stands := w.outside(p.ID, id).Fields[memory.FieldBody].Text()
		if stands != "for mercury" || !back.Passages || back.Items != 0 {
			t.Errorf("whole %v: outside reads %q, and who asked was told %+v", whole, stands, back)
		}
		for _, how := range []outbound.TakeBack{outbound.Redact, outbound.Stop} {
			if how == outbound.Stop {
				w.restrict(p.ID, func(r *outbound.Rules) { r.Cuts = nil })
			}
			if _, back, err = w.engine.ChangeRulesAndTakeBack(t.Context(), p.ID, "op", how, keep); err != nil || back.Passages {
				t.Errorf("whole %v: %s: told %+v, %v", whole, how, back, err)
			}
		}
	}
}

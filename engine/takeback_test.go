package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

const secret = "Acme pays twice"

// shown is all that one item outside says, the deleted ones left out.
func (w *world) shown(projectID string) string {
	var b strings.Builder
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		for _, it := range w.stands(projectID, kind) {
			for _, f := range []string{"title", "body", "labels", "state"} {
				if v := it.Fields[f]; !v.IsEmpty() {
					b.WriteString(f + "=" + strings.Join(v.Elements(), ",") + ";")
				}
			}
		}
	}
	return b.String()
}

// TestTakeBack lowers the privacy of a ticket of ours that has a comment, in each way.
func TestTakeBack(t *testing.T) {
	for _, tt := range []struct {
		how   outbound.TakeBack
		state store.LinkState
		want  string // what is shown outside afterwards
	}{
		{outbound.Stop, store.Live, "title=" + secret + ";body=" + secret + ";labels=acme;state=open;body=" + secret + ";"},
		{outbound.Redact, store.Withdrawn, "title=" + outbound.Notice + ";body=" + outbound.Notice + ";state=open;body=" + outbound.Notice + ";"},
		{outbound.Remove, store.Withdrawn, "title=" + outbound.Notice + ";body=" + outbound.Notice + ";state=not_planned;"},
	} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		id := w.createWith(ticket.Fields{ticket.Title: ticket.Text(secret), ticket.Body: ticket.Text(secret), ticket.Labels: ticket.Set("acme")}, ticket.Public)
		_, err := w.engine.AddComment(t.Context(), id, secret, "", "ann")
		w.must(err)
		w.sync(p.ID)
		_, back, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, tt.how, "ann")
		w.must(err)
		if tt.how != outbound.Stop && (back.Items != 2 || len(back.Cannot) == 0) {
			t.Errorf("%s: the answer says %+v", tt.how, back)
		}
		w.syncs(p.ID, 3)
		if got := w.shown(p.ID); got != tt.want {
			t.Errorf("%s: outside shows %q, want %q", tt.how, got, tt.want)
		}
		if l := w.link(p.ID, external.KindTicket, id); l.State != tt.state || l.TakeBack != "" {
			t.Errorf("%s: the link is %s (%s), to be taken back %q", tt.how, l.State, l.Reason, l.TakeBack)
		}
		writes := w.trackers[p.ID].Calls().Writes()
		w.edit(id, text(ticket.Title, "more of it"))
		w.syncs(p.ID, 2)
		if n := w.trackers[p.ID].Calls().Writes(); n != writes {
			t.Errorf("%s: %d writes afterwards", tt.how, n-writes)
		}
	}
}

// TestTakeBackSurvivesCrashes loses the answer of each write of a withdrawal in turn.
func TestTakeBackSurvivesCrashes(t *testing.T) {
	for n := range 4 {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		id := w.createWith(ticket.Fields{ticket.Title: ticket.Text(secret), ticket.Body: ticket.Text(secret), ticket.Labels: ticket.Set("acme")}, ticket.Public)
		w.sync(p.ID)
		_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Redact, "ann")
		w.must(err)
		for range n {
			w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: n%2 == 0})
			w.sync(p.ID)
		}
		w.syncs(p.ID, 4)
		if got := w.shown(p.ID); strings.Contains(got, secret) || strings.Contains(got, "acme") {
			t.Errorf("%d answers lost: outside shows %q", n, got)
		}
		if l := w.link(p.ID, external.KindTicket, id); l.State != store.Withdrawn {
			t.Errorf("%d answers lost: the link is %s (%s)", n, l.State, l.Reason)
		}
	}
}

// TestTakeBackOfOthersItems: of a ticket that somebody made outside only what we wrote is
// overwritten, and only where it still stands.
func TestTakeBackOfOthersItems(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	ref, err := w.trackers[p.ID].CreateTicket("bob", external.Fields{"title": ticket.Text("theirs"), "body": ticket.Text("their words")})
	w.must(err)
	w.sync(p.ID)
	id := w.tickets()[0].ID
	w.edit(id, text(ticket.Title, secret))
	w.sync(p.ID)
	w.edit(id, text(ticket.Body, secret))
	w.sync(p.ID)
	w.must(w.trackers[p.ID].EditField("bob", ref.ID, "body", ticket.Text("bob's own words")))
	_, err = w.engine.RevokeAndTakeBack(t.Context(), id, p.ID, outbound.Remove, "ann")
	w.must(err)
	w.syncs(p.ID, 3)
	if got := w.shown(p.ID); got != "title="+outbound.Notice+";body=bob's own words;state=open;" {
		t.Errorf("outside shows %q", got)
	}
	if l := w.link(p.ID, external.KindTicket, id); l.State != store.Withdrawn || !strings.Contains(l.Reason, "body") {
		t.Errorf("the link is %s (%s), and does not say what was left", l.State, l.Reason)
	}
}

// TestTakeBackOfAField: a rule that keeps a field takes its values back, and all else
// flows on. Nothing is taken back of what may leave again meanwhile.
func TestTakeBackOfAField(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Labels: ticket.Set("acme")}, ticket.Public)
	w.sync(p.ID)
	_, back, err := w.engine.ChangeRulesAndTakeBack(t.Context(), p.ID, "ann", outbound.Redact, keepLabels)
	w.must(err)
	w.edit(id, text(ticket.Title, "b"))
	w.syncs(p.ID, 2)
	if got := w.shown(p.ID); got != "title=b;state=open;" || back.Items != 1 {
		t.Errorf("outside shows %q; %+v", got, back)
	}
	if got := w.tickets()[0].Fields[ticket.Labels]; !got.Equal(ticket.Set("acme")) {
		t.Errorf("here the labels are %v", got.Elements())
	}
	_, _, err = w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Redact, "ann")
	w.must(err)
	_, err = w.engine.SetPrivacy(t.Context(), id, ticket.Public, "ann")
	w.must(err)
	w.edit(id, text(ticket.Title, "c"))
	w.syncs(p.ID, 2)
	if got := w.shown(p.ID); got != "title=c;state=open;" {
		t.Errorf("it may leave again, and outside shows %q", got)
	}
	w.restrict(p.ID, func(r *outbound.Rules) { r.Keep = nil })
	w.syncs(p.ID, 2)
	if got := w.shown(p.ID); got != "title=c;labels=acme;state=open;" {
		t.Errorf("without the rule outside shows %q", got)
	}
}

// TestRemovalSparesOthers removes a ticket of ours to which others added something: their
// comment would be deleted with it, so that it is overwritten and closed instead; a label
// of theirs that nobody saw goes with it, and stays in the queue. What the system does not
// let us delete is overwritten and closed too.
func TestRemovalSparesOthers(t *testing.T) {
	const closed = "title=" + outbound.Notice + ";body=" + outbound.Notice + ";state=not_planned;"
	for name, tt := range map[string]struct {
		add  func(w *world, tr *memory.Tracker, ref external.Ref)
		want string // what is shown outside afterwards
		kept int    // conflicts
	}{
		"nothing of theirs": {func(*world, *memory.Tracker, external.Ref) {}, "", 0},
		"a comment": {func(w *world, tr *memory.Tracker, ref external.Ref) {
			_, err := tr.AddComment("bob", ref.Key, "bob's own words")
			w.must(err)
		}, closed + "body=bob's own words;", 0},
		"an edit of our comment": {func(w *world, tr *memory.Tracker, _ external.Ref) {
			_, err := w.engine.AddComment(w.t.Context(), w.tickets()[0].ID, "ours", "", "ann")
			w.must(err)
			for id := range w.trackers {
				w.sync(id)
				w.clock.now = w.clock.now.Add(time.Minute)
				there := w.look(id, external.KindComment)[0]
				w.must(tr.EditField("bob", there.ID, memory.FieldBody, ticket.Text("ours, and bob's own words")))
			}
		}, closed, 1},
		"a label": {func(w *world, tr *memory.Tracker, ref external.Ref) {
			w.must(tr.AddLabel("bob", ref.ID, "bob's"))
		}, "", 1},
		"and our account may not delete": {func(_ *world, tr *memory.Tracker, _ external.Ref) {
			tr.FailNextWrite(memory.Fault{Kind: external.Forbidden})
		}, closed, 0},
	} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{TicketDel: true})
		id := w.createWith(ticket.Fields{ticket.Title: ticket.Text(secret), ticket.Body: ticket.Text(secret), ticket.Labels: ticket.Set("acme")}, ticket.Public)
		w.sync(p.ID)
		tt.add(w, w.trackers[p.ID], w.outside(p.ID, id).Ref)
		_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Remove, "ann")
		w.must(err)
		w.syncs(p.ID, 3)
		if got := w.shown(p.ID); got != tt.want {
			t.Errorf("%s: outside shows %q, want %q", name, got, tt.want)
		}
		kept := w.conflicts(store.OpenConflict)
		if len(kept) != tt.kept || tt.kept > 0 && !kept[0].External.Has("bob's") && !strings.Contains(kept[0].External.Text(), "bob's") {
			t.Errorf("%s: the queue holds %v, want %d values of theirs", name, kept, tt.kept)
		}
	}
}

// TestWhatStaysFlowsOn: in the session that overwrites a field, what was edited outside in
// another one comes in.
func TestWhatStaysFlowsOn(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a title"), ticket.Body: ticket.Text(secret)}, ticket.Public)
	w.sync(p.ID)
	_, _, err := w.engine.ChangeRulesAndTakeBack(t.Context(), p.ID, "op", outbound.Redact, func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Body} })
	w.must(err)
	w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, id).ID, memory.FieldTitle, ticket.Text("their title")))
	w.sync(p.ID)
	if got := w.ticket(id).Fields[ticket.Title].Text(); got != "their title" {
		t.Errorf("the title here is %q after the session that took the text back", got)
	}
	if got := w.outside(p.ID, id).Fields["body"].Text(); got != outbound.Notice {
		t.Errorf("the text outside is %q", got)
	}
}

// TestTakenBackOutOfSight: a project that cannot be seen for a while answers as if its items
// were gone. What is to be taken back there is not done by that.
func TestTakenBackOutOfSight(t *testing.T) {
	w := newWorld(t)
	p, id := w.secretPair(memory.Options{})
	_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Redact, "ann")
	w.must(err)
	w.trackers[p.ID].Hide(true)
	r, err := w.engine.Begin(t.Context(), "blind", p.ID, store.Incremental)
	w.must(err)
	_, err = w.engine.Sync(t.Context(), r, 100)
	w.must(err)
	if l := w.link(p.ID, external.KindTicket, id); l.TakeBack == "" || l.State == store.Withdrawn {
		t.Errorf("the link is %s while nobody sees the project, and nothing is left to be taken back", l.State)
	}
	w.trackers[p.ID].Hide(false)
	w.clock.now = w.clock.now.Add(time.Hour)
	w.syncs(p.ID, 3)
	if shown := w.shown(p.ID); strings.Contains(shown, secret) {
		t.Errorf("outside still shows %q", shown)
	}
}

// TestTakenBackWithItsTicket: a ticket is taken back by deleting it, and its comment goes along.
// The books say so of the comment, too: nothing is left to be taken back.
func TestTakenBackWithItsTicket(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{TicketDel: true})
	id := w.create(secret, ticket.Public).ID
	c, err := w.engine.AddComment(t.Context(), id, secret, "", "ann")
	w.must(err)
	w.sync(p.ID)
	_, _, err = w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Remove, "ann")
	w.must(err)
	w.syncs(p.ID, 3)
	if got := w.shown(p.ID); got != "" {
		t.Errorf("outside shows %q", got)
	}
	if l := w.link(p.ID, external.KindComment, c.ID); l.State != store.Withdrawn || l.TakeBack != "" {
		t.Errorf("the comment's link is %s (%s), to be taken back %q", l.State, l.Reason, l.TakeBack)
	}
}

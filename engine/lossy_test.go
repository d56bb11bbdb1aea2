package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// dropsLabels is a tracker that takes writes and silently leaves labels out, as
// GitHub does for a credential without push access (vendors: "silently dropped").
type dropsLabels struct {
	*memory.Adapter
	tracker *memory.Tracker
}

func (a dropsLabels) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	item, err := a.Adapter.Write(ctx, op)
	if err != nil || item.Kind != external.KindTicket {
		return item, err
	}
	if err := a.tracker.EditField(item.Author, item.ID, memory.FieldLabels, ticket.Set()); err != nil {
		return item, err
	}
	item.Fields[memory.FieldLabels] = ticket.Set()
	return item, nil
}

// TestDroppedLabelsStayHere: what the external system refuses to keep is reported,
// not taken for a removal, and not sent again and again.
func TestDroppedLabelsStayHere(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return dropsLabels{a, w.trackers[p.ID]} }
	mine := w.create("Write the manual", ticket.Public)
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("docs")})
	if s := w.sync(p.ID); s.Counts.Lossy != 1 {
		t.Errorf("after the create: %+v", s.Counts)
	}
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("docs", "help wanted")})
	if s := w.sync(p.ID); s.Counts.Lossy != 1 {
		t.Errorf("after a label was added: %+v", s.Counts)
	}
	if s := w.sync(p.ID); s.Counts.Writes != 0 || s.Counts.AppliedHere != 0 {
		t.Errorf("it does not settle: %+v", s.Counts)
	}
	open := w.conflicts("")
	if len(open) != 1 || open[0].Kind != store.LossyWrite || !open[0].Local.Equal(ticket.Set("docs", "help wanted")) || open[0].External.Len() != 0 {
		t.Errorf("conflicts: %+v; want one, which shows the newest loss", open)
	}
	if open[0].Reason != "it kept nothing of it" {
		t.Errorf("the loss is told as %q", open[0].Reason)
	}
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("docs")})
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("docs", "help wanted")})
	w.edit(mine.ID, text(ticket.Title, "Write the book"))
	w.sync(p.ID)
	if all := w.conflicts(""); len(all) != 1 || all[0].State != store.OpenConflict {
		t.Errorf("conflicts: %+v; want the same loss told once", all)
	}
	w.wrap = nil
	w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, mine.ID).ID, memory.FieldLabels, ticket.Set("docs", "help wanted")))
	w.sync(p.ID)
	if all := w.conflicts(""); len(all) != 1 || all[0].State != store.Converged {
		t.Errorf("conflicts: %+v; want it closed, since both sides are alike", all)
	}
	for _, tk := range w.tickets() {
		if !tk.Fields[ticket.Labels].Equal(ticket.Set("docs", "help wanted")) {
			t.Errorf("here: %v", tk.Fields[ticket.Labels])
		}
	}
}

// TestALossThatComesBackExpiresAnew: a loss is gone, and a year later the same one is there again.
// Who has conflicts expire after a month has a month to look at it.
func TestALossThatComesBackExpiresAnew(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return dropsLabels{a, w.trackers[p.ID]} }
	mine := w.create("Write the manual", ticket.Public)
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("docs")})
	w.sync(p.ID)
	first := w.conflicts(store.OpenConflict)[0]
	w.decideOn(first, store.ChooseLocal, ticket.Value{})
	w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, mine.ID).ID, memory.FieldLabels, ticket.Set("docs")))
	w.sync(p.ID) // both sides agree before the decision is carried out
	if all := w.conflicts(""); len(all) != 1 || all[0].State != store.Converged {
		t.Fatalf("conflicts: %+v", all)
	}
	w.clock.now = w.clock.now.Add(365 * 24 * time.Hour)
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set()})
	w.sync(p.ID)
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("docs")})
	w.sync(p.ID)
	policy := store.ConflictPolicy{ExpireAfter: 30 * 24 * time.Hour, OnExpiry: store.ChooseExternal}
	_, err := w.engine.SetConflictPolicy(t.Context(), p.ID, "op", policy, true)
	w.must(err)
	for _, c := range w.conflicts(store.OpenConflict) {
		w.must(w.engine.Attend(t.Context(), c.ID))
	}
	if open := w.conflicts(store.OpenConflict); len(open) == 0 || !open[0].ClosedAt.IsZero() || open[0].Choice != "" {
		t.Errorf("conflicts: %+v", w.conflicts(""))
	}
}

// TestALossIsKnownHoweverMuchCameSince: a verification tells of what a write lost, and explains it,
// though a thousand steps of the ticket came after it.
func TestALossIsKnownHoweverMuchCameSince(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return dropsLabels{a, w.trackers[p.ID]} }
	mine := w.create("Write the manual", ticket.Public)
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("docs")})
	s := w.sync(p.ID)
	l := w.link(p.ID, external.KindTicket, mine.ID)
	w.view(func(tx store.Tx) error {
		steps := make([]store.Step, 1500)
		for n := range steps {
			steps[n] = store.Step{SessionID: s.ID, LinkID: l.ID, TicketID: mine.ID, Field: ticket.Title, Action: plan.Nothing, At: w.clock.now}
		}
		return tx.AppendSteps(t.Context(), steps...)
	})
	if v := w.verify(p.ID); v.Unexplained != 0 || v.Standings[engine.Lossy] != 1 {
		t.Errorf("verified: %+v", v)
	}
}

package engine_test

import (
	"slices"
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

// reconnect connects a project again that was disconnected, and runs its first session.
func (w *world) reconnect(p store.Project, d external.Direction) {
	w.t.Helper()
	now, err := w.engine.CreateProject(w.t.Context(), engine.Connection{System: p.System, Key: p.Key, Direction: d, By: "op"},
		func(string) ([]byte, error) { return []byte("sealed anew"), nil })
	w.must(err)
	if now.ID != p.ID {
		w.t.Fatalf("it is another project: %s", now.ID)
	}
	_, err = w.engine.Probe(w.t.Context(), p.ID)
	w.must(err)
	preview, err := w.engine.Preview(w.t.Context(), p.ID)
	w.must(err)
	_, err = w.engine.Activate(w.t.Context(), p.ID, "op", preview)
	w.must(err)
	w.syncs(p.ID, 2)
}

// TestRulesOutliveTheConnection: a rule keeps texts here. Who connects the project again, since its
// credential is to be another one, say, has no rules to tell: no text leaves all the same.
func TestRulesOutliveTheConnection(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	_, err := w.engine.ChangeRules(t.Context(), p.ID, "op", func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Body} })
	w.must(err)
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a ticket"), ticket.Body: ticket.Text(secret)}, ticket.Public)
	w.sync(p.ID)
	_, err = w.engine.Disconnect(t.Context(), p.ID, "op")
	w.must(err)
	other := w.createWith(ticket.Fields{ticket.Title: ticket.Text("another"), ticket.Body: ticket.Text(secret)}, ticket.Public)
	w.edit(id, text(ticket.Title, "edited"))
	w.reconnect(p, external.Bidirectional)
	for id, title := range map[string]string{id: "edited", other: "another"} {
		if it := w.outside(p.ID, id); it.Fields["title"].Text() != title || it.Fields["body"].Text() != "" {
			t.Errorf("outside reads %q, %q", it.Fields["title"].Text(), it.Fields["body"].Text())
		}
	}
}

// TestWordsOutliveTheConnection: what people said about deletions, reminders, strategies and sessions
// that fail still holds when the project is connected again, unless the new connection says otherwise.
func TestWordsOutliveTheConnection(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	said, err := w.engine.Configure(t.Context(), p.ID, "op", func(p *store.Project) error {
		p.RollbackFailed = true
		p.Deletions = store.Deletions{Follow: true, Delay: time.Hour, ConfirmedBy: "op", ConfirmedAt: w.clock.Now()}
		p.Conflicts = store.ConflictPolicy{RemindAfter: time.Hour}
		p.Strategies = []store.Strategy{{Strategy: plan.ExternalWins, ConfirmedBy: "op", ConfirmedAt: w.clock.Now()}}
		return nil
	})
	w.must(err)
	_, err = w.engine.Disconnect(t.Context(), p.ID, "op")
	w.must(err)
	w.reconnect(p, external.Bidirectional)
	now := w.project(p.ID)
	if !now.RollbackFailed || now.Deletions != said.Deletions || now.Conflicts != said.Conflicts || !slices.Equal(now.Strategies, said.Strategies) {
		t.Errorf("it reads %v, %+v, %+v, %+v", now.RollbackFailed, now.Deletions, now.Conflicts, now.Strategies)
	}
}

// TestConnectedAgainTheOtherWay: what was edited outside did not come in before the project was
// disconnected, for nothing did. It does once the project is connected again both ways.
func TestConnectedAgainTheOtherWay(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	_, err := w.engine.Configure(t.Context(), p.ID, "op", func(p *store.Project) error { p.Direction = external.Push; return nil })
	w.must(err)
	w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, tk.ID).ID, memory.FieldTitle, ticket.Text("theirs")))
	w.syncs(p.ID, 2)
	_, err = w.engine.Disconnect(t.Context(), p.ID, "op")
	w.must(err)
	w.reconnect(p, external.Bidirectional)
	if got := w.ticket(tk.ID).Fields[ticket.Title].Text(); got != "theirs" {
		t.Errorf("here it reads %q", got)
	}
}

// TestAPauseIsToldAsOne: somebody pauses a project while the last call of a session is on its way.
// Whatever became of that session, he finds the project paused by himself.
func TestAPauseIsToldAsOne(t *testing.T) {
	for _, state := range []store.SessionState{store.Succeeded, store.Failed, store.Stopped} {
		w, p, _ := pairOf(t, memory.Options{})
		r, err := w.engine.Begin(t.Context(), "the last", p.ID, store.Incremental)
		w.must(err)
		_, err = w.engine.Pause(t.Context(), p.ID, "ann")
		w.must(err)
		_, err = w.engine.Record(t.Context(), r, engine.Outcome{State: state, Kind: external.Temporary, Reason: "no answer"})
		w.must(err)
		if now := w.project(p.ID); now.Status != external.Paused || now.StatusReason != "paused by ann" {
			t.Errorf("%s: it is %s: %q", state, now.Status, now.StatusReason)
		}
	}
}

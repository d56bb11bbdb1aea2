package engine_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// disputed is a world with so many tickets whose title both sides edited, oldest first.
func disputed(t *testing.T, n int) (*world, store.Project, []ticket.Ticket) {
	t.Helper()
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	var all []ticket.Ticket
	for range n {
		all = append(all, w.create("Write the manual", ticket.Public))
	}
	w.sync(p.ID)
	for i, tk := range all {
		w.edit(tk.ID, text(ticket.Title, fmt.Sprintf("mine %d", i)))
		w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, tk.ID).ID, memory.FieldTitle, ticket.Text(fmt.Sprintf("theirs %d", i))))
	}
	w.sync(p.ID)
	if got := len(w.conflicts(store.OpenConflict)); got != n {
		t.Fatalf("%d conflicts are open, want %d", got, n)
	}
	return w, p, all
}

func takeTheirs(p store.Project) engine.Rule {
	return engine.Rule{Where: store.ConflictFilter{ProjectID: p.ID, Kind: store.BothEdited}, Choice: store.ChooseExternal}
}

// decisions counts the audited decisions on each conflict.
func (w *world) decisions(projectID string) map[string]int {
	w.t.Helper()
	out := map[string]int{}
	w.view(func(tx store.Tx) error {
		log, err := tx.AuditLog(w.t.Context(), projectID, 0, 10_000)
		for _, e := range log {
			if e.Action == "decide" {
				out[e.Subject]++
			}
		}
		return err
	})
	return out
}

// TestARuleDecidesWhatItsPreviewShowed: only with that preview's digest; each conflict is a
// decision of its own, and its session carries it out.
func TestARuleDecidesWhatItsPreviewShowed(t *testing.T) {
	w, p, all := disputed(t, 3)
	preview, err := w.engine.PreviewRule(t.Context(), takeTheirs(p))
	w.must(err)
	if len(preview.Conflicts) != 3 || preview.More || preview.Skipped != 0 {
		t.Fatalf("preview: %+v", preview)
	}
	w.edit(all[0].ID, text(ticket.Title, "mine again"))
	w.sync(p.ID)
	out, now, err := w.engine.DecideByRule(t.Context(), takeTheirs(p), preview.Digest, "ann")
	if !errors.Is(err, engine.ErrMoved) || len(out.Decided) != 0 || now.Digest == preview.Digest {
		t.Fatalf("on values that nobody was shown: %+v, %v", out, err)
	}
	out, _, err = w.engine.DecideByRule(t.Context(), takeTheirs(p), now.Digest, "ann")
	w.must(err)
	if len(out.Decided) != 3 || len(w.decisions(p.ID)) != 3 {
		t.Errorf("decided: %+v, audited: %v", out, w.decisions(p.ID))
	}
	w.sync(p.ID)
	for i, tk := range all {
		if got := w.ticket(tk.ID).Fields[ticket.Title].Text(); got != fmt.Sprintf("theirs %d", i) {
			t.Errorf("ticket %d: %q", i, got)
		}
	}
}

// TestAValueThatMovedSinceTheQueueWasRead: the row still shows the old values, as the
// preview does. That one conflict is left, with the new ones; all others are decided.
func TestAValueThatMovedSinceTheQueueWasRead(t *testing.T) {
	w, p, all := disputed(t, 3)
	w.edit(all[1].ID, text(ticket.Title, "mine again"))
	preview, err := w.engine.PreviewRule(t.Context(), takeTheirs(p))
	w.must(err)
	out, _, err := w.engine.DecideByRule(t.Context(), takeTheirs(p), preview.Digest, "ann")
	w.must(err)
	open := w.conflicts(store.OpenConflict)
	if len(out.Decided) != 2 || out.Moved != 1 || len(open) != 1 || open[0].Local.Text() != "mine again" {
		t.Errorf("%+v, open: %+v", out, open)
	}
}

// TestARuleLooksBehindWhatItCannotDecide: hundreds of newer conflicts do not offer the choice, and
// were found at one moment. The older one that offers it is reached all the same.
func TestARuleLooksBehindWhatItCannotDecide(t *testing.T) {
	w, p, _ := disputed(t, 1)
	now := time.Now().Add(time.Hour)
	w.must(w.store.Tx(t.Context(), func(tx store.Tx) error {
		for n := range 1300 {
			err := tx.InsertConflict(t.Context(), store.Conflict{
				ID: fmt.Sprintf("gone%d", n), ProjectID: p.ID, LinkID: fmt.Sprintf("link%d", n), Kind: store.GoneOutside,
				State: store.OpenConflict, DetectedAt: now,
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	all := store.ConflictFilter{ProjectID: p.ID}
	preview, err := w.engine.PreviewRule(t.Context(), engine.Rule{Where: all, Choice: store.ChooseUnlink})
	w.must(err)
	if len(preview.Conflicts) != 500 || !preview.More {
		t.Errorf("unlink: %d, more %v; want as many as one order decides", len(preview.Conflicts), preview.More)
	}
	w.must(w.store.Tx(t.Context(), func(tx store.Tx) error {
		open, err := tx.FindConflicts(t.Context(), store.ConflictFilter{ProjectID: p.ID, Kind: store.BothEdited}, 1)
		if err == nil {
			open[0].Kind = store.TwinCreated
			err = tx.UpdateConflict(t.Context(), open[0])
		}
		return err
	}))
	preview, err = w.engine.PreviewRule(t.Context(), engine.Rule{Where: all, Choice: store.ChooseLink})
	w.must(err)
	if len(preview.Conflicts) != 1 || preview.Skipped != 1300 {
		t.Errorf("link: %d found behind %d others, want the one behind 1300", len(preview.Conflicts), preview.Skipped)
	}
}

// TestARuleThatIsRefused: it takes no value, and must say where.
func TestARuleThatIsRefused(t *testing.T) {
	w, p, _ := disputed(t, 1)
	for why, r := range map[string]engine.Rule{
		"one value for all":     {Where: store.ConflictFilter{ProjectID: p.ID}, Choice: store.ChooseValue},
		"a choice that is none": {Where: store.ConflictFilter{ProjectID: p.ID}, Choice: "both"},
		"everything everywhere": {Choice: store.ChooseLocal},
	} {
		if _, err := w.engine.PreviewRule(t.Context(), r); !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("%s: %v", why, err)
		}
	}
	r := engine.Rule{Where: store.ConflictFilter{ProjectID: p.ID}, Choice: store.ChooseUnlink}
	if got, err := w.engine.PreviewRule(t.Context(), r); err != nil || len(got.Conflicts) != 0 || got.Skipped != 1 {
		t.Errorf("a choice that the conflict does not offer: %+v, %v", got, err)
	}
	r = takeTheirs(p)
	r.Where.Before = w.clock.now.Add(-time.Hour)
	if got, err := w.engine.PreviewRule(t.Context(), r); err != nil || len(got.Conflicts) != 0 {
		t.Errorf("older than an hour: %+v, %v", got, err)
	}
}

// TestDecisionsAtOnce: two rules and a single decision race; each conflict is decided
// exactly once, and whoever comes second hears what was decided.
func TestDecisionsAtOnce(t *testing.T) {
	w, p, _ := disputed(t, 10)
	first := w.conflicts(store.OpenConflict)[0]
	preview, err := w.engine.PreviewRule(t.Context(), takeTheirs(p))
	w.must(err)
	ours := takeTheirs(p)
	ours.Choice = store.ChooseLocal
	other, err := w.engine.PreviewRule(t.Context(), ours)
	w.must(err)
	var group sync.WaitGroup
	results := make([]engine.Ruled, 2)
	for n, do := range []struct {
		r      engine.Rule
		digest string
	}{{takeTheirs(p), preview.Digest}, {ours, other.Digest}} {
		group.Go(func() {
			out, _, err := w.engine.DecideByRule(t.Context(), do.r, do.digest, "ann")
			if err != nil && !errors.Is(err, engine.ErrMoved) {
				t.Error(err)
			}
			results[n] = out
		})
	}
	single := 0
	group.Go(func() {
		got, err := w.engine.Decide(t.Context(), first.ID, engine.Decision{Choice: store.ChooseLocal, Digest: first.Digest, By: "bob"})
		switch {
		case err == nil:
			single = 1
		case !errors.Is(err, engine.ErrDecided) || got.DecidedBy != "ann" || got.Choice == "":
			t.Errorf("the second of two: %+v, %v", got, err)
		}
	})
	group.Wait()
	audited := w.decisions(p.ID)
	if got := len(results[0].Decided) + len(results[1].Decided) + single; got != len(audited) {
		t.Errorf("%d decisions were told, %d conflicts were decided", got, len(audited))
	}
	for id, n := range audited {
		if n != 1 {
			t.Errorf("conflict %s was decided %d times", id, n)
		}
	}
}

// closedTitle decides the one conflict of a world for the external value.
func closedTitle(t *testing.T) (*world, store.Project, ticket.Ticket, store.Conflict) {
	t.Helper()
	w, p, all := disputed(t, 1)
	w.decideOn(w.conflicts(store.OpenConflict)[0], store.ChooseExternal, ticket.Value{})
	w.sync(p.ID)
	return w, p, all[0], w.conflicts(store.Resolved)[0]
}

// TestEveryLosingValueComesBack: as an ordinary edit, which flows out, under whose name it
// was done, and not over a newer edit.
func TestEveryLosingValueComesBack(t *testing.T) {
	for side, want := range map[engine.Side]string{engine.SideLocal: "mine 0", engine.SideBase: "Write the manual", engine.SideExternal: "theirs 0"} {
		t.Run(string(side), func(t *testing.T) {
			w, p, tk, c := closedTitle(t)
			out, err := w.engine.Restore(t.Context(), c.ID, engine.Restoration{Side: side, By: "ann"})
			w.must(err)
			w.sync(p.ID)
			here, there := w.ticket(tk.ID).Fields[ticket.Title].Text(), w.outside(p.ID, tk.ID).Fields[memory.FieldTitle].Text()
			if out.Ticket.ID != tk.ID || here != want || there != want || len(w.conflicts(store.OpenConflict)) != 0 {
				t.Errorf("here %q, outside %q, open %+v", here, there, w.conflicts(store.OpenConflict))
			}
		})
	}
}

// TestARestorationOverANewerEdit: is refused with what the field holds now, unless the
// person says which revision he saw. Another field's edits do not matter.
func TestARestorationOverANewerEdit(t *testing.T) {
	w, _, tk, c := closedTitle(t)
	w.edit(tk.ID, text(ticket.Body, "unrelated"))
	now := w.edit(tk.ID, text(ticket.Title, "newer"))
	var stale *engine.StaleError
	_, err := w.engine.Restore(t.Context(), c.ID, engine.Restoration{Side: engine.SideLocal, By: "ann"})
	if !errors.As(err, &stale) || stale.Current.Fields[ticket.Title].Text() != "newer" {
		t.Fatalf("over a newer edit: %v", err)
	}
	_, err = w.engine.Restore(t.Context(), c.ID, engine.Restoration{Side: engine.SideLocal, Revision: now.Revision, By: "ann"})
	w.must(err)
	if got := w.ticket(tk.ID).Fields[ticket.Title].Text(); got != "mine 0" {
		t.Errorf("here: %q", got)
	}
}

// TestWhatCannotBeRestored: each with its reason, and without a trace in the ticket.
func TestWhatCannotBeRestored(t *testing.T) {
	w, _, tk, c := closedTitle(t)
	if _, err := w.engine.Restore(t.Context(), c.ID, engine.Restoration{Side: "theirs", By: "ann"}); !errors.Is(err, ticket.ErrInvalid) {
		t.Errorf("a side that does not exist: %v", err)
	}
	change := func(f func(*store.Conflict)) {
		w.view(func(tx store.Tx) error {
			c, err := tx.Conflict(t.Context(), c.ID)
			if err != nil {
				return err
			}
			f(&c)
			return tx.UpdateConflict(t.Context(), c)
		})
	}
	change(func(c *store.Conflict) { c.External = ticket.Text("") })
	if _, err := w.engine.Restore(t.Context(), c.ID, engine.Restoration{Side: engine.SideExternal, By: "ann"}); !errors.Is(err, ticket.ErrInvalid) {
		t.Errorf("a value that nobody could type here: %v", err)
	}
	change(func(c *store.Conflict) { c.State = store.OpenConflict })
	if _, err := w.engine.Restore(t.Context(), c.ID, engine.Restoration{Side: engine.SideLocal, By: "ann"}); !errors.Is(err, engine.ErrOpen) {
		t.Errorf("one that waits for a decision: %v", err)
	}
	if got := w.ticket(tk.ID).Fields[ticket.Title].Text(); got != "theirs 0" {
		t.Errorf("here: %q", got)
	}
}

// TestATextOfADeletedCommentComesBackAnew: what is deleted on both sides stays so; the text
// is a new comment, which goes out as one.
func TestATextOfADeletedCommentComesBackAnew(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	tk := w.create("Write the manual", ticket.Public)
	com, _ := w.remarkInDispute(p, tk.ID)
	c := w.conflicts(store.OpenConflict)[0]
	w.decideOn(c, store.ChooseExternal, ticket.Value{})
	w.sync(p.ID)
	var now ticket.Comment
	w.view(func(tx store.Tx) (err error) { now, err = tx.Comment(t.Context(), com.ID); return err })
	_, err := w.engine.DeleteComment(t.Context(), com.ID, now.Revision, "ann")
	w.must(err)
	w.sync(p.ID)
	out, err := w.engine.Restore(t.Context(), c.ID, engine.Restoration{Side: engine.SideLocal, By: "ann"})
	w.must(err)
	if !out.Anew || out.Comment.ID == com.ID || out.Comment.Body.Text() != "mine" {
		t.Fatalf("restored: %+v", out)
	}
	w.sync(p.ID)
	if l := w.link(p.ID, external.KindComment, out.Comment.ID); l.State != store.Live || l.ExternalID == "" {
		t.Errorf("the new comment's link: %+v", l)
	}
	again, err := w.engine.Restore(t.Context(), c.ID, engine.Restoration{Side: engine.SideLocal, By: "bob"})
	w.must(err)
	if again.Comment.ID != out.Comment.ID || !again.Anew {
		t.Errorf("asked again, because the answer was lost, it made a second one: %+v", again)
	}
	_, err = w.engine.DeleteComment(t.Context(), out.Comment.ID, out.Comment.Revision, "ann")
	w.must(err)
	again, err = w.engine.Restore(t.Context(), c.ID, engine.Restoration{Side: engine.SideLocal, By: "bob"})
	w.must(err)
	if again.Comment.ID == out.Comment.ID {
		t.Error("what was deleted since did not come back")
	}
}

// TestRemindersAndExpiry: only where configured, counted on the row, in the words of a
// table: after so long since the detection, so many reminders, and who decided.
func TestRemindersAndExpiry(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		policy  store.ConflictPolicy
		confirm bool
		looks   []time.Duration // since the detection
		want    int
		decided string
	}{
		"nothing is configured":            {looks: []time.Duration{day, 365 * day}},
		"one reminder, however often":      {policy: store.ConflictPolicy{RemindAfter: day}, looks: []time.Duration{day - 1, day, day, 9 * day}, want: 1},
		"not before its time":              {policy: store.ConflictPolicy{RemindAfter: day}, looks: []time.Duration{day - time.Second}},
		"again and again":                  {policy: store.ConflictPolicy{RemindAfter: day, RemindEvery: day}, looks: []time.Duration{day, 2*day - 1, 2 * day, 3 * day}, want: 3},
		"expiry without a word keeps it":   {policy: store.ConflictPolicy{ExpireAfter: day, OnExpiry: store.ChooseExternal}, looks: []time.Duration{2 * day}},
		"expiry keeps by default":          {policy: store.ConflictPolicy{ExpireAfter: day, RemindAfter: day}, looks: []time.Duration{2 * day}},
		"expiry decides once confirmed":    {policy: store.ConflictPolicy{ExpireAfter: day, OnExpiry: store.ChooseExternal}, confirm: true, looks: []time.Duration{day - time.Second, day, 2 * day}, decided: "expiry"},
		"a reminder comes first, then it ": {policy: store.ConflictPolicy{RemindAfter: time.Hour, ExpireAfter: day, OnExpiry: store.ChooseLocal}, confirm: true, looks: []time.Duration{time.Hour, day}, want: 1, decided: "expiry"},
	} {
		t.Run(name, func(t *testing.T) {
			w, p, _ := disputed(t, 1)
			_, err := w.engine.SetConflictPolicy(t.Context(), p.ID, "op", c.policy, c.confirm)
			w.must(err)
			found := w.conflicts(store.OpenConflict)[0]
			for _, at := range c.looks {
				w.clock.now = found.DetectedAt.Add(at)
				w.must(w.engine.Attend(t.Context(), found.ID))
			}
			var got store.Conflict
			w.view(func(tx store.Tx) (err error) { got, err = tx.Conflict(t.Context(), found.ID); return err })
			if got.Reminders != c.want || got.DecidedBy != c.decided {
				t.Errorf("%d reminders, decided by %q; want %d and %q", got.Reminders, got.DecidedBy, c.want, c.decided)
			}
			if events := w.events("ConflictReminder"); events != c.want {
				t.Errorf("%d events", events)
			}
		})
	}
}

// TestNoDeletionExpires: nobody answers what is to become of a deleted ticket that was edited on
// the other side. Whatever else expires, no edit is deleted for want of an answer.
func TestNoDeletionExpires(t *testing.T) {
	for _, choice := range []store.Choice{store.ChooseLocal, store.ChooseExternal} {
		w, p, tk := pairOf(t, memory.Options{TicketDel: true})
		policy := store.ConflictPolicy{ExpireAfter: time.Hour, OnExpiry: choice}
		_, err := w.engine.SetConflictPolicy(t.Context(), p.ID, "op", policy, true)
		w.must(err)
		if choice == store.ChooseExternal {
			w.edit(tk.ID, text(ticket.Title, "still wanted"))
			w.dropOutside(p, tk.ID)
		} else {
			w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, tk.ID).ID, memory.FieldTitle, ticket.Text("still wanted")))
			w.dropHere(tk.ID)
		}
		w.reconcile(p.ID)
		c := w.asked(store.EditedAndDeleted)
		w.clock.now = w.clock.now.Add(48 * time.Hour)
		w.must(w.engine.Attend(t.Context(), c.ID))
		w.syncs(p.ID, 2)
		w.asked(store.EditedAndDeleted)
		if choice == store.ChooseExternal && w.ticket(tk.ID).Deleted || choice == store.ChooseLocal && w.standing(p.ID) != 1 {
			t.Errorf("%s: an edit was deleted", choice)
		}
	}
}

func (w *world) events(name string) (n int) {
	w.t.Helper()
	w.view(func(tx store.Tx) error {
		all, err := tx.DueOutbox(w.t.Context(), []store.OutboxKind{store.OutboxEvent}, 10_000)
		for _, o := range all {
			if o.Event == name {
				n++
			}
		}
		return err
	})
	return n
}

// TestPoliciesThatAreRefused: each with its reason.
func TestPoliciesThatAreRefused(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	for why, bad := range map[string]store.ConflictPolicy{
		"a reminder each second":       {RemindAfter: time.Second},
		"more reminders, and no first": {RemindEvery: time.Hour},
		"expired before it is seen":    {ExpireAfter: time.Minute},
		"a decision, and no expiry":    {OnExpiry: store.ChooseLocal},
		"a decision that is none":      {ExpireAfter: time.Hour, OnExpiry: store.ChooseUnlink},
	} {
		if _, err := w.engine.SetConflictPolicy(t.Context(), p.ID, "op", bad, true); !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("%s: %v", why, err)
		}
	}
}

package engine_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

const twinTitle = "Login fails on Safari"

// made is what a person makes of a ticket, here or outside.
func made(title, body string, labels ...string) ticket.Fields {
	f := ticket.Fields{ticket.Title: ticket.Text(title), ticket.Labels: ticket.Set(labels...)}
	if body != "" {
		f[ticket.Body] = ticket.Text(body)
	}
	return f
}

// both makes a ticket here and an item outside before the two were ever compared.
func both(t *testing.T, here, outside ticket.Fields) (*world, store.Project, ticket.Ticket, external.Ref) {
	t.Helper()
	w := newWorld(t)
	tk, err := w.engine.CreateTicket(t.Context(), here, ticket.Public, "ann")
	w.must(err)
	p := w.connect("octo/hello", memory.Options{})
	ref := w.makeOutside(p, outside)
	w.sync(p.ID)
	return w, p, tk, ref
}

func (w *world) makeOutside(p store.Project, f ticket.Fields) external.Ref {
	w.t.Helper()
	ext := external.Fields{}
	for name, v := range f {
		ext[string(name)] = v
	}
	ref, err := w.trackers[p.ID].CreateTicket("mallory", ext)
	w.must(err)
	return ref
}

func (w *world) direct(p store.Project, d external.Direction) {
	w.t.Helper()
	_, err := w.engine.Configure(w.t.Context(), p.ID, "op", func(p *store.Project) error {
		p.Direction = d
		return nil
	})
	w.must(err)
}

// counts are how many tickets stand here and outside.
func (w *world) counts(p store.Project) [2]int {
	return [2]int{len(w.tickets()), w.standing(p.ID)}
}

func (w *world) want(p store.Project, why string, here, outside int) {
	w.t.Helper()
	if got := w.counts(p); got != [2]int{here, outside} {
		w.t.Fatalf("%s: %d tickets here and %d outside, want %d and %d", why, got[0], got[1], here, outside)
	}
}

func TestTwinsAreAskedAbout(t *testing.T) {
	for _, c := range []struct {
		reason        string
		here, outside ticket.Fields
		asks          bool
	}{
		{"the same title and the same text", made("Bug", "It says no."), made("bug", "It says no."), true},
		{"a title that tells", made(twinTitle, "one"), made(twinTitle, "two"), true},
		{"a short title", made("Bug", "one"), made("Bug", "two"), false},
		{"another title", made(twinTitle, "one"), made("Login fails on Firefox", "one"), false},
	} {
		t.Run(c.reason, func(t *testing.T) {
			w, p, tk, ref := both(t, c.here, c.outside)
			if !c.asks {
				w.want(p, "strangers", 2, 2)
				if open := w.conflicts(""); len(open) > 0 {
					t.Fatalf("a person is asked: %+v", open)
				}
				return
			}
			q := w.asked(store.TwinCreated)
			if q.TicketID != tk.ID || q.Twin != ref.ID || q.Reason == "" {
				t.Errorf("asked about %+v, want ticket %s and item %s, and why", q, tk.ID, ref.ID)
			}
			for range 3 {
				w.clock.now = w.clock.now.Add(time.Hour)
				w.reconcile(p.ID)
			}
			w.want(p, "until somebody decides", 1, 1)
			if all := w.conflicts(""); len(all) != 1 {
				t.Errorf("asked %d times: %+v", len(all), all)
			}
		})
	}
}

func TestTwinsAreLinked(t *testing.T) {
	w, p, tk, ref := both(t, made(twinTitle, "one", "here"), made(twinTitle, "two", "there"))
	w.decide(w.asked(store.TwinCreated), store.ChooseLink)
	w.sync(p.ID)
	w.sync(p.ID)
	w.want(p, "linked", 1, 1)
	if got := w.outside(p.ID, tk.ID); got.ID != ref.ID || got.Fields["body"].Text() != "two" {
		t.Errorf("linked with %s, which holds %q", got.ID, got.Fields["body"].Text())
	}
	open := w.conflicts(store.OpenConflict)
	if len(open) != 1 || open[0].Field != ticket.Body || open[0].Local.Text() != "one" || open[0].External.Text() != "two" {
		t.Fatalf("conflicts %+v, want one on the texts, which nobody overwrites", open)
	}
	labels := ticket.Set("here", "there")
	if here, there := w.ticket(tk.ID).Fields[ticket.Labels], w.outside(p.ID, tk.ID).Fields["labels"]; !here.Equal(labels) || !there.Equal(labels) {
		t.Errorf("labels %v here and %v there, want both of both", here, there)
	}
	w.edit(tk.ID, text(ticket.Title, "Login works on Safari"))
	w.sync(p.ID)
	if got := w.outside(p.ID, tk.ID).Fields["title"].Text(); got != "Login works on Safari" {
		t.Errorf("an edit made since reads %q outside", got)
	}
}

func TestTwinsAreSeparated(t *testing.T) {
	w, p, tk, ref := both(t, made(twinTitle, "one"), made(twinTitle, "one"))
	w.decide(w.asked(store.TwinCreated), store.ChooseSeparate)
	for range 4 {
		w.clock.now = w.clock.now.Add(time.Hour)
		w.reconcile(p.ID)
	}
	w.want(p, "separated", 2, 2)
	if got := w.outside(p.ID, tk.ID); got.ID == ref.ID {
		t.Error("they were linked")
	}
	if all := w.conflicts(""); len(all) != 1 {
		t.Errorf("asked %d times: %+v", len(all), all)
	}
}

// TestALaterTwin: whichever side comes second, in whatever session.
func TestALaterTwin(t *testing.T) {
	t.Run("an item comes in while its twin may not go out yet", func(t *testing.T) {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		w.direct(p, external.Pull)
		_, err := w.engine.CreateTicket(t.Context(), made(twinTitle, "one"), ticket.Public, "ann")
		w.must(err)
		w.sync(p.ID)
		w.makeOutside(p, made(twinTitle, "two"))
		w.sync(p.ID)
		w.sync(p.ID)
		w.asked(store.TwinCreated)
		w.want(p, "asked", 1, 1)
	})
	t.Run("a ticket is made while its twin may not come in yet", func(t *testing.T) {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		w.direct(p, external.Push)
		w.makeOutside(p, made(twinTitle, "two"))
		w.sync(p.ID)
		_, err := w.engine.CreateTicket(t.Context(), made(twinTitle, "one"), ticket.Public, "ann")
		w.must(err)
		w.sync(p.ID)
		w.asked(store.TwinCreated)
		w.want(p, "asked", 1, 1)
	})
}

// TestPrivateTwins: what may not leave is not compared, or what becomes of the item outside
// would tell of it.
func TestPrivateTwins(t *testing.T) {
	w := newWorld(t)
	_, err := w.engine.CreateTicket(t.Context(), made(twinTitle, "one"), ticket.LocalOnly, "ann")
	w.must(err)
	p := w.connect("octo/hello", memory.Options{})
	w.makeOutside(p, made(twinTitle, "one"))
	w.sync(p.ID)
	w.want(p, "a private one is no twin", 2, 1)

	w, p, tk, _ := both(t, made(twinTitle, "one"), made(twinTitle, "one"))
	w.asked(store.TwinCreated)
	_, err = w.engine.SetPrivacy(t.Context(), tk.ID, ticket.LocalOnly, "ann")
	w.must(err)
	w.sync(p.ID)
	w.sync(p.ID)
	w.want(p, "one that became private is none any more", 2, 1)
	if open := w.conflicts(store.OpenConflict); len(open) > 0 {
		t.Errorf("still asked: %+v", open)
	}

	w = newWorld(t)
	_, err = w.engine.CreateTicket(t.Context(), made("Bug", "one"), ticket.Public, "ann")
	w.must(err)
	p = w.connect("octo/hello", memory.Options{})
	_, err = w.engine.Configure(t.Context(), p.ID, "op", func(p *store.Project) error {
		p.Rules = outbound.Rules{Keep: []ticket.Field{ticket.Body}}
		return nil
	})
	w.must(err)
	w.makeOutside(p, made("Bug", "one"))
	w.sync(p.ID)
	w.want(p, "a text that stays here says nothing", 2, 2)
}

// TestTheTwinGoesAway: a question that nobody need answer any more is closed, and whatever
// waited for it goes on.
func TestTheTwinGoesAway(t *testing.T) {
	for _, c := range []struct {
		reason        string
		do            func(w *world, p store.Project, tk ticket.Ticket, ref external.Ref)
		here, outside int
	}{
		{"the item is deleted", func(w *world, p store.Project, _ ticket.Ticket, ref external.Ref) {
			w.must(w.trackers[p.ID].Delete("mallory", ref.ID))
		}, 1, 1},
		{"the ticket is deleted", func(w *world, _ store.Project, tk ticket.Ticket, _ external.Ref) { w.dropHere(tk.ID) }, 1, 1},
	} {
		t.Run(c.reason, func(t *testing.T) {
			w, p, tk, ref := both(t, made(twinTitle, "one"), made(twinTitle, "one"))
			w.asked(store.TwinCreated)
			c.do(w, p, tk, ref)
			for range 3 {
				w.clock.now = w.clock.now.Add(time.Hour)
				w.reconcile(p.ID)
			}
			if open := w.conflicts(store.OpenConflict); len(open) > 0 {
				t.Errorf("still asked: %+v", open)
			}
			w.want(p, "afterwards", c.here, c.outside)
		})
	}
}

// TestRecreatedOutside: somebody deletes an item and makes it again.
func TestRecreatedOutside(t *testing.T) {
	for _, c := range []struct {
		reason string
		late   bool // the new one is seen when a person was asked about the old one already
	}{{"both at once", false}, {"later", true}} {
		t.Run(c.reason, func(t *testing.T) {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{})
			tk, err := w.engine.CreateTicket(t.Context(), made(twinTitle, "one", "here"), ticket.Public, "ann")
			w.must(err)
			w.sync(p.ID)
			w.dropOutside(p, tk.ID)
			if c.late {
				w.reconcile(p.ID)
				w.asked(store.GoneOutside)
			}
			w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{{Kind: external.KindTicket, ID: w.look(p.ID, external.KindTicket)[0].ID}}))
			ref := w.makeOutside(p, made(twinTitle, "one"))
			w.reconcile(p.ID)
			w.reconcile(p.ID)
			q := w.asked(store.TwinCreated)
			if q.Twin != ref.ID || q.TicketID != tk.ID {
				t.Fatalf("asked about %+v, want %s and %s", q, tk.ID, ref.ID)
			}
			w.want(p, "asked", 1, 1)
			w.decide(q, store.ChooseLink)
			w.sync(p.ID)
			w.sync(p.ID)
			w.want(p, "linked anew", 1, 1)
			if got := w.outside(p.ID, tk.ID); got.ID != ref.ID || !got.Fields["labels"].Equal(ticket.Set("here")) {
				t.Errorf("linked with %+v, want %s with what only we hold", got, ref.ID)
			}
			if open := w.conflicts(store.OpenConflict); len(open) > 0 {
				t.Errorf("still asked: %+v", open)
			}
		})
	}
	t.Run("and it is another one", func(t *testing.T) {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		tk, err := w.engine.CreateTicket(t.Context(), made(twinTitle, "one"), ticket.Public, "ann")
		w.must(err)
		w.sync(p.ID)
		w.dropOutside(p, tk.ID)
		w.reconcile(p.ID)
		w.makeOutside(p, made(twinTitle, "one"))
		w.sync(p.ID)
		w.sync(p.ID)
		w.decide(w.asked(store.TwinCreated), store.ChooseSeparate)
		w.sync(p.ID)
		w.sync(p.ID)
		w.want(p, "told apart", 2, 1)
		w.asked(store.GoneOutside)
	})
}

// TestCommentsOfTwins: what was said on both is not said twice, whether a list told of what
// was said outside, or a webhook alone, right before the two are joined.
func TestCommentsOfTwins(t *testing.T) {
	for _, heard := range []string{"listed", "heard of"} {
		t.Run(heard, func(t *testing.T) {
			w, p, tk, ref := both(t, made(twinTitle, "one"), made(twinTitle, "one"))
			for _, body := range []string{"Me too.", "Only here."} {
				_, err := w.engine.AddComment(t.Context(), tk.ID, body, "", "bob")
				w.must(err)
			}
			remark := func() (refs []external.Ref) {
				for _, body := range []string{"Me too.", "Only there."} {
					c, err := w.trackers[p.ID].AddComment("mallory", ref.Key, body)
					w.must(err)
					refs = append(refs, c)
				}
				return refs
			}
			if heard == "listed" {
				remark()
				w.sync(p.ID)
			}
			said := heard == "listed"
			w.watch(func(call string) error {
				if call == "read" && !said {
					said = true
					w.must(w.engine.Hint(t.Context(), p.ID, remark()))
				}
				return nil
			}, nil)
			w.decide(w.asked(store.TwinCreated), store.ChooseLink)
			if s := w.sync(p.ID); s.State != store.Succeeded {
				t.Errorf("the session %s: %s", s.State, s.Reason)
			}
			w.sync(p.ID)
			here, there := w.said(p, tk)
			want := []string{"Me too.", "Only here.", "Only there."}
			if !slices.Equal(here, want) || !slices.Equal(there, want) {
				t.Errorf("%q here and %q there, want %q on both", here, there, want)
			}
		})
	}
}

// said returns all comments on a ticket, and in its project outside, in order.
func (w *world) said(p store.Project, tk ticket.Ticket) (here, there []string) {
	w.view(func(tx store.Tx) error {
		list, err := tx.CommentsOf(w.t.Context(), tk.ID)
		for _, c := range list {
			here = append(here, c.Body.Text())
		}
		return err
	})
	for _, it := range w.look(p.ID, external.KindComment) {
		there = append(there, it.Fields["body"].Text())
	}
	slices.Sort(here)
	slices.Sort(there)
	return here, there
}

// TestTwinsByRule: an importer copied a project, and one answer is enough.
func TestTwinsByRule(t *testing.T) {
	titles := []string{"Login fails on Safari", "Logout fails on Safari", "Nothing works on Safari"}
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	for _, title := range titles {
		_, err := w.engine.CreateTicket(t.Context(), made(title, "one"), ticket.Public, "ann")
		w.must(err)
		w.makeOutside(p, made(title, "one"))
	}
	w.sync(p.ID)
	w.want(p, "asked", 3, 3)
	r := engine.Rule{Where: store.ConflictFilter{ProjectID: p.ID, Kind: store.TwinCreated}, Choice: store.ChooseLink}
	preview, err := w.engine.PreviewRule(t.Context(), r)
	w.must(err)
	if len(preview.Conflicts) != 3 {
		t.Fatalf("the rule would decide %d, want 3", len(preview.Conflicts))
	}
	_, _, err = w.engine.DecideByRule(t.Context(), r, preview.Digest, "ann")
	w.must(err)
	w.sync(p.ID)
	w.want(p, "linked", 3, 3)
	if s := w.sync(p.ID); s.Counts.Writes > 0 {
		t.Errorf("a session with no change makes %d writes", s.Counts.Writes)
	}
}

// TestPreviewOfTwins: who connects a project once more is told how many of the tickets that
// would be made seem to stand there, as far as that was read.
func TestPreviewOfTwins(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.direct(p, external.Push)
	ref := w.makeOutside(p, made(twinTitle, "one"))
	w.sync(p.ID)
	for _, title := range []string{twinTitle, "Another matter altogether"} {
		_, err := w.engine.CreateTicket(t.Context(), made(title, "two"), ticket.Public, "ann")
		w.must(err)
	}
	got, err := w.engine.Preview(t.Context(), p.ID)
	w.must(err)
	if got.CreateOutside != 2 || got.Twins != 1 {
		t.Errorf("preview %+v, want two tickets, of which one seems to exist", got)
	}
	w.clock.now = w.clock.now.Add(time.Second)
	w.must(w.trackers[p.ID].EditField("bob", ref.ID, memory.FieldTitle, ticket.Text("Nobody knows this one")))
	if got, err = w.engine.Preview(t.Context(), p.ID); err != nil || got.Twins != 1 {
		t.Errorf("preview %+v, %v; as far as it was read one seems to exist", got, err)
	}
	if got, err = w.engine.PreviewTwins(t.Context(), p.ID); err != nil || got.CreateOutside != 2 || got.Twins != 0 || got.Outside != 1 {
		t.Errorf("preview %+v, %v; want it to see that the item has another title by now", got, err)
	}
}

// TestATwinOfWhatIsToBeTakenBack: where nothing of a ticket stands outside there is nothing
// to be taken back, and whoever asked for it keeps nobody from being asked about its twin.
func TestATwinOfWhatIsToBeTakenBack(t *testing.T) {
	w := newWorld(t)
	tk, err := w.engine.CreateTicket(t.Context(), made(twinTitle, "one"), ticket.Public, "ann")
	w.must(err)
	p := w.connect("octo/hello", memory.Options{})
	l := w.link(p.ID, external.KindTicket, tk.ID)
	l.TakeBack = outbound.Redact
	w.view(func(tx store.Tx) error { return tx.UpdateLink(t.Context(), l) })
	w.makeOutside(p, made(twinTitle, "one"))
	w.sync(p.ID)
	w.asked(store.TwinCreated)
	w.want(p, "asked", 1, 1)
}

// TestATwinThatIsGoneIsNotLinked: between the question and the session that carries out
// its answer the item left, deleted or moved to another project: no list tells that.
func TestATwinThatIsGoneIsNotLinked(t *testing.T) {
	w, p, tk, ref := both(t, made(twinTitle, ""), made(twinTitle, ""))
	w.decide(w.asked(store.TwinCreated), store.ChooseLink)
	w.must(w.trackers[p.ID].Delete("mallory", ref.ID))
	r, err := w.engine.Begin(t.Context(), "woken", p.ID, store.Incremental)
	w.must(err)
	_, err = w.engine.Sync(t.Context(), r, 100)
	w.must(err)
	if l := w.link(p.ID, external.KindTicket, tk.ID); l.ExternalID == ref.ID {
		t.Errorf("the ticket was linked with %q, which is not there any more", ref.ID)
	}
}

// unseen lets something happen before an item is read.
type unseen struct {
	adapters.Adapter
	before func()
}

func (u unseen) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	u.before()
	return u.Adapter.Read(ctx, refs)
}

// TestWhoLooksLikeOneInDoubtComesIn: an item could not be seen for a while, and a list shows it
// again. Until it was read nobody knows whether its ticket needs another one; what looks like
// it does not wait for that, for the reading may fail as long as it likes.
func TestWhoLooksLikeOneInDoubtComesIn(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	tk, err := w.engine.CreateTicket(t.Context(), made(twinTitle, "one", "here"), ticket.Public, "ann")
	w.must(err)
	w.syncs(p.ID, 2)
	item := w.link(p.ID, external.KindTicket, tk.ID).ExternalID
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{{Kind: external.KindTicket, ID: item}}))
	w.wrap = func(a *memory.Adapter) adapters.Adapter {
		return unseen{a, func() { w.trackers[p.ID].Hide(true) }}
	}
	w.sync(p.ID)
	w.trackers[p.ID].Hide(false)
	if l := w.link(p.ID, external.KindTicket, tk.ID); l.State != store.Live {
		t.Fatalf("the link is %s (%s), want it live: nothing was proved", l.State, l.Reason)
	}
	w.must(w.trackers[p.ID].EditField("mallory", item, "body", ticket.Text("still there")))
	w.wrap = func(a *memory.Adapter) adapters.Adapter {
		return &poisoned{Adapter: a, item: item, read: external.Temporary}
	}
	w.makeOutside(p, made(twinTitle, "two"))
	for range 3 {
		w.clock.now = w.clock.now.Add(time.Hour)
		_, _ = w.session(p.ID, store.Incremental)
	}
	if n := len(w.tickets()); n != 2 {
		t.Errorf("%d tickets are here, want two: the new one waits for what gives no answer", n)
	}
}

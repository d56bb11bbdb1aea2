package engine_test

import (
	"context"
	"slices"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestARemarkThatIsHereOnceMore: somebody deleted a remark in one project, and sessions deleted it here and in
// another one. Brought back here, by an undo or by an edit made in a third project, it is said again where
// nobody had deleted it, and not where somebody did.
func TestARemarkThatIsHereOnceMore(t *testing.T) {
	for name, edited := range map[string]bool{"an undo": false, "an edit elsewhere": true} {
		w := newWorld(t)
		from, other, third := w.connect("octo/from", memory.Options{}), w.connect("octo/other", memory.Options{}), w.connect("octo/third", memory.Options{})
		mine := w.create("born here", ticket.Public)
		c, err := w.engine.AddComment(t.Context(), mine.ID, "a remark", "", "ann")
		w.must(err)
		all := []store.Project{from, other, third}
		for _, p := range all {
			w.sync(p.ID)
		}
		item := func(p store.Project) string { return w.link(p.ID, external.KindComment, c.ID).ExternalID }
		was := item(other)
		w.must(w.trackers[from.ID].Delete("bob", item(from)))
		s := w.reconcile(from.ID)
		w.sync(other.ID)
		want := "a remark"
		if edited {
			want = "a remark, edited"
			w.must(w.trackers[third.ID].EditField("carl", item(third), memory.FieldBody, ticket.Text(want)))
			w.sync(third.ID)
		} else {
			w.sync(third.ID)
			w.rollBack(s.ID)
		}
		for range 2 {
			for _, p := range all {
				w.sync(p.ID)
			}
		}
		w.view(func(tx store.Tx) (err error) { c, err = tx.Comment(t.Context(), c.ID); return err })
		if c.Deleted || c.Body.Text() != want {
			t.Errorf("%s: the comment is %+v here", name, c)
		}
		for _, p := range all[1:] {
			if l := w.link(p.ID, external.KindComment, c.ID); l.State != store.Live || l.ExternalID == "" {
				t.Errorf("%s: in %s its link is %s: %s", name, p.Key, l.State, l.Reason)
			} else if got := w.outsideText(p, l.ExternalID); got != want {
				t.Errorf("%s: in %s it says %q", name, p.Key, got)
			}
		}
		if item(other) == was {
			t.Errorf("%s: it is said under the id of what was deleted", name)
		}
		if l := w.link(from.ID, external.KindComment, c.ID); l.State != store.Tombstone {
			t.Errorf("%s: where somebody deleted it its link is %s", name, l.State)
		}
		for _, p := range all {
			w.stays(p.ID)
		}
	}
}

// TestARemarkThatIsUndoneTwice: somebody deleted a remark in one project, and a session deleted it here. However often
// that is undone, and the undo, an undo that brings it back lasts: what was deleted there is no news.
func TestARemarkThatIsUndoneTwice(t *testing.T) {
	w := newWorld(t)
	from, other := w.connect("octo/from", memory.Options{}), w.connect("octo/other", memory.Options{})
	mine := w.create("born here", ticket.Public)
	c, err := w.engine.AddComment(t.Context(), mine.ID, "a remark", "", "ann")
	w.must(err)
	w.sync(from.ID)
	w.sync(other.ID)
	w.must(w.trackers[from.ID].Delete("bob", w.link(from.ID, external.KindComment, c.ID).ExternalID))
	s := w.reconcile(from.ID)
	w.sync(other.ID)
	for n, back := range []bool{true, false, true, false, true} {
		s = w.rollBack(s.ID)
		for range 2 {
			w.sync(from.ID)
			w.sync(other.ID)
			w.reconcile(from.ID)
		}
		w.view(func(tx store.Tx) (err error) { c, err = tx.Comment(t.Context(), c.ID); return err })
		got := w.outsideText(other, w.link(other.ID, external.KindComment, c.ID).ExternalID)
		if c.Deleted == back || (got != "") != back {
			t.Errorf("undo %d: here it is deleted: %t, elsewhere it says %q", n+1, c.Deleted, got)
		}
		if l := w.link(from.ID, external.KindComment, c.ID); l.State != store.Tombstone {
			t.Errorf("undo %d: where somebody deleted it its link is %s: %s", n+1, l.State, l.Reason)
		}
	}
	w.stays(from.ID)
	w.stays(other.ID)
}

// outsideText is what a comment says outside; empty: it is gone.
func (w *world) outsideText(p store.Project, id string) string {
	w.t.Helper()
	item, there := w.adapter(w.trackers[p.ID], p.ID).Peek(id)
	if !there || item.Gone {
		return ""
	}
	return item.Fields[memory.FieldBody].Text()
}

// veiled is a tracker that does not show the comments of a person for a while, as if only some might see them.
type veiled struct {
	*memory.Adapter
	hides *string // his name
}

func (v veiled) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	out, err := v.Adapter.Read(ctx, refs)
	for n := range out {
		if out[n].Author == *v.hides {
			out[n] = external.Item{Ref: refs[n], Gone: true}
		}
	}
	return out, err
}

func (v veiled) Changes(ctx context.Context, stream external.Stream, w external.Window, page, version string) (external.Page, error) {
	out, err := v.Adapter.Changes(ctx, stream, w, page, version)
	out.Items = slices.DeleteFunc(out.Items, func(it external.Item) bool { return it.Author == *v.hides })
	return out, err
}

// TestARemarkThatShowsAgain: somebody restricts his remark for a while, and it goes here and elsewhere, as if it had
// been deleted. Open to all again, edited or not, it is said again in all places.
func TestARemarkThatShowsAgain(t *testing.T) {
	for want, edit := range map[string]bool{"their remark": false, "their remark, edited": true} {
		w := newWorld(t)
		hidden := "nobody"
		w.wrap = func(a *memory.Adapter) adapters.Adapter { return veiled{a, &hidden} }
		from, other := w.connect("octo/from", memory.Options{}), w.connect("octo/other", memory.Options{})
		mine := w.create("born here", ticket.Public)
		w.sync(from.ID)
		w.sync(other.ID)
		on := w.outside(from.ID, mine.ID)
		ref, err := w.trackers[from.ID].AddComment("bob", on.Key, "their remark")
		w.must(err)
		w.sync(from.ID)
		w.sync(other.ID)
		c := w.remarksHere()[0]
		item := func(p store.Project) string { return w.link(p.ID, external.KindComment, c.ID).ExternalID }
		was := item(other)
		hidden = "bob"
		w.reconcile(from.ID)
		w.sync(other.ID)
		if !w.remarksHere()[0].Deleted || w.outsideText(other, was) != "" {
			t.Fatalf("hidden it is %+v here, and %q elsewhere", w.remarksHere(), w.outsideText(other, was))
		}
		hidden = "nobody"
		if edit {
			w.must(w.trackers[from.ID].EditField("bob", ref.ID, memory.FieldBody, ticket.Text(want)))
		}
		w.reconcile(from.ID)
		for range 3 {
			w.sync(from.ID)
			w.sync(other.ID)
		}
		if all := w.remarksHere(); len(all) != 1 || all[0].Deleted || all[0].Body.Text() != want {
			t.Errorf("here: %+v", all)
		}
		if got := w.outsideText(from, ref.ID); got != want || item(from) != ref.ID {
			t.Errorf("where it was said it says %q, linked is %q", got, item(from))
		}
		if got := w.outsideText(other, item(other)); got != want {
			t.Errorf("elsewhere it says %q", got)
		}
		w.stays(from.ID)
		w.stays(other.ID)
	}
}

// TestALateWebhookOfARemarkThatIsGone: bob's remark was deleted, and ours for that, be it with its ticket since. A webhook that tells
// of it late does not put it back to work: below what cannot be seen nothing can be read, and lists show what is back.
func TestALateWebhookOfARemarkThatIsGone(t *testing.T) {
	for _, whole := range []bool{false, true} {
		m := newMovers(t, memory.Options{})
		said := m.remarks()[0]
		m.must(m.trackers[m.a.ID].Delete("mallory", m.comment.ID))
		m.reconcile(m.a.ID)
		if whole {
			m.must(m.trackers[m.a.ID].Delete("mallory", m.ref.ID))
			m.reconcile(m.a.ID)
			m.asked(store.GoneOutside)
		}
		was := m.link(m.a.ID, external.KindComment, said.ID)
		m.must(m.engine.Hint(t.Context(), m.a.ID, []external.Ref{m.ref, m.comment}))
		now := m.link(m.a.ID, external.KindComment, said.ID)
		m.syncs(m.a.ID, 2)
		if was.State != store.Tombstone || now.State != store.Tombstone {
			t.Errorf("its ticket is gone too: %t; its link was %s (%s), told of late it is %s (%s)", whole, was.State, was.Reason, now.State, now.Reason)
		}
	}
}

package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// forgetsPages is a tracker that does not answer pages behind the first one, or, later, does not
// know them any more.
type forgetsPages struct {
	*memory.Adapter
	err *error
}

func (a forgetsPages) Changes(ctx context.Context, s external.Stream, w external.Window, page, version string) (external.Page, error) {
	if *a.err != nil && page != "" {
		err := *a.err
		if external.KindOf(err) == external.Invalid {
			*a.err = nil
		}
		return external.Page{}, err
	}
	return a.Adapter.Changes(ctx, s, w, page, version)
}

// TestAWalkWhosePageIsForgotten: a walk is interrupted, and by the time it goes on the system does
// not know the page any more, a week later say. The walk begins anew, and all that there is comes in.
func TestAWalkWhosePageIsForgotten(t *testing.T) {
	for _, kind := range []store.SessionKind{store.Incremental, store.Reconcile} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{PageSize: 2})
		away := error(&external.Error{Kind: external.Temporary, Op: "list changes", Message: "no answer"})
		w.wrap = func(a *memory.Adapter) adapters.Adapter { return forgetsPages{a, &away} }
		for n := range 7 {
			_, err := w.trackers[p.ID].CreateTicket("bob", external.Fields{memory.FieldTitle: ticket.Text(fmt.Sprintf("ticket %d", n))})
			w.must(err)
		}
		if s, err := w.session(p.ID, kind); err != nil || s.State != store.Failed {
			t.Fatalf("interrupted: %s (%v)", s.State, err)
		}
		away = &external.Error{Kind: external.Invalid, Op: "list changes", Message: "the page token is invalid or expired"}
		s, err := w.session(p.ID, kind)
		if w.must(err); s.State != store.Succeeded || len(w.tickets()) != 7 {
			t.Errorf("%s: then it %s (%s), and %d tickets are here", kind, s.State, s.Reason, len(w.tickets()))
		}
	}
}

// slowPages is a tracker on which people work as its first page is on its way, and the one after it.
type slowPages struct {
	*memory.Adapter
	first, then func()
}

func (a slowPages) Changes(ctx context.Context, s external.Stream, w external.Window, page, version string) (external.Page, error) {
	if page == "" {
		a.first()
	} else {
		a.then()
	}
	return a.Adapter.Changes(ctx, s, w, page, version)
}

// TestEditedBehindTheFirstPage: a ticket is edited right after the first page showed it, in the same moment by its
// stamp, so that the second page passes it over. That one takes its time, and shows what was made late in it. The
// next walk looks back far enough.
func TestEditedBehindTheFirstPage(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{PageSize: 2})
	tracker := w.trackers[p.ID]
	var refs []external.Ref
	for _, title := range []string{"first", "second"} {
		ref, err := tracker.CreateTicket("bob", external.Fields{memory.FieldTitle: ticket.Text(title)})
		w.must(err)
		refs = append(refs, ref)
	}
	edit := func(n int, title string) {
		w.must(tracker.EditField("bob", refs[n].ID, memory.FieldTitle, ticket.Text(title)))
	}
	w.syncs(p.ID, 2)
	first := once(func() {
		edit(0, "edited")
		edit(1, "edited once")
	})
	then := once(func() {
		edit(1, "edited twice")
		w.clock.now = w.clock.now.Add(time.Minute)
		_, err := tracker.CreateTicket("bob", external.Fields{memory.FieldTitle: ticket.Text("made late")})
		w.must(err)
	})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return slowPages{a, first, then} }
	w.syncs(p.ID, 2)
	for _, tk := range w.tickets() {
		if title := tk.Fields[ticket.Title].Text(); title == "edited once" {
			t.Errorf("it is still called %q", title)
		}
	}
}

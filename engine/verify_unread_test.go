package engine_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// refuses does not answer for some items, and not for what is read with them; all are ids of
// none: for nothing at all.
type refuses struct {
	adapters.Adapter
	ids  []string
	kind external.ErrorKind
}

func (f refuses) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	for _, ref := range refs {
		if len(f.ids) == 0 || slices.Contains(f.ids, ref.ID) {
			return nil, &external.Error{Kind: f.kind, Op: "read", Message: "not that one"}
		}
	}
	return f.Adapter.Read(ctx, refs)
}

// TestVerifyGoesOnBesideWhatCannotBeRead: one item that the system does not show is told of, and
// everything else is compared; a system that shows nothing is not verified.
func TestVerifyGoesOnBesideWhatCannotBeRead(t *testing.T) {
	for _, kind := range []external.ErrorKind{external.Forbidden, external.Temporary} {
		for way, o := range bothWays() {
			t.Run(string(kind)+", "+way, func(t *testing.T) {
				w := newWorld(t)
				p := w.connect("octo/hello", o)
				var all []ticket.Ticket
				for n := range 9 {
					all = append(all, w.create(fmt.Sprintf("ticket %d", n), ticket.Public))
				}
				w.syncs(p.ID, 2)
				bad, lost := w.outside(p.ID, all[4].ID), w.outside(p.ID, all[5].ID)
				for _, id := range []string{bad.ID, lost.ID} { // lists do not show them any more
					w.must(w.trackers[p.ID].Delete("bob", id))
				}
				w.wrap = func(a *memory.Adapter) adapters.Adapter { return refuses{a, []string{bad.ID}, kind} }
				v := w.verify(p.ID)
				if v.Standings[engine.Unread] != 1 || v.Standings[engine.NotThere] != 1 || v.Standings[engine.InStep] != 7 {
					t.Errorf("%v", v.Standings)
				}
				if !slices.ContainsFunc(v.Differences, func(d engine.Difference) bool {
					return d.Standing == engine.Unread && d.External.ID == bad.ID && d.LocalID == all[4].ID && d.Reason != ""
				}) {
					t.Errorf("which one: %+v", v.Differences)
				}
			})
		}
	}
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{ReadBatch: 50})
	for n := range 5 {
		w.create(fmt.Sprintf("ticket %d", n), ticket.Public)
	}
	w.sync(p.ID)
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return refuses{a, nil, external.Forbidden} }
	if _, err := w.engine.Verify(t.Context(), p.ID, "", 50); external.KindOf(err) != external.Forbidden {
		t.Errorf("nothing can be read, and: %v", err)
	}
}

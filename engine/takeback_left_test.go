package engine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
)

// asideBin is a tracker that throws away what is deleted there, and keeps it in a bin.
type asideBin struct{ asideTracker }

func (a asideBin) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	if c, err := op.Open(); err != nil || c.Action == outbound.Delete {
		a.s.vanished = true
		return external.Item{Ref: c.Ref, Gone: true}, err
	}
	return a.asideTracker.Write(ctx, op)
}

// showsNow has an item come into sight, and fails where it says in the end what it may not.
func (s *aside) showsNow(when string, kinds ...external.Kind) {
	s.t.Helper()
	s.vanished = false
	s.must(s.at.AddLabel("bob", s.ref.ID, "green"))
	for range 4 {
		s.goOn(store.Incremental)
	}
	for _, kind := range kinds {
		for _, it := range s.all(kind) {
			if strings.Contains(says(it), "TITLE") || strings.Contains(says(it), "BODY") || strings.Contains(says(it), "REMARK") {
				s.t.Errorf("%s: outside a %s shows %q", when, kind, says(it))
			}
		}
	}
}

// TestUndoneAndOutOfTheBin: an undo deleted an item outside before its ticket was asked to be taken back. Somebody
// takes it out of the bin there.
func TestUndoneAndOutOfTheBin(t *testing.T) {
	s := newAside(t, memory.Options{TicketDel: true})
	s.wrap = func(a *memory.Adapter) adapters.Adapter { return asideBin{asideTracker{a, s}} }
	s.stood()
	s.order(s.last)
	s.goOn(store.Incremental)
	s.goOn(store.Incremental)
	if l := s.link(s.p.ID, external.KindTicket, s.id); !s.vanished || l.State != store.Withdrawn {
		t.Fatalf("undone the link is %s (%s)", l.State, l.Reason)
	}
	s.hide(s.id, outbound.Redact)
	s.goOn(store.Incremental)
	s.showsNow("out of the bin", external.KindTicket, external.KindComment)
}

package engine_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// choosy is a system that takes certain titles only.
type choosy struct {
	adapters.Adapter
	titles []string
}

func (a choosy) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	c, err := op.Open()
	if title, set := c.Set["title"]; err == nil && set && !slices.Contains(a.titles, title.Text()) {
		return external.Item{}, &external.Error{Kind: external.Invalid, Op: op.Name, Message: "that is no title"}
	}
	return a.Adapter.Write(ctx, op)
}

// TestTakeBackOfWhatWasRefused: a system refused an edit of the title, which rests, and then the ticket
// is taken back. What stands there from before is overwritten all the same; where the system refuses
// that, too, the other fields are, and the link says what is left.
func TestTakeBackOfWhatWasRefused(t *testing.T) {
	for _, how := range []outbound.TakeBack{outbound.Redact, outbound.Remove} {
		for _, takes := range []bool{true, false} {
			w := newWorld(t)
			titles := []string{secret}
			if takes {
				titles = append(titles, outbound.Notice)
			}
			w.wrap = func(a *memory.Adapter) adapters.Adapter { return choosy{a, titles} }
			p, id := w.secretPair(memory.Options{})
			w.edit(id, ticket.Fields{ticket.Title: ticket.Text("refused")})
			for range 3 {
				w.clock.now = w.clock.now.Add(time.Hour)
				w.sync(p.ID)
			}
			if got := w.conflicts(store.OpenConflict); len(got) != 1 || got[0].Kind != store.RefusedOutside {
				t.Fatalf("the edit does not rest as refused: %+v", got)
			}
			_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, how, "ann")
			w.must(err)
			w.syncs(p.ID, 3)
			it, l := w.outside(p.ID, id), w.link(p.ID, external.KindTicket, id)
			if body := it.Fields["body"].Text(); body != outbound.Notice || l.State != store.Withdrawn {
				t.Errorf("%s, notice taken %t: the body says %q, and the link is %s (%s)", how, takes, body, l.State, l.Reason)
			}
			if title := it.Fields["title"].Text(); (title == outbound.Notice) != takes || strings.Contains(l.Reason, "title") == takes {
				t.Errorf("%s, notice taken %t: the title says %q, and the link %q", how, takes, title, l.Reason)
			}
		}
	}
}

package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
)

// histories are what was written here, and the journals by ticket. Both are only ever
// added to.
type histories struct {
	last    int64
	changes groups[string, []store.TicketChange] // by ticket
	steps   groups[string, []*store.Step]        // likewise
}

func newHistories() histories {
	return histories{changes: groups[string, []store.TicketChange]{}, steps: groups[string, []*store.Step]{}}
}

// AppendChanges implements store.Histories.
func (t *tx) AppendChanges(_ context.Context, changes ...store.TicketChange) error {
	for _, c := range changes {
		c, err := canon.Change(c)
		if err != nil {
			return err
		}
		if t.tickets.rows[c.TicketID] == nil {
			return canon.NotFound("ticket", c.TicketID)
		}
		t.histories.last++ // a number that was drawn in vain is no loss
		c.Seq = t.histories.last
		add(t.Store, t.histories.changes.of(c.TicketID), c)
	}
	return nil
}

// add appends to a list that is only ever added to.
func add[T any](s *Store, list *[]T, row T) {
	n := len(*list)
	s.onUndo(func() { *list = (*list)[:n] })
	*list = append(*list, row)
}

// TicketChanges implements store.Histories.
func (t *tx) TicketChanges(_ context.Context, ticketID string, before int64, limit int) ([]store.TicketChange, error) {
	var out []store.TicketChange
	if all := t.histories.changes[ticketID]; all != nil {
		for _, c := range slices.Backward(*all) {
			if len(out) >= limit {
				break
			}
			if before == 0 || c.Seq < before {
				out = append(out, c)
			}
		}
	}
	return out, nil
}

// TicketSteps implements store.Histories.
func (t *tx) TicketSteps(_ context.Context, ticketID string, limit int) ([]store.Step, error) {
	all := t.histories.steps[ticketID]
	if all == nil || ticketID == "" {
		return nil, nil
	}
	newest := slices.Clone(*all)
	slices.SortFunc(newest, func(a, b *store.Step) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.SessionID, a.SessionID), cmp.Compare(b.Seq, a.Seq))
	})
	return stepsAt(newest[:min(max(limit, 0), len(newest))]), nil
}

package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/store"
)

// A rate that the vendor tells is stored at most this often, unless the allowance
// runs low: the engine counts its own calls in between.
const (
	meterEvery = 10 * time.Second
	meterLow   = 100 // calls left
)

// meter stores what the vendor says about a credential's allowance, for all workers.
type meter struct {
	store      store.Store
	credential string
	log        *slog.Logger

	mu   sync.Mutex
	last time.Time
}

var _ adapters.Meter = (*meter)(nil)

// Called notes the rate of one call.
func (m *meter) Called(_ string, _ bool, rate adapters.Rate) {
	if !rate.Known || !m.due(rate, time.Now()) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := m.store.Tx(ctx, func(tx store.Tx) error {
		b, err := tx.BudgetForUpdate(ctx, m.credential)
		if err != nil {
			return err
		}
		b.Known, b.Remaining, b.Reset = true, rate.Remaining, rate.Reset
		return tx.PutBudget(ctx, b)
	})
	if err != nil {
		// The next call tells it again; until then the vendor refuses what is too much.
		m.log.Warn("allowance not stored", "project", m.credential, "error", err.Error())
	}
}

func (m *meter) due(rate adapters.Rate, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if rate.Remaining >= meterLow && now.Sub(m.last) < meterEvery {
		return false
	}
	m.last = now
	return true
}

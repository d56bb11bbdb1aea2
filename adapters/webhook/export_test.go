package webhook

import (
	"time"

	"github.com/extsync/extsync/adapters"
)

// SetClock gives an adapter another clock for its signatures.
func SetClock(a adapters.Adapter, now func() time.Time) { a.(*adapter).clock = now } //nolint:errcheck // because a test wants the panic

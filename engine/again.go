package engine

import (
	"context"
	"errors"

	"github.com/extsync/extsync/store"
)

// maxAgain is how often a transaction is tried in all that meets a row which was not
// there when it looked.
const maxAgain = 3

// again tries a transaction once more when a row that it makes exists already: a
// webhook's stub, say, came in between our look and our insert. Looking again finds the
// row. Where the row was there from the beginning, the last try says so.
type again struct{ store.Store }

// Tx implements store.Store.
func (a again) Tx(ctx context.Context, fn func(tx store.Tx) error) error {
	var err error
	for range maxAgain {
		if err = a.Store.Tx(ctx, fn); !errors.Is(err, store.ErrExists) {
			return err
		}
	}
	return err
}

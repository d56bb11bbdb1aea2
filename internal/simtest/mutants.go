package simtest

import (
	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// Mutant is a known bug, planted from outside by decorating the engine's ports.
type Mutant struct {
	Name    string
	adapter func(*world, *peer, adapters.Adapter) adapters.Adapter
	tx      func(*world, store.Tx) store.Tx
	before  func(*world, func(store.Tx) error)
	hinted  func(*world, *peer, external.Item)
}

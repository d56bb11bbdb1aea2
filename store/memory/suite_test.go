package memory_test

import (
	"testing"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memory.New() })
}

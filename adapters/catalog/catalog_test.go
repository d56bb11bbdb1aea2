package catalog_test

import (
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/catalog"
)

func TestEveryFactoryMakesWhatItSays(t *testing.T) {
	for system, f := range catalog.All() {
		a, err := f.New(adapters.Config{ProjectKey: "octo/hello", Token: "t"})
		if err != nil {
			t.Errorf("%s: %v", system, err)
			continue
		}
		if f.Capabilities.System != system || a.Capabilities().System != system {
			t.Errorf("%s makes an adapter of %s, and says it is %s", system, a.Capabilities().System, f.Capabilities.System)
		}
	}
}

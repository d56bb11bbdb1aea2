package worker

import (
	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/catalog"
	"github.com/extsync/extsync/external"
)

// Systems returns the adapters of all systems, with the same guard on outgoing
// addresses as for connected projects: for trying a credential that is not stored yet.
func (s *Services) Systems() map[external.System]adapters.Factory {
	transport := guarded(s.cfg.AllowAddresses)
	all := catalog.All()
	for system, f := range all {
		inner := f.New
		f.New = func(cfg adapters.Config) (adapters.Adapter, error) {
			cfg.Transport = transport
			return inner(cfg)
		}
		all[system] = f
	}
	return all
}

package adapters

import "fmt"

// BlockedError says that a connection was refused before it began: the address is
// none that this server may speak to. The transport in Config fails with it, so that
// it stands in the chain of what an adapter says of the call.
type BlockedError struct {
	Address string // host:port, the host's name resolved
	Err     error  // why
}

// Error names the address and what an operator can do.
func (e *BlockedError) Error() string {
	return fmt.Sprintf("%s is not an address that this server may speak to; "+
		"if the system lives there, start worker and API with --allow-address naming its network", e.Address)
}

// Unwrap returns the cause.
func (e *BlockedError) Unwrap() error { return e.Err }

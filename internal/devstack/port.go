package devstack

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// errPortTaken says that a server could not bind its port.
var errPortTaken = errors.New("port already in use")

// loopback returns the host:port of a port on this machine.
func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// isFree says whether the port can be bound on loopback right now.
func isFree(port int) bool {
	l, err := net.Listen("tcp", loopback(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// freePort picks a port at random below the range from which the system serves
// outgoing connections: a port from that range may be gone by the time the
// server binds it.
func freePort() (int, error) {
	const low, high = 20_000, 32_000
	for range 100 {
		if p := low + rand.IntN(high-low); isFree(p) {
			return p, nil
		}
	}
	return 0, fmt.Errorf("find a free port on 127.0.0.1: none of 100 between %d and %d could be bound", low, high)
}

package chaos

import (
	"fmt"
	"strings"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// wire is a stretch of network that can be cut and slowed.
type wire struct {
	name, upstream string
	proxy          *toxiproxy.Proxy
	detour         *toxiproxy.Proxy // slow, where the wire leads over it; else nil
}

// newWire listens on a free loopback port for what goes on to upstream (host:port).
func newWire(name, upstream string) (*wire, error) {
	p := newProxy(name, upstream)
	if err := p.Start(); err != nil {
		return nil, fmt.Errorf("put a proxy before %s: %w", name, err)
	}
	return &wire{name: name, upstream: upstream, proxy: p}, nil
}

func newProxy(name, upstream string) *toxiproxy.Proxy {
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	return toxiproxy.NewProxy(server, name, "127.0.0.1:0", upstream)
}

// address is where to connect, host:port.
func (w *wire) address() string { return w.proxy.Listen }

// cut ends every connection and lets none begin.
func (w *wire) cut() { w.proxy.Stop() }

// reset ends every connection, those within an answer too, and lets others begin.
func (w *wire) reset() error {
	w.proxy.Stop()
	return w.proxy.Start()
}

// mend undoes cut and slow.
func (w *wire) mend() error {
	err := w.lead(w.upstream)
	if w.detour != nil {
		w.detour.Stop()
		w.detour = nil
	}
	return err
}

// lead has the wire lead to another address (host:port), and ends every connection.
func (w *wire) lead(to string) error {
	return w.proxy.Update(&toxiproxy.Proxy{Listen: w.proxy.Listen, Upstream: to, Enabled: true})
}

// slow delays what comes back by so many milliseconds, and lets it trickle: piece by
// piece of so many bytes. It does so over a detour that is slow before anything goes over it:
// a proxy to which that is added while connections end panics now and then (toxiproxy 2.5.0).
func (w *wire) slow(latency, piece int) error {
	detour := newProxy(w.name+", slow", w.upstream)
	for _, toxic := range []string{
		fmt.Sprintf(`{"type": "latency", "attributes": {"latency": %d, "jitter": %d}}`, latency, latency/2),
		fmt.Sprintf(`{"type": "slicer", "attributes": {"average_size": %d, "size_variation": %d, "delay": 500}}`, piece, piece/2),
	} {
		if _, err := detour.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			return fmt.Errorf("slow %s down: %w", w.name, err)
		}
	}
	if err := detour.Start(); err != nil {
		return fmt.Errorf("slow %s down: %w", w.name, err)
	}
	w.detour = detour
	return w.lead(detour.Listen)
}

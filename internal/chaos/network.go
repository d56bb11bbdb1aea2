package chaos

import (
	"context"
	"fmt"
	"strings"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// wire is a stretch of network that can be cut and slowed.
type wire struct {
	name  string
	proxy *toxiproxy.Proxy
}

// newWire listens on a free loopback port for what goes on to upstream (host:port).
func newWire(name, upstream string) (*wire, error) {
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := toxiproxy.NewProxy(server, name, "127.0.0.1:0", upstream)
	if err := p.Start(); err != nil {
		return nil, fmt.Errorf("put a proxy before %s: %w", name, err)
	}
	return &wire{name, p}, nil
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
func (w *wire) mend(ctx context.Context) error {
	w.proxy.Toxics.ResetToxics(ctx)
	if w.proxy.Enabled {
		return nil
	}
	return w.proxy.Start()
}

// slow delays what comes back by so many milliseconds, and lets it trickle: piece by
// piece of so many bytes.
func (w *wire) slow(latency, piece int) error {
	for _, toxic := range []string{
		fmt.Sprintf(`{"type": "latency", "attributes": {"latency": %d, "jitter": %d}}`, latency, latency/2),
		fmt.Sprintf(`{"type": "slicer", "attributes": {"average_size": %d, "size_variation": %d, "delay": 500}}`, piece, piece/2),
	} {
		if _, err := w.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			return fmt.Errorf("slow %s down: %w", w.name, err)
		}
	}
	return nil
}

package actioncount

import (
	"context"
	"strings"
	"sync"

	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
)

// Meter counts the calls of a client that stand in no history.
type Meter struct {
	mu         sync.Mutex
	heartbeats int
}

// Tune makes a client's calls count; it fits worker.Config.TuneClient.
func (m *Meter) Tune(o *client.Options) {
	o.ConnectionOptions.DialOptions = append(o.ConnectionOptions.DialOptions, grpc.WithChainUnaryInterceptor(m.intercept))
}

// Heartbeats returns how many signs of life of activities reached the server.
func (m *Meter) Heartbeats() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.heartbeats
}

func (m *Meter) intercept(
	ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	if strings.HasSuffix(method, "/RecordActivityTaskHeartbeat") {
		m.mu.Lock()
		m.heartbeats++
		m.mu.Unlock()
	}
	return call(ctx, method, req, reply, conn, opts...)
}

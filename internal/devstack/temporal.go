package devstack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
)

// temporalNamespace is the one a development server makes by itself.
const temporalNamespace = "default"

// temporalServer is a running development server.
type temporalServer struct {
	child   *child
	address string // host:port of the gRPC endpoint
	ui      string // http URL
	again   func(context.Context) (*child, error)
}

// startTemporal starts a development server and returns once it answers and
// knows the search attributes.
func startTemporal(ctx context.Context, d *dataDir, o Options) (*temporalServer, error) {
	bin, err := ensureTemporal(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	pidFile := d.file("temporal.pid")
	if err := endOrphan(pidFile, d.path, o.Progress); err != nil {
		return nil, err
	}
	usual := []int{0, 0}
	if !d.temporary {
		usual = []int{usualTemporalPort, usualUIPort}
	}
	var t *temporalServer
	err = tryPorts(usual, func(ports []int) error {
		t, err = runTemporal(ctx, bin, d, ports[0], ports[1], o)
		if err == nil {
			t.again = func(ctx context.Context) (*child, error) { return rerunTemporal(ctx, bin, d, ports, o) }
			err = notePID(ctx, pidFile, t.child)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("start Temporal: %w", err)
	}
	o.Progress("Temporal answers on %s, its pages are at %s", t.address, t.ui)
	return t, nil
}

// rerunTemporal starts a server that was crashed once more.
func rerunTemporal(ctx context.Context, bin string, d *dataDir, ports []int, o Options) (*child, error) {
	t, err := runTemporal(ctx, bin, d, ports[0], ports[1], o)
	if err != nil {
		return nil, err
	}
	return t.child, notePID(ctx, d.file("temporal.pid"), t.child)
}

// notePID writes Temporal's process id down, for the next start to find an orphan by.
func notePID(ctx context.Context, file string, c *child) error {
	pid := strconv.Itoa(c.cmd.Process.Pid)
	if err := os.WriteFile(file, []byte(pid+"\n"), 0o600); err != nil {
		return errors.Join(fmt.Errorf("note Temporal's process id: %w", err), c.stop(ctx))
	}
	return nil
}

// runTemporal starts the server on the given ports and waits until it is ready.
func runTemporal(ctx context.Context, bin string, d *dataDir, port, uiPort int, o Options) (*temporalServer, error) {
	args := temporalArgs(d, port, uiPort, o)
	cmd := exec.Command(bin, args...)
	cmd.Dir, cmd.Env = d.path, cleanEnv()
	c, err := startChild("Temporal", cmd, d.file("temporal.log"), nil, syscall.SIGTERM)
	if err != nil {
		return nil, err
	}
	t := &temporalServer{child: c, address: loopback(port), ui: "http://" + loopback(uiPort)}
	if err := t.awaitReady(ctx, o.SearchAttributes); err != nil {
		return nil, errors.Join(err, c.stop(ctx))
	}
	return t, nil
}

// temporalArgs are the server's arguments. Fairness lets one project's queue not
// starve another's. The person's own command-line configuration is left out.
func temporalArgs(d *dataDir, port, uiPort int, o Options) []string {
	args := []string{
		"server", "start-dev", "--ip", "127.0.0.1", "--port", strconv.Itoa(port), "--ui-port", strconv.Itoa(uiPort),
		"--db-filename", d.file("temporal.db"),
		"--dynamic-config-value", "matching.enableFairness=true", "--log-level", "error", "--color", "never",
		"--disable-config-file", "--disable-config-env",
	}
	for _, name := range slices.Sorted(maps.Keys(o.SearchAttributes)) {
		args = append(args, "--search-attribute", name+"="+o.SearchAttributes[name])
	}
	if o.FastUnsafe {
		args = append(args, "--sqlite-pragma", "synchronous=OFF")
	}
	return args
}

// awaitReady waits until the server is healthy, has its namespace, and knows the
// search attributes.
func (t *temporalServer) awaitReady(ctx context.Context, attributes map[string]string) error {
	c, err := temporalClient(t.address)
	if err != nil {
		return err
	}
	defer c.Close()
	return t.child.awaitReady(ctx, func(ctx context.Context) error {
		if _, err := c.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
			return err
		}
		_, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: temporalNamespace})
		if err != nil {
			return err
		}
		return addAttributes(ctx, c, attributes)
	})
}

// temporalClient returns a client that connects with its first call. It does not
// log: what it has to say about a server that is not up yet is no news.
func temporalClient(address string) (client.Client, error) {
	c, err := client.NewLazyClient(client.Options{
		HostPort: address, Namespace: temporalNamespace,
		Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return nil, fmt.Errorf("make a Temporal client: %w", err)
	}
	return c, nil
}

// addAttributes registers the search attributes that are missing. The server's
// own flag counts only when it makes its database; a later version of the
// product may ask for more.
func addAttributes(ctx context.Context, c client.Client, want map[string]string) error {
	have, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: temporalNamespace})
	if err != nil {
		return err
	}
	missing := map[string]enumspb.IndexedValueType{}
	for name, kind := range want {
		if _, ok := have.GetCustomAttributes()[name]; ok {
			continue
		}
		if missing[name], err = enumspb.IndexedValueTypeFromString(kind); err != nil {
			return fmt.Errorf("search attribute %s: %w", name, err)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: temporalNamespace, SearchAttributes: missing,
	})
	if err != nil && strings.Contains(err.Error(), "already exist") {
		return nil
	}
	return err
}

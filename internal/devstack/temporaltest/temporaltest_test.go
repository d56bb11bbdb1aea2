package temporaltest_test

import (
	"context"
	"testing"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/goleak"

	"github.com/extsync/extsync/internal/devstack/temporaltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(temporaltest.Wrap(m)) }

func dial(t *testing.T, attributes map[string]string) client.Client {
	t.Helper()
	address, namespace := temporaltest.Server(t, attributes)
	c, err := client.DialContext(t.Context(), client.Options{HostPort: address, Namespace: namespace})
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestAWorkflowRuns(t *testing.T) {
	c := dial(t, nil)
	w := worker.New(c, "greetings", worker.Options{})
	w.RegisterWorkflowWithOptions(func(_ workflow.Context, name string) (string, error) { return "hello " + name, nil },
		workflow.RegisterOptions{Name: "Greet"})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: t.Name(), TaskQueue: "greetings"}, "Greet", "sync")
	if err != nil {
		t.Fatal(err)
	}
	var got string
	if err := run.Get(context.WithoutCancel(t.Context()), &got); err != nil || got != "hello sync" {
		t.Errorf("got %q, %v; want %q", got, err, "hello sync")
	}
}

func TestSearchAttributesOfEveryCallAreKnown(t *testing.T) {
	dial(t, map[string]string{"ExternalSystem": "Keyword"})
	c := dial(t, map[string]string{"ExternalSystem": "Keyword", "SyncStatus": "Keyword"})
	list, err := c.OperatorService().ListSearchAttributes(t.Context(), &operatorservice.ListSearchAttributesRequest{Namespace: "default"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ExternalSystem", "SyncStatus"} {
		if kind := list.GetCustomAttributes()[name]; kind != enumspb.INDEXED_VALUE_TYPE_KEYWORD {
			t.Errorf("search attribute %s is %v, want a keyword", name, kind)
		}
	}
}

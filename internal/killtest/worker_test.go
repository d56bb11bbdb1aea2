package killtest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/worker"
)

// childVariable makes this test binary a worker process; it holds the settings.
const childVariable = "EXTSYNC_KILLTEST_WORKER"

// childReady is the line that such a process prints once it works.
const childReady = "the worker works"

// The times of failure detection, in place of production's minutes: the test ends
// a worker every second.
const (
	heartbeatTimeout = 2 * time.Second
	heartbeatEvery   = 300 * time.Millisecond
	retryAtMost      = 500 * time.Millisecond
	callTimeout      = 3 * time.Second
)

// TestMain runs the tests, or plays a worker process.
func TestMain(m *testing.M) {
	if settings := os.Getenv(childVariable); settings != "" {
		os.Exit(child(settings))
	}
	os.Exit(m.Run())
}

// settings are what a worker process is told.
type settings struct{ Postgres, Temporal, Namespace, Keyset string }

func (s settings) config() worker.Config {
	return worker.Config{
		PostgresURL: s.Postgres, TemporalAddress: s.Temporal, Namespace: s.Namespace, KeysetFile: s.Keyset,
		AllowAddresses: worker.Loopback(), CallTimeout: callTimeout,
		TuneClient: func(o *client.Options) { o.Interceptors = append(o.Interceptors, &quick{}) },
		Log:        slog.New(slog.DiscardHandler),
	}
}

// child is the whole worker process: the product's worker until it is told to stop.
func child(text string) int {
	var s settings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// Without a cache no task is sent to a worker that is no more.
	sdkworker.SetStickyWorkflowCacheSize(0)
	cfg := s.config()
	cfg.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	ctx, stop := context.WithCancel(context.Background())
	go func() { // the parent is gone when our input ends
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if err := work(ctx, cfg); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// work runs the worker, and says so once it polls for tasks.
func work(ctx context.Context, cfg worker.Config) error {
	services, err := worker.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer services.Close()
	go func() {
		look := time.NewTicker(10 * time.Millisecond)
		defer look.Stop()
		for services.Ready(ctx) != nil && ctx.Err() == nil {
			<-look.C
		}
		fmt.Fprintln(os.Stdout, childReady)
	}()
	return services.Run(ctx)
}

// process is a running worker process.
type process struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	log   *strings.Builder
	ready chan struct{} // closed once it works
}

// startWorker starts a worker process.
func startWorker(s settings) (*process, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(os.Args[0]), log: &strings.Builder{}, ready: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	p.cmd.Stderr = p.log
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	go func() {
		if line, _ := bufio.NewReader(out).ReadString('\n'); strings.TrimSpace(line) == childReady {
			close(p.ready)
		}
	}()
	return p, p.cmd.Start()
}

// kill ends the process as a power cut would.
func (p *process) kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	err := p.cmd.Wait()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		if status, ok := ended.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
			return nil
		}
	}
	return fmt.Errorf("the worker ended by itself (%w): %s", err, p.log)
}

// quick makes Temporal notice a killed worker in seconds: short heartbeat timeouts and
// backoffs, and a sign of life from each activity for as long as its process lives.
type quick struct{ interceptor.InterceptorBase }

// InterceptActivity implements interceptor.WorkerInterceptor.
func (*quick) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	a := &quickActivity{}
	a.Next = next
	return a
}

// InterceptWorkflow implements interceptor.WorkerInterceptor.
func (*quick) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	w := &quickWorkflow{}
	w.Next = next
	return w
}

type quickActivity struct {
	interceptor.ActivityInboundInterceptorBase
}

// ExecuteActivity gives signs of life meanwhile.
func (a *quickActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	done := make(chan struct{})
	defer close(done)
	go func() {
		tick := time.NewTicker(heartbeatEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				activity.RecordHeartbeat(ctx)
			case <-done:
				return
			}
		}
	}()
	return a.Next.ExecuteActivity(ctx, in)
}

type quickWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
}

// Init puts the outbound half in place.
func (w *quickWorkflow) Init(next interceptor.WorkflowOutboundInterceptor) error {
	out := &quickOutbound{}
	out.Next = next
	return w.Next.Init(out)
}

type quickOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
}

// ExecuteActivity shortens the times, and allows more tries: those of production are
// meant for workers that live longer than a second.
func (o *quickOutbound) ExecuteActivity(ctx workflow.Context, kind string, args ...any) workflow.Future {
	options := workflow.GetActivityOptions(ctx)
	options.HeartbeatTimeout = heartbeatTimeout
	if options.RetryPolicy != nil {
		retry := *options.RetryPolicy
		retry.InitialInterval = min(retry.InitialInterval, retryAtMost)
		retry.MaximumInterval = retryAtMost
		retry.MaximumAttempts *= 10
		options.RetryPolicy = &retry
	}
	return o.Next.ExecuteActivity(workflow.WithActivityOptions(ctx, options), kind, args...)
}

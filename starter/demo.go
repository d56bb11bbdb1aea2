package starter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/extsync/extsync/api"
	"github.com/extsync/extsync/internal/demo"
	"github.com/extsync/extsync/internal/devstack"
	"github.com/extsync/extsync/workflows"
)

// demoData is where recorded issues are looked for, beside the checkout.
const demoData = "../shared/data/github-ivy"

func (a *app) demo() *cobra.Command {
	cmd := &cobra.Command{
		Use: "demo", Short: "Show the main job against a simulated GitHub, Jira and Linear",
		Long: "demo brings everything up on this machine, connects a simulated GitHub, Jira and Linear, and plays the main job:\n" +
			"issues come in, tickets go out, a conflict is found and decided, tickets of GitHub go on to Jira and Linear under a\n" +
			"rule, edits made in one system reach the others, and one more synchronisation has nothing to write. It needs no\n" +
			"token. Each demo starts afresh: the data of the last one, in .extsync/demo, are removed first.\n" +
			"It stays up until Ctrl-C or SIGTERM; with --once it ends by itself and prints JSON in its last line.",
	}
	var once bool
	var data string
	cmd.Flags().BoolVar(&once, "once", false, "end by itself; the last line is the outcome as JSON")
	cmd.Flags().StringVar(&data, "data", demoData, "folder with recorded issues.json and comments.json; issues are made up where it is missing")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.runDemo(cmd.Context(), data, once) }
	return cmd
}

// runDemo plays the demo and takes everything down again.
func (a *app) runDemo(ctx context.Context, data string, once bool) error {
	dir := a.file("demo")
	if _, err := os.Stat(dir); err == nil {
		a.say("starting afresh: the data of the last demo, in %s, are removed", dir)
	}
	if err := devstack.Remove(dir); err != nil {
		return err
	}
	world, err := demo.NewWorld(ctx, data)
	if err != nil {
		return err
	}
	sum, err := a.stageDemo(ctx, dir, world, once)
	if err = errors.Join(err, world.Close()); err != nil {
		return err
	}
	if !once {
		return nil
	}
	last, err := sum.JSON()
	if err != nil {
		return err
	}
	a.print("%s", last)
	return nil
}

// stageDemo brings the service up, plays, and unless it is to be over at once stays up.
func (a *app) stageDemo(ctx context.Context, dir string, world *demo.World, once bool) (sum demo.Summary, err error) {
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return sum, fmt.Errorf("make the folder of the demo: %w", err)
	}
	logs, err := os.Create(filepath.Join(dir, "extsync.log"))
	if err != nil {
		return sum, fmt.Errorf("open the log of the demo: %w", err)
	}
	defer func() { err = errors.Join(err, logs.Close()) }()
	l, token, err := a.startDemo(ctx, dir, logs)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, l.stop(context.WithoutCancel(ctx))) }()

	a.print("A simulated GitHub answers at %s with %s,\na simulated Jira at %s, a simulated Linear at %s.",
		world.GitHub.URL, world.Notice, world.Jira.URL, world.Linear.URL)
	if sum, err = a.playDemo(ctx, l, demo.Stage{API: l.API, Token: token, World: world, Out: a.Out}); err != nil {
		return sum, fmt.Errorf("%w (the logs are in %s)", err, dir)
	}
	if err := sum.Print(a.Out); err != nil || once {
		return sum, err
	}
	a.addresses(l, dir, world, sum)
	err = l.wait(ctx)
	a.say("stopping")
	return sum, err
}

// startDemo starts a local service and returns it with its admin token.
func (a *app) startDemo(ctx context.Context, dir string, logs io.Writer) (*local, string, error) {
	token := ""
	l, err := startLocal(ctx, localOptions{
		dir: dir, keyset: filepath.Join(dir, "keys.json"), throw: true, progress: a.say,
		serve: api.Config{
			TokenFile: filepath.Join(dir, "token"), AddressFile: filepath.Join(dir, "api"), FreshToken: func(t string) { token = t },
		},
		log: slog.New(slog.NewTextHandler(logs, nil)),
	})
	return l, token, err
}

// playDemo plays until the end, or until a part of the service ends.
func (a *app) playDemo(ctx context.Context, l *local, s demo.Stage) (demo.Summary, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := l.wait(ctx); err != nil {
			cancel(err)
		}
	}()
	s.Followed = func(ctx context.Context, conflictID string) (bool, error) {
		return follows(ctx, l.services.Temporal, conflictID)
	}
	sum, err := demo.Play(ctx, s)
	if err == nil {
		err = decided(ctx, l.services.Temporal, sum.Conflict)
	}
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	cancel(nil)
	<-done
	return sum, err
}

// follows reports whether a conflict's workflow was started.
func follows(ctx context.Context, c client.Client, conflictID string) (bool, error) {
	_, err := c.DescribeWorkflowExecution(ctx, workflows.ConflictID(conflictID), "")
	if missing := (*serviceerror.NotFound)(nil); errors.As(err, &missing) {
		return false, nil
	}
	return err == nil, err
}

// decided checks that the conflict's workflow was signalled, and has ended.
func decided(ctx context.Context, c client.Client, conflictID string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	id := workflows.ConflictID(conflictID)
	if err := c.GetWorkflow(ctx, id, "").Get(ctx, nil); err != nil {
		return fmt.Errorf("the workflow %s did not end well: %w", id, err)
	}
	history := c.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		e, err := history.Next()
		if err != nil {
			return fmt.Errorf("read the history of %s: %w", id, err)
		}
		if e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED {
			return nil
		}
	}
	return fmt.Errorf("no signal reached the workflow %s", id)
}

// addresses says where to look around, and how to end it.
func (a *app) addresses(l *local, dir string, w *demo.World, sum demo.Summary) {
	pages := l.stack.TemporalUI + "/namespaces/" + l.stack.Namespace + "/workflows"
	a.print("\nIt stays up until you press Ctrl-C. Look around:\n")
	rows := [][]string{
		{"  API reference", l.API + "/docs", "(admin token: " + filepath.Join(dir, "token") + ")"},
		{"  Temporal", pages},
	}
	for _, y := range sum.Systems {
		rows = append(rows, []string{"  the connection to " + y.System, pages + "/" + url.PathEscape(workflows.ProjectID(y.Project))})
	}
	rows = append(rows, []string{"  the conflict", pages + "/" + url.PathEscape(workflows.ConflictID(sum.Conflict))},
		[]string{"  what GitHub was asked", w.GitHub.Log()}, []string{"  what Jira was asked", w.Jira.Log()},
		[]string{"  what Linear was asked", w.Linear.Log()},
		[]string{"  open an issue on GitHub", w.GitHub.ByHand()},
		[]string{"  what else is done so", "simulator/github/act.go, likewise for jira and linear"},
		[]string{"  command line", "EXTSYNC_DIR=" + dir + " .bin/extsync status"})
	a.table(rows...)
}

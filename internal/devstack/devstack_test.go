package devstack_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/client"
	"go.uber.org/goleak"

	"github.com/extsync/extsync/internal/devstack"
)

// TestMain runs the tests, or plays the process that a test starts in order to
// kill it or to be another user (see helper_test.go).
func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) != "" {
		os.Exit(helper())
	}
	goleak.VerifyTestMain(m)
}

// openDirectory returns a directory that Postgres's user may enter; the
// directories of t.TempDir are closed to others.
func openDirectory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "devstack-test-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the data directory: %v", err)
		}
	})
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

func start(t *testing.T, o devstack.Options) *devstack.Stack {
	t.Helper()
	if o.Progress == nil {
		o.Progress = t.Logf
	}
	s, err := devstack.Start(t.Context(), o)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *devstack.Stack) {
	t.Helper()
	if err := s.Stop(context.Background()); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// query runs one statement and returns its single value as text.
func query(t *testing.T, s *devstack.Stack, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.PostgresURL)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer func() {
		if err := conn.Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	var got string
	if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

func temporal(t *testing.T, s *devstack.Stack) client.Client {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: s.TemporalAddress, Namespace: s.Namespace})
	if err != nil {
		t.Fatalf("connect to Temporal: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

func isAlive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func TestBothServersAnswerAndAreGoneAfterStop(t *testing.T) {
	s := start(t, devstack.Options{
		Dir: openDirectory(t), Temporal: true, FastUnsafe: true,
		SearchAttributes: map[string]string{"ExternalSystem": "Keyword"},
	})
	if got := query(t, s, "SELECT current_database() || ' ' || current_user"); got != "extsync extsync" {
		t.Errorf("database and role: %q", got)
	}
	if _, err := temporal(t, s).CheckHealth(t.Context(), &client.CheckHealthRequest{}); err != nil {
		t.Errorf("Temporal: %v", err)
	}
	response, err := http.Get(s.TemporalUI)
	if err != nil {
		t.Fatalf("Temporal's pages: %v", err)
	}
	if response.Body.Close() != nil || response.StatusCode != http.StatusOK {
		t.Errorf("Temporal's pages: %s", response.Status)
	}
	http.DefaultClient.CloseIdleConnections()

	pids := s.PIDs()
	for _, pid := range pids {
		// A group of its own: the terminal's Ctrl-C must not reach it before us.
		if group, err := syscall.Getpgid(pid); err != nil || group != pid {
			t.Errorf("process %d is in group %d, %v; want its own", pid, group, err)
		}
	}
	// A session that stays open must not hold up the stop.
	if _, err := pgx.Connect(t.Context(), s.PostgresURL); err != nil {
		t.Fatal(err)
	}
	stop(t, s)
	for _, pid := range pids {
		if isAlive(pid) {
			t.Errorf("process %d outlived the stop", pid)
		}
	}
	if len(pids) != 2 {
		t.Errorf("%d processes, want Postgres and Temporal", len(pids))
	}
	select {
	case err := <-s.Died():
		t.Errorf("a stop was reported as a death: %v", err)
	default:
	}
}

func TestARestartContinues(t *testing.T) {
	dir := openDirectory(t)
	first := start(t, devstack.Options{Dir: dir, Temporal: true})
	conn, err := pgx.Connect(t.Context(), first.PostgresURL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept (v text); INSERT INTO kept VALUES ('still here')"); err != nil {
		t.Fatal(err)
	}
	_, err = temporal(t, first).ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "kept", TaskQueue: "nobody"}, "Waits")
	if err != nil {
		t.Fatal(err)
	}
	stop(t, first)

	// A later version of the product asks for a search attribute more.
	second := start(t, devstack.Options{Dir: dir, Temporal: true, SearchAttributes: map[string]string{"SyncStatus": "Keyword"}})
	if got := query(t, second, "SELECT v FROM kept"); got != "still here" {
		t.Errorf("the row after a restart: %q", got)
	}
	if _, err := temporal(t, second).DescribeWorkflowExecution(t.Context(), "kept", ""); err != nil {
		t.Errorf("the workflow after a restart: %v", err)
	}
}

// TestReviveWaitsForTheDead: a process of a server that was killed is still there, and
// Postgres refuses to start beside it. Revive starts it once that process is gone.
func TestReviveWaitsForTheDead(t *testing.T) {
	dir := openDirectory(t)
	s := start(t, devstack.Options{Dir: dir, FastUnsafe: true, KillSafe: true})
	conn, err := pgx.Connect(t.Context(), s.PostgresURL)
	if err != nil {
		t.Fatal(err)
	}
	pid := int(conn.PgConn().PID()) // the process that serves it, which is not in the server's group
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := s.Crash(devstack.Postgres); err != nil {
		t.Fatal(err)
	}
	revived := make(chan error, 1)
	go func() { revived <- s.Revive(t.Context(), devstack.Postgres) }()
	refused := func() bool {
		log, err := os.ReadFile(filepath.Join(dir, "postgres.log"))
		return err == nil && strings.Contains(string(log), "shared memory block")
	}
	for tick := time.Tick(20 * time.Millisecond); !refused(); <-tick {
		select {
		case err := <-revived:
			t.Fatalf("it started beside process %d: %v", pid, err)
		default:
		}
	}
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := <-revived; err != nil {
		t.Fatal(err)
	}
	if got := query(t, s, "SELECT 'back'"); got != "back" {
		t.Errorf("it answers %q", got)
	}
}

func TestTakenPortsAreGoneRound(t *testing.T) {
	for _, port := range []string{"5433", "7233", "8233"} {
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			t.Logf("port %s is taken already, which serves as well: %v", port, err)
			continue
		}
		t.Cleanup(func() {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	s := start(t, devstack.Options{Dir: openDirectory(t), Temporal: true, FastUnsafe: true})
	for _, c := range []struct{ address, taken string }{
		{s.PostgresURL, ":5433"}, {s.TemporalAddress, ":7233"}, {s.TemporalUI, ":8233"},
	} {
		if strings.Contains(c.address, c.taken) {
			t.Errorf("uses the taken port %s", c.taken)
		}
	}
	query(t, s, "SELECT 'answers'")
}

func TestADirectoryInUseIsRefused(t *testing.T) {
	dir := openDirectory(t)
	s := start(t, devstack.Options{Dir: dir, FastUnsafe: true})
	_, err := devstack.Start(t.Context(), devstack.Options{Dir: dir})
	if want := fmt.Sprintf("in use by process %d", os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("second start: %v, want %q", err, want)
	}
	query(t, s, "SELECT 'undisturbed'")
}

func TestAServerThatDiesIsReported(t *testing.T) {
	s := start(t, devstack.Options{FastUnsafe: true})
	if err := syscall.Kill(s.PIDs()[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.Died():
		if !strings.Contains(err.Error(), "Postgres ended by itself") || !strings.Contains(err.Error(), "postgres.log") {
			t.Errorf("the report does not say what and where to look: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("not reported")
	}
}

func TestAStartGivenUpLeavesNothing(t *testing.T) {
	dir := openDirectory(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := devstack.Start(ctx, devstack.Options{Dir: dir, Progress: func(format string, _ ...any) {
		if strings.HasPrefix(format, "making a database") {
			cancel()
		}
	}})
	if err == nil {
		t.Fatal("started despite the cancelled context")
	}
	// The directory is free and whole: the next start succeeds.
	query(t, start(t, devstack.Options{Dir: dir, FastUnsafe: true}), "SELECT 'answers'")
}

func TestATemporaryStackIsRemoved(t *testing.T) {
	t.Setenv("TMPDIR", openDirectory(t))
	stop(t, start(t, devstack.Options{FastUnsafe: true}))
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// As root, Postgres runs as nobody, who may not enter a checkout under /root.
func TestAClosedParentMovesPostgresElsewhere(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root runs Postgres as another user")
	}
	dir := filepath.Join(t.TempDir(), "closed")
	var said []string
	o := devstack.Options{Dir: dir, Progress: func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }}
	s := start(t, o)
	pointer, err := os.ReadFile(filepath.Join(dir, "postgres-elsewhere"))
	if err != nil {
		t.Fatal(err)
	}
	home := strings.TrimSpace(string(pointer))
	t.Cleanup(func() {
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	if !strings.Contains(strings.Join(said, "\n"), home) {
		t.Errorf("did not say where the data went (%s): %q", home, said)
	}
	identity := query(t, s, "SELECT system_identifier::text FROM pg_control_system()")
	stop(t, s)
	if again := query(t, start(t, o), "SELECT system_identifier::text FROM pg_control_system()"); again != identity {
		t.Error("the next start made a new database instead of continuing")
	}
}

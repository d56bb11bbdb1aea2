package starter_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/internal/devstack"
	"github.com/extsync/extsync/internal/devstack/temporaltest"
	"github.com/extsync/extsync/starter"
)

// TestDev brings everything up as the README says, with nothing said beside, uses it as another
// terminal does, and stops it.
func TestDev(t *testing.T) {
	temporaltest.Server(t, nil) // skips where there is none; dev starts its own
	dir := filepath.Join(t.TempDir(), "data")
	t.Cleanup(func() {
		if err := devstack.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	var out, errs buffer
	command := func(ctx context.Context, args ...string) int {
		e := &starter.Env{In: strings.NewReader(""), Out: &out, Err: &errs, Dir: dir, Getenv: func(string) string { return "" }}
		return starter.Run(ctx, e, args)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan int, 1)
	go func() { ended <- command(ctx, "dev") }()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(out.String(), "Ctrl-C stops everything") {
		select {
		case code := <-ended:
			t.Fatalf("exit %d:\n%s\n%s", code, out.String(), errs.String())
		case <-tick.C:
		}
	}
	if code := command(t.Context(), "tickets", "create", "--title", "Write the manual"); code != 0 {
		t.Errorf("a ticket: exit %d:\n%s", code, errs.String())
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("stopped: exit %d:\n%s", code, errs.String())
	}
}

// TestCtrlCBeforeItIsUp: a service that was interrupted while it started does not say that things go on in it.
func TestCtrlCBeforeItIsUp(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for _, name := range []string{"worker", "api"} {
		var out, errs buffer
		getenv := func(name string) string {
			return map[string]string{"EXTSYNC_POSTGRES_URL": "postgres://nobody@127.0.0.1:1/none"}[name]
		}
		code := starter.Run(ctx, &starter.Env{In: strings.NewReader(""), Out: &out, Err: &errs, Dir: t.TempDir(), Getenv: getenv}, []string{name})
		if code != 1 || !strings.Contains(errs.String(), "interrupted") || strings.Contains(errs.String(), "goes on") {
			t.Errorf("%s: exit %d:\n%s", name, code, errs.String())
		}
	}
}

// TestWhatCannotBeServed is said before anything is connected to, as a mistake on the command line, and shows no secret.
func TestWhatCannotBeServed(t *testing.T) {
	const nowhere = "postgres://nobody@127.0.0.1:1/none"
	for _, c := range []struct{ database, line, says string }{
		{nowhere, "api --listen 0.0.0.0:7245", "--allow-remote"},
		{nowhere, "api --listen 127.0.0.1", "host:port"},
		{nowhere, "api --listen 127.0.0.1:99999", "host:port"},
		{nowhere, "worker --audit-heads ftp://secret@witness.example.com/heads", "audit heads"},
		{nowhere, "dev --audit-heads https://", "audit heads"},
		{"postgres://nobody:pa@secret@127.0.0.1:1/none", "worker", "%40"},
	} {
		var out, errs buffer
		getenv := func(name string) string { return map[string]string{"EXTSYNC_POSTGRES_URL": c.database}[name] }
		e := &starter.Env{In: strings.NewReader(""), Out: &out, Err: &errs, Dir: t.TempDir(), Getenv: getenv}
		code := starter.Run(t.Context(), e, strings.Fields(c.line))
		if said := errs.String(); code != 2 || !strings.Contains(said, c.says) || strings.Contains(said, "secret") {
			t.Errorf("%s: exit %d: %s", c.line, code, said)
		}
	}
}

// TestATimeThatCannotBe names the flag, before anything is connected to.
func TestATimeThatCannotBe(t *testing.T) {
	for _, flag := range []string{"--keep-delivered", "--reconcile-every"} {
		var out, errs buffer
		getenv := func(name string) string {
			return map[string]string{"EXTSYNC_POSTGRES_URL": "postgres://nobody@127.0.0.1:1/none"}[name]
		}
		e := &starter.Env{In: strings.NewReader(""), Out: &out, Err: &errs, Dir: t.TempDir(), Getenv: getenv}
		if code := starter.Run(t.Context(), e, []string{"worker", flag, "-1h"}); code != 2 || !strings.Contains(errs.String(), flag+" -1h0m0s: want a time") {
			t.Errorf("%s: exit %d: %s", flag, code, errs.String())
		}
	}
}

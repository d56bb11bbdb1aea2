package starter

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

// app is what the commands share: the surroundings and the flags that all of them take.
type app struct {
	*Env
	remote
	json bool
}

// New makes the tree of commands.
func New(e *Env) *cobra.Command {
	a := &app{Env: e}
	root := &cobra.Command{
		Use:   "extsync",
		Short: "Keep your tickets in step with GitHub Issues, Jira, Linear and webhooks, both ways",
		Long: "extsync keeps the tickets of a team in step with external systems, both ways.\n\n" +
			"Try it:    extsync demo\nRun it:    extsync dev          (everything on this machine)\n" +
			"Connect:   extsync connect github owner/repo",
		SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		Args:              cobra.NoArgs,
	}
	told := root.Flags().Bool("version", false, "print what this binary was built from")
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if !*told {
			return cmd.Help()
		}
		return show(a, versionOf(a.Build), func(v version) { a.print("extsync %s", v) })
	}
	root.SetIn(e.In)
	root.SetOut(e.Out)
	root.SetErr(e.Err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return cmp.Or(a.checkAddress(), a.checkActor()) }
	f := root.PersistentFlags()
	f.StringVar(&a.api, "api", "", "address of the API (EXTSYNC_API; else what this directory's service noted)")
	f.StringVar(&a.token, "token", "", "admin token; other users of this machine can see it here: better set EXTSYNC_TOKEN")
	f.StringVar(&a.actor, "as", "", "your local handle, for the audit log (EXTSYNC_ACTOR)")
	f.BoolVar(&a.json, "json", false, "print JSON")
	root.AddCommand(
		a.dev(), a.demo(), a.worker(), a.serveAPI(),
		a.connect(), a.configure(), a.systems(), a.status(), a.sync(), a.retry(), a.pause(), a.resume(), a.disconnect(), a.replaceToken(), a.webhookSecret(),
		a.tickets(), a.why(), a.rollback(), a.conflicts(), a.mapping(), a.rules(), a.preview(), a.audit(), a.verify(), a.duplicates(), a.keys(),
		exitCodes(),
	)
	takeArguments(root)
	return root
}

// checkAddress refuses an address of the API that cannot be one.
func (a *app) checkAddress() error {
	address := first(a.api, a.Getenv("EXTSYNC_API"))
	if address != "" && !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
		return usage("the address of the API is %q: want something like http://127.0.0.1:7245", address)
	}
	return nil
}

// checkActor refuses a handle that the API would not take.
func (a *app) checkActor() error {
	actor := first(a.actor, a.Getenv("EXTSYNC_ACTOR"))
	other := func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._@-", r)
	}
	if strings.ContainsFunc(actor, other) || len(actor) > 128 {
		return usage("--as, or EXTSYNC_ACTOR, is %.140q: want a handle of letters, digits and . _ @ -", actor)
	}
	return nil
}

// call makes the client of the API.
func (a *app) call() *client.Client { return a.client(a.remote) }

// Main runs one command on this process's surroundings and returns its exit code.
// SIGINT and SIGTERM end it in an orderly way; a second one at once.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // from now on a signal kills
	return Run(ctx, System(), args)
}

// Run runs one command and returns its exit code. What went wrong is told on e.Err.
func Run(ctx context.Context, e *Env, args []string) int {
	own, out := *e, &stdout{to: e.Out}
	own.In, own.Out = stdin{ctx, e.In}, out
	e = &own
	if n := slices.IndexFunc(args, func(s string) bool { return !utf8.ValidString(s) }); n >= 0 {
		e.say("extsync: %s", usage("%q is not UTF-8", args[n]))
		return exitUsage
	}
	root := New(e) //nolint:contextcheck // cobra hands the context to the command
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil && out.failed != nil {
		err = fmt.Errorf("the output is not whole: %w", out.failed)
	}
	if err == nil {
		return exitOK
	}
	var p *v1.Problem
	if asJSON, ferr := root.PersistentFlags().GetBool("json"); ferr == nil && asJSON && errors.As(err, &p) {
		if b, jerr := json.MarshalIndent(p, "", "  "); jerr == nil {
			e.say("%s", b)
			return exitCode(err)
		}
	}
	if errors.Is(err, context.Canceled) && slices.Contains([]string{"dev", "demo", "worker", "api"}, cmd.Name()) {
		e.say("extsync: %s", stopped)
		return exitCode(err)
	}
	e.say("extsync: %s", explain(cmd, err))
	return exitCode(err)
}

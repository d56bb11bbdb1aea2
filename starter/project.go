package starter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

// find turns what a person calls a project, its id or its address, into the project.
func find(ctx context.Context, c *client.Client, name string) (v1.Project, error) {
	if uuid.Validate(name) == nil {
		return c.Project(ctx, name)
	}
	all, err := c.Projects(ctx)
	if err != nil {
		return v1.Project{}, err
	}
	var found []v1.Project
	for _, p := range all.Projects {
		if strings.EqualFold(p.Address, name) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return v1.Project{}, &codedError{exitNotFound, fmt.Sprintf("there is no project %q; `extsync status` lists what is connected", name)}
	case 1:
		return found[0], nil
	}
	return v1.Project{}, usage("%q names %d projects; use the id, which `extsync status --json` shows", name, len(found))
}

// connectFlags are what `connect` is told.
type connectFlags struct {
	tokenFile, apiURL, direction, hookSecretFile string
	poll                                         time.Duration
	noPacing, preview, noWait                    bool
}

func (a *app) connect() *cobra.Command {
	cmd := &cobra.Command{Use: "connect", Short: "Connect an external project", Args: cobra.NoArgs, RunE: helpOnly}
	var f connectFlags
	github := &cobra.Command{
		Use: "github OWNER/REPO", Short: "Connect a GitHub repository", Args: cobra.ExactArgs(1),
		Long: "github connects a repository: it tries the token, brings the issues in, and sends out what you share.\n\n" +
			"The token comes from --token-file, else from GITHUB_TOKEN, else it is asked for. It needs the permission\n" +
			"Issues: read and write on the repository (a fine-grained token), or the scope repo (a classic one).\n" +
			"It is sealed and never shown again. Where the token of a connected project is not accepted any more, connecting\n" +
			"again replaces it.",
		Example: "  extsync connect github octo/hello --poll-every 1m\n  extsync connect github octo/hello --api-url https://github.example.com/api/v3",
	}
	flags := github.Flags()
	flags.StringVar(&f.tokenFile, "token-file", "", "file with the token; - reads standard input")
	flags.StringVar(&f.apiURL, "api-url", "", "API of a GitHub Enterprise or compatible server")
	flags.StringVar(&f.direction, "direction", "", "push, pull, bidirectional or disabled (default bidirectional)")
	flags.DurationVar(&f.poll, "poll-every", time.Minute, "how often to ask what changed; 0: by webhooks and by hand only")
	flags.StringVar(&f.hookSecretFile, "webhook-secret-file", "", "file with the secret that the repository's webhook signs with")
	flags.BoolVar(&f.noPacing, "no-pacing", false, "the server has no limits on writes")
	flags.BoolVar(&f.preview, "preview", false, "show what would leave, and ask before the first synchronisation")
	flags.BoolVar(&f.noWait, "no-wait", false, "do not wait for the first synchronisation")
	github.RunE = func(cmd *cobra.Command, args []string) error { return a.connectGitHub(cmd.Context(), args[0], f) }
	cmd.AddCommand(github)
	return cmd
}

func helpOnly(cmd *cobra.Command, _ []string) error { return cmd.Help() }

func (a *app) connectGitHub(ctx context.Context, address string, f connectFlags) error {
	token, err := a.vendorToken(f.tokenFile, "GITHUB_TOKEN", "GitHub token for "+address)
	if err != nil {
		return err
	}
	n := v1.NewProject{
		System: "github", Address: address, APIURL: f.apiURL, Token: token, Direction: f.direction,
		PollEvery: v1.Duration(f.poll), Pace: v1.Pace{Off: f.noPacing}, Preview: f.preview,
	}
	if f.hookSecretFile != "" {
		b, err := os.ReadFile(f.hookSecretFile)
		if err != nil {
			return usage("--webhook-secret-file: %w", err)
		}
		n.WebhookSecret = strings.TrimSpace(string(b))
	}
	c := a.call()
	p, err := c.Connect(ctx, n)
	if exists(err) {
		p, err = a.connectAgain(ctx, c, n, err)
	}
	if err != nil {
		return err
	}
	if p.Status == "error" { // the setup is behind it: it goes on by itself
		return a.syncNow(ctx, p.ID, false, f.noWait)
	}
	if !f.noWait {
		if p, err = a.waitForSetup(ctx, c, p); err != nil {
			return err
		}
	}
	return show(a, p, func(p v1.Project) {
		a.print("%s is connected as project %s (%s)", p.Address, p.ID, p.Status)
	})
}

func exists(err error) bool {
	var p *v1.Problem
	return errors.As(err, &p) && p.Type == v1.Exists
}

// connectAgain gives the new token to a project that lacks a valid one. A project
// that is well is left alone.
func (a *app) connectAgain(ctx context.Context, c *client.Client, n v1.NewProject, refusal error) (v1.Project, error) {
	all, err := c.Projects(ctx)
	if err != nil {
		return v1.Project{}, err
	}
	for _, p := range all.Projects {
		if strings.EqualFold(p.Address, n.Address) && p.APIURL == n.APIURL && (p.Status == "configuring" || p.Status == "error") {
			a.say("%s is connected already, and its status is %s: the token is replaced", p.Address, p.Status)
			return c.ReplaceToken(ctx, p.ID, n.Token)
		}
	}
	return v1.Project{}, refusal
}

// vendorToken reads a credential: from the file, else the environment, else the
// terminal. It never shows it.
func (a *app) vendorToken(file, variable, question string) (string, error) {
	var text string
	switch {
	case file == "-":
		b, err := io.ReadAll(io.LimitReader(a.In, 64<<10))
		if err != nil {
			return "", fmt.Errorf("read the token from standard input: %w", err)
		}
		text = string(b)
	case file != "":
		b, err := os.ReadFile(file)
		if err != nil {
			return "", usage("--token-file: %w", err)
		}
		text = string(b)
	case a.Getenv(variable) != "":
		text = a.Getenv(variable)
	case a.Terminal && a.ReadSecret != nil:
		fmt.Fprintf(a.Err, "%s (not shown): ", question)
		s, err := a.ReadSecret()
		a.say("")
		if err != nil {
			return "", fmt.Errorf("read the token: %w", err)
		}
		text = s
	default:
		return "", usage("no token: set %s, or name a file with --token-file (- for standard input)", variable)
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", usage("the token is empty: set %s, or name a file with --token-file", variable)
	}
	return text, nil
}

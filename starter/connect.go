package starter

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	v1 "github.com/extsync/extsync/api/v1"
)

// connectFlags are what `connect` is told.
type connectFlags struct {
	tokenFile, apiURL, direction, hookSecretFile string
	user, filter, settings, mapping              string
	poll                                         time.Duration
	noPacing, preview, noWait                    bool
	pollSaid                                     bool // poll was named
}

// vendor is one kind of external system, as `connect` speaks of it.
type vendor struct {
	system, name   string
	use, short     string
	about, example string
	variable       string // of the environment, with the token
	// address takes the argument apart; nil: it is the address, of the vendor's public
	// service or of --api-url.
	address func(arg string) (baseURL, key string, err error)
	// own says which flags besides the common ones it takes.
	own []string
	// signs names the variable with the secret that deliveries are signed with, both ways;
	// the token is then optional.
	signs string
}

func vendors() []vendor {
	return []vendor{
		{
			system: "github", name: "GitHub", use: "github OWNER/REPO", short: "Connect a GitHub repository", variable: "GITHUB_TOKEN",
			about: "github connects a repository: it tries the token, brings the issues in, and sends out what you share.\n\n" +
				"The token comes from --token-file, else from GITHUB_TOKEN, else it is asked for. It needs the permission\n" +
				"Issues: read and write on the repository (a fine-grained token), or the scope repo (a classic one).",
			example: "  extsync connect github octo/hello --poll-every 1m\n  extsync connect github octo/hello --api-url https://github.example.com/api/v3",
			own:     []string{"api-url"},
		},
		{
			system: "jira", name: "Jira", use: "jira URL/PROJECT", short: "Connect a Jira project", variable: "JIRA_TOKEN", address: jiraAddress,
			about: "jira connects a project of Jira Cloud or of a Data Center of your own: the address of the site, and behind it\n" +
				"the key of the project.\n\n" +
				"The token comes from --token-file, else from JIRA_TOKEN, else it is asked for. On Cloud it is an API token and\n" +
				"--user the e-mail address of its account; on Data Center a personal access token without --user, or a password\n" +
				"with it, and --settings names a file with {\"edition\": \"data_center\"}. The account needs to browse projects, create\n" +
				"and edit issues, and add comments.\n" +
				"With --filter only the issues that a JQL condition selects are kept in step.",
			example: "  extsync connect jira https://example.atlassian.net/PROJ --user me@example.com\n" +
				"  extsync connect jira https://jira.example.com/PROJ --settings data-center.json --filter 'labels = shared' --direction pull",
			own: []string{"user", "filter", "settings"},
		},
		{
			system: "linear", name: "Linear", use: "linear TEAM", short: "Connect a Linear team", variable: "LINEAR_API_KEY",
			about: "linear connects a team by its key, as in the ids of its issues (ENG of ENG-12).\n\n" +
				"The API key comes from --token-file, else from LINEAR_API_KEY, else it is asked for. Make a personal API key\n" +
				"in Linear's settings under Security & access; it needs to read and write. With --filter only the issues that an\n" +
				"IssueFilter of Linear's API selects are kept in step.",
			example: "  extsync connect linear ENG --poll-every 1m\n" +
				"  extsync connect linear ENG --filter '{\"labels\": {\"name\": {\"eq\": \"shared\"}}}'",
			own: []string{"api-url", "filter", "settings"},
		},
		{
			system: "webhook", name: "webhook", use: "webhook NAME", short: "Connect anything that sends or receives webhooks",
			variable: "WEBHOOK_TOKEN", signs: "WEBHOOK_SECRET",
			about: "webhook connects a peer that sends us its changes, takes ours, or both. NAME is what you call it; the file of\n" +
				"--settings says where it is and what its items look like. A peer that cannot be read back serves one direction\n" +
				"only: say which with --direction.\n\n" +
				"The secret that deliveries are signed with, both ways, comes from --webhook-secret-file, else from\n" +
				"WEBHOOK_SECRET, else it is asked for: whsec_ and at least 16 bytes in base64 (a Standard Webhook), or where the\n" +
				"peer signs otherwise and takes nothing from us, any text of at least 16 characters. A bearer token that the peer\n" +
				"asks for comes from --token-file, else from WEBHOOK_TOKEN.",
			example: "  extsync connect webhook helpdesk --settings helpdesk.json --direction push",
			own:     []string{"api-url", "settings"},
		},
	}
}

const aboutToken = "\nIt is sealed and never shown again. Where the token of a connected project is not accepted any more, connecting\n" +
	"again replaces it; `extsync replace-token` does at any time."

func (a *app) connect() *cobra.Command {
	var known []string
	cmd := &cobra.Command{Use: "connect", Short: "Connect an external project", RunE: helpOnly}
	for _, v := range vendors() {
		cmd.AddCommand(a.connectTo(v))
		known = append(known, v.system)
	}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage("there is no system %q; want one of %s", args[0], strings.Join(known, ", "))
		}
		return nil
	}
	return cmd
}

func (a *app) connectTo(v vendor) *cobra.Command {
	var f connectFlags
	cmd := &cobra.Command{Use: v.use, Short: v.short, Long: v.about + aboutToken, Example: v.example}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f.pollSaid = cmd.Flags().Changed("poll-every")
		return a.connectProject(cmd.Context(), v, args[0], f)
	}
	flags := cmd.Flags()
	flags.StringVar(&f.tokenFile, "token-file", "", "file with the token; - reads standard input")
	flags.StringVar(&f.direction, "direction", "", "push, pull, bidirectional or disabled (default bidirectional, or as it was before it was disconnected)")
	flags.DurationVar(&f.poll, "poll-every", time.Minute, "how often to ask what changed; 0: by webhooks and by hand only")
	flags.StringVar(&f.hookSecretFile, "webhook-secret-file", "", "file with the secret that the webhooks of the project are signed with; they go to /v1/hooks/SYSTEM/ID of the API")
	flags.BoolVar(&f.noPacing, "no-pacing", false, "the server has no limits on writes")
	flags.StringVar(&f.mapping, "mapping", "", "auto: propose a field mapping and use it unless something is wrong (the default); review: you confirm it first; default: the system's as it is")
	flags.BoolVar(&f.preview, "preview", false, "show what would leave, and ask before the first synchronisation")
	flags.BoolVar(&f.noWait, "no-wait", false, "do not wait for the first synchronisation")
	for _, name := range v.own {
		switch name {
		case "api-url":
			flags.StringVar(&f.apiURL, name, "", "API of a server of your own, or of a compatible one")
		case "user":
			flags.StringVar(&f.user, name, "", "the account that goes with the token: an e-mail address or a name")
		case "filter":
			flags.StringVar(&f.filter, name, "", "keep only these tickets in step, in the system's own language")
		case "settings":
			flags.StringVar(&f.settings, name, "", "JSON file with settings of the adapter's own")
		}
	}
	return cmd
}

func helpOnly(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// jiraAddress takes https://site/PROJ apart. The address of an issue or of the
// project's page will do as well.
func jiraAddress(arg string) (baseURL, key string, err error) {
	const want = "want the address of the site and the key of the project, such as https://example.atlassian.net/PROJ"
	u, err := url.Parse(arg)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return "", "", usage("%q: %s", arg, want)
	}
	path := strings.Trim(u.Path, "/")
	for _, page := range []string{"browse", "projects"} {
		if before, after, ok := strings.Cut("/"+path, "/"+page+"/"); ok {
			key, _, _ = strings.Cut(after, "/")
			key, _, _ = strings.Cut(key, "-") // of an issue
			before = strings.TrimSuffix(before, "/jira/software/c")
			before = strings.TrimSuffix(before, "/jira/software")
			path = strings.Trim(before+"/"+key, "/")
			break
		}
	}
	cut := strings.LastIndex(path, "/")
	key = path[cut+1:]
	if key == "" {
		return "", "", usage("%q names no project: %s", arg, want)
	}
	u.Path, u.RawQuery, u.Fragment = path[:max(cut, 0)], "", ""
	return strings.TrimRight(u.String(), "/"), key, nil
}

// request reads what the flags and files say.
func (a *app) request(ctx context.Context, v vendor, arg string, f connectFlags) (n v1.NewProject, err error) {
	n = v1.NewProject{
		System: v.system, Address: arg, APIURL: f.apiURL, Direction: f.direction, User: f.user, Filter: f.filter,
		PollEvery: v1.Duration(f.poll), Pace: v1.Pace{Off: f.noPacing}, Preview: f.preview, Mapping: f.mapping,
	}
	if v.address != nil {
		if n.APIURL, n.Address, err = v.address(arg); err != nil {
			return n, err
		}
	}
	if n.Settings, err = settingsFile(f.settings); err != nil {
		return n, err
	}
	if n.WebhookSecret, err = secretFile(f.hookSecretFile); err != nil {
		return n, err
	}
	if v.signs != "" {
		return n, a.secrets(ctx, v, f, &n)
	}
	n.Token, err = a.vendorToken(ctx, f.tokenFile, v.variable, v.name+" token for "+n.Address)
	return n, err
}

// secrets reads the credentials of a peer that signs, and is signed to: what begins with
// whsec_ also signs what we send.
func (a *app) secrets(ctx context.Context, v vendor, f connectFlags, n *v1.NewProject) (err error) {
	if n.WebhookSecret == "" {
		if n.WebhookSecret, err = a.vendorToken(ctx, "", v.signs, "secret of the deliveries of "+n.Address); err != nil {
			return err
		}
	}
	if f.tokenFile != "" || a.Getenv(v.variable) != "" {
		if n.Token, err = a.vendorToken(ctx, f.tokenFile, v.variable, ""); err != nil {
			return err
		}
	}
	for _, word := range strings.Fields(n.WebhookSecret) {
		if strings.HasPrefix(word, "whsec_") {
			n.Token = strings.TrimSpace(n.Token + " " + word)
		}
	}
	return nil
}

func (a *app) connectProject(ctx context.Context, v vendor, arg string, f connectFlags) error {
	n, err := a.request(ctx, v, arg, f)
	if err != nil {
		return err
	}
	c := a.call()
	p, err := c.Connect(ctx, n)
	if exists(err) {
		p, err = a.connectAgain(ctx, c, n, f, err)
	}
	if err != nil {
		return err
	}
	a.asBefore(n, p)
	if p.Status == "error" { // the setup is behind it: it goes on by itself
		ctx, cancel := context.WithTimeout(ctx, syncTakes)
		defer cancel()
		return a.syncNow(ctx, p.ID, false, f.noWait)
	}
	if !f.noWait {
		if p, err = a.waitForSetup(ctx, c, p, f.preview); err != nil {
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

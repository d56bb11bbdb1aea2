package starter

import (
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api"
	"github.com/extsync/extsync/worker"
)

// serviceFlags are what both halves of the service are told.
type serviceFlags struct {
	temporal, namespace, keyset, postgresFile, level string
	allow                                            []string
	reconcile, keep                                  time.Duration
	heads                                            string
}

func (a *app) serviceFlags(cmd *cobra.Command) *serviceFlags {
	s := &serviceFlags{}
	f := cmd.Flags()
	f.StringVar(&s.postgresFile, "postgres-url-file", "", "file with the address of the database, postgres://user:password@host/name; else EXTSYNC_POSTGRES_URL")
	f.StringVar(&s.temporal, "temporal", "", "host:port of Temporal (EXTSYNC_TEMPORAL; else 127.0.0.1:7233)")
	f.StringVar(&s.namespace, "namespace", "", "namespace of Temporal (EXTSYNC_NAMESPACE; else default)")
	f.StringVar(&s.keyset, "keyset", "", "file with the keys that seal credentials (EXTSYNC_KEYSET; else .extsync/keys.json); made when missing")
	f.StringSliceVar(&s.allow, "allow-address", nil, "network in which external systems may live besides the public ones, such as 10.0.0.0/8")
	f.DurationVar(&s.reconcile, "reconcile-every", 0, "time between two full sweeps of a project (default 24h); the same for workers and API")
	f.StringVar(&s.level, "log-level", "info", "debug, info, warn or error")
	return s
}

// config reads the flags, else the environment.
func (a *app) config(s *serviceFlags) (worker.Config, error) {
	cfg := worker.Config{
		PostgresURL: a.Getenv("EXTSYNC_POSTGRES_URL"), TemporalAddress: first(s.temporal, a.Getenv("EXTSYNC_TEMPORAL")),
		Namespace: first(s.namespace, a.Getenv("EXTSYNC_NAMESPACE")), ReconcileEvery: s.reconcile, KeepDelivered: s.keep,
		AuditHeads: first(s.heads, a.Getenv("EXTSYNC_AUDIT_HEADS")),
		KeysetFile: first(s.keyset, a.Getenv("EXTSYNC_KEYSET"), a.keysetFile()),
	}
	if s.postgresFile != "" {
		b, err := os.ReadFile(s.postgresFile)
		if err != nil {
			return cfg, usage("--postgres-url-file: %w", err)
		}
		cfg.PostgresURL = strings.TrimSpace(string(b))
	}
	if cfg.PostgresURL == "" {
		return cfg, usage("no database: set EXTSYNC_POSTGRES_URL to postgres://user:password@host/name, or run `extsync dev`, which brings its own")
	}
	for name, d := range map[string]time.Duration{"--reconcile-every": s.reconcile, "--keep-delivered": s.keep} {
		if d < 0 {
			return cfg, usage("%s %s: want a time such as 24h", name, d)
		}
	}
	for _, n := range s.allow {
		p, err := netip.ParsePrefix(n)
		if err != nil {
			return cfg, usage("--allow-address %q: want a network such as 10.0.0.0/8", n)
		}
		cfg.AllowAddresses = append(cfg.AllowAddresses, p)
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.level)); err != nil {
		return cfg, usage("--log-level %q: want debug, info, warn or error", s.level)
	}
	if err := cfg.Check(); err != nil {
		return cfg, usage("%w", err)
	}
	cfg.Log = slog.New(slog.NewTextHandler(a.Err, &slog.HandlerOptions{Level: level}))
	cfg.Log.Info("extsync starts", "version", versionOf(a.Build).String())
	return cfg, nil
}

func (a *app) worker() *cobra.Command {
	cmd := &cobra.Command{
		Use: "worker", Short: "Run the background half of the service",
		Long: "worker runs the workflows: it reads and writes the external systems. Several may run over one database.\n" +
			"It brings the database's schema up to date and stops in an orderly way on Ctrl-C and SIGTERM.",
	}
	flags := a.serviceFlags(cmd)
	cmd.Flags().StringVar(&flags.heads, "audit-heads", "", "file or URL outside to which signed audit heads are published (EXTSYNC_AUDIT_HEADS)")
	cmd.Flags().DurationVar(&flags.keep, "keep-delivered", 0, "how long ids of what was delivered, and of webhooks that came in, are kept (default 720h)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := a.config(flags)
		if err != nil {
			return err
		}
		return worker.Run(cmd.Context(), cfg)
	}
	return cmd
}

func (a *app) serveAPI() *cobra.Command {
	cmd := &cobra.Command{
		Use: "api", Short: "Serve the API",
		Long: "api serves REST, webhook intake and health. At the very first start it makes the admin token, prints it once\n" +
			"and writes it to .extsync/token. It listens on this machine alone unless told otherwise, and speaks plain HTTP:\n" +
			"where others reach it, put TLS in front.",
	}
	flags := a.serviceFlags(cmd)
	var listen string
	var remote, renew bool
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "", "host:port (EXTSYNC_LISTEN; else "+api.DefaultListen+")")
	f.BoolVar(&remote, "allow-remote", false, "listen on an address that other machines can reach")
	f.BoolVar(&renew, "new-token", false, "make a new admin token; the old one is void, within seconds also for other processes of the API")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := a.config(flags)
		if err != nil {
			return err
		}
		serve := a.apiConfig(first(listen, a.Getenv("EXTSYNC_LISTEN")))
		serve.AllowRemote, serve.RenewToken = remote, renew
		if err := serve.Check(); err != nil {
			return usage("%w", err)
		}
		s, err := worker.Open(cmd.Context(), cfg)
		if err != nil {
			return err
		}
		defer s.Close()
		return api.Run(cmd.Context(), serve, APIDeps(s))
	}
	return cmd
}

// apiConfig says how the API is served by a command of this machine: the token and
// the address are noted for the other commands.
func (a *app) apiConfig(listen string) api.Config {
	return api.Config{
		Listen: listen, TokenFile: a.tokenFile(), AddressFile: a.addressFile(),
		FreshToken: func(token string) {
			fmt.Fprintf(a.Err, "The admin token, shown this once and kept in %s:\n\n  %s\n\n", a.tokenFile(), token)
		},
		Listening: func(url string) { a.say("The API listens on %s; its reference is %s/docs", url, url) },
	}
}

// APIDeps gives the API the services of a worker.
func APIDeps(s *worker.Services) api.Deps {
	return api.Deps{
		Engine: s.Engine, Systems: s.Systems(), Vault: s.Vault, Steering: api.Temporal{Client: s.Temporal},
		Mappings: s.Mappings(), SweepEvery: s.ReconcileEvery(), Log: s.Log,
	}
}

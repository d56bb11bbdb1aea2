package starter

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api"
	"github.com/extsync/extsync/internal/devstack"
	"github.com/extsync/extsync/worker"
	"github.com/extsync/extsync/workflows"
)

// local is the whole service in this process, over a Postgres and a Temporal of its
// own: what `dev` and `demo` run.
type local struct {
	API   string // address of the API
	stack *devstack.Stack

	services *worker.Services
	cancel   context.CancelFunc
	ended    chan error // what became of the worker and of the API, one each
	running  int        // of these
}

// localOptions says where a local service keeps its data and whom it tells.
type localOptions struct {
	serve      api.Config // Listen empty: the usual address, or a free one where it is taken
	dir        string
	keyset     string
	allow      []netip.Prefix // besides this machine itself
	auditHeads string         // see worker.Config
	throw      bool           // the data are thrown away: they need not survive a power cut
	log        *slog.Logger
	progress   func(format string, args ...any)
}

// stopPatience is how long a local service may take to stop before its servers are
// killed.
const stopPatience = 45 * time.Second

// startLocal brings everything up and returns once the API answers and the worker
// works. When it fails nothing is left running.
func startLocal(ctx context.Context, o localOptions) (*local, error) {
	stack, err := devstack.Start(ctx, devstack.Options{
		Dir: o.dir, Temporal: true, SearchAttributes: workflows.SearchAttributes(), FastUnsafe: o.throw, Progress: o.progress,
	})
	if err != nil {
		return nil, err
	}
	l := &local{stack: stack, ended: make(chan error, 2)}
	if err := l.run(ctx, o); err != nil {
		return nil, errors.Join(err, l.stop(context.WithoutCancel(ctx)))
	}
	return l, nil
}

func (l *local) run(ctx context.Context, o localOptions) error {
	services, err := worker.Open(ctx, worker.Config{
		AuditHeads:  o.auditHeads,
		PostgresURL: l.stack.PostgresURL, TemporalAddress: l.stack.TemporalAddress, Namespace: l.stack.Namespace,
		KeysetFile: o.keyset, AllowAddresses: append(worker.Loopback(), o.allow...), Log: o.log,
	})
	if err != nil {
		return err
	}
	l.services = services
	// Worker and API end by stop, in order, and not all at once with ctx.
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l.cancel = cancel
	listening := make(chan string, 1)
	tell := o.serve.Listening
	o.serve.Listening = func(url string) {
		if tell != nil {
			tell(url)
		}
		listening <- url
	}
	if o.serve.Listen == "" {
		o.serve.Listen = usualOrFree(ctx, api.DefaultListen)
	}
	l.start(func() error { return services.Run(work) })
	l.start(func() error { return api.Run(work, o.serve, APIDeps(services)) })
	select {
	case l.API = <-listening:
	case err := <-l.ended:
		l.running--
		return orEnded(err)
	case <-ctx.Done():
		return ctx.Err()
	}
	return l.awaitWorker(ctx)
}

// start runs one half of the service.
func (l *local) start(half func() error) {
	l.running++
	go func() { l.ended <- half() }()
}

// awaitWorker waits until the worker works.
func (l *local) awaitWorker(ctx context.Context) error {
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for l.services.Ready(ctx) != nil {
		select {
		case <-look.C:
		case err := <-l.ended:
			l.running--
			return orEnded(err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// wait returns when ctx ends, or with an error when a part of the service does.
func (l *local) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-l.ended:
		l.running--
		return orEnded(err)
	case err := <-l.stack.Died():
		return err
	}
}

// orEnded is the error of a half of the service that ended without being told to.
func orEnded(err error) error {
	if err == nil {
		return errors.New("a part of the service has ended by itself")
	}
	return err
}

// stop ends the API and the worker, which come to a rest, and then the servers.
func (l *local) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	var errs []error
	if l.cancel != nil {
		l.cancel()
	}
	for ; l.running > 0; l.running-- {
		select {
		case err := <-l.ended:
			errs = append(errs, err)
		case <-ctx.Done():
			errs = append(errs, errors.New("the worker or the API does not stop in time"))
		}
	}
	if l.services != nil {
		l.services.Close()
	}
	return errors.Join(append(errs, l.stack.Stop(ctx))...)
}

// usualOrFree returns the usual address, or one with a free port where it is taken.
func usualOrFree(ctx context.Context, usual string) string {
	if l, err := new(net.ListenConfig).Listen(ctx, "tcp", usual); err == nil {
		_ = l.Close() // it is about to be opened again, and says then what is wrong
		return usual
	}
	return "127.0.0.1:0"
}

func (a *app) dev() *cobra.Command {
	cmd := &cobra.Command{
		Use: "dev", Short: "Run the whole service on this machine",
		Long: "dev runs everything in one process: a private Postgres and Temporal, the worker and the API. It listens on this\n" +
			"machine alone. Data are kept in .extsync (EXTSYNC_DIR), so that it continues when it is started again. Ctrl-C and\n" +
			"SIGTERM stop all of it.",
	}
	var listen, level, heads string
	var allow []string
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "", "host:port of the API (EXTSYNC_LISTEN; else "+api.DefaultListen+", or a free port)")
	f.StringSliceVar(&allow, "allow-address", nil, "network in which external systems may live besides the public ones and this machine")
	f.StringVar(&heads, "audit-heads", "", "file or URL outside to which signed audit heads are published (EXTSYNC_AUDIT_HEADS)")
	f.StringVar(&level, "log-level", "warn", "debug, info, warn or error")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		o := localOptions{dir: a.Dir, keyset: a.keysetFile(), serve: a.apiConfig(first(listen, a.Getenv("EXTSYNC_LISTEN"))), progress: a.say}
		o.auditHeads = first(heads, a.Getenv("EXTSYNC_AUDIT_HEADS"))
		o.serve.Listening = nil // said below, with the rest
		err := onThisMachine(o.serve.Listen)
		if err != nil {
			return err
		}
		if err := worker.CheckAuditHeads(o.auditHeads); err != nil {
			return usage("%w", err)
		}
		if o.allow, err = prefixes(allow); err != nil {
			return err
		}
		if o.log, err = a.logger(level); err != nil {
			return err
		}
		return a.runDev(cmd.Context(), o)
	}
	return cmd
}

// onThisMachine refuses an address that others can reach, before anything is brought up for it. Where
// none is given, dev takes one that they cannot.
func onThisMachine(listen string) error {
	if listen == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return usage("--listen %s: want an address and a port of this machine, such as 127.0.0.1:8080", listen)
	}
	if host == "localhost" || net.ParseIP(host).IsLoopback() {
		return nil
	}
	return usage("--listen %s: dev serves this machine alone; where others are to reach it run `extsync worker`, and `extsync api --allow-remote` behind TLS", listen)
}

func (a *app) runDev(ctx context.Context, o localOptions) error {
	l, err := startLocal(ctx, o)
	if err != nil {
		return err
	}
	a.print("\nextsync runs on this machine, with its data in %s.\n", a.Dir)
	a.table([]string{"  API reference", l.API + "/docs"}, []string{"  Temporal", l.stack.TemporalUI}, []string{"  admin token", a.tokenFile()})
	a.print("\nConnect a repository:  extsync connect github owner/repo\nCtrl-C stops everything.")
	err = l.wait(ctx)
	a.say("stopping")
	return errors.Join(err, l.stop(context.WithoutCancel(ctx)))
}

// prefixes reads networks.
func prefixes(texts []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, n := range texts {
		p, err := netip.ParsePrefix(n)
		if err != nil {
			return nil, usage("--allow-address %q: want a network such as 10.0.0.0/8", n)
		}
		out = append(out, p)
	}
	return out, nil
}

// logger logs to the error output.
func (a *app) logger(level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, usage("--log-level %q: want debug, info, warn or error", level)
	}
	return slog.New(slog.NewTextHandler(a.Err, &slog.HandlerOptions{Level: l})), nil
}

// Package worker builds what the service needs from its configuration and runs the
// background half of it. [Open] builds the services, which the API shares;
// [Services.Run] registers the workflows and activities, sends what waits in the
// outbox, and runs until told to stop. [Run] does both.
package worker

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/store/postgres"
)

// Config is what a process of the service must be told.
type Config struct {
	// PostgresURL is the address of the database; it holds a password.
	PostgresURL string
	// TemporalAddress is the host:port of Temporal's gRPC endpoint; empty means
	// 127.0.0.1:7233.
	TemporalAddress string
	// Namespace is Temporal's; empty means "default". It must exist.
	Namespace string
	// KeysetFile holds the keys that seal credentials. It is made when missing; every
	// process over one database needs the same.
	KeysetFile string
	// AllowAddresses are the networks besides the public ones in which external systems
	// may live: on-premises hosts, or loopback in development. Every connection is
	// checked against the address that its name resolved to; where HTTPS_PROXY names a
	// proxy, against the proxy's, which then has to see to the rest.
	AllowAddresses []netip.Prefix
	// ReconcileEvery is the time between two full sweeps of a project; zero means a day.
	ReconcileEvery time.Duration
	// KeepDelivered is how long it is remembered what was delivered and what came in, by their
	// ids; zero means 30 days. A webhook sent once more after that is read as a new one.
	KeepDelivered time.Duration
	// TendEvery is the time between two looks whether Temporal still has the workflows and
	// schedules of what the database says; zero means 5 minutes.
	TendEvery time.Duration
	// MaxActivities is how many activities run at once in this process, and how many more of
	// first synchronisations and sweeps do beside them; zero means 8. Each uses one database
	// connection at a time, of the 16 that the pool has unless PostgresURL says otherwise.
	MaxActivities int
	// StopTimeout is how long a stop waits for activities to come to a rest; zero means
	// 30 seconds. A session rests at its next ticket.
	StopTimeout time.Duration
	// CallTimeout is the hard limit of one call to an external system; zero means 30
	// seconds. A write whose outcome is unknown rests that long, and a third more,
	// before it is looked up; every process over one database needs the same.
	CallTimeout time.Duration
	// Clock is the engine's; nil means the database's, which every process shares. Tests on real servers let it run
	// faster, so that a vendor's lag of a minute passes in seconds. LookUpAfter is then how
	// long, by that clock, a write of unknown outcome rests; zero means CallTimeout and a
	// third.
	Clock       engine.Clock
	LookUpAfter time.Duration
	// AuditHeads is where signed audit heads are published after each session and daily: a
	// file, to which lines are appended, or a URL, to which they are posted. It should be
	// out of reach of whoever owns the database. Empty: nowhere.
	AuditHeads string
	// TuneClient adjusts the connection to Temporal: TLS, an API key, interceptors.
	TuneClient func(*client.Options)
	// Log gets ids, never ticket content; nil means slog.Default().
	Log *slog.Logger
}

// Loopback are the networks of this machine itself, for Config.AllowAddresses.
func Loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

const (
	defaultTemporal      = "127.0.0.1:7233"
	defaultNamespace     = "default"
	defaultTend          = 5 * time.Minute
	defaultMaxActivities = 8
	defaultStopTimeout   = 30 * time.Second
	defaultCallTimeout   = 30 * time.Second
	defaultKeepDelivered = 30 * 24 * time.Hour
)

// Check says what is wrong with the configuration, as far as it can be told without connecting to anything.
func (c Config) Check() error {
	if err := CheckAuditHeads(c.AuditHeads); err != nil {
		return err
	}
	if c.PostgresURL == "" {
		return errors.New("PostgresURL is empty; want postgres://user:password@host:port/name")
	}
	return postgres.CheckAddress(c.PostgresURL)
}

// filled returns the configuration with its defaults in place.
func (c Config) filled() (Config, error) {
	if err := c.Check(); err != nil {
		return c, fmt.Errorf("configuration: %w", err)
	}
	if c.KeysetFile == "" {
		return c, errors.New("configuration: KeysetFile is empty; name the file that holds, or is to hold, the keys of the credentials")
	}
	if c.MaxActivities < 0 || c.ReconcileEvery < 0 || c.TendEvery < 0 || c.StopTimeout < 0 || c.CallTimeout < 0 || c.KeepDelivered < 0 {
		return c, fmt.Errorf("configuration: MaxActivities %d, ReconcileEvery %s, TendEvery %s, StopTimeout %s, CallTimeout %s, KeepDelivered %s: must not be negative",
			c.MaxActivities, c.ReconcileEvery, c.TendEvery, c.StopTimeout, c.CallTimeout, c.KeepDelivered)
	}
	c.TemporalAddress = or(c.TemporalAddress, defaultTemporal)
	c.Namespace = or(c.Namespace, defaultNamespace)
	c.TendEvery = or(c.TendEvery, defaultTend)
	c.MaxActivities = or(c.MaxActivities, defaultMaxActivities)
	c.StopTimeout = or(c.StopTimeout, defaultStopTimeout)
	c.CallTimeout = or(c.CallTimeout, defaultCallTimeout)
	c.LookUpAfter = or(c.LookUpAfter, c.CallTimeout*4/3)
	c.KeepDelivered = or(c.KeepDelivered, defaultKeepDelivered)
	c.ReconcileEvery = or(c.ReconcileEvery, activities.DefaultReconcile)
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c, nil
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

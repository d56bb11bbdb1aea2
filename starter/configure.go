package starter

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	v1 "github.com/extsync/extsync/api/v1"
)

// policyFlags say what happens to conflicts that nobody decides.
type policyFlags struct {
	remind, every, expire time.Duration
	onExpiry              string
	confirm, none         bool
}

func (p *policyFlags) register(f *pflag.FlagSet) {
	f.DurationVar(&p.remind, "remind-after", 0, "remind of a conflict that nobody decided for so long")
	f.DurationVar(&p.every, "remind-every", 0, "and again, so often; 0: once")
	f.DurationVar(&p.expire, "expire-after", 0, "a conflict that nobody decided for so long expires")
	f.StringVar(&p.onExpiry, "on-expiry", "", "what is decided then: local, external, or keep_parked, the default")
	f.BoolVar(&p.confirm, "confirm", false, "confirm that an expiry may take a side, or that deletions may follow")
	f.BoolVar(&p.none, "no-reminders", false, "conflicts wait, without reminders and expiry")
}

// policyNames are the flags of which each changes a part of the policy.
func policyNames() []string {
	return []string{"remind-after", "remind-every", "expire-after", "on-expiry"}
}

// over lays what the flags name over the policy there is; nil: none is named, and it stays.
// confirms: what --confirm says is of something else.
func (p *policyFlags) over(f *pflag.FlagSet, was *v1.ConflictPolicy, confirms bool) (*v1.ConflictPolicy, error) {
	named := slices.ContainsFunc(policyNames(), f.Changed)
	switch {
	case p.confirm && !named && !confirms:
		return nil, usage("--confirm confirms nothing here: it belongs to --expire-after with --on-expiry, or to --deletions follow")
	case p.none && named:
		return nil, usage("--no-reminders takes all of it away: give it alone")
	case p.none:
		return &v1.ConflictPolicy{}, nil
	case !named:
		return nil, nil
	}
	next := v1.ConflictPolicy{}
	if was != nil {
		next = *was
		next.ConfirmedBy, next.ConfirmedAt = "", time.Time{} // whose word it was is kept there
	}
	for name, to := range map[string]struct {
		of *v1.Duration
		is time.Duration
	}{"remind-after": {&next.RemindAfter, p.remind}, "remind-every": {&next.RemindEvery, p.every}, "expire-after": {&next.ExpireAfter, p.expire}} {
		if f.Changed(name) {
			*to.of = v1.Duration(to.is)
		}
	}
	if f.Changed("on-expiry") {
		next.OnExpiry = p.onExpiry
	}
	if f.Changed("on-expiry") && next.ExpireAfter == 0 {
		return nil, usage("--on-expiry needs a time: --expire-after, such as 720h")
	}
	next.Confirm = p.confirm
	return &next, nil
}

// policyLine says what happens to conflicts that nobody decides.
func policyLine(p v1.ConflictPolicy) string {
	var parts []string
	if p.RemindAfter > 0 {
		parts = append(parts, "somebody is reminded after "+lasting(p.RemindAfter))
	}
	if p.RemindEvery > 0 {
		parts = append(parts, "again every "+lasting(p.RemindEvery))
	}
	if p.ExpireAfter > 0 {
		end := "they stay parked after " + lasting(p.ExpireAfter)
		switch wins := p.OnExpiry == "local" || p.OnExpiry == "external"; {
		case wins && p.ConfirmedBy == "":
			end += fmt.Sprintf("; that %s wins then, nobody has confirmed (--confirm)", p.OnExpiry)
		case wins:
			end = fmt.Sprintf("%s wins after %s, as %s confirmed", p.OnExpiry, lasting(p.ExpireAfter), plain(p.ConfirmedBy))
		}
		parts = append(parts, end)
	}
	return strings.Join(parts, ", ")
}

func lasting(d v1.Duration) string { return time.Duration(d).String() }

// settingRows say what a project does by itself besides synchronising; nothing, unless somebody said so.
func settingRows(p v1.Project) (rows [][]string) {
	if p.RollbackFailed {
		rows = append(rows, []string{"On failure", "a session that fails after it wrote something is rolled back"})
	}
	if d := p.Deletions; d.Follow {
		rows = append(rows, []string{"Deletions", fmt.Sprintf("follow after %s, as %s confirmed", lasting(d.Delay), plain(d.ConfirmedBy))})
	}
	if p.ConflictPolicy != nil {
		rows = append(rows, []string{"Undecided", policyLine(*p.ConflictPolicy)})
	}
	return rows
}

// deletionFlags say what becomes of a ticket whose twin was deleted.
type deletionFlags struct {
	what  string
	delay time.Duration
}

func (d *deletionFlags) register(f *pflag.FlagSet) {
	f.StringVar(&d.what, "deletions", "", "ask: about each ticket whose twin was deleted; follow: it goes too after a delay, see --confirm")
	f.DurationVar(&d.delay, "deletion-delay", 0, "how long a deletion is shown before it is followed (default 24h)")
}

// of returns the change that the flags ask for; nil: none.
func (d *deletionFlags) of(confirm bool) (*v1.NewDeletions, error) {
	switch d.what {
	case "":
		if d.delay != 0 {
			return nil, usage("--deletion-delay belongs to --deletions follow")
		}
		return nil, nil
	case "ask", "follow":
		return &v1.NewDeletions{Follow: d.what == "follow", Delay: v1.Duration(d.delay), Confirm: confirm}, nil
	}
	return nil, usage("--deletions %s: want ask or follow", d.what)
}

func (a *app) configure() *cobra.Command {
	var direction, user, filter, settings string
	var poll time.Duration
	var deletions deletionFlags
	var policy policyFlags
	var rollbackFailed bool
	cmd := &cobra.Command{
		Use: "configure PROJECT", Short: "Change a connection",
		Long: "configure changes what you name; the rest stays. Another account, filter or settings are tried with the stored\n" +
			"credential first, and with another filter or settings everything is read again." + projectHelp,
		Example: "  extsync configure octo/hello --direction pull\n  extsync configure PROJ --filter 'labels = shared'",
	}
	f := cmd.Flags()
	f.StringVar(&direction, "direction", "", "push, pull, bidirectional or disabled")
	f.DurationVar(&poll, "poll-every", 0, "how often to ask what changed; 0: by webhooks and by hand only")
	f.BoolVar(&rollbackFailed, "rollback-failed", false, "whether a session that fails after it wrote something is rolled back by the next one")
	f.StringVar(&user, "user", "", "the account that goes with the token")
	f.StringVar(&filter, "filter", "", "keep only these tickets in step, in the system's own language; '' for all")
	f.StringVar(&settings, "settings", "", "JSON file with settings of the adapter's own, in place of those there are")
	policy.register(f)
	deletions.register(f)
	cmd.MarkFlagsOneRequired(append(policyNames(), "direction", "poll-every", "rollback-failed", "user", "filter", "settings", "no-reminders", "deletions")...)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		change := v1.ProjectChange{Direction: direction}
		if f.Changed("poll-every") {
			every := v1.Duration(poll)
			change.PollEvery = &every
		}
		if f.Changed("rollback-failed") {
			change.RollbackFailed = &rollbackFailed
		}
		if f.Changed("user") {
			change.User = &user
		}
		if f.Changed("filter") {
			change.Filter = &filter
		}
		var err error
		if change.Deletions, err = deletions.of(policy.confirm); err != nil {
			return err
		}
		if change.Settings, err = settingsFile(settings); err != nil {
			return err
		}
		c := a.call()
		p, err := find(cmd.Context(), c, args[0])
		if err != nil {
			return err
		}
		if change.Conflicts, err = policy.over(f, p.ConflictPolicy, change.Deletions != nil); err != nil {
			return err
		}
		if p, err = c.Change(cmd.Context(), p.ID, change); err != nil {
			return err
		}
		return show(a, p, func(p v1.Project) {
			a.print("%s is changed: %s, %s; polled: %s", p.Address, p.Status, p.Direction, polled(p))
			a.table(settingRows(p)...)
		})
	}
	return cmd
}

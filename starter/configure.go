package starter

import (
	"time"

	"github.com/spf13/cobra"

	v1 "github.com/extsync/extsync/api/v1"
)

func (a *app) configure() *cobra.Command {
	var direction, user, filter, settings string
	var poll time.Duration
	cmd := &cobra.Command{
		Use: "configure PROJECT", Short: "Change a connection", Args: cobra.ExactArgs(1),
		Long: "configure changes what you name; the rest stays. Another account, filter or settings are tried with the stored\n" +
			"credential first, and with another filter or settings everything is read again." + projectHelp,
		Example: "  extsync configure octo/hello --direction pull\n  extsync configure PROJ --filter 'labels = shared'",
	}
	f := cmd.Flags()
	f.StringVar(&direction, "direction", "", "push, pull, bidirectional or disabled")
	f.DurationVar(&poll, "poll-every", 0, "how often to ask what changed; 0: by webhooks and by hand only")
	f.StringVar(&user, "user", "", "the account that goes with the token")
	f.StringVar(&filter, "filter", "", "keep only these tickets in step, in the system's own language; '' for all")
	f.StringVar(&settings, "settings", "", "JSON file with settings of the adapter's own, in place of those there are")
	cmd.MarkFlagsOneRequired("direction", "poll-every", "user", "filter", "settings")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		change := v1.ProjectChange{Direction: direction}
		if f.Changed("poll-every") {
			every := v1.Duration(poll)
			change.PollEvery = &every
		}
		if f.Changed("user") {
			change.User = &user
		}
		if f.Changed("filter") {
			change.Filter = &filter
		}
		var err error
		if change.Settings, err = settingsFile(settings); err != nil {
			return err
		}
		c := a.call()
		p, err := find(cmd.Context(), c, args[0])
		if err != nil {
			return err
		}
		if p, err = c.Change(cmd.Context(), p.ID, change); err != nil {
			return err
		}
		return show(a, p, func(p v1.Project) {
			a.print("%s is changed: %s, %s; polled: %s", p.Address, p.Status, p.Direction, polled(p))
		})
	}
	return cmd
}

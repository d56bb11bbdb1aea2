package starter

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

const projectHelp = "\n\nPROJECT is an id, or an address such as octo/hello."

// syncTakes is how long a session is waited for, unless somebody says otherwise.
const syncTakes = 10 * time.Minute

func (a *app) sync() *cobra.Command {
	var full, noWait bool
	var limit time.Duration
	cmd := &cobra.Command{
		Use: "sync PROJECT", Short: "Synchronise now and say what was done",
		Long: "sync asks for a session and waits for its report." + projectHelp,
	}
	f := cmd.Flags()
	f.BoolVar(&full, "full", false, "compare everything, also what did not change")
	f.BoolVar(&noWait, "no-wait", false, "only ask for it")
	f.DurationVar(&limit, "timeout", syncTakes, "how long to wait at most")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if limit <= 0 {
			return usage("--timeout %s: want a time such as 10m; --no-wait does not wait at all", limit)
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), limit)
		defer cancel()
		return a.syncNow(ctx, args[0], full, noWait)
	}
	return cmd
}

func (a *app) syncNow(ctx context.Context, name string, full, noWait bool) error {
	c := a.call()
	p, err := find(ctx, c, name)
	if err != nil {
		return err
	}
	before, err := lastSession(ctx, c, p)
	if err != nil {
		return err
	}
	if p, err = c.Sync(ctx, p.ID, full); err != nil {
		return err
	}
	if noWait {
		return show(a, p, func(p v1.Project) { a.print("%s synchronises soon", p.Address) })
	}
	s, err := a.waitForSession(ctx, c, p, before, full)
	if err != nil {
		return err
	}
	if err := show(a, s, func(s v1.Session) { a.print("%s %s", p.Address, sessionLine(s)) }); err != nil {
		return err
	}
	return sessionFailure(p, s)
}

func lastSession(ctx context.Context, c *client.Client, p v1.Project) (string, error) {
	list, err := c.Sessions(ctx, p.ID, "", 1)
	if err != nil || len(list.Sessions) == 0 {
		return "", err
	}
	return list.Sessions[0].ID, nil
}

func sessionLine(s v1.Session) string {
	text := fmt.Sprintf("%s: %s; %d %s, %d %s", s.State, report(s.Report),
		s.Report.Reads, spoken(s.Report.Reads, "reads"), s.Report.Writes, spoken(s.Report.Writes, "writes"))
	if s.Reason != "" {
		text += "; " + plain(s.Reason)
	}
	return text
}

// sessionFailure makes a session that did not succeed an error, with what to do.
func sessionFailure(p v1.Project, s v1.Session) error {
	switch s.State {
	case "succeeded":
		return nil
	case "held":
		return &codedError{exitConflict, fmt.Sprintf("a guard stopped the session; if that is what you want, run `extsync resume %s --allow`", p.Address)}
	case "stopped":
		return &codedError{exitConflict, "the project was paused or disconnected meanwhile"}
	}
	return &codedError{exitFailure, fmt.Sprintf("the session failed; it is tried again, see `extsync status %s`", p.Address)}
}

func (a *app) pause() *cobra.Command {
	return &cobra.Command{
		Use: "pause PROJECT", Short: "Stop synchronising at the next ticket", Long: "pause stops sessions at the next ticket." + projectHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.steer(cmd.Context(), args[0], "is paused", func(c *client.Client, id string) (v1.Project, error) {
				return c.Pause(cmd.Context(), id)
			})
		},
	}
}

func (a *app) resume() *cobra.Command {
	var allow bool
	cmd := &cobra.Command{
		Use: "resume PROJECT", Short: "Synchronise again after a pause",
		Long: "resume lets a paused project synchronise again. A session that a guard stopped (too many deletions, creations,\n" +
			"changes or conflicts) passes it once with --allow." + projectHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.steer(cmd.Context(), args[0], "synchronises again", func(c *client.Client, id string) (v1.Project, error) {
				return c.Resume(cmd.Context(), id, allow)
			})
		},
	}
	cmd.Flags().BoolVar(&allow, "allow", false, "let the next session pass the guards")
	return cmd
}

func (a *app) disconnect() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "disconnect PROJECT", Short: "End a connection",
		Long: "disconnect ends a connection: tickets stay here and issues stay there, links are frozen, the credential is\n" +
			"destroyed. Connecting again continues with the same links, rules and mapping." + projectHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				if !a.Terminal {
					return usage("disconnect asks first; say --yes where nobody can answer")
				}
				if !a.ask("Disconnect " + args[0] + " and destroy its credential?") {
					return &codedError{exitConflict, "not disconnected"}
				}
			}
			var waits []v1.Session
			err := a.steer(cmd.Context(), args[0], "is disconnected", func(c *client.Client, id string) (v1.Project, error) {
				p, err := c.Disconnect(cmd.Context(), id)
				if err == nil {
					waits, err = rollbacksAhead(cmd.Context(), c, id)
				}
				return p, err
			})
			if err == nil && !a.json {
				for _, s := range waits {
					a.print("Rollback %s was ordered, and is carried out once it is connected again; to take the order back: extsync rollback %s --cancel", s.ID, s.ID)
				}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// rollbacksAhead are the rollbacks of a project that are to be carried out yet, as far as its last sessions tell.
func rollbacksAhead(ctx context.Context, c *client.Client, projectID string) (ahead []v1.Session, err error) {
	list, err := c.Sessions(ctx, projectID, "", lookedAt)
	for _, s := range list.Sessions {
		if goesFirst(s) {
			ahead = append(ahead, s)
		}
	}
	return ahead, err
}

// steer does one thing to a project and says how it is now.
func (a *app) steer(ctx context.Context, name, outcome string, act func(*client.Client, string) (v1.Project, error)) error {
	c := a.call()
	p, err := find(ctx, c, name)
	if err != nil {
		return err
	}
	if p, err = act(c, p.ID); err != nil {
		return err
	}
	return show(a, p, func(p v1.Project) {
		if p.Status == "active" && p.StatusReason != "" { // its database was restored, and it is not released
			outcome = "is active: " + p.StatusReason
		}
		a.print("%s %s", p.Address, outcome)
	})
}

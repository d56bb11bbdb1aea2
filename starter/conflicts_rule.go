package starter

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	v1 "github.com/extsync/extsync/api/v1"
)

const ruleHelp = `With --all it decides every open conflict that passes --project, --ticket, --field, --kind, --strategy and --older-than;
--project or --ticket must be among them. It shows first how many these are (conflicts list with the same flags names them); --dry-run stops there. Only what was shown is decided: on a terminal it asks, in a
script give the --digest of the preview. Each is a decision of its own, under your name.`

// ruleFlags make a rule.
type ruleFlags struct {
	queueFlags
	strategy string
	all, dry bool
}

func (r *ruleFlags) register(f *pflag.FlagSet) {
	r.queueFlags.register(f)
	f.StringVar(&r.strategy, "strategy", "", "only where this strategy was in force")
	f.BoolVar(&r.all, "all", false, "decide all that pass the rule")
	f.BoolVar(&r.dry, "dry-run", false, "with --all: only show what would be decided")
}

func (a *app) decideByRule(ctx context.Context, f decideFlags) error {
	if f.take == "" {
		return usage("a rule takes local, external, unlink, link or separate: give it with --take")
	}
	if err := f.choice(); err != nil {
		return err
	}
	c := a.call()
	project, err := f.rule.id(ctx, c)
	if err != nil {
		return err
	}
	rule := v1.ConflictRule{
		Project: project, Ticket: f.rule.ticket, Field: f.rule.field, Kind: f.rule.kind, Strategy: f.rule.strategy,
		OlderThan: v1.Duration(f.rule.older), Choice: f.take,
	}
	if f.digest == "" || f.rule.dry {
		out, err := c.DecideByRule(ctx, rule)
		if err != nil {
			return err
		}
		p := out.Preview
		if err := show(a, p, a.printRule); err != nil || f.rule.dry || p.Count == 0 {
			return err
		}
		if !a.Terminal || a.json {
			return usage("--digest is missing: it says which preview you saw")
		}
		if !a.ask("Decide so?") {
			return &codedError{exitConflict, "not decided"}
		}
		f.digest, rule.Before = p.Digest, p.Before
	}
	rule.Digest = f.digest
	out, err := c.DecideByRule(ctx, rule)
	if err != nil {
		return a.stale(ctx, err)
	}
	return show(a, out, func(o v1.RuleOutcome) {
		a.print("%d conflicts are decided: %s; the next session carries it out", o.Decided, rule.Choice)
		if o.Moved+o.Already > 0 {
			a.print("%s", counted(o.Moved, "moved meanwhile and wait", o.Already, "were decided by somebody else"))
		}
		if o.Preview.More {
			a.print("There are more: give the command again.")
		}
	})
}

func (a *app) printRule(p v1.RulePreview) {
	more := ""
	if p.More {
		more = ", and there are more"
	}
	a.print("%d open conflicts would be decided%s; %d more pass and do not offer that choice", p.Count, more, p.Skipped)
	if p.Count > 0 {
		a.print("Digest of this preview: %s", p.Digest)
	}
}

func (a *app) conflictsRestore() *cobra.Command {
	var value string
	var revision int64
	cmd := &cobra.Command{
		Use: "restore ID", Short: "Put a losing value of a closed conflict back",
		Long: "restore writes the local, the external or the former value of a closed conflict into its ticket or comment, as an\n" +
			"ordinary edit. A field that was written since refuses it: look at it, and name the --revision that you saw. The text\n" +
			"of a deleted comment comes back as a new one; what is deleted or cannot be typed here stays in the record.\n" +
			"`conflicts list --state resolved` shows those that were decided.",
	}
	cmd.Flags().StringVar(&value, "value", "", "local, external or base: what was here when both sides last agreed")
	revisionFlag(cmd.Flags(), &revision, "of the ticket or comment that you saw")
	_ = cmd.MarkFlagRequired("value") // the flag exists: it stands one line above
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		out, err := a.call().Restore(cmd.Context(), args[0], revision, v1.Restore{Value: value})
		if err != nil {
			return a.stale(cmd.Context(), err)
		}
		return show(a, out, func(r v1.Restored) {
			what := fmt.Sprintf("ticket %s, revision %d,", r.Ticket.ID, r.Ticket.Revision)
			switch {
			case r.Anew:
				what = "the comment was deleted: a new one, " + r.Comment.ID + ","
			case r.Comment != nil:
				what = fmt.Sprintf("comment %s, revision %d,", r.Comment.ID, r.Comment.Revision)
			}
			a.print("%s holds the %s value again", what, value)
		})
	}
	return cmd
}

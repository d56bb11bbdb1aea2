package starter

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	v1 "github.com/extsync/extsync/api/v1"
)

// ruleCommand makes a command that changes the rules of the project in --project.
func (a *app) ruleCommand(cmd *cobra.Command, change func(now v1.Rules) (v1.RulesChange, error)) *cobra.Command {
	var name, back string
	cmd.Long += projectHelp
	cmd.Flags().StringVar(&name, "project", "", "the project that it is about")
	withdrawFlag(cmd.Flags(), &back)
	_ = cmd.MarkFlagRequired("project") // fails only for a flag that does not exist
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.changeRules(cmd.Context(), name, back, change) }
	return cmd
}

func (a *app) changeRules(ctx context.Context, name, back string, change func(v1.Rules) (v1.RulesChange, error)) error {
	c := a.call()
	p, err := find(ctx, c, name)
	if err != nil {
		return err
	}
	now, err := c.Rules(ctx, p.ID)
	if err != nil {
		return err
	}
	want, err := change(now)
	if err != nil {
		return err
	}
	want.Withdraw = back
	r, err := c.ChangeRules(ctx, p.ID, want)
	if err != nil {
		return err
	}
	return show(a, r, func(r v1.Rules) {
		a.printProjectRules(p.Address, r)
		a.printWithdrawal(r.Withdrawal)
	})
}

func (a *app) ruleWithdraw() *cobra.Command {
	var way string
	cmd := &cobra.Command{
		Use: "withdraw --project PROJECT --default stop|redact|remove", Short: "Say what becomes of what left before",
		Long: "withdraw says what becomes of what is outside when less may leave than before: it stays there (stop), what we made or\n" +
			"wrote is overwritten with a neutral notice (redact), or what we made is deleted where the system can (remove).",
	}
	cmd.Flags().StringVar(&way, "default", "", "stop, redact or remove")
	_ = cmd.MarkFlagRequired("default") // fails only for a flag that does not exist
	return a.ruleCommand(cmd, func(v1.Rules) (v1.RulesChange, error) { return v1.RulesChange{Default: way}, nil })
}

func (a *app) ruleField() *cobra.Command {
	var keep, release []string
	cmd := &cobra.Command{
		Use: "field --project PROJECT --keep FIELD,... | --release FIELD,...", Short: "Keep fields of tickets here",
		Long: "field names fields that are ours alone: they neither leave for the project nor come in from it. From then on no call\n" +
			"carries them; what left before stays outside.",
		Example: "  extsync rules field --project octo/hello --keep assignees,estimate\n  extsync rules field --project octo/hello --release estimate",
	}
	cmd.Flags().StringSliceVar(&keep, "keep", nil, "fields to keep here")
	cmd.Flags().StringSliceVar(&release, "release", nil, "fields that may flow again")
	cmd.MarkFlagsOneRequired("keep", "release")
	return a.ruleCommand(cmd, func(now v1.Rules) (v1.RulesChange, error) {
		for _, f := range release {
			if slices.Contains(keep, f) {
				return v1.RulesChange{}, usage("%s is to be kept and released: say one of both", f)
			}
			if !slices.Contains(now.Keep, f) {
				return v1.RulesChange{}, usage("%s is not kept; `extsync rules show` lists what is", f)
			}
		}
		return v1.RulesChange{Add: &v1.RulesPart{Keep: keep}, Drop: &v1.RulesPart{Keep: release}}, nil
	})
}

func (a *app) ruleComments() *cobra.Command {
	var mode string
	var by []string
	cmd := &cobra.Command{
		Use: "comments --project PROJECT --only all|none|public_only|by [--by PERSON,...]", Short: "Say which comments may leave",
		Long: "comments says which comments leave with a ticket that may: all, none, those marked public (tickets comment --public),\n" +
			"or those of certain people. Comments made outside come in all the same.",
		Example: "  extsync rules comments --project octo/hello --only none\n  extsync rules comments --project octo/hello --only by --by ann,bob",
	}
	cmd.Flags().StringVar(&mode, "only", "", "all, none, public_only or by")
	cmd.Flags().StringSliceVar(&by, "by", nil, "local handles, or system:login for authors outside")
	_ = cmd.MarkFlagRequired("only") // fails only for a flag that does not exist
	return a.ruleCommand(cmd, func(v1.Rules) (v1.RulesChange, error) {
		return v1.RulesChange{Comments: &v1.CommentRule{Mode: mode, By: by}}, nil
	})
}

func (a *app) rulePassage() *cobra.Command {
	var p v1.Passage
	var drop int
	cmd := &cobra.Command{
		Use: "passage --project PROJECT --begin MARK --end MARK | --pattern RE2 [--whole] | --drop N", Short: "Keep passages of texts here",
		Long: "passage names passages of titles, texts and comments that are cut out of what leaves: between two marks, or what a\n" +
			"regular expression matches. With --whole a field that holds one stays here as a whole, as fields of your own always do. `rules show` numbers them. Passages that left\n" +
			"before stay outside: only whole tickets, comments and fields are taken back.",
		Example: "  extsync rules passage --project octo/hello --begin '<!-- internal -->' --end '<!-- /internal -->'\n" +
			"  extsync rules passage --project octo/hello --pattern '(?i)project mercury' --whole\n  extsync rules passage --project octo/hello --drop 1",
	}
	f := cmd.Flags()
	f.StringVar(&p.Begin, "begin", "", "the mark before the passage")
	f.StringVar(&p.End, "end", "", "the mark after it")
	f.StringVar(&p.Pattern, "pattern", "", "a regular expression in RE2's syntax, instead of the marks")
	f.BoolVar(&p.Whole, "whole", false, "keep the whole field, rather than cut the passage out")
	f.IntVar(&drop, "drop", 0, "drop the rule of this number")
	cmd.MarkFlagsOneRequired("begin", "pattern", "drop")
	cmd.MarkFlagsMutuallyExclusive("begin", "pattern", "drop")
	return a.ruleCommand(cmd, func(now v1.Rules) (v1.RulesChange, error) {
		if cmd.Flags().Changed("drop") {
			if drop < 1 || drop > len(now.Passages) {
				return v1.RulesChange{}, usage("there is no rule number %d; `extsync rules show` numbers them", drop)
			}
			return v1.RulesChange{Drop: &v1.RulesPart{Passages: now.Passages[drop-1 : drop]}}, nil
		}
		return v1.RulesChange{Add: &v1.RulesPart{Passages: []v1.Passage{p}}}, nil
	})
}

func (a *app) showRules() *cobra.Command {
	return &cobra.Command{
		Use: "show PROJECT", Short: "Show what never leaves for a project", Long: "show lists the rules of one project." + projectHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			c := a.call()
			p, err := find(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			r, err := c.Rules(cmd.Context(), p.ID)
			if err != nil {
				return err
			}
			return show(a, r, func(r v1.Rules) { a.printProjectRules(p.Address, r) })
		},
	}
}

func (a *app) printProjectRules(name string, r v1.Rules) {
	fields, comments := "all", r.Comments.Mode
	if len(r.Keep) > 0 {
		fields = "all but " + strings.Join(r.Keep, ", ")
	}
	if len(r.Comments.By) > 0 {
		comments += " " + strings.Join(r.Comments.By, ", ")
	}
	a.print("What may leave for %s and come in from it", name)
	rows := [][]string{{"  Fields", fields}, {"  Comments out", comments}}
	for n, p := range r.Passages {
		what := fmt.Sprintf("from %q to %q", p.Begin, p.End)
		if p.Pattern != "" {
			what = fmt.Sprintf("matching %q", p.Pattern)
		}
		how := "cut out"
		if p.Whole {
			how = "keeps the whole field here"
		}
		rows = append(rows, []string{fmt.Sprintf("  Passage %d", n+1), what + ": " + how})
	}
	a.table(append(rows, []string{"  What left before", r.Withdraw})...)
}

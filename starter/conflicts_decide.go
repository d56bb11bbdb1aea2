package starter

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/ticket"
)

// decideFlags are what `conflicts decide` is told.
type decideFlags struct {
	take, value, valueFile, digest string
	elements, blocks               []string
	wait                           int
	rule                           ruleFlags
}

func (a *app) conflictsDecide() *cobra.Command {
	var f decideFlags
	cmd := &cobra.Command{
		Use: "decide ID | --all", Short: "Decide a conflict, or many by a rule",
		Long: "decide settles a conflict with the value of one side or another one, a text also block by block. The digest (`conflicts show`) says which values\n" +
			"you saw: where they have moved since, nothing is decided and the new ones are shown. Without --digest it shows\n" +
			"both sides and asks.\n\n" + ruleHelp,
		Example: "  extsync conflicts decide --all --project PROJ --field labels --kind lossy --take external --older-than 24h --dry-run",
	}
	fl := cmd.Flags()
	fl.StringVar(&f.take, "take", "", "local or external; of a whole item also unlink, link or separate")
	fl.StringVar(&f.take, "choice", "", "the same as --take")
	fl.StringVar(&f.value, "value", "", "what the field shall hold")
	fl.StringVar(&f.valueFile, "value-file", "", "file with what the field shall hold; - reads standard input")
	fl.StringArrayVar(&f.elements, "element", nil, "for labels and assignees: one element; may be given several times; '' for none")
	fl.StringArrayVar(&f.blocks, "block", nil, "of a text: `NUMBER=SIDE`, local or external, once for each block that conflicts show numbers")
	fl.StringVar(&f.digest, "digest", "", "of the values you saw")
	fl.IntVar(&f.wait, "wait", 30, "seconds to wait until it is carried out (0 to 60)")
	f.rule.register(fl)
	cmd.MarkFlagsMutuallyExclusive("take", "choice", "value", "value-file", "element", "block")
	cmd.MarkFlagsOneRequired("take", "choice", "value", "value-file", "element", "block")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case f.rule.all && len(args) > 0:
			return usage("name one conflict, or give --all and a rule")
		case f.rule.all:
			return a.decideByRule(cmd.Context(), f)
		case len(args) == 0:
			return usage("which conflict? `extsync conflicts list` shows them; --all decides by a rule")
		}
		return a.decide(cmd.Context(), args[0], f)
	}
	return cmd
}

func (a *app) decide(ctx context.Context, id string, f decideFlags) error {
	d, err := a.decision(f)
	if err != nil {
		return err
	}
	if d.Digest == "" {
		if d.Digest, err = a.digestSeen(ctx, id); err != nil {
			return err
		}
	}
	c, err := a.call().Decide(ctx, id, d, f.wait)
	if err != nil {
		return a.stale(ctx, err)
	}
	return show(a, c, func(c v1.Conflict) {
		if c.State == "decided" {
			a.print("conflict %s is decided: %s; it is carried out by the next session", c.ID, c.Choice)
			return
		}
		what := c.Choice // of a whole item
		if c.Field != "" && c.Value != nil {
			what = short(c.Value.Text(), 80)
		}
		a.print("conflict %s is %s: %s", c.ID, c.State, what)
	})
}

func (a *app) decision(f decideFlags) (v1.Decision, error) {
	d := v1.Decision{Choice: f.take, Digest: f.digest}
	switch {
	case f.blocks != nil:
		var err error
		d.Choice = "blocks"
		d.Blocks, err = takes(f.blocks)
		return d, err
	case f.take != "":
		return d, f.choice()
	}
	d.Choice = "value"
	if f.elements != nil {
		v := ticket.Set(named(f.elements)...)
		d.Value = &v
		return d, nil
	}
	text, err := a.text(f.value, f.valueFile)
	v := ticket.Text(text)
	d.Value = &v
	return d, err
}

// choice refuses what is never a choice; whether the conflict offers it the API knows.
func (f decideFlags) choice() error {
	switch f.take {
	case "local", "external", "unlink", "link", "separate":
		return nil
	}
	return usage("--take %q: want local, external, unlink, link or separate", f.take)
}

// digestSeen shows both sides and asks, so that the digest is of values somebody saw.
func (a *app) digestSeen(ctx context.Context, id string) (string, error) {
	if !a.Terminal || a.json {
		return "", usage("--digest is missing: `extsync conflicts show %s` shows the values and their digest", id)
	}
	call := a.call()
	c, err := call.Conflict(ctx, id)
	if err != nil {
		return "", err
	}
	a.printConflict(c, a.names(ctx, call))
	if !a.ask("Decide so?") {
		return "", &codedError{exitConflict, "not decided"}
	}
	return c.Digest, nil
}

// stale shows what a refusal brings along: how things are now.
func (a *app) stale(ctx context.Context, err error) error {
	var p *v1.Problem
	if a.json || !errors.As(err, &p) {
		return err
	}
	switch {
	case p.Conflict != nil:
		a.printConflict(*p.Conflict, a.names(ctx, a.call()))
		if p.Conflict.State == "open" {
			a.print("\nDigest of these values: %s", p.Conflict.Digest)
		}
	case p.Rule != nil:
		a.printRule(*p.Rule)
	case p.Ticket != nil:
		a.printTicket(*p.Ticket, a.names(ctx, a.call()))
	}
	return err
}

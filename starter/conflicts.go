package starter

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/ticket"
)

func (a *app) conflicts() *cobra.Command {
	cmd := &cobra.Command{Use: "conflicts", Short: "List, show and decide conflicts", Args: cobra.NoArgs, RunE: helpOnly}
	cmd.AddCommand(a.conflictsList(), a.conflictsShow(), a.conflictsDecide())
	return cmd
}

func (a *app) conflictsList() *cobra.Command {
	var project, state string
	cmd := &cobra.Command{Use: "list", Short: "List open conflicts", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&project, "project", "", "only of this project: its id or address")
	cmd.Flags().StringVar(&state, "state", "open", "open, decided, resolved, converged or all")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c := a.call()
		id := ""
		if project != "" {
			p, err := find(cmd.Context(), c, project)
			if err != nil {
				return err
			}
			id = p.ID
		}
		if state == "all" {
			state = ""
		}
		list, err := c.Conflicts(cmd.Context(), id, state, maxListed)
		if err != nil {
			return err
		}
		return show(a, list, func(l v1.Conflicts) {
			if len(l.Conflicts) == 0 {
				a.print("There are none.")
				return
			}
			a.conflictRows(l.Conflicts)
		})
	}
	return cmd
}

func (a *app) conflictRows(list []v1.Conflict) {
	rows := [][]string{{"ID", "FIELD", "STATE", "DETECTED", "TICKET"}}
	for _, c := range list {
		rows = append(rows, []string{c.ID, c.Field, c.State, when(c.DetectedAt), short(c.Title, 50)})
	}
	a.table(rows...)
}

func (a *app) conflictsShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show both sides of a conflict", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.call().Conflict(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return show(a, c, func(c v1.Conflict) {
				a.printConflict(c)
				if c.State == "open" {
					a.print("\nDecide: extsync conflicts decide %s --digest %s --take local|external, or --value TEXT%s", c.ID, c.Digest, howByBlocks(c))
				}
			})
		},
	}
}

func (a *app) printConflict(c v1.Conflict) {
	a.table([]string{"Ticket", short(c.Title, 200)}, []string{"Field", c.Field}, []string{"Kind", c.Kind},
		[]string{"State", c.State}, []string{"Detected", when(c.DetectedAt)})
	a.block("\nBefore", c.BaseLocal.Text())
	a.block("Local", c.Local.Text())
	a.block("External", c.External.Text())
	if howByBlocks(c) != "" {
		a.printBlocks(c)
	}
	if c.Value != nil {
		a.block(fmt.Sprintf("Decided by %s, %s: %s", plain(c.DecidedBy), when(c.DecidedAt), c.Choice), c.Value.Text())
	}
}

// decideFlags are what `conflicts decide` is told.
type decideFlags struct {
	take, value, valueFile, digest string
	elements, blocks               []string
	wait                           int
}

func (a *app) conflictsDecide() *cobra.Command {
	var f decideFlags
	cmd := &cobra.Command{
		Use: "decide ID", Short: "Decide a conflict", Args: cobra.ExactArgs(1),
		Long: "decide settles a conflict with the value of one side or another one, a text also block by block. The digest (`conflicts show`) says which values\n" +
			"you saw: where they have moved since, nothing is decided and the new ones are shown. Without --digest it shows\n" +
			"both sides and asks.",
	}
	fl := cmd.Flags()
	fl.StringVar(&f.take, "take", "", "local or external")
	fl.StringVar(&f.value, "value", "", "what the field shall hold")
	fl.StringVar(&f.valueFile, "value-file", "", "file with what the field shall hold; - reads standard input")
	fl.StringSliceVar(&f.elements, "element", nil, "for labels and assignees: an element; may be given several times")
	fl.StringArrayVar(&f.blocks, "block", nil, "of a text: NUMBER=local or NUMBER=external, once for each block that `conflicts show` numbers")
	fl.StringVar(&f.digest, "digest", "", "of the values you saw")
	fl.IntVar(&f.wait, "wait", 30, "seconds to wait until it is carried out (0 to 60)")
	cmd.MarkFlagsMutuallyExclusive("take", "value", "value-file", "element", "block")
	cmd.MarkFlagsOneRequired("take", "value", "value-file", "element", "block")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.decide(cmd.Context(), args[0], f) }
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
		return a.stale(err)
	}
	return show(a, c, func(c v1.Conflict) {
		if c.State == "decided" {
			a.print("conflict %s is decided: %s; it is carried out by the next session", c.ID, c.Choice)
			return
		}
		a.print("conflict %s is %s: %s", c.ID, c.State, short(c.Value.Text(), 80))
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
	case f.take == "local" || f.take == "external":
		return d, nil
	case f.take != "":
		return d, usage("--take %q: want local or external", f.take)
	}
	d.Choice = "value"
	if f.elements != nil {
		v := ticket.Set(f.elements...)
		d.Value = &v
		return d, nil
	}
	text, err := a.text(f.value, f.valueFile)
	v := ticket.Text(text)
	d.Value = &v
	return d, err
}

// digestSeen shows both sides and asks, so that the digest is of values somebody saw.
func (a *app) digestSeen(ctx context.Context, id string) (string, error) {
	if !a.Terminal || a.json {
		return "", usage("--digest is missing: `extsync conflicts show %s` shows the values and their digest", id)
	}
	c, err := a.call().Conflict(ctx, id)
	if err != nil {
		return "", err
	}
	a.printConflict(c)
	if !a.ask("Decide so?") {
		return "", &codedError{exitConflict, "not decided"}
	}
	return c.Digest, nil
}

// stale shows what a refusal brings along: how things are now.
func (a *app) stale(err error) error {
	var p *v1.Problem
	if a.json || !errors.As(err, &p) {
		return err
	}
	switch {
	case p.Conflict != nil:
		a.printConflict(*p.Conflict)
		if p.Conflict.State == "open" {
			a.print("\nDigest of these values: %s", p.Conflict.Digest)
		}
	case p.Ticket != nil:
		a.printTicket(*p.Ticket)
	}
	return err
}

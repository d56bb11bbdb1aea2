package starter

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/ticket"
)

func (a *app) conflicts() *cobra.Command {
	cmd := &cobra.Command{Use: "conflicts", Short: "List, show and decide conflicts, and restore what lost", Args: cobra.NoArgs, RunE: helpOnly}
	cmd.AddCommand(a.conflictsList(), a.conflictsShow(), a.conflictsDecide(), a.conflictsRestore())
	return cmd
}

// queueFlags narrow the queue.
type queueFlags struct {
	project, kind, field, ticket string
	older                        time.Duration
}

func (q *queueFlags) register(f *pflag.FlagSet) {
	f.StringVar(&q.project, "project", "", "only of this project: its id or address")
	f.StringVar(&q.kind, "kind", "", "only of this kind: both_edited, overwritten, unmappable, refused, lossy, undone, edited_deleted, gone or twin_created")
	f.StringVar(&q.field, "field", "", "only of this field")
	f.StringVar(&q.ticket, "ticket", "", "only of this ticket and its comments")
	f.DurationVar(&q.older, "older-than", 0, "only those detected at least so long ago, such as 24h")
}

// id is the project's, if one is named.
func (q *queueFlags) id(ctx context.Context, c *client.Client) (string, error) {
	if q.older < 0 {
		return "", usage("--older-than %s: want a time that has passed, such as 24h", q.older)
	}
	if q.project == "" {
		return "", nil
	}
	p, err := find(ctx, c, q.project)
	return p.ID, err
}

func (a *app) conflictsList() *cobra.Command {
	var q queueFlags
	var state string
	cmd := &cobra.Command{Use: "list", Short: "List open conflicts"}
	q.register(cmd.Flags())
	cmd.Flags().StringVar(&state, "state", "open", "open, decided, resolved, converged or all")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c := a.call()
		id, err := q.id(cmd.Context(), c)
		if err != nil {
			return err
		}
		switch state {
		case "open", "decided", "resolved", "converged":
		case "all":
			state = ""
		default:
			return usage("--state %q: want open, decided, resolved, converged or all", state)
		}
		list, err := c.FindConflicts(cmd.Context(), client.ConflictQuery{
			Project: id, State: state, Kind: q.kind, Field: q.field, Ticket: q.ticket, OlderThan: q.older, Limit: maxListed,
		})
		if err != nil {
			return err
		}
		return show(a, list, func(l v1.Conflicts) {
			if len(l.Conflicts) == 0 {
				a.print("There are none.")
				return
			}
			a.conflictRows(l.Conflicts, a.names(cmd.Context(), c))
			if l.More {
				a.print("There are more: narrow the list, see --help.")
			}
		})
	}
	return cmd
}

// conflictRows lists conflicts: one ticket may have one of a kind in each of its projects.
func (a *app) conflictRows(list []v1.Conflict, called names) {
	rows := [][]string{{"ID", "PROJECT", "KIND", "FIELD", "STATE", "DETECTED", "TICKET"}}
	for _, c := range list {
		rows = append(rows, []string{c.ID, called.of(c.Project), c.Kind, orDash(c.Field), c.State, when(c.DetectedAt), short(c.Title, 50)})
	}
	a.table(rows...)
}

func (a *app) conflictsShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show both sides of a conflict",
		RunE: func(cmd *cobra.Command, args []string) error {
			call := a.call()
			c, err := call.Conflict(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return show(a, c, func(c v1.Conflict) {
				a.printConflict(c, a.names(cmd.Context(), call))
				a.printChoices(c)
			})
		},
	}
}

func (a *app) printConflict(c v1.Conflict, called names) {
	rows := [][]string{{"Ticket", short(c.Title, 200)}, {"Id", c.Ticket}}
	if c.Comment != "" {
		rows = append(rows, []string{"Comment", c.Comment})
	}
	rows = append(rows, []string{"Project", called.of(c.Project)}, []string{"Field", orDash(c.Field)}, []string{"Kind", c.Kind},
		[]string{"State", c.State}, []string{"Detected", when(c.DetectedAt)})
	if c.Reminders > 0 {
		rows = append(rows, []string{"Reminded", fmt.Sprintf("%d times, last %s", c.Reminders, when(c.RemindedAt))})
	}
	a.table(rows...)
	a.print("\n%s", c.What)
	if c.Reason != "" {
		a.print("Reason: %s", plain(c.Reason))
	}
	if c.Twin != nil {
		a.print("There:  %s %s", plain(c.Twin.Key), plain(c.Twin.URL))
	}
	if c.Field != "" { // else it is about a whole item
		a.block("\nBefore", c.BaseLocal.Text())
		a.block("Local", c.Local.Text())
		a.block("External", c.External.Text())
	}
	if c.Earlier != nil {
		a.block("Earlier, on neither side now", c.Earlier.Text())
	}
	if howByBlocks(c) != "" {
		a.printBlocks(c)
	}
	switch {
	case c.Value == nil:
	case c.Field == "": // of a whole item the choice says it all
		a.print("Decided by %s, %s: %s", plain(c.DecidedBy), when(c.DecidedAt), c.Choice)
	default:
		a.block(fmt.Sprintf("Decided by %s, %s: %s", plain(c.DecidedBy), when(c.DecidedAt), c.Choice), c.Value.Text())
	}
}

// printChoices says what can be decided, and how.
func (a *app) printChoices(c v1.Conflict) {
	if c.State != "open" {
		return
	}
	if len(c.Choices) == 0 {
		a.print("\nNothing can be decided here. %s", howToMend(c))
		return
	}
	a.print("\nChoices")
	rows := [][]string{}
	for _, choice := range c.Choices {
		if choice.Choice == "blocks" && howByBlocks(c) == "" { // the text is one block: its sides are the choices
			continue
		}
		rows = append(rows, []string{"  " + choice.Choice, choice.Effect})
	}
	a.table(rows...)
	a.print("\nDecide: extsync conflicts decide %s --digest %s %s", c.ID, c.Digest, howToDecide(c))
}

// howToMend says what helps where nothing can be decided: another value.
func howToMend(c v1.Conflict) string {
	switch {
	case c.Ticket == "":
		return "Change the value outside, or the mapping: see `extsync mapping --help`."
	case c.Comment != "":
		return fmt.Sprintf("Change the text, by `extsync tickets comment %s --edit %s --revision N`, or delete it; `extsync tickets show %s` names its revision.",
			c.Ticket, c.Comment, c.Ticket)
	}
	return fmt.Sprintf("Change the value, by `extsync tickets edit %s --revision N`, or the mapping; `extsync tickets show %s` names the revision.", c.Ticket, c.Ticket)
}

// howToDecide names the flags of the choices.
func howToDecide(c v1.Conflict) string {
	var take []string
	value := ""
	for _, choice := range c.Choices {
		switch choice.Choice {
		case "value":
			value = ", or --value TEXT"
			if ofElements(c) {
				value = ", or --element ELEMENT once for each, '' for none"
			}
		case "blocks": // see howByBlocks
		default:
			take = append(take, choice.Choice)
		}
	}
	return "--take " + strings.Join(take, "|") + value + howByBlocks(c)
}

// ofElements reports whether a conflict is about a set, such as labels.
func ofElements(c v1.Conflict) bool {
	return c.Field == string(ticket.Labels) || c.Field == string(ticket.Assignees) || c.Local.IsSet() || c.External.IsSet()
}

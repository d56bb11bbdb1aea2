package starter

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/ticket"
)

// maxListed is how much a list shows at most where paging is not worth while.
const maxListed = 1000

func (a *app) tickets() *cobra.Command {
	cmd := &cobra.Command{Use: "tickets", Short: "List, show, create, edit and delete local tickets", Args: cobra.NoArgs, RunE: helpOnly}
	cmd.AddCommand(a.ticketsList(), a.ticketsShow(), a.ticketsCreate(), a.ticketsEdit(), a.ticketsDelete(), a.ticketsRestore(), a.ticketsPrivacy(), a.ticketsGrant(), a.ticketsComment())
	return cmd
}

func (a *app) ticketsList() *cobra.Command {
	var limit int
	var after, key, project string
	cmd := &cobra.Command{
		Use: "list", Short: "List tickets, or find one by what it is called outside",
		Example: "  extsync tickets list --key IVY-7\n  extsync tickets list --key 12 --project octo/hello",
	}
	cmd.Flags().IntVar(&limit, "limit", 50, "how many at most (200)")
	cmd.Flags().StringVar(&after, "after", "", "go on after this id")
	cmd.Flags().StringVar(&key, "key", "", "only those that an external system calls so")
	cmd.Flags().StringVar(&project, "project", "", "with --key: only in this project, by its id or address")
	cmd.MarkFlagsMutuallyExclusive("key", "after")
	cmd.MarkFlagsMutuallyExclusive("key", "limit")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if key != "" || project != "" {
			return a.ticketsCalled(cmd.Context(), key, project)
		}
		page, err := a.call().Tickets(cmd.Context(), after, limit)
		if err != nil {
			return err
		}
		return show(a, page, a.printTickets)
	}
	return cmd
}

// ticketsCalled finds tickets by their key outside; # before a number is how people write it.
func (a *app) ticketsCalled(ctx context.Context, key, project string) error {
	if key == "" {
		return usage("--project belongs to --key")
	}
	c, id := a.call(), ""
	if project != "" {
		p, err := find(ctx, c, project)
		if err != nil {
			return err
		}
		id = p.ID
	}
	found, err := c.TicketsCalled(ctx, strings.TrimPrefix(key, "#"), id)
	if err != nil {
		return err
	}
	if len(found.Tickets) == 0 {
		return &codedError{exitNotFound, fmt.Sprintf("no ticket is called %q outside, as far as is known here; keys are spelled as there", key)}
	}
	return show(a, found, a.printTickets)
}

func (a *app) printTickets(page v1.Tickets) {
	rows := [][]string{{"ID", "STATE", "PRIVACY", "OUTSIDE", "TITLE"}}
	for _, t := range page.Tickets {
		state := t.State
		if t.Deleted {
			state += " (deleted)"
		}
		rows = append(rows, []string{t.ID, state, t.Privacy, keys(t.Links), short(t.Title, 60)})
	}
	a.table(rows...)
	if page.Next != "" {
		a.print("%d tickets in all; go on with --after %s", page.Total, page.Next)
	}
}

// keys names a ticket's twins outside, with a sign where something waits.
func keys(links []v1.Link) string {
	var out []string
	for _, l := range links {
		switch {
		case l.Key == "":
		case l.State != "live":
			out = append(out, keyed(l.Key)+" ("+l.State+")")
		case l.Waiting:
			out = append(out, keyed(l.Key)+" (waiting)")
		default:
			out = append(out, keyed(l.Key))
		}
	}
	return orDash(strings.Join(out, " "))
}

func (a *app) ticketsShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one ticket with its comments and links",
		RunE: func(cmd *cobra.Command, args []string) error {
			c := a.call()
			t, err := c.Ticket(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return show(a, t, func(t v1.Ticket) { a.printTicket(t, a.names(cmd.Context(), c)) })
		},
	}
}

func (a *app) printTicket(t v1.Ticket, called names) {
	rows := [][]string{
		{"Title", short(t.Title, 200)}, {"Id", t.ID}, {"Revision", fmt.Sprint(t.Revision)},
		{"State", t.State}, {"Labels", orDash(plain(strings.Join(t.Labels, ", ")))},
		{"Assignees", orDash(plain(strings.Join(t.Assignees, ", ")))}, {"Milestone", orDash(plain(t.Milestone))},
	}
	if t.Deleted {
		rows = append(rows, []string{"Deleted", "yes; extsync tickets restore " + t.ID + " brings it back"})
	}
	for _, r := range [][]string{
		{"Priority", t.Priority}, {"Estimate", t.Estimate}, {"Due", t.Due}, {"Iteration", t.Iteration}, {"Parent", t.Parent},
	} {
		if r[1] != "" {
			rows = append(rows, []string{r[0], short(r[1], 200)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Custom)) {
		rows = append(rows, []string{name, short(strings.Join(t.Custom[name].Elements(), ", "), 200)})
	}
	a.table(append(rows, []string{"Privacy", t.Privacy}, []string{"Changed", when(t.UpdatedAt)})...)
	for _, l := range t.Links {
		a.print("%s", strings.TrimSpace(fmt.Sprintf("Link       %s: %s %s %s", called.of(l.Project), l.State, plain(first(l.URL, l.Key)), plain(l.Reason))))
	}
	for _, g := range t.Grants {
		a.print("Granted    to %s by %s", called.of(g.Project), plain(g.By))
	}
	if t.Body != "" {
		a.print("")
		a.block("Body", t.Body)
	}
	for _, c := range t.Comments {
		a.print("")
		level := "" // as its ticket's
		if c.Privacy != "" {
			level = ", " + c.Privacy
		}
		a.block(fmt.Sprintf("%s, %s (comment %s, revision %d%s)", plain(c.Author), when(c.CreatedAt), c.ID, c.Revision, level), c.Body)
	}
}

// ticketFlags are the fields of a ticket on the command line.
type ticketFlags struct {
	title, body, bodyFile, state, milestone    string
	priority, estimate, due, iteration, parent string
	labels, assignees, custom                  []string
}

func (f *ticketFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.title, "title", "", "one line")
	fl.StringVar(&f.body, "body", "", "Markdown")
	fl.StringVar(&f.bodyFile, "body-file", "", "file with the body; - reads standard input")
	fl.StringVar(&f.state, "state", "", "open, done, not_planned or duplicate")
	fl.StringVar(&f.milestone, "milestone", "", "its title; it is made outside where it is missing and may be")
	fl.StringVar(&f.priority, "priority", "", "p1, the most urgent, to p5")
	fl.StringVar(&f.estimate, "estimate", "", "a decimal number")
	fl.StringVar(&f.due, "due", "", "a day, such as 2026-11-30")
	fl.StringVar(&f.iteration, "iteration", "", "title of a sprint or cycle")
	fl.StringVar(&f.parent, "parent", "", "id of the ticket that this one is part of")
	fl.StringArrayVar(&f.custom, "field", nil, "NAME=VALUE of a field that a mapping adds; may be given several times")
	fl.StringArrayVar(&f.labels, "label", nil, "one label; may be given several times")
	fl.StringArrayVar(&f.assignees, "assignee", nil, "one local handle; may be given several times")
	cmd.MarkFlagsMutuallyExclusive("body", "body-file")
}

// text returns the flag, or what the file holds.
func (a *app) text(flag, file string) (string, error) {
	switch file {
	case "":
		return flag, nil
	case "-":
		b, err := io.ReadAll(a.In)
		if err != nil {
			return "", err
		}
		return readable(b, "standard input")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", usage("%w", err)
	}
	return readable(b, file)
}

// readable refuses what is no UTF-8: on its way as JSON other characters would take the place of what is
// not. The mark that some editors begin a file with is no part of the text.
func readable(b []byte, from string) (string, error) {
	if !utf8.Valid(b) {
		return "", usage("%s is not UTF-8: convert it first, such as with iconv", from)
	}
	return strings.TrimPrefix(string(b), "\uFEFF"), nil
}

func (a *app) ticketsCreate() *cobra.Command {
	var f ticketFlags
	var privacy, key string
	cmd := &cobra.Command{
		Use: "create --title TITLE", Short: "Create a ticket",
		Long: "create makes a ticket. It is local_only and never leaves, unless you say --privacy shareable (leaves where granted)\nor public (leaves to every project).",
	}
	f.add(cmd)
	cmd.Flags().StringVar(&privacy, "privacy", "", "local_only, shareable or public (default local_only)")
	keyFlag(cmd.Flags(), &key)
	_ = cmd.MarkFlagRequired("title") // the flag exists
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		body, err := a.text(f.body, f.bodyFile)
		if err != nil {
			return err
		}
		custom, err := f.fields()
		if err != nil {
			return err
		}
		c := a.call()
		c.Key = key
		t, err := c.CreateTicket(cmd.Context(), v1.NewTicket{
			Title: f.title, Body: body, State: f.state, Labels: named(f.labels), Assignees: named(f.assignees), Milestone: f.milestone, Privacy: privacy,
			Priority: f.priority, Estimate: f.estimate, Due: f.due, Iteration: f.iteration, Parent: f.parent, Custom: custom,
		})
		if err != nil {
			return err
		}
		return show(a, t, func(t v1.Ticket) { a.print("ticket %s, revision %d, %s", t.ID, t.Revision, t.Privacy) })
	}
	return cmd
}

// keyFlag adds the flag by which a command that may have been carried out is repeated.
func keyFlag(f *pflag.FlagSet, key *string) {
	f.StringVar(key, "idempotency-key", "", "any text of your own, such as a UUID: the command given again with it makes nothing twice, within a day (default: a new one)")
}

func (a *app) ticketsEdit() *cobra.Command {
	var f ticketFlags
	var revision int64
	cmd := &cobra.Command{
		Use: "edit ID --revision N", Short: "Change fields of a ticket",
		Long: "edit changes the fields that you name; --label '' clears the labels. The revision is the one you saw (`tickets show`):\n" +
			"a field that was changed since refuses the edit and shows the present value.",
	}
	f.add(cmd)
	revisionFlag(cmd.Flags(), &revision, "the revision you saw")
	_ = cmd.MarkFlagRequired("revision") // the flag exists
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e, err := a.edit(cmd, f)
		if err != nil {
			return err
		}
		t, err := a.call().EditTicket(cmd.Context(), args[0], revision, e)
		if err != nil {
			return a.stale(cmd.Context(), err)
		}
		return show(a, t, func(t v1.Ticket) { a.print("ticket %s, revision %d", t.ID, t.Revision) })
	}
	return cmd
}

// fields reads what --field says.
func (f ticketFlags) fields() (map[string]v1.Value, error) {
	var out map[string]v1.Value
	for _, line := range f.custom {
		name, value, ok := strings.Cut(line, "=")
		if !ok || name == "" {
			return nil, usage("--field %q: want NAME=VALUE", line)
		}
		if out == nil {
			out = map[string]v1.Value{}
		}
		out[strings.TrimPrefix(name, "x:")] = ticket.Text(value)
	}
	return out, nil
}

// named leaves out the empty element that clears a list.
func named(list []string) []string {
	return slices.DeleteFunc(append([]string{}, list...), func(s string) bool { return s == "" })
}

// edit collects the fields that were named, cleared ones too.
func (a *app) edit(cmd *cobra.Command, f ticketFlags) (v1.TicketEdit, error) {
	var e v1.TicketEdit
	for name, to := range map[string]struct {
		value string
		field **string
	}{
		"title": {f.title, &e.Title}, "state": {f.state, &e.State}, "milestone": {f.milestone, &e.Milestone},
		"priority": {f.priority, &e.Priority}, "estimate": {f.estimate, &e.Estimate}, "due": {f.due, &e.Due},
		"iteration": {f.iteration, &e.Iteration}, "parent": {f.parent, &e.Parent},
	} {
		if cmd.Flags().Changed(name) {
			*to.field = &to.value
		}
	}
	if cmd.Flags().Changed("body") || cmd.Flags().Changed("body-file") {
		body, err := a.text(f.body, f.bodyFile)
		if err != nil {
			return e, err
		}
		e.Body = &body
	}
	for name, to := range map[string]struct {
		list  []string
		field *[]string
	}{"label": {f.labels, &e.Labels}, "assignee": {f.assignees, &e.Assignees}} {
		if cmd.Flags().Changed(name) {
			*to.field = named(to.list)
		}
	}
	var err error
	e.Custom, err = f.fields()
	return e, err
}

func (a *app) ticketsPrivacy() *cobra.Command {
	var back string
	cmd := &cobra.Command{
		Use: "privacy ID local_only|shareable|public", Short: "Set a ticket's privacy level",
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := a.call().SetPrivacy(cmd.Context(), args[0], args[1], back)
			if err != nil {
				return err
			}
			return show(a, t, func(t v1.Ticket) {
				a.print("ticket %s is %s", t.ID, t.Privacy)
				a.printWithdrawal(t.Withdrawal)
			})
		},
	}
	withdrawFlag(cmd.Flags(), &back)
	return cmd
}

// withdrawFlag adds the flag that says what becomes of what is outside.
func withdrawFlag(f *pflag.FlagSet, back *string) {
	f.StringVar(back, "withdraw", "", "what becomes of what is outside and may not be there any more: stop, redact or remove (default: what the project's rules say)")
}

func (a *app) printWithdrawal(w *v1.Withdrawal) {
	if w == nil {
		return
	}
	if w.Items == 0 {
		a.print("Nothing that stands outside is taken back. What stays there:")
	} else {
		a.print("What stands outside is looked at by the next session, of up to %d tickets and comments, and what of ours may not be there is taken back (%s). What stays there:",
			w.Items, w.How)
	}
	for _, c := range w.Cannot {
		a.print("  - %s", c)
	}
}

func (a *app) ticketsGrant() *cobra.Command {
	var revoke bool
	var back string
	cmd := &cobra.Command{
		Use: "grant ID PROJECT", Short: "Let a shareable ticket leave for one project",
		RunE: func(cmd *cobra.Command, args []string) error {
			if back != "" && !revoke {
				return usage("--withdraw says what becomes of what left before: it belongs to --revoke")
			}
			return a.grant(cmd.Context(), args[0], args[1], revoke, back)
		},
	}
	cmd.Flags().BoolVar(&revoke, "revoke", false, "take the grant back")
	withdrawFlag(cmd.Flags(), &back)
	return cmd
}

func (a *app) grant(ctx context.Context, id, name string, revoke bool, back string) error {
	c := a.call()
	p, err := find(ctx, c, name)
	if err != nil {
		return err
	}
	act, outcome := c.Grant, "may leave for"
	if revoke {
		act = func(ctx context.Context, id, projectID string) (v1.Ticket, error) {
			return c.Revoke(ctx, id, projectID, back)
		}
		outcome = "may not leave for"
	}
	t, err := act(ctx, id, p.ID)
	if err != nil {
		return err
	}
	return show(a, t, func(t v1.Ticket) {
		a.print("ticket %s %s %s by grant", t.ID, outcome, p.Address)
		a.printWithdrawal(t.Withdrawal)
		if !revoke && t.Privacy == "local_only" {
			a.print("It is local_only: it leaves once it is shareable (extsync tickets privacy %s shareable)", t.ID)
		}
	})
}

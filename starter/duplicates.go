package starter

import (
	"cmp"
	"context"
	"slices"

	"github.com/spf13/cobra"

	v1 "github.com/extsync/extsync/api/v1"
)

func (a *app) duplicates() *cobra.Command {
	var after string
	cmd := &cobra.Command{
		Use: "duplicates PROJECT", Short: "List what looks like one ticket made several times",
		Long: "duplicates lists the tickets of a project, here, outside or on both sides, that look like one made several times: those\n" +
			"that say the same, and those that bear one title which tells what they are about. It only proposes: it changes nothing\n" +
			"and calls nobody outside. A ticket that is about to be made on one side and seems to exist there already is not made:\n" +
			"a person is asked, see `extsync conflicts list --kind twin_created`." + projectHelp,
		Example: "  extsync duplicates octo/hello\n  extsync duplicates octo/hello --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.listDuplicates(cmd.Context(), args[0], after)
		},
	}
	cmd.Flags().StringVar(&after, "after", "", "go on where a long list ended")
	return cmd
}

// duplicatesPage is how many titles a page of the list asks for.
const duplicatesPage = 200

func (a *app) listDuplicates(ctx context.Context, name, after string) error {
	c := a.call()
	p, err := find(ctx, c, name)
	if err != nil {
		return err
	}
	all := v1.Duplicates{Duplicates: []v1.Duplicate{}, Next: after}
	for first := true; (first || all.Next != "") && len(all.Duplicates) < maxListed; first = false {
		page, err := c.Duplicates(ctx, p.ID, all.Next, duplicatesPage)
		if err != nil {
			return err
		}
		all.Duplicates, all.Next = append(all.Duplicates, page.Duplicates...), page.Next
	}
	slices.SortStableFunc(all.Duplicates, func(a, b v1.Duplicate) int { return cmp.Compare(a.Title, b.Title) })
	more := ""
	if after != "" {
		more = " more"
	}
	return show(a, all, func(d v1.Duplicates) {
		if len(d.Duplicates) == 0 {
			a.print("Nothing%s of %s looks like something else.", more, p.Address)
			return
		}
		for n, g := range d.Duplicates {
			a.printDuplicate(n, g)
		}
		if d.Next != "" {
			a.print("\nand more: extsync duplicates %s --after %s", p.Address, d.Next)
		}
	})
}

func (a *app) printDuplicate(n int, d v1.Duplicate) {
	before := ""
	if n > 0 {
		before = "\n"
	}
	a.print("%s%s", before, short(d.Title, 100))
	a.print("  %s: %s", d.Degree, d.Reason)
	rows := [][]string{{"  HERE", "THERE", "STATE", "ADDRESS"}}
	for _, m := range d.Members {
		rows = append(rows, []string{"  " + orDash(m.Ticket), orDash(plain(m.Key)), m.State, orDash(plain(m.URL))})
	}
	a.table(rows...)
	if d.Asked != "" {
		a.print("  Decide: extsync conflicts show %s", d.Asked)
		return
	}
	a.print("  Proposal: %s", d.Proposal)
}

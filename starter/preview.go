package starter

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	v1 "github.com/extsync/extsync/api/v1"
)

func (a *app) preview() *cobra.Command {
	var ticket, privacy, comments, after string
	var keep []string
	var grant, all bool
	var limit int
	cmd := &cobra.Command{
		Use: "preview PROJECT", Short: "Show what would leave for a project, and what stays",
		Long: "preview shows what the next session would send, word for word and in the external system's own terms, what of each\n" +
			"ticket and comment stays here, and why. Nothing is changed or sent. With --privacy, --grant, --keep or --comments it\n" +
			"tells what would leave if things were so. Tickets and comments of which nothing leaves are counted by the reason;\n" +
			"--all, or --ticket, names them." + projectHelp,
		Example: "  extsync preview octo/hello\n  extsync preview octo/hello --ticket ID --privacy public\n  extsync preview octo/hello --keep assignees --comments none",
	}
	f := cmd.Flags()
	f.StringVar(&ticket, "ticket", "", "only this ticket and its comments")
	f.StringVar(&privacy, "privacy", "", "if every ticket were local_only, shareable or public")
	f.BoolVar(&grant, "grant", false, "if every ticket were granted to the project")
	f.StringSliceVar(&keep, "keep", nil, "if these fields were kept here besides")
	f.StringVar(&comments, "comments", "", "if the rule about comments were all, none or public_only")
	f.BoolVar(&all, "all", false, "name also those of which nothing leaves")
	f.StringVar(&after, "after", "", "go on after the ticket of this id")
	f.IntVar(&limit, "limit", 50, "how many tickets")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c := a.call()
		p, err := find(cmd.Context(), c, args[0])
		if err != nil {
			return err
		}
		q := url.Values{"limit": {strconv.Itoa(limit)}}
		for name, value := range map[string]string{"ticket": ticket, "privacy": privacy, "comments": comments, "keep": strings.Join(keep, ","), "after": after} {
			if value != "" {
				q.Set(name, value)
			}
		}
		if grant {
			q.Set("grant", "true")
		}
		v, err := c.OutboundPreview(cmd.Context(), p.ID, q)
		if err != nil {
			return err
		}
		return show(a, v, func(v v1.OutboundPreview) { a.printPreview(v, all || ticket != "") })
	}
	return cmd
}

// printPreview shows what leaves as it would be sent, to the last word: whoever looks for what must
// not leave finds it wherever it stands.
func (a *app) printPreview(v v1.OutboundPreview, all bool) {
	if len(v.Items) == 0 {
		a.print("There are no tickets.")
	}
	still := map[string]int{} // by reason: those of which nothing leaves
	for _, l := range v.Items {
		if !all && l.Action == "nothing" && len(l.Stays) == 0 {
			still[l.Reason]++
			continue
		}
		what := "ticket " + l.Ticket
		if l.Comment != "" {
			what = "  comment " + l.Comment
		}
		a.print("%s: %s (%s)", what, l.Action, l.Reason)
		for _, name := range slices.Sorted(maps.Keys(l.Sends)) {
			value := l.Sends[name].Text()
			if l.Sends[name].IsSet() {
				value = strings.Join(l.Sends[name].Elements(), ", ")
			}
			a.print("    sends %s: %s", name, orDash(strings.ReplaceAll(strings.TrimRight(plain(value), "\n"), "\n", "\n      ")))
		}
		for _, s := range l.Stays {
			a.print("    stays %s: %s", s.Field, s.Reason)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(still)) {
		a.print("nothing leaves of %d: %s", still[reason], plain(reason))
	}
	if v.Next != "" {
		a.print("Go on with --after %s", v.Next)
	}
}

package starter

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

func (a *app) rules() *cobra.Command {
	cmd := &cobra.Command{Use: "rules", Short: "Say what may leave beyond grants", Args: cobra.NoArgs, RunE: helpOnly}
	cmd.AddCommand(a.passOn(), a.listRules(), a.ruleField(), a.ruleComments(), a.rulePassage(), a.ruleWithdraw(), a.showRules())
	return cmd
}

func (a *app) passOn() *cobra.Command {
	var from, to string
	var remove bool
	var back string
	cmd := &cobra.Command{
		Use: "pass-on --from PROJECT --to PROJECT", Short: "Let tickets that came from one project reach another",
		Long: "pass-on lets shareable tickets that were pulled from one project leave for another. Without such a rule they go\n" +
			"back to their project of origin alone. Who made the rule is in the audit log of the project that they may reach." + projectHelp,
		Example: "  extsync rules pass-on --from octo/hello --to ENG\n  extsync rules pass-on --from octo/hello --to ENG --remove",
	}
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "the project of origin")
	f.StringVar(&to, "to", "", "the project that its tickets may reach")
	f.BoolVar(&remove, "remove", false, "take the rule back")
	withdrawFlag(f, &back)
	for _, name := range []string{"from", "to"} {
		_ = cmd.MarkFlagRequired(name) // fails only for a flag that does not exist
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if back != "" && !remove {
			return usage("--withdraw says what becomes of what left before: it belongs to --remove")
		}
		return a.changePassOn(cmd.Context(), from, to, remove, back)
	}
	return cmd
}

func (a *app) changePassOn(ctx context.Context, from, to string, remove bool, back string) error {
	c := a.call()
	origin, err := find(ctx, c, from)
	if err != nil {
		return err
	}
	goal, err := find(ctx, c, to)
	if err != nil {
		return err
	}
	change, outcome := c.PassOn, "tickets that came from %s may leave for %s"
	if remove {
		change = func(ctx context.Context, from, to string) (v1.Project, error) {
			return c.StopPassingOn(ctx, from, to, back)
		}
		outcome = "tickets that came from %s do not leave for %s by a rule any more"
	}
	p, err := change(ctx, origin.ID, goal.ID)
	if err != nil {
		return err
	}
	return show(a, p, func(p v1.Project) { a.print(outcome, origin.Address, p.Address) })
}

func (a *app) listRules() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the rules of all projects",
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := a.call().Projects(cmd.Context())
			if err != nil {
				return err
			}
			return show(a, rulesOf(all), a.printRules(all))
		},
	}
}

func rulesOf(all v1.Projects) []v1.PassOn {
	rules := []v1.PassOn{}
	for _, p := range all.Projects {
		rules = append(rules, p.PassOn...)
	}
	return rules
}

// addresses returns the addresses of projects by id.
func addresses(all v1.Projects) map[string]string {
	out := map[string]string{}
	for _, p := range all.Projects {
		out[p.ID] = p.Address
	}
	return out
}

func (a *app) printRules(all v1.Projects) func([]v1.PassOn) {
	names := addresses(all)
	return func(rules []v1.PassOn) {
		if len(rules) == 0 {
			a.print("No rules: a ticket that was pulled goes back to its project of origin alone.")
			return
		}
		rows := [][]string{{"TICKETS FROM", "MAY REACH"}}
		for _, r := range rules {
			rows = append(rows, []string{names[r.From], names[r.To]})
		}
		a.table(rows...)
	}
}

func (a *app) retry() *cobra.Command {
	return &cobra.Command{
		Use: "retry PROJECT [LINK...]", Short: "Try parked and quarantined tickets again",
		Long: "retry puts tickets and comments that were set aside back to work: those named by LINK, else all that are parked or\n" +
			"quarantined. `extsync status PROJECT` lists them with the reasons; mend these first." + projectHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			c := a.call()
			p, err := find(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			r, err := c.Retry(cmd.Context(), p.ID, args[1:]...)
			if err != nil {
				return err
			}
			return show(a, r, func(r v1.Retried) {
				if r.Links == 0 {
					a.print("nothing of %s is parked or quarantined", p.Address)
					return
				}
				a.print("%s: %d %s will be tried again", p.Address, r.Links, spoken(r.Links, "tickets or comments"))
			})
		},
	}
}

// lastAsides is how many of what waits for a person `status` shows.
const lastAsides = 50

func (a *app) asides(ctx context.Context, c *client.Client, projectID string) ([]v1.Aside, error) {
	page, err := c.Asides(ctx, projectID, "", "", lastAsides)
	return page.Asides, err
}

func (a *app) printAsides(list []v1.Aside) {
	if len(list) == 0 {
		return
	}
	a.print("\nWaiting for a person (extsync retry PROJECT [LINK])")
	rows := [][]string{{"STATE", "WHAT", "THERE", "TITLE", "LINK", "REASON"}}
	for _, l := range list {
		rows = append(rows, []string{l.State, l.Kind, orDash(l.Key), orDash(short(l.Title, 40)), l.Link, orDash(short(l.Reason, 200))})
	}
	a.table(rows...)
	if len(list) == lastAsides {
		a.print("and more: GET /v1/projects/PROJECT/links lists all")
	}
}

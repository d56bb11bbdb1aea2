package starter

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	v1 "github.com/extsync/extsync/api/v1"
)

// statusView is what `status PROJECT` shows.
type statusView struct {
	Project   v1.Project    `json:"project"`
	Setup     *v1.Setup     `json:"setup,omitempty"` // while it is not through
	Sessions  []v1.Session  `json:"sessions"`
	Conflicts []v1.Conflict `json:"conflicts"` // open ones
	Asides    []v1.Aside    `json:"links"`     // what waits for a person, the first of it
}

func (a *app) status() *cobra.Command {
	return &cobra.Command{
		Use: "status [PROJECT]", Short: "Show how things stand", Args: cobra.MaximumNArgs(1),
		Long: "status lists all projects, or shows one with its last sessions and open conflicts." + projectHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.statusOf(cmd.Context(), args[0])
			}
			all, err := a.call().Projects(cmd.Context())
			if err != nil {
				return err
			}
			return show(a, all, a.printProjects)
		},
	}
}

func (a *app) printProjects(all v1.Projects) {
	if len(all.Projects) == 0 {
		a.print("Nothing is connected yet. Connect a repository: extsync connect github owner/repo")
		return
	}
	rows := [][]string{{"PROJECT", "SYSTEM", "STATUS", "DIRECTION", "SYNCED", "REASON"}}
	for _, p := range all.Projects {
		rows = append(rows, []string{p.Address, p.System, p.Status, p.Direction, when(p.SyncedAt), short(p.StatusReason, 60)})
	}
	a.table(rows...)
}

// lastSessions is how many sessions `status` shows.
const lastSessions = 5

func (a *app) statusOf(ctx context.Context, name string) error {
	c := a.call()
	p, err := find(ctx, c, name)
	if err != nil {
		return err
	}
	var v statusView
	if v.Project, err = c.Project(ctx, p.ID); err != nil {
		return err
	}
	if v.Project.Status == "configuring" {
		st, err := c.Setup(ctx, p.ID)
		if err != nil && !isUnavailable(err) {
			return err
		}
		if err == nil {
			v.Setup = &st
		}
	}
	sessions, err := c.Sessions(ctx, p.ID, lastSessions)
	if err != nil {
		return err
	}
	conflicts, err := c.Conflicts(ctx, p.ID, "open", maxListed)
	if err != nil {
		return err
	}
	v.Sessions, v.Conflicts = sessions.Sessions, conflicts.Conflicts
	if v.Asides, err = a.asides(ctx, c, p.ID); err != nil {
		return err
	}
	return show(a, v, a.printStatus)
}

func (a *app) printStatus(v statusView) {
	p := v.Project
	rows := [][]string{
		{"Project", p.Address + " on " + p.System}, {"Id", p.ID}, {"Status", p.Status}, {"Direction", p.Direction},
		{"Speaks as", orDash(p.Login)}, {"Mapping", mappingInForce(p)}, {"Polled", polled(p)}, {"Synced", when(p.SyncedAt)},
	}
	if p.Filter != "" {
		rows = append(rows, []string{"Filter", plain(p.Filter)})
	}
	for _, r := range p.PassOn {
		rows = append(rows, []string{"Passed on", "from project " + r.From})
	}
	if p.StatusReason != "" {
		rows = append(rows, []string{"Reason", plain(p.StatusReason)})
	}
	if v.Setup != nil {
		rows = append(rows, []string{"Setup", fmt.Sprintf("step %d of 7: %s", v.Setup.Step, v.Setup.Name)})
		if v.Setup.Problem != "" {
			rows = append(rows, []string{"To do", plain(v.Setup.Problem)})
		}
		if waitsForReview(*v.Setup) {
			rows = append(rows, []string{"To do", fmt.Sprintf("version %d of the field mapping waits for review: extsync mapping validate, activate or reject", v.Setup.Mapping.Version)})
		}
	}
	if l := p.Links; l != nil {
		rows = append(rows, []string{"Linked", fmt.Sprintf("%d tickets, %d comments", l.Tickets, l.Comments)},
			[]string{"Waiting", counted(l.Waiting, "changes", l.Quarantined, "quarantined", l.Gone, "gone outside", l.Parked, "parked")})
	}
	rows = append(rows, []string{"Conflicts", openConflicts(p)})
	a.table(rows...)
	if len(v.Sessions) > 0 {
		a.print("\nLast sessions")
		rows = [][]string{{"STARTED", "KIND", "OUTCOME"}}
		for _, s := range v.Sessions {
			rows = append(rows, []string{when(s.StartedAt), s.Kind, sessionLine(s)})
		}
		a.table(rows...)
	}
	a.printAsides(v.Asides)
	if len(v.Conflicts) > 0 {
		a.print("\nOpen conflicts (extsync conflicts show ID)")
		a.conflictRows(v.Conflicts)
	}
}

// openConflicts counts them by kind.
func openConflicts(p v1.Project) string {
	text := strconv.Itoa(p.Conflicts) + " open"
	var kinds []string
	for _, k := range slices.Sorted(maps.Keys(p.ConflictKinds)) {
		kinds = append(kinds, fmt.Sprintf("%d %s", p.ConflictKinds[k], k))
	}
	if len(kinds) > 0 {
		text += ": " + strings.Join(kinds, ", ")
	}
	return text
}

func mappingInForce(p v1.Project) string {
	if p.Mapping == 0 {
		return "the default of " + p.System
	}
	return "version " + strconv.Itoa(p.Mapping)
}

func polled(p v1.Project) string {
	if p.PollEvery == 0 {
		return "no: by webhooks and by hand"
	}
	b, err := p.PollEvery.MarshalText()
	if err != nil {
		return "-"
	}
	return "every " + string(b)
}

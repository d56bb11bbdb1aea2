package starter

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

// statusView is what `status PROJECT` shows.
type statusView struct {
	Project   v1.Project    `json:"project"`
	Setup     *v1.Setup     `json:"setup,omitempty"`    // while it is not through
	NoSetup   string        `json:"no_setup,omitempty"` // why nothing is known of it
	Sessions  []v1.Session  `json:"sessions"`
	Conflicts []v1.Conflict `json:"conflicts"` // open ones
	Asides    []v1.Aside    `json:"links"`     // what waits for a person, the first of it
	Audit     auditView     `json:"audit"`
	Verified  *v1.Session   `json:"verified,omitempty"` // the last one that compared a sample

	more      bool              // conflicts than are listed
	addresses map[string]string // of projects whose tickets are passed on to this one, by id
}

func (a *app) status() *cobra.Command {
	var shown int
	cmd := &cobra.Command{
		Use: "status [PROJECT]", Short: "Show how things stand",
		Long: "status lists all projects, or shows one with its last sessions and open conflicts." + projectHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if shown < 1 || len(args) == 0 && cmd.Flags().Changed("sessions") {
				return usage("--sessions says how many sessions of one project are shown, 1 or more")
			}
			if len(args) == 1 {
				return a.statusOf(cmd.Context(), args[0], shown)
			}
			all, err := a.call().Projects(cmd.Context())
			if err != nil {
				return err
			}
			return show(a, all, a.printProjects)
		},
	}
	cmd.Flags().IntVar(&shown, "sessions", 5, "how many of the project's last sessions to show")
	return cmd
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

// lookedAt is how many sessions `status` searches for the last one that compared a sample: as many as the
// API lists at once.
const lookedAt = 200

// lastSessions reads that many of a project's sessions, if there are, and at least one page of them.
func lastSessions(ctx context.Context, c *client.Client, projectID string, most int) (all []v1.Session, err error) {
	for before := ""; ; {
		page, err := c.Sessions(ctx, projectID, before, lookedAt)
		if all = append(all, page.Sessions...); err != nil || page.Next == "" || len(all) >= most {
			return all, err
		}
		before = page.Next
	}
}

func (a *app) statusOf(ctx context.Context, name string, shown int) error {
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
		if err := v.readSetup(ctx, c); err != nil {
			return err
		}
	}
	sessions, err := lastSessions(ctx, c, p.ID, shown)
	if err != nil {
		return err
	}
	conflicts, err := c.Conflicts(ctx, p.ID, "open", maxListed)
	if err != nil {
		return err
	}
	v.Sessions, v.Conflicts = sessions[:min(len(sessions), shown)], conflicts.Conflicts
	v.more = conflicts.More
	if n := slices.IndexFunc(sessions, func(s v1.Session) bool { return s.Report.Compared > 0 }); n >= 0 {
		v.Verified = &sessions[n]
	}
	head, err := c.AuditHead(ctx, p.ID)
	if err != nil {
		return err
	}
	v.Audit = auditView{Entries: head.Head.Seq, PublishedAt: head.PublishedAt, Error: head.Error, FailedAt: head.FailedAt}
	if head.Published != nil {
		v.Audit.Published = head.Published.Seq
	}
	if v.Asides, err = a.asides(ctx, c, p.ID); err != nil {
		return err
	}
	if len(v.Project.PassOn) > 0 {
		all, err := c.Projects(ctx)
		if err != nil {
			return err
		}
		v.addresses = addresses(all)
	}
	return show(a, v, a.printStatus)
}

// readSetup reads how the setup stands, or why nobody can tell.
func (v *statusView) readSetup(ctx context.Context, c *client.Client) error {
	st, err := c.Setup(ctx, v.Project.ID)
	switch {
	case err == nil:
		v.Setup = &st
	case isMissing(err):
		v.NoSetup = "none runs: connect it again, and it begins anew"
	case isUnavailable(err):
		v.NoSetup = "nobody answers for it: check that a worker runs, and the workflow service"
	default:
		return err
	}
	return nil
}

// setupRows say how the setup stands, and what it waits for.
func setupRows(v statusView) (rows [][]string) {
	if v.NoSetup != "" {
		return [][]string{{"Setup", v.NoSetup}}
	}
	if v.Setup == nil {
		return nil
	}
	rows = append(rows, []string{"Setup", fmt.Sprintf("step %d of 7: %s", v.Setup.Step, v.Setup.Name)})
	if v.Setup.Problem != "" {
		rows = append(rows, []string{"To do", plain(v.Setup.Problem)})
	}
	if v.Setup.NeedsApproval {
		rows = append(rows, []string{"To do", "approve what would leave: connect it again on a terminal, or POST /v1/projects/" + v.Project.ID + "/approve"})
	}
	if waitsForReview(*v.Setup) {
		rows = append(rows, []string{"To do", fmt.Sprintf("version %d of the field mapping waits for review: extsync mapping validate, activate or reject", v.Setup.Mapping.Version)})
	}
	return rows
}

func (a *app) printStatus(v statusView) {
	p := v.Project
	rows := [][]string{
		{"Project", p.Address + " on " + p.System}, {"Id", p.ID}, {"Status", p.Status}, {"Direction", p.Direction},
		{"Speaks as", orDash(p.Login)}, {"Mapping", mappingInForce(p)}, {"Polled", polled(p)}, {"Synced", when(p.SyncedAt)},
	}
	if !p.SweptAt.IsZero() {
		rows = append(rows, []string{"Swept", swept(p)})
	}
	if p.Filter != "" {
		rows = append(rows, []string{"Filter", plain(p.Filter)})
	}
	for _, r := range p.PassOn {
		rows = append(rows, []string{"Passed on", "from " + plain(cmp.Or(v.addresses[r.From], "project "+r.From))})
	}
	rows = append(rows, settingRows(p)...)
	if p.StatusReason != "" {
		rows = append(rows, []string{"Reason", plain(p.StatusReason)})
	}
	rows = append(rows, setupRows(v)...)
	if l := p.Links; l != nil {
		rows = append(rows, []string{"Linked", fmt.Sprintf("%d tickets, %d comments", l.Tickets, l.Comments)},
			[]string{"Waiting", counted(l.Waiting, "changes", l.Quarantined, "quarantined", l.Gone, "gone outside", l.Parked, "parked")})
	}
	rows = append(rows, []string{"Conflicts", openConflicts(p)})
	if v.Verified != nil {
		rows = append(rows, []string{"Drift score", driftScore(*v.Verified)})
	}
	rows = append(rows, []string{"Audit", v.Audit.line()})
	a.table(rows...)
	if len(v.Sessions) > 0 {
		a.print("\nLast sessions (extsync rollback SESSION)")
		rows = [][]string{{"STARTED", "KIND", "SESSION", "OUTCOME"}}
		for _, s := range v.Sessions {
			rows = append(rows, []string{when(s.StartedAt), s.Kind, s.ID, sessionLine(s)})
		}
		a.table(rows...)
	}
	a.printAsides(v.Asides)
	if len(v.Conflicts) > 0 {
		a.print("\nOpen conflicts (extsync conflicts show ID)")
		a.conflictRows(v.Conflicts, names{p.ID: p.Address})
		if v.more {
			a.print("There are more: extsync conflicts list --project %s narrows them.", p.Address)
		}
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

// auditView says how far the audit log reaches, and how far it was published.
type auditView struct {
	Entries     int64     `json:"entries"`
	Published   int64     `json:"published,omitempty"`
	PublishedAt time.Time `json:"published_at,omitzero"`
	Error       string    `json:"error,omitempty"`
	FailedAt    time.Time `json:"failed_at,omitzero"`
}

func (v auditView) line() string {
	switch {
	case v.Error != "":
		return fmt.Sprintf("%d entries; publishing heads FAILS since %s: %s", v.Entries, when(v.FailedAt), plain(v.Error))
	case v.Published == 0:
		return fmt.Sprintf("%d entries; no head was published", v.Entries)
	}
	return fmt.Sprintf("%d entries; published up to %d, %s", v.Entries, v.Published, when(v.PublishedAt))
}

// driftScore says what the last sample has shown.
func driftScore(s v1.Session) string {
	r := s.Report
	return fmt.Sprintf("%.4f: %d of %d compared are not explained, %s", float64(r.Unexplained)/float64(r.Compared), r.Unexplained, r.Compared, when(s.StartedAt))
}

// swept says when everything was read last, and what to do where that is too long ago.
func swept(p v1.Project) string {
	if !p.SweepOverdue {
		return when(p.SweptAt)
	}
	return when(p.SweptAt) + ": OVERDUE; see that a worker runs and why sessions fail, or extsync sync " + p.Address + " --full"
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

package starter

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	v1 "github.com/extsync/extsync/api/v1"
)

// verifyView is what `verify` shows.
type verifyView struct {
	Project     string          `json:"project"`
	Compared    int             `json:"compared"`
	Unexplained int             `json:"unexplained"`
	Score       float64         `json:"score"`
	Standings   map[string]int  `json:"standings"`
	Differences []v1.Difference `json:"differences"` // those that nothing explains, or all
	Left        int             `json:"differences_left_out,omitempty"`
	Reads       int             `json:"reads"`
}

// maxDifferences is how many differences `verify` keeps; the rest is counted.
const maxDifferences = 1000

func (a *app) verify() *cobra.Command {
	var sample int
	var all bool
	cmd := &cobra.Command{
		Use: "verify PROJECT", Short: "Compare what both sides really hold",
		Long: "verify asks the external system what it holds, compares it with the tickets here, and writes nothing on either side.\n" +
			"What is not in step is explained where something recorded explains it: a change that waits, a conflict, privacy, a\n" +
			"direction. The share of what nothing explains is the drift score: 0 is perfect, and anything else is a fault to be\n" +
			"reported; the command then exits with 7. It takes a call for each batch of tickets, or page of a list,\n" +
			"within the system's limits; --sample looks at a few." + projectHelp,
		Example: "  extsync verify octo/hello\n  extsync verify octo/hello --sample 50",
	}
	f := cmd.Flags()
	f.IntVar(&sample, "sample", 0, "compare that many links from a random place on (up to 500); 0: everything")
	f.BoolVar(&all, "all", false, "list the explained differences, too")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if sample < 0 || sample > 500 {
			return usage("--sample %d: want 1 to 500, or 0 for everything", sample)
		}
		return a.verifyWhole(cmd.Context(), args[0], sample, all)
	}
	return cmd
}

func (a *app) verifyWhole(ctx context.Context, name string, sample int, all bool) error {
	c := a.call()
	p, err := find(ctx, c, name)
	if err != nil {
		return err
	}
	v := verifyView{Project: p.Address, Standings: map[string]int{}, Differences: []v1.Difference{}}
	ask := v1.VerifyRequest{Sample: sample}
	told := map[string]bool{}
	for first := true; first || ask.After != ""; first = false {
		page, err := c.Verify(ctx, p.ID, ask)
		if err != nil {
			return err
		}
		v.add(page, all)
		ask.After = page.Next
		if err := a.await(ctx, page, told); err != nil {
			return err
		}
	}
	if v.Compared > 0 {
		v.Score = float64(v.Unexplained) / float64(v.Compared)
	}
	if err := show(a, v, a.printVerified); err != nil || v.Unexplained == 0 {
		return err
	}
	return &codedError{exitFound, fmt.Sprintf("%d of %d compared are not explained", v.Unexplained, v.Compared)}
}

// shortestWait is how long it waits at least: the server's clock says when, and this one may
// be ahead of it by more than the wait.
const shortestWait = time.Second

// await waits as long as the external system's limits want it. Why it waits is told once: a
// large project is read in as many spans as the limits make of it.
func (a *app) await(ctx context.Context, page v1.Verification, told map[string]bool) error {
	if page.RetryAt.IsZero() {
		return nil
	}
	if !told[page.Reason] {
		told[page.Reason] = true
		a.say("%s; it goes on by itself whenever it may, next at %s", plain(page.Reason), when(page.RetryAt))
	}
	timer := time.NewTimer(max(time.Until(page.RetryAt), shortestWait))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (v *verifyView) add(page v1.Verification, all bool) {
	v.Compared, v.Unexplained, v.Reads = v.Compared+page.Compared, v.Unexplained+page.Unexplained, v.Reads+page.Reads
	for s, n := range page.Standings {
		v.Standings[s] += n
	}
	for _, d := range page.Differences {
		switch {
		case d.Explained && !all:
		case len(v.Differences) == maxDifferences:
			v.Left++
		default:
			v.Differences = append(v.Differences, d)
		}
	}
}

func (a *app) printVerified(v verifyView) {
	rows := [][]string{{"Compared", strconv.Itoa(v.Compared)}, {"Drift score", strconv.FormatFloat(v.Score, 'f', 4, 64)}}
	for _, s := range slices.Sorted(maps.Keys(v.Standings)) {
		rows = append(rows, []string{"  " + s, strconv.Itoa(v.Standings[s])})
	}
	a.table(rows...)
	if len(v.Differences) == 0 {
		return
	}
	a.print("")
	rows = [][]string{{"STANDING", "WHAT", "HERE", "THERE", "FIELD", "REASON"}}
	for _, d := range v.Differences {
		rows = append(rows, []string{d.Standing, d.Kind, orDash(d.Local), orDash(plain(d.Key)), orDash(d.Field), short(d.Reason, 200)})
	}
	a.table(rows...)
	if v.Left > 0 {
		a.print("and %d more", v.Left)
	}
}

package starter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

func (a *app) rollback() *cobra.Command {
	var preview, yes, cancel bool
	cmd := &cobra.Command{
		Use: "rollback SESSION", Short: "Undo what a session did, on both sides",
		Long: "rollback returns every value that a session wrote to what it was, here and outside. What was edited since stays,\n" +
			"and what would have been restored is kept in a conflict. What is restored waits for a decision, so that the next\n" +
			"session does not do it again. A rollback can be undone like any other session; one that was ordered and has done\n" +
			"nothing yet, in a paused project or waiting for a permission, is taken back by --cancel.",
		Example: "  extsync rollback SESSION --preview\n  extsync rollback SESSION --yes\n  extsync rollback SESSION --cancel",
	}
	cmd.Flags().BoolVar(&preview, "preview", false, "only say what would be done")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&cancel, "cancel", false, "take the order back, if nothing was done yet")
	cmd.MarkFlagsMutuallyExclusive("preview", "yes", "cancel")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if strings.Contains(args[0], "/") {
			return usage("rollback wants the id of a session; `extsync status %s` names the project's last ones", args[0])
		}
		c := a.call()
		if cancel {
			s, err := c.CancelRollback(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return show(a, s, func(s v1.Session) { a.print("Rollback %s is cancelled: nothing was changed.", s.ID) })
		}
		pv, err := c.PreviewRollback(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if preview {
			return show(a, pv, a.printRollback)
		}
		if !yes {
			if !a.Terminal {
				return usage("rollback asks first; look with --preview, and say --yes where nobody can answer")
			}
			a.printRollback(pv)
			if !a.ask("Undo session " + args[0] + "?") {
				return &codedError{exitConflict, "not undone: nothing is changed"}
			}
		}
		s, err := a.rollBack(cmd.Context(), c, pv)
		if err != nil {
			return err
		}
		left, err := leftBy(cmd.Context(), c, s)
		if err != nil {
			return err
		}
		return show(a, s, func(s v1.Session) { a.printUndone(s, args[0], left) })
	}
	return cmd
}

// printUndone says how a rollback ended, or that it waits.
func (a *app) printUndone(s v1.Session, of string, left leftovers) {
	switch s.State {
	case "succeeded":
	case "cancelled":
		a.print("Rollback %s was cancelled meanwhile: nothing was changed.", s.ID)
		return
	default:
		a.print("Session %s is ordered. Its project is paused: it is carried out first, as soon as you resume that.", s.ID)
		a.print("To take the order back: extsync rollback %s --cancel", s.ID)
		return
	}
	a.print("Session %s is undone by session %s: %s", of, s.ID, report(s.Report))
	if left.kept+left.cannot > 0 {
		a.print("%d were edited since and stay, %d could not be undone.", left.kept, left.cannot)
	}
	for _, why := range left.reasons {
		a.print("  %s", short(why, 200))
	}
	if s.Report.Conflicts > 0 {
		a.print("What was restored waits for a decision: extsync conflicts list --project %s --kind undone", s.Project)
	}
	a.print("To undo this: extsync rollback %s", s.ID)
}

// leftovers are what a rollback has left as it was.
type leftovers struct {
	kept, cannot int
	reasons      []string // why something cannot be undone, each once
}

// leftBy reads in a rollback's journal what it left. Its preview knew only what had been seen outside
// by then: more may have been edited since, and a system may refuse what it is told to write.
func leftBy(ctx context.Context, c *client.Client, s v1.Session) (l leftovers, err error) {
	if s.State != "succeeded" {
		return l, nil
	}
	for after := int64(0); ; {
		page, err := c.Session(ctx, s.ID, after, journalPage)
		if err != nil {
			return l, err
		}
		for _, step := range page.Steps {
			switch step.Action {
			case "keep":
				l.kept++
			case "cannot":
				if l.cannot++; !slices.Contains(l.reasons, step.Reason) {
					l.reasons = append(l.reasons, step.Reason)
				}
			}
		}
		if after = page.Next; after == 0 {
			return l, nil
		}
	}
}

// journalPage is how many steps of a journal are read at a time.
const journalPage = 1000

// rollBack approves a preview and waits until it is carried out; not where the project is
// paused, which may last.
func (a *app) rollBack(ctx context.Context, c *client.Client, pv v1.RollbackPreview) (v1.Session, error) {
	s, err := c.Rollback(ctx, pv.Session, v1.RollbackOrder{Digest: pv.Digest})
	var p *v1.Problem
	if errors.As(err, &p) && p.Rollback != nil {
		a.printRollback(*p.Rollback)
	}
	if err != nil {
		return s, err
	}
	if project, err := c.Project(ctx, pv.Project); err != nil || project.Status == "paused" {
		return s, err
	}
	s, err = a.waitForRollback(ctx, c, pv.Project, s.ID)
	s.Steps, s.Next = nil, 0
	return s, err
}

// waitForRollback shows how a rollback goes until it is through. One that nobody begins is not waited
// for without end, nor one whose project does not synchronise any more: a session that is under way
// is let alone.
func (a *app) waitForRollback(ctx context.Context, c *client.Client, project, id string) (s v1.Session, err error) {
	told, since := &progress{Env: a.Env}, time.Now()
	defer told.end()
	err = every(ctx, func() (bool, error) {
		var err error
		if s, err = c.Session(ctx, id, 0, 1); err != nil {
			return false, err
		}
		if told.tell("%s", rollbackLine(s)); s.State == "succeeded" || s.State == "cancelled" {
			return true, nil
		}
		p, err := c.Project(ctx, project)
		switch {
		case err != nil:
			return false, err
		case p.Status == "disconnected":
			return false, &codedError{exitConflict, fmt.Sprintf("%s is disconnected: rollback %s is not carried out", p.Address, id)}
		case p.Status == "paused" && s.State != "running":
			return true, nil
		case s.State != "pending":
			since = time.Now()
		case time.Since(since) > cmp.Or(a.Patience, workerTakes):
			return false, &codedError{exitUnavailable, fmt.Sprintf("rollback %s has not begun: check that a worker runs (`extsync worker`), "+
				"and what `extsync status %s` says; it is carried out by itself", id, p.Address)}
		}
		return false, nil
	})
	return s, err
}

// rollbackLine says how a rollback goes. One that is stopped, by a limit say, goes on by itself.
func rollbackLine(s v1.Session) string {
	state := s.State
	if state == "stopped" {
		state = "waits"
	}
	if s.Reason != "" {
		state += ": " + s.Reason
	}
	return "Rollback " + state
}

// printRollback shows a preview as a table, what is nothing to do left out.
func (a *app) printRollback(pv v1.RollbackPreview) {
	rows := [][]string{{"ITEM", "FIELD", "WHAT", "HERE", "OUTSIDE", "WHY"}}
	for _, r := range pv.Rows {
		if r.Action == "nothing" {
			continue
		}
		item := r.Key
		if item == "" {
			item = r.Ticket
		}
		if r.Comment != "" {
			item = "comment " + item
		}
		why := short(r.Reason, 60)
		if r.Action == "cannot" {
			why = r.Reason
		}
		rows = append(rows, []string{item, orDash(r.Field), undoes(r), swapped(r.Here), swapped(r.Outside), why})
	}
	if len(rows) > 1 {
		a.table(rows...)
	}
	n := pv.Counts
	closed, elsewhere := 0, 0
	for _, r := range pv.Rows {
		elsewhere += r.Elsewhere
		if r.Action == "withdraw" && r.Outside != nil {
			closed++
		}
	}
	a.print("Would restore %d %s here and %d outside, delete %d %s here, withdraw %d outside, bring %d back.",
		n.Here, spoken(n.Here, "fields"), n.Outside, n.Deleted, spoken(n.Deleted, "items"), n.Withdrawn, n.Revived)
	if n.Withdrawn > 0 {
		a.print("Withdrawn by deleting it there: %d; by closing it, where it cannot be deleted: %d.", n.Withdrawn-closed, closed)
	}
	if elsewhere > 0 {
		a.print("What is deleted here has %d %s in other projects: what becomes of each there you are asked, see `extsync conflicts list`.",
			elsewhere, spoken(elsewhere, "items"))
	}
	a.print("Edited since, and stay: %d. Cannot be undone: %d. Are as they were: %d.", n.Kept, n.Cannot, n.Nothing)
}

// undoes names what becomes of a field or an item.
func undoes(r v1.RollbackRow) string {
	switch {
	case r.Action != "withdraw":
		return r.Action
	case r.Outside == nil:
		return "delete outside"
	}
	return "close outside"
}

// swapped shows a value and what it would become.
func swapped(s *v1.Swap) string {
	if s == nil {
		return "-"
	}
	return strconv.Quote(short(s.Now.Text(), 24)) + " -> " + strconv.Quote(short(s.Then.Text(), 24))
}

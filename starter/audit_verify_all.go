package starter

import (
	"context"
	"fmt"
	"slices"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/store"
)

// chainCheck is what a walk along one project's chain has shown.
type chainCheck struct {
	Project string `json:"project"`           // its id
	Address string `json:"address,omitempty"` // empty: only published heads tell of it
	v1.AuditCheck
}

type chainChecks struct {
	Projects []chainCheck `json:"projects"`
}

// verifyProjects walks the chains of all projects, also of those that nobody but the
// published heads remembers: a log that is gone as a whole was cut off, too.
func (a *app) verifyProjects(ctx context.Context, heads []store.AuditHead) error {
	c := a.call()
	all, err := c.Projects(ctx)
	if err != nil {
		return err
	}
	checks := []chainCheck{}
	for _, p := range all.Projects {
		r, err := a.verifyChain(ctx, c, p.ID, heads)
		if err != nil {
			return fmt.Errorf("%s: %w", plain(p.Address), err)
		}
		checks = append(checks, chainCheck{p.ID, p.Address, viewChain(r)})
	}
	for _, h := range heads {
		if !slices.ContainsFunc(checks, func(c chainCheck) bool { return c.Project == h.ProjectID }) {
			checks = append(checks, chainCheck{Project: h.ProjectID, AuditCheck: viewChain(store.NewChainVerifier(h.ProjectID, heads...).End())})
		}
	}
	if err := show(a, chainChecks{checks}, a.printChains); err != nil {
		return err
	}
	return badChains(checks)
}

// badChains says how many chains do not hold, and where the first of them ends; nil: all do.
func badChains(checks []chainCheck) error {
	holds := func(c chainCheck) bool { return c.Fault == nil }
	first := slices.IndexFunc(checks, func(c chainCheck) bool { return !holds(c) })
	if first < 0 {
		return nil
	}
	bad := len(slices.DeleteFunc(slices.Clone(checks), holds))
	c := checks[first]
	return &codedError{exitFound, fmt.Sprintf("%d of %d audit chains do not hold; the first is %s at entry %d: %s",
		bad, len(checks), c.name(), c.Fault.Seq, plain(c.Fault.What))}
}

func (c chainCheck) name() string {
	if c.Address == "" {
		return c.Project
	}
	return plain(c.Address)
}

// printChains prints a line for each project.
func (a *app) printChains(all chainChecks) {
	if len(all.Projects) == 0 {
		a.print("Nothing is connected yet: there is no chain to verify.")
		return
	}
	rows := [][]string{{"PROJECT", "ENTRIES", "HEADS MET", "CHAIN"}}
	for _, c := range all.Projects {
		says := "holds"
		if f := c.Fault; f != nil {
			says = fmt.Sprintf("BROKEN at entry %d: %s", f.Seq, f.What)
		} else if c.Backwards > 0 {
			says = fmt.Sprintf("holds; %d entries have a time before their neighbour's: a clock was set", c.Backwards)
		}
		rows = append(rows, []string{c.name(), fmt.Sprint(c.Entries), fmt.Sprint(c.Heads), says})
	}
	a.table(rows...)
}

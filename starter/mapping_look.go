package starter

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

func (a *app) mappingValidate() *cobra.Command {
	var f mappingFlags
	cmd := a.onProject("validate", "Say what is wrong with a mapping", "validate compares a mapping with what the project offers now. Nothing is stored.",
		func(ctx context.Context, c *client.Client, p v1.Project) error {
			ref, err := a.ref(f)
			if err != nil {
				return err
			}
			check, err := c.ValidateMapping(ctx, p.ID, ref)
			if err != nil {
				return err
			}
			err = show(a, check, func(check v1.MappingCheck) {
				a.findings(check.Findings)
				if check.Errors == 0 {
					a.print("it can be put in force")
				}
			})
			if err == nil && check.Errors > 0 {
				err = &codedError{exitUsage, fmt.Sprintf("the mapping has %d errors and cannot be put in force", check.Errors)}
			}
			return err
		})
	f.add(cmd, aVersion)
	return cmd
}

func (a *app) findings(list []v1.MappingFinding) {
	if len(list) == 0 {
		return
	}
	rows := [][]string{}
	for _, f := range list {
		where := f.Path
		if f.Line > 0 {
			where = fmt.Sprintf("line %d, %s", f.Line, f.Path)
		}
		rows = append(rows, []string{f.Severity, plain(where), plain(f.Message)})
	}
	a.table(rows...)
}

func (a *app) mappingTest() *cobra.Command {
	var f mappingFlags
	var samples int
	cmd := a.onProject("test", "Try a mapping on samples of both sides",
		"test sends tickets of both sides through a mapping and back, as if they were written and read again. Nothing is\n"+
			"written anywhere.",
		func(ctx context.Context, c *client.Client, p v1.Project) error {
			ref, err := a.ref(f)
			if err != nil {
				return err
			}
			t, err := c.TestMapping(ctx, p.ID, v1.MappingTest{MappingRef: ref, Samples: samples})
			if err != nil {
				return err
			}
			return show(a, t, a.printTrial)
		})
	f.add(cmd, aVersion)
	cmd.Flags().IntVar(&samples, "samples", 50, "tickets of each side, at most")
	return cmd
}

func (a *app) printTrial(t v1.MappingTrial) {
	n := t.Counts
	a.print("tried on %d tickets outside and %d here: fields %s", t.Outside, t.Here,
		counted(n["exact"], "exact", n["respelled"], "respelled", n["lossy"], "with losses", n["refused"], "that would stay where they are"))
	if len(t.Trials) == 0 {
		return
	}
	rows := [][]string{{"OUTCOME", "WAY", "FIELD", "TICKET", "REASON"}}
	for _, x := range t.Trials {
		rows = append(rows, []string{x.Outcome, x.Direction, x.Field, plain(x.ID), plain(x.Reason)})
	}
	a.table(rows...)
}

func (a *app) mappingDiff() *cobra.Command {
	var to mappingFlags
	var from int
	cmd := a.onProject("diff", "Say what another mapping would change", "diff compares a version, or a file, with the mapping in force, or with another version.",
		func(ctx context.Context, c *client.Client, p v1.Project) error {
			if to.file == "" && to.version == 0 {
				return usage("say what to compare: --version N, or --file mapping.yaml")
			}
			ref, err := a.ref(to)
			if err != nil {
				return err
			}
			d, err := c.DiffMappings(ctx, p.ID, v1.MappingCompare{From: v1.MappingRef{Version: from}, To: ref})
			if err != nil {
				return err
			}
			return show(a, d, a.printDiff)
		})
	to.add(cmd, "number of a stored version")
	cmd.Flags().IntVar(&from, "from", 0, "version to compare with (default: the one in force)")
	return cmd
}

func (a *app) printDiff(d v1.MappingDiff) {
	if len(d.Changes) == 0 {
		a.print("they say the same")
		return
	}
	rows := [][]string{}
	for _, c := range d.Changes {
		what := plain(c.What)
		if c.Rebase {
			what += " (compared afresh)"
		}
		rows = append(rows, []string{plain(c.Path), what})
	}
	a.table(rows...)
}

func (a *app) printProposal(p v1.Project, m v1.ProposedMapping) {
	rows := [][]string{{"FIELD", "STANDS IN", "SURE", "BECAUSE"}}
	for _, x := range m.Matches {
		rows = append(rows, []string{x.Field, plain(strings.Join(x.External, ", ")), fmt.Sprintf("%.0f %%", 100*x.Confidence), plain(x.Why)})
	}
	a.table(rows...)
	if len(m.Unused) > 0 {
		a.print("left alone: %s", plain(strings.Join(m.Unused, ", ")))
	}
	for _, w := range m.Warnings {
		a.print("look at: %s", plain(w))
	}
	a.printStored(p, m.Mapping)
}

package starter

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

func (a *app) mapping() *cobra.Command {
	cmd := &cobra.Command{
		Use: "mapping", Short: "See and change which field stands where", Args: cobra.NoArgs, RunE: helpOnly,
		Long: "mapping keeps the field mapping of a project in versions. A version never changes: an edit is a new one, and an older\n" +
			"one can be put in force again.\n\n" +
			"Begin with what there is:   extsync mapping show PROJECT > mapping.yaml\n" +
			"Look before you leap:       extsync mapping validate, test and diff PROJECT --file mapping.yaml\n" +
			"Put it in force:            extsync mapping activate PROJECT --file mapping.yaml",
	}
	cmd.AddCommand(a.mappingPropose(), a.mappingShow(), a.mappingList(), a.mappingValidate(), a.mappingTest(), a.mappingDiff(),
		a.mappingEdit(), a.mappingActivate(), a.mappingReject())
	return cmd
}

// mappingFlags name a mapping: a file, a version, or the one in force.
type mappingFlags struct {
	file    string
	version int
}

func (f *mappingFlags) add(cmd *cobra.Command, version string) {
	cmd.Flags().StringVar(&f.file, "file", "", aFile)
	cmd.Flags().IntVar(&f.version, "version", 0, version)
	cmd.MarkFlagsMutuallyExclusive("file", "version")
}

const (
	aFile    = "file with the mapping in YAML; - reads standard input"
	aVersion = "number of a stored version (default: the one in force)"
)

func (a *app) ref(f mappingFlags) (v1.MappingRef, error) {
	doc, err := a.document(f.file)
	return v1.MappingRef{Version: f.version, Document: doc}, err
}

// document reads a mapping from a file. An empty name is no file.
func (a *app) document(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	read := os.ReadFile
	if file == "-" {
		read = func(string) ([]byte, error) { return io.ReadAll(io.LimitReader(a.In, 2<<20)) }
	}
	b, err := read(file)
	if err != nil {
		return "", usage("--file: %w", err)
	}
	if len(b) == 0 {
		return "", usage("--file %s: it is empty", file)
	}
	return readable(b, file)
}

// onProject makes a command that does something with one project.
func (a *app) onProject(use, short, long string, run func(context.Context, *client.Client, v1.Project) error) *cobra.Command {
	return &cobra.Command{
		Use: use + " PROJECT", Short: short, Long: long + projectHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			c := a.call()
			p, err := find(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			return run(cmd.Context(), c, p)
		},
	}
}

func (a *app) mappingShow() *cobra.Command {
	var version int
	cmd := a.onProject("show", "Print a mapping in YAML", "show prints the mapping in force, or another version, as a file that can be edited.",
		func(ctx context.Context, c *client.Client, p v1.Project) error {
			m, err := c.Mapping(ctx, p.ID, version)
			if err != nil {
				return err
			}
			return show(a, m, func(m v1.MappingVersion) { fmt.Fprint(a.Out, plain(m.Document)) })
		})
	cmd.Flags().IntVar(&version, "version", 0, aVersion)
	return cmd
}

func (a *app) mappingList() *cobra.Command {
	return a.onProject("list", "List the versions", "list shows all versions of a project's mapping, newest first.",
		func(ctx context.Context, c *client.Client, p v1.Project) error {
			all, err := c.Mappings(ctx, p.ID)
			if err != nil {
				return err
			}
			return show(a, all, func(all v1.Mappings) {
				if len(all.Versions) == 0 {
					a.print("No versions: the default of %s is in force.", p.System)
					return
				}
				rows := [][]string{{"VERSION", "STATE", "MADE", "BY", "ACTIVATED", "BY"}}
				for _, m := range all.Versions {
					rows = append(rows, []string{
						strconv.Itoa(m.Version), m.State, when(m.CreatedAt), m.CreatedBy, when(m.ActivatedAt), orDash(m.ActivatedBy),
					})
				}
				a.table(rows...)
			})
		})
}

func (a *app) mappingPropose() *cobra.Command {
	var file string
	var review bool
	cmd := a.onProject("propose", "Make a draft from what the project offers",
		"propose reads which fields, states and people the project has, and stores a mapping made from them as a draft.",
		func(ctx context.Context, c *client.Client, p v1.Project) error {
			if review {
				return a.startReview(ctx, c, p)
			}
			if _, err := os.Lstat(file); file != "" && err == nil { // before a draft is stored
				return usage("--file: %s exists; name a file that is not there yet", file)
			}
			m, err := c.ProposeMapping(ctx, p.ID)
			if err != nil {
				return err
			}
			if err := writeNew(file, m.Mapping.Document); err != nil {
				return err
			}
			return show(a, m, func(m v1.ProposedMapping) { a.printProposal(p, m) })
		})
	cmd.Flags().StringVar(&file, "file", "", "also write it to this new file")
	cmd.Flags().BoolVar(&review, "review", false, "have a workflow follow it until somebody activates or rejects it")
	cmd.MarkFlagsMutuallyExclusive("file", "review")
	return cmd
}

func (a *app) startReview(ctx context.Context, c *client.Client, p v1.Project) error {
	p, err := c.StartMappingReview(ctx, p.ID)
	if err != nil {
		return err
	}
	return show(a, p, func(p v1.Project) {
		a.print("a mapping of %s is proposed and tried; `extsync mapping list %s` shows it soon", p.Address, p.Address)
	})
}

// writeNew writes a file that is not there yet. Without a name it does nothing.
func writeNew(file, text string) error {
	if file == "" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return usage("--file: %w; name a file that is not there yet", err)
	}
	if _, err := f.WriteString(text); err != nil {
		_ = f.Close() // the first error counts
		return fmt.Errorf("write %s: %w", file, err)
	}
	return f.Close()
}

func (a *app) mappingEdit() *cobra.Command {
	var file string
	cmd := a.onProject("edit", "Store a mapping as a draft", "edit stores the mapping in a file as a new version, a draft, and says what is wrong with it.",
		func(ctx context.Context, c *client.Client, p v1.Project) error {
			m, err := a.store(ctx, c, p, file)
			if err != nil {
				return err
			}
			return show(a, m, func(m v1.MappingVersion) {
				a.findings(m.Findings)
				a.printStored(p, m)
			})
		})
	cmd.Flags().StringVar(&file, "file", "", aFile)
	_ = cmd.MarkFlagRequired("file") // fails only for a flag that does not exist
	return cmd
}

// printStored says what a stored version is good for.
func (a *app) printStored(p v1.Project, m v1.MappingVersion) {
	faults := 0
	for _, f := range m.Findings {
		if f.Severity == "error" {
			faults++
		}
	}
	switch {
	case m.State == "active":
		a.print("version %d, which is in force, says the same", m.Version)
	case faults > 0:
		a.print("version %d is a draft that cannot be put in force: %d errors", m.Version, faults)
	default:
		a.print("version %d is a draft; `extsync mapping activate %s --version %d` puts it in force", m.Version, p.Address, m.Version)
	}
}

func (a *app) store(ctx context.Context, c *client.Client, p v1.Project, file string) (v1.MappingVersion, error) {
	doc, err := a.document(file)
	if err != nil {
		return v1.MappingVersion{}, err
	}
	return c.AddMapping(ctx, p.ID, doc)
}

func (a *app) mappingActivate() *cobra.Command {
	var f mappingFlags
	cmd := a.onProject("activate", "Put a version in force",
		"activate puts a version in force, or stores the mapping in a file and puts that in force. One with errors is refused.\n"+
			"Every ticket is planned again; nothing is overwritten because of it: a field that now reads otherwise and differs\n"+
			"between both sides becomes a conflict. Activate an older version to go back.",
		func(ctx context.Context, c *client.Client, p v1.Project) error {
			if f.file == "" && f.version == 0 {
				return usage("say what: --version N, or --file mapping.yaml")
			}
			if f.file != "" {
				m, err := a.store(ctx, c, p, f.file)
				if err != nil {
					return err
				}
				f.version = m.Version
			}
			m, err := c.ActivateMapping(ctx, p.ID, f.version)
			if err != nil {
				return err
			}
			return show(a, m, func(m v1.MappingVersion) { a.print("version %d is in force for %s", m.Version, p.Address) })
		})
	f.add(cmd, "number of a stored version")
	return cmd
}

func (a *app) mappingReject() *cobra.Command {
	return a.onProject("reject", "Reject what is under review", "reject ends a review: the mapping stays as it is, and the drafts stay, too.",
		func(ctx context.Context, c *client.Client, p v1.Project) error {
			p, err := c.RejectMapping(ctx, p.ID)
			if err != nil {
				return err
			}
			return show(a, p, func(p v1.Project) { a.print("the mapping of %s stays as it is", p.Address) })
		})
}

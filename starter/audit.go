package starter

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/store"
)

func (a *app) audit() *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Short: "Verify, export and sign the audit log", Args: cobra.NoArgs, RunE: helpOnly,
		Long: "Every write outside and every act of a person has an entry in the audit log of its project, and each entry carries\n" +
			"the hash of the one before it. Who owns the database could write such a chain anew: heads, which say how far the\n" +
			"chain reached and are kept elsewhere (extsync worker --audit-heads), give that away.",
	}
	cmd.AddCommand(a.auditVerify(), a.auditExport(), a.auditHead())
	return cmd
}

// auditLine is one line of an export.
type auditLine struct {
	Project string `json:"project"`
	v1.AuditEntry
}

func (l auditLine) entry() store.AuditEntry {
	return store.AuditEntry{
		ProjectID: l.Project, Seq: l.Seq, At: l.At, Actor: l.Actor, Action: l.Action, Subject: l.Subject,
		Detail: l.Detail, Digest: l.Digest, Prev: l.Prev, Hash: l.Hash,
	}
}

// auditPage is how many entries are read at a time.
const auditPage = 1000

// eachEntry reads a project's audit log from the API, page by page, until use says that
// it has seen enough.
func eachEntry(ctx context.Context, c *client.Client, projectID string, use func(auditLine) bool) error {
	for after := int64(0); ; {
		page, err := c.Audit(ctx, projectID, after, auditPage)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			if !use(auditLine{projectID, e}) {
				return nil
			}
		}
		if after = page.Next; after == 0 {
			return nil
		}
	}
}

// maxLine bounds a line of a file, in bytes.
const maxLine = 1 << 20

// eachLine reads JSON values, one a line. What is no such value ends it with an error, or
// is handed to torn where that is not nil.
func eachLine[T any](r io.Reader, name string, use func(T) bool, torn func(line int)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil && torn != nil {
			torn(n)
			continue
		} else if err != nil {
			return usage("%s, line %d: %w", name, n, err)
		}
		if !use(v) {
			return nil
		}
	}
	if err := lines.Err(); err != nil {
		return usage("%s: %w", name, err)
	}
	return nil
}

func (a *app) auditExport() *cobra.Command {
	return &cobra.Command{
		Use: "export PROJECT", Short: "Print a project's audit log, one entry per line of JSON",
		Long: "export prints the whole log, oldest entry first, for `extsync audit verify --file` on a machine that cannot reach\n" +
			"the service. It holds ids and digests, no content." + projectHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			c := a.call()
			p, err := find(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			enc := json.NewEncoder(a.Out)
			enc.SetEscapeHTML(false)
			var failed error
			err = eachEntry(cmd.Context(), c, p.ID, func(l auditLine) bool {
				failed = enc.Encode(l)
				return failed == nil
			})
			if err == nil {
				err = failed
			}
			return err
		},
	}
}

func (a *app) auditHead() *cobra.Command {
	return &cobra.Command{
		Use: "head PROJECT", Short: "Print how far a project's audit log reaches, signed",
		Long: "head prints a line to be kept elsewhere, and the public key that verifies it. `extsync audit verify --heads` holds\n" +
			"the log against such lines." + projectHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			c := a.call()
			p, err := find(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			h, err := c.AuditHead(cmd.Context(), p.ID)
			if err != nil {
				return err
			}
			return show(a, h, func(h v1.AuditHead) {
				b, err := json.Marshal(h.Head)
				if err != nil {
					return // unreachable: it came as JSON
				}
				a.print("%s", b)
				a.say("Key        %s", h.Key)
				a.say("Published  %s", published(h))
			})
		},
	}
}

// published says how far a chain was published.
func published(h v1.AuditHead) string {
	switch {
	case h.Error != "":
		return fmt.Sprintf("FAILS since %s: %s", when(h.FailedAt), plain(h.Error))
	case h.Published == nil:
		return "never: start the worker, or dev, with --audit-heads"
	}
	return fmt.Sprintf("entry %d of %d, %s", h.Published.Seq, h.Head.Seq, when(h.PublishedAt))
}

// openLines opens a file, or standard input for -.
func (a *app) openLines(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(a.In), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, usage("%w", err)
	}
	return f, nil
}

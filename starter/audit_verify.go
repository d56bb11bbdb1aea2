package starter

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/store"
)

// auditFlags are what `audit verify` is told.
type auditFlags struct{ file, heads, key string }

func (a *app) auditVerify() *cobra.Command {
	var f auditFlags
	cmd := &cobra.Command{
		Use: "verify [PROJECT]", Short: "Walk audit chains and name the first bad entry",
		Long: "verify reads the audit log of a project, or of all, through the API, or an export of it (--file), and computes every\n" +
			"hash itself: the service is not asked for its opinion. With --heads it is held against heads that were published, which also shows\n" +
			"that the end was cut off or the whole chain written anew; --key is the public key that `extsync audit head` prints,\n" +
			"as you noted it when the service was set up. It exits with 7 where the chain does not hold." + projectHelp,
		Example: "  extsync audit verify\n  extsync audit verify octo/hello --heads heads.jsonl --key ed25519:...\n  extsync audit export octo/hello | extsync audit verify --file -",
	}
	fl := cmd.Flags()
	fl.StringVar(&f.file, "file", "", "an export in place of the API; - reads standard input")
	fl.StringVar(&f.heads, "heads", "", "file with published heads, one per line of JSON")
	fl.StringVar(&f.key, "key", "", "public key of the heads; needed with --heads")
	cmd.MarkFlagsRequiredTogether("heads", "key")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.verifyAudit(cmd.Context(), args, f) }
	return cmd
}

func (a *app) verifyAudit(ctx context.Context, args []string, f auditFlags) error {
	heads, err := a.headsOf(f)
	if err != nil {
		return err
	}
	var r store.ChainReport
	switch {
	case f.file != "":
		r, err = a.verifyFile(args, f.file, heads)
	case len(args) == 0:
		return a.verifyProjects(ctx, heads)
	default:
		r, err = a.verifyProject(ctx, args[0], heads)
	}
	if err != nil {
		return err
	}
	check := viewChain(r)
	if len(heads) > 0 && check.Heads == 0 && check.Fault == nil {
		a.say("note: none of the %d heads in %s is of this project: they say nothing of its end", len(heads), plain(f.heads))
	}
	if err := show(a, check, a.printAuditCheck); err != nil || check.Fault == nil {
		return err
	}
	return &codedError{exitFound, fmt.Sprintf("the audit chain does not hold at entry %d: %s", check.Fault.Seq, plain(check.Fault.What))}
}

func viewChain(r store.ChainReport) v1.AuditCheck {
	check := v1.AuditCheck{Entries: r.Entries, Hash: r.Hash, Heads: r.Heads, Backwards: r.Backwards}
	if x := r.Fault; x != nil {
		check.Fault = &v1.AuditFault{Flaw: string(x.Flaw), Seq: x.Seq, What: x.What}
	}
	return check
}

func (a *app) printAuditCheck(c v1.AuditCheck) {
	a.print("%d entries hold together, up to hash %s", c.Entries, orDash(plain(c.Hash)))
	if c.Heads > 0 {
		a.print("%d published heads were met and agree", c.Heads)
	}
	if c.Backwards > 0 {
		a.print("note: %d entries have a time before their neighbour's; a clock was set", c.Backwards)
	}
}

// headsOf reads the heads. One that the key did not sign ends it all: somebody has
// tampered with the file, or the key is another service's.
func (a *app) headsOf(f auditFlags) ([]store.AuditHead, error) {
	if f.heads == "" {
		return nil, nil
	}
	key, err := store.ParsePublicKey(f.key)
	if err != nil {
		return nil, usage("--key: %w", err)
	}
	in, err := a.openLines(f.heads)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var heads []store.AuditHead
	var forged error
	err = eachLine(in, f.heads, func(h store.SignedHead) bool {
		if forged = h.Verify(key); forged == nil && h.Seq > 0 {
			heads = append(heads, h.Head())
		}
		return forged == nil
	}, func(line int) {
		a.say("note: line %d of %s is no head, as a crash may leave it; it is left out", line, plain(f.heads))
	})
	if err == nil && forged == nil && len(heads) == 0 {
		err = usage("%s holds no head: nothing could be held against it, and a chain whose end was cut off would pass", f.heads)
	}
	if err == nil && forged != nil {
		err = &codedError{exitFound, "a published head is forged, or --key is not the key that signed it: " + forged.Error()}
	}
	return heads, err
}

func (a *app) verifyProject(ctx context.Context, name string, heads []store.AuditHead) (store.ChainReport, error) {
	c := a.call()
	p, err := find(ctx, c, name)
	if err != nil {
		return store.ChainReport{}, err
	}
	return a.verifyChain(ctx, c, p.ID, heads)
}

// verifyChain walks a project's chain through the API.
func (a *app) verifyChain(ctx context.Context, c *client.Client, projectID string, heads []store.AuditHead) (store.ChainReport, error) {
	v := store.NewChainVerifier(projectID, heads...)
	err := eachEntry(ctx, c, projectID, func(l auditLine) bool { return v.Add(l.entry()) })
	return v.End(), err
}

// verifyFile verifies an export. Without a project it is the one of its first line.
func (a *app) verifyFile(args []string, file string, heads []store.AuditHead) (store.ChainReport, error) {
	in, err := a.openLines(file)
	if err != nil {
		return store.ChainReport{}, err
	}
	defer in.Close()
	var v *store.ChainVerifier
	if len(args) == 1 && uuid.Validate(args[0]) != nil {
		return store.ChainReport{}, usage("with --file a project is named by its id, for an export holds no address; leave %q out, or see `extsync status --json`", args[0])
	}
	if len(args) == 1 {
		v = store.NewChainVerifier(args[0], heads...)
	}
	err = eachLine(in, file, func(l auditLine) bool {
		if v == nil {
			v = store.NewChainVerifier(l.Project, heads...)
		}
		return v.Add(l.entry())
	}, nil)
	if err == nil && v == nil {
		err = errors.New("the export is empty: name the project's id to hold it against heads")
	}
	if err != nil {
		return store.ChainReport{}, err
	}
	return v.End(), nil
}

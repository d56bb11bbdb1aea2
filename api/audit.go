package api

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/store"
)

// auditProofs registers what makes the audit log hard to forge.
func (s *server) auditProofs() {
	add(s, huma.Operation{OperationID: "verify-audit", Method: http.MethodGet, Path: "/v1/projects/{project}/audit/verify", Tags: []string{"audit"},
		Summary: "Walk a project's audit chain and name its first bad entry",
		Description: "This is the service's own word. Whoever does not want to take it reads the log and verifies it elsewhere: " +
			"extsync audit verify does so, also against heads that were published."}, s.verifyAudit)
	add(s, huma.Operation{OperationID: "audit-head", Method: http.MethodGet, Path: "/v1/projects/{project}/audit/head", Tags: []string{"audit"},
		Summary: "Sign how far a project's audit chain reaches now, and tell how far it was published"}, s.auditHead)
}

// auditPage is how many entries are read in one transaction.
const auditPage = 1000

func (s *server) verifyAudit(ctx context.Context, in *ProjectPath) (*body[v1.AuditCheck], error) {
	v := store.NewChainVerifier(in.Project)
	for after, more := int64(0), true; more; {
		err := s.tx(ctx, func(tx store.Tx) error {
			if _, err := tx.Project(ctx, in.Project); err != nil {
				return err
			}
			page, err := tx.AuditLog(ctx, in.Project, after, auditPage)
			if err != nil {
				return err
			}
			more = v.Add(page...) && len(page) == auditPage
			if more {
				after = page[len(page)-1].Seq
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return &body[v1.AuditCheck]{viewAuditCheck(v.End())}, nil
}

func viewAuditCheck(r store.ChainReport) v1.AuditCheck {
	v := v1.AuditCheck{Entries: r.Entries, Hash: r.Hash, Heads: r.Heads, Backwards: r.Backwards}
	if f := r.Fault; f != nil {
		v.Fault = &v1.AuditFault{Flaw: string(f.Flaw), Seq: f.Seq, What: f.What}
	}
	return v
}

func (s *server) auditHead(ctx context.Context, in *ProjectPath) (*body[v1.AuditHead], error) {
	key, err := s.Vault.SigningKey(ctx, s.Engine.Store)
	if err != nil {
		return nil, err
	}
	var out v1.AuditHead
	err = s.tx(ctx, func(tx store.Tx) error {
		if _, err := tx.Project(ctx, in.Project); err != nil {
			return err
		}
		last, err := tx.AuditHead(ctx, in.Project)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		head := store.AuditHead{ProjectID: in.Project, Seq: last.Seq, Hash: last.Hash, At: s.Engine.Clock.Now()}
		public, _ := key.Public().(ed25519.PublicKey)
		out = v1.AuditHead{Head: viewHead(store.Sign(head, key)), Key: store.PublicKey(public)}
		mark, err := tx.HeadMark(ctx, in.Project)
		if mark.Published.Seq > 0 {
			published := viewHead(mark.Published)
			out.Published, out.PublishedAt = &published, mark.PublishedAt
		}
		out.Error, out.FailedAt = mark.Error, mark.FailedAt
		return err
	})
	return &body[v1.AuditHead]{out}, err
}

func viewHead(h store.SignedHead) v1.SignedHead { return v1.SignedHead(h) }

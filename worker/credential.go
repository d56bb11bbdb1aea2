package worker

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/store"
)

// Seal returns a function that seals a token for a project, as
// engine.CreateProject wants it.
func (s *Services) Seal(token []byte) func(projectID string) ([]byte, error) {
	return func(projectID string) ([]byte, error) { return s.Vault.Seal(projectID, engine.CredentialName, token) }
}

// ReplaceCredential stores another token for a project, notes who did it, and wakes
// the project. Tell a setup that waits for it with workflows.SignalCredentials.
func (s *Services) ReplaceCredential(ctx context.Context, projectID, by string, token []byte) error {
	sealed, err := s.Seal(token)(projectID)
	if err != nil {
		return err
	}
	now := time.Now()
	err = s.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := tx.ProjectForUpdate(ctx, projectID); err != nil {
			return err
		}
		if err := tx.PutSecret(ctx, projectID, engine.CredentialName, sealed); err != nil {
			return err
		}
		err := tx.AppendAudit(ctx, store.AuditEntry{
			ProjectID: projectID, At: now, Actor: by, Action: "credential", Subject: projectID,
		})
		if err != nil {
			return err
		}
		return tx.AddOutbox(ctx, store.Outbox{
			ID: uuid.NewString(), Kind: store.OutboxWake, ProjectID: projectID, Subject: projectID, At: now,
		})
	})
	if err != nil {
		return fmt.Errorf("replace the credential of project %s: %w", projectID, err)
	}
	return nil
}

package engine

import "context"

// Withdraw takes one link back within a session, for the tests of withdrawing: in
// production a session does it for a rollback, a decision or a change of privacy.
func (e *Engine) Withdraw(ctx context.Context, r Run, projectID, linkID, reason string) error {
	p, err := e.peer(ctx, projectID)
	if err != nil {
		return err
	}
	return e.withdraw(ctx, r, p, linkID, reason)
}

package postgres

// api_budgets: one row per credential. Whoever calls the vendor with it holds the
// row's lock while reckoning.

import (
	"context"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// BudgetForUpdate implements store.Budgets.
func (t *tx) BudgetForUpdate(ctx context.Context, credential string) (store.Budget, error) {
	r, err := t.q.BudgetForUpdate(ctx, credential)
	return store.Budget{
		Credential: credential, Known: r.Known, Remaining: r.Remaining, Reset: at(r.Reset),
		BlockedTill: at(r.BlockedTill), Writes: unlist(r.Writes), LastWrite: at(r.LastWrite),
	}, interpret("budget", credential, err)
}

// PutBudget implements store.Budgets.
func (t *tx) PutBudget(ctx context.Context, b store.Budget) error {
	b = canon.Budget(b)
	err := t.q.PutBudget(ctx, sqlcgen.PutBudgetParams{
		Credential: b.Credential, Known: b.Known, Remaining: b.Remaining, Reset: opt(b.Reset),
		BlockedTill: opt(b.BlockedTill), Writes: list(b.Writes), LastWrite: opt(b.LastWrite),
	})
	return interpret("budget", b.Credential, err)
}

package memory

import (
	"context"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
)

// BudgetForUpdate implements store.Budgets.
func (t *tx) BudgetForUpdate(_ context.Context, credential string) (store.Budget, error) {
	b := t.budgets[credential]
	if b == nil {
		return store.Budget{Credential: credential}, nil
	}
	return *b, nil
}

// PutBudget implements store.Budgets.
func (t *tx) PutBudget(_ context.Context, b store.Budget) error {
	b = canon.Budget(b)
	t.budgets.put(t.Store, b.Credential, &b)
	return nil
}

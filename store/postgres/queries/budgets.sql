-- name: BudgetForUpdate :one
-- Makes the row that it locks: there is nothing else that two first readers share.
INSERT INTO api_budgets (credential) VALUES ($1)
ON CONFLICT (credential) DO UPDATE SET credential = excluded.credential
RETURNING *;

-- name: PutBudget :exec
INSERT INTO api_budgets (credential, known, remaining, reset, blocked_till, writes, last_write)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (credential) DO UPDATE SET
    known = excluded.known, remaining = excluded.remaining, reset = excluded.reset,
    blocked_till = excluded.blocked_till, writes = excluded.writes, last_write = excluded.last_write;

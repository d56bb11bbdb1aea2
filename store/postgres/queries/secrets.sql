-- name: PutSecret :exec
INSERT INTO credentials (owner, name, sealed) VALUES ($1, $2, $3)
ON CONFLICT (owner, name) DO UPDATE SET sealed = excluded.sealed;

-- name: GetSecret :one
SELECT sealed FROM credentials WHERE owner = $1 AND name = $2;

-- name: DeleteSecrets :exec
DELETE FROM credentials WHERE owner = $1;

-- name: ListSecrets :many
SELECT * FROM credentials ORDER BY owner, name;

-- name: SwapSecret :execrows
UPDATE credentials SET sealed = @fresh WHERE owner = @owner AND name = @name AND sealed = @was;

-- name: InsertConflict :execrows
INSERT INTO conflicts (
    id, project_id, link_id, ticket_id, comment_id, field, kind, state, base, local_value,
    external_value, digest, strategy, choice, value, decided_by, detected_at, decided_at, closed_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
ON CONFLICT DO NOTHING;

-- name: GetConflict :one
SELECT * FROM conflicts WHERE id = $1;

-- name: ConflictForUpdate :one
SELECT * FROM conflicts WHERE id = $1 FOR NO KEY UPDATE;

-- name: UpdateConflict :execrows
UPDATE conflicts SET
    ticket_id = $2, comment_id = $3, kind = $4, state = $5, base = $6, local_value = $7,
    external_value = $8, digest = $9, strategy = $10, choice = $11, value = $12,
    decided_by = $13, detected_at = $14, decided_at = $15, closed_at = $16
WHERE id = $1;

-- name: LinkConflicts :many
SELECT * FROM conflicts WHERE link_id = $1 AND state IN ('open', 'decided') ORDER BY field;

-- name: ListConflicts :many
SELECT * FROM conflicts
WHERE (@project_id::text = '' OR project_id = @project_id::text)
    AND (@state::text = '' OR state = @state::text)
ORDER BY detected_at DESC, seq DESC LIMIT @max_rows;

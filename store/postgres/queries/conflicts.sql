-- name: InsertConflict :execrows
INSERT INTO conflicts (
    id, project_id, link_id, ticket_id, comment_id, field, kind, state, base, local_value,
    external_value, digest, strategy, choice, value, decided_by, detected_at, decided_at, closed_at,
    untold, reason, closed_revision, reminders, reminded_at, kept, twin
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
ON CONFLICT DO NOTHING;

-- name: GetConflict :one
SELECT * FROM conflicts WHERE id = $1;

-- name: ConflictForUpdate :one
SELECT * FROM conflicts WHERE id = $1 FOR NO KEY UPDATE;

-- name: UpdateConflict :execrows
UPDATE conflicts SET
    ticket_id = $2, comment_id = $3, kind = $4, state = $5, base = $6, local_value = $7,
    external_value = $8, digest = $9, strategy = $10, choice = $11, value = $12,
    decided_by = $13, detected_at = $14, decided_at = $15, closed_at = $16, untold = $17,
    reason = $18, closed_revision = $19, reminders = $20, reminded_at = $21, kept = $22, twin = $23
WHERE id = $1;

-- name: LinkConflicts :many
SELECT * FROM conflicts WHERE link_id = $1 AND state IN ('open', 'decided') ORDER BY field;

-- name: FindConflicts :many
SELECT * FROM conflicts
WHERE (@project_id::text = '' OR project_id = @project_id::text)
    AND (@link_id::text = '' OR link_id = @link_id::text)
    AND (@ticket_id::text = '' OR ticket_id = @ticket_id::text)
    AND (@field::text = '' OR field = @field::text)
    AND (@kind::text = '' OR kind = @kind::text)
    AND (@state::text = '' OR state = @state::text)
    AND (@strategy::text = '' OR strategy = @strategy::text)
    AND (sqlc.narg(before)::timestamptz IS NULL OR detected_at < sqlc.narg(before)::timestamptz)
ORDER BY detected_at DESC, seq DESC LIMIT @max_rows;

-- name: TwinConflicts :many
SELECT * FROM conflicts WHERE project_id = $1 AND twin = $2 AND twin <> ''
ORDER BY detected_at DESC, id COLLATE "C" DESC;

-- name: CountConflicts :many
SELECT project_id, kind, state, count(*) AS found, min(detected_at)::timestamptz AS oldest FROM conflicts
WHERE state IN ('open', 'decided') AND (@project_id::text = '' OR project_id = @project_id::text)
GROUP BY project_id, kind, state ORDER BY project_id, kind COLLATE "C", state COLLATE "C";

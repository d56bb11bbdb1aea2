-- name: InsertIntent :execrows
INSERT INTO intents (
    id, project_id, link_id, session_id, op, verb, changes, state, audit, position, deadline,
    epoch, error, created_at, sent_at, done_at, login, mapping
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT DO NOTHING;

-- name: GetIntent :one
SELECT * FROM intents WHERE id = $1;

-- name: UpdateIntent :execrows
UPDATE intents SET
    session_id = $2, op = $3, verb = $4, changes = $5, state = $6, audit = $7, position = $8,
    deadline = $9, epoch = $10, error = $11, created_at = $12, sent_at = $13, done_at = $14, login = $15, mapping = $16
WHERE id = $1 AND state = @from_state;

-- name: OpenIntents :many
SELECT * FROM intents
WHERE project_id = $1
    AND (state IN ('planned', 'sent') OR (state = 'landed' AND audit = 'pending'))
ORDER BY created_at, seq;

-- name: LinkIntents :many
SELECT * FROM intents
WHERE link_id = $1
    AND (state IN ('planned', 'sent') OR (state = 'landed' AND audit = 'pending'))
ORDER BY created_at, seq;

-- name: InsertSession :execrows
INSERT INTO sync_sessions (id, project_id, kind, state, reason, epoch, counts, started_at, ended_at, mapping,
    undoes, requested_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING;

-- name: GetSession :one
SELECT * FROM sync_sessions WHERE id = $1;

-- name: UpdateSession :execrows
UPDATE sync_sessions SET
    kind = $2, state = $3, reason = $4, epoch = $5, counts = $6, started_at = $7, ended_at = $8,
    mapping = $9, undoes = $10, requested_by = $11
WHERE id = $1;

-- name: ListSessions :many
SELECT * FROM sync_sessions s WHERE s.project_id = @project_id
  AND (@before::text = '' OR (s.started_at, s.seq) < (SELECT b.started_at, b.seq FROM sync_sessions b WHERE b.id = @before AND b.project_id = @project_id))
ORDER BY s.started_at DESC, s.seq DESC LIMIT @max_rows;

-- name: RunningSessions :many
SELECT * FROM sync_sessions WHERE project_id = @project_id AND state = 'running'
ORDER BY started_at, seq;

-- name: RollbacksOf :many
SELECT * FROM sync_sessions WHERE undoes = @session_id AND undoes <> ''
ORDER BY started_at, seq;

-- name: OpenRollbacks :many
SELECT * FROM sync_sessions WHERE project_id = @project_id AND kind = 'rollback' AND state NOT IN ('succeeded', 'cancelled')
ORDER BY started_at, seq;

-- name: ReserveSteps :one
UPDATE sync_sessions SET last_step = last_step + @steps WHERE id = @id RETURNING last_step;

-- name: InsertSteps :copyfrom
INSERT INTO session_steps (
    session_id, seq, link_id, ticket_id, field, action, before, after, reason, outcome, intent_id, at, was, met
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: Steps :many
SELECT * FROM session_steps WHERE session_id = @session_id AND seq > @after
ORDER BY seq LIMIT @max_rows;

-- name: InsertProject :execrows
INSERT INTO external_projects (
    id, system, base_url, external_id, key, login, status, status_reason, failures, direction,
    strategies, rules, poll_every_ns, pace, guard, created_at, synced_at, writer_epoch,
    credential_user, filter, settings, conflict_policy, rollback_failed, restored, deletions,
    former_logins, wants_preview, wants_review
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
ON CONFLICT DO NOTHING;

-- name: GetProject :one
SELECT * FROM external_projects WHERE id = $1;

-- name: ProjectForUpdate :one
SELECT * FROM external_projects WHERE id = $1 FOR NO KEY UPDATE;

-- name: ProjectByAddress :one
SELECT * FROM external_projects WHERE system = $1 AND base_url = $2 AND key = $3
ORDER BY created_at DESC, id DESC LIMIT 1;

-- name: ListProjects :many
SELECT * FROM external_projects ORDER BY created_at, id;

-- name: UpdateProject :execrows
UPDATE external_projects SET
    system = $2, base_url = $3, external_id = $4, key = $5, login = $6, status = $7,
    status_reason = $8, failures = $9, direction = $10, strategies = $11, rules = $12,
    poll_every_ns = $13, pace = $14, guard = $15, created_at = $16, synced_at = $17,
    credential_user = $18, filter = $19, settings = $20, conflict_policy = $21, rollback_failed = $22, restored = $23, deletions = $24,
    former_logins = $25, wants_preview = $26, wants_review = $27
WHERE id = $1;

-- name: RaiseEpoch :one
UPDATE external_projects SET writer_epoch = greatest(writer_epoch, sqlc.arg(beyond)::bigint) + 1 WHERE id = sqlc.arg(id) RETURNING writer_epoch;

-- name: BumpEpoch :one
UPDATE external_projects SET writer_epoch = writer_epoch + 1 WHERE id = $1 RETURNING writer_epoch;

-- name: LockAudit :exec
-- Held to the end of the transaction: of two writers to one chain, the second reads
-- its head after the first has committed.
SELECT pg_advisory_xact_lock(hashtextextended('audit:' || @project_id::text, 0));

-- name: AuditHead :one
SELECT * FROM audit_log WHERE project_id = $1 ORDER BY seq DESC LIMIT 1;

-- name: InsertAudit :exec
INSERT INTO audit_log (project_id, seq, at, actor, action, subject, detail, digest, prev, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: AuditLog :many
SELECT * FROM audit_log WHERE project_id = @project_id AND seq > @after ORDER BY seq LIMIT @max_rows;

-- name: PutHeadMark :exec
INSERT INTO audit_heads (project_id, published, published_at, error, failed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (project_id) DO UPDATE SET
    published = excluded.published, published_at = excluded.published_at, error = excluded.error, failed_at = excluded.failed_at;

-- name: GetHeadMark :one
SELECT * FROM audit_heads WHERE project_id = $1;

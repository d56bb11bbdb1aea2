-- name: InsertMapping :one
-- The caller has locked the project's row, so that nobody else counts meanwhile.
INSERT INTO field_mappings (project_id, version, state, document, created_by, created_at, activated_by)
SELECT @project_id, coalesce(max(version), 0) + 1, 'draft', @document, @created_by, @created_at, ''
FROM field_mappings WHERE project_id = @project_id
RETURNING *;

-- name: GetMapping :one
SELECT * FROM field_mappings WHERE project_id = $1 AND version = $2;

-- name: ActiveMapping :one
SELECT * FROM field_mappings WHERE project_id = $1 AND state = 'active';

-- name: ListMappings :many
SELECT * FROM field_mappings WHERE project_id = $1 ORDER BY version DESC;

-- name: RetireMapping :exec
UPDATE field_mappings SET state = 'retired' WHERE project_id = $1 AND state = 'active';

-- name: ActivateMapping :exec
UPDATE field_mappings SET state = 'active', activated_by = $3, activated_at = $4
WHERE project_id = $1 AND version = $2;

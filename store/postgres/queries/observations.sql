-- name: ObservedHash :one
-- Locked, so that the answer is still true when PutObservation replaces it. Two that
-- store a new item at once both find nothing: it is planned twice at worst, never missed.
SELECT hash FROM external_items WHERE project_id = $1 AND kind = $2 AND external_id = $3
FOR NO KEY UPDATE;

-- name: PutObservation :exec
INSERT INTO external_items (
    project_id, kind, external_id, key, parent, fields, author, created_at, updated_at, url,
    create_key, version, gone, hash, seen_at, moved_to, home_project, home_id, home_key, title_key
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
ON CONFLICT (project_id, kind, external_id) DO UPDATE SET
    key = excluded.key, parent = excluded.parent, fields = excluded.fields,
    author = excluded.author, created_at = excluded.created_at, updated_at = excluded.updated_at,
    url = excluded.url, create_key = excluded.create_key, version = excluded.version,
    gone = excluded.gone, hash = excluded.hash, seen_at = excluded.seen_at,
    moved_to = excluded.moved_to, home_project = excluded.home_project,
    home_id = excluded.home_id, home_key = excluded.home_key, title_key = excluded.title_key;

-- name: GetObservation :one
SELECT * FROM external_items WHERE project_id = $1 AND kind = $2 AND external_id = $3;

-- name: Sightings :many
SELECT * FROM external_items WHERE kind = $1 AND created_at = $2 AND author = $3
ORDER BY project_id, external_id COLLATE "C";

-- name: GetCursor :one
SELECT * FROM cursors WHERE project_id = $1 AND stream = $2;

-- name: PutCursor :exec
INSERT INTO cursors (
    project_id, stream, watermark, window_lo, window_hi, page, seen, lo, version, read_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (project_id, stream) DO UPDATE SET
    watermark = excluded.watermark, window_lo = excluded.window_lo,
    window_hi = excluded.window_hi, page = excluded.page, seen = excluded.seen,
    lo = excluded.lo, version = excluded.version, read_at = excluded.read_at;

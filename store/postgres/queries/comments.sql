-- name: InsertComment :execrows
INSERT INTO comments (
    id, ticket_id, revision, body, stamp, author, privacy, origin, deleted, created_at, updated_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING;

-- name: GetComment :one
SELECT * FROM comments WHERE id = $1;

-- name: CommentForUpdate :one
SELECT * FROM comments WHERE id = $1 FOR NO KEY UPDATE;

-- name: UpdateComment :execrows
UPDATE comments SET
    revision = $2, body = $3, stamp = $4, author = $5, privacy = $6, origin = $7,
    deleted = $8, created_at = $9, updated_at = $10
WHERE id = $1 AND revision = @seen;

-- name: CommentsOf :many
SELECT * FROM comments WHERE ticket_id = $1 ORDER BY created_at, id;

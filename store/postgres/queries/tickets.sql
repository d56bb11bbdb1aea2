-- name: InsertTicket :execrows
INSERT INTO tickets (id, revision, fields, stamps, privacy, origin, deleted, created_at, updated_at, title_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING;

-- name: GetTicket :one
SELECT * FROM tickets WHERE id = $1;

-- name: TicketForUpdate :one
SELECT * FROM tickets WHERE id = $1 FOR NO KEY UPDATE;

-- name: UpdateTicket :execrows
UPDATE tickets SET
    revision = $2, fields = $3, stamps = $4, privacy = $5, origin = $6, deleted = $7,
    created_at = $8, updated_at = $9, title_key = $10
WHERE id = $1 AND revision = @seen;

-- name: ListTickets :many
SELECT * FROM tickets WHERE id > @after AND NOT deleted ORDER BY id LIMIT @max_rows;

-- name: CountTickets :one
SELECT count(*) FROM tickets WHERE NOT deleted;

-- name: Grants :many
SELECT * FROM grants WHERE ticket_id = $1 ORDER BY project_id;

-- name: PutGrant :exec
INSERT INTO grants (ticket_id, project_id, granted_by) VALUES ($1, $2, $3)
ON CONFLICT (ticket_id, project_id) DO UPDATE SET granted_by = excluded.granted_by;

-- name: DeleteGrant :exec
DELETE FROM grants WHERE ticket_id = $1 AND project_id = $2;

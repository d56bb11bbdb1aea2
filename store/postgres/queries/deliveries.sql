-- name: RecordDelivery :execrows
INSERT INTO inbox (source, id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: AddOutbox :execrows
INSERT INTO outbox (id, kind, project_id, subject, event, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING;

-- name: DueOutbox :many
SELECT * FROM outbox WHERE delivered_at IS NULL AND kind = ANY (@kinds::text[])
ORDER BY at, seq LIMIT @max_rows
FOR UPDATE SKIP LOCKED;

-- name: PostponeOutbox :exec
UPDATE outbox SET at = @at WHERE id = ANY (@ids::text[]) AND delivered_at IS NULL;

-- name: MarkDelivered :exec
UPDATE outbox SET delivered_at = @at WHERE id = ANY (@ids::text[]) AND delivered_at IS NULL;

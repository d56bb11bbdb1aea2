-- name: InsertChanges :copyfrom
INSERT INTO ticket_changes (ticket_id, comment_id, field, before, after, written_by, at, revision, session_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: TicketChanges :many
SELECT * FROM ticket_changes
WHERE ticket_id = @ticket_id AND (@before::bigint = 0 OR seq < @before::bigint)
ORDER BY seq DESC LIMIT @max_rows;

-- name: TicketSteps :many
-- The condition on the empty id lets the partial index serve.
SELECT * FROM session_steps WHERE ticket_id = @ticket_id AND ticket_id <> ''
ORDER BY at DESC, session_id DESC, seq DESC LIMIT @max_rows;

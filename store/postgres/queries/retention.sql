-- name: DropDelivered :execrows
DELETE FROM outbox WHERE id IN (
    SELECT o.id FROM outbox AS o WHERE o.delivered_at IS NOT NULL AND o.delivered_at < @before
    ORDER BY o.delivered_at LIMIT @max_rows FOR UPDATE SKIP LOCKED);

-- name: DropInbox :execrows
DELETE FROM inbox WHERE (source, id) IN (
    SELECT i.source, i.id FROM inbox AS i WHERE i.source <> 'server' AND i.at < @before
    ORDER BY i.at LIMIT @max_rows FOR UPDATE SKIP LOCKED);

-- name: DropRequests :execrows
DELETE FROM requests WHERE (caller, key) IN (
    SELECT r.caller, r.key FROM requests AS r WHERE r.at < @before
    ORDER BY r.at LIMIT @max_rows FOR UPDATE SKIP LOCKED);

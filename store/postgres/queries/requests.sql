-- name: HoldRequest :one
-- Until the transaction ends. Two keys whose hashes are equal only wait for one another.
SELECT pg_try_advisory_xact_lock(hashtextextended(@caller::text || ' ' || @key::text, 5277)) AS held;

-- name: GetRequest :one
SELECT * FROM requests WHERE caller = $1 AND key = $2;

-- name: PutRequest :execrows
INSERT INTO requests (caller, key, digest, made, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;

-- name: InsertLink :execrows
INSERT INTO links (
    id, project_id, kind, local_id, external_id, external_key, parent, parent_key, state, reason,
    bases, made, dirty_rev, clean_rev, dirty_at, attempts, first_try, next_try, created_at,
    pushes, pushed_from, take_back, held, unseen, cause, onward
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
ON CONFLICT DO NOTHING;

-- name: GetLink :one
SELECT * FROM links WHERE id = $1;

-- name: LinkForUpdate :one
SELECT * FROM links WHERE id = $1 FOR NO KEY UPDATE;

-- name: LinkByExternal :one
SELECT * FROM links WHERE project_id = $1 AND kind = $2 AND external_id = $3 AND external_id <> '';

-- name: LinkByKey :one
SELECT * FROM links WHERE project_id = $1 AND kind = $2 AND external_key = $3 AND external_key <> ''
ORDER BY created_at DESC, id DESC LIMIT 1;

-- name: LinkByLocal :one
SELECT * FROM links WHERE project_id = $1 AND kind = $2 AND local_id = $3 AND local_id <> '';

-- name: LinksOfLocal :many
SELECT * FROM links WHERE kind = $1 AND local_id = $2 AND local_id <> '' ORDER BY project_id, id;

-- name: LinksOfParent :many
SELECT * FROM links WHERE parent = $1 AND parent <> '' AND kind = 'comment' ORDER BY id;

-- name: LinksOfParentKey :many
SELECT * FROM links
WHERE project_id = @project_id AND kind = @kind AND parent_key = @parent_key AND parent_key <> '' AND parent = ''
ORDER BY id;

-- name: LinksOf :many
SELECT * FROM links WHERE project_id = @project_id AND kind = @kind AND id > @after
ORDER BY id LIMIT @max_rows;

-- name: LinksSeen :many
-- What was never observed counts as of the beginning of time, which is no null: rows are compared.
SELECT sqlc.embed(links), coalesce(items.updated_at, '0001-01-01 00:00:00+00')::timestamptz AS changed, coalesce(items.hash, '')::text AS hash
FROM links LEFT JOIN external_items AS items
    ON items.project_id = links.project_id AND items.kind = links.kind AND items.external_id = links.external_id
        AND links.external_id <> ''
WHERE links.project_id = @project_id AND links.kind = @kind
    AND (coalesce(items.updated_at, '0001-01-01 00:00:00+00'), links.id) > (@at::timestamptz, @after::text)
    AND (sqlc.narg('before')::timestamptz IS NULL OR coalesce(items.updated_at, '0001-01-01 00:00:00+00') < sqlc.narg('before'))
ORDER BY changed, links.id LIMIT @max_rows;

-- name: LinksAlike :many
-- By the few who bear the title to their links, never over all links of the project: the ids of
-- tickets are in another collation than local_id, and only in its own does its index serve.
WITH bearers AS (
    SELECT ours.id AS link FROM tickets JOIN links AS ours
        ON ours.project_id = @project_id AND ours.kind = 'ticket' AND ours.local_id = tickets.id COLLATE "default" AND ours.local_id <> ''
    WHERE tickets.title_key = @title_key AND tickets.title_key <> '' AND NOT tickets.deleted
    UNION
    SELECT theirs.id AS link FROM external_items AS items JOIN links AS theirs
        ON theirs.project_id = items.project_id AND theirs.kind = items.kind AND theirs.external_id = items.external_id
            AND theirs.external_id <> ''
    WHERE items.project_id = @project_id AND items.kind = 'ticket'
        AND items.title_key = @title_key AND items.title_key <> '' AND NOT items.gone
)
SELECT links.* FROM links JOIN bearers ON bearers.link = links.id
ORDER BY links.id LIMIT @max_rows;

-- name: AlikeTitles :many
-- A link whose sides bear one title counts once for it.
WITH borne AS (
    SELECT links.id AS bearer, tickets.title_key AS title FROM links JOIN tickets ON tickets.id = links.local_id
    WHERE links.project_id = @project_id AND links.kind = 'ticket' AND NOT tickets.deleted
    UNION ALL
    SELECT links.id AS bearer, items.title_key AS title FROM links JOIN external_items AS items
        ON items.project_id = links.project_id AND items.kind = links.kind AND items.external_id = links.external_id
    WHERE links.project_id = @project_id AND links.kind = 'ticket' AND NOT items.gone
)
SELECT borne.title FROM borne
WHERE borne.title <> '' AND borne.title COLLATE "C" > @after::text
GROUP BY borne.title HAVING count(DISTINCT borne.bearer) > 1
ORDER BY borne.title COLLATE "C" LIMIT @max_rows;

-- name: UpdateLink :execrows
UPDATE links SET
    local_id = $2, external_id = $3, external_key = $4, parent = $5, parent_key = $6, state = $7,
    reason = $8, bases = $9, made = $10, dirty_at = $11, attempts = $12, first_try = $13,
    next_try = $14, created_at = $15, pushes = $16, pushed_from = $17, take_back = $18,
    held = $19, unseen = $20, cause = $21, onward = $22
WHERE id = $1;

-- name: DeleteLink :execrows
DELETE FROM links WHERE id = $1 AND (local_id = '' OR external_id = '');

-- name: MarkDirty :execrows
-- Locks in the order of ids, so that two writers who mark the same links queue up. All that one
-- call marks is marked at one time, so that it is planned in the order of ids as well.
WITH named AS (
    SELECT links.id FROM links WHERE links.id = ANY (@ids::text[]) ORDER BY links.id FOR NO KEY UPDATE
)
UPDATE links SET dirty_rev = dirty_rev + 1, dirty_at = (SELECT clock_timestamp()), next_try = NULL
FROM named WHERE links.id = named.id;

-- name: HoldLinks :exec
UPDATE links SET held = true
WHERE project_id = @project_id AND kind IN ('ticket', 'comment') AND external_id <> ''
    AND state NOT IN ('parked', 'withdrawn', 'tombstone') AND NOT held;

-- name: MarkClean :execrows
UPDATE links SET clean_rev = greatest(clean_rev, @rev) WHERE id = @id AND dirty_rev >= @rev;

-- name: DueLinks :many
SELECT links.* FROM links
WHERE links.project_id = @project_id AND links.dirty_rev > links.clean_rev
    AND (links.state IN ('backlog', 'live') OR links.state = 'withdrawn' AND links.take_back <> '') AND links.kind IN ('ticket', 'comment')
    AND (links.next_try IS NULL OR links.next_try <= @due_at)
ORDER BY links.kind <> 'ticket',
    links.id NOT IN (
        SELECT conflicts.link_id FROM conflicts
        WHERE conflicts.project_id = @project_id AND conflicts.state = 'decided'
    ),
    links.state <> 'live', links.dirty_at NULLS FIRST, links.id
LIMIT @max_rows;

-- name: CountLinks :one
SELECT
    count(*) FILTER (WHERE kind = 'ticket' AND external_id <> '')::integer AS tickets,
    count(*) FILTER (WHERE kind = 'comment' AND external_id <> '')::integer AS comments,
    count(*) FILTER (WHERE dirty_rev > clean_rev AND (state IN ('backlog', 'live') OR state = 'withdrawn' AND take_back <> '')
        AND (next_try IS NULL OR next_try <= @due_at))::integer AS due,
    count(*) FILTER (WHERE dirty_rev > clean_rev AND (state IN ('backlog', 'live') OR state = 'withdrawn' AND take_back <> ''))::integer AS dirty,
    count(*) FILTER (WHERE state = 'quarantined')::integer AS quarantined,
    count(*) FILTER (WHERE state = 'gone')::integer AS gone,
    count(*) FILTER (WHERE state = 'parked')::integer AS parked
FROM links WHERE project_id = @project_id AND kind IN ('ticket', 'comment');

-- name: UnlinkedTickets :many
SELECT tickets.id FROM tickets
WHERE NOT tickets.deleted AND NOT EXISTS (
    SELECT 1 FROM links
    WHERE links.project_id = $1 AND links.kind = 'ticket' AND links.local_id = tickets.id
)
ORDER BY tickets.id;

-- name: UnlinkedComments :many
SELECT comments.id, parents.id AS parent, parents.external_key AS parent_key
FROM comments
JOIN tickets ON tickets.id = comments.ticket_id
JOIN links AS parents
    ON parents.project_id = $1 AND parents.kind = 'ticket' AND parents.local_id = comments.ticket_id
WHERE NOT comments.deleted AND NOT tickets.deleted AND NOT EXISTS (
    SELECT 1 FROM links
    WHERE links.project_id = $1 AND links.kind = 'comment' AND links.local_id = comments.id
)
ORDER BY comments.id;

-- name: InsertBacklog :execrows
-- Of two that fill at once, the second finds the first one's rows and leaves them.
INSERT INTO links (
    id, project_id, kind, local_id, external_id, external_key, parent, parent_key, state, reason,
    bases, made, dirty_rev, clean_rev, dirty_at, attempts, created_at
)
SELECT
    unnest(@ids::text[]), @project_id, @kind, unnest(@local_ids::text[]), '', '',
    unnest(@parents::text[]), unnest(@parent_keys::text[]), 'backlog', '',
    '{}', false, 1, 0, @created_at, 0, @created_at
ON CONFLICT DO NOTHING;

-- name: LinksAside :many
SELECT * FROM links
WHERE project_id = @project_id AND id > @after AND kind IN ('ticket', 'comment')
    AND state IN ('parked', 'quarantined', 'gone') AND (@state::text = '' OR state = @state::text)
ORDER BY id LIMIT @max_rows;

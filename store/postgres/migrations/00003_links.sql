-- +goose Up

-- The sync mapping: one local ticket, comment or container and its external twin.
-- Either id is empty while that side does not exist.
CREATE TABLE links (
    id           text COLLATE "C" PRIMARY KEY,
    project_id   text COLLATE "C" NOT NULL REFERENCES external_projects,
    kind         text        NOT NULL CHECK (kind IN ('ticket', 'comment', 'container')),
    local_id     text        NOT NULL,
    external_id  text        NOT NULL,
    external_key text        NOT NULL,
    parent       text        NOT NULL,
    parent_key   text        NOT NULL,
    state        text        NOT NULL CHECK (state IN ('backlog', 'live', 'parked', 'quarantined', 'gone', 'withdrawn', 'tombstone')),
    reason       text        NOT NULL,
    bases        jsonb       NOT NULL,
    made         boolean     NOT NULL,
    dirty_rev    bigint      NOT NULL CHECK (dirty_rev >= 0),
    clean_rev    bigint      NOT NULL,
    dirty_at     timestamptz,
    attempts     integer     NOT NULL CHECK (attempts >= 0),
    first_try    timestamptz,
    next_try     timestamptz,
    -- Calls that changed the external item, and since when: they break loops.
    pushes       integer     NOT NULL DEFAULT 0 CHECK (pushes >= 0),
    pushed_from  timestamptz,
    created_at   timestamptz NOT NULL,
    -- Beyond dirty_rev, clean_rev would swallow changes that are still to come.
    CONSTRAINT links_clean_rev_check CHECK (clean_rev BETWEEN 0 AND dirty_rev)
);

-- One external ticket per local ticket and project, whatever two workers do at once.
CREATE UNIQUE INDEX links_local ON links (project_id, kind, local_id) WHERE local_id <> '';
-- And one local ticket per external one.
CREATE UNIQUE INDEX links_external ON links (project_id, kind, external_id) WHERE external_id <> '';
-- Keys are aliases: people, URLs and comments name tickets by them.
CREATE INDEX links_key ON links (project_id, kind, external_key) WHERE external_key <> '';
-- A local change marks the links of all projects.
CREATE INDEX links_of_local ON links (kind, local_id) WHERE local_id <> '';
-- The comments of a link.
CREATE INDEX links_parent ON links (parent) WHERE parent <> '';
-- Comments that were seen before their ticket.
CREATE INDEX links_parent_key ON links (project_id, parent_key) WHERE parent = '' AND parent_key <> '';
-- Pages by id, for sweeps.
CREATE INDEX links_page ON links (project_id, kind, id);
-- What waits to be planned: as small as the work that is left, not as the project.
CREATE INDEX links_due ON links (project_id, kind, state, dirty_at, id)
    WHERE dirty_rev > clean_rev AND state IN ('backlog', 'live');

-- The last observed state of every external item: a store, not a cache. The
-- watermark moves only after what it passes is durable here.
CREATE TABLE external_items (
    project_id  text COLLATE "C" NOT NULL REFERENCES external_projects,
    kind        text        NOT NULL CHECK (kind IN ('ticket', 'comment', 'container')),
    external_id text        NOT NULL,
    key         text        NOT NULL,
    parent      text        NOT NULL,
    fields      jsonb       NOT NULL,
    author      text        NOT NULL,
    created_at  timestamptz,
    updated_at  timestamptz,
    url         text        NOT NULL,
    create_key  text        NOT NULL,
    version     text        NOT NULL,
    gone        boolean     NOT NULL,
    hash        text        NOT NULL,
    seen_at     timestamptz NOT NULL,
    PRIMARY KEY (project_id, kind, external_id)
);

-- How far each stream of a project was read; window, page and seen belong to a walk
-- in progress.
CREATE TABLE cursors (
    project_id text COLLATE "C" NOT NULL REFERENCES external_projects,
    stream     text NOT NULL,
    watermark  timestamptz,
    window_lo  timestamptz,
    window_hi  timestamptz,
    page       text NOT NULL,
    seen       timestamptz,
    lo         timestamptz,
    version    text NOT NULL,
    read_at    timestamptz,
    PRIMARY KEY (project_id, stream)
);

-- +goose Down

-- How far streams were read.
DROP TABLE cursors;
-- What was observed.
DROP TABLE external_items;
-- The mapping, with its indexes.
DROP TABLE links;

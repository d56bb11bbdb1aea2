-- +goose Up

-- The aggregate root. Ids everywhere are text in the C collation: they sort by bytes
-- as Go sorts them, on any server, and a malformed id in an address is just not found.
-- What only the engine interprets (strategies, privacy rules, pace, waiver) is jsonb;
-- what the database must guard or find by is a column.
CREATE TABLE external_projects (
    id            text COLLATE "C" PRIMARY KEY,
    system        text        NOT NULL,
    base_url      text        NOT NULL,
    external_id   text        NOT NULL,
    key           text        NOT NULL,
    login         text        NOT NULL,
    -- Which status may follow which is checked by UpdateProject under a row lock.
    status        text        NOT NULL CHECK (status IN ('configuring', 'active', 'paused', 'error', 'disconnected')),
    status_reason text        NOT NULL,
    failures      integer     NOT NULL CHECK (failures >= 0),
    direction     text        NOT NULL CHECK (direction IN ('push', 'pull', 'bidirectional', 'disabled')),
    strategies    jsonb       NOT NULL,
    rules         jsonb       NOT NULL,
    poll_every_ns bigint      NOT NULL,
    pace          jsonb       NOT NULL,
    -- Every commit of a session compares its epoch with this one; see BumpEpoch.
    writer_epoch  bigint      NOT NULL CHECK (writer_epoch >= 0),
    guard         jsonb       NOT NULL,
    created_at    timestamptz NOT NULL,
    synced_at     timestamptz
);

-- One connection per external project. While configuring it is not known which.
CREATE UNIQUE INDEX external_projects_external ON external_projects (system, base_url, external_id) WHERE external_id <> '';

-- Webhooks name the project by its address.
CREATE INDEX external_projects_key ON external_projects (system, key);

-- Sealed blobs: what opens them is not in this database. Not tied to
-- external_projects, because a credential is stored before its project is known.
CREATE TABLE credentials (
    owner  text COLLATE "C" NOT NULL,
    name   text COLLATE "C" NOT NULL,
    sealed bytea            NOT NULL,
    PRIMARY KEY (owner, name)
);

-- +goose Down

-- The way back; what is dropped is lost.
DROP TABLE credentials;
-- Last, because nothing else of this migration is left.
DROP TABLE external_projects;

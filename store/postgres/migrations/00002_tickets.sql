-- +goose Up

-- The local side, authoritative for synchronisation. Writers compare and set revision.
-- Fields and their stamps are jsonb: mappings add custom fields without a migration.
CREATE TABLE tickets (
    id         text COLLATE "C" PRIMARY KEY,
    revision   bigint      NOT NULL CHECK (revision >= 1),
    fields     jsonb       NOT NULL,
    stamps     jsonb       NOT NULL,
    privacy    text        NOT NULL CHECK (privacy IN ('local_only', 'shareable', 'public')),
    -- Not a foreign key: a ticket outlives the project that it was pulled from.
    origin     text        NOT NULL,
    deleted    boolean     NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Remarks on tickets, with a revision of their own.
CREATE TABLE comments (
    id         text COLLATE "C" PRIMARY KEY,
    ticket_id  text COLLATE "C" NOT NULL REFERENCES tickets,
    revision   bigint      NOT NULL CHECK (revision >= 1),
    body       jsonb       NOT NULL,
    stamp      jsonb       NOT NULL,
    author     text        NOT NULL,
    -- Empty: as its ticket.
    privacy    text        NOT NULL CHECK (privacy IN ('', 'local_only', 'shareable', 'public')),
    origin     text        NOT NULL,
    deleted    boolean     NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- A ticket's comments in the order in which they are shown.
CREATE INDEX comments_ticket ON comments (ticket_id, created_at, id);

-- Who let which shareable ticket leave for which external project. One row per pair:
-- granting again replaces who did it.
CREATE TABLE grants (
    ticket_id  text COLLATE "C" NOT NULL REFERENCES tickets,
    project_id text COLLATE "C" NOT NULL REFERENCES external_projects,
    granted_by text             NOT NULL,
    PRIMARY KEY (ticket_id, project_id)
);

-- +goose Down

-- Before what it refers to.
DROP TABLE grants;
-- Before tickets, which it refers to.
DROP TABLE comments;
-- Last, because nothing refers to it any more.
DROP TABLE tickets;

-- +goose Up

-- The bounded operations, and their reports in numbers.
CREATE TABLE sync_sessions (
    id         text COLLATE "C" PRIMARY KEY,
    -- Tells sessions of one moment apart.
    seq        bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    project_id text COLLATE "C" NOT NULL REFERENCES external_projects,
    kind       text        NOT NULL CHECK (kind IN ('initial', 'incremental', 'reconcile')),
    state      text        NOT NULL CHECK (state IN ('running', 'succeeded', 'failed', 'held', 'stopped')),
    reason     text        NOT NULL,
    epoch      bigint      NOT NULL,
    counts     jsonb       NOT NULL,
    -- The greatest seq in session_steps: reserving numbers locks this row, so that
    -- two writers never draw the same ones.
    last_step  bigint      NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz
);

-- Newest first, by project.
CREATE INDEX sync_sessions_project ON sync_sessions (project_id, started_at DESC, seq DESC);

-- The journal: before, after, reason and outcome of every step, also of "nothing to
-- do, because ...". What reports and rollback read.
CREATE TABLE session_steps (
    session_id text COLLATE "C" NOT NULL REFERENCES sync_sessions,
    seq        bigint      NOT NULL,
    link_id    text        NOT NULL,
    ticket_id  text        NOT NULL,
    field      text        NOT NULL,
    action     text        NOT NULL,
    before     jsonb       NOT NULL,
    after      jsonb       NOT NULL,
    reason     text        NOT NULL,
    outcome    text        NOT NULL,
    intent_id  text        NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (session_id, seq)
);

-- +goose Down

-- Before the sessions it refers to.
DROP TABLE session_steps;
-- With its index.
DROP TABLE sync_sessions;

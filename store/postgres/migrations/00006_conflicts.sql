-- +goose Up

-- The conflict queue. The row is the truth and the workflow waits on it; a closed
-- conflict keeps its values, because a losing one can be restored.
CREATE TABLE conflicts (
    id             text COLLATE "C" PRIMARY KEY,
    -- Tells conflicts of one moment apart.
    seq            bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    project_id     text COLLATE "C" NOT NULL REFERENCES external_projects,
    -- Not a foreign key: what was lost is kept longer than its link.
    link_id        text        NOT NULL,
    ticket_id      text        NOT NULL,
    comment_id     text        NOT NULL,
    field          text COLLATE "C" NOT NULL,
    kind           text        NOT NULL CHECK (kind IN ('both_edited', 'overwritten')),
    state          text        NOT NULL CHECK (state IN ('open', 'decided', 'resolved', 'converged')),
    base           jsonb       NOT NULL,
    local_value    jsonb       NOT NULL,
    external_value jsonb       NOT NULL,
    digest         text        NOT NULL,
    strategy       text        NOT NULL,
    choice         text        NOT NULL CHECK (choice IN ('', 'local', 'external', 'value')),
    value          jsonb       NOT NULL,
    decided_by     text        NOT NULL,
    detected_at    timestamptz NOT NULL,
    decided_at     timestamptz,
    closed_at      timestamptz
);

-- A field is parked once: a second conflict would ask the same question again.
CREATE UNIQUE INDEX conflicts_unclosed ON conflicts (link_id, field) WHERE state IN ('open', 'decided');
-- Links with a decision waiting go first, see DueLinks.
CREATE INDEX conflicts_decided ON conflicts (project_id, link_id) WHERE state = 'decided';
-- The queue of one project, newest first.
CREATE INDEX conflicts_project ON conflicts (project_id, detected_at DESC, seq DESC);
-- The queue of all projects, newest first.
CREATE INDEX conflicts_newest ON conflicts (detected_at DESC, seq DESC);

-- +goose Down

-- With its indexes.
DROP TABLE conflicts;

-- +goose Up

-- The write-ahead record of every external write: what is about to be sent is here
-- before it is sent, so that a write of unknown outcome can be looked up.
CREATE TABLE intents (
    id         text COLLATE "C" PRIMARY KEY,
    -- Tells intents of one moment apart: they are repaired in the order they began.
    seq        bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    project_id text COLLATE "C" NOT NULL REFERENCES external_projects,
    -- Not foreign keys: the record outlives a stub that is removed, and its session.
    link_id    text        NOT NULL,
    session_id text        NOT NULL,
    op         text        NOT NULL,
    verb       text        NOT NULL,
    changes    jsonb       NOT NULL,
    state      text        NOT NULL CHECK (state IN ('planned', 'sent', 'landed', 'refused', 'superseded')),
    audit      text        NOT NULL CHECK (audit IN ('', 'pending', 'done', 'unaudited')),
    position   timestamptz,
    deadline   timestamptz,
    epoch      bigint      NOT NULL,
    error      text        NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at    timestamptz,
    done_at    timestamptz
);

-- One write in flight per link: the second worker is refused, not the second request.
CREATE UNIQUE INDEX intents_sent ON intents (link_id) WHERE state = 'sent';
-- What a session must repair first; open intents are few, closed ones are history.
CREATE INDEX intents_open ON intents (project_id, created_at, seq)
    WHERE state IN ('planned', 'sent') OR (state = 'landed' AND audit = 'pending');
-- The same for one link.
CREATE INDEX intents_open_link ON intents (link_id, created_at, seq)
    WHERE state IN ('planned', 'sent') OR (state = 'landed' AND audit = 'pending');

-- +goose Down

-- With its indexes.
DROP TABLE intents;

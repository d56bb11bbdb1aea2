-- +goose Up

-- Every value that was written here, by people and by synchronisation, in the writer's
-- transaction. The rows of ticket and comment say what is; these say how it came about.
-- They hold content: erasing a person's data empties them, which no hash chain notices.
CREATE TABLE ticket_changes (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket_id  text COLLATE "C" NOT NULL REFERENCES tickets,
    -- Empty: the field is the ticket's own.
    comment_id text        NOT NULL,
    -- Besides the fields: privacy, and deleted.
    field      text        NOT NULL,
    before     jsonb       NOT NULL,
    after      jsonb       NOT NULL,
    written_by text        NOT NULL,
    at         timestamptz NOT NULL,
    revision   bigint      NOT NULL,
    -- Empty: a person wrote it here.
    session_id text        NOT NULL
);

-- A ticket's history, newest first.
CREATE INDEX ticket_changes_ticket ON ticket_changes (ticket_id, seq DESC);

-- What every project did about one ticket, newest first.
CREATE INDEX session_steps_ticket ON session_steps (ticket_id, at DESC, session_id DESC, seq DESC) WHERE ticket_id <> '';

-- All conflicts of one ticket, closed ones too.
CREATE INDEX conflicts_ticket ON conflicts (ticket_id, detected_at DESC, seq DESC);

-- How far the audit chain of each project was published outside, and why not further.
CREATE TABLE audit_heads (
    project_id   text COLLATE "C" PRIMARY KEY,
    published    jsonb       NOT NULL,
    published_at timestamptz,
    error        text        NOT NULL,
    failed_at    timestamptz
);

-- An audit head that waits to be published.
ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('wake', 'conflict', 'decision', 'event', 'head'));

-- +goose Down

-- Heads that wait would be unknown to the old rule.
DELETE FROM outbox WHERE kind = 'head';
ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('wake', 'conflict', 'decision', 'event'));
-- What was published stays where it is.
DROP TABLE audit_heads;
-- Only the explanations need them.
DROP INDEX conflicts_ticket;
DROP INDEX session_steps_ticket;
-- With its index.
DROP TABLE ticket_changes;

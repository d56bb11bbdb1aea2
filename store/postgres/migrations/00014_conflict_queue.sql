-- +goose Up

-- What the queue says of a conflict beyond its kind, and whom it was told.
ALTER TABLE conflicts
    -- Of an unmappable one: whose value cannot be told, or that the item is not made.
    ADD COLUMN untold          text    NOT NULL DEFAULT '' CHECK (untold IN ('', 'local', 'external', 'item')),
    -- For a person: what the mapping lacks, what the external system answered.
    ADD COLUMN reason          text    NOT NULL DEFAULT '',
    -- The revision of the ticket or comment once it was closed; 0: not known.
    ADD COLUMN closed_revision bigint  NOT NULL DEFAULT 0,
    ADD COLUMN reminders       integer NOT NULL DEFAULT 0,
    ADD COLUMN reminded_at     timestamptz;

-- Rows of before this migration were made by rules that named no side.
UPDATE conflicts SET untold = 'item' WHERE kind = 'unmappable';

-- Has this field of this link lost the same value before? The newest first.
CREATE INDEX conflicts_link ON conflicts (link_id, detected_at DESC, seq DESC);
-- The counts by kind: few rows are unclosed, however many there are.
CREATE INDEX conflicts_waiting ON conflicts (project_id, kind, state) INCLUDE (detected_at) WHERE state IN ('open', 'decided');

-- What happens to a conflict that nobody decides. An empty object: it waits.
ALTER TABLE external_projects ADD COLUMN conflict_policy jsonb NOT NULL DEFAULT '{}';

-- +goose Down

-- Conflicts wait for ever, without a word.
ALTER TABLE external_projects DROP COLUMN conflict_policy;
DROP INDEX conflicts_waiting;
DROP INDEX conflicts_link;
-- Why a field rests, and how often somebody was told, is not known any more.
ALTER TABLE conflicts
    DROP COLUMN reminded_at, DROP COLUMN reminders, DROP COLUMN closed_revision, DROP COLUMN reason, DROP COLUMN untold;

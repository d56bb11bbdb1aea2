-- +goose Up

-- A rollback is ordered before it begins: its row waits as pending, and outlives every
-- process that has heard of it.
ALTER TABLE sync_sessions DROP CONSTRAINT sync_sessions_state_check;
ALTER TABLE sync_sessions ADD CONSTRAINT sync_sessions_state_check CHECK (state IN
    ('pending', 'running', 'succeeded', 'failed', 'held', 'stopped'));
-- Of a rollback: the session that it undoes, and who asked for it.
ALTER TABLE sync_sessions
    ADD COLUMN undoes       text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN requested_by text NOT NULL DEFAULT '';
CREATE INDEX sync_sessions_undoes ON sync_sessions (undoes) WHERE undoes <> '';
-- What a project's next session must see to first.
CREATE INDEX sync_sessions_rollbacks ON sync_sessions (project_id, started_at, seq)
    WHERE kind = 'rollback' AND state <> 'succeeded';

-- The bases of the field before the step, and the digest of those after it: an undo
-- restores the one, and by the other it tells whether a later session wrote the field.
ALTER TABLE session_steps
    ADD COLUMN was jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN met text  NOT NULL DEFAULT '';

-- A conflict that only keeps a value for whoever wants it back: it parks nothing.
ALTER TABLE conflicts ADD COLUMN kept boolean NOT NULL DEFAULT false;

-- A session that fails after it wrote something is rolled back by the next one.
ALTER TABLE external_projects ADD COLUMN rollback_failed boolean NOT NULL DEFAULT false;

-- +goose Down

ALTER TABLE external_projects DROP COLUMN rollback_failed;
ALTER TABLE conflicts DROP COLUMN kept;
ALTER TABLE session_steps DROP COLUMN was, DROP COLUMN met;
DROP INDEX sync_sessions_rollbacks;
ALTER TABLE sync_sessions DROP COLUMN undoes, DROP COLUMN requested_by;
-- A rollback that never began cannot be kept under the old rules.
DELETE FROM sync_sessions WHERE state = 'pending';
ALTER TABLE sync_sessions DROP CONSTRAINT sync_sessions_state_check;
ALTER TABLE sync_sessions ADD CONSTRAINT sync_sessions_state_check CHECK (state IN
    ('running', 'succeeded', 'failed', 'held', 'stopped'));

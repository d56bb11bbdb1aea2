-- +goose Up

-- A rollback whose order was taken back before it had done anything.
ALTER TABLE sync_sessions DROP CONSTRAINT sync_sessions_state_check;
ALTER TABLE sync_sessions ADD CONSTRAINT sync_sessions_state_check CHECK (state IN
    ('pending', 'running', 'succeeded', 'failed', 'held', 'stopped', 'cancelled'));
DROP INDEX sync_sessions_rollbacks;
CREATE INDEX sync_sessions_rollbacks ON sync_sessions (project_id, started_at, seq)
    WHERE kind = 'rollback' AND state NOT IN ('succeeded', 'cancelled');

-- +goose Down

-- The old rules know no order that was taken back.
DELETE FROM sync_sessions WHERE state = 'cancelled';
DROP INDEX sync_sessions_rollbacks;
CREATE INDEX sync_sessions_rollbacks ON sync_sessions (project_id, started_at, seq)
    WHERE kind = 'rollback' AND state <> 'succeeded';
ALTER TABLE sync_sessions DROP CONSTRAINT sync_sessions_state_check;
ALTER TABLE sync_sessions ADD CONSTRAINT sync_sessions_state_check CHECK (state IN
    ('pending', 'running', 'succeeded', 'failed', 'held', 'stopped'));

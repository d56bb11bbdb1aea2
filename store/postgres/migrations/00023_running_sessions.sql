-- +goose Up

-- What runs is asked for as a worker starts, and once the database was restored: a few rows of
-- all that ever ran.
CREATE INDEX sync_sessions_running ON sync_sessions (project_id, started_at, seq) WHERE state = 'running';

-- +goose Down

DROP INDEX sync_sessions_running;

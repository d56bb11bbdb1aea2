-- +goose Up

-- More ways to disagree, about a field or about a whole item (whose field is empty), and
-- the decisions that only a whole item knows.
ALTER TABLE conflicts DROP CONSTRAINT conflicts_kind_check;
ALTER TABLE conflicts ADD CONSTRAINT conflicts_kind_check CHECK (kind IN
    ('both_edited', 'overwritten', 'unmappable', 'refused', 'lossy', 'undone', 'edited_deleted', 'gone'));
ALTER TABLE conflicts DROP CONSTRAINT conflicts_choice_check;
ALTER TABLE conflicts ADD CONSTRAINT conflicts_choice_check CHECK (choice IN
    ('', 'local', 'external', 'value', 'unlink'));

-- A session that undoes another one.
ALTER TABLE sync_sessions DROP CONSTRAINT sync_sessions_kind_check;
ALTER TABLE sync_sessions ADD CONSTRAINT sync_sessions_kind_check CHECK (kind IN
    ('initial', 'incremental', 'reconcile', 'rollback'));

-- +goose Down

-- Rows of the new kinds cannot be kept under the old rules.
DELETE FROM session_steps WHERE session_id IN (SELECT id FROM sync_sessions WHERE kind = 'rollback');
DELETE FROM sync_sessions WHERE kind = 'rollback';
ALTER TABLE sync_sessions DROP CONSTRAINT sync_sessions_kind_check;
ALTER TABLE sync_sessions ADD CONSTRAINT sync_sessions_kind_check CHECK (kind IN ('initial', 'incremental', 'reconcile'));
DELETE FROM conflicts WHERE kind NOT IN ('both_edited', 'overwritten') OR choice NOT IN ('', 'local', 'external', 'value');
ALTER TABLE conflicts DROP CONSTRAINT conflicts_choice_check;
ALTER TABLE conflicts ADD CONSTRAINT conflicts_choice_check CHECK (choice IN ('', 'local', 'external', 'value'));
ALTER TABLE conflicts DROP CONSTRAINT conflicts_kind_check;
ALTER TABLE conflicts ADD CONSTRAINT conflicts_kind_check CHECK (kind IN ('both_edited', 'overwritten'));

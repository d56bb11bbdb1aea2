-- +goose Up

-- The version of the mapping that a write goes out under (0: the system's default). What became
-- of it is judged by that one, whatever mapping is in force by then.
ALTER TABLE intents ADD COLUMN mapping integer NOT NULL DEFAULT 0;
UPDATE intents i SET mapping = s.mapping FROM sync_sessions s WHERE s.id = i.session_id;

-- +goose Down

ALTER TABLE intents DROP COLUMN mapping;

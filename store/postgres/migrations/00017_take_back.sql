-- What a person asked to be taken back outside when less may leave than before, and how.
-- It stands until a session has done it, or until the item may leave again.

-- +goose Up
ALTER TABLE links ADD COLUMN take_back text NOT NULL DEFAULT '' CHECK (take_back IN ('', 'redact', 'remove'));

-- +goose Down
ALTER TABLE links DROP COLUMN take_back;

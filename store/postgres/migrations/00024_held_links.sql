-- +goose Up

-- Not planned yet with its item before us since the database was restored: what it would write outside,
-- or take in that we may have written there since the backup, waits for a person, after the release too.
ALTER TABLE links ADD COLUMN held boolean NOT NULL DEFAULT false;

-- +goose Down

-- What was not planned before the release flows then as anything else does.
ALTER TABLE links DROP COLUMN held;

-- +goose Up

-- What more systems than GitHub want to be told of a project: the account that goes
-- with the credential, and a filter in the system's own language. Projects that are
-- connected already have neither.
ALTER TABLE external_projects
    ADD COLUMN credential_user text NOT NULL DEFAULT '',
    ADD COLUMN filter          text NOT NULL DEFAULT '',
    -- The adapter's own settings. json, not jsonb: the text comes back as it was given.
    -- NULL: the adapter's defaults.
    ADD COLUMN settings        json;

-- The version of the field mapping that a session used; 0: the system's default.
ALTER TABLE sync_sessions ADD COLUMN mapping integer NOT NULL DEFAULT 0 CHECK (mapping >= 0);

-- +goose Down

-- Which mapping a session used is not known any more.
ALTER TABLE sync_sessions DROP COLUMN mapping;
-- Projects that need one of these cannot be read any more.
ALTER TABLE external_projects DROP COLUMN settings, DROP COLUMN filter, DROP COLUMN credential_user;

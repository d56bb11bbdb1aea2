-- +goose Up

-- The versions of each project's field mapping. A document never changes: an edit is a
-- new version, so that a session's report can always be read with the mapping it used.
CREATE TABLE field_mappings (
    project_id   text COLLATE "C" NOT NULL REFERENCES external_projects,
    -- From 1 without gaps: AddMapping counts under the project's row lock.
    version      integer     NOT NULL CHECK (version >= 1),
    state        text        NOT NULL CHECK (state IN ('draft', 'active', 'retired')),
    document     json        NOT NULL,
    created_by   text        NOT NULL,
    created_at   timestamptz NOT NULL,
    activated_by text        NOT NULL,
    activated_at timestamptz,
    PRIMARY KEY (project_id, version)
);

-- One mapping in force per project, whatever two people do at once.
CREATE UNIQUE INDEX field_mappings_active ON field_mappings (project_id) WHERE state = 'active';

-- An error and not a rule that does nothing: whoever tries must hear of it.
-- +goose StatementBegin
CREATE FUNCTION field_mappings_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of a field mapping never changes: % refused; add a new version', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd

-- Only its state, and who put it in force and when, may change.
CREATE TRIGGER field_mappings_immutable
    BEFORE UPDATE OF project_id, version, document, created_by, created_at OR DELETE ON field_mappings
    FOR EACH STATEMENT EXECUTE FUNCTION field_mappings_refuse();

-- +goose Down

-- With its trigger and index.
DROP TABLE field_mappings;
-- Nothing uses it any more.
DROP FUNCTION field_mappings_refuse;

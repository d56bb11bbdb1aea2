-- +goose Up

-- Where an item lives now that was moved to another project: that project's immutable id,
-- and what the item is called there. Empty for one that is here, was deleted, or went
-- where it cannot be followed.
ALTER TABLE external_items ADD COLUMN home_project text NOT NULL DEFAULT '';
ALTER TABLE external_items ADD COLUMN home_id text NOT NULL DEFAULT '';
ALTER TABLE external_items ADD COLUMN home_key text NOT NULL DEFAULT '';

-- A system may give an item that is moved another id; its author and the moment at which
-- it was made stay. By them it is recognised in the project where it turns up.
CREATE INDEX external_items_made ON external_items (kind, created_at, author) WHERE created_at IS NOT NULL;

-- +goose Down

-- What was moved is asked about then, as if nobody knew its new project.
DROP INDEX external_items_made;
ALTER TABLE external_items DROP COLUMN home_key;
ALTER TABLE external_items DROP COLUMN home_id;
ALTER TABLE external_items DROP COLUMN home_project;

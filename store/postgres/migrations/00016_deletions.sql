-- +goose Up

-- What becomes of a ticket whose twin was deleted: whether it follows without a person
-- deciding on each, after how long, and who confirmed that. Projects that are connected
-- already ask.
ALTER TABLE external_projects ADD COLUMN deletions jsonb NOT NULL DEFAULT '{}';

-- Where an item lives now that was moved out of the project; empty for one that is here,
-- and for one that was deleted.
ALTER TABLE external_items ADD COLUMN moved_to text NOT NULL DEFAULT '';

-- +goose Down

-- What was moved reads as deleted then, and no deletion is followed.
ALTER TABLE external_items DROP COLUMN moved_to;
ALTER TABLE external_projects DROP COLUMN deletions;
